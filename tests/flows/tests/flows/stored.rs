//! What the history of a home holds, as another program reads it.

use std::path::Path;

use api::dto::{Lasts, RuleDraft, SaysDraft, WhatDraft};
use fixtures::Hosted;
use flows::until;
use rusqlite::{Connection, OpenFlags, Row};

/// A row of the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) reported: String,
    pub(crate) name: String,
    pub(crate) session: String,
    pub(crate) request: Option<String>,
}

/// In the order of their commits. None where there is no history yet.
pub(crate) fn events(home: &Path) -> Vec<Event> {
    let read = |row: &Row<'_>| {
        Ok(Event {
            id: row.get(0)?,
            at: row.get(1)?,
            reported: row.get(2)?,
            name: row.get(3)?,
            session: row.get(4)?,
            request: row.get(5)?,
        })
    };
    let rows = |connection: Connection| {
        let sql = "SELECT id, at, reported, event, session, request FROM events ORDER BY number";
        connection.prepare(sql)?.query_map([], read)?.collect()
    };
    open(home).and_then(rows).unwrap_or_default()
}

/// Waits until there are so many.
#[track_caller]
pub(crate) fn events_in(home: &Path, count: usize) -> Vec<Event> {
    until(&format!("{count} events"), || Some(events(home)).filter(|events| events.len() == count))
}

pub(crate) fn count(home: &Path, table: &str) -> i64 {
    let count =
        |connection: Connection| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0));
    open(home).and_then(count).unwrap_or_default()
}

/// How many events the history says are missing.
pub(crate) fn lost(home: &Path) -> i64 {
    let sum =
        |connection: Connection| connection.query_row("SELECT coalesce(sum(lost), 0) FROM gaps", [], |row| row.get(0));
    open(home).and_then(sum).unwrap_or_default()
}

/// To how many requests of the past a rule for this command would speak, and of how many.
pub(crate) fn previewed(app: &Hosted, command: &str) -> (u32, u32) {
    let what = WhatDraft::Command { pattern: format!("{command} **") };
    let draft =
        RuleDraft { agent: None, project: None, session: None, what, says: SaysDraft::Ask, lasts: Lasts::UntilRevoked };
    let preview = app.wait(app.app.preview_rule(draft, None)).expect("the history can be read");
    assert_eq!(preview.unfit, None);
    (preview.count, preview.of)
}

fn open(home: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(api::Paths::below(home).history(), OpenFlags::SQLITE_OPEN_READ_WRITE)
}
