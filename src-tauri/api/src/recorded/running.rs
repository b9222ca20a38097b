//! Recorded hooks that run, for whoever has no running app. Looks only: every file stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use config::discover::Places;
use history::row;
use model::Reported;
use protocol::journal::{Runs, State};

use super::Reading;
use super::whose::Configured;
use crate::{Paths, hooks};

/// What was seen of the folder.
pub(crate) struct Running {
    path: Option<PathBuf>,
    /// As `running` it has all that need not be looked at again.
    reading: Reading,
}

impl Running {
    pub(crate) fn of(paths: &Paths) -> Self {
        let reading = Reading {
            codex: Places { codex: paths.codex().to_owned(), system: hooks::system() },
            memory: Arc::default(),
            reported: Reported::Live,
            running: BTreeSet::new(),
            refused: BTreeMap::new(),
        };
        Self { path: paths.runs().ok(), reading }
    }

    /// The runs that began since it was last asked and still go on. What cannot be read is none: at its end it comes into the
    /// history. Blocks.
    pub(crate) fn began(&mut self) -> Vec<row::Run> {
        let runs = self.path.as_deref().and_then(|path| Runs::open(path).ok());
        let Some((runs, names)) = runs.and_then(|runs| runs.list().ok().map(|names| (runs, names))) else {
            return Vec::new();
        };
        let seen = &mut self.reading.running;
        seen.retain(|name| names.binary_search(name).is_ok());
        let (mut began, mut configured) = (Vec::new(), Configured::default());
        for name in names {
            if self.reading.running.contains(&name) {
                continue;
            }
            let read = || self.reading.read(&runs, &name, &mut configured);
            match runs.is_running(&name).is_ok_and(|running| running).then(read) {
                // Until the hook has taken what it is given, nobody knows what it is for.
                Some(Ok((State::Running, row))) if row.input.bytes == 0 => continue,
                Some(Ok((State::Running, row))) => began.push(row),
                Some(Ok((State::Killed | State::Ended(_), _)) | Err(_)) | None => {}
            }
            self.reading.running.insert(name);
        }
        began
    }
}
