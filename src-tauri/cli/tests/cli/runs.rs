//! Runs of hooks as they are listed, shown and exported.

use std::time::Duration;

use ::history::row::{Run, RunFrom};
use model::{HookKey, HookRun, RunStatus, SessionId, TurnId};
use serde_json::{Value, json};

use crate::support::{Said, World, event, request, run};

fn ids(said: &Said) -> Vec<String> {
    said.json().as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

/// An event, a request and runs that differ in one way each.
fn world() -> World {
    let world = World::new();
    let ended = |id, at, status| run(id, at, status);
    let completed = RunStatus::Completed;
    let key = |text: &str| Some(HookKey::new(text));
    let runs = vec![
        ended("completed", 1_000, completed),
        ended("failed", 2_000, RunStatus::Failed),
        ended("blocked", 3_000, RunStatus::Blocked),
        ended("stopped", 4_000, RunStatus::Stopped),
        Run { hook: key("k"), ..ended("hook", 5_000, completed) },
        Run { project: Some("/other".into()), ..ended("project", 6_000, completed) },
        Run { from: RunFrom::Tried, ..ended("tried", 7_000, completed) },
        Run { took: Some(Duration::from_millis(2_500)), ..ended("slow", 8_000, completed) },
        Run { session: Some(SessionId::new("two")), ..ended("session", 9_000, completed) },
        Run { command: "say hello".to_owned(), ..ended("text", 10_000, completed) },
    ];
    world.record(async |writer| {
        writer.record_event_committed(event("e1", 1_500, "PreToolUse", "make")).await.unwrap();
        writer.record_request(request("r1", 2_500, "make install")).unwrap();
        writer.record_runs(runs).await.unwrap();
    });
    world
}

#[test]
fn filters_choose_runs_as_the_window_does() {
    let world = world();
    let all = ["text", "session", "slow", "tried", "project", "hook", "stopped", "blocked", "failed", "completed"];
    for (filters, expected) in [
        (&["--kind", "run"] as &[&str], &all as &[&str]),
        (&["--kind", "event"], &["e1"]),
        (&["--kind", "request"], &["r1"]),
        (&["--status", "failed"], &["failed"]),
        (&["--status", "failed", "--status", "stopped"], &["stopped", "failed"]),
        (&["--hook", "k"], &["hook"]),
        (&["--project", "/other"], &["project"]),
        (&["--from", "tried"], &["tried"]),
        (&["--slower-than", "2s"], &["slow"]),
        (&["--slower-than", "2500ms"], &[]),
        (&["--slower-than", "10ms", "--status", "blocked"], &["blocked"]),
        (&["--kind", "run", "--session", "two"], &["session"]),
        (&["--text", "hello"], &["text"]),
        (&["--kind", "run", "--event", "Stop"], &[]),
        (&["--kind", "run", "--limit", "1"], &["text"]),
        (&["--limit", "3", "--session", "one", "--text", "make"], &["r1", "e1"]),
    ] {
        let said = world.run(&[&["history", "list", "--json"], filters].concat()).ends(0);
        assert_eq!(ids(&said), expected, "{filters:?}");
    }
    let said = world.run(&["history", "list", "--json", "--limit", "100"]).ends(0);
    let mixed: Vec<_> = ids(&said).into_iter().rev().take(5).collect();
    assert_eq!(mixed, ["completed", "e1", "failed", "r1", "blocked"], "all in one order");
}

#[test]
fn what_fits_nothing_is_refused() {
    let world = world();
    for wrong in [
        &["list", "--status", "fine"] as &[&str],
        &["list", "--from", "nowhere"],
        &["list", "--kind", "hooks"],
        &["list", "--slower-than", "soon"],
        &["list", "--kind", "event", "--status", "failed"],
        &["follow", "--kind", "request", "--hook", "k"],
        &["list", "--turn", "t1", "--since", "1h"],
        &["list", "--turn", "t1", "--text", "x"],
        &["export", "--format", "xml"],
        &["export", "--format", "csv", "--kind", "request"],
        &["follow", "--text", "x"],
    ] {
        let said = world.run(&[&["history"], wrong].concat()).ends(2);
        assert!(said.stdout.is_empty() && said.stderr.contains("--"), "{wrong:?}: {}", said.stderr);
    }
}

#[test]
fn a_run_has_a_line_of_its_own() {
    let world = world();
    let line = world.run(&["history", "list", "--status", "blocked"]).ends(0).stdout;
    let key = "/repo/.codex/hooks.json:pre_tool_use:0:0";
    let expected =
        format!("1970-01-01T00:00:03Z  blocked  Codex  Blocked  PreToolUse  {key}  12 ms  /repo  python3 guard.py");
    assert!(line.starts_with(&expected), "{line}");
    world.record(async |writer| {
        let made_up = Run { hook: None, ..run("made-up", 11_000, RunStatus::Completed) };
        writer.record_runs(vec![made_up]).await.unwrap();
    });
    let line = world.run(&["history", "list", "--kind", "run", "--limit", "1"]).ends(0).stdout;
    assert!(line.contains("made-up") && line.contains("no such hook"), "{line}");
}

#[test]
fn a_run_is_shown_whole_and_its_output_cannot_act() {
    let world = world();
    let shown = world.run(&["history", "show", "blocked"]).ends(0).stdout;
    for part in [
        "  from: recorded",
        "  exitCode: 2",
        "  command:\n    python3 guard.py\n    --all",
        "  path: /repo/.codex/hooks.json",
        "    text: not[ESC][2J so",
        "\"hook_event_name\": \"PreToolUse\"",
        "out[U+202E]put",
        "[CSI]31mred",
    ] {
        assert!(shown.contains(part), "{part:?} in {shown}");
    }
    assert!(!shown.contains("fixture"), "{shown}");
    let detail = world.run(&["history", "show", "blocked", "--json"]).ends(0).json();
    assert_eq!(
        (&detail["kind"], &detail["run"]["id"], &detail["run"]["status"]),
        (&json!("run"), &json!("blocked"), &json!("blocked"))
    );
    assert_eq!(detail["stdout"]["bytes"], "10");
    assert!(detail["fixture"].as_str().unwrap().contains("\"expected\""));
}

#[test]
fn an_export_has_all_of_a_run() {
    let world = world();
    let said = world.run(&["history", "export"]).ends(0);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 12);
    let blocked = lines.iter().find(|line| line["id"] == "blocked").unwrap();
    assert_eq!(
        (&blocked["kind"], &blocked["from"], &blocked["turn"]),
        (&json!("run"), &json!("recorded"), &json!("t1"))
    );
    assert_eq!(blocked["stdout"], "out\u{202e}put\n");
    assert_eq!(blocked["stderr"], "\u{9b}31mred");
    assert!(blocked["payload"].as_str().unwrap().starts_with("{\"hook_event_name\""));
    assert_eq!(blocked["run"]["entries"], json!([{ "kind": "feedback", "text": "not\u{1b}[2J so" }]));
    assert_eq!(
        blocked["ran"],
        json!({
            "command": "python3 guard.py\n--all", "event": null, "tool": "Bash", "toolUse": "call_1", "cwd": "/repo/src",
            "hash": "sha256:1", "plugin": null, "applied": "sent", "completedAt": "3012", "tookUs": "12345",
            "inputBytes": "83", "stdoutBytes": "10", "stderrBytes": "8",
        })
    );
    assert!(!said.stdout.chars().any(|character| character.is_control() && character != '\n'));
}

