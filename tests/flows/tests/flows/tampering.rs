//! An unsandboxed program of the same user that wants an allow while Hookwright runs (level 2 of docs/security.md). It comes through
//! nearly everywhere, gets none, and what it changed is shown and undone.

mod endpoint;
mod files;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{fs, process};

use api::dto::{ActionView, Card, DecisionView, ReportedView};
use fixtures::relay::Outcome;
use fixtures::{Hosted, cli_program, payload, plain};
use flows::{Flow, socket, until};
use protocol::peer::Peer;

/// The attacker at work, and how far each of its attempts came.
fn attack(flow: &Flow) -> (Child, BTreeMap<String, String>) {
    let mut attacker = Command::new(env!("CARGO_BIN_EXE_attacker"))
        .arg(flow.home.path())
        .arg(cli_program())
        .current_dir(flow.home.path())
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

/// Hookwright is gone at once, and starts again.
fn start_again(flow: Flow) -> Flow {
    let Flow { app, home, relay } = flow;
    drop(app);
    Flow { app: Hosted::start(home.path()), home, relay }
}

/// The person is asked, and leaves it.
#[track_caller]
fn is_asked(flow: &mut Flow) {
    let mut relay = flow.ask(&payload::shell("make"));
    // The attacker's own questions came before.
    let card = std::iter::repeat_with(|| flow.app.card()).find(|card| command(card) == "make").unwrap();
    flow.app.leave(&card);
    assert_eq!(relay.outcome(), Outcome::silent());
}

fn command(card: &Card) -> String {
    match &card.shown.action {
        ActionView::Shell { command } => plain(command),
        other => panic!("no shell command: {other:?}"),
    }
}

/// Waits until this very process listens where relays ask.
#[track_caller]
fn is_reachable(home: &Path) {
    until("Hookwright at its socket", || {
        let peer = Peer::of(&UnixStream::connect(socket(home)).ok()?).ok()?;
        (u32::try_from(peer.pid) == Ok(process::id())).then_some(())
    });
}

#[test]
fn whatever_a_program_of_the_same_user_tries_nothing_is_allowed_and_it_is_shown() {
    let mut flow = Flow::start();
    let mut waiting = flow.ask(&payload::shell("make"));
    let card = flow.app.card();

    let (mut attacker, came) = attack(&flow);
    assert_eq!(came.len(), 14, "{came:?}");
    for (name, how) in &came {
        assert_eq!(how, "done", "{name}: an attempt that does not come through proves nothing");
    }
    for code in [
        "hostedTampered",
        "rulesTampered",
        "rulesReview",
        "hostedReview",
        "settingsChanged",
        "lockTampered",
        "socketTampered",
    ] {
        flow.app.note(code);
    }
    assert!(flow.app.wait(flow.app.app.rules()).unwrap().changed.is_some(), "the forged rules are shown");

    // The question from before still waits, and only the person ends it.
    flow.app.leave(&card);
    assert_eq!(waiting.outcome(), Outcome::silent());
    is_reachable(flow.home.path());
    is_asked(&mut flow);
    let state = flow.home.path().join("state");
    let none = "Hookwright holds nothing that was said or confirmed";
    assert_eq!(fs::read_to_string(state.join("hosted.toml")).unwrap().replace("[hooks]\n", ""), "", "{none}");
    assert_eq!(fs::read_to_string(state.join("rules.toml")).unwrap(), "", "{none}");

    // Nor does anything of it count at the next start.
    drop(attacker.stdin.take());
    attacker.wait().unwrap();
    let mut flow = start_again(flow);
    for code in ["rulesReview", "hostedReview", "spoolRefused"] {
        flow.app.note(code);
    }
    is_asked(&mut flow);
    until("the planted event, marked", || {
        let events = flow.app.events();
        events.iter().any(|event| event.at == "1" && event.reported == ReportedView::WhileClosed).then_some(())
    });
    let allowed =
        |past: &api::dto::Past| past.outcome.as_ref().is_some_and(|outcome| outcome.decision == DecisionView::Allow);
    assert!(!flow.app.past().iter().any(allowed));
}
