//! Connections and the versioned schema. A version that was released is never changed; a new one is appended.

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{HookError, M, Migrations};

use crate::{Error, decisions, events, files, gaps, requests, runs, sums};

/// More than are used in turn.
const STATEMENTS: usize = 64;
/// How long a statement waits for another process's lock.
const BUSY: Duration = Duration::from_millis(1500);

fn versions() -> Vec<M<'static>> {
    vec![
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
        M::up(runs::EVERY),
        M::up_with_hook(runs::WORDS, |transaction| runs::find_words(transaction).map_err(hook_error)),
        M::up(events::MASKED),
        M::up(requests::MASKED),
        M::up_with_hook(sums::CREATE, |transaction| sums::count(transaction).map_err(hook_error)),
        M::up(requests::ENDED),
        M::up(events::NAMES),
        M::up(runs::TERMS),
        M::up(runs::TURNS),
        M::up(decisions::OFFERED),
        M::up(runs::TOLD),
    ]
}

/// Below this a file is made anew in one go, so that it can give room back from then on. Larger ones stay as they are: their
/// room is used again, but not given back.
const MADE_ANEW: i64 = 64 << 20;
/// How many pages one turn gives back.
const GIVEN_BACK: i64 = 256;

fn hook_error(error: Error) -> HookError {
    HookError::Hook(error.to_string())
}

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
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Reads the header: a file that is no database is refused before anything could be written to it.
    connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
    // Later it would take the whole file to be made anew.
    if connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))? == 0 {
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // Folded in more seldom, and with more of it at hand, the log costs less when much is written.
    connection.pragma_update(None, "wal_autocheckpoint", 8_000)?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    sync(&connection, Durability::Power)?;
    Migrations::new(versions()).to_latest(&mut connection)?;
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

/// How many bytes the rows take, without room that is free.
pub(crate) fn size(connection: &Connection) -> Result<u64, Error> {
    let sql = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    let bytes: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(bytes.try_into().unwrap_or_default())
}

/// Gives some free room back to the disk. Returns whether there may be more.
pub(crate) fn give_back(connection: &Connection) -> Result<Left, Error> {
    let number = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let free = number("freelist_count")?;
    if free == 0 {
        return Ok(Left::Nothing);
    }
    let incremental = 2;
    if number("auto_vacuum")? != incremental {
        if number("page_count")? * number("page_size")? <= MADE_ANEW {
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
            connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(PASSIVE)")?;
        }
        return Ok(Left::Nothing);
    }
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({GIVEN_BACK})"))?;
    let mut pages = statement.query([])?;
    while pages.next()?.is_some() {}
    if free > GIVEN_BACK {
        return Ok(Left::Some);
    }
    // Only now does the file itself become shorter.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(Left::Nothing)
}

/// Whether there is more of it to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Some,
    Nothing,
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
    let expected = versions().len();
    if usize::try_from(found) == Ok(expected) { Ok(connection) } else { Err(Error::Version { found, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_valid() {
        Migrations::new(versions()).validate().unwrap();
    }

    #[test]
    fn runs_of_before_agents_told_of_theirs_stay_as_they_are() {
        let mut connection = Connection::open_in_memory().unwrap();
        let before = versions().iter().position(|version| *version == M::up(runs::TOLD)).unwrap();
        Migrations::new(versions()).to_version(&mut connection, before).unwrap();
        let row = "INSERT INTO runs SELECT 7, 'id', 1, 'recorded', 'live', NULL, 0, 'codex', 's', 't', NULL, NULL, NULL, NULL, NULL,
            NULL, 'stop:0:/h', 'Stop', 'command', 'sync', 'user', '/h', NULL, NULL, 5, 9, 4000, 'blocked', 2, NULL, 'sent', 0, 0, 0,
            0, 'guard', '[]'";
        connection.execute(row, []).unwrap();
        connection.execute("INSERT INTO outputs VALUES (1, 7, 'in', 'out', 'err')", []).unwrap();
        Migrations::new(versions()).to_latest(&mut connection).unwrap();
        let run = runs::one(&connection, &model::RunId::new("id")).unwrap().unwrap();
        assert_eq!((run.command.as_str(), run.stdout.text.as_str(), run.told), ("guard", "out", None));
    }
}
