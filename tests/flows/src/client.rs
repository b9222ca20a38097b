//! A client of the real endpoint that says whatever a test wants.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::path::Path;

use fixtures::PATIENCE;
use protocol::frame::{HEADER, Header};
use protocol::{Frame, Hello, VERSION, Window};

/// A connection to the app of this home.
pub fn dial(home: &Path) -> UnixStream {
    let stream = UnixStream::connect(crate::socket(home)).expect("the app listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    stream
}

/// The greeting of a relay that names no event.
pub fn hello(protocol: u16, agent: &str) -> Frame {
    let (agent, version) = (agent.to_owned(), "0".to_owned());
    Frame::Hello(Hello { protocol, agent, version, event: None, at: None })
}

/// What a relay says first.
pub fn ask(payload: &[u8]) -> Vec<Frame> {
    vec![hello(VERSION, "codex"), Frame::Payload(payload.to_vec())]
}

/// What a second instance says.
pub fn show() -> Vec<Frame> {
    vec![Frame::Show(Window::Main)]
}

/// The frames as they travel.
pub fn bytes(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in frames {
        frame.encode(&mut bytes).expect("the frame is within the limit");
    }
    bytes
}

/// The next frame; `None` when the other side closed the connection.
pub fn hear(stream: &mut UnixStream) -> Option<Frame> {
    let mut header = [0; HEADER];
    match stream.read_exact(&mut header) {
        Ok(()) => {}
        // A connection that is closed with something unread in it is reset.
        Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => return None,
        Err(error) => panic!("neither a frame nor an end: {error}"),
    }
    let header = Header::decode(header).expect("the app sends frames");
    let mut body = vec![0; header.body];
    stream.read_exact(&mut body).expect("the app sends whole frames");
    Some(Frame::decode(header.kind, body).expect("the app sends frames"))
}
