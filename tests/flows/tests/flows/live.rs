//! The stream of events, and one event with everything the agent said.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use api::dto::{EventView, ReportedView};
use fixtures::relay::Outcome;
use fixtures::{Hosted, payload, plain};
use flows::{Flow, bytes, dial, hear, until};
use protocol::{Frame, Hello, VERSION};
use serde_json::json;

use crate::stored;

fn gists(events: &[EventView]) -> Vec<(String, String)> {
    events.iter().map(|event| (plain(&event.event), plain(&event.gist))).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(event, gist)| ((*event).to_owned(), (*gist).to_owned())).collect()
}

#[test]
fn events_are_shown_as_they_happen_and_after_a_restart() {
    let mut flow = Flow::start();
    let (snapshot, mut updates) = flow.app.wait(flow.app.app.live()).unwrap();
    assert!(snapshot.events.is_empty());
    let tool = json!({ "tool_name": "Bash", "tool_input": { "command": "cargo test\n  --all" } });
    for event in [
        payload::bytes("s", "UserPromptSubmit", json!({ "prompt": "please\u{202e} build it" })),
        payload::bytes("s", "PreToolUse", tool),
        payload::bytes("s", "Stop", json!({ "last_assistant_message": "x".repeat(1000) })),
    ] {
        assert_eq!(flow.ask(&event).outcome(), Outcome::silent());
    }
    let _relay = flow.ask(&payload::shell("make"));
    let card = flow.app.card();

    let long = format!("{}…", "x".repeat(300));
    let expected = named(&[
        ("UserPromptSubmit", "please[U+202E] build it"),
        ("PreToolUse", "cargo test…"),
        ("Stop", &long),
        ("PermissionRequest", "make"),
    ]);
    let events = flow.app.events();
    assert_eq!(gists(&events), expected);
    assert_eq!(events[3].request.as_ref(), Some(&card.id));
    assert!(events[..3].iter().all(|event| event.request.is_none() && event.reported == ReportedView::Live));
    for (at, event) in events.iter().enumerate() {
        let update = updates.try_recv().unwrap();
        assert_eq!((update.seq, update.events), ((at + 1).to_string(), vec![event.clone()]));
    }

    let home = flow.home;
    flow.app.quit();
    let next = Hosted::start(home.path());
    assert_eq!(next.events(), events, "they come from the history");
}

#[test]
fn one_event_is_shown_whole_and_a_long_one_cut() {
    let flow = Flow::start();
    flow.ask(&payload::bytes("s", "Stop", json!({ "number": 1.50, "last_assistant_message": "\u{1b}[2J" }))).outcome();
    flow.ask(&payload::bytes("s", "Stop", json!({ "last_assistant_message": "y".repeat(300_000) }))).outcome();
    let [short, long] = flow.app.events().try_into().unwrap();
    let detail = |id: &str| flow.app.wait(flow.app.app.event(id)).unwrap();

    let shown = detail(&short.id).unwrap();
    let text = plain(&shown.payload);
    assert!(
        !shown.cut && text.contains("\n  \"last_assistant_message\": ") && text.contains("\"number\": 1.5"),
        "{text}"
    );
    assert_eq!(shown.event, short);
    let shown = detail(&long.id).unwrap();
    assert!(shown.cut && plain(&shown.payload).chars().count() == 200_000);
    assert!(detail("no such event").is_none());
}

/// Tells of an event under this name and of this time, as a relay would.
fn tell(flow: &Flow, event: Option<&str>, at: Option<i64>) {
    let mut stream = dial(flow.home.path());
    let (agent, version) = ("codex".to_owned(), "0".to_owned());
    let hello = Hello { protocol: VERSION, agent, version, event: event.map(str::to_owned), at };
    let stop = Frame::Payload(payload::bytes("s", "Stop", json!({})));
    stream.write_all(&bytes(&[Frame::Hello(hello), stop])).expect("the app listens");
    assert!(matches!(hear(&mut stream), Some(Frame::Accepted(_))));
    assert_eq!(hear(&mut stream), Some(Frame::Reply(Vec::new())));
}

/// The event that the history makes of it, and the time after it.
fn told(event: Option<&str>, at: Option<i64>) -> (stored::Event, i64) {
    let flow = Flow::start();
    tell(&flow, event, at);
    let events = stored::events(flow.home.path());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis();
    (events[0].clone(), i64::try_from(now).expect("it is long before the end of time"))
}

#[test]
fn a_relay_names_its_event_and_its_time_within_reason() {
    let id = "0123456789abcdef".repeat(2);
    assert_eq!(told(Some(&id), None).0.id, id);
    for other in [None, Some(""), Some("0123456789ABCDEF0123456789ABCDEF"), Some("' OR 1")] {
        let event = told(other, None).0;
        assert!(protocol::event::is_id(&event.id) && event.id != id, "{event:?}");
    }
    const MINUTE: i64 = 60_000;
    for (ago, between) in [(0, 0..=1), (5, 5..=6), (600, 10..=11), (-600, 0..=1)] {
        let now = told(None, None).1;
        let (event, after) = told(None, Some(now - ago * MINUTE));
        assert!(between.contains(&((after - event.at) / MINUTE)), "{ago} minutes ago: {} of {after}", event.at);
    }
}

#[test]
fn an_event_that_is_told_twice_is_there_once() {
    let flow = Flow::start();
    let id = "a".repeat(32);
    tell(&flow, Some(&id), None);
    tell(&flow, Some(&id), None);
    assert_eq!(stored::events(flow.home.path()).len(), 1);
    until("the event to be shown once", || (flow.app.events().len() == 1).then_some(()));
}
