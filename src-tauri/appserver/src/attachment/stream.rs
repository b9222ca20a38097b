//! The two tasks of a connection: one reads, one writes, and neither waits for the other.

use std::sync::Arc;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as Broken, ProtocolError};

use super::{Loss, State};
use crate::rpc::{self, Message};
use crate::socket::MESSAGE_LIMIT;
use crate::{Event, Question};

/// So many events wait for who takes them, and so many bytes of them. After that reading waits; a server whose client does not
/// read ends the connection (Codex 0.169).
pub(super) const WAITING: usize = 1024;
const WAITING_BYTES: usize = 2 * MESSAGE_LIMIT;

type Stream = WebSocketStream<UnixStream>;

/// An event that nobody took yet.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) event: Event,
    _room: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) message: String,
    pub(super) written: oneshot::Sender<()>,
}

/// Starts both. They end when the server does, when nobody can send any more, or when nobody takes events any more.
pub(super) fn start(stream: Stream, state: &Arc<State>) -> (mpsc::Sender<Outgoing>, mpsc::Receiver<Waiting>) {
    let (sink, source) = stream.split();
    let (outgoing, to_write) = mpsc::channel(1);
    let (events, taken) = mpsc::channel(WAITING);
    let (reads, ended) = oneshot::channel();
    tokio::spawn(write(sink, to_write, ended));
    tokio::spawn(Reader { state: Arc::clone(state), events, _reads: reads }.run(source));
    (outgoing, taken)
}

/// Writes until nobody can send any more, or the reader has ended.
async fn write(
    mut sink: SplitSink<Stream, Frame>,
    mut outgoing: mpsc::Receiver<Outgoing>,
    mut ended: oneshot::Receiver<()>,
) {
    loop {
        let next = tokio::select! {
            next = outgoing.recv() => next,
            _ = &mut ended => return,
        };
        let Some(Outgoing { message, written }) = next else { break };
        if sink.send(Frame::text(message)).await.is_err() {
            return;
        }
        // Who sent it may not wait for this.
        let _ = written.send(());
    }
    // The server may be gone already.
    let _ = sink.close().await;
}

struct Reader {
    state: Arc<State>,
    events: mpsc::Sender<Waiting>,
    /// Ends the writer with us.
    _reads: oneshot::Sender<()>,
}

impl Reader {
    async fn run(self, mut source: SplitStream<Stream>) {
        let room = Arc::new(Semaphore::new(WAITING_BYTES));
        loop {
            let frame = tokio::select! {
                frame = source.next() => frame,
                () = self.events.closed() => break,
            };
            let (event, size) = match frame {
                Some(Ok(Frame::Text(text))) => (self.take(text.as_bytes()), text.len()),
                Some(Ok(Frame::Binary(_))) => (Some(Event::Unreadable("a frame that is no text".to_owned())), 0),
                // A ping was answered below us; that is no answer to a request.
                Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Close(_) | Frame::Frame(_))) => continue,
                Some(Err(error)) => return self.lose(Loss::of(&error)).await,
                None => return self.lose(Loss::Ended).await,
            };
            let Some(event) = event else { continue };
            let size = u32::try_from(size).unwrap_or(u32::MAX);
            let _room = Arc::clone(&room).acquire_many_owned(size).await.ok();
            if self.events.send(Waiting { event, _room }).await.is_err() {
                break;
            }
        }
        self.state.end();
    }

    /// Reads one message. Never leads to one of ours.
    fn take(&self, text: &[u8]) -> Option<Event> {
        match rpc::read(text) {
            Ok(Message::Reply { call, outcome }) => {
                self.state.reply(call, outcome);
                None
            }
            Ok(Message::Request(request)) => {
                let question = Question::read(request);
                self.state.ask(&question);
                Some(Event::Asked(question))
            }
            Ok(Message::Notification(news)) => {
                let event = Event::read(news);
                if let Event::Resolved { id, .. } = &event {
                    self.state.resolve(id);
                }
                Some(event)
            }
            Ok(Message::Other) => Some(Event::Unreadable("neither news, nor a question, nor a reply".to_owned())),
            Err(error) => Some(Event::Unreadable(error.to_string())),
        }
    }

    async fn lose(self, loss: Loss) {
        self.state.end();
        // Nobody listens any more.
        let _ = self.events.send(Waiting { event: Event::Lost(loss), _room: None }).await;
    }
}

impl Loss {
    fn of(error: &Broken) -> Self {
        match error {
            Broken::ConnectionClosed | Broken::AlreadyClosed => Self::Ended,
            Broken::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Ended,
            Broken::Io(_) => Self::Ended,
            Broken::Capacity(CapacityError::MessageTooLong { .. }) => Self::TooLong,
            error => Self::Broken(error.to_string()),
        }
    }
}
