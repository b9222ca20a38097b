//! How a handler ended, before anybody read what it says.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempPath;

/// The end of a process or of a call.
#[derive(Debug)]
pub struct Finished {
    pub end: End,
    pub stdout: Captured,
    pub stderr: Captured,
}

impl Finished {
    /// Without output: none counts after this.
    pub(crate) fn failed(words: impl ToString) -> Self {
        Self::without_output(End::Failed(words.to_string()))
    }

    pub(crate) fn without_output(end: End) -> Self {
        Self { end, stdout: Captured::default(), stderr: Captured::default() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    /// Without an exit code.
    Signalled,
    /// It could not be started, waited for, or was out of time; in words as the agent says them. Its output does not count.
    Failed(String),
}

impl End {
    /// It was killed when this time was over.
    pub fn out_of_time(limit: Duration) -> Self {
        Self::Failed(format!("hook timed out after {}s", limit.as_secs()))
    }
}

/// What a process wrote. Invalid UTF-8 is replaced.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// All of it, or, where `whole` is there, its beginning.
    pub text: String,
    pub whole: Option<Whole>,
}

/// Output too long to be held in memory. Its file goes with the last clone.
#[derive(Clone, Debug)]
pub struct Whole {
    pub(crate) file: Arc<TempPath>,
    pub(crate) bytes: u64,
}

impl Whole {
    /// Where all of it is kept.
    pub fn file(&self) -> &Path {
        &self.file
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
