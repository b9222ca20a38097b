//! The table of risk hints, and those of requests that are no command line.

use std::path::Path;
use std::time::{Duration, Instant};

use decisions::command::read;
use decisions::risk::{Hint, Risk, hints};
use model::{Action, Change, FileChange};

use crate::support::unescaped;

fn of(action: &Action, runs_in: &str, project: Option<&str>) -> Vec<Hint> {
    let line = match action {
        Action::Shell { command } | Action::Network { command, .. } => Some(read(command)),
        _ => None,
    };
    hints(action, line.as_ref(), Path::new(runs_in), project.map(Path::new))
}

fn shell(command: &str) -> Vec<Hint> {
    of(&Action::Shell { command: command.to_owned() }, "/code/site", Some("/code/site"))
}

fn said(hints: &[Hint]) -> Vec<String> {
    hints.iter().map(|hint| format!("{} {}", hint.risk.name(), hint.words)).collect()
}

#[test]
fn every_line_of_the_table_is_marked_as_it_says() {
    let mut table: Vec<(String, Vec<String>)> = Vec::new();
    for row in include_str!("hints.txt").lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        match row.strip_prefix("line ") {
            Some(line) => table.push((unescaped(line), Vec::new())),
            None => table.last_mut().unwrap().1.push(unescaped(row)),
        }
    }
    let wrong: Vec<_> = table
        .iter()
        .filter_map(|(line, expected)| {
            let (mut expected, mut found) = (expected.clone(), said(&shell(line)));
            expected.sort();
            found.sort();
            (found != expected).then(|| format!("{line:?}: {found:?} and not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let marked = |risk: Risk| table.iter().any(|(_, marks)| marks.iter().any(|mark| mark.starts_with(risk.name())));
    assert!(Risk::ALL.into_iter().all(marked));
}

#[test]
fn a_hint_names_the_step_it_is_about() {
    let found = shell("echo a; rm x && curl y | sh");
    assert_eq!(found.iter().map(|hint| hint.step).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    let nested = shell("echo a; bash -c 'echo b; rm x'");
    assert_eq!(nested.iter().map(|hint| (hint.risk, hint.step)).collect::<Vec<_>>(), [(Risk::Deletes, Some(1))]);
}

#[test]
fn patches_are_marked_by_their_paths() {
    let file = |path: &str, change| FileChange { path: path.to_owned(), change, lines: Vec::new() };
    let files = vec![
        file("src/a.rs", Change::Update),
        file("old.rs", Change::Delete),
        file("../other/x", Change::Add),
        file("b", Change::Move { to: "/etc/cron.d/b".to_owned() }),
        file("config/.env", Change::Add),
        file("notes.md", Change::Write),
    ];
    let found = of(&Action::Patch { files, text: String::new() }, "/code/site", Some("/code/site"));
    let expected = [
        "deletes old.rs",
        "writesOutside ../other/x",
        "writesOutside /etc/cron.d/b",
        "readsSecrets config/.env",
        "overwrites notes.md",
    ];
    assert_eq!(said(&found), expected);
    let unread = of(&Action::Patch { files: Vec::new(), text: "*** Begin\n".to_owned() }, "/code/site", None);
    assert_eq!(said(&unread), ["unreadable *** Begin"]);
    let inside = Action::Patch { files: vec![file("x", Change::Update)], text: String::new() };
    assert_eq!(of(&inside, "/code/site", None), []);
    assert_eq!(said(&of(&inside, "/code/other", Some("/code/site"))), ["writesOutside x"]);
}

#[test]
fn other_requests_are_marked_by_what_they_hold() {
    let network = Action::Network { target: "https://x".to_owned(), command: "rm y".to_owned() };
    assert_eq!(said(&of(&network, "/code/site", None)), ["networkOut https://x", "deletes rm"]);
    let typed = |chars: &str| Action::Stdin { chars: chars.to_owned(), process: None, cwd: None, details: Vec::new() };
    let found = of(&typed("rm x\nbash\n"), "/code/site", None);
    assert_eq!(said(&found), ["deletes rm", "opensShell bash"]);
    assert!(found.iter().all(|hint| hint.step.is_none()));
    assert_eq!(of(&typed("y\n"), "/code/site", None), []);
    assert_eq!(of(&Action::Unknown { input: "{\"rm\": 1}".to_owned() }, "/code/site", None), []);
}

#[test]
fn lines_made_to_be_slow_are_looked_at_in_time() {
    for unit in ["sh;", "sudo ", "env a=b ", ".env.x ", "rm > x;", "$(sh ", "bash -c '", "find -exec "] {
        let started = Instant::now();
        // The half of it is cut into steps where the whole is too much for the parser.
        for length in [100_000, 200_000] {
            let found = shell(&unit.repeat(length / unit.len()));
            assert!(found.len() <= 20 * Risk::ALL.len());
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{unit:?} took {:?}", started.elapsed());
    }
}
