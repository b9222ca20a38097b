//! A server on a control socket that says what a test wants, and nothing else.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message as Frame};
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::{Attachment, Events, control_socket};

/// For what is expected to come.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Listens in a `CODEX_HOME`.
pub(crate) struct Fake(UnixListener);

impl Fake {
    /// In place of one that is there already.
    pub(crate) fn listen(home: &Path) -> Self {
        let socket = control_socket(home);
        fs::create_dir_all(socket.parent().unwrap()).unwrap();
        // None is there.
        let _ = fs::remove_file(&socket);
        Self(UnixListener::bind(socket).unwrap())
    }

    /// The next client that stays, greeted.
    pub(crate) async fn accept(&self) -> Peer {
        let accepted = async {
            loop {
                let (stream, _) = self.0.accept().await.unwrap();
                if let Ok(stream) = accept_async(stream).await {
                    return Peer(stream);
                }
            }
        };
        let mut peer = timeout(LONG, accepted).await.unwrap();
        let greeting = peer.heard().await;
        assert_eq!(greeting["method"], "initialize");
        assert_eq!(greeting["params"]["clientInfo"]["title"], "Hookwright");
        let us = json!({ "userAgent": "codex-tui/0.169.0 (Debian)", "codexHome": "/home/user/.codex", "new": 1 });
        peer.say(json!({ "id": greeting["id"], "result": us })).await;
        assert_eq!(peer.heard().await, json!({ "method": "initialized" }));
        peer
    }
}

/// A client, as the server sees it.
pub(crate) struct Peer(pub(crate) WebSocketStream<UnixStream>);

impl Peer {
    pub(crate) async fn say(&mut self, message: Value) {
        self.send(Frame::text(message.to_string())).await;
    }

    pub(crate) async fn send(&mut self, frame: Frame) {
        self.0.send(frame).await.unwrap();
    }

    /// The next message of the client.
    pub(crate) async fn heard(&mut self) -> Value {
        loop {
            match timeout(LONG, self.0.next()).await.unwrap().unwrap().unwrap() {
                Frame::Text(text) => return serde_json::from_str(&text).unwrap(),
                Frame::Pong(_) => {}
                other => panic!("{other:?} is no message"),
            }
        }
    }

    /// The client has read all that was said, and has said nothing to it.
    pub(crate) async fn silent(&mut self) {
        self.send(Frame::Ping(Bytes::from_static(b"all"))).await;
        let next = timeout(LONG, self.0.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(next, Frame::Pong(Bytes::from_static(b"all")));
    }

    /// Takes the next call, which must be this one, and replies.
    pub(crate) async fn replies(&mut self, method: &str, result: Value) -> Value {
        let call = self.heard().await;
        assert_eq!(call["method"], method, "{call}");
        self.say(json!({ "id": call["id"], "result": result })).await;
        call["params"].clone()
    }

    /// The client has closed, and has said nothing before.
    pub(crate) async fn leaves(mut self) {
        while let Some(Ok(frame)) = timeout(LONG, self.0.next()).await.unwrap() {
            assert!(frame.is_close() || frame.is_pong(), "{frame:?}");
        }
    }
}

/// A server with one client.
pub(crate) struct Pair {
    pub(crate) home: TempDir,
    pub(crate) peer: Peer,
    pub(crate) us: Attachment,
    pub(crate) events: Events,
}

impl Pair {
    pub(crate) async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let fake = Fake::listen(home.path());
        let (peer, opened) = tokio::join!(fake.accept(), Attachment::open(home.path()));
        let (us, events) = opened.unwrap();
        Self { home, peer, us, events }
    }
}
