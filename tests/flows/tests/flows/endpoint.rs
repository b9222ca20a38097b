//! What a client of the endpoint can do: ask. Nothing else.

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use api::dto::{ByView, Choice, Surface};
use api::{Lock, Paths};
use fixtures::payload;
use fixtures::relay::Outcome;
use flows::{ALLOW, Flow, ask, bytes, dial, hear, hello, show, socket};
use protocol::{Accepted, Frame, Refused, VERSION, Window};

/// One of every kind.
fn every_kind() -> Vec<Frame> {
    vec![
        hello(VERSION, "codex"),
        Frame::Payload(payload::shell("make")),
        Frame::Accepted(Accepted { protocol: VERSION, answer_within_ms: 0 }),
        Frame::Refused(Refused { reason: String::new() }),
        Frame::Reply(ALLOW.as_bytes().to_vec()),
        Frame::Taken,
        Frame::Show(Window::Main),
        Frame::Show(Window::Popup),
    ]
}

#[test]
fn socket_and_folder_stay_private_while_it_runs() {
    let mut flow = Flow::start();
    let mode = |path: &std::path::Path| std::fs::symlink_metadata(path).unwrap().mode() & 0o7777;
    let socket = socket(flow.home.path());
    for _ in 0..2 {
        assert_eq!(mode(&socket), 0o600);
        assert_eq!(mode(socket.parent().unwrap()), 0o700);
        let _relay = flow.ask(&payload::shell("true"));
        flow.app.card();
    }
    for file in ["state/history.db", "state/lock"] {
        assert_eq!(mode(&flow.home.path().join(file)) & 0o077, 0, "{file}");
    }
}

#[test]
fn no_first_frame_but_hello_is_heard() {
    let flow = Flow::start();
    // Shown to be taken below, where it comes from this very program.
    for frame in every_kind().into_iter().filter(|frame| !matches!(frame, Frame::Hello(_) | Frame::Show(_))) {
        let mut stream = dial(flow.home.path());
        stream.write_all(&bytes(std::slice::from_ref(&frame))).unwrap();
        assert_eq!(hear(&mut stream), None, "{}", frame.name());
    }
    assert!(flow.app.past().is_empty());
}

#[test]
fn no_second_frame_but_a_payload_is_heard() {
    let flow = Flow::start();
    let [hello, ..] = every_kind().try_into().map(|[hello, ..]: [Frame; 8]| [hello]).unwrap();
    for frame in every_kind().into_iter().filter(|frame| !matches!(frame, Frame::Payload(_))) {
        let mut stream = dial(flow.home.path());
        stream.write_all(&bytes(&[hello.clone(), frame.clone()])).unwrap();
        assert_eq!(hear(&mut stream), None, "{}", frame.name());
    }
    assert!(flow.app.past().is_empty());
}

#[test]
fn whatever_a_client_says_while_it_waits_withdraws_its_own_request_only() {
    let mut flow = Flow::start();
    let mut other = flow.ask(&payload::shell("other"));
    let others = flow.app.card();
    for frame in every_kind() {
        let mut stream = dial(flow.home.path());
        stream.write_all(&bytes(&ask(&payload::shell("make")))).unwrap();
        assert!(matches!(hear(&mut stream), Some(Frame::Accepted(_))));
        let card = flow.app.card();
        stream.write_all(&bytes(std::slice::from_ref(&frame))).unwrap();
        assert_eq!(hear(&mut stream), None, "{}", frame.name());
        assert_eq!(flow.app.ended(&card.id).by, ByView::Withdrawn, "{}", frame.name());
    }
    flow.app.deny(&others, "no");
    assert_eq!(other.outcome(), Outcome::says(&flows::deny("no")));
}

#[test]
fn a_reply_comes_after_a_person_and_not_before() {
    let mut flow = Flow::start();
    let mut stream = dial(flow.home.path());
    stream.write_all(&bytes(&ask(&payload::shell("make")))).unwrap();
    assert!(matches!(hear(&mut stream), Some(Frame::Accepted(_))));
    let card = flow.app.card();
    stream.set_nonblocking(true).unwrap();
    assert!(stream.peek_nothing(), "something came before the person decided");
    stream.set_nonblocking(false).unwrap();
    flow.app.allow(&card);
    assert_eq!(hear(&mut stream), Some(Frame::Reply(ALLOW.as_bytes().to_vec())));
}

/// Whether nothing can be read from a stream that does not block.
trait PeekNothing {
    fn peek_nothing(&mut self) -> bool;
}

impl PeekNothing for std::os::unix::net::UnixStream {
    fn peek_nothing(&mut self) -> bool {
        let read = std::io::Read::read(self, &mut [0]);
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

#[test]
fn other_versions_and_agents_are_refused() {
    let flow = Flow::start();
    for (protocol, agent) in
        [(0, "codex"), (VERSION + 1, "codex"), (u16::MAX, "codex"), (VERSION, "claude"), (VERSION, "")]
    {
        let mut stream = dial(flow.home.path());
        stream.write_all(&bytes(&[hello(protocol, agent)])).unwrap();
        assert!(matches!(hear(&mut stream), Some(Frame::Refused(_))), "{protocol} {agent:?}");
        assert_eq!(hear(&mut stream), None);
    }
}

#[test]
fn a_client_that_stops_in_the_middle_asks_nothing() {
    let flow = Flow::start();
    let question = bytes(&ask(&payload::shell("make")));
    for cut in 0..question.len() {
        let mut stream = dial(flow.home.path());
        stream.write_all(&question[..cut]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(hear(&mut stream), None, "cut at byte {cut}");
    }
    assert!(flow.app.past().is_empty());
}

#[test]
fn only_this_very_program_has_the_window_shown() {
    let mut flow = Flow::start();
    let heard =
        Command::new(env!("CARGO_BIN_EXE_stranger")).arg(socket(flow.home.path())).arg("show").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&heard.stdout), "closed\n");

    let mut stream = dial(flow.home.path());
    stream.write_all(&bytes(&show())).unwrap();
    assert!(matches!(hear(&mut stream), Some(Frame::Accepted(_))));
    flow.app.shown();
}

#[test]
fn a_second_hookwright_does_not_get_the_home() {
    let flow = Flow::start();
    let paths = Paths::below(flow.home.path());
    assert!(Lock::take(&paths).unwrap().is_none());
    let home = flow.home.path();
    let second = Command::new(env!("CARGO_BIN_EXE_headless")).arg(home).output().unwrap();
    assert!(!second.status.success() && second.stdout.is_empty(), "{second:?}");
    assert_eq!(
        std::fs::symlink_metadata(socket(home)).unwrap().mode() & 0o777,
        0o600,
        "the first one's socket is there"
    );
    let Flow { app, home, .. } = flow;
    drop(app);
    assert!(Lock::take(&Paths::below(home.path())).unwrap().is_some(), "free when the first one is gone");
}

#[test]
fn any_program_of_this_user_may_ask_and_only_ask() {
    let mut flow = Flow::start();
    let heard = Command::new(env!("CARGO_BIN_EXE_stranger")).arg(socket(flow.home.path())).arg("ask").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&heard.stdout), "accepted\n");
    let card = flow.app.card();
    assert_eq!(flow.app.ended(&card.id).by, ByView::Withdrawn);
    let late = flow.app.wait(flow.app.app.decide(Surface::Popup, &card.id, &card.digest, Choice::Leave));
    assert_eq!(late.unwrap_err().code(), "notOpen");
}
