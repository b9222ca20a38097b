//! Many relays at once. An answer belongs to one request, never to the oldest or the newest.

use std::thread;
use std::time::Duration;

use api::dto::{Card, Choice, Surface};
use fixtures::relay::Outcome;
use fixtures::{payload, plain};
use flows::{ALLOW, Flow, deny, shuffled};

/// What the person does with request number `n`.
fn choice(n: usize) -> Choice {
    match n % 5 {
        0 => Choice::Allow,
        1 => Choice::Leave,
        _ => Choice::Deny { message: format!("no to {n}") },
    }
}

fn reply(n: usize) -> Outcome {
    match choice(n) {
        Choice::Allow | Choice::AllowSession => Outcome::says(ALLOW),
        Choice::Deny { message } => Outcome::says(&deny(&message)),
        Choice::Leave => Outcome::silent(),
        Choice::Offered { .. } => unreachable!("no terminal asks as well"),
    }
}

fn number(card: &Card) -> usize {
    let api::dto::ActionView::Shell { command } = &card.shown.action else { panic!("{card:?}") };
    let number = plain(command).strip_prefix("make ").and_then(|number| number.parse().ok());
    number.expect("every command of this test has a number")
}

#[test]
fn each_of_many_relays_gets_its_own_answer() {
    let count = if std::env::var_os("HOOKWRIGHT_SOAK").is_some() { 1000 } else { 200 };
    let mut flow = Flow::start();
    let mut relays: Vec<_> = (0..count).map(|n| flow.ask(&payload::shell(&format!("make {n}")))).collect();
    let cards: Vec<_> = (0..count).map(|_| flow.app.card()).collect();
    assert_eq!(flow.app.wait(flow.app.app.ask_to_quit()), u32::try_from(count).unwrap(), "all wait at once");

    let seed = 20_261_121;
    let order = shuffled(count, seed);
    let app = &flow.app.app;
    // Two windows are looked at, so that half as long is waited for arming.
    for pair in order.chunks(2) {
        let seen: Vec<_> = pair.iter().map(|&at| &cards[at]).zip([Surface::Popup, Surface::Main]).collect();
        let mut arming = 0;
        for (card, surface) in &seen {
            if choice(number(card)) == Choice::Allow {
                arming = arming.max(flow.app.wait(app.painted(*surface, &card.id, &card.digest)).unwrap().left_ms);
            }
        }
        thread::sleep(Duration::from_millis(arming.into()));
        for (card, surface) in seen {
            flow.app.wait(app.decide(surface, &card.id, &card.digest, choice(number(card)))).unwrap();
        }
    }
    for (n, relay) in relays.iter_mut().enumerate() {
        assert_eq!(relay.outcome(), reply(n), "request {n} of {count}, answered in the order of seed {seed}");
    }
    for card in cards {
        assert_eq!(flow.app.taken(&card.id), api::dto::Taken::Yes);
    }
}
