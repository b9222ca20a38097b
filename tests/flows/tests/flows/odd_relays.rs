//! A relay that is called wrongly, or in a place where little works: no decision, and never exit 2, which Codex reads as deny.

use std::os::unix::ffi::OsStringExt;
use std::process::Command;

use api::dto::ByView;
use fixtures::payload;
use fixtures::relay::{Asking, Outcome};
use flows::{Flow, cases};
use proptest::prelude::*;
use protocol::LIMIT;

/// A Hookwright that would say what it is asked, and a person who denies: a relay that got through would say so.
fn denying(flow: &mut Flow, relay: &mut Asking) -> Outcome {
    let card = flow.app.card();
    flow.app.deny(&card, "no");
    relay.outcome()
}

/// A relay without a word from anybody.
#[track_caller]
fn silent(outcome: &Outcome) {
    assert_eq!(*outcome, Outcome::silent());
}

/// Runs the relay as `sh` is told to; `$0` is the relay.
fn sh(flow: &Flow, script: &str, payload: &[u8]) -> Asking {
    let mut command = Command::new("/bin/sh");
    command.env_clear().args(["-c", script]).arg(flow.relay.path()).arg(flow.home.path());
    Asking::start(&mut command, payload)
}

#[test]
fn wrong_arguments_are_no_question() {
    let mut flow = Flow::start();
    let home = flow.home.path().to_str().unwrap().to_owned();
    let lines: [&[&str]; 11] = [
        &[],
        &[""],
        &["--home"],
        &["--home", &home],
        &["--home", &home, "codex", "codex"],
        &["--home", &home, "--version"],
        &["--help"],
        &["--home", &home, "--allow", "codex"],
        &["--socket"],
        &["--home", "/nowhere", "codex"],
        &["--socket", "/nowhere/at/all", "codex"],
    ];
    for words in lines {
        let mut command = Command::new(flow.relay.path());
        let outcome = Asking::start(command.env_clear().args(words), &payload::shell("true")).outcome();
        assert_eq!(outcome, Outcome::silent(), "{words:?}");
    }
    let long = "x".repeat(4000);
    let mut command = Command::new(flow.relay.path());
    silent(&Asking::start(command.args(["--home", &long, "codex"]), &payload::shell("true")).outcome());
    for agent in ["claude", "Codex", "codex "] {
        let mut command = Command::new(flow.relay.path());
        let outcome = Asking::start(command.args(["--home", &home, agent]), &payload::shell("true")).outcome();
        assert_eq!(outcome, Outcome::silent(), "{agent:?} is no agent");
    }
    let mut relay = flow.ask(&payload::shell("true"));
    assert_eq!(denying(&mut flow, &mut relay), Outcome::says(&flows::deny("no")), "and it still works");
    assert_eq!(flow.app.past().len(), 1, "nothing else was a request");
}

#[test]
fn a_payload_at_the_limit_passes_and_one_over_it_is_read_and_no_question() {
    let mut flow = Flow::start();
    let sized = |size: usize| {
        let empty = payload::shell("");
        payload::shell(&"x".repeat(size - empty.len()))
    };
    let mut over = flow.ask(&sized(LIMIT));
    silent(&over.outcome());
    let mut at = flow.ask(&sized(LIMIT - 1));
    assert_eq!(denying(&mut flow, &mut at), Outcome::says(&flows::deny("no")));
}

#[test]
fn more_than_the_limit_is_read_to_its_end() {
    let flow = Flow::start();
    // The writer would be ended by a broken pipe, and say so.
    let script = r#"{ head -c 40000000 /dev/zero; echo "wrote $?" >&3; } 3>&2 | "$0" --home "$1" codex"#;
    let outcome = sh(&flow, script, b"").outcome();
    assert_eq!(outcome, Outcome { stderr: "wrote 0\n".to_owned(), ..Outcome::silent() });
}

