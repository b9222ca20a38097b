//! The thread that writes: one transaction for what has gathered, then the next.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::watch;

use crate::backlog::{Batch, Write};
use crate::shared::{Shared, Step};
use crate::{Error, decisions, events, gaps, requests, schema};

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
        while let Step::Write(batch) = self.shared.next() {
            self.write(batch);
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
        match self.connect().and_then(|connection| write(connection, &batch)) {
            Ok(()) => {
                self.shared.succeeded();
                for write in batch.writes {
                    if let Write::Decision(_, Some(committed)) = write {
                        // Who no longer waits need not hear it.
                        let _ = committed.send(Ok(()));
                    }
                }
            }
            Err(error) => self.fail(batch, &error),
        }
    }

    fn fail(&mut self, batch: Batch, error: &Error) {
        tracing::warn!(%error, "the history could not be written");
        if !passes_by_itself(error) {
            self.connection = None;
        }
        self.shared.failed(batch, error.to_string());
    }
}

fn write(connection: &mut Connection, batch: &Batch) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if batch.lost > 0 {
        gaps::insert(&transaction, batch.lost)?;
    }
    for write in &batch.writes {
        match write {
            Write::Request(row) => requests::insert(&transaction, row)?,
            Write::Decision(row, _) => decisions::insert(&transaction, row)?,
            Write::Taken(request, taken) => decisions::update_taken(&transaction, request, *taken)?,
        }
    }
    for row in &batch.events {
        events::insert(&transaction, row)?;
    }
    Ok(transaction.commit()?)
}

/// Whether the same connection may work later. After anything else a new one is made.
fn passes_by_itself(error: &Error) -> bool {
    let Error::Sqlite(error) = error else { return false };
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull))
}