#[test]
fn a_table_has_a_line_for_each_run_and_none_of_it_acts() {
    let world = world();
    let said = world.run(&["history", "export", "--format", "csv", "--status", "blocked"]).ends(0);
    let lines: Vec<_> = said.stdout.split("\r\n").collect();
    let [header, row, end] = lines[..] else { panic!("{lines:?}") };
    assert!(header.starts_with("id,from,reported,started_ms") && end.is_empty());
    assert!(row.starts_with("blocked,recorded,live,3000,codex,PreToolUse,one,t1,Bash,/repo,"), "{row}");
    assert!(row.contains("feedback: not[U+001B][2J so"), "{row}");
    let help = world.run(&["history", "export", "--help"]).ends(0).stdout;
    let help: String = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains(&header.replace(',', ", ")), "the help names the columns: {help}");
    let said = world.run(&["history", "export", "--format", "csv"]).ends(0);
    assert_eq!(said.stdout.matches("\r\n").count(), 11, "{}", said.stdout);
}

#[test]
fn a_turn_is_listed_in_the_order_in_which_its_hooks_began() {
    let world = World::new();
    let of = |id: &str, at, order, turn: &str, session: &str| {
        let whole = run(id, at, RunStatus::Completed);
        Run {
            turn: Some(TurnId::new(turn)),
            session: Some(SessionId::new(session)),
            run: HookRun { display_order: order, ..whole.run.clone() },
            ..whole
        }
    };
    world.record(async |writer| {
        writer.record_event_committed(event("e1", 1_500, "PreToolUse", "make")).await.unwrap();
        // As they were committed: the last to begin ended first.
        let runs = vec![
            of("late", 3_000, 0, "t", "s"),
            of("second", 1_000, 1, "t", "s"),
            of("first", 1_000, 0, "t", "s"),
            of("other", 2_000, 0, "u", "s"),
            of("elsewhere", 500, 0, "t", "before"),
        ];
        writer.record_runs(runs).await.unwrap();
        let many = (0..60).map(|at| of(&format!("m{at:02}"), 10_000 + at, 0, "many", "s")).collect();
        writer.record_runs(many).await.unwrap();
    });
    for (filters, expected) in [
        (&["--turn", "t"] as &[&str], &["first", "second", "late"] as &[&str]),
        (&["--turn", "t", "--session", "before"], &["elsewhere"]),
        (&["--turn", "t", "--limit", "1"], &["first"]),
        (&["--turn", "t", "--status", "failed"], &[]),
        (&["--turn", "none"], &[]),
    ] {
        let said = world.run(&[&["history", "list", "--json"], filters].concat()).ends(0);
        assert_eq!(ids(&said), expected, "{filters:?}");
    }
    let said = world.run(&["history", "list", "--json", "--turn", "many"]).ends(0);
    assert_eq!(ids(&said).len(), 60, "a turn is listed whole");
    // What it takes to run them again, in order.
    let said = world.run(&["history", "export", "--turn", "t"]).ends(0);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let orders: Vec<_> = lines.iter().map(|line| line["run"]["displayOrder"].as_u64().unwrap()).collect();
    assert_eq!(orders, [0, 1, 0]);
    assert!(
        lines.iter().all(|line| line["payload"].as_str().unwrap().contains("tool_input") && line["hook"].is_string())
    );
}
