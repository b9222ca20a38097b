//! The installation itself, as `hookwright doctor` tells of it. Looks and changes nothing.

use std::fs;
use std::io;
use std::path::Path;

use protocol::place;
use protocol::spool::Spool;
use rustix::fs::{Access, access};
use rustix::process::geteuid;
use serde::Serialize;

use crate::card::pieces;
use crate::dto::Piece;
use crate::{Error, Lock, Paths, Records, is_listening};

/// The JSON of it is printed by `hookwright doctor` and is stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Installation {
    /// An app or `hookwright serve` has this data folder.
    pub running: bool,
    /// Somebody answers at the socket.
    pub listening: bool,
    pub socket: Vec<Piece>,
    pub data_folder: Vec<Piece>,
    pub history: HistoryState,
    pub spool: SpoolSize,
    pub problems: Vec<Trouble>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryState {
    Readable,
    /// There is none yet.
    Missing,
    Unreadable,
}

/// What relays kept while nobody took it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SpoolSize {
    pub events: usize,
    pub bytes: String,
}

/// Something wrong with the installation. Key of the catalogue: `doctor.<code>.text` and `doctor.<code>.hint`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    pub code: TroubleCode,
    /// Technical detail, as the system said it.
    pub detail: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TroubleCode {
    /// A Hookwright runs and cannot be reached at its socket.
    NotReachable,
    /// The data folder takes no files.
    NotWritable,
    HistoryUnreadable,
    /// The spool cannot be read.
    SpoolUnreadable,
    /// The settings do not parse.
    Settings,
}

impl Installation {
    /// `settings` is what went wrong when they were read.
    pub fn look(paths: &Paths, settings: Option<Error>) -> Self {
        let mut problems = Vec::new();
        let mut trouble = |code, detail: &str| problems.push(Trouble { code, detail: pieces(detail) });
        let listening = is_listening(paths);
        let running = listening || Lock::is_held(paths);
        let socket = paths.socket().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        if running && !listening {
            trouble(TroubleCode::NotReachable, &socket);
        }
        if let Err(error) = writable(paths.state()) {
            trouble(TroubleCode::NotWritable, &format!("failed to use {}: {error}", paths.state().display()));
        }
        let history = match Records::open(paths).map(|records| records.mark()) {
            None => HistoryState::Missing,
            Some(Ok(_)) => HistoryState::Readable,
            Some(Err(error)) => {
                trouble(TroubleCode::HistoryUnreadable, &format!("failed to {error}"));
                HistoryState::Unreadable
            }
        };
        let spool = spooled(paths).unwrap_or_else(|error| {
            trouble(TroubleCode::SpoolUnreadable, &format!("failed to {error}"));
            SpoolSize::default()
        });
        if let Some(error) = settings {
            trouble(TroubleCode::Settings, &format!("failed to {error}"));
        }
        let data_folder = pieces(&paths.state().to_string_lossy());
        Self { running, listening, socket: pieces(&socket), data_folder, history, spool, problems }
    }
}

/// Whether files can be made in the folder, or the folder itself.
fn writable(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|folder| folder.symlink_metadata().is_ok()).unwrap_or(folder);
    if !fs::metadata(there)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(access(there, Access::WRITE_OK | Access::EXEC_OK)?)
}

fn spooled(paths: &Paths) -> Result<SpoolSize, protocol::Error> {
    let Some(folder) = place::spool(paths.home(), geteuid().as_raw()) else { return Ok(SpoolSize::default()) };
    if !folder.try_exists()? {
        return Ok(SpoolSize::default());
    }
    let names = Spool::open(&folder)?.list()?;
    let sizes = names.iter().filter_map(|name| folder.join(name).symlink_metadata().ok());
    let bytes: u64 = sizes.map(|meta| meta.len()).sum();
    Ok(SpoolSize { events: names.len(), bytes: bytes.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(installation: &Installation) -> Vec<TroubleCode> {
        installation.problems.iter().map(|trouble| trouble.code).collect()
    }

    #[test]
    fn a_new_home_has_nothing_wrong_and_stays_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let installation = Installation::look(&Paths::below(home.path()), None);
        assert_eq!(codes(&installation), []);
        assert!(!installation.running && !installation.listening);
        assert_eq!(installation.history, HistoryState::Missing);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        fs::create_dir(paths.state()).unwrap();
        fs::write(paths.history(), "no database, and longer than a header of one has to be ".repeat(30)).unwrap();
        fs::write(paths.state().join("spool"), "no folder").unwrap();
        let _held = Lock::take(&paths).unwrap();
        let installation = Installation::look(&paths, Some(Error::NoHome));
        use TroubleCode::{HistoryUnreadable, NotReachable, Settings, SpoolUnreadable};
        assert_eq!(codes(&installation), [NotReachable, HistoryUnreadable, SpoolUnreadable, Settings]);
        assert!(installation.running);

        let elsewhere = tempfile::tempdir().unwrap();
        let paths = Paths::below(elsewhere.path());
        fs::write(paths.state(), "no folder").unwrap();
        assert!(codes(&Installation::look(&paths, None)).contains(&TroubleCode::NotWritable));
    }
}
