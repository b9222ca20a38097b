//! One running Hookwright per data folder.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::{Error, Paths};

/// Held for as long as this Hookwright runs; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, never read")] Option<File>);

impl Lock {
    /// `None`: another Hookwright has this data folder.
    ///
    /// Where the data folder takes no file (a full disk, a read-only home), the lock is beside the socket. Where that folder takes
    /// none either there is none, and no endpoint that two could fight for.
    pub fn take(paths: &Paths) -> Result<Option<Self>, Error> {
        let beside_socket = paths.socket()?.with_file_name("lock");
        let Ok(file) = open(&paths.lock()).or_else(|_| open(&beside_socket)) else { return Ok(Some(Self(None))) };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(Some(file)))),
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(None),
            Err(error) => Err(Error::File { path: paths.lock(), source: error.into() }),
        }
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
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)
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
