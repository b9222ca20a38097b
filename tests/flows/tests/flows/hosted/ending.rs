//! No hosted hook outlives who waits for it.

use std::time::{Duration, Instant};

use api::dto::{ByView, RunStatusView};
use fixtures::payload;
use fixtures::relay::Outcome;
use flows::Flow;
use serde_json::json;

use super::{declare, handler, hanging, hosting, is_gone, process, ran};

fn event(name: &str) -> Vec<u8> {
    payload::bytes("session", name, json!({ "tool_name": "Bash", "tool_input": { "command": "make" } }))
}

/// A Hookwright whose hook for this event never ends, and where it tells its process.
fn stuck(event: &str) -> (Flow, std::path::PathBuf) {
    let flow = Flow::start();
    let file = flow.home.path().join("process");
    declare(flow.home.path(), &[(event, handler(&hanging(&file)))]);
    flow.app.wish_all(api::dto::HostedWish::Trust);
    (flow, file)
}

#[test]
fn when_the_agent_goes_its_hook_goes() {
    let (flow, file) = stuck("PreToolUse");
    let mut relay = flow.ask(&event("PreToolUse"));
    let child = process(&file);
    relay.kill();
    is_gone(&child);
    let run = ran(&flow, "PreToolUse", 1).runs.remove(0);
    assert_eq!(run.status, RunStatusView::Failed);
    assert!(fixtures::plain(&run.entries[0].text).contains("went away"), "{run:?}");
}

#[test]
fn when_the_agent_goes_its_request_is_withdrawn_without_a_card() {
    let (flow, file) = stuck("PermissionRequest");
    let mut relay = flow.ask(&payload::shell("make"));
    let child = process(&file);
    relay.kill();
    is_gone(&child);
    let past = flows::until("the request in the history", || flow.app.past().into_iter().next());
    let outcome = flow.app.past_where(&past.id, |past| past.outcome.is_some()).outcome.unwrap();
    assert_eq!(outcome.by, ByView::Withdrawn);
}

#[test]
fn quitting_ends_it_at_once() {
    let (flow, file) = stuck("PreToolUse");
    let mut relay = flow.ask(&event("PreToolUse"));
    let child = process(&file);
    let started = Instant::now();
    let Flow { app, home: _home, relay: _installed } = flow;
    app.quit();
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    is_gone(&child);
    assert_eq!(relay.outcome(), Outcome::silent());
}

#[test]
fn a_background_hook_ends_with_the_app() {
    let flow = Flow::start();
    let file = flow.home.path().join("process");
    let mut hook = handler(&hanging(&file));
    hook["async"] = json!(true);
    declare(flow.home.path(), &[("PreToolUse", hook)]);
    flow.app.wish_all(api::dto::HostedWish::Trust);
    assert_eq!(flow.ask(&event("PreToolUse")).outcome(), Outcome::silent());
    let child = process(&file);
    let Flow { app, home: _home, relay: _installed } = flow;
    app.quit();
    is_gone(&child);
}

#[test]
fn the_end_of_a_session_waits_three_seconds_at_most() {
    let flow = Flow::start();
    let file = flow.home.path().join("process");
    let mut hook = handler(&hanging(&file));
    hook["timeout"] = json!(60);
    declare(flow.home.path(), &[("SessionEnd", hook)]);
    flow.app.wish_all(api::dto::HostedWish::Trust);
    let started = Instant::now();
    let mut relay = flow.ask(&payload::bytes("session", "SessionEnd", json!({ "reason": "other" })));
    let child = process(&file);
    assert_eq!(relay.outcome(), Outcome::silent());
    let took = started.elapsed();
    assert!((2_900..8_000).contains(&took.as_millis()), "{took:?}");
    is_gone(&child);
    assert_eq!(ran(&flow, "SessionEnd", 1).runs[0].status, RunStatusView::Failed);
}

#[test]
fn a_hook_that_never_ends_costs_no_more_than_the_waiting_time() {
    let flow = Flow::waiting(Duration::from_millis(200));
    let file = flow.home.path().join("process");
    declare(flow.home.path(), &[("PermissionRequest", handler(&hanging(&file)))]);
    flow.app.wish_all(api::dto::HostedWish::Trust);
    let mut relay = flow.ask(&payload::shell("make"));
    let child = process(&file);
    assert_eq!(relay.outcome(), Outcome::silent());
    is_gone(&child);
    let [past] = flow.app.past().try_into().unwrap();
    assert_eq!(flow.app.past_where(&past.id, |past| past.outcome.is_some()).outcome.unwrap().by, ByView::Expired);
}

#[test]
fn an_event_that_was_kept_while_the_app_was_closed_runs_nothing() {
    let flow = hosting(&[]);
    let file = flow.home.path().join("ran");
    declare(flow.home.path(), &[("PreToolUse", handler(&format!("echo x >> '{}'", file.display())))]);
    flow.app.wish_all(api::dto::HostedWish::Trust);
    let Flow { app, home, relay } = flow;
    app.quit();
    assert_eq!(relay.ask(home.path(), &event("PreToolUse")).outcome(), Outcome::silent());
    let app = fixtures::Hosted::start(home.path());
    flows::until("the event that was kept", || (!app.events().is_empty()).then_some(()));
    assert!(!file.exists());
    assert_eq!(relay.ask(home.path(), &event("PreToolUse")).outcome(), Outcome::silent());
    assert!(file.exists(), "a live one runs it");
}
