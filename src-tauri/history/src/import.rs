//! Taking in what was exported, here or elsewhere.
//!
//! Whatever the rows say of themselves, they are marked [`Reported::Imported`]: they feed no decision and are never run again.

use std::path::Path;
use std::time::{Duration, Instant};

use model::{Answer, Reported, Why};
use rusqlite::{Connection, TransactionBehavior};

use crate::row::{Decision, Event, Exported, Request, Run};
use crate::secrets::Plain;
use crate::sums::Sums;
use crate::{Error, decisions, events, requests, runs, schema};

/// Rows of one transaction: short, because an application may want to write meanwhile.
const TOGETHER: usize = 100;
/// How long it waits for an application that writes.
const BUSY: Duration = Duration::from_secs(10);

/// How many rows an import brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub new: u64,
    /// Of the same id as one that is there, which stays as it is.
    pub known: u64,
}

/// Takes rows into the history at `path`, whether or not an application writes to it; creates it where there is none. Secrets
/// are masked. Blocks until all of it is on the disk. After an error some of the rows may be there, and the same call again
/// brings the others.
pub fn import(path: &Path, rows: impl IntoIterator<Item = Exported>) -> Result<Imported, Error> {
    let mut connection = schema::writer(path)?;
    connection.busy_timeout(BUSY)?;
    let (mut rows, mut imported) = (rows.into_iter().peekable(), Imported::default());
    while rows.peek().is_some() {
        let start = Instant::now();
        write(&mut connection, rows.by_ref().take(TOGETHER), &mut imported)?;
        // Who waits for its turn only looks now and then; without a pause it would hardly get one.
        std::thread::sleep(start.elapsed());
    }
    Ok(imported)
}

fn write(
    connection: &mut Connection,
    rows: impl Iterator<Item = Exported>,
    imported: &mut Imported,
) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut now, mut sums) = (*imported, Sums::default());
    for row in rows {
        if insert(&transaction, row, &mut sums)? { now.new += 1 } else { now.known += 1 }
    }
    sums.store(&transaction)?;
    transaction.commit()?;
    *imported = now;
    Ok(())
}

/// Returns whether it was new.
fn insert(connection: &Connection, row: Exported, sums: &mut Sums) -> Result<bool, Error> {
    let (plain, reported) = (Plain::default(), Reported::Imported);
    match row {
        Exported::Event(row) => {
            let (row, masked) = plain.event(&Event { reported, ..row });
            Ok(events::insert(connection, &row, masked)?)
        }
        Exported::Run(row) => Ok(runs::insert(connection, &plain.run(&Run { reported, ..*row }), sums)?),
        Exported::Request { request, decision, taken } => {
            let (request, masked) = plain.request(&request);
            let new = requests::insert(connection, &request, reported, masked)?;
            if new {
                let decision = decision.unwrap_or_else(|| lost(&request));
                decisions::insert(connection, &Decision { request: request.id.clone(), ..decision })?;
                if let Some(taken) = taken {
                    decisions::update_taken(connection, &request.id, taken)?;
                }
            }
            Ok(new)
        }
    }
}

fn lost(request: &Request) -> Decision {
    Decision {
        request: request.id.clone(),
        at: request.at,
        answer: Answer::nobody(Why::Lost),
        rule: None,
        offered: None,
        waited: Duration::ZERO,
    }
}
