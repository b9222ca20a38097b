//! Table `gaps`: how many rows are missing because they could not be written.

use model::Timestamp;
use rusqlite::Connection;

use crate::{Error, row};

pub(crate) const CREATE: &str = "
    CREATE TABLE gaps (
        at INTEGER NOT NULL,
        lost INTEGER NOT NULL
    ) STRICT;
";

pub(crate) fn insert(connection: &Connection, lost: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO gaps (at, lost) VALUES (CAST(unixepoch('subsec') * 1000 AS INTEGER), ?1)")?
        .execute([i64::try_from(lost).unwrap_or(i64::MAX)])?;
    Ok(())
}

pub(crate) fn prune(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached("DELETE FROM gaps WHERE at < ?1")?.execute([before.0])
}

/// Every gap, the newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<row::Gap>, Error> {
    let mut statement = connection.prepare_cached("SELECT at, lost FROM gaps ORDER BY at DESC, rowid DESC")?;
    let gaps = statement.query_map([], |row| {
        Ok(row::Gap { at: Timestamp(row.get(0)?), lost: row.get::<_, i64>(1)?.try_into().unwrap_or_default() })
    })?;
    Ok(gaps.collect::<Result<_, _>>()?)
}
