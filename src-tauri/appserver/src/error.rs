//! Why the app-server gave no result.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("start {0}: it is not there")]
    NotFound(PathBuf),
    #[error("start {0}: it is not a program that this user may run")]
    NotExecutable(PathBuf),
    #[error("start {program}: {source}")]
    Start { program: PathBuf, source: io::Error },
    /// The program is gone; the text is the end of what it wrote to its standard error.
    #[error("go on with the app-server: it has ended{}", after_colon(.0))]
    Ended(String),
    #[error("wait for {0} of the app-server: it took too long")]
    TimedOut(String),
    /// The server's own error.
    #[error("{method}: {message} ({code})")]
    Refused { method: String, code: i64, message: String },
    #[error("read {what} of the app-server: {source}")]
    Unreadable { what: String, source: serde_json::Error },
    #[error("read the app-server: a line is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("talk to the app-server: {0}")]
    Io(#[from] io::Error),
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
