//! What happened, on disk: hook events, runs of hooks, permission requests and decisions in one SQLite file.
//!
//! This crate holds the only SQL of the product, one file per table. A thread of its own writes; readers have a read-only
//! connection of their own. Nothing here waits for the disk on a caller's behalf except [`Writer::record_decision`], for two
//! seconds at most, [`Writer::record_event_committed`], for one, and [`import`]. What cannot be written is kept in memory and
//! written later; what had to be dropped is counted and noted in the database.

mod backlog;
mod conditions;
pub mod csv;
mod decisions;
mod error;
mod events;
mod files;
mod gaps;
mod import;
mod insights;
mod packed;
#[cfg(test)]
mod plan;
mod query;
mod reader;
mod requests;
pub mod row;
mod runs;
mod schema;
mod secrets;
mod shared;
mod sums;
mod words;
mod worker;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use error::Error;
pub use import::{Imported, import};
pub use insights::{Day, HookSum, Insights};
pub use query::{
    ByKind, Cursor, DecisionKind, EventCursor, EventPage, EventQuery, Mark, Page, Query, RunCursor, RunPage, RunQuery,
};
pub use reader::Reader;
pub use secrets::Secrets;
pub use shared::Health;
pub use writer::Writer;

/// Opens the history at `path`, creating file and folder where they are missing.
///
/// Returns at once and never fails: the writer's thread does the opening. Trouble shows in [`Writer::health`] and in results.
pub fn open(path: &Path) -> (Writer, Reader) {
    let shared = Arc::new(shared::Shared::default());
    let ended = worker::start(path.to_owned(), Arc::clone(&shared));
    (Writer::new(Arc::clone(&shared), ended), Reader::new(path.to_owned(), Some(shared)))
}

/// Reads the history at `path`, whether or not somebody writes to it. Changes nothing in it and creates no file where nobody
/// writes; where there is no history, every call says so.
pub fn read(path: &Path) -> Reader {
    Reader::new(path.to_owned(), None)
}
