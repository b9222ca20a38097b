//! Connections and the versioned schema. A version that was released is never changed; a new one is appended.

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::{Error, decisions, events, files, gaps, requests, runs};

/// How long a statement waits for another process's lock.
const BUSY: Duration = Duration::from_millis(1500);

const VERSIONS: &[M<'static>] = &[
    M::up(requests::CREATE),
    M::up(decisions::CREATE),
    M::up(events::CREATE),
    M::up(gaps::CREATE),
    M::up(decisions::NUMBER),
    M::up(events::NAME),
    M::up(decisions::HOOK),
    M::up(runs::CREATE),
    M::up(decisions::RULE),
    M::up(events::REQUEST),
];

/// What a commit outlives once it returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The death of this process.
    Process,
    /// A power cut as well. Commits before it are then on the disk too.
    Power,
}

/// The writer's connection, with the schema brought up to date.
pub(crate) fn writer(path: &Path) -> Result<Connection, Error> {
    files::prepare(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Reads the header: a file that is no database is refused before anything could be written to it.
    connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    sync(&connection, Durability::Power)?;
    Migrations::from_slice(VERSIONS).to_latest(&mut connection)?;
    Ok(connection)
}

/// Sets what the next transactions outlive. Not within one.
pub(crate) fn sync(connection: &Connection, durability: Durability) -> Result<(), Error> {
    let word = match durability {
        Durability::Process => "NORMAL",
        Durability::Power => "FULL",
    };
    Ok(connection.pragma_update(None, "synchronous", word)?)
}

/// A reader's connection to a database that others may write to. It can change nothing.
pub(crate) fn reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    check_version(connection)
}

/// A reader's connection to a database that nobody writes to. Unlike [`reader`] it leaves no companion files behind, and it
/// does not see when somebody begins to write.
pub(crate) fn reader_at_rest(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(uri, "%{byte:02x}");
    }
    uri.push_str("?immutable=1");
    check_version(Connection::open_with_flags(uri, flags)?)
}

fn check_version(connection: Connection) -> Result<Connection, Error> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let expected = VERSIONS.len();
    if usize::try_from(found) == Ok(expected) { Ok(connection) } else { Err(Error::Version { found, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_valid() {
        Migrations::from_slice(VERSIONS).validate().unwrap();
    }
}
