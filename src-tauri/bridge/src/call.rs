//! One connection: read the question, say `Accepted`, wait for the answer or for the other side to go.

use std::io;
use std::time::Duration;

use model::{Agent, EventId, Timestamp};
use protocol::frame::{HEADER, Header};
use protocol::{Accepted, Frame, Hello, Refused, VERSION, Window};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a client may take to send its question, and to say `Taken`.
const CLIENT_WITHIN: Duration = Duration::from_secs(5);

/// A question of an agent, and the line on which it waits for the answer.
#[derive(Debug)]
pub struct Call {
    pub agent: Agent,
    /// What the relay calls the event. Older relays give none.
    pub event: Option<EventId>,
    /// When the relay says it was.
    pub at: Option<Timestamp>,
    /// What the agent sent, as it came.
    pub payload: Vec<u8>,
    pub line: Line,
}

/// The waiting side of a connection. Dropping it closes the connection: no decision.
#[derive(Debug)]
pub struct Line {
    /// The bytes for the agent; empty means no decision.
    pub reply: oneshot::Sender<Vec<u8>>,
    /// Resolves when the relay or the agent went away before a reply.
    pub gone: oneshot::Receiver<()>,
    /// Resolves after the reply: whether the agent took it.
    pub taken: oneshot::Receiver<bool>,
}

/// The first thing a client wants.
pub(crate) enum Opening {
    Ask(Question),
    Show(Window),
}

pub(crate) struct Question {
    pub(crate) agent: Agent,
    pub(crate) event: Option<EventId>,
    pub(crate) at: Option<Timestamp>,
    pub(crate) payload: Vec<u8>,
}

pub(crate) async fn opening(stream: &mut UnixStream) -> Result<Opening, protocol::Error> {
    let first = timeout(CLIENT_WITHIN, receive(stream)).await.map_err(|_| protocol::Error::TimedOut)??;
    let hello = match first {
        Frame::Hello(hello) => hello,
        Frame::Show(window) => return Ok(Opening::Show(window)),
        other => return Err(protocol::Error::OutOfOrder(other.name())),
    };
    let agent = match check(&hello) {
        Ok(agent) => agent,
        Err(reason) => {
            refuse(stream, &reason).await;
            return Err(protocol::Error::Refused(reason));
        }
    };
    match timeout(CLIENT_WITHIN, receive(stream)).await.map_err(|_| protocol::Error::TimedOut)?? {
        Frame::Payload(payload) => {
            let event = hello.event.filter(|id| protocol::event::is_id(id)).map(EventId::new);
            Ok(Opening::Ask(Question { agent, event, at: hello.at.map(Timestamp), payload }))
        }
        other => Err(protocol::Error::OutOfOrder(other.name())),
    }
}

fn check(hello: &Hello) -> Result<Agent, String> {
    if hello.protocol != VERSION {
        return Err(format!("protocol {} is not spoken here, only {VERSION}", hello.protocol));
    }
    hello.agent.parse().map_err(|model::agent::UnknownAgent(name)| format!("agent {name:?} is not known"))
}

pub(crate) async fn refuse(stream: &mut UnixStream, reason: &str) {
    // Whether it arrives makes no difference: the relay takes a closed connection the same way.
    let _ = send(stream, &Frame::Refused(Refused { reason: reason.to_owned() })).await;
}

pub(crate) async fn accept(stream: &mut UnixStream, answer_within_ms: u64) -> Result<(), protocol::Error> {
    send(stream, &Frame::Accepted(Accepted { protocol: VERSION, answer_within_ms })).await
}

/// The app's ends of a [`Line`].
pub(crate) struct Ends {
    pub(crate) reply: oneshot::Receiver<Vec<u8>>,
    pub(crate) gone: oneshot::Sender<()>,
    pub(crate) taken: oneshot::Sender<bool>,
}

pub(crate) fn line() -> (Line, Ends) {
    let (reply, reply_end) = oneshot::channel();
    let (gone_end, gone) = oneshot::channel();
    let (taken_end, taken) = oneshot::channel();
    (Line { reply, gone, taken }, Ends { reply: reply_end, gone: gone_end, taken: taken_end })
}

/// Carries the answer, and tells when the other side goes before there is one.
pub(crate) async fn carry(mut stream: UnixStream, ends: Ends) {
    let mut probe = [0];
    let bytes = tokio::select! {
        biased;
        // Anything a client says while it waits is out of order: as good as gone.
        _ = stream.read(&mut probe) => {
            let _ = ends.gone.send(());
            return;
        }
        reply = ends.reply => match reply {
            Ok(bytes) => bytes,
            Err(_dropped) => return,
        },
    };
    let taken = async {
        send(&mut stream, &Frame::Reply(bytes)).await?;
        receive(&mut stream).await
    };
    let taken = matches!(timeout(CLIENT_WITHIN, taken).await, Ok(Ok(Frame::Taken)));
    let _ = ends.taken.send(taken);
}

async fn send(stream: &mut UnixStream, frame: &Frame) -> Result<(), protocol::Error> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes)?;
    Ok(stream.write_all(&bytes).await?)
}

async fn receive(stream: &mut UnixStream) -> Result<Frame, protocol::Error> {
    let mut header = [0; HEADER];
    stream.read_exact(&mut header).await?;
    let header = Header::decode(header)?;
    // Memory grows with what arrives, not with what is announced.
    let mut body = Vec::new();
    stream.take(header.body as u64).read_to_end(&mut body).await?;
    if body.len() < header.body {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Frame::decode(header.kind, body)
}
