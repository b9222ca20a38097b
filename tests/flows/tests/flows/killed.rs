//! Somebody dies while a request waits.

use std::path::Path;
use std::process::Stdio;

use api::dto::{ByView, DecisionView, Taken};
use fixtures::relay::{Installed, Outcome};
use fixtures::{Home, Hosted, payload};
use flows::{Flow, until};

use crate::headless::{self, Headless};
use crate::stored;

/// Waits until a request is in the history of a Hookwright that runs elsewhere.
fn recorded(home: &Path) {
    until("the request to be recorded", || (stored::count(home, "requests") == 1).then_some(()));
}

#[test]
fn an_app_killed_while_a_request_waits_leaves_no_decision_and_the_next_one_knows() {
    let (home, relay) = (Home::new(), Installed::trusting(&[Path::new(headless::PROGRAM)]));
    let headless = Headless::attended(home.path());
    let mut asking = relay.ask(home.path(), &payload::shell("make"));
    recorded(home.path());
    drop(headless);
    assert_eq!(asking.outcome(), Outcome::silent());
    assert!(flows::socket(home.path()).exists(), "it had no time to clean up");
    assert_eq!(relay.ask(home.path(), &payload::shell("true")).outcome(), Outcome::silent());

    let mut next = Hosted::start(home.path());
    let [past] = next.past().try_into().unwrap();
    let outcome = past.outcome.unwrap();
    assert_eq!((outcome.decision, outcome.by, past.taken), (DecisionView::None, ByView::Lost, Taken::Waiting));
    let _relay = Installed::ours().ask(home.path(), &payload::shell("true"));
    assert_ne!(next.card().id, past.id, "and it takes requests again");
}

#[test]
fn a_relay_killed_while_it_waits_withdraws_its_request_and_no_other() {
    let mut flow = Flow::start();
    let mut other = flow.ask(&payload::shell("other"));
    let others = flow.app.card();
    let mut killed = flow.ask(&payload::shell("killed"));
    let card = flow.app.card();
    killed.kill();

    let ended = flow.app.ended(&card.id);
    assert_eq!((ended.decision, ended.by), (DecisionView::None, ByView::Withdrawn));
    let refused =
        flow.app.wait(flow.app.app.decide(api::dto::Surface::Popup, &card.id, &card.digest, api::dto::Choice::Leave));
    assert_eq!(refused.unwrap_err().code(), "notOpen");
    assert_eq!(flow.app.taken(&card.id), Taken::No);
    let past = flow.app.past_of(&card.id);
    assert_eq!((past.outcome, past.taken), (Some(ended), Taken::No));
    assert_eq!(killed.outcome().end, Err(9));

    flow.app.deny(&others, "no");
    assert_eq!(other.outcome(), Outcome::says(&flows::deny("no")));
}

#[test]
fn an_agent_that_no_longer_reads_withdraws_its_request() {
    let mut flow = Flow::start();
    let mut relay = flow.ask(&payload::shell("true"));
    let card = flow.app.card();
    relay.stop_listening();
    let ended = flow.app.ended(&card.id);
    assert_eq!((ended.decision, ended.by), (DecisionView::None, ByView::Withdrawn));
    assert_eq!(flow.app.taken(&card.id), Taken::No);
    assert_eq!(relay.outcome(), Outcome::silent(), "the pipe that broke is no reason to exit otherwise");
}

#[test]
fn a_reply_that_no_disk_takes_is_not_taken() {
    let mut flow = Flow::start();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = flow.relay.command(flow.home.path());
    let mut relay =
        fixtures::relay::Asking::start_with(command.stdout(full).stderr(Stdio::piped()), &payload::shell("true"));
    let card = flow.app.card();
    flow.app.deny(&card, "no");
    assert_eq!(flow.app.taken(&card.id), Taken::No);
    assert_eq!(relay.outcome(), Outcome::silent());
}
