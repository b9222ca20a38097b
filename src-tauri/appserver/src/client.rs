//! One conversation with the server: the handshake, then calls, one after the other.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::Error;
use crate::pipes::Pipes;
use crate::rpc::{self, CallId, Message, Refusal};

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

/// A running app-server. Meant for a few calls: what it says meanwhile is read only during a call. Dropping it kills the server
/// with everything the server started.
#[derive(Debug)]
pub struct Client {
    pipes: Pipes,
    calls: u64,
    limit: Duration,
}

impl Client {
    /// Starts `codex app-server` and greets it, within 10 s.
    pub async fn start(launch: &Launch) -> Result<Self, Error> {
        Self::start_within(launch, LIMIT).await
    }

    pub(crate) async fn start_within(launch: &Launch, limit: Duration) -> Result<Self, Error> {
        let mut client = Self { pipes: Pipes::open(launch)?, calls: 0, limit };
        let us = json!({ "name": "hookwright", "title": "Hookwright", "version": env!("CARGO_PKG_VERSION") });
        client.call("initialize", json!({ "clientInfo": us })).await?;
        let greeted = timeout(limit, client.pipes.send(&rpc::notification("initialized"))).await;
        greeted.map_err(|_| Error::TimedOut("the start".to_owned()))??;
        Ok(client)
    }

    /// Any method of the server, within 10 s. What the server asks meanwhile is left alone; its news are dropped.
    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value, Error> {
        self.calls += 1;
        let reply = timeout(self.limit, self.exchange(method, &params)).await;
        reply.unwrap_or_else(|_| Err(Error::TimedOut(method.to_owned())))
    }

    /// A call whose result has a type of ours.
    pub(crate) async fn read<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> Result<T, Error> {
        let result = self.call(method, params).await?;
        serde_json::from_value(result).map_err(|source| Error::Unreadable { what: method.to_owned(), source })
    }

    async fn exchange(&mut self, method: &str, params: &Value) -> Result<Value, Error> {
        let id = CallId(self.calls);
        self.pipes.send(&rpc::call(id, method, params)).await?;
        loop {
            let line = self.pipes.receive().await?;
            let message =
                rpc::read(&line).map_err(|source| Error::Unreadable { what: "a message".to_owned(), source })?;
            match message {
                Message::Reply { call, outcome } if call == id => {
                    return outcome.map_err(|Refusal { code, message }| Error::Refused {
                        method: method.to_owned(),
                        code,
                        message,
                    });
                }
                // A reply to an earlier call that was given up, or nothing of ours.
                Message::Reply { .. } | Message::Request | Message::Other => {}
            }
        }
    }

    /// Closes the server's input, at which it ends. One that has not ended after 10 s is killed, which is an error.
    pub async fn close(self) -> Result<(), Error> {
        self.pipes.close(self.limit).await
    }
}
