//! How much the spool holds, so that no relay has to read the folder: 24 bytes behind a lock.
//!
//! An account, not the truth: a relay that is killed leaves it wrong, and the app brings it up to date.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock, fstat, openat};
use rustix::io::Errno;

use super::{LEDGER, MOST_BYTES, MOST_FILES, PRIVATE, Spool, is_file, is_ours, make_private};

/// How long a relay waits for the lock.
pub(super) const AGENT_WAITS: Duration = Duration::from_millis(50);
/// How long the app does.
pub(super) const APP_WAITS: Duration = Duration::from_secs(2);

/// Between two tries to get the lock: it is held for some microseconds.
const PAUSE: Duration = Duration::from_millis(1);

const LENGTH: usize = 24;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// Events that had no room since the app last told of it.
    pub(super) dropped: u64,
}

impl Ledger {
    /// Whether one more event of `size` bytes has room. It is counted either way.
    pub(super) fn admit(&mut self, size: u64) -> bool {
        let (files, bytes) = (self.files.saturating_add(1), self.bytes.saturating_add(size));
        let room = files <= MOST_FILES && bytes <= MOST_BYTES;
        if room {
            (self.files, self.bytes) = (files, bytes);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
        room
    }

    /// An event that was admitted could not be written.
    pub(super) fn give_up(&mut self, size: u64) {
        self.files = self.files.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
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

impl Spool {
    /// Reads and changes the account under its lock. `None`: it could not be had within `patience`.
    pub(super) fn account<T>(&self, patience: Duration, change: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        let file = self.locked_ledger(patience)?;
        let mut ledger = Ledger::read(&file);
        let changed = change(&mut ledger);
        // Written even if nothing changed: on a full disk there is room for an account that is there already.
        let _ = file.write_all_at(&ledger.to_bytes(), 0);
        Some(changed)
    }

    pub(super) fn locked_ledger(&self, patience: Duration) -> Option<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(&self.folder, LEDGER, flags, PRIVATE).ok()?);
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
