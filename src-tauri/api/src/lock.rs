//! One running Hookwright per data folder.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustix::fs::{FlockOperation, OFlags, flock};

use crate::mutex::lock;
use crate::whole::Kept;
use crate::{Error, Paths};

/// Held for as long as this Hookwright runs; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(Option<Held>);

#[derive(Debug)]
struct Held {
    path: PathBuf,
    file: Mutex<File>,
}

impl Lock {
    /// `None`: another Hookwright has this data folder.
    ///
    /// Where the data folder takes no file (a full disk, a read-only home), the lock is beside the socket. Where that folder takes
    /// none either there is none, and no endpoint that two could fight for.
    pub fn take(paths: &Paths) -> Result<Option<Self>, Error> {
        let beside_socket = paths.socket()?.with_file_name("lock");
        let opened = [paths.lock(), beside_socket].into_iter().find_map(|path| Some((open(&path).ok()?, path)));
        let Some((file, path)) = opened else { return Ok(Some(Self(None))) };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(Some(Held { path, file: Mutex::new(file) })))),
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(None),
            Err(error) => Err(Error::File { path, source: error.into() }),
        }
    }

    /// Takes it again where its file was removed or replaced: without that a second Hookwright could start.
    pub(crate) fn keep(&self) -> Result<Kept, Error> {
        let Some(Held { path, file }) = &self.0 else { return Ok(Kept::Untouched) };
        let mut file = lock(file);
        let retake = || -> io::Result<Option<File>> {
            let held = file.metadata()?;
            match fs::symlink_metadata(path) {
                Ok(meta) if (meta.dev(), meta.ino()) == (held.dev(), held.ino()) => return Ok(None),
                Ok(meta) if !meta.is_file() => fs::remove_file(path)?,
                Ok(_) | Err(_) => {}
            }
            let again = open(path)?;
            flock(&again, FlockOperation::NonBlockingLockExclusive)?;
            Ok(Some(again))
        };
        match retake().map_err(|source| Error::File { path: path.clone(), source })? {
            Some(again) => *file = again,
            None => return Ok(Kept::Untouched),
        }
        Ok(Kept::PutBack)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> Option<&Path> {
        Some(&self.0.as_ref()?.path)
    }

    /// Whether a Hookwright has this data folder. Makes no file.
    pub(crate) fn is_held(paths: &Paths) -> bool {
        let taken = |file| flock(file, FlockOperation::NonBlockingLockShared) == Err(rustix::io::Errno::WOULDBLOCK);
        let held = |path: &Path| File::open(path).is_ok_and(taken);
        held(&paths.lock()) || paths.socket().is_ok_and(|socket| held(&socket.with_file_name("lock")))
    }
}

fn open(path: &Path) -> io::Result<File> {
    let folder = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).custom_flags(flags).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_data_folder_it_is_beside_the_socket() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        std::fs::write(paths.state(), "no folder").unwrap();
        let first = Lock::take(&paths).unwrap();
        assert!(first.is_some());
        assert!(Lock::take(&paths).unwrap().is_none());
    }

    #[test]
    fn whoever_takes_its_file_away_opens_the_door_for_nobody() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let lock = Lock::take(&paths).unwrap().unwrap();
        assert_eq!(lock.keep().unwrap(), Kept::Untouched);
        let tamper: [&dyn Fn(); 3] = [
            &|| fs::remove_file(paths.lock()).unwrap(),
            &|| fs::rename(paths.lock(), home.path().join("away")).unwrap(),
            &|| {
                fs::remove_file(paths.lock()).unwrap();
                std::os::unix::fs::symlink("elsewhere", paths.lock()).unwrap();
            },
        ];
        for tampered in tamper {
            tampered();
            assert_eq!(lock.keep().unwrap(), Kept::PutBack);
            assert_eq!(lock.keep().unwrap(), Kept::Untouched);
            assert!(Lock::take(&paths).unwrap().is_none());
        }
        fs::remove_file(paths.lock()).unwrap();
        let _second = Lock::take(&paths).unwrap().unwrap();
        assert!(lock.keep().unwrap_err().to_string().contains("lock"));
    }

    #[test]
    fn one_holds_it_and_the_next_gets_it_after() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let first = Lock::take(&paths).unwrap();
        assert!(first.is_some());
        assert!(Lock::take(&paths).unwrap().is_none());
        drop(first);
        assert!(Lock::take(&paths).unwrap().is_some());
    }
}
