//! The relay's side: blocking, without threads or an async runtime.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::frame::{HEADER, Header};
use crate::peer::Peer;
use crate::{Accepted, Error, Frame, Hello, VERSION};

/// How long the app may take to say `Accepted`, from the connection on.
pub const ACCEPT_WITHIN: Duration = Duration::from_secs(1);

/// Added to the app's own waiting time before the relay gives up on an app that hangs.
pub const GRACE: Duration = Duration::from_secs(2);

/// A reply that came from a process of our own user. Whether its program may decide is for the caller to check.
#[derive(Debug)]
pub struct Reply {
    pub bytes: Vec<u8>,
    pub peer: Peer,
    stream: UnixStream,
}

impl Reply {
    /// Tells the app that the agent has the reply.
    pub fn taken(mut self) -> Result<(), Error> {
        send(&mut self.stream, &[Frame::Taken])
    }
}

/// Connects to the first of `sockets` that listens.
pub fn connect(sockets: &[PathBuf]) -> Result<UnixStream, Error> {
    sockets
        .iter()
        .filter(|path| path.as_os_str().len() <= crate::place::PATH_LIMIT)
        .find_map(|path| UnixStream::connect(path).ok())
        .ok_or(Error::NobodyListens)
}

/// Asks the app and waits for its reply. Fails at once where nobody listens, within [`ACCEPT_WITHIN`] where nobody accepts.
pub fn ask(sockets: &[PathBuf], agent: &str, payload: Vec<u8>) -> Result<Reply, Error> {
    let mut stream = connect(sockets)?;
    let peer = Peer::of(&stream)?;
    let accept_until = Instant::now() + ACCEPT_WITHIN;
    stream.set_write_timeout(Some(ACCEPT_WITHIN))?;
    let hello = Hello { protocol: VERSION, agent: agent.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    send(&mut stream, &[Frame::Hello(hello), Frame::Payload(payload)])?;

    let wait = match receive(&mut stream, accept_until)? {
        Frame::Accepted(Accepted { protocol: VERSION, answer_within_ms }) => Duration::from_millis(answer_within_ms),
        Frame::Accepted(Accepted { protocol, .. }) => return Err(Error::Refused(format!("protocol {protocol}"))),
        Frame::Refused(refused) => return Err(Error::Refused(refused.reason)),
        other => return Err(Error::OutOfOrder(other.name())),
    };
    let reply_until = Instant::now().checked_add(wait + GRACE).ok_or(Error::TimedOut)?;
    match receive(&mut stream, reply_until)? {
        Frame::Reply(bytes) => Ok(Reply { bytes, peer, stream }),
        other => Err(Error::OutOfOrder(other.name())),
    }
}

/// Asks the app that listens at `socket` to show its window.
pub fn show(socket: &Path) -> Result<(), Error> {
    let mut stream = connect(&[socket.to_owned()])?;
    Peer::of(&stream)?;
    stream.set_write_timeout(Some(ACCEPT_WITHIN))?;
    send(&mut stream, &[Frame::Show])?;
    match receive(&mut stream, Instant::now() + ACCEPT_WITHIN)? {
        Frame::Accepted(_) => Ok(()),
        other => Err(Error::OutOfOrder(other.name())),
    }
}

fn send(stream: &mut UnixStream, frames: &[Frame]) -> Result<(), Error> {
    let mut bytes = Vec::new();
    for frame in frames {
        frame.encode(&mut bytes)?;
    }
    Ok(stream.write_all(&bytes)?)
}

fn receive(stream: &mut UnixStream, until: Instant) -> Result<Frame, Error> {
    let mut header = [0; HEADER];
    fill(stream, &mut header, until)?;
    let header = Header::decode(header)?;
    let mut body = vec![0; header.body];
    fill(stream, &mut body, until)?;
    Frame::decode(header.kind, body)
}

/// `read_exact` with one deadline for all of it.
fn fill(stream: &mut UnixStream, mut buffer: &mut [u8], until: Instant) -> Result<(), Error> {
    while !buffer.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::TimedOut);
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(buffer) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(count) => buffer = &mut buffer[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(Error::TimedOut),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
