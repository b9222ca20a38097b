//! The listening socket.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use protocol::Window;
use protocol::peer::Peer;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::Error;
use crate::call::{self, Call, Opening, Question};
use crate::place::{self, Replace};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; further ones are closed.
    pub connections: usize,
    /// The longest time until an answer, as told to relays at first.
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
    /// A second instance of this very program wants a window shown.
    Show(Window),
}

/// What others did to the socket's file and its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Untouched,
    /// It was removed, replaced or opened for others, and is in its place again.
    PutBack,
}

/// The open endpoint. Dropping it closes the socket, removes its file and ends every connection.
#[derive(Debug)]
pub struct Endpoint {
    path: PathBuf,
    inode: u64,
    accepting: JoinHandle<()>,
    connections: Arc<Semaphore>,
    desk: Desk,
}

impl Endpoint {
    /// Opens the socket at `path`; calls go to `incoming`. Where that queue is full the caller is refused at once, so that no
    /// agent is ever blocked by us. `missed` is notified when a relay was sent away or left before its call was taken: it
    /// keeps the event elsewhere. Needs a tokio runtime.
    pub fn open(
        path: &Path,
        limits: Limits,
        incoming: mpsc::Sender<Incoming>,
        missed: Arc<Notify>,
    ) -> Result<Self, Error> {
        let (listener, inode) = bind(path, Replace::Stale)?;
        let connections = Arc::new(Semaphore::new(limits.connections));
        let answer_within = Arc::new(AtomicU64::new(milliseconds(limits.answer_within)));
        let desk = Desk { answer_within, incoming, missed };
        let accepting = tokio::spawn(accept(listener, connections.clone(), desk.clone()));
        Ok(Self { path: path.to_owned(), inode, accepting, connections, desk })
    }

    /// Sees to it that relays find this endpoint and no other in its place. Who is connected stays so; who was not accepted yet
    /// where the file is another goes away without an answer.
    pub fn keep(&mut self) -> Result<Kept, Error> {
        if place::is_private(&self.path, self.inode) {
            return Ok(Kept::Untouched);
        }
        let (listener, inode) = bind(&self.path, Replace::Any)?;
        self.accepting.abort();
        self.accepting = tokio::spawn(accept(listener, self.connections.clone(), self.desk.clone()));
        self.inode = inode;
        Ok(Kept::PutBack)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What relays that come from now on are told about the longest time until an answer.
    pub fn set_answer_within(&self, answer_within: Duration) {
        self.desk.answer_within.store(milliseconds(answer_within), Ordering::Relaxed);
    }
}

fn bind(path: &Path, replace: Replace) -> Result<(UnixListener, u64), Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let listener = UnixListener::from_std(place::bind_private(path, replace)?).map_err(io)?;
    let inode = fs::symlink_metadata(path).map_err(io)?.ino();
    Ok((listener, inode))
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
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

/// What every connection needs.
#[derive(Clone, Debug)]
struct Desk {
    answer_within: Arc<AtomicU64>,
    incoming: mpsc::Sender<Incoming>,
    missed: Arc<Notify>,
}

async fn accept(listener: UnixListener, connections: Arc<Semaphore>, desk: Desk) {
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
            tracing::warn!("too many connections; one was closed");
            desk.missed.notify_one();
            continue;
        };
        let desk = desk.clone();
        tokio::spawn(async move {
            if let Err(error) = desk.serve(stream).await {
                tracing::info!(%error, "a connection ended without an answer");
            }
            drop(permit);
        });
    }
}

impl Desk {
    async fn serve(&self, mut stream: UnixStream) -> Result<(), protocol::Error> {
        let peer = Peer::of(&stream)?;
        match call::opening(&mut stream).await? {
            Opening::Show(window) => {
                let own = std::env::current_exe()?;
                if peer.program().as_deref() != Some(own.as_path()) {
                    return Err(protocol::Error::ForeignProgram(peer.program()));
                }
                // A full queue has windows enough to show.
                let _ = self.incoming.try_send(Incoming::Show(window));
                self.accept(&mut stream).await
            }
            Opening::Ask(question) => {
                let taken = self.take(stream, question).await;
                if taken.is_err() {
                    self.missed.notify_one();
                }
                taken
            }
        }
    }

    async fn take(&self, mut stream: UnixStream, question: Question) -> Result<(), protocol::Error> {
        let Ok(place) = self.incoming.try_reserve() else {
            call::refuse(&mut stream, "too much at once").await;
            return Err(protocol::Error::Refused("the queue is full".to_owned()));
        };
        // Fails when the relay has waited too long and left.
        self.accept(&mut stream).await?;
        let (line, ends) = call::line();
        let Question { agent, event, at, payload } = question;
        place.send(Incoming::Call(Call { agent, event, at, payload, line }));
        call::carry(stream, ends).await;
        Ok(())
    }

