//! Writing: a backup first, then the whole new file in one step.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::backups::Backups;
use crate::plan::Reason;
use crate::{Error, file};

/// One file that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub path: PathBuf,
    /// What it was. `None` where there was no file.
    pub backup: Option<PathBuf>,
}

/// Keeps what `path` was among the backups.
pub(crate) fn back_up(backups: &Path, reason: Reason, path: &Path, before: Option<&[u8]>) -> Result<Saved, Error> {
    let backup = before.map(|bytes| Backups(backups).keep(reason, path, bytes)).transpose()?;
    Ok(Saved { path: path.to_owned(), backup })
}

/// Puts `after` in the place of `expected`, in one step: whoever reads sees the one or the other. A symbolic link stays, and the
/// mode of the file; a new file gets `mode`, and the folders it needs are made.
pub(crate) fn replace(path: &Path, expected: Option<&[u8]>, after: Option<&[u8]>, mode: u32) -> Result<(), Error> {
    let io = |source| Error::Write { path: path.to_owned(), source };
    let target = file::target(path)?.unwrap_or_else(|| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("/"));
    match after {
        Some(bytes) => {
            fs::create_dir_all(folder).map_err(io)?;
            let part = write_beside(&target, folder, bytes, mode).map_err(io)?;
            file::still(path, expected)?;
            match expected {
                Some(_) => part.persist(&target),
                None => part.persist_noclobber(&target),
            }
            .map_err(|error| io(error.error))?;
        }
        None => {
            file::still(path, expected)?;
            fs::remove_file(&target).map_err(io)?;
        }
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

fn write_beside(target: &Path, folder: &Path, bytes: &[u8], mode: u32) -> io::Result<TempPath> {
    let mut part = NamedTempFile::new_in(folder)?;
    part.write_all(bytes)?;
    match fs::metadata(target) {
        Ok(old) => like(part.as_file(), &old)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            part.as_file().set_permissions(Permissions::from_mode(mode))?;
        }
        Err(error) => return Err(error),
    }
    part.as_file().sync_all()?;
    Ok(part.into_temp_path())
}

fn like(file: &File, old: &fs::Metadata) -> io::Result<()> {
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))
}
