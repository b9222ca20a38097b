//! Connecting and disconnecting: looked at first, made exactly so, and taken back to the byte.

use std::fs;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::support::{Said, World};

const FOREIGN: &str = "{\n   \"description\": \"mine\",\n   \"hooks\": {\n      \"PermissionRequest\": [\n         { \"hooks\": \
                       [{\"type\":\"command\",\"command\":\"./ask.sh\"}] }\n      ]\n   }\n}";

#[test]
fn a_dry_run_shows_the_change_and_changes_nothing() {
    let world = World::new();
    fs::write(world.codex("hooks.json"), FOREIGN).unwrap();
    let before = world.codex_files();
    let said = world.run(&["connect", "codex", "--dry-run"]).ends(0);
    assert!(said.stdout.contains("+++ ") && said.stdout.contains("hooks.json"), "{}", said.stdout);
    let added = said.stdout.lines().filter(|line| line.starts_with('+') && line.contains("hookwright-relay")).count();
    assert_eq!(added, 14, "{}", said.stdout);
    assert_eq!(world.codex_files(), before);
    assert!(!world.path("data").exists() && !world.path("state").exists());
}

#[test]
fn what_was_connected_is_disconnected_to_the_byte() {
    for original in [None, Some(FOREIGN), Some("{}\r\n"), Some("")] {
        let world = World::new();
        if let Some(text) = original {
            fs::write(world.codex("hooks.json"), text).unwrap();
        }
        let before = world.codex_files();
        let said = world.run(&["connect", "codex", "--yes"]).ends(0);
        assert!(said.stdout.contains("/hooks"), "how to trust by hand: {}", said.stdout);
        let hooks = fs::read_to_string(world.codex("hooks.json")).unwrap();
        assert_eq!(hooks.matches("exec '").count(), 14, "{hooks}");
        assert!(world.path("data/hookwright-relay").is_file(), "the relay is installed");

        let again = world.run(&["connect", "codex", "--yes"]).ends(0);
        assert!(again.stdout.contains("Nothing to change"), "{}", again.stdout);
        assert_eq!(fs::read_to_string(world.codex("hooks.json")).unwrap(), hooks);

        world.run(&["disconnect", "codex", "--dry-run"]).ends(0);
        assert_eq!(fs::read_to_string(world.codex("hooks.json")).unwrap(), hooks);
        world.run(&["disconnect", "codex", "--yes"]).ends(0);
        assert_eq!(world.codex_files(), before, "{original:?}");
        let said = world.run(&["disconnect", "codex"]).ends(0);
        assert!(said.stdout.contains("Nothing to change"), "{}", said.stdout);
    }
}

#[test]
fn without_a_terminal_nobody_is_asked_and_nothing_is_changed() {
    let world = World::new();
    let said = world.run(&["connect", "codex"]).ends(2);
    assert!(said.stdout.contains("+++ ") && said.stderr.contains("--yes"), "{}\n{}", said.stdout, said.stderr);
    assert!(world.codex_files().is_empty());
}

#[test]
fn where_nobody_can_read_the_change_it_is_not_made() {
    let world = World::new();
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    Said::of(world.command(&["connect", "codex", "--yes"]).stdout(closed).output().unwrap()).ends(3);
    assert!(world.codex_files().is_empty());
}

#[test]
fn a_person_at_a_terminal_is_asked() {
    let world = World::new();
    let said = answered(&world, "n\n").ends(0);
    assert!(said.stdout.contains("[y/N]") && said.stdout.contains("Nothing was changed"), "{}", said.stdout);
    assert!(world.codex_files().is_empty());
    // The second answer is for the trust.
    let said = answered(&world, "y\nn\n").ends(0);
    assert!(said.stdout.matches("[y/N]").count() == 2 && said.stdout.contains("/hooks"), "{}", said.stdout);
    assert_eq!(world.codex_files().len(), 1);
}

/// Connects with these answers typed on a terminal.
fn answered(world: &World, answers: &str) -> Said {
    let person: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let terminal = fs::File::open(name.to_str().unwrap()).unwrap();
    rustix::io::write(&person, answers.as_bytes()).unwrap();
    Said::of(world.command(&["connect", "codex"]).stdin(Stdio::from(terminal)).output().unwrap())
}

#[test]
fn an_agent_that_never_ran_gets_its_folder() {
    let world = World::without_codex();
    fs::remove_dir(world.path("codex")).unwrap();
    world.run(&["connect", "codex", "--yes"]).ends(0);
    assert!(world.codex("hooks.json").exists());
    world.run(&["disconnect", "codex", "--yes"]).ends(0);
    assert_eq!(world.codex_files(), []);
}

#[test]
fn a_file_that_does_not_parse_is_named_with_its_place_and_left_alone() {
    let world = World::new();
    fs::write(world.codex("hooks.json"), "{\n  \"hooks\": {\n    \"Stop\": [,]\n  }\n}\n").unwrap();
    let before = world.codex_files();
    for arguments in [&["connect", "codex", "--yes"] as &[&str], &["connect", "codex", "--dry-run"]] {
        let said = world.run(arguments).ends(3);
        assert!(said.stderr.contains("line 3, column 14"), "{}", said.stderr);
    }
    assert_eq!(world.codex_files(), before);
}

#[test]
fn what_stands_in_the_file_cannot_act_on_the_terminal() {
    let world = World::new();
    // Codex takes any character in a string that JSON takes.
    let text = "{\n  \"description\": \"\u{9b}2J\u{202e}\u{7f}\",\n  \"hooks\": {}\n}\n";
    fs::write(world.codex("hooks.json"), text).unwrap();
    let said = world.run(&["connect", "codex", "--dry-run"]).ends(0);
    let active = |character: char| (character.is_control() && character != '\n') || character == '\u{202e}';
    assert!(!said.stdout.contains(active), "{:?}", said.stdout);
    assert!(said.stdout.contains("[U+202E]"), "{}", said.stdout);
}
