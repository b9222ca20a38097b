//! What is to be written, to be looked at first and then done, all of it or nothing.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::save::{self, Saved};
use crate::{Error, file, hex};

/// Changes of hook files, not yet made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub changes: Vec<Change>,
    pub reason: Reason,
}

/// One file, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: PathBuf,
    /// `None`: there is no file yet.
    pub before: Option<Vec<u8>>,
    /// `None`: the file goes.
    pub after: Option<Vec<u8>>,
    /// Of a file that is new: [`Change::PRIVATE`] or [`Change::PROGRAM`].
    pub mode: u32,
}

/// Why a file is changed. Its backup is named after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Connect,
    Disconnect,
    Trust,
    /// A person edited it.
    Save,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Trust => "trust",
            Self::Save => "save",
        }
    }
}

impl Change {
    /// Nobody but the agent and we need to read it.
    pub const PRIVATE: u32 = 0o600;
    /// The agent runs it.
    pub const PROGRAM: u32 = 0o700;
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Of everything that was shown, so that nothing else is done.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for Change { path, before, after, mode: _ } in &self.changes {
            for part in [Some(path.as_os_str().as_encoded_bytes()), before.as_deref(), after.as_deref()] {
                digest.update([u8::from(part.is_some())]);
                let part = part.unwrap_or_default();
                digest.update((part.len() as u64).to_be_bytes());
                digest.update(part);
            }
        }
        hex(digest.finalize().as_slice())
    }

    /// Makes the changes, after a backup of each file in the private folder `backups`. Refuses where a file is no longer as it was
    /// when this was planned. If a later file cannot be written, the earlier ones are put back.
    pub fn apply(&self, backups: &Path) -> Result<Vec<Saved>, Error> {
        for Change { path, before, .. } in &self.changes {
            file::still(path, before.as_deref())?;
        }
        let keep = |change: &Change| save::back_up(backups, self.reason, &change.path, change.before.as_deref());
        let saved = self.changes.iter().map(keep).collect::<Result<_, _>>()?;
        for (index, Change { path, before, after, mode }) in self.changes.iter().enumerate() {
            if let Err(error) = save::replace(path, before.as_deref(), after.as_deref(), *mode) {
                return Err(put_back(&self.changes[..index], error));
            }
        }
        Ok(saved)
    }
}

fn put_back(done: &[Change], first: Error) -> Error {
    for Change { path, before, after, mode } in done.iter().rev() {
        if let Err(error) = save::replace(path, after.as_deref(), before.as_deref(), *mode) {
            return Error::HalfDone { path: path.clone(), source: Box::new(error), first: Box::new(first) };
        }
    }
    first
}
