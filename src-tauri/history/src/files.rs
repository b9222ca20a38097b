//! Folder and file of the database, private from birth.
//!
//! Never opens the database file itself: closing any descriptor of it would drop SQLite's locks within this process.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::Error;

/// Creates what is missing: folders 0700, the file 0600 and empty. An existing file is narrowed to 0600; SQLite gives its
/// companions (`-wal`, `-shm`) the same mode. An existing folder stays as it is.
pub(crate) fn prepare(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => narrow(path),
        Err(error) => Err(error),
    }
}

fn narrow(path: &Path) -> io::Result<()> {
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { std::fs::set_permissions(path, Permissions::from_mode(0o600)) }
}

/// The database file as it is while nobody writes to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    bytes: u64,
    changed: SystemTime,
}

/// How the file rests; `None` while its log is there, because somebody writes or left a log behind.
pub(crate) fn rest(path: &Path) -> Result<Option<Rest>, Error> {
    let file = match std::fs::metadata(path) {
        Ok(file) if file.is_file() => file,
        Ok(_) => return Err(Error::Missing(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::Missing(path.to_owned())),
        Err(error) => return Err(error.into()),
    };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if PathBuf::from(log).try_exists()? {
        return Ok(None);
    }
    Ok(Some(Rest { bytes: file.len(), changed: file.modified()? }))
}
