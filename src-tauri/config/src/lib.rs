//! Hook files: read, edited without loss, saved whole or not at all.
//!
//! Connects and disconnects Hookwright in the hook files of one Codex home. Every byte outside our entries stays; what Codex would
//! refuse to read is refused here too, and left as it is. Nothing here talks to Codex: trust is written through it, by others.

mod backups;
mod connect;
mod declared;
pub mod discover;
mod edit;
mod error;
mod file;
pub mod gallery;
mod inspect;
mod json;
mod layer;
mod layout;
mod list;
mod merge;
mod plan;
mod record;
mod replace;
mod save;
mod toml;
mod tree;
mod view;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use backups::{Backup, Backups};
pub use connect::{connect, disconnect};
pub use edit::{
    Edit, Edited, Effect, Field, GroupAt, HandlerAt, Notation, Outline, Place, Refused, TrustChange, edit, keeping,
    outline, trust_effects,
};
pub use error::Error;
pub use file::{LARGEST, read};
pub use inspect::{Found, FoundEntry, Other, Trust, inspect};
pub use merge::{Merged, merge};
pub use plan::{Change, Plan, Reason};
pub use record::Record;
pub use replace::{Replace, replace_all};
pub use save::Saved;

/// The two files in a Codex home that may declare hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    hooks: PathBuf,
    config: PathBuf,
}

impl Home {
    /// `folder` must be spelled as Codex does, for it is part of every key of trust. Codex 0.169: `CODEX_HOME` with symbolic links
    /// resolved, else `$HOME/.codex` as it is.
    pub fn at(folder: &Path) -> Self {
        Self { hooks: folder.join("hooks.json"), config: folder.join("config.toml") }
    }

    pub fn hooks(&self) -> &Path {
        &self.hooks
    }

    pub fn config(&self) -> &Path {
        &self.config
    }
}

/// Of a file's bytes, to tell whether it is still the same.
pub fn digest(bytes: &[u8]) -> String {
    sha256(bytes)
}

fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).as_slice())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
