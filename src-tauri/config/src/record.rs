//! What connecting changed, so that disconnecting can give the same bytes back.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::plan::{Plan, Reason};
use crate::save::{self, Saved};
use crate::{Error, sha256};

/// Per file: what it was before us, and what we left. Whoever connects keeps it, and hands it to
/// [`disconnect`](crate::disconnect) later. It holds no text; the originals are among the backups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    files: Vec<Touched>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Touched {
    path: PathBuf,
    original: First,
    /// Hash of what we left; `None` where the file went.
    left: Option<String>,
}

/// What a file was before us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum First {
    Absent,
    Kept { hash: String, backup: PathBuf },
}

/// What a file was before us, read again.
pub(crate) struct Original {
    /// `None`: there was no file.
    pub(crate) text: Option<String>,
    /// Hash of what we left.
    pub(crate) left: String,
}

impl Record {
    /// Adds what [`connect`](crate::connect) changed. If a file is still as we left it, its first original stays the original.
    pub fn after_connect(mut self, plan: &Plan, saved: &[Saved]) -> Self {
        for change in &plan.changes {
            let backup = saved.iter().find(|saved| saved.path == change.path).and_then(|saved| saved.backup.clone());
            self.touch(&change.path, change.before.as_deref(), change.after.as_deref(), backup);
        }
        self
    }

    /// Adds what Codex wrote into `config`, its `config.toml`, when it was told to trust our entries. `before` is backed up, unless
    /// its original is known already.
    pub fn trust_written(
        &mut self,
        config: &Path,
        before: Option<&[u8]>,
        after: &[u8],
        backups: &Path,
    ) -> Result<(), Error> {
        let known = self.known(config, before).is_some();
        let backup = if known { None } else { save::back_up(backups, Reason::Trust, config, before)?.backup };
        self.touch(config, before, Some(after), backup);
        Ok(())
    }

    fn touch(&mut self, path: &Path, before: Option<&[u8]>, after: Option<&[u8]>, backup: Option<PathBuf>) {
        let original = match (self.known(path, before), before, backup) {
            (Some(known), ..) => Some(known.original.clone()),
            (None, None, _) => Some(First::Absent),
            (None, Some(before), Some(backup)) => Some(First::Kept { hash: sha256(before), backup }),
            // Without its original there is nothing to give back, least of all an absent file.
            (None, Some(_), None) => None,
        };
        self.files.retain(|file| file.path != path);
        if let Some(original) = original {
            self.files.push(Touched { path: path.to_owned(), original, left: after.map(sha256) });
        }
    }

    /// What is known of a file that nobody but us touched.
    fn known(&self, path: &Path, now: Option<&[u8]>) -> Option<&Touched> {
        self.files.iter().find(|file| file.path == path && file.left == now.map(sha256))
    }

    /// `None` where nothing is known, or where the backup is not there any more.
    pub(crate) fn original(&self, path: &Path) -> Option<Original> {
        let Touched { original, left, .. } = self.files.iter().find(|file| file.path == path)?;
        let text = match original {
            First::Absent => None,
            First::Kept { hash, backup } => {
                let bytes = fs::read(backup).ok().filter(|bytes| sha256(bytes) == *hash)?;
                Some(String::from_utf8(bytes).ok()?)
            }
        };
        Some(Original { text, left: left.clone()? })
    }
}
