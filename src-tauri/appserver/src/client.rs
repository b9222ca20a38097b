//! One conversation with the server: the handshake, then calls, one after the other.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use crate::pipes::Pipes;
use crate::rpc::{self, CallId, Message};
use crate::{Attachment, Error};

#[cfg(test)]
mod tests;

/// How long the start, one call or the end may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Which Codex is started, and how. Beside this it has our own environment.
#[derive(Clone, Debug)]
pub struct Launch {
    pub program: PathBuf,
    /// Its `CODEX_HOME`.
    pub home: Option<PathBuf>,
    /// Its `PATH`: npm's `codex` is a script that needs `node`.
    pub path: Option<OsString>,
    pub cwd: PathBuf,
}

impl Launch {
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.cwd);
        if let Some(home) = &self.home {
            command.env("CODEX_HOME", home);
        }
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
    }
}

/// Calls to an app-server: one that we started, or one that runs anyway ([`Attachment::client`]). Meant for a few calls: what a
/// server of ours says meanwhile is read only during a call. Dropping it kills our server with everything that it started.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    limit: Duration,
}

#[derive(Debug)]
enum Transport {
    Child { pipes: Box<Pipes>, calls: u64 },
    Attached(Attachment),
}

impl Client {
    /// Starts `codex app-server` and greets it, within 10 s.
    pub async fn start(launch: &Launch) -> Result<Self, Error> {
        Self::start_within(launch, LIMIT).await
    }

    pub(crate) async fn start_within(launch: &Launch, limit: Duration) -> Result<Self, Error> {
        let pipes = Box::new(Pipes::open(launch)?);
        let mut client = Self { transport: Transport::Child { pipes, calls: 0 }, limit };
        let us = json!({ "name": "hookwright", "title": "Hookwright", "version": env!("CARGO_PKG_VERSION") });
        client.call("initialize", json!({ "clientInfo": us })).await?;
        if let Transport::Child { pipes, .. } = &mut client.transport {
            let greeted = timeout(limit, pipes.send(&rpc::notification("initialized"))).await;
            greeted.map_err(|_| Error::TimedOut("the start".to_owned()))??;
        }
        Ok(client)
    }

    pub(crate) fn over(attachment: Attachment) -> Self {
        Self { transport: Transport::Attached(attachment), limit: LIMIT }
    }

    /// Any method of the server, within 10 s. What the server asks meanwhile is left alone; its news are dropped.
    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value, Error> {
        match &mut self.transport {
            Transport::Child { pipes, calls } => {
                *calls += 1;
                let reply = timeout(self.limit, exchange(pipes, CallId(*calls), method, &params)).await;
                reply.unwrap_or_else(|_| Err(Error::TimedOut(method.to_owned())))
            }
            Transport::Attached(attachment) => attachment.call(method, params).await,
        }
    }

    /// A call whose result has a type of ours.
    pub(crate) async fn read<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> Result<T, Error> {
        let result = self.call(method, params).await?;
        serde_json::from_value(result).map_err(|source| Error::Unreadable { what: method.to_owned(), source })
    }

    /// Closes the input of a server of ours, at which it ends. One that has not ended after 10 s is killed, which is an error. A
    /// server that runs anyway goes on.
    pub async fn close(self) -> Result<(), Error> {
        match self.transport {
            Transport::Child { pipes, .. } => pipes.close(self.limit).await,
            Transport::Attached(_) => Ok(()),
        }
    }
}

async fn exchange(pipes: &mut Pipes, id: CallId, method: &str, params: &Value) -> Result<Value, Error> {
    pipes.send(&rpc::call(id, method, params)).await?;
    loop {
        let line = pipes.receive().await?;
        let message = rpc::read(&line).map_err(|source| Error::Unreadable { what: "a message".to_owned(), source })?;
        match message {
            Message::Reply { call, outcome } if call == id => {
                return outcome.map_err(|refusal| refusal.of(method));
            }
            // A reply to an earlier call that was given up, or nothing of ours.
            Message::Reply { .. } | Message::Request(_) | Message::Notification(_) | Message::Other => {}
        }
    }
}
