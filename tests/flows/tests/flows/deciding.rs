//! What it takes to decide.

use std::time::Duration;

use api::dto::{Card, Choice, Surface};
use fixtures::payload;
use fixtures::relay::{Asking, Outcome};
use flows::{ALLOW, Flow};

/// A request that waits.
fn asked() -> (Flow, Asking, Card) {
    let mut flow = Flow::start();
    let relay = flow.ask(&payload::shell("make"));
    let card = flow.app.card();
    (flow, relay, card)
}

fn paint(flow: &Flow, surface: Surface, card: &Card) -> Duration {
    let arming = flow.app.wait(flow.app.app.painted(surface, &card.id, &card.digest)).expect("it is open");
    Duration::from_millis(arming.left_ms.into())
}

/// The code of the refusal.
fn refused(flow: &Flow, surface: Surface, id: &str, digest: &str, choice: Choice) -> &'static str {
    flow.app.wait(flow.app.app.decide(surface, id, digest, choice)).expect_err("the decision must be refused").code()
}

fn every_choice() -> [Choice; 3] {
    [Choice::Allow, Choice::Deny { message: "no".to_owned() }, Choice::Leave]
}

#[test]
fn what_was_not_painted_is_not_allowed() {
    let (flow, _relay, card) = asked();
    assert_eq!(refused(&flow, Surface::Popup, &card.id, &card.digest, Choice::Allow), "notShown");
}

#[test]
fn what_another_window_painted_is_not_allowed_here() {
    let (flow, mut relay, card) = asked();
    std::thread::sleep(paint(&flow, Surface::Main, &card));
    assert_eq!(refused(&flow, Surface::Popup, &card.id, &card.digest, Choice::Allow), "notShown");
    flow.app.wait(flow.app.app.decide(Surface::Main, &card.id, &card.digest, Choice::Allow)).unwrap();
    assert_eq!(relay.outcome(), Outcome::says(ALLOW));
}

#[test]
fn too_early_is_refused_and_painting_again_gains_nothing() {
    let (flow, mut relay, card) = asked();
    let left = paint(&flow, Surface::Popup, &card);
    assert!(left > Duration::from_millis(590) && left <= Duration::from_millis(600), "{left:?}");
    assert_eq!(refused(&flow, Surface::Popup, &card.id, &card.digest, Choice::Allow), "tooEarly");
    assert!(paint(&flow, Surface::Popup, &card) <= left, "the same card in sight arms on");
    flow.app.allow(&card);
    assert_eq!(relay.outcome(), Outcome::says(ALLOW));
}

#[test]
fn a_disturbance_or_a_hidden_window_starts_arming_anew() {
    let (flow, _relay, card) = asked();
    std::thread::sleep(paint(&flow, Surface::Popup, &card));
    flow.app.app.disturbed(Surface::Popup);
    assert_eq!(refused(&flow, Surface::Popup, &card.id, &card.digest, Choice::Allow), "tooEarly");
    std::thread::sleep(paint(&flow, Surface::Popup, &card));
    flow.app.app.hidden(Surface::Popup);
    assert_eq!(refused(&flow, Surface::Popup, &card.id, &card.digest, Choice::Allow), "notShown");
}

#[test]
fn another_digest_decides_nothing() {
    let (mut flow, _relay, card) = asked();
    let _other = flow.ask(&payload::shell("make other"));
    let other = flow.app.card();
    std::thread::sleep(paint(&flow, Surface::Popup, &card));
    for digest in ["", "0", other.digest.as_str(), &card.digest.to_uppercase()] {
        assert_eq!(
            flow.app.wait(flow.app.app.painted(Surface::Popup, &card.id, digest)).unwrap_err().code(),
            "changed"
        );
        for choice in every_choice() {
            assert_eq!(refused(&flow, Surface::Popup, &card.id, digest, choice), "changed");
        }
    }
    assert_eq!(flow.app.wait(flow.app.app.ask_to_quit()), 2, "both still wait");
}

#[test]
fn what_is_not_open_cannot_be_decided() {
    let (mut flow, mut relay, card) = asked();
    flow.app.deny(&card, "no");
    assert_eq!(relay.outcome(), Outcome::says(&flows::deny("no")));
    flow.app.ended(&card.id);
    for choice in every_choice() {
        assert_eq!(refused(&flow, Surface::Popup, &card.id, &card.digest, choice.clone()), "notOpen");
        assert_eq!(refused(&flow, Surface::Popup, "never asked", &card.digest, choice), "notOpen");
    }
}

#[test]
fn the_same_request_twice_is_two_requests() {
    let (mut flow, mut first, card) = asked();
    let mut second = flow.ask(&payload::shell("make"));
    let same = flow.app.card();
    assert_eq!(card.digest, same.digest, "they look the same");
    flow.app.deny(&same, "the second");
    assert_eq!(second.outcome(), Outcome::says(&flows::deny("the second")));
    flow.app.deny(&card, "the first");
    assert_eq!(first.outcome(), Outcome::says(&flows::deny("the first")));
}
