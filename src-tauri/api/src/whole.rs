//! Files of ours that are written whole or not at all, readable by this user only.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use crate::Error;

/// The longest file that is usually read, in bytes.
const LONGEST: u64 = 1 << 20;

/// What others did to something that is ours alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Untouched,
    /// It is again as it was.
    PutBack,
}

/// The text of a file. Whatever was put there in its place holds nobody up.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    read_at_most(path, LONGEST)
}

/// The same with another limit, in bytes.
pub(crate) fn read_at_most(path: &Path, longest: u64) -> io::Result<String> {
    // A pipe must not block.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let mut text = String::new();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.take(longest + 1).read_to_string(&mut text)? as u64 > longest {
        return Err(io::Error::other("it is too long"));
    }
    Ok(text)
}

/// Puts a file back that nobody but us writes, unless what is there is still `same`. A link to elsewhere is not ours.
pub(crate) fn keep(path: &Path, text: &str, same: impl FnOnce() -> bool) -> Result<Kept, Error> {
    let link = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    if !link && same() {
        return Ok(Kept::Untouched);
    }
    if link {
        fs::remove_file(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    }
    write(path, text)?;
    Ok(Kept::PutBack)
}

/// Puts the text in the place of what is there, and makes the folder where there is none.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let io = |source| Error::File { path: path.to_owned(), source };
    let folder = path.parent().ok_or(Error::NoHome)?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    let mut file = NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(io)?;
    // A person may keep a file elsewhere and link to it.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    file.persist(target).map_err(|error| io(error.error))?;
    Ok(())
}
