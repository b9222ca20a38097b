//! An app that says the wrong thing. The relay passes on a whole reply of a listed program, to the byte, and nothing else.

use fixtures::relay::{Installed, Outcome};
use fixtures::{Home, payload};
use flows::{ALLOW, FakeApp, Met, bytes, cases};
use proptest::prelude::*;
use protocol::frame::{HEADER, Header};
use protocol::{Accepted, Frame, LIMIT, Refused, VERSION, Window};

/// A place where relays meet a fake app.
struct Stage {
    relay: Installed,
    fake: FakeApp,
    home: Home,
}

impl Stage {
    fn listed() -> Self {
        Self::with(Installed::ours())
    }

    fn with(relay: Installed) -> Self {
        let home = Home::new();
        Self { relay, fake: FakeApp::listen(home.path()), home }
    }

    /// The fake app takes the question, says this, and closes.
    fn run(&self, says: &[u8]) -> Outcome {
        let payload = payload::shell("true");
        let mut relay = self.relay.ask(self.home.path(), &payload);
        let mut met = self.fake.meet();
        assert_eq!(met.question(), payload);
        met.say(says);
        drop(met);
        relay.outcome()
    }
}

/// What the protocol makes of these bytes: the reply, or nothing.
fn understood(mut said: &[u8]) -> Option<Vec<u8>> {
    let mut next = || {
        let (header, rest) = said.split_first_chunk::<HEADER>()?;
        let header = Header::decode(*header).ok()?;
        let (body, rest) = rest.split_at_checked(header.body)?;
        said = rest;
        Frame::decode(header.kind, body.to_vec()).ok()
    };
    match (next()?, next()?) {
        (Frame::Accepted(Accepted { protocol: VERSION, .. }), Frame::Reply(bytes)) => Some(bytes),
        _ => None,
    }
}

fn allow() -> Frame {
    Frame::Reply(ALLOW.as_bytes().to_vec())
}

#[test]
fn a_whole_reply_of_a_listed_program_is_passed_on_and_acknowledged() {
    let stage = Stage::listed();
    let mut relay = stage.relay.ask(stage.home.path(), &payload::shell("true"));
    let mut met = stage.fake.meet();
    met.question();
    met.say(&Met::decision(ALLOW));
    assert_eq!(met.hear(), Some(Frame::Taken));
    assert_eq!(relay.outcome(), Outcome::says(ALLOW));
}

#[test]
fn a_program_that_is_not_listed_decides_nothing() {
    let this = std::env::current_exe().unwrap();
    let copy = this.with_extension("copy");
    let folder = this.parent().unwrap();
    for programs in [vec![], vec![copy.as_path()], vec![folder], vec!["".as_ref(), "flows".as_ref()]] {
        let stage = Stage::with(Installed::trusting(&programs));
        for reply in [ALLOW, &flows::deny("no"), "hello"] {
            assert_eq!(stage.run(&Met::decision(reply)), Outcome::silent(), "{reply} of a program not in {programs:?}");
        }
    }
}

#[test]
fn a_list_that_others_can_write_counts_for_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::listed();
    let list = stage.relay.path().with_extension("peers");
    for (mode, says) in [(0o602, ""), (0o620, ""), (0o644, ALLOW), (0o600, ALLOW)] {
        std::fs::set_permissions(&list, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(stage.run(&Met::decision(ALLOW)), Outcome::says(says), "{mode:o}");
    }
    std::fs::rename(&list, list.with_extension("moved")).unwrap();
    std::os::unix::fs::symlink(list.with_extension("moved"), &list).unwrap();
    assert_eq!(stage.run(&Met::decision(ALLOW)), Outcome::silent(), "a link");
}

#[test]
fn an_allow_cut_at_any_byte_is_nothing() {
    let stage = Stage::listed();
    let whole = Met::decision(ALLOW);
    for cut in 0..whole.len() {
        assert_eq!(stage.run(&whole[..cut]), Outcome::silent(), "cut at byte {cut}");
    }
    assert_eq!(stage.run(&whole), Outcome::says(ALLOW));
}

