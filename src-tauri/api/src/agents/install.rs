//! The relay's own copy in the person's data folder, which the entries in agents' files name for ever, and beside it the list of the
//! programs that may answer it. An update of Hookwright replaces both and touches no agent's file.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::whole::Kept;
use crate::{Error, Paths};

/// Programs that answer relays, by their names beside each other.
const PROGRAMS: [&str; 2] = ["hookwright-desktop", "hookwright"];
const RELAY: &str = "hookwright-relay";

/// Copies the relay that stands beside this program, unless that very one is there already.
pub(crate) fn install(paths: &Paths) -> Result<(), Error> {
    let own = own_folder()?;
    let from = own.join(RELAY);
    let content = fs::read(&from).map_err(|source| Error::File { path: from, source })?;
    let to = paths.relay();
    let folder = to.parent().ok_or(Error::NoHome)?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| Error::File { path: folder.to_owned(), source })?;
    place(&to, &content, 0o700)?;
    place(&list(paths), peers(&own).as_bytes(), 0o600)
}

/// Keeps an installed relay current. Where none is installed nothing happens: that is for a person to ask.
pub(crate) fn refresh(paths: &Paths) -> Result<(), Error> {
    if is_there(&paths.relay()) { install(paths) } else { Ok(()) }
}

/// Puts an installed relay and its list back where others changed them. A program that was itself replaced, as by an update, leaves
/// that to the new one.
pub(crate) fn keep(paths: &Paths) -> Result<Kept, Error> {
    if !is_there(&paths.relay()) || is_current(paths) || own_folder().is_err() {
        return Ok(Kept::Untouched);
    }
    install(paths)?;
    Ok(Kept::PutBack)
}

/// Whether the installed relay is the one of this program, and this program may answer it.
pub(crate) fn is_current(paths: &Paths) -> bool {
    let current = || {
        let own = own_folder().ok()?;
        let same = fs::read(own.join(RELAY)).ok()? == fs::read(paths.relay()).ok()?;
        Some(same && fs::read_to_string(list(paths)).ok()? == peers(&own))
    };
    current().unwrap_or(false)
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file())
}

pub(crate) fn list(paths: &Paths) -> PathBuf {
    paths.relay().with_extension("peers")
}

fn peers(own: &Path) -> String {
    PROGRAMS.map(|name| format!("{}\n", own.join(name).display())).concat()
}

fn own_folder() -> Result<PathBuf, Error> {
    let own = std::env::current_exe().and_then(|program| program.canonicalize());
    let own = own.map_err(|source| Error::File { path: "/proc/self/exe".into(), source })?;
    Ok(own.parent().ok_or(Error::NoHome)?.to_owned())
}

/// Whole or not at all; agents that run the old one go on with it.
fn place(path: &Path, content: &[u8], mode: u32) -> Result<(), Error> {
    let write = || -> io::Result<()> {
        if is_there(path) && fs::read(path)? == content {
            return fs::set_permissions(path, Permissions::from_mode(mode));
        }
        let folder = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| Error::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_placed_is_whole_private_and_replaces_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hookwright-relay");
        place(&path, b"old", 0o700).unwrap();
        let running = fs::File::open(&path).unwrap();
        place(&path, b"new", 0o700).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(io::read_to_string(running).unwrap(), "old", "who has it open goes on with the old one");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn nothing_is_installed_by_itself() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        refresh(&paths).unwrap();
        assert!(!paths.relay().exists());
    }
}
