//! Hooks nobody waits for.

use std::fs;
use std::time::Instant;

use engine::Progress;
use model::{Hook, HookEvent, Mode};
use serde_json::json;

use crate::world::{PATIENCE, World, hook, unawaited};

fn later(order: u32, text: &str) -> Hook {
    hook(HookEvent::UserPromptSubmit, order, unawaited(text))
}

#[tokio::test]
async fn the_report_comes_before_it_ends_and_says_nothing_of_it() {
    let world = World::new();
    let (engine, payload) = (world.engine(), world.payload("UserPromptSubmit", json!({ "prompt": "hi" })));
    let hooks = [later(0, "until [ -e go ]; do sleep 0.01; done; echo later")];
    let report = engine.run(&hooks, &payload, |progress: Progress| panic!("told: {progress:?}")).await;
    assert!(report.runs.is_empty());
    assert!(engine.delivered(Some("session")).is_empty());
    fs::write(world.path("go"), "").unwrap();
    let late = engine.finish_background().await;
    let [late] = &late[..] else { panic!("not one: {late:?}") };
    assert_eq!(late.session.as_deref(), Some("session"));
    assert_eq!(late.run.mode, Mode::Async);
    assert_eq!(late.finished.stdout.text, "later\n");
    world.nobody_left().await;
}

#[tokio::test]
async fn what_is_left_is_delivered_once_and_to_its_session() {
    let world = World::new();
    let engine = world.engine();
    for session in ["one", "two"] {
        let payload = world.payload("UserPromptSubmit", json!({ "session_id": session }));
        engine.run(&[later(0, "true")], &payload, |_| {}).await;
    }
    let started = Instant::now();
    let mut one = Vec::new();
    while one.is_empty() {
        assert!(started.elapsed() < PATIENCE);
        one = engine.delivered(Some("one"));
        tokio::task::yield_now().await;
    }
    assert!(engine.delivered(Some("one")).is_empty() && engine.delivered(None).is_empty());
    let rest: Vec<_> = engine.finish_background().await.into_iter().map(|late| late.session).collect();
    assert_eq!(rest, [Some("two".to_owned())]);
}

#[tokio::test]
async fn at_most_eight_at_once_and_the_others_in_their_order() {
    let world = World::new();
    let (engine, payload) = (world.engine(), world.payload("UserPromptSubmit", json!({})));
    let held = |order| later(order, "echo $$ >> held; until [ -e go ]; do sleep 0.01; done");
    let waiting = |order: u32| later(order, &format!("echo {order} >> waiting"));
    let hooks: Vec<_> = (0..8).map(held).chain((8..20).map(waiting)).collect();
    engine.run(&hooks, &payload, |_| {}).await;
    let started = Instant::now();
    while world.read("held").lines().count() < 8 {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(world.read("waiting"), "", "a ninth started");
    // One place alone shows the order.
    let first = world.read("held").lines().next().unwrap().to_owned();
    let first = rustix::process::Pid::from_raw(first.parse().unwrap()).unwrap();
    rustix::process::kill_process(first, rustix::process::Signal::KILL).unwrap();
    while world.read("waiting").lines().count() < 12 {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let order: Vec<u32> = world.read("waiting").lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(order, (8..20).collect::<Vec<_>>());
    fs::write(world.path("go"), "").unwrap();
    assert_eq!(engine.finish_background().await.len(), 20);
    world.nobody_left().await;
}

#[tokio::test]
async fn the_last_clone_takes_them_along() {
    let world = World::new();
    let (engine, payload) = (world.engine(), world.payload("UserPromptSubmit", json!({})));
    let clone = engine.clone();
    engine.run(&[later(0, "sleep 100 & echo $$ > pid; wait")], &payload, |_| {}).await;
    let pid = world.written("pid").await;
    drop(engine);
    assert!(std::path::Path::new("/proc").join(&pid).exists());
    drop(clone);
    world.nobody_left().await;
    world.reaped(&pid).await;
}