#[test]
fn frames_out_of_order_or_of_another_version_are_nothing() {
    let stage = Stage::listed();
    let accepted = || Met::accepted(1000);
    let version = |protocol| Frame::Accepted(Accepted { protocol, answer_within_ms: 1000 });
    let refused = || Frame::Refused(Refused { reason: "no".to_owned() });
    let question = || flows::ask(&payload::shell("true"));
    let sequences = [
        vec![allow()],
        vec![allow(), accepted()],
        vec![accepted(), accepted(), allow()],
        vec![accepted(), refused(), allow()],
        vec![refused(), accepted(), allow()],
        vec![accepted(), Frame::Taken, allow()],
        vec![Frame::Show(Window::Popup), accepted(), allow()],
        vec![accepted(), Frame::Payload(ALLOW.as_bytes().to_vec())],
        vec![version(0), allow()],
        vec![version(VERSION + 1), allow()],
        vec![version(u16::MAX), allow()],
        [question(), vec![accepted(), allow()]].concat(),
        vec![accepted()],
        vec![accepted(), Frame::Reply(Vec::new())],
    ];
    for frames in sequences {
        assert_eq!(stage.run(&bytes(&frames)), Outcome::silent(), "{frames:?}");
    }
}

#[test]
fn lengths_that_lie_are_nothing() {
    let stage = Stage::listed();
    let limit = u32::try_from(LIMIT).unwrap();
    for length in [0, 1, limit, limit + 1, u32::MAX] {
        for kind in [0, 3, 5, 8, 255] {
            let lie = [&length.to_be_bytes()[..], &[kind], ALLOW.as_bytes()].concat();
            assert_eq!(stage.run(&lie), Outcome::silent(), "{length} bytes of kind {kind}, first");
            let after = [bytes(&[Met::accepted(1000)]), lie].concat();
            let reply = understood(&after).map_or_else(String::new, |reply| String::from_utf8(reply).unwrap());
            assert_eq!(stage.run(&after), Outcome::says(&reply), "{length} bytes of kind {kind}, as reply");
        }
    }
}

#[test]
fn a_time_beyond_any_clock_is_no_reason_to_wait_or_to_crash() {
    let stage = Stage::listed();
    let endless = bytes(&[Met::accepted(u64::MAX)]);
    assert_eq!(stage.run(&endless), Outcome::silent());
    assert_eq!(stage.run(&[endless, bytes(&[allow()])].concat()), Outcome::says(ALLOW));
}

/// Bytes near to what the app really sends: frames, broken here and there.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let frame = prop_oneof![
        4 => Just(Met::accepted(1000)),
        4 => Just(allow()),
        1 => Just(Frame::Taken),
        1 => Just(Frame::Show(Window::Main)),
        1 => any::<u16>().prop_map(|protocol| Frame::Accepted(Accepted { protocol, answer_within_ms: 1000 })),
        1 => "\\PC*".prop_map(|reason| Frame::Refused(Refused { reason })),
        1 => proptest::collection::vec(any::<u8>(), 0..50).prop_map(Frame::Payload),
    ];
    let frames = proptest::collection::vec(frame, 0..4).prop_map(|frames| bytes(&frames));
    let damage = (any::<prop::sample::Index>(), any::<u8>(), 0..3_u8);
    (frames, proptest::collection::vec(damage, 0..3)).prop_map(|(mut said, damages)| {
        for (at, byte, how) in damages {
            if said.is_empty() {
                break;
            }
            let at = at.index(said.len());
            match how {
                0 => said[at] = byte,
                1 => said.truncate(at),
                _ => said.insert(at, byte),
            }
        }
        said
    })
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn nothing_but_a_whole_reply_ever_reaches_the_agent(
        said in prop_oneof![3 => nearly(), 1 => proptest::collection::vec(any::<u8>(), 0..200)],
    ) {
        thread_local!(static STAGE: Stage = Stage::listed());
        let expected = understood(&said).unwrap_or_default();
        let expected = Outcome::says(&String::from_utf8_lossy(&expected));
        prop_assert_eq!(STAGE.with(|stage| stage.run(&said)), expected);
    }

    #[test]
    fn nothing_of_an_unlisted_program_ever_reaches_the_agent(said in nearly()) {
        thread_local!(static STAGE: Stage = Stage::with(Installed::trusting_nobody()));
        prop_assert_eq!(STAGE.with(|stage| stage.run(&said)), Outcome::silent());
    }
}
