//! Reading a person's file: only what is plainly a file of theirs.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;

use crate::Error;

/// The largest file that is read, in bytes. Hook files have some kilobytes; the largest seen had 42.
pub const LARGEST: u64 = 4 << 20;

/// What stands at `path`; `None` where nothing does. Only a regular file of this user's, of reasonable size, in UTF-8.
pub fn read(path: &Path) -> Result<Option<String>, Error> {
    let Some(target) = target(path)? else { return Ok(None) };
    let io = |source| Error::Read { path: path.to_owned(), source };
    // A pipe must not block, and a link put there meanwhile is not followed.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits();
    let file = fs::OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(target).map_err(io)?;
    let meta = file.metadata().map_err(io)?;
    if !meta.is_file() {
        return Err(Error::NotAFile(path.to_owned()));
    }
    if meta.uid() != geteuid().as_raw() {
        return Err(Error::NotOurs(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::TooLarge(path.to_owned()));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| Error::NotUtf8(path.to_owned()))
}

/// What the agent reads at `path`, wherever it leads. Neither a pipe nor a device holds anybody up.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let mut text = String::new();
    let length = file.take(LARGEST + 1).read_to_string(&mut text)?;
    if length as u64 > LARGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

/// Where `path` leads: a symbolic link stays, and what it points to is read and written.
pub(crate) fn target(path: &Path) -> Result<Option<PathBuf>, Error> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(Some(target)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_link(path) => Err(Error::Dangling(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

pub(crate) fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink())
}

/// Refuses unless `expected` still stands at `path`.
pub(crate) fn still(path: &Path, expected: Option<&[u8]>) -> Result<(), Error> {
    match read(path) {
        Ok(now) if now.as_deref().map(str::as_bytes) == expected => Ok(()),
        Ok(_) | Err(Error::NotUtf8(_)) => Err(Error::Changed(path.to_owned())),
        Err(error) => Err(error),
    }
}
