//! The thread that writes: one transaction for what has gathered, then the next.

use std::path::PathBuf;
use std::sync::Arc;

use model::{Reported, Timestamp};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::watch;

use crate::backlog::{Batch, Happened, Write};
use crate::schema::{Durability, Left};
use crate::secrets::Plain;
use crate::shared::{Shared, Step};
use crate::sums::Sums;
use crate::{Error, decisions, events, gaps, requests, runs, schema, sums};

struct Worker {
    path: PathBuf,
    shared: Arc<Shared>,
    connection: Option<Connection>,
    /// What an earlier process left open is ended once; later, undecided requests are this process's own.
    lost_ended: bool,
}

/// Starts the thread. The receiver's sender is dropped when the thread is over, however it ended.
pub(crate) fn start(path: PathBuf, shared: Arc<Shared>) -> watch::Receiver<()> {
    let (running, ended) = watch::channel(());
    let worker = Worker { path, shared: Arc::clone(&shared), connection: None, lost_ended: false };
    let thread = std::thread::Builder::new().name("history".to_owned()).spawn(move || {
        let _running = running;
        worker.run();
    });
    if let Err(error) = thread {
        shared.failed(Batch::default(), Error::from(error).to_string());
        shared.tried();
    }
    ended
}

impl Worker {
    fn run(mut self) {
        // At once, so that the person hears of trouble before the first request.
        if let Err(error) = self.connect() {
            self.fail(Batch::default(), &error);
        }
        self.shared.tried();
        loop {
            match self.shared.next() {
                Step::Write(batch) => self.write(batch),
                Step::Prune(before) => self.prune(before),
                Step::Shrink(bytes) => self.shrink(bytes),
                Step::GiveBack => self.give_back(),
                Step::End => break,
            }
        }
        let left = self.shared.waiting();
        if left > 0 {
            tracing::error!(rows = left, "the history ends with unwritten rows");
        }
        if let Some(connection) = self.connection {
            let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            if let Err(error) = checkpoint {
                tracing::warn!(%error, "the history's log was not folded in");
            }
        }
    }

    fn connect(&mut self) -> Result<&mut Connection, Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => schema::writer(&self.path)?,
        };
        if !self.lost_ended {
            decisions::insert_lost(&connection)?;
            self.lost_ended = true;
        }
        Ok(self.connection.insert(connection))
    }

    fn write(&mut self, batch: Batch) {
        let plain = self.shared.plain();
        match self.connect().and_then(|connection| write(connection, &batch, &plain)) {
            Ok(()) => {
                self.shared.succeeded();
                batch.committed();
            }
            Err(error) => self.fail(batch, &error),
        }
    }

    /// Deletes a little and asks for its next turn.
    fn prune(&mut self, before: Timestamp) {
        match self.tidy(|connection| prune(connection, before)) {
            Some(1..) => {
                // Refused only when the history closes.
                let _ = self.shared.prune(before);
            }
            Some(0) => self.shared.give_back(),
            None => {}
        }
    }

    /// Deletes a little of what is oldest, where that is wanted, and asks for its next turn.
    fn shrink(&mut self, bytes: u64) {
        let shrink = |connection: &mut Connection| match oldest(connection)? {
            Some(before) if schema::size(connection)? > bytes => prune(connection, before),
            _ => Ok(0),
        };
        match self.tidy(shrink) {
            Some(1..) => {
                let _ = self.shared.shrink(bytes);
            }
            Some(0) => self.shared.give_back(),
            None => {}
        }
    }

    fn give_back(&mut self) {
        if self.tidy(|connection| schema::give_back(connection)) == Some(Left::Some) {
            self.shared.give_back();
        }
    }

    /// A failure loses nothing: it is only told to the log.
    fn tidy<T>(&mut self, work: impl FnOnce(&mut Connection) -> Result<T, Error>) -> Option<T> {
        match self.connect().and_then(work) {
            Ok(done) => Some(done),
            Err(error) => {
                tracing::warn!(%error, "the history could not be tidied up");
                self.reconnect_after(&error);
                None
            }
        }
    }

    fn fail(&mut self, batch: Batch, error: &Error) {
        tracing::warn!(%error, "the history could not be written");
        self.reconnect_after(error);
        self.shared.failed(batch, error.to_string());
    }

    fn reconnect_after(&mut self, error: &Error) {
        if !passes_by_itself(error) {
            self.connection = None;
        }
    }
}

