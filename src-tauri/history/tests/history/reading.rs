//! Reading without a writer: the command line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use history::{Error, EventQuery, Mark, Reader};
use rusqlite::Connection;

use crate::support::{History, event};

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect()
}

fn count(reader: &Reader) -> usize {
    reader.events(&EventQuery::default()).unwrap().rows.len()
}

#[tokio::test]
async fn a_closed_history_is_read_without_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    // Characters that mean something in a URI.
    let path = folder.path().join("a?b#c%20d ü&e/history.db");
    let (writer, reader) = history::open(&path);
    writer.record_event_committed(event(1)).await.unwrap();
    writer.close().await;
    drop(reader);
    let before = files(path.parent().unwrap());
    assert_eq!(before.keys().collect::<Vec<_>>(), ["history.db"]);

    let reader = history::read(&path);
    assert_eq!(reader.event(&event(1).id).unwrap(), Some(event(1)));
    assert!(files(path.parent().unwrap()) == before);

    // The same reader sees what a writer that comes later writes, and after it has gone again.
    let (writer, other) = history::open(&path);
    writer.record_event_committed(event(2)).await.unwrap();
    assert_eq!(count(&reader), 2);
    writer.close().await;
    assert_eq!(count(&reader), 2);
    drop(other);
}

#[tokio::test]
async fn a_killed_history_is_read_with_its_log() {
    let history = History::new();
    history.writer.record_event_committed(event(1)).await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    for name in ["history.db", "history.db-wal", "history.db-shm"] {
        fs::copy(history.path().with_file_name(name), copy.path().join(name)).unwrap();
    }
    let before = files(copy.path());
    let reader = history::read(&copy.path().join("history.db"));
    assert_eq!(count(&reader), 1);
    drop(reader);
    let after = files(copy.path());
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for name in ["history.db", "history.db-wal"] {
        assert!(after[name] == before[name], "{name}");
    }
}

#[test]
fn a_missing_history_is_named_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["history.db", "no/folder/history.db", "."] {
        let path = folder.path().join(name);
        let result = history::read(&path).events(&EventQuery::default());
        assert!(matches!(&result, Err(Error::Missing(missing)) if *missing == path), "{result:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_file_that_is_no_history_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("empty"), "").unwrap();
    fs::write(path("garbage"), "this is no database at all; ".repeat(500)).unwrap();
    Connection::open(path("foreign")).unwrap().execute_batch("CREATE TABLE events (at)").unwrap();
    let (writer, _) = history::open(&path("newer"));
    writer.close().await;
    Connection::open(path("newer")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = files(folder.path());
    let read = |name: &str| history::read(&path(name)).events(&EventQuery::default());
    assert!(matches!(read("empty"), Err(Error::Version { found: 0, .. })), "{:?}", read("empty"));
    assert!(matches!(read("foreign"), Err(Error::Version { found: 0, .. })));
    assert!(matches!(read("newer"), Err(Error::Version { found: 99, .. })));
    assert!(matches!(read("garbage"), Err(Error::Sqlite(_))));
    assert!(files(folder.path()) == before);
}

#[tokio::test]
async fn a_damaged_history_is_an_error_and_kept() {
    let history = History::new();
    for at in 0..500 {
        history.writer.record_event(event(at)).unwrap();
    }
    history.writer.close().await;
    let copy = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(history.path()).unwrap();
    // All pages but the first, which holds the header and the schema.
    bytes[4096..].fill(0xA5);
    fs::write(copy.path().join("history.db"), &bytes).unwrap();
    let reader = history::read(&copy.path().join("history.db"));
    assert!(matches!(reader.events(&EventQuery::default()), Err(Error::Sqlite(_))));
    let mut mark = Mark::default();
    assert!(reader.events_since(&mut mark, 10).is_err());
    assert_eq!(mark, Mark::default());
    assert!(files(copy.path()) == BTreeMap::from([("history.db".to_owned(), bytes)]));
}
