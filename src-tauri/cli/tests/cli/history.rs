//! The past as it is listed, shown, exported and followed.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::SystemTime;

use model::{Answer, Decision};
use serde_json::Value;

use crate::support::{Said, World, decision, event, request};

/// Three events and two requests, one of them denied.
fn world() -> World {
    let world = World::new();
    world.record(async |writer| {
        for (id, at, name, command) in [
            ("e1", 1_000, "PreToolUse", "make clean"),
            ("e2", 2_000, "PermissionRequest", "make install"),
            ("e3", 4_000, "PostToolUse", "\u{1b}[2Jecho \u{202e}x"),
        ] {
            writer.record_event_committed(event(id, at, name, command)).await.unwrap();
        }
        writer.record_request(request("r1", 2_000, "make install")).unwrap();
        writer.record_request(request("r2", 3_000, "rm -r /\u{9b}2J")).unwrap();
        let no = Decision::Deny { message: "no\u{1b}c".to_owned() };
        writer.record_decision(decision("r1", 5_000, Answer::person(no))).await.unwrap();
    });
    world
}

fn ids(said: &Said) -> Vec<String> {
    let records = said.json();
    records.as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_newest_comes_first_and_filters_hold() {
    let world = world();
    for (filters, expected) in [
        (&[] as &[&str], &["e3", "r2", "r1", "e2", "e1"] as &[&str]),
        (&["--limit", "2"], &["e3", "r2"]),
        (&["--text", "make"], &["r1", "e2", "e1"]),
        (&["--text", "make INSTALL"], &["r1", "e2"]),
        (&["--event", "PreToolUse"], &["e1"]),
        (&["--event", "PermissionRequest"], &["r2", "r1", "e2"]),
        (&["--agent", "codex", "--session", "one"], &["e3", "r2", "r1", "e2", "e1"]),
        (&["--session", "other"], &[]),
        (&["--since", "7d"], &[]),
    ] {
        let said = world.run(&[&["history", "list", "--json"], filters].concat()).ends(0);
        assert_eq!(ids(&said), expected, "{filters:?}");
    }
    let years = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() - 3;
    let said = world.run(&["history", "list", "--json", "--since", &format!("{years}s")]).ends(0);
    assert_eq!(ids(&said), ["e3"]);
}

#[test]
fn more_than_a_page_comes_in_order() {
    let world = World::new();
    world.record(async |writer| {
        for at in 0..450 {
            writer.record_event(event(&format!("e{at:03}"), at * 2, "Stop", "")).unwrap();
            writer.record_request(request(&format!("r{at:03}"), at * 2 + 1, "make")).unwrap();
        }
    });
    let said = world.run(&["history", "list", "--json", "--limit", "100000"]).ends(0);
    let expected: Vec<_> = (0..450).rev().flat_map(|at| [format!("r{at:03}"), format!("e{at:03}")]).collect();
    assert_eq!(ids(&said), expected);
}

#[test]
fn nothing_from_outside_acts_on_the_terminal() {
    let world = world();
    let acts = |text: &str| {
        text.chars().any(|character| (character.is_control() && character != '\n') || character == '\u{202e}')
    };
    for arguments in [
        &["list"] as &[&str],
        &["list", "--json"],
        &["show", "e3"],
        &["show", "e3", "--json"],
        &["show", "r1"],
        &["show", "r2"],
        &["export"],
    ] {
        let said = world.run(&[&["history"], arguments].concat()).ends(0);
        assert!(!acts(&said.stdout), "{arguments:?}: {:?}", said.stdout);
    }
    let said = world.run(&["history", "list"]).ends(0);
    assert!(said.stdout.contains("[ESC][2Jecho [U+202E]x"), "{}", said.stdout);
    let said = world.run(&["history", "show", "\u{1b}[2J"]).ends(3);
    assert!(said.stderr.contains("[ESC][2J") && !acts(&said.stderr), "{:?}", said.stderr);
}

#[test]
fn one_is_shown_whole() {
    let world = world();
    let shown = world.run(&["history", "show", "e1"]).ends(0).stdout;
    assert!(shown.contains("1970-01-01T00:00:01Z") && shown.contains("PreToolUse") && shown.contains("make clean"));
    assert!(shown.contains("\"tool_input\""), "the payload: {shown}");

    let shown = world.run(&["history", "show", "r1"]).ends(0).stdout;
    assert!(shown.contains("Denied (you)") && shown.contains("no[ESC]c"), "{shown}");
    assert!(shown.contains("        make\n        all"), "what was shown: {shown}");

    let detail = world.run(&["history", "show", "r1", "--json"]).ends(0).json();
    assert_eq!((&detail["kind"], &detail["request"]["id"]), (&"request".into(), &"r1".into()));
    assert_eq!(detail["shown"]["action"]["kind"], "shell");
}

#[test]
fn the_export_has_payloads_and_ends_quietly_when_nobody_reads_on() {
    let world = world();
    let said = world.run(&["history", "export"]).ends(0);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["event", "request", "request", "event", "event"]);
    let payload = lines[0]["payload"].as_str().unwrap();
    assert!(payload.contains("echo \u{202e}x") && serde_json::from_str::<Value>(payload).is_ok(), "{payload}");
    assert_eq!(lines[2]["outcome"]["message"], "no\u{1b}c");

    // Longer than a pipe holds, so that it writes on after the reader went.
    world.record(async |writer| {
        for at in 0..40 {
            writer.record_event_committed(event(&format!("long{at}"), at, "Stop", &"x".repeat(10_000))).await.unwrap();
        }
    });
    let mut child =
        world.command(&["history", "export"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let said = Said::of(child.wait_with_output().unwrap()).ends(0);
    assert!(first.starts_with('{') && said.stderr.is_empty(), "{}", said.stderr);
}
