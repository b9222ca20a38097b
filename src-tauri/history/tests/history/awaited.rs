//! Events somebody waits for: stored once, committed when it is said, together in few transactions.

use std::fs;

use history::{Error, row};
use model::Answer;
use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::support::{History, decision, event, health_until};

#[tokio::test]
async fn committed_is_committed_for_everybody() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    for at in 0..20 {
        history.writer.record_event_committed(event(at)).await.unwrap();
        let newest: i64 = other.query_row("SELECT max(at) FROM events", [], |row| row.get(0)).unwrap();
        assert_eq!(newest, at);
    }
}

#[tokio::test]
async fn a_committed_event_survives_a_kill() {
    let history = History::new();
    history.writer.record_event_committed(event(1)).await.unwrap();
    // The files as they are at this instant are what a kill would leave.
    let copy = tempfile::tempdir().unwrap();
    for name in ["history.db", "history.db-wal"] {
        fs::copy(history.path().with_file_name(name), copy.path().join(name)).unwrap();
    }
    let reader = history::read(&copy.path().join("history.db"));
    assert_eq!(reader.event(&event(1).id).unwrap(), Some(event(1)));
}

#[tokio::test]
async fn the_first_row_of_an_id_counts_also_at_the_same_time() {
    let history = History::new();
    history.writer.record_event_committed(event(1)).await.unwrap();
    let again = |at| row::Event { id: event(1).id, ..event(at) };
    let mut waiting = JoinSet::new();
    for at in 2..100 {
        let writer = history.writer.clone();
        waiting.spawn(async move { writer.record_event_committed(again(at)).await });
        history.writer.record_event(again(at)).unwrap();
    }
    assert!(waiting.join_all().await.iter().all(Result::is_ok), "what is there already counts as committed");
    history.settle().await;
    assert_eq!(history.reader.events(&Default::default()).unwrap().rows, [event(1)]);
}

#[tokio::test]
async fn many_who_wait_share_transactions() {
    let history = History::new();
    history.settle().await;
    // A reader that stays keeps the log from starting over.
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM events").unwrap();
    let before = commits(&history);
    let mut waiting = JoinSet::new();
    for at in 0..5_000 {
        let writer = history.writer.clone();
        waiting.spawn(async move { writer.record_event_committed(event(at)).await });
    }
    assert!(waiting.join_all().await.iter().all(Result::is_ok));
    let transactions = commits(&history) - before;
    println!("5000 events in {transactions} transactions");
    assert!((1..=100).contains(&transactions), "{transactions}");
    other.execute_batch("ROLLBACK").unwrap();
    let rows: i64 = other.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 5_000);
}

/// The transactions in the log: the last frame of each one carries the size of the database.
fn commits(history: &History) -> usize {
    let log = fs::read(history.path().with_file_name("history.db-wal")).unwrap();
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    let salts = &log[16..24];
    let frames = log[32..].chunks_exact(24 + page);
    frames.filter(|frame| frame[4..8] != [0; 4] && &frame[8..16] == salts).count()
}

#[tokio::test]
async fn who_waits_hears_in_time_that_it_is_slow_and_the_row_comes_later() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let result = history.writer.record_event_committed(event(1)).await;
    assert!(matches!(result, Err(Error::Slow(_))), "{result:?}");
    health_until(history.writer.health(), |health| health.kept == 1).await;
    other.execute_batch("ROLLBACK").unwrap();
    health_until(history.writer.health(), |health| health.failing.is_none()).await;
    assert_eq!(history.reader.event(&event(1).id).unwrap(), Some(event(1)));
}

#[tokio::test]
async fn while_writing_works_a_full_queue_refuses() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    while history.writer.record_event(event(1)).is_ok() {}
    assert!(matches!(history.writer.record_event_committed(event(2)).await, Err(Error::Full)));
    other.execute_batch("ROLLBACK").unwrap();
    history.settle().await;
    history.writer.record_event_committed(event(2)).await.unwrap();
}

#[tokio::test]
async fn while_writing_fails_who_waits_hears_that_the_row_is_kept_or_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("state");
    fs::write(&in_the_way, "a file where the folder should be").unwrap();
    let (writer, reader) = history::open(&in_the_way.join("history.db"));
    health_until(writer.health(), |health| health.failing.is_some()).await;
    let result = writer.record_event_committed(event(1)).await;
    assert!(matches!(result, Err(Error::Kept(_))), "{result:?}");

    let mut waiting = JoinSet::new();
    for at in 2..=10_100 {
        let writer = writer.clone();
        waiting.spawn(async move { writer.record_event_committed(event(at)).await });
    }
    for result in waiting.join_all().await {
        assert!(matches!(result, Err(Error::Kept(_) | Error::Full | Error::Slow(_))), "{result:?}");
    }
    health_until(writer.health(), |health| health.kept == 10_000 && health.lost == 100).await;
    writer.record_gap(7).unwrap();
    fs::remove_file(&in_the_way).unwrap();
    writer.close().await;
    assert_eq!(reader.event(&event(10_100).id).unwrap(), Some(event(10_100)));
    assert_eq!(reader.gaps().unwrap().iter().map(|gap| gap.lost).sum::<u64>(), 107);
}

#[tokio::test]
async fn a_gap_alone_is_written() {
    let history = History::new();
    history.writer.record_gap(3).unwrap();
    history.writer.close().await;
    assert_eq!(history.reader.gaps().unwrap().iter().map(|gap| gap.lost).collect::<Vec<_>>(), [3]);
    assert!(matches!(history.writer.record_gap(1), Err(Error::Closed)));
    assert!(matches!(history.writer.record_event_committed(event(1)).await, Err(Error::Closed)));
    assert!(matches!(
        history.writer.record_decision(decision("a", Answer::nobody(model::Why::Quit))).await,
        Err(Error::Closed)
    ));
}
