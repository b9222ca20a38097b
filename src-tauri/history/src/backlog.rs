//! Rows that wait to be written, bounded in number and bytes.

use std::collections::VecDeque;

use model::RequestId;
use tokio::sync::oneshot;

use crate::{Error, row};

const MOST_ROWS: usize = 10_000;
const MOST_BYTES: usize = 64 << 20;
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 8 << 20;

/// Hears once whether a row is committed.
pub(crate) type Committed = oneshot::Sender<Result<(), Error>>;

/// A row other than an event. Their order counts: a decision follows its request.
pub(crate) enum Write {
    Request(row::Request),
    Decision(row::Decision, Option<Committed>),
    Taken(RequestId, bool, Option<Committed>),
}

/// What agents did, which is given up first.
pub(crate) enum Happened {
    /// With who waits for its commit.
    Event(Box<row::Event>, Option<Committed>),
    Run(Box<row::Run>, Option<Committed>),
}

/// What one transaction writes.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) writes: Vec<Write>,
    pub(crate) events: Vec<Happened>,
    /// Rows dropped so far of which the database does not know yet.
    pub(crate) lost: u64,
}

impl Batch {
    /// Everybody who waits for a commit hears of it.
    pub(crate) fn committed(self) {
        for mut write in self.writes {
            hear(waiting(&mut write), Ok(()));
        }
        for happened in self.events {
            hear(happened.committed(), Ok(()));
        }
    }
}

impl Happened {
    fn bytes(&self) -> usize {
        match self {
            Self::Event(row, _) => row.event.payload.len() + row.event.prompt.as_ref().map_or(0, String::len),
            Self::Run(row, _) => {
                let entries: usize = row.run.entries.iter().map(|entry| entry.text.len()).sum();
                let told: usize = row.told.iter().flat_map(|told| &told.entries).map(|(_, text)| text.len()).sum();
                entries
                    + told
                    + row.command.len()
                    + row.input.text.len()
                    + row.stdout.text.len()
                    + row.stderr.text.len()
            }
        }
    }

    fn committed(self) -> Option<Committed> {
        match self {
            Self::Event(_, committed) | Self::Run(_, committed) => committed,
        }
    }
}

/// The waiting rows. Events and their runs are apart because they are given up first; no other row refers to them.
#[derive(Default)]
pub(crate) struct Backlog {
    writes: VecDeque<Write>,
    events: VecDeque<Happened>,
    bytes: usize,
    lost: u64,
}

impl Backlog {
    pub(crate) fn len(&self) -> usize {
        self.writes.len() + self.events.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0 && self.lost == 0
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= MOST_ROWS || self.bytes >= MOST_BYTES
    }

    /// Notes rows that somebody else had to drop.
    pub(crate) fn push_lost(&mut self, rows: u64) {
        self.lost += rows;
    }

    pub(crate) fn push_happened(&mut self, happened: Happened) {
        self.bytes += happened.bytes();
        self.events.push_back(happened);
    }

    pub(crate) fn push(&mut self, write: Write) {
        self.bytes += write_bytes(&write);
        self.writes.push_back(write);
    }

    /// Takes the next transaction's rows, decisions and requests first.
    pub(crate) fn take(&mut self) -> Batch {
        let mut batch = Batch { lost: std::mem::take(&mut self.lost), ..Batch::default() };
        let before = self.bytes;
        let room = |rows: usize, bytes: usize| rows < BATCH_ROWS && before - bytes < BATCH_BYTES;
        while room(batch.writes.len(), self.bytes)
            && let Some(write) = self.writes.pop_front()
        {
            self.bytes -= write_bytes(&write);
            batch.writes.push(write);
        }
        while room(batch.writes.len() + batch.events.len(), self.bytes)
            && let Some(event) = self.events.pop_front()
        {
            self.bytes -= event.bytes();
            batch.events.push(event);
        }
        batch
    }

    /// Takes back what could not be written, in its old place.
    pub(crate) fn put_back(&mut self, batch: Batch) {
        self.lost += batch.lost;
        for write in batch.writes.into_iter().rev() {
            self.bytes += write_bytes(&write);
            self.writes.push_front(write);
        }
        for event in batch.events.into_iter().rev() {
            self.bytes += event.bytes();
            self.events.push_front(event);
        }
    }

    /// Everybody who waits for a commit hears that the row is kept, and why.
    pub(crate) fn tell(&mut self, reason: &str) {
        for write in &mut self.writes {
            hear(waiting(write), Err(Error::Kept(reason.to_owned())));
        }
        for happened in &mut self.events {
            let (Happened::Event(_, committed) | Happened::Run(_, committed)) = happened;
            hear(committed.take(), Err(Error::Kept(reason.to_owned())));
        }
    }

    /// Gives up the oldest events, and when there are none the oldest other rows, until the rest fits. Returns how many.
    pub(crate) fn trim(&mut self) -> u64 {
        let mut dropped = 0;
        while self.len() > MOST_ROWS || self.bytes > MOST_BYTES {
            if let Some(happened) = self.events.pop_front() {
                self.bytes -= happened.bytes();
                hear(happened.committed(), Err(Error::Full));
            } else if let Some(mut write) = self.writes.pop_front() {
                self.bytes -= write_bytes(&write);
                hear(waiting(&mut write), Err(Error::Full));
            }
            dropped += 1;
        }
        self.lost += dropped;
        dropped
    }
}

/// Takes out who waits for this row's commit.
fn waiting(write: &mut Write) -> Option<Committed> {
    match write {
        Write::Decision(_, committed) | Write::Taken(.., committed) => committed.take(),
        Write::Request(_) => None,
    }
}

fn hear(committed: Option<Committed>, result: Result<(), Error>) {
    if let Some(committed) = committed {
        // Who no longer waits need not hear it.
        let _ = committed.send(result);
    }
}

fn write_bytes(write: &Write) -> usize {
    match write {
        Write::Request(row) => row.shown.len() + row.summary.len(),
        Write::Decision(row, _) => match row.answer.decision() {
            model::Decision::Deny { message } => message.len(),
            model::Decision::Allow | model::Decision::NoDecision => 0,
        },
        Write::Taken(..) => 0,
    }
}
