//! Texts that are not saved yet: kept apart from their files, so that they outlive the window and the app. They are the person's
//! alone, as backups are.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::digest;
use crate::dto::DraftView;
use crate::{Error, whole};

/// What two of the largest texts take, with every character escaped.
const LONGEST: u64 = 12 * config::LARGEST;

/// The folder of the drafts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drafts<'a>(pub(super) &'a Path);

/// What a person made of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// What stood in the file when it was loaded.
    pub(super) base: Option<String>,
    /// Templates of the gallery whose scripts a save will write.
    pub(super) templates: Vec<String>,
}

impl Drafts<'_> {
    /// The files of which something is kept.
    pub(super) fn paths(self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(read(&entry.path())?.path)).collect();
        paths.sort();
        paths
    }

    pub(super) fn of(self, path: &Path) -> Option<Draft> {
        read(&self.file(path)).filter(|draft| draft.path == path)
    }

    /// Keeps it in place of what was kept of its file. `there` is what stands in the file: what says nothing else, or nothing else than
    /// was loaded, is no draft.
    pub(super) fn keep(self, draft: &Draft, there: Option<&str>) -> Result<(), Error> {
        let texts = [Some(draft.text.as_str()), draft.base.as_deref()];
        if texts.iter().flatten().any(|text| text.len() as u64 > config::LARGEST) {
            return Err(config::Error::TooLarge(draft.path.clone()).into());
        }
        if draft.says(there) || draft.says(draft.base.as_deref()) {
            return self.drop(&draft.path);
        }
        let json = serde_json::to_string(draft).map_err(|error| self.failed(&draft.path, error.into()))?;
        whole::write(&self.file(&draft.path), &json)
    }

    /// Keeps nothing of this file any more.
    pub(super) fn drop(self, path: &Path) -> Result<(), Error> {
        match fs::remove_file(self.file(path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.failed(path, error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Names may be longer than a file's may be.
    fn file(self, path: &Path) -> PathBuf {
        self.0.join(format!("{}.json", config::digest(path.as_os_str().as_encoded_bytes())))
    }

    fn failed(self, path: &Path, source: std::io::Error) -> Error {
        Error::File { path: self.file(path), source }
    }
}

/// What cannot be understood is no draft.
fn read(file: &Path) -> Option<Draft> {
    serde_json::from_str(&whole::read_at_most(file, LONGEST).ok()?).ok()
}

impl Draft {
    pub(super) fn says(&self, there: Option<&str>) -> bool {
        self.text == there.unwrap_or_default()
    }

    pub(super) fn view(self) -> DraftView {
        DraftView { digest: digest(self.base.as_deref()), text: self.text, base: self.base, templates: self.templates }
    }
}
