//! Hookwright without a window: it takes events, and gives no decision.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use fixtures::payload;
use rustix::process::{Signal, geteuid};
use serde_json::json;

use crate::support::{Running, Said, World, ask};

fn serve(world: &World) -> Running {
    let serving = world.start(&["serve"]);
    let line = Running::line(&serving.stdout);
    assert!(line.contains(world.path("run/bridge.sock").to_str().unwrap()), "{line}");
    serving
}

#[test]
fn a_request_gets_no_decision_at_once_and_stands_in_the_history() {
    let world = World::new();
    let serving = serve(&world);
    let started = Instant::now();
    assert_eq!(ask(&world, payload::shell("make install")), b"");
    assert!(started.elapsed() < Duration::from_secs(30), "nobody is waited for");
    assert_eq!(ask(&world, payload::bytes("s", "Stop", json!({}))), b"");

    let said = world.run(&["requests", "--json"]).ends(0);
    assert_eq!(said.json(), json!([]));
    let report = world.run(&["doctor", "--json"]).ends(1).json();
    let installation = &report["installation"];
    assert_eq!((&installation["running"], &installation["listening"]), (&true.into(), &true.into()));
    assert_eq!((&installation["history"], &installation["problems"]), (&"readable".into(), &json!([])));

    assert_eq!(serving.end(Signal::TERM), Some(0));
    let past = world.run(&["history", "list", "--json"]).ends(0).json();
    let past = past.as_array().unwrap();
    let request = past.iter().find(|record| record["kind"] == "request").expect("the request is there");
    assert_eq!((&request["outcome"]["decision"], &request["outcome"]["by"]), (&"none".into(), &"unattended".into()));
    let events: Vec<_> = past.iter().filter(|record| record["kind"] == "event").collect();
    assert_eq!(events.len(), 2);
    assert!(events.iter().any(|event| event["request"] == request["id"]), "{events:?}");
}

#[test]
fn who_follows_hears_of_it_while_it_is_served() {
    let world = World::new();
    let serving = serve(&world);
    ask(&world, payload::bytes("s", "SessionStart", json!({ "source": "startup" })));
    let following = world.start(&["history", "follow"]);
    Running::line(&following.stderr);
    for command in ["one", "two", "three"] {
        ask(&world, payload::shell(command));
        let mut kinds = [0; 2].map(|_| {
            let line = Running::line(&following.stdout);
            serde_json::from_str::<serde_json::Value>(&line).unwrap()["kind"].as_str().unwrap().to_owned()
        });
        kinds.sort();
        assert_eq!(kinds, ["decision", "event"], "{command}");
    }
    assert_eq!(following.end(Signal::INT), Some(0));
    assert_eq!(serving.end(Signal::INT), Some(0));
}

#[test]
fn there_is_one_of_it() {
    let world = World::new();
    let serving = serve(&world);
    let said = world.run(&["serve"]).ends(3);
    assert!(said.stderr.contains("runs already"), "{}", said.stderr);
    assert_eq!(serving.end(Signal::INT), Some(0));
    assert_eq!(serve(&world).end(Signal::TERM), Some(0), "and then another one");
}

#[test]
fn where_it_cannot_listen_it_does_not_stay() {
    let world = World::new();
    std::fs::write(world.path("run"), "no folder").unwrap();
    let said = world.run(&["serve"]).ends(3);
    assert!(said.stderr.contains("Agents can't reach Hookwright."), "{}", said.stderr);
}

/// Whom a mode keeps out, unlike root.
const NOBODY: u32 = 65_534;

/// A home in which nothing can be made but beside the socket, for a user who is not root.
fn read_only(world: &World) -> impl Fn(&[&str]) -> Command {
    let sockets = world.path("run");
    fs::create_dir(&sockets).unwrap();
    if geteuid().is_root() {
        chown(&sockets, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    fs::set_permissions(world.path(""), fs::Permissions::from_mode(0o555)).unwrap();
    |arguments| {
        let mut command = world.command(arguments);
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

#[test]
fn a_home_that_cannot_be_written_is_told_of_and_the_rest_goes_on() {
    let world = World::new();
    let command = read_only(&world);
    let serving = Running::of(command(&["serve"]));
    assert!(Running::line(&serving.stdout).contains("bridge.sock"));
    let mut told = String::new();
    while !(told.contains("The data folder can't be written.")
        && told.contains("Check its rights and the disk")
        && told.contains("The history can't be written."))
    {
        told.push_str(&Running::line(&serving.stderr));
    }
    let report = Said::of(command(&["doctor", "--json"]).output().unwrap()).ends(1).json();
    assert_eq!(report["installation"]["listening"], true, "{report:#}");
    let problems = report["installation"]["problems"].as_array().unwrap();
    assert!(problems.iter().any(|problem| problem["code"] == "notWritable"), "{report:#}");
    assert_eq!(serving.end(Signal::TERM), Some(0));
    // Whoever is not root could not clean up otherwise.
    fs::set_permissions(world.path(""), fs::Permissions::from_mode(0o700)).unwrap();
}
