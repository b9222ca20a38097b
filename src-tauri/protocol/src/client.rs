//! The relay's side: blocking, without threads or an async runtime.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::frame::{HEADER, Header};
use crate::peer::Peer;
use crate::{Accepted, Error, Event, Frame, Hello, VERSION, Window};

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

/// Asks the app and waits for its reply. Fails at once where nobody listens, within [`ACCEPT_WITHIN`] where nobody accepts, and
/// while it waits for a person as soon as nobody reads from `out` any more: an agent that was killed leaves its hooks behind.
pub fn ask(sockets: &[PathBuf], version: &str, event: &Event, out: &impl AsFd) -> Result<Reply, Error> {
    let mut stream = connect(sockets)?;
    let peer = Peer::of(&stream)?;
    let accept_until = Instant::now() + ACCEPT_WITHIN;
    stream.set_write_timeout(Some(ACCEPT_WITHIN))?;
    let hello = Hello {
        protocol: VERSION,
        agent: event.agent.clone(),
        version: version.to_owned(),
        event: Some(event.id.clone()),
        at: Some(event.at),
    };
    send(&mut stream, &[Frame::Hello(hello), Frame::Payload(event.payload.clone())])?;

    let wait = match receive(&mut stream, None, accept_until)? {
        Frame::Accepted(Accepted { protocol: VERSION, answer_within_ms }) => Duration::from_millis(answer_within_ms),
        Frame::Accepted(Accepted { protocol, .. }) => return Err(Error::Refused(format!("protocol {protocol}"))),
        Frame::Refused(refused) => return Err(Error::Refused(refused.reason)),
        other => return Err(Error::OutOfOrder(other.name())),
    };
    let reply_until = Instant::now().checked_add(wait + GRACE).ok_or(Error::TimedOut)?;
    match receive(&mut stream, Some(out.as_fd()), reply_until)? {
        Frame::Reply(bytes) => Ok(Reply { bytes, peer, stream }),
        other => Err(Error::OutOfOrder(other.name())),
    }
}

/// Asks the app that listens at `socket` to show a window.
pub fn show(socket: &Path, window: Window) -> Result<(), Error> {
    let mut stream = connect(&[socket.to_owned()])?;
    Peer::of(&stream)?;
    stream.set_write_timeout(Some(ACCEPT_WITHIN))?;
    send(&mut stream, &[Frame::Show(window)])?;
    match receive(&mut stream, None, Instant::now() + ACCEPT_WITHIN)? {
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

fn receive(stream: &mut UnixStream, out: Option<BorrowedFd<'_>>, until: Instant) -> Result<Frame, Error> {
    let mut header = [0; HEADER];
    fill(stream, &mut header, out, until)?;
    let header = Header::decode(header)?;
    let mut body = vec![0; header.body];
    fill(stream, &mut body, out, until)?;
    Frame::decode(header.kind, body)
}

/// `read_exact` with one deadline for all of it.
fn fill(
    stream: &mut UnixStream,
    mut buffer: &mut [u8],
    out: Option<BorrowedFd<'_>>,
    until: Instant,
) -> Result<(), Error> {
    while !buffer.is_empty() {
        wait(stream, out, until)?;
        match stream.read(buffer) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(count) => buffer = &mut buffer[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Waits until there is something to read.
fn wait(stream: &UnixStream, out: Option<BorrowedFd<'_>>, until: Instant) -> Result<(), Error> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::TimedOut);
        }
        let left = Timespec::try_from(left).map_err(|_| Error::TimedOut)?;
        // Asked for nothing, the agent's end still tells when it is closed.
        let mut watched = vec![PollFd::new(stream, PollFlags::IN)];
        watched.extend(out.map(|out| PollFd::from_borrowed_fd(out, PollFlags::empty())));
        match poll(&mut watched, Some(&left)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(io::Error::from(error).into()),
        }
        if watched[1..].iter().any(|out| !out.revents().is_empty()) {
            return Err(Error::AgentGone);
        }
        if !watched[0].revents().is_empty() {
            return Ok(());
        }
    }
}
