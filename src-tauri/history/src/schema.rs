//! Connections and the versioned schema. A version that was released is never changed; a new one is appended.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::{Error, decisions, events, files, gaps, requests};

/// How long a statement waits for another process's lock.
const BUSY: Duration = Duration::from_millis(1500);

const VERSIONS: &[M<'static>] =
    &[M::up(requests::CREATE), M::up(decisions::CREATE), M::up(events::CREATE), M::up(gaps::CREATE)];

/// The writer's connection, with the schema brought up to date. Every commit reaches the disk before it returns.
pub(crate) fn writer(path: &Path) -> Result<Connection, Error> {
    files::prepare(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Reads the header: a file that is no database is refused before anything could be written to it.
    connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Migrations::from_slice(VERSIONS).to_latest(&mut connection)?;
    Ok(connection)
}

/// A reader's connection. It can change nothing.
pub(crate) fn reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_valid() {
        Migrations::from_slice(VERSIONS).validate().unwrap();
    }
}
