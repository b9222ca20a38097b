//! Why the app-server gave no result.

use std::io;
use std::path::PathBuf;

use crate::Version;

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
    #[error("connect to a Codex server: none listens at {0}")]
    NoServer(PathBuf),
    #[error("connect to a Codex server: it belongs to another user ({0})")]
    ForeignUser(u32),
    #[error("connect to a Codex server: {0}")]
    NotSpoken(String),
    /// Nothing was sent.
    #[error("answer: {0} is not among the question's decisions")]
    NotOffered(String),
    /// Nothing was sent.
    #[error("answer: the question is not open any more")]
    NotOpen,
    /// Nothing was sent.
    #[error("answer: {method} does not take this, by its own schema: {why}")]
    NotInSchema { method: String, why: String },
    /// Nothing was sent.
    #[error("answer: the installed Codex has no schema for answers to {0}")]
    NoSchema(String),
    /// Nothing was sent.
    #[error("answer: the installed Codex is {schema}, but its server is {}", server.as_ref().map_or("unknown".to_owned(), Version::to_string))]
    OtherVersion { schema: Version, server: Option<Version> },
    #[error("learn the version of Codex: it says {0:?}")]
    NoVersion(String),
    #[error("talk to the app-server: {0}")]
    Io(#[from] io::Error),
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
