//! How a handler ended, before anybody read what it says.

use std::path::PathBuf;

/// The end of a process or of a call.
#[derive(Debug)]
pub struct Finished {
    pub end: End,
    pub stdout: Captured,
    pub stderr: Captured,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    /// Without an exit code.
    Signalled,
    /// It could not be started, waited for, or was out of time; in words as the agent says them. Its output does not count.
    Failed(String),
}

/// What a process wrote. Invalid UTF-8 is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// All of it, or, where `whole` is there, its beginning.
    pub text: String,
    pub whole: Option<Whole>,
}

/// Output too long to be held in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Where all of it is kept.
    pub file: PathBuf,
    pub bytes: u64,
}
