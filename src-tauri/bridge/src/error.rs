//! Why the endpoint could not be opened.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("open the endpoint at {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("open the endpoint: {0} is not a folder of this user's own")]
    ForeignFolder(PathBuf),
    #[error("open the endpoint: {0} is in the way and no socket")]
    InTheWay(PathBuf),
    #[error("open the endpoint: another program listens at {0}")]
    Held(PathBuf),
    #[error("{0}")]
    Path(#[from] protocol::Error),
}
