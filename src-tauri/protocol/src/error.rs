//! What can go wrong between relay and app. Every one of these means: no decision.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read or write the connection: {0}")]
    Io(#[from] io::Error),
    #[error("read a frame: it has {0} bytes, more than the limit of {limit}", limit = crate::LIMIT)]
    TooLong(u64),
    #[error("read a frame: kind {0} is not known")]
    UnknownKind(u8),
    #[error("read a frame: its body is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("read a frame: it is empty")]
    Empty,
    #[error("be answered: the frame {0} came where another was due")]
    OutOfOrder(&'static str),
    #[error("be accepted: {0}")]
    Refused(String),
    #[error("be answered in time")]
    TimedOut,
    #[error("be answered: the agent went away")]
    AgentGone,
    #[error("find anybody listening")]
    NobodyListens,
    #[error("trust the other side: it runs as user {0}")]
    ForeignUser(u32),
    #[error("trust the other side: its program {0:?} is not Hookwright's")]
    ForeignProgram(Option<PathBuf>),
    #[error("use the socket path {path}: it has {length} bytes, the system takes at most {limit}", path = .0.display(), length = .0.as_os_str().len(), limit = crate::place::PATH_LIMIT)]
    PathTooLong(PathBuf),
    #[error("use a folder: {0} is not a folder of this user's own")]
    ForeignFolder(PathBuf),
    #[error("keep an event or a run: there is no room for more")]
    Full,
    /// A file that no relay of ours left there so.
    #[error("take in what a relay left: {0}")]
    Unfit(&'static str),
}
