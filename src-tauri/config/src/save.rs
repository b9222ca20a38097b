//! Writing: a backup first, then the whole new file in one step.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use model::Timestamp;
use tempfile::{NamedTempFile, TempPath};

use crate::plan::Reason;
use crate::{Error, file};

/// How many backups are kept.
const BACKUPS: usize = 50;

/// One file that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub path: PathBuf,
    /// What it was. `None` where there was no file.
    pub backup: Option<PathBuf>,
}

/// Keeps `before` in the folder `backups`, which is made private (0700). The newest fifty files there are kept.
pub(crate) fn back_up(backups: &Path, reason: Reason, path: &Path, before: Option<&[u8]>) -> Result<Saved, Error> {
    let backup = match before {
        Some(bytes) => {
            let io = |source| Error::Backup { path: backups.to_owned(), source };
            private_folder(backups).map_err(io)?;
            let backup = keep(backups, reason, path, bytes).map_err(io)?;
            prune(backups).map_err(io)?;
            Some(backup)
        }
        None => None,
    };
    Ok(Saved { path: path.to_owned(), backup })
}

/// Puts `after` in the place of `expected`, in one step: whoever reads sees the one or the other. A symbolic link stays, and the
/// mode of the file; a new file is private (0600), as nobody but Codex and we need to read it.
pub(crate) fn replace(path: &Path, expected: Option<&[u8]>, after: Option<&[u8]>) -> Result<(), Error> {
    let io = |source| Error::Write { path: path.to_owned(), source };
    let target = file::target(path)?.unwrap_or_else(|| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("/"));
    match after {
        Some(bytes) => {
            let part = write_beside(&target, folder, bytes).map_err(io)?;
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

fn write_beside(target: &Path, folder: &Path, bytes: &[u8]) -> io::Result<TempPath> {
    let mut part = NamedTempFile::new_in(folder)?;
    part.write_all(bytes)?;
    match fs::metadata(target) {
        Ok(old) => like(part.as_file(), &old)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
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

fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))
}

/// Named by time, so that names are in the order of time.
fn keep(backups: &Path, reason: Reason, path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Timestamp(mut now) = SystemTime::now().into();
    loop {
        let backup = backups.join(format!("{now:013}-{}-{name}", reason.name()));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&backup) {
            Ok(mut file) => {
                file.write_all(bytes)?;
                file.sync_all()?;
                return Ok(backup);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => now += 1,
            Err(error) => return Err(error),
        }
    }
}

fn prune(backups: &Path) -> io::Result<()> {
    let mut names: Vec<_> = fs::read_dir(backups)?
        .map(|entry| Ok(entry?.file_name()))
        .filter(|name: &io::Result<_>| name.as_ref().map_or(true, |name| is_backup(&name.to_string_lossy())))
        .collect::<io::Result<_>>()?;
    names.sort();
    let old = names.len().saturating_sub(BACKUPS);
    names[..old].iter().try_for_each(|name| fs::remove_file(backups.join(name)))
}

/// Only names that [`keep`] gives.
fn is_backup(name: &str) -> bool {
    name.split_once('-').is_some_and(|(time, _)| time.len() == 13 && time.bytes().all(|byte| byte.is_ascii_digit()))
}
