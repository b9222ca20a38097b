//! What cannot be written is kept, told and written later.

use std::fs;
use std::time::{Duration, Instant};

use history::{Error, Query};
use model::{Answer, Decision};
use rusqlite::Connection;

use crate::support::{History, decision, event, health_until, request};

#[tokio::test]
async fn a_locked_database_delays_and_loses_nothing() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    history.writer.record_request(request("a", 1)).unwrap();
    let start = Instant::now();
    let result = history.writer.record_decision(decision("a", Answer::person(Decision::Allow))).await;
    assert!(matches!(result, Err(Error::Kept(_) | Error::Slow(_))), "{result:?}");
    assert!(start.elapsed() < Duration::from_millis(2_500), "{:?}", start.elapsed());
    let health = health_until(history.writer.health(), |health| health.kept == 2).await;
    assert!(health.failing.is_some_and(|reason| reason.contains("locked")));
    assert_eq!(history.reader.past(&Query::default()).unwrap().rows, [], "reading goes on");

    // Nothing else is recorded: the timer alone must bring it in.
    other.execute_batch("ROLLBACK").unwrap();
    let health = health_until(history.writer.health(), |health| health.failing.is_none()).await;
    assert_eq!((health.kept, health.lost), (0, 0));
    let rows = history.reader.past(&Query::default()).unwrap().rows;
    assert_eq!(rows[0].decision, Some(decision("a", Answer::person(Decision::Allow))));
}

#[tokio::test]
async fn a_short_lock_is_waited_out() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let row = decision("a", Answer::person(Decision::Allow));
    let (result, ()) = tokio::join!(history.writer.record_decision(row), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        other.execute_batch("ROLLBACK").unwrap();
    });
    result.unwrap();
}

#[tokio::test]
async fn a_path_that_cannot_be_opened_keeps_rows_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("state");
    fs::write(&in_the_way, "a file where the folder should be").unwrap();
    let (writer, reader) = history::open(&in_the_way.join("history.db"));
    health_until(writer.health(), |health| health.failing.is_some() && health.kept == 0).await;
    assert!(reader.past(&Query::default()).is_err());

    writer.record_request(request("a", 1)).unwrap();
    let result = writer.record_decision(decision("a", Answer::person(Decision::Allow))).await;
    assert!(matches!(result, Err(Error::Kept(_))), "{result:?}");
    for at in 0..10_050 {
        writer.record_event(event(at)).unwrap();
    }
    let health = health_until(writer.health(), |health| health.kept == 10_000 && health.lost == 52).await;
    assert!(health.failing.is_some());

    fs::remove_file(&in_the_way).unwrap();
    let health = health_until(writer.health(), |health| health.failing.is_none()).await;
    assert_eq!((health.kept, health.lost), (0, 52), "what was lost is not forgotten");
    writer.close().await;
    let rows = reader.past(&Query::default()).unwrap().rows;
    assert_eq!(rows[0].decision, Some(decision("a", Answer::person(Decision::Allow))), "events are given up first");
    assert_eq!(reader.gaps().unwrap().iter().map(|gap| gap.lost).sum::<u64>(), 52);
    let connection = Connection::open(in_the_way.join("history.db")).unwrap();
    let events: i64 = connection.query_row("SELECT count(*) FROM events WHERE at >= 52", [], |row| row.get(0)).unwrap();
    assert_eq!(events, 9_998, "the newest are kept");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let garbage = b"this is no database at all; ".repeat(500);
    fs::write(&path, &garbage).unwrap();
    let (writer, reader) = history::open(&path);
    let health = health_until(writer.health(), |health| health.failing.is_some()).await;
    assert!(health.failing.is_some_and(|reason| reason.contains("not a database")));
    assert!(writer.record_decision(decision("a", Answer::person(Decision::Allow))).await.is_err());
    assert!(reader.past(&Query::default()).is_err());
    writer.close().await;
    assert_eq!(fs::read(&path).unwrap(), garbage);
}

#[tokio::test]
async fn a_damaged_database_is_named() {
    let history = History::new();
    history.writer.record_request(request("a", 1)).unwrap();
    history.settle().await;
    history.writer.close().await;
    // All pages but the first, which holds the header and the schema.
    let mut bytes = fs::read(history.path()).unwrap();
    bytes[4096..].fill(0xA5);
    fs::write(history.path(), &bytes).unwrap();

    let (writer, _reader) = history::open(&history.path());
    let result = writer.record_decision(decision("b", Answer::person(Decision::Allow))).await;
    assert!(result.is_err());
    let health = health_until(writer.health(), |health| health.kept == 1).await;
    assert!(health.failing.as_ref().is_some_and(|reason| reason.contains("malformed")), "{health:?}");
    writer.close().await;
    assert_eq!(fs::read(history.path()).unwrap(), bytes);
}

#[tokio::test]
async fn while_writing_works_a_full_queue_refuses() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The thread waits for the lock and does not yet call that a failure.
    let refused = (0..20_000).find(|at| matches!(history.writer.record_event(event(*at)), Err(Error::Full)));
    assert!(refused.is_some_and(|count| count >= 10_000), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    history.settle().await;
    history.writer.record_event(event(1)).unwrap();
}

#[tokio::test]
async fn the_queue_is_bounded_in_bytes_too() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut row = event(1);
    row.event.payload = "x".repeat(8 << 20);
    let refused = (0..20).find(|_| matches!(history.writer.record_event(row.clone()), Err(Error::Full)));
    assert!(refused.is_some_and(|count| count <= 9), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
}