fn write(connection: &mut Connection, batch: &Batch, plain: &Plain) -> Result<(), Error> {
    schema::sync(connection, durability(batch))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if batch.lost > 0 {
        gaps::insert(&transaction, batch.lost)?;
    }
    for write in &batch.writes {
        match write {
            Write::Request(row) => {
                let (row, masked) = plain.request(row);
                requests::insert(&transaction, &row, Reported::Live, masked)?;
            }
            Write::Decision(row, _) => decisions::insert(&transaction, row)?,
            Write::Taken(request, taken, _) => decisions::update_taken(&transaction, request, *taken)?,
        }
    }
    let mut ran = Vec::new();
    for happened in &batch.events {
        match happened {
            Happened::Event(row, _) => {
                let (row, masked) = plain.event(row);
                events::insert(&transaction, &row, masked)?;
            }
            Happened::Run(row, _) => ran.push(row),
        }
    }
    // The index of words takes them best in their order.
    ran.sort_by_key(|row| row.run.started);
    let mut sums = Sums::default();
    for row in ran {
        runs::insert(&transaction, &plain.run(row), &mut sums)?;
    }
    sums.store(&transaction)?;
    Ok(transaction.commit()?)
}

/// Agents wait for events, and a flood of them must not wait for the disk each time.
fn durability(batch: &Batch) -> Durability {
    if batch.writes.is_empty() { Durability::Process } else { Durability::Power }
}

/// Deletes one batch of what is older. Returns how many rows; none means that all of it is done.
fn prune(connection: &mut Connection, before: Timestamp) -> Result<usize, Error> {
    schema::sync(connection, Durability::Process)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let deleted = events::prune(&transaction, before)?
        + runs::prune(&transaction, before)?
        + requests::prune(&transaction, before)?
        + decisions::prune(&transaction, before)?
        + gaps::prune(&transaction, before)?;
    sums::prune(&transaction, before)?;
    runs::tidy_words(&transaction)?;
    transaction.commit()?;
    Ok(deleted)
}

/// A time before which there is something to delete, but not much; `None`: there is nothing.
fn oldest(connection: &Connection) -> Result<Option<Timestamp>, Error> {
    let of = |table: &str, at: &str| {
        let some = format!("SELECT {at} AS at FROM {table} ORDER BY {at} LIMIT {}", decisions::PRUNED);
        connection
            .prepare_cached(&format!("SELECT max(at) FROM ({some})"))?
            .query_row([], |row| row.get::<_, Option<i64>>(0))
    };
    let oldest = [of("events", "at")?, of("decisions", "at")?, runs::oldest(connection)?];
    Ok(oldest.into_iter().flatten().min().map(|at| Timestamp(at.saturating_add(1))))
}

/// Whether the same connection may work later. After anything else a new one is made.
fn passes_by_itself(error: &Error) -> bool {
    let Error::Sqlite(error) = error else { return false };
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull))
}

#[cfg(test)]
mod tests {
    use model::{Agent, EventId, HookEvent, RequestId};

    use super::*;
    use crate::row;

    fn event() -> row::Event {
        let event = model::Event::bare(Agent::Codex, HookEvent::Stop, "{}".to_owned());
        row::Event { id: EventId::new("e"), at: Timestamp(1), reported: Reported::Live, event, request: None }
    }

    #[test]
    fn only_what_is_more_than_events_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = schema::writer(&folder.path().join("history.db")).unwrap();
        let mut check = |batch: Batch, expected: i64| {
            write(&mut connection, &batch, &Plain::default()).unwrap();
            let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
            assert_eq!(synchronous, expected);
        };
        let (normal, full) = (1, 2);
        let taken = || vec![Write::Taken(RequestId::new("r"), true, None)];
        check(Batch { events: vec![Happened::Event(Box::new(event()), None)], ..Batch::default() }, normal);
        check(
            Batch { writes: taken(), events: vec![Happened::Event(Box::new(event()), None)], ..Batch::default() },
            full,
        );
        check(Batch { events: vec![Happened::Event(Box::new(event()), None)], ..Batch::default() }, normal);
        check(Batch { writes: taken(), ..Batch::default() }, full);
    }
}
