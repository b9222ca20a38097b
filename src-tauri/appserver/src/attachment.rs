//! One connection to a server that others use too. It reads everything at once and says nothing but our own calls, and the answers
//! that [`Attachment::answer`] is called for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::rpc;
use crate::socket::{self, Place, control_socket};
use crate::{Client, Decision, Error, Event, Question, Schema, Thread, ThreadId, TurnId, Version};

use state::State;
use stream::{Outgoing, Waiting};

mod state;
mod stream;
#[cfg(test)]
mod tests;

/// How long the greeting and one call may take.
const LIMIT: Duration = Duration::from_secs(10);

/// No list has more pages.
const PAGES: usize = 100;

/// Codex 0.169: the first client's name becomes that of the whole server, for every session and towards OpenAI, except this one:
/// of who only looks after the server. We must not be taken for the terminal that a person uses.
const BYSTANDER: &str = "codex_app_server_daemon";

/// What comes in pieces is not for us: the whole of it comes when the item is completed.
const NOT_WANTED: [&str; 9] = [
    "command/exec/outputDelta",
    "item/agentMessage/delta",
    "item/commandExecution/outputDelta",
    "item/fileChange/outputDelta",
    "item/plan/delta",
    "item/reasoning/summaryPartAdded",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/textDelta",
    "turn/diff/updated",
];

/// A connection to the server of one `CODEX_HOME`. Cloned freely; it ends when all clones or the [`Events`] are dropped.
#[derive(Clone, Debug)]
pub struct Attachment {
    server: Arc<Server>,
    pub(crate) place: Place,
    state: Arc<State>,
    outgoing: mpsc::Sender<Outgoing>,
    limit: Duration,
}

/// The server as it introduces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// None where it cannot be told; then nothing can be answered.
    pub version: Option<Version>,
    pub user_agent: String,
    /// Its `CODEX_HOME`, by its own word.
    pub home: Option<PathBuf>,
}

/// What a connection tells, in order. Has to be taken: otherwise calls wait, too.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<Waiting>);

/// Why a connection is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The server has ended, or has closed it.
    Ended,
    /// Another server listens in its place.
    Replaced,
    /// A message was longer than we read.
    TooLong,
    Broken(String),
}

impl Events {
    /// The next event; None after [`Event::Lost`].
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await.map(|waiting| waiting.event)
    }
}

impl Attachment {
    /// Connects and says who we are, within 10 s.
    pub async fn open(home: &Path) -> Result<(Self, Events), Error> {
        Self::open_within(home, LIMIT).await
    }

    async fn open_within(home: &Path, limit: Duration) -> Result<(Self, Events), Error> {
        let opened = timeout(limit, Self::connect(home, limit)).await;
        opened.unwrap_or_else(|_| Err(Error::TimedOut("the connection".to_owned())))
    }

    async fn connect(home: &Path, limit: Duration) -> Result<(Self, Events), Error> {
        let (stream, place) = socket::connect(&control_socket(home)).await?;
        let state = Arc::new(State::default());
        let (outgoing, taken) = stream::start(stream, &state);
        let nobody = Server { version: None, user_agent: String::new(), home: None };
        let mut us = Self { server: Arc::new(nobody), place, state, outgoing, limit };
        us.server = Arc::new(us.greet().await?);
        Ok((us, Events(taken)))
    }

