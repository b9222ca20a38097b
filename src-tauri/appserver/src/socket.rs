//! The other transport: the control socket of a server that runs already, one message per WebSocket text frame.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::net::sockopt::socket_peercred;
use rustix::process::geteuid;
use tokio::net::UnixStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::Error;

/// The longest message that is read, in bytes. A hook's whole output may stand in one.
pub(crate) const MESSAGE_LIMIT: usize = 32 * 1024 * 1024;

/// Only a form: the path of the socket says where it goes.
const ADDRESS: &str = "ws://localhost/";

/// Where the server of this `CODEX_HOME` listens.
pub fn control_socket(home: &Path) -> PathBuf {
    home.join("app-server-control/app-server-control.sock")
}

/// Which file a socket is: a server that replaces another makes a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    device: u64,
    inode: u64,
    changed: (i64, i64),
}

impl Place {
    /// None where there is nothing.
    pub(crate) fn of(socket: &Path) -> Option<Self> {
        let meta = socket.symlink_metadata().ok()?;
        Some(Self { device: meta.dev(), inode: meta.ino(), changed: (meta.mtime(), meta.mtime_nsec()) })
    }
}

/// Connects to a server of our own user, and tells through which file. Waits without a limit for its side of the handshake.
pub(crate) async fn connect(socket: &Path) -> Result<(WebSocketStream<UnixStream>, Place), Error> {
    let (stream, place) = loop {
        let place = Place::of(socket).ok_or_else(|| Error::NoServer(socket.to_owned()))?;
        let stream = UnixStream::connect(socket).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Error::NoServer(socket.to_owned()),
            _ => Error::Io(error),
        })?;
        // Otherwise it may be the old one or the new one.
        if Place::of(socket) == Some(place) {
            break (stream, place);
        }
    };
    let peer = socket_peercred(&stream).map_err(io::Error::from)?.uid;
    if peer != geteuid() {
        return Err(Error::ForeignUser(peer.as_raw()));
    }
    let limits = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .max_message_size(Some(MESSAGE_LIMIT))
        .max_frame_size(Some(MESSAGE_LIMIT));
    let shaken = client_async_with_config(ADDRESS, stream, Some(limits)).await;
    shaken.map(|(stream, _)| (stream, place)).map_err(|error| Error::NotSpoken(error.to_string()))
}
