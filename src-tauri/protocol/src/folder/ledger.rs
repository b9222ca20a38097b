//! How much the folder holds, so that no relay has to read it: 24 bytes behind a lock.
//!
//! An account, not the truth: a relay that is killed leaves it wrong, and the app brings it up to date.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, FlockOperation, OFlags, flock, fstat, openat, statat};
use rustix::io::Errno;

use super::{Folder, LEDGER, PRIVATE, Room, is_file, is_ours, make_private};
use crate::Error;

/// How long a relay waits for the lock.
pub(crate) const AGENT_WAITS: Duration = Duration::from_millis(50);
/// How long the app does.
const APP_WAITS: Duration = Duration::from_secs(2);

/// Between two tries to get the lock: it is held for some microseconds.
const PAUSE: Duration = Duration::from_millis(1);

const LENGTH: usize = 24;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// What had no room since the app last told of it.
    pub(crate) dropped: u64,
}

impl Ledger {
    /// Whether one more file of `size` bytes has room. It is counted either way.
    pub(crate) fn admit(&mut self, room: Room, size: u64) -> bool {
        let (files, bytes) = (self.files.saturating_add(1), self.bytes.saturating_add(size));
        let admitted = files <= room.files && bytes <= room.bytes;
        if admitted {
            (self.files, self.bytes) = (files, bytes);
        } else {
            self.drop_one();
        }
        admitted
    }

    /// A file that was admitted could not be written.
    pub(crate) fn give_up(&mut self, size: u64) {
        self.files = self.files.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
        self.drop_one();
    }

    fn drop_one(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
    }

    /// Anything that is not an account counts as an empty one.
    fn read(file: &File) -> Self {
        // Room for one byte more tells a longer file.
        let mut bytes = [0; LENGTH + 1];
        if !file.read_at(&mut bytes, 0).is_ok_and(|length| length == LENGTH) {
            return Self::default();
        }
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        Self { files: number(0), bytes: number(8), dropped: number(16) }
    }

    fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        for (place, number) in bytes.chunks_exact_mut(8).zip([self.files, self.bytes, self.dropped]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }
}

impl Folder {
    /// Whether there is room for a file of `size` bytes. Where the ledger cannot be had in time, the file counts more than the
    /// account of it.
    pub(crate) fn admits(&self, patience: Duration, size: u64) -> bool {
        self.account(patience, |ledger| ledger.admit(self.room, size)) != Some(false)
    }

    /// Counts what cannot be kept.
    pub fn count_dropped(&self) {
        self.account(AGENT_WAITS, Ledger::drop_one);
    }

    /// How much was dropped and not yet told of.
    pub fn dropped(&self) -> u64 {
        self.account(APP_WAITS, |ledger| ledger.dropped).unwrap_or(0)
    }

    /// Brings the account up to date with what is in the folder. `told` of the dropped ones are done with.
    pub fn settle(&self, told: u64) -> Result<(), Error> {
        self.account(APP_WAITS, |ledger| {
            let names = self.list()?;
            let sizes = names.iter().filter_map(|name| statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).ok());
            ledger.bytes = sizes.filter(is_file).map(|stat| u64::try_from(stat.st_size).unwrap_or(0)).sum();
            ledger.files = names.len() as u64;
            ledger.dropped = ledger.dropped.saturating_sub(told);
            Ok(())
        })
        .unwrap_or(Err(Error::TimedOut))
    }

    /// Reads and changes the account under its lock. `None`: it could not be had within `patience`.
    pub(crate) fn account<T>(&self, patience: Duration, change: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        let file = self.locked_ledger(patience)?;
        let before = Ledger::read(&file);
        let mut ledger = before;
        let changed = change(&mut ledger);
        // An empty one is written too: on a full disk there is room for an account that is there already. Otherwise only what
        // changed, lest who watches the folder wakes itself by looking.
        if ledger != before || !file.metadata().is_ok_and(|meta| meta.len() == LENGTH as u64) {
            let _ = file.write_all_at(&ledger.to_bytes(), 0);
        }
        Some(changed)
    }

    pub(crate) fn locked_ledger(&self, patience: Duration) -> Option<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(&self.handle, LEDGER, flags, PRIVATE).ok()?);
        let stat = fstat(&file).ok()?;
        if !is_file(&stat) || !is_ours(&stat) {
            return None;
        }
        make_private(&file).ok()?;
        let until = Instant::now() + patience;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Some(file),
                Err(Errno::WOULDBLOCK | Errno::INTR) if Instant::now() < until => sleep(PAUSE),
                Err(_) => return None,
            }
        }
    }
}