    async fn greet(&self) -> Result<Server, Error> {
        let us = json!({ "name": BYSTANDER, "title": "Hookwright", "version": env!("CARGO_PKG_VERSION") });
        let capabilities = json!({ "experimentalApi": true, "optOutNotificationMethods": NOT_WANTED });
        let reply = self.call("initialize", json!({ "clientInfo": us, "capabilities": capabilities })).await?;
        self.send(rpc::notification("initialized")).await?;
        let user_agent = reply["userAgent"].as_str().unwrap_or_default().to_owned();
        let home = reply["codexHome"].as_str().map(PathBuf::from);
        Ok(Server { version: Version::of_user_agent(&user_agent), user_agent, home })
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    /// For what is asked of a server of our own as well: its hooks, trust, switches. What it writes reaches open threads.
    pub fn client(&self) -> Client {
        Client::over(self.clone())
    }

    /// The threads that the server has in memory.
    pub async fn loaded(&self) -> Result<Vec<ThreadId>, Error> {
        let mut all = Vec::new();
        let mut cursor = Value::Null;
        for _ in 0..PAGES {
            let page = self.call("thread/loaded/list", json!({ "cursor": cursor })).await?;
            all.extend(read::<Vec<ThreadId>>("thread/loaded/list", &page["data"])?);
            match &page["nextCursor"] {
                next @ Value::String(_) if *next != cursor => cursor = next.clone(),
                _ => break,
            }
        }
        Ok(all)
    }

    /// What a thread is, whether or not it is in memory. Changes nothing.
    pub async fn thread(&self, thread: &ThreadId) -> Result<Thread, Error> {
        let reply = self.call("thread/read", json!({ "threadId": thread.0 })).await?;
        read("thread/read", &reply["thread"])
    }

    /// Has the events of a thread come here, too. What it asks at the moment is asked again, of us. Of a thread that is in memory
    /// nothing is started or changed, but it stays in memory while it is followed; another one would be loaded.
    ///
    /// Codex 0.169: fails before a thread's first turn, and always for an ephemeral one.
    pub async fn follow(&self, thread: &ThreadId) -> Result<Thread, Error> {
        let reply = self.call("thread/resume", json!({ "threadId": thread.0, "excludeTurns": true })).await?;
        read("thread/resume", &reply["thread"])
    }

    /// Ends what [`Self::follow`] began.
    pub async fn leave(&self, thread: &ThreadId) -> Result<(), Error> {
        self.call("thread/unsubscribe", json!({ "threadId": thread.0 })).await.map(drop)
    }

    /// Whether this question is open here.
    pub fn asks(&self, question: &Question) -> bool {
        self.state.asks(question)
    }

    /// Says something to the model in a turn that goes on, as a person does in the terminal. Fails where it is over.
    pub async fn steer(&self, thread: &ThreadId, turn: &TurnId, text: &str) -> Result<(), Error> {
        let input = json!([{ "type": "text", "text": text }]);
        let params = json!({ "threadId": thread.0, "expectedTurnId": turn.0, "input": input });
        self.call("turn/steer", params).await.map(drop)
    }

    /// Answers a question that is open here, with one of its own choices, and returns when it was written, within 10 s. Whether it
    /// was the first answer the server does not say. Fails without having said anything, unless the connection was lost or was too
    /// slow on the way ([`Error::Ended`], [`Error::TimedOut`]); the question cannot be answered here again then, either.
    pub async fn answer(&self, question: &Question, decision: &Decision, schema: &Schema) -> Result<(), Error> {
        let (id, result) = question.answer(decision)?;
        schema.is_of(self.server.version.as_ref())?;
        schema.takes(&question.method, result)?;
        let answering = async {
            let place = self.outgoing.reserve().await.map_err(|_| lost())?;
            self.state.close(id, question)?;
            let (written, done) = oneshot::channel();
            place.send(Outgoing { message: rpc::answer(id, result), written });
            done.await.map_err(|_| lost())
        };
        timeout(self.limit, answering).await.unwrap_or_else(|_| Err(Error::TimedOut("the answer".to_owned())))
    }

    pub(crate) async fn call(&self, method: &str, params: Value) -> Result<Value, Error> {
        let exchange = async {
            let (call, reply) = self.state.begin()?;
            self.send(rpc::call(call.id, method, &params)).await?;
            reply.await.map_err(|_| lost())?.map_err(|refusal| refusal.of(method))
        };
        let reply = timeout(self.limit, exchange).await;
        reply.unwrap_or_else(|_| Err(Error::TimedOut(method.to_owned())))
    }

    async fn send(&self, message: String) -> Result<(), Error> {
        let (written, done) = oneshot::channel();
        self.outgoing.send(Outgoing { message, written }).await.map_err(|_| lost())?;
        done.await.map_err(|_| lost())
    }
}

fn lost() -> Error {
    Error::Ended(String::new())
}

fn read<T: serde::de::DeserializeOwned>(what: &str, value: &Value) -> Result<T, Error> {
    T::deserialize(value).map_err(|source| Error::Unreadable { what: what.to_owned(), source })
}
