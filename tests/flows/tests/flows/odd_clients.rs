//! Clients at random. The endpoint never decides for them, and goes on answering others.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use fixtures::payload;
use fixtures::relay::Outcome;
use flows::{Flow, bytes, cases, dial, hear, hello};
use proptest::prelude::*;
use protocol::{Accepted, Frame, Refused, VERSION, Window};

fn frame() -> impl Strategy<Value = Frame> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..100);
    prop_oneof![
        4 => Just(hello(VERSION, "codex")),
        1 => (any::<u16>(), "[a-z]{0,5}").prop_map(|(protocol, agent)| hello(protocol, &agent)),
        4 => Just(Frame::Payload(payload::shell("make"))),
        1 => Just(Frame::Payload(payload::bytes("s", "Stop", serde_json::json!({})))),
        1 => bytes().prop_map(Frame::Payload),
        1 => any::<u64>().prop_map(|answer_within_ms| Frame::Accepted(Accepted { protocol: VERSION, answer_within_ms })),
        1 => ".*".prop_map(|reason| Frame::Refused(Refused { reason })),
        1 => bytes().prop_map(Frame::Reply),
        1 => Just(Frame::Taken),
        1 => Just(Frame::Show(Window::Main)),
        1 => Just(Frame::Show(Window::Popup)),
    ]
}

/// Frames, and sometimes bytes that are none.
fn said() -> impl Strategy<Value = Vec<u8>> {
    let frames = || proptest::collection::vec(frame(), 0..5).prop_map(|frames| bytes(&frames));
    let noise = || proptest::collection::vec(any::<u8>(), 0..100);
    prop_oneof![3 => frames(), 1 => noise(), 1 => (frames(), noise()).prop_map(|(frames, noise)| [frames, noise].concat())]
}

proptest! {
    #![proptest_config(cases(2))]

    #[test]
    fn no_client_ever_hears_a_decision(said in said()) {
        // A client that waits is told at once that nobody decided.
        thread_local!(static FLOW: Flow = Flow::waiting(Duration::ZERO));
        FLOW.with(|flow| {
            let mut stream = dial(flow.home.path());
            // The endpoint closes as soon as it has heard enough.
            let _ = stream.write_all(&said);
            let _ = stream.shutdown(Shutdown::Write);
            while let Some(frame) = hear(&mut stream) {
                match frame {
                    Frame::Accepted(_) | Frame::Refused(_) => {}
                    Frame::Reply(bytes) => assert!(bytes.is_empty(), "{:?}", String::from_utf8_lossy(&bytes)),
                    other => panic!("the app said {other:?}"),
                }
            }
            let event = payload::bytes("s", "Stop", serde_json::json!({}));
            assert_eq!(flow.ask(&event).outcome(), Outcome::silent(), "it goes on");
        });
    }
}

#[test]
fn clients_that_say_nothing_keep_nobody_from_asking() {
    let mut flow = Flow::start();
    let mut idle: Vec<_> = (0..100).map(|_| dial(flow.home.path())).collect();
    let mut relay = flow.ask(&payload::shell("true"));
    let card = flow.app.card();
    flow.app.deny(&card, "no");
    assert_eq!(relay.outcome(), Outcome::says(&flows::deny("no")));
    // They are sent away after some seconds, without a word.
    assert!(matches!(idle.pop().unwrap().read(&mut [0]), Ok(0)));
}

#[test]
fn a_header_that_announces_more_than_the_limit_is_not_waited_for() {
    let flow = Flow::start();
    for length in [0_u32, 16 * 1024 * 1024 + 1, u32::MAX] {
        for kind in 0..=8 {
            let mut stream = dial(flow.home.path());
            stream.write_all(&[&length.to_be_bytes()[..], &[kind]].concat()).unwrap();
            let started = std::time::Instant::now();
            assert_eq!(hear(&mut stream), None);
            assert!(started.elapsed() < Duration::from_secs(4), "it waited for {length} bytes of kind {kind}");
        }
    }
}
