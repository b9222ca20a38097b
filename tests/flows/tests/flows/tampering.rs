//! An unsandboxed program of the same user that wants an allow while Hookwright runs (level 2 of docs/security.md). It comes through
//! nearly everywhere, gets none, and what it changed is shown.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use api::dto::DecisionView;
use fixtures::relay::Outcome;
use fixtures::{cli_program, payload};
use flows::Flow;

/// The attacker at work, and how far each of its attempts came.
fn attack(flow: &Flow) -> (Child, BTreeMap<String, String>) {
    let mut attacker = Command::new(env!("CARGO_BIN_EXE_attacker"))
        .arg(flow.home.path())
        .arg(cli_program())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut came = BTreeMap::new();
    for line in BufReader::new(attacker.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let (name, how) = line.split_once('\t').unwrap();
        came.insert(name.to_owned(), how.to_owned());
        if name == "socket" {
            break;
        }
    }
    (attacker, came)
}

#[test]
fn whatever_a_program_of_the_same_user_tries_nothing_is_allowed_and_it_is_shown() {
    let mut flow = Flow::start();
    let mut waiting = flow.ask(&payload::shell("make"));
    let card = flow.app.card();

    let (mut attacker, came) = attack(&flow);
    assert_eq!(came.len(), 10, "{came:?}");
    for (name, how) in &came {
        assert_eq!(how, "done", "{name}: an attempt that does not come through proves nothing");
    }

    // Who asks now finds the attacker in the app's place.
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::silent());
    // The question from before still waits, and only the person ends it.
    let changed = flow.app.wait(flow.app.app.rules()).unwrap().changed;
    assert!(changed.is_some(), "the forged rules are shown and count for nothing");
    flow.app.note("rulesReview");
    flow.app.leave(&card);
    assert_eq!(waiting.outcome(), Outcome::silent());
    assert!(
        flow.app
            .past()
            .iter()
            .filter_map(|past| past.outcome.as_ref())
            .all(|outcome| outcome.decision != DecisionView::Allow)
    );

    drop(attacker.stdin.take());
    attacker.wait().unwrap();
}
