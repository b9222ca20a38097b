//! Every way in which a request ends while everything works.

use std::time::Duration;

use api::dto::{ByView, DecisionView, Taken};
use fixtures::payload;
use fixtures::relay::Outcome;
use flows::{ALLOW, Flow, deny};

/// What became of a request: what the agent read, and how the history has it.
#[track_caller]
fn check(
    waiting: Duration,
    end: impl FnOnce(&mut Flow, &api::dto::Card),
    stdout: &str,
    history: (DecisionView, ByView, Option<&str>),
) {
    let mut flow = Flow::waiting(waiting);
    let mut relay = flow.ask(&payload::shell("cargo test"));
    let card = flow.app.card();
    end(&mut flow, &card);

    assert_eq!(relay.outcome(), Outcome::says(stdout));
    let (decision, by, message) = history;
    let ended = flow.app.ended(&card.id);
    assert_eq!((ended.decision, ended.by, ended.message.as_deref()), (decision, by, message));
    assert_eq!(flow.app.taken(&card.id), Taken::Yes);
    let past = flow.app.past_of(&card.id);
    assert_eq!((past.taken, past.outcome), (Taken::Yes, Some(ended.clone())));
    assert!(ended.waited_ms.parse::<u64>().is_ok_and(|waited| waited < 60_000), "{ended:?}");
}

const LONG: Duration = Duration::from_secs(600);

#[test]
fn allow_after_a_look_is_what_codex_takes_for_allow() {
    let started = std::time::Instant::now();
    let end = |flow: &mut Flow, card: &_| flow.app.allow(card);
    check(LONG, end, ALLOW, (DecisionView::Allow, ByView::Person, None));
    assert!(started.elapsed() >= Duration::from_millis(600), "allowed without the arming time");
}

#[test]
fn deny_carries_the_message() {
    let end = |flow: &mut Flow, card: &_| flow.app.deny(card, "use the other branch");
    let history = (DecisionView::Deny, ByView::Person, Some("use the other branch"));
    check(LONG, end, &deny("use the other branch"), history);
}

#[test]
fn deny_without_a_message_has_no_message() {
    let reply = r#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"deny"}}}"#;
    let end = |flow: &mut Flow, card: &_| flow.app.deny(card, "");
    check(LONG, end, reply, (DecisionView::Deny, ByView::Person, None));
}

#[test]
fn leaving_it_says_nothing() {
    let end = |flow: &mut Flow, card: &_| flow.app.leave(card);
    check(LONG, end, "", (DecisionView::None, ByView::Person, None));
}

#[test]
fn when_the_waiting_time_is_over_nothing_is_said() {
    check(Duration::from_millis(50), |_, _| {}, "", (DecisionView::None, ByView::Expired, None));
}

#[test]
fn pausing_hands_back_what_waits() {
    let end = |flow: &mut Flow, _: &_| flow.app.wait(flow.app.app.pause(None));
    check(LONG, end, "", (DecisionView::None, ByView::Paused, None));
}

#[test]
fn denying_a_session_denies_its_requests_and_no_other() {
    let mut flow = Flow::start();
    let mut ask = |session: &str| {
        let relay = flow.ask(&payload::shell_in(session, "make"));
        (relay, flow.app.card())
    };
    let (mut first, _) = ask("one");
    let (mut other, card) = ask("two");
    let (mut second, _) = ask("one");
    let denied = flow.app.wait(flow.app.app.deny_session("one", "not today".to_owned())).unwrap();
    assert_eq!(denied, 2);
    assert_eq!(first.outcome(), Outcome::says(&deny("not today")));
    assert_eq!(second.outcome(), Outcome::says(&deny("not today")));
    flow.app.leave(&card);
    assert_eq!(other.outcome(), Outcome::silent());
}

#[test]
fn a_paused_app_answers_at_once_and_a_resumed_one_asks_again() {
    let mut flow = Flow::start();
    flow.app.wait(flow.app.app.pause(None));
    assert_eq!(flow.ask(&payload::shell("true")).outcome(), Outcome::silent());
    let [paused] = flow.app.past().try_into().unwrap();
    assert_eq!(flow.app.past_where(&paused.id, |past| past.outcome.is_some()).outcome.unwrap().by, ByView::Paused);

    flow.app.wait(flow.app.app.resume());
    let mut relay = flow.ask(&payload::shell("true"));
    let card = flow.app.card();
    assert_ne!(card.id, paused.id, "a paused app opens no card");
    flow.app.deny(&card, "no");
    assert_eq!(relay.outcome(), Outcome::says(&deny("no")));
}

#[test]
fn quitting_hands_back_what_waits_and_the_history_knows() {
    let mut flow = Flow::start();
    let mut relay = flow.ask(&payload::shell("true"));
    let card = flow.app.card();
    assert_eq!(flow.app.wait(flow.app.app.ask_to_quit()), 1);
    let Flow { app, home, relay: _installed } = flow;
    app.quit();
    assert_eq!(relay.outcome(), Outcome::silent());

    let next = fixtures::Hosted::start(home.path());
    let past = next.past_of(&card.id);
    assert_eq!(past.outcome.unwrap().by, ByView::Quit);
    assert_eq!(past.taken, Taken::Yes);
}

#[test]
fn where_nobody_can_be_asked_a_request_goes_straight_back() {
    let (home, relay) = (fixtures::Home::new(), fixtures::relay::Installed::ours());
    let app = fixtures::Hosted::unattended(home.path());
    assert_eq!(relay.ask(home.path(), &payload::shell("true")).outcome(), Outcome::silent());
    let [past] = app.past().try_into().unwrap();
    assert_eq!(past.outcome.unwrap().by, ByView::Unattended);
    assert_eq!(app.wait(app.app.ask_to_quit()), 0, "nothing waits");
}

#[test]
fn an_event_that_asks_nothing_is_answered_at_once() {
    let mut flow = Flow::start();
    let event = payload::bytes("session", "Stop", serde_json::json!({ "stop_hook_active": false }));
    assert_eq!(flow.ask(&event).outcome(), Outcome::silent());
    // The next card is that of the next request: the event opened none.
    let _relay = flow.ask(&payload::shell("true"));
    let card = flow.app.card();
    assert_ne!(card.shown.session, "session");
    flow.app.past_where(&card.id, |_| true);
    assert_eq!(flow.app.past().len(), 1);
}

#[test]
fn told_to_skip_the_relay_does_nothing() {
    let mut flow = Flow::start();
    let mut skipping = flow.relay.command(flow.home.path());
    let skipping = fixtures::relay::Asking::start(skipping.env("HOOKWRIGHT_SKIP", "1"), &payload::shell("skipped"));
    assert_eq!({ skipping }.outcome(), Outcome::silent());
    let _relay = flow.ask(&payload::shell("asked"));
    let card = flow.app.card();
    flow.app.past_where(&card.id, |_| true);
    let summaries: Vec<_> = flow.app.past().iter().map(|past| fixtures::plain(&past.summary)).collect();
    assert_eq!(summaries, ["asked"]);
}
