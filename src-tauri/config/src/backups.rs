//! What files were before they were changed: kept in one private folder, by file and time.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use model::Timestamp;

use crate::plan::Reason;
use crate::{Error, sha256};

/// How many are kept of one file.
const KEPT: usize = 50;
/// Older ones go, but for the newest few.
const AGE: Duration = Duration::from_hours(180 * 24);
const KEPT_LONGER: usize = 5;
/// Enough of the hash of a path to tell files of one name apart.
const HASH: usize = 12;

/// The folder of the backups.
#[derive(Clone, Copy, Debug)]
pub struct Backups<'a>(pub &'a Path);

/// What one file was before one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its name in the folder.
    pub id: String,
    pub at: Timestamp,
    /// [`Reason::name`].
    pub reason: String,
    pub bytes: u64,
}

impl Backups<'_> {
    /// Those of one file, the newest first.
    pub fn of(self, path: &Path) -> Result<Vec<Backup>, Error> {
        let list = || -> io::Result<Vec<Backup>> {
            let names = self.names(path)?.into_iter().rev();
            let backup = |name: String| {
                let Name { at, reason, .. } = Name::read(&name)?;
                let (at, reason) = (Timestamp(at), reason.to_owned());
                let bytes = fs::metadata(self.0.join(&name)).ok()?.len();
                Some(Backup { id: name, at, reason, bytes })
            };
            Ok(names.filter_map(backup).collect())
        };
        list().map_err(|source| self.error(source))
    }

    /// What the file was. `id` must be one of [`Backups::of`] the same file.
    pub fn read(self, path: &Path, id: &str) -> Result<String, Error> {
        let found = self.names(path).map_err(|source| self.error(source))?.into_iter().find(|name| name == id);
        let read = found.ok_or_else(|| io::ErrorKind::NotFound.into()).and_then(|name| fs::read(self.0.join(name)));
        let bytes = read.map_err(|source| self.error(source))?;
        String::from_utf8(bytes).map_err(|_| Error::NotUtf8(self.0.join(id)))
    }

    /// Keeps `bytes` as what `path` was. The folder is made private (0700), and the oldest backups of this file go.
    pub fn keep(self, reason: Reason, path: &Path, bytes: &[u8]) -> Result<PathBuf, Error> {
        let keep = || {
            private_folder(self.0)?;
            let backup = self.write(reason, path, bytes)?;
            self.prune(path)?;
            Ok(backup)
        };
        keep().map_err(|source| self.error(source))
    }

    fn write(self, reason: Reason, path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut now = now();
        loop {
            let backup = self.0.join(format!("{now:013}-{}-{}-{name}", reason.name(), hash(path)));
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

    fn prune(self, path: &Path) -> io::Result<()> {
        let names = self.names(path)?;
        let newer = now().saturating_sub(i64::try_from(AGE.as_millis()).unwrap_or(i64::MAX));
        let old = |(back, name): &(usize, &String)| {
            *back >= KEPT || *back >= KEPT_LONGER && Name::read(name).is_some_and(|name| name.at < newer)
        };
        let mut gone = names.iter().rev().enumerate().filter(old);
        gone.try_for_each(|(_, name)| fs::remove_file(self.0.join(name)))
    }

    /// Those of one file, the oldest first. Where the folder is not there yet there are none.
    fn names(self, path: &Path) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let hash = hash(path);
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if Name::read(&name).is_some_and(|name| name.hash == hash) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn error(self, source: io::Error) -> Error {
        Error::Backup { path: self.0.to_owned(), source }
    }
}

/// What a name says. They are in the order of time.
struct Name<'a> {
    at: i64,
    reason: &'a str,
    hash: &'a str,
}

impl<'a> Name<'a> {
    fn read(name: &'a str) -> Option<Self> {
        let mut parts = name.splitn(4, '-');
        let (at, reason, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = at.len() == 13 && hash.len() == HASH && parts.next().is_some();
        Some(Self { at: at.parse().ok()?, reason, hash }).filter(|_| whole)
    }
}

fn hash(path: &Path) -> String {
    sha256(path.as_os_str().as_encoded_bytes())[..HASH].to_owned()
}

fn now() -> i64 {
    let Timestamp(now) = SystemTime::now().into();
    now
}

fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))
}
