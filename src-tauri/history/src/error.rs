//! What can go wrong with the history.

use std::path::PathBuf;
use std::time::Duration;

/// Reads after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many rows wait to be written; this one was not taken.
    #[error("queue a row for the history: too many are waiting")]
    Full,
    /// The writer was closed; the row was not taken.
    #[error("write to the history: it is closed")]
    Closed,
    /// No commit in time. The row is kept and written later.
    #[error("write to the history within {0:?}")]
    Slow(Duration),
    /// The write failed. The row is kept and written later.
    #[error("write to the history: {0}")]
    Kept(String),
    #[error("reach the files of the history: {0}")]
    Files(#[from] std::io::Error),
    /// There is no history to read.
    #[error("read the history: there is no file {0}")]
    Missing(PathBuf),
    /// Another version of the program made the file, or it is no history at all.
    #[error("read the history: it has schema {found}, not {expected}")]
    Version { found: i64, expected: usize },
    #[error("use the history database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The schema could not be brought up to date, for instance because a newer version made the file.
    #[error("bring the history database up to date: {0}")]
    Schema(#[from] rusqlite_migration::Error),
    /// The database holds a word this version does not know.
    #[error("understand {word:?} in column {column} of the history")]
    UnknownWord { column: &'static str, word: String },
    #[error("understand the page cursor {0:?}")]
    Cursor(String),
}
