//! The relay's side.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::{End, How, KIND, MOST, Runs, Sizes, Start, Stream, record};
use crate::{Error, event, folder};

/// Room that is left for the end.
pub(super) const RESERVE: u64 = 1024;

/// A journal that is being written. The lock on it tells that its run is not over.
#[derive(Debug)]
pub struct Journal {
    runs: Runs,
    name: OsString,
    file: File,
    /// What stands in the file, in whole records.
    pub(super) written: u64,
    seen: Sizes,
    /// The disk takes no more.
    failed: bool,
}

impl Journal {
    /// Begins the journal of a run that starts now. What cannot be kept is counted as dropped.
    pub fn begin(runs: Runs, start: &Start) -> Result<Self, Error> {
        // The hook waits: whoever has the account at this moment keeps it.
        if !runs.admits(Duration::ZERO, 0) {
            return Err(Error::Full);
        }
        let mut first = Vec::with_capacity(1024);
        record::start(&mut first, start);
        let name = folder::name(start.at, &start.id, KIND);
        let begun = runs.add(&start.id, &name, |file| {
            flock(&*file, FlockOperation::NonBlockingLockExclusive)?;
            file.write_all(&first)
        });
        let file = match begun {
            Ok(file) => file,
            Err(error) => {
                runs.account(folder::AGENT_WAITS, |ledger| ledger.give_up(0));
                return Err(error);
            }
        };
        let (name, written) = (name.into(), first.len() as u64);
        Ok(Self { runs, name, file, written, seen: Sizes::default(), failed: false })
    }

    /// Notes what flows, at once: a run that is killed leaves what it did so far.
    pub fn add(&mut self, stream: Stream, bytes: &[u8]) {
        let kept = self.seen.room(stream, bytes.len());
        *self.seen.of(stream) += bytes.len() as u64;
        if kept > 0 && !self.failed {
            let mut piece = Vec::with_capacity(kept + record::HEADER);
            record::piece(&mut piece, stream, &bytes[..kept]);
            if self.written + piece.len() as u64 + RESERVE <= MOST {
                self.write(&piece);
            }
        }
    }

    fn write(&mut self, record: &[u8]) {
        match self.file.write_all(record) {
            Ok(()) => self.written += record.len() as u64,
            Err(_) => self.failed = true,
        }
    }

    /// The run is over.
    pub fn end(mut self, how: How, took: Duration) {
        let [input, stdout, stderr] = self.seen.0;
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut end = Vec::new();
        record::end(&mut end, &End { at: event::now(), took, how, input, stdout, stderr });
        if !self.failed {
            self.write(&end);
        }
        if !self.failed || self.write_where_it_failed(&end).is_ok() {
            let size = self.written;
            self.runs.account(Duration::ZERO, |ledger| ledger.bytes = ledger.bytes.saturating_add(size));
        } else {
            // Without its end it would seem to have been killed.
            self.give_up();
        }
    }

    /// Nothing is kept of the run, and it is counted as dropped.
    pub fn give_up(self) {
        let _ = self.runs.remove(&self.name);
        self.runs.account(folder::AGENT_WAITS, |ledger| ledger.give_up(0));
    }

    /// Behind the last whole record there may be room for this one.
    fn write_where_it_failed(&mut self, record: &[u8]) -> io::Result<()> {
        self.file.set_len(self.written)?;
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(record)
    }
}