/// Where a question gets through in spite of all, the answer must arrive too; where not, nothing comes.
#[test]
fn little_works_around_the_relay() {
    let home = |script: &str| script.replace("RELAY", r#""$0" --home "$1" codex"#);
    for script in [
        "exec RELAY 2>&-",
        "unset HOME PATH; exec RELAY",
        "mkdir gone && cd gone && rmdir ../gone; exec RELAY",
        "trap '' PIPE HUP INT TERM; exec RELAY",
        "trap - PIPE; exec RELAY",
        "umask 777; exec RELAY",
        "ulimit -s 200; exec RELAY",
    ] {
        let mut flow = Flow::start();
        let folder = fixtures::Home::new();
        let mut command = Command::new("/bin/sh");
        command.current_dir(folder.path()).args(["-c", &home(script)]).arg(flow.relay.path()).arg(flow.home.path());
        let mut relay = Asking::start(&mut command, &payload::shell("true"));
        assert_eq!(denying(&mut flow, &mut relay), Outcome::says(&flows::deny("no")), "{script}");
    }
}

#[test]
fn too_little_works_around_the_relay() {
    let flow = Flow::start();
    for script in [
        r#"exec "$0" --home "$1" codex <&-"#,
        r#"exec "$0" --home "$1" codex </"#,
        r#"ulimit -n 3; exec "$0" --home "$1" codex"#,
        r#"ulimit -n 0; exec "$0" --home "$1" codex"#,
        r#"exec "$0" --home "$1" codex </dev/null"#,
        r#"exec "$0" --home "$1" codex </dev/null >&- 2>&-"#,
        r#"exec "$0" --home "$1/absent" codex >&- <&- 2>&-"#,
    ] {
        let outcome = sh(&flow, script, &payload::shell("true")).outcome();
        assert_eq!(outcome, Outcome::silent(), "{script}");
    }
    assert!(flow.app.past().is_empty(), "none of them asked");
}

/// Without memory the relay may be ended by a signal, which Codex takes for no decision, but never with a code or a word.
#[test]
fn no_memory_is_no_decision() {
    let flow = Flow::waiting(std::time::Duration::from_millis(1));
    let mut ends = std::collections::BTreeSet::new();
    for kilobytes in [1, 500, 1000, 1300, 1400, 1600, 2000, 3000, 5000, 10_000] {
        for payload in [payload::shell("true"), payload::shell(&"x".repeat(4_000_000))] {
            let script = format!(r#"ulimit -v {kilobytes}; exec "$0" --home "$1" codex 2>/dev/null"#);
            let outcome = sh(&flow, &script, &payload).outcome();
            assert!(outcome.stdout.is_empty(), "{kilobytes} kB: {outcome:?}");
            // 126 and 127 are the shell's, which could not even start it.
            assert!(matches!(outcome.end, Ok(0 | 126 | 127) | Err(_)), "{kilobytes} kB: {outcome:?}");
            ends.insert(outcome.end == Ok(0));
        }
    }
    assert_eq!(ends.len(), 2, "the limits were both too tight and wide enough");
}

#[test]
fn a_relay_that_cannot_listen_on_asks_and_says_nothing() {
    let mut flow = Flow::start();
    let mut relay = sh(&flow, r#"exec "$0" --home "$1" codex >&-"#, &payload::shell("true"));
    assert_eq!(denying(&mut flow, &mut relay), Outcome::silent());
}

#[test]
fn what_is_no_payload_gets_no_decision_and_no_card() {
    let flow = Flow::start();
    let (session, event) = ("s", "PermissionRequest");
    let payloads = [
        Vec::new(),
        b" ".to_vec(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{}{}".to_vec(),
        payload::bytes(session, event, serde_json::json!({})),
        payload::bytes(session, event, serde_json::json!({ "tool_name": 7, "tool_input": {} })),
        payload::bytes(session, event, serde_json::json!({ "tool_name": "Bash", "tool_input": {}, "cwd": null })),
        vec![b'['; 100_000],
        [payload::shell("true"), b"x".to_vec()].concat(),
    ];
    for payload in payloads {
        let outcome = flow.ask(&payload).outcome();
        assert_eq!(outcome, Outcome::silent(), "{:?}", String::from_utf8_lossy(&payload));
    }
    assert!(flow.app.past().is_empty());
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn no_arguments_are_ever_a_decision(words in proptest::collection::vec(word(), 0..6)) {
        thread_local!(static FLOW: Flow = Flow::waiting(std::time::Duration::ZERO));
        FLOW.with(|flow| {
            let mut command = Command::new(flow.relay.path());
            // Never the real home: without a home of ours the relay has no place to look but that of this user.
            command.env_clear().args(["--socket", "/nowhere"]).args(words).current_dir(flow.home.path());
            assert_eq!(Asking::start(&mut command, &payload::shell("true")).outcome(), Outcome::silent());
        });
    }

    #[test]
    fn no_payload_is_a_decision_by_itself(payload in anything()) {
        thread_local!(static FLOW: Flow = Flow::waiting(std::time::Duration::ZERO));
        FLOW.with(|flow| {
            assert_eq!(flow.ask(&payload).outcome(), Outcome::silent());
            // Whatever of it was a request ended without anybody.
            let outcomes = flow.app.past().into_iter().filter_map(|past| past.outcome);
            assert!(outcomes.into_iter().all(|outcome| outcome.by == ByView::Expired));
        });
    }
}

fn word() -> impl Strategy<Value = std::ffi::OsString> {
    prop_oneof![
        Just("codex".into()),
        Just("--home".into()),
        Just("--socket".into()),
        Just("--".into()),
        "[a-z-]{1,8}".prop_map(Into::into),
        proptest::collection::vec(1..=255_u8, 1..40).prop_map(std::ffi::OsString::from_vec),
    ]
}

/// Bytes at random, and payloads with something broken in them.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let broken = (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| {
        let mut payload = payload::shell("cargo test");
        let at = at.index(payload.len());
        payload[at] = byte;
        payload
    });
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..300), broken]
}

#[test]
fn a_panic_is_silent_and_exits_0() {
    let output = Command::new(env!("CARGO_BIN_EXE_panicking")).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!((output.stdout, output.stderr), (vec![], vec![]));
}