    async fn accept(&self, stream: &mut UnixStream) -> Result<(), protocol::Error> {
        call::accept(stream, self.answer_within.load(Ordering::Relaxed)).await
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Frame, Hello, VERSION};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    struct Open {
        endpoint: Endpoint,
        incoming: mpsc::Receiver<Incoming>,
        missed: Arc<Notify>,
        _home: tempfile::TempDir,
    }

    fn open() -> Open {
        let home = tempfile::tempdir().unwrap();
        let (calls, incoming) = mpsc::channel(1);
        let missed = Arc::new(Notify::new());
        let path = home.path().join("run/bridge.sock");
        let endpoint = Endpoint::open(&path, Limits::default(), calls, missed.clone()).unwrap();
        Open { endpoint, incoming, missed, _home: home }
    }

    impl Open {
        /// Asks as a relay does.
        async fn ask(&self) -> UnixStream {
            let mut stream = UnixStream::connect(self.endpoint.path()).await.unwrap();
            let (agent, version) = ("codex".to_owned(), String::new());
            let hello = Hello { protocol: VERSION, agent, version, event: None, at: None };
            let mut bytes = Vec::new();
            Frame::Hello(hello).encode(&mut bytes).unwrap();
            Frame::Payload(Vec::new()).encode(&mut bytes).unwrap();
            stream.write_all(&bytes).await.unwrap();
            stream
        }

        async fn is_missed(&self) -> bool {
            timeout(Duration::from_secs(10), self.missed.notified()).await.is_ok()
        }
    }

    /// The next frame as text: its kind and its body.
    async fn hear(stream: &mut UnixStream) -> (u8, String) {
        let mut header = [0; protocol::frame::HEADER];
        stream.read_exact(&mut header).await.unwrap();
        let header = protocol::frame::Header::decode(header).unwrap();
        let mut body = vec![0; header.body];
        stream.read_exact(&mut body).await.unwrap();
        (header.kind, String::from_utf8(body).unwrap())
    }

    #[tokio::test]
    async fn relays_are_told_the_time_that_holds_when_they_come() {
        let mut open = open();
        for seconds in [600, 7] {
            open.endpoint.set_answer_within(Duration::from_secs(seconds));
            let heard = hear(&mut open.ask().await).await.1;
            assert!(heard.contains(&format!("\"answer_within_ms\":{}", seconds * 1000)), "{heard}");
            assert!(matches!(open.incoming.recv().await, Some(Incoming::Call(_))));
        }
    }

    #[tokio::test]
    async fn who_is_refused_for_a_full_queue_is_missed() {
        let open = open();
        let mut taken = open.ask().await;
        assert_eq!(hear(&mut taken).await.0, 3, "the first is accepted");
        let mut refused = open.ask().await;
        assert_eq!(hear(&mut refused).await.0, 4);
        assert!(open.is_missed().await);
    }

    #[tokio::test]
    async fn who_left_before_being_accepted_is_missed() {
        let open = open();
        drop(open.ask().await);
        assert!(open.is_missed().await);
        assert!(open.incoming.is_empty());
    }

    #[tokio::test]
    async fn relays_find_it_again_whatever_was_done_to_its_file() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let mut open = open();
        let mut waiting = open.ask().await;
        let Some(Incoming::Call(call)) = open.incoming.recv().await else { panic!("a call") };
        assert_eq!(open.endpoint.keep().unwrap(), Kept::Untouched);
        let path = open.endpoint.path().to_owned();
        let (folder, away) = (path.parent().unwrap().to_owned(), path.with_file_name("away"));
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let tamper: [&dyn Fn(); 6] = [
            &|| fs::remove_file(&path).unwrap(),
            &|| fs::rename(&path, &away).unwrap(),
            &|| {
                fs::remove_file(&path).unwrap();
                symlink(&away, &path).unwrap();
            },
            &|| mode(&path, 0o666),
            &|| mode(&folder, 0o777),
            &|| fs::remove_dir_all(&folder).unwrap(),
        ];
        for tampered in tamper {
            tampered();
            assert_eq!(open.endpoint.keep().unwrap(), Kept::PutBack);
            assert_eq!(open.endpoint.keep().unwrap(), Kept::Untouched);
            let mut found = open.ask().await;
            assert_eq!(hear(&mut found).await.0, 3, "it is accepted");
            assert!(matches!(open.incoming.recv().await, Some(Incoming::Call(_))));
        }
        // Another program listens in its place.
        fs::remove_file(&path).unwrap();
        let _other = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!(open.endpoint.keep().unwrap(), Kept::PutBack);
        assert_eq!(hear(&mut open.ask().await).await.0, 3);
        // Who waited from before all that still does.
        assert_eq!(hear(&mut waiting).await.0, 3);
        call.line.reply.send(b"reply".to_vec()).unwrap();
        assert_eq!(hear(&mut waiting).await.1, "reply");
        // What is no socket is left alone.
        fs::remove_file(&path).unwrap();
        fs::write(&path, "mine").unwrap();
        assert!(matches!(open.endpoint.keep(), Err(Error::InTheWay(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }
}
