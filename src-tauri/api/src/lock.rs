//! One running Hookwright per data folder.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::{FlockOperation, flock};

use crate::{Error, Paths};

/// Held for as long as this Hookwright runs; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    /// `None`: another Hookwright has this data folder.
    pub fn take(paths: &Paths) -> Result<Option<Self>, Error> {
        paths.prepare()?;
        let path = paths.lock();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|source| Error::File { path: path.clone(), source })?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(file))),
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(None),
            Err(error) => Err(Error::File { path, source: error.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
