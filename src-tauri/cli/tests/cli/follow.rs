//! The history as it is followed, while others write it.

use std::time::Duration;

use model::{Answer, Decision, RunStatus, SessionId};
use protocol::journal::{How, Journal, Runs, Start, Stream, VERSION};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Running, World, decision, event, request, run};

fn following(world: &World, filters: &[&str]) -> Running {
    let following = world.start(&[&["history", "follow"], filters].concat());
    assert!(Running::line(&following.stderr).contains("Ctrl+C"));
    following
}

fn line(following: &Running) -> Value {
    serde_json::from_str(&Running::line(&following.stdout)).unwrap()
}

#[test]
fn who_follows_hears_of_what_is_committed_from_then_on() {
    let world = World::new();
    world.record(async |writer| writer.record_request(request("r2", 3_000, "make")).unwrap());
    let following = following(&world, &["--session", "one"]);
    world.record(async |writer| {
        let mut other = event("other", 6_000, "Stop", "");
        other.event.session = None;
        writer.record_event_committed(other).await.unwrap();
        // Kept while the app was closed: an old time, and new all the same.
        writer.record_event_committed(event("e0", 500, "Stop", "")).await.unwrap();
        writer.record_decision(decision("r2", 7_000, Answer::person(Decision::Allow))).await.unwrap();
    });
    let mut lines = [line(&following), line(&following)];
    // Opened anew, the history first ends what an earlier app left: r2 was lost, and that is what counts.
    lines.sort_by_key(|line| line["kind"].to_string());
    let [first, second] = lines;
    assert_eq!((&first["kind"], &first["request"]), (&"decision".into(), &"r2".into()));
    assert_eq!((&first["outcome"]["by"], &second["kind"]), (&"lost".into(), &"event".into()));
    assert_eq!((&second["id"], &second["at"]), (&"e0".into(), &"500".into()));
    assert_eq!(following.end(Signal::INT), Some(0));
}

#[test]
fn a_run_is_told_of_as_the_agent_tells_of_it() {
    let world = World::new();
    world.record(async |writer| writer.record_runs(vec![run("before", 1_000, RunStatus::Completed)]).await.unwrap());
    let following = following(&world, &["--status", "blocked"]);
    world.record(async |writer| {
        let (completed, blocked) = (run("a", 2_000, RunStatus::Completed), run("b", 3_000, RunStatus::Blocked));
        writer.record_runs(vec![completed, blocked]).await.unwrap();
    });
    let [started, completed] = [line(&following), line(&following)];
    assert_eq!((&started["method"], &completed["method"]), (&"hook/started".into(), &"hook/completed".into()));
    let expected = json!({
        "id": "pre-tool-use:0:/repo/.codex/hooks.json:call_1", "eventName": "preToolUse", "handlerType": "command",
        "executionMode": "sync", "scope": "turn", "sourcePath": "/repo/.codex/hooks.json", "source": "project",
        "displayOrder": 0, "status": "blocked", "statusMessage": "looking", "startedAt": 3, "completedAt": 3,
        "durationMs": 12, "entries": [{ "kind": "feedback", "text": "not\u{1b}[2J so" }],
    });
    let params = json!({ "threadId": "one", "turnId": "t1", "run": expected });
    let told = json!({ "kind": "run", "id": "b", "method": "hook/completed", "params": params });
    assert_eq!(completed, told);
    let began = &started["params"]["run"];
    assert_eq!(
        (&began["status"], &began["completedAt"], &began["durationMs"]),
        (&"running".into(), &Value::Null, &Value::Null)
    );
    assert_eq!((&began["entries"], &started["id"]), (&json!([]), &"b".into()));
    assert_eq!(following.end(Signal::INT), Some(0));
}

/// A recorded hook that begins now, with its relay in this process.
fn begin(world: &World, id: &str) -> Journal {
    let runs = Runs::make(&world.path("state/runs")).unwrap();
    let start = Start {
        v: VERSION,
        id: id.to_owned(),
        at: 1_000,
        agent: "codex".to_owned(),
        shell: "/bin/sh".to_owned(),
        command: "./guard.sh".to_owned(),
        cwd: None,
        pid: 1,
        version: "0".to_owned(),
    };
    Journal::begin(runs, &start).unwrap()
}

#[test]
fn a_recorded_hook_is_told_of_while_it_runs_without_an_app() {
    let world = World::new();
    // So that there is a history; the folder of recorded hooks comes later.
    world.record(async |writer| writer.record_event_committed(event("e", 1_000, "Stop", "")).await.unwrap());
    let following = following(&world, &[]);
    let id = protocol::event::new_id().unwrap();
    let mut journal = begin(&world, &id);
    let payload = json!({
        "hook_event_name": "Stop", "session_id": "s", "turn_id": "t", "cwd": "/repo", "stop_hook_active": false,
        "transcript_path": null, "model": "m", "permission_mode": "default", "last_assistant_message": null,
    });
    journal.add(Stream::Input, payload.to_string().as_bytes());
    let started = line(&following);
    assert_eq!((&started["method"], &started["id"]), (&"hook/started".into(), &id.as_str().into()));
    let params = &started["params"];
    assert_eq!((&params["threadId"], &params["turnId"]), (&"s".into(), &"t".into()));
    assert_eq!((&params["run"]["eventName"], &params["run"]["status"]), (&"stop".into(), &"running".into()));

    // Its end is told when it is in the history, for which it takes an app. That it began is not told again.
    journal.end(How::Exited(0), Duration::from_millis(5));
    let serving = world.start(&["serve"]);
    let completed = line(&following);
    assert_eq!((&completed["method"], &completed["id"]), (&"hook/completed".into(), &id.as_str().into()));
    assert_eq!(completed["params"]["run"]["status"], "completed");
    assert_eq!(serving.end(Signal::TERM), Some(0));
    assert_eq!(following.end(Signal::INT), Some(0));
}

#[test]
fn what_runs_already_is_told_at_once_and_only_where_it_is_wanted() {
    let world = World::new();
    world.record(async |writer| writer.record_event_committed(event("e", 1_000, "Stop", "")).await.unwrap());
    let id = protocol::event::new_id().unwrap();
    let mut journal = begin(&world, &id);
    journal.add(Stream::Input, br#"{"hook_event_name":"Stop","session_id":"s","turn_id":"t","cwd":"/repo"}"#);
    let (all, other) = (following(&world, &[]), following(&world, &["--session", "other"]));
    assert_eq!(line(&all)["id"], id.as_str());
    world.record(async |writer| {
        let mut row = event("other", 2_000, "Stop", "");
        row.event.session = Some(SessionId::new("other"));
        writer.record_event_committed(row).await.unwrap();
    });
    assert_eq!((&line(&all)["id"], &line(&other)["id"]), (&"other".into(), &"other".into()));
}
