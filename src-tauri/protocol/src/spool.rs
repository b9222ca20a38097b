//! The spool: a folder in which relays keep the events that no app took, until an app takes them in.
//!
//! One file is one event. Nothing here decides anything.

mod file;

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::ops::Deref;
use std::path::Path;

use crate::folder::{AGENT_WAITS, Folder, Room};
use crate::{Error, Event};

pub const MOST_FILES: u64 = 20_000;
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;

const ROOM: Room = Room { files: MOST_FILES, bytes: MOST_BYTES };

/// The folder with its events.
#[derive(Debug)]
pub struct Spool(Folder);

impl Deref for Spool {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

impl Spool {
    /// Opens the folder if it is there and this user's alone to write.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Folder::open(path, ROOM).map(Self)
    }

    /// Makes the folder where it is missing, private, and opens it. For the app, when it starts or is connected to an agent.
    pub fn make(path: &Path) -> Result<Self, Error> {
        Folder::make(path, ROOM).map(Self)
    }

    /// Keeps one event. What cannot be kept is counted as dropped.
    pub fn keep(&self, event: &Event) -> Result<(), Error> {
        let bytes = file::encode(event)?;
        let size = bytes.len() as u64;
        if !self.admits(AGENT_WAITS, size) {
            return Err(Error::Full);
        }
        let kept = self.add(&event.id, &file::name(event), |file| file.write_all(&bytes));
        if kept.is_err() {
            self.account(AGENT_WAITS, |ledger| ledger.give_up(size));
        }
        kept.map(drop)
    }

    /// Reads one event. Whatever is not exactly as a relay of this user leaves it is [`Error::Unfit`] and stays where it is.
    pub fn read(&self, name: &OsStr) -> Result<Event, Error> {
        let mut bytes = Vec::new();
        self.open_left(name, file::MOST)?.take(file::MOST + 1).read_to_end(&mut bytes)?;
        file::decode(name, bytes)
    }
}

#[cfg(test)]
mod tests;
