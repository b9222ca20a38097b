//! Which hooks run, all at once, and in which order they are told of.

use std::sync::Mutex;

use engine::{Engine, Progress};
use model::{Hook, HookEvent, Matcher, RunStatus, Trust, Unapproved};
use serde_json::json;

use crate::world::{World, command, hook};

fn bash(order: u32, text: &str) -> Hook {
    hook(HookEvent::PreToolUse, order, command(text))
}

#[test]
fn only_what_is_meant_and_may_run_in_configured_order() {
    let world = World::new();
    let payload = world.payload("PreToolUse", json!({ "tool_name": "apply_patch", "tool_use_id": "call_1" }));
    let with = |order, change: &dyn Fn(&mut Hook)| {
        let mut hook = bash(order, "true");
        change(&mut hook);
        hook
    };
    let matcher = |text: &'static str| move |hook: &mut Hook| hook.matcher = Some(Matcher::parse(text).unwrap());
    let hooks = [
        with(9, &matcher("Edit")),
        with(0, &|_| {}),
        with(1, &|hook| hook.enabled = false),
        with(2, &|hook| hook.trust = Trust::Untrusted),
        with(3, &|hook| hook.trust = Trust::Modified),
        with(4, &|hook| hook.trust = Trust::Bypassed(Unapproved::Modified)),
        with(5, &|hook| hook.event = HookEvent::PostToolUse),
        with(6, &matcher("Bash")),
        with(7, &matcher("apply.*")),
        with(8, &matcher("Write|apply_patch|Edit")),
    ];
    let selected: Vec<_> = Engine::selected(&hooks, &payload).iter().map(|hook| hook.display_order).collect();
    assert_eq!(selected, [0, 4, 7, 8, 9]);
}

#[tokio::test]
async fn all_run_at_once_and_are_reported_in_configured_order() {
    let world = World::new();
    let payload = world.payload("PreToolUse", json!({ "tool_name": "Bash", "tool_use_id": "call_1" }));
    // Each waits for the other: run one by one, neither would end.
    let meet = |mine: &str, other: &str| format!("echo > {mine}; until [ -e {other} ]; do sleep 0.01; done");
    let hooks =
        [bash(3, &format!("{}; until [ -e last ]; do sleep 0.01; done", meet("a", "b"))), bash(5, &meet("b", "a"))];
    let told = Mutex::new(Vec::new());
    let watch = |progress| {
        let (what, run, summary) = match progress {
            Progress::Started { run, summary } => ("started", run, summary),
            Progress::Ended { run, summary } => ("ended", run, summary),
            Progress::Output { .. } => panic!("they say nothing"),
        };
        if what == "ended" && run == 1 {
            std::fs::write(world.path("last"), "").unwrap();
        }
        told.lock().unwrap().push((what, run, summary.status, summary.duration_ms.is_some()));
    };
    let report = world.engine().run(&hooks, &payload, watch).await;
    world.nobody_left().await;
    let runs: Vec<_> = report.runs.iter().map(|ran| (ran.run.id.as_str(), ran.order)).collect();
    let path = "/home/user/.codex/hooks.json";
    let (first, second) = (format!("pre-tool-use:3:{path}:call_1"), format!("pre-tool-use:5:{path}:call_1"));
    assert_eq!(runs, [(&*first, 1), (&*second, 0)]);
    let (running, completed) = (RunStatus::Running, RunStatus::Completed);
    let expected = [
        ("started", 0, running, false),
        ("started", 1, running, false),
        ("ended", 1, completed, true),
        ("ended", 0, completed, true),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[tokio::test]
async fn the_same_command_twice_runs_twice() {
    let world = World::new();
    let stop = |order| hook(HookEvent::Stop, order, command("echo ran >> ran"));
    let report = world.run(&[stop(0), stop(1)], &world.payload("Stop", json!({ "tool_use_id": "call_1" }))).await;
    let ids: Vec<_> = report.runs.iter().map(|ran| ran.run.id.as_str()).collect();
    assert_eq!(ids, ["stop:0:/home/user/.codex/hooks.json", "stop:1:/home/user/.codex/hooks.json"]);
    assert_eq!(world.read("ran").lines().count(), 2);
}

#[tokio::test]
async fn nothing_selected_is_an_empty_report() {
    let world = World::new();
    let report = world.run(&[bash(0, "true")], &world.payload("Stop", json!({}))).await;
    assert!(report.runs.is_empty());
    assert_eq!(report.outcome, model::Outcome::default());
}
