//! Journals: what a recorded hook was given and what it left, one file for each run.
//!
//! The relay writes while the hook runs and keeps the file locked; the app reads, also meanwhile, and removes. Neither waits for
//! the other. A journal decides nothing, and anybody of this user can plant one.

mod record;
mod run;
mod writer;

use std::io;
use std::ops::Deref;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use run::{Run, State};
pub use writer::Journal;

use crate::Error;
use crate::folder::{Folder, Room};

/// Changes whenever an older app would misread a newer journal.
pub const VERSION: u16 = 1;

/// How much of the input is kept. What is beyond is counted only.
pub const MOST_INPUT: u64 = 16 * 1024 * 1024;
/// How much of stdout is kept, and how much of stderr.
pub const MOST_OUTPUT: u64 = 1024 * 1024;

/// Room for all that is kept, in pieces of a sensible size. Of a hook that writes single bytes less is kept.
const MOST: u64 = 24 * 1024 * 1024;

const ROOM: Room = Room { files: 20_000, bytes: 512 * 1024 * 1024 };

/// How the names of journals end.
const KIND: &str = "run";

/// The folder with its journals.
#[derive(Debug)]
pub struct Runs(Folder);

impl Deref for Runs {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Runs {
    /// Opens the folder if it is there and this user's alone to write.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Folder::open(path, ROOM).map(Self)
    }

    /// Opens the folder, and makes it in the state folder of an app that was last started before there were journals. Where there
    /// is no such folder no app was here.
    pub fn open_or_make(path: &Path) -> Result<Self, Error> {
        match Self::open(path) {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => Folder::make_last(path, ROOM).map(Self),
            opened => opened,
        }
    }

    /// Makes the folder where it is missing, private, and opens it. For the app.
    pub fn make(path: &Path) -> Result<Self, Error> {
        Folder::make(path, ROOM).map(Self)
    }
}

/// A run begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    pub v: u16,
    /// From [`crate::event::new_id`]. Makes storing the run twice harmless.
    pub id: String,
    /// In milliseconds since the Unix epoch.
    pub at: i64,
    pub agent: String,
    pub shell: String,
    /// As it stands in the hook file, behind `--`.
    pub command: String,
    /// Where the agent started it. Nothing where that folder is gone.
    pub cwd: Option<String>,
    /// The relay's.
    pub pid: u32,
    /// The relay's.
    pub version: String,
}

/// A run is over, and nobody holds its pipes any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// In milliseconds since the Unix epoch.
    pub at: i64,
    /// In microseconds: what the agent waited for, but for the relay's own start and end.
    pub took: u64,
    pub how: How,
    /// How many bytes there were of each, kept or not.
    pub input: u64,
    pub stdout: u64,
    pub stderr: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    Exited(i32),
    Signalled(i32),
}

/// What flows between agent and hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Whether or not the hook read it.
    Input,
    Stdout,
    Stderr,
}

/// How many bytes of each stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sizes([u64; 3]);

impl Sizes {
    fn of(&mut self, stream: Stream) -> &mut u64 {
        &mut self.0[stream as usize]
    }

    /// How many of `more` bytes are kept of a stream that has these already.
    fn room(&mut self, stream: Stream, more: usize) -> usize {
        let most = match stream {
            Stream::Input => MOST_INPUT,
            Stream::Stdout | Stream::Stderr => MOST_OUTPUT,
        };
        usize::try_from(most.saturating_sub(*self.of(stream))).map_or(more, |room| room.min(more))
    }
}

#[cfg(test)]
mod tests;
