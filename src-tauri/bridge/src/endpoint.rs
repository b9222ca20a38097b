//! The listening socket.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use protocol::peer::Peer;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::call::{self, Call, Opening};
use crate::{Error, place};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; further ones are closed.
    pub connections: usize,
    /// The longest time until an answer, as told to relays.
    pub answer_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4096, answer_within: Duration::from_secs(600) }
    }
}

/// What comes in at the endpoint.
#[derive(Debug)]
pub enum Incoming {
    Call(Call),
    /// A second instance of this very program wants the window shown.
    Show,
}

/// The open endpoint. Dropping it closes the socket, removes its file and ends every connection.
#[derive(Debug)]
pub struct Endpoint {
    path: PathBuf,
    inode: u64,
    accepting: JoinHandle<()>,
    connections: Arc<Semaphore>,
}

impl Endpoint {
    /// Opens the socket at `path`; calls go to `incoming`. Where that queue is full the caller is refused at once, so that no
    /// agent is ever blocked by us. Needs a tokio runtime.
    pub fn open(path: &Path, limits: Limits, incoming: mpsc::Sender<Incoming>) -> Result<Self, Error> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let listener = UnixListener::from_std(place::bind_private(path)?).map_err(io)?;
        let inode = fs::symlink_metadata(path).map_err(io)?.ino();
        let connections = Arc::new(Semaphore::new(limits.connections));
        let accepting = tokio::spawn(accept(listener, limits, incoming, connections.clone()));
        Ok(Self { path: path.to_owned(), inode, accepting, connections })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.accepting.abort();
        self.connections.close();
        if fs::symlink_metadata(&self.path).is_ok_and(|meta| meta.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

async fn accept(listener: UnixListener, limits: Limits, incoming: mpsc::Sender<Incoming>, connections: Arc<Semaphore>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file handles, most likely: wait for some to come back.
                tracing::warn!(%error, "could not take a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(permit) = connections.clone().try_acquire_owned() else {
            tracing::warn!(limit = limits.connections, "too many connections; one was closed");
            continue;
        };
        let incoming = incoming.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(stream, limits, incoming).await {
                tracing::info!(%error, "a connection ended without an answer");
            }
            drop(permit);
        });
    }
}

async fn serve(
    mut stream: UnixStream,
    limits: Limits,
    incoming: mpsc::Sender<Incoming>,
) -> Result<(), protocol::Error> {
    let peer = Peer::of(&stream)?;
    match call::opening(&mut stream).await? {
        Opening::Show => {
            let own = std::env::current_exe()?;
            if peer.program().as_deref() != Some(own.as_path()) {
                return Err(protocol::Error::ForeignProgram(peer.program()));
            }
            // A full queue has windows enough to show.
            let _ = incoming.try_send(Incoming::Show);
            call::accept(&mut stream, limits.answer_within).await
        }
        Opening::Ask { agent, payload } => {
            let Ok(place) = incoming.try_reserve() else {
                call::refuse(&mut stream, "too much at once").await;
                return Err(protocol::Error::Refused("the queue is full".to_owned()));
            };
            call::accept(&mut stream, limits.answer_within).await?;
            let (line, ends) = call::line();
            place.send(Incoming::Call(Call { agent, payload, line }));
            call::carry(stream, ends).await;
            Ok(())
        }
    }
}
