//! No app, or one that does not go on: the agent is held up for a moment at most, and gets no decision.

use std::time::{Duration, Instant};

use fixtures::relay::{Installed, Outcome};
use fixtures::{Home, payload};
use flows::{FakeApp, Met, bytes};

/// Runs the relay to its end and says how long that took.
fn timed(relay: &Installed, home: &Home, meanwhile: impl FnOnce()) -> (Outcome, Duration) {
    let started = Instant::now();
    let mut asking = relay.ask(home.path(), &payload::shell("true"));
    meanwhile();
    (asking.outcome(), started.elapsed())
}

#[test]
fn where_nobody_listens_the_relay_leaves_at_once() {
    let (home, relay) = (Home::new(), Installed::ours());
    let fastest = (0..10).map(|_| {
        let (outcome, took) = timed(&relay, &home, || {});
        assert_eq!(outcome, Outcome::silent());
        took
    });
    let fastest = fastest.min().unwrap();
    assert!(fastest < Duration::from_millis(500), "the fastest of ten took {fastest:?}");
}

#[test]
fn a_socket_that_nobody_owns_any_more_is_nobody() {
    let (home, relay) = (Home::new(), Installed::ours());
    drop(FakeApp::listen(home.path()));
    assert!(flows::socket(home.path()).exists());
    let (outcome, took) = timed(&relay, &home, || {});
    assert_eq!(outcome, Outcome::silent());
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn an_app_that_never_accepts_is_left_after_a_second() {
    let (home, relay) = (Home::new(), Installed::ours());
    let fake = FakeApp::listen(home.path());
    let (mut met, mut never_met) = (None, None);
    // The second one is not even taken from the queue of connections.
    for slot in [Some(&mut met), None] {
        let (outcome, took) = timed(&relay, &home, || {
            if let Some(met) = slot {
                *met = Some(fake.meet());
            }
        });
        assert_eq!(outcome, Outcome::silent());
        assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(10), "{took:?}");
    }
    never_met.replace(fake.meet());
}

#[test]
fn an_app_that_accepts_and_never_answers_is_left_a_little_after_its_own_time() {
    let (home, relay) = (Home::new(), Installed::ours());
    let fake = FakeApp::listen(home.path());
    let mut met = None;
    let (outcome, took) = timed(&relay, &home, || {
        let mut relay = fake.meet();
        relay.question();
        relay.say(&bytes(&[Met::accepted(300)]));
        met = Some(relay);
    });
    assert_eq!(outcome, Outcome::silent());
    let grace = protocol::client::GRACE + Duration::from_millis(300);
    assert!(took >= grace && took < grace + Duration::from_secs(10), "{took:?}");
    assert_eq!(met.unwrap().hear(), None, "and it says nothing more");
}

#[test]
fn an_app_that_stops_in_the_middle_of_a_reply_is_left_as_well() {
    let (home, relay) = (Home::new(), Installed::ours());
    let fake = FakeApp::listen(home.path());
    let decision = Met::decision(flows::ALLOW);
    let mut met = None;
    let (outcome, took) = timed(&relay, &home, || {
        let mut relay = fake.meet();
        relay.question();
        relay.say(&decision[..decision.len() - 1]);
        met = Some(relay);
    });
    assert_eq!(outcome, Outcome::silent());
    assert!(took >= protocol::client::GRACE && took < Duration::from_secs(30), "{took:?}");
}
