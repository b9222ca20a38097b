//! Something that listens where relays look for the app, and says whatever a test wants.

use std::fs;
use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use fixtures::PATIENCE;
use fixtures::client::{bytes, hear};
use protocol::{Accepted, Frame, VERSION};
use rustix::net::sockopt::{Timeout, set_socket_timeout};

pub struct FakeApp(UnixListener);

impl FakeApp {
    /// Listens for the relays of this home.
    pub fn listen(home: &Path) -> Self {
        let socket = crate::socket(home);
        fs::create_dir_all(socket.parent().expect("a socket has a folder")).expect("the home is ours");
        let listener = UnixListener::bind(socket).expect("the place is free");
        // Linux: bounds accept, too.
        set_socket_timeout(&listener, Timeout::Recv, Some(PATIENCE)).expect("a timeout can be set");
        Self(listener)
    }

    /// The next relay that connects.
    pub fn meet(&self) -> Met {
        let (stream, _) = self.0.accept().expect("a relay connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Met(stream)
    }
}

/// A relay that connected.
pub struct Met(UnixStream);

impl Met {
    /// Takes its question, and gives the payload.
    pub fn question(&mut self) -> Vec<u8> {
        match (hear(&mut self.0), hear(&mut self.0)) {
            (Some(Frame::Hello(_)), Some(Frame::Payload(payload))) => payload,
            other => panic!("not a relay's question: {other:?}"),
        }
    }

    pub fn say(&mut self, bytes: &[u8]) {
        // A relay that has heard enough is gone.
        let _ = self.0.write_all(bytes);
    }

    pub fn hear(&mut self) -> Option<Frame> {
        hear(&mut self.0)
    }

    /// A decision as the app would send it.
    pub fn decision(reply: &str) -> Vec<u8> {
        bytes(&[Self::accepted(1000), Frame::Reply(reply.as_bytes().to_vec())])
    }

    pub fn accepted(answer_within_ms: u64) -> Frame {
        Frame::Accepted(Accepted { protocol: VERSION, answer_within_ms })
    }
}
