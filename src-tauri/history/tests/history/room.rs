//! The file becomes smaller when much of it is deleted.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use history::row::{Output, Run};
use history::{RunQuery, Writer};
use model::{HookRun, RunId, Timestamp};
use rusqlite::Connection;

use crate::runs::run;
use crate::support::History;

/// One long word that takes the room it has.
fn noise(number: u64) -> String {
    let mut seed = number + 1;
    let letter = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        char::from(b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(seed % 62) as usize])
    };
    std::iter::repeat_with(letter).take(3_000).collect()
}

async fn fill(writer: &Writer, count: u64) {
    let wide = |number: u64| {
        let whole = run(0, 0);
        let stdout = Output { text: noise(number), bytes: 3_000 };
        let run = HookRun { started: Timestamp(number as i64), ..whole.run };
        Run { id: RunId::new(number.to_string()), stdout, run, ..whole }
    };
    for first in (0..count).step_by(20) {
        writer.record_runs((first..(first + 20).min(count)).map(wide).collect()).await.unwrap();
    }
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is() {
        assert!(Instant::now() < deadline, "{what} in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// With everything in the file itself, none of it in the log.
fn folded(path: &Path) -> u64 {
    let other = Connection::open(path).unwrap();
    other.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
    size(path)
}

fn ids(history: &History) -> Vec<String> {
    let page = history.reader.run_page(&RunQuery { limit: 5_000, ..RunQuery::default() }).unwrap();
    page.rows.iter().map(|row| row.id.to_string()).collect()
}

#[tokio::test]
async fn what_is_deleted_by_age_gives_its_room_back() {
    let history = History::new();
    fill(&history.writer, 1_000).await;
    let before = folded(&history.path());
    history.writer.prune(Timestamp(900)).unwrap();
    until("the file is smaller", || size(&history.path()) < before / 3).await;
    assert_eq!(ids(&history), (900..1_000).rev().map(|number| number.to_string()).collect::<Vec<_>>());
    let other = Connection::open(history.path()).unwrap();
    let sound: String = other.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

#[tokio::test]
async fn only_the_newest_that_fit_are_kept() {
    let history = History::new();
    fill(&history.writer, 1_000).await;
    let (most, before) = (2 << 20, folded(&history.path()));
    assert!(before > most + (1 << 20), "{before}");
    history.writer.shrink(most).unwrap();
    // Room is given back when nothing is left to be deleted.
    until("the file is smaller", || size(&history.path()) <= most + (256 << 10)).await;
    let left = ids(&history);
    assert!((100..900).contains(&left.len()), "not more is deleted than need be: {}", left.len());
    assert_eq!(left, (1_000 - left.len()..1_000).rev().map(|number| number.to_string()).collect::<Vec<_>>());
    // What fits stays.
    history.writer.shrink(1 << 30).unwrap();
    history.settle().await;
    assert_eq!(ids(&history), left);
}

#[tokio::test]
async fn an_old_file_learns_to_give_room_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("schema4.sql")).unwrap();
    drop(old);
    let (writer, reader) = history::open(&path);
    fill(&writer, 500).await;
    assert!(folded(&path) > 1 << 20);
    writer.prune(Timestamp(490)).unwrap();
    let other = Connection::open(&path).unwrap();
    let mode = || other.query_row("PRAGMA auto_vacuum", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(mode(), 0);
    until("the file is made anew", || size(&path) < 400 << 10).await;
    assert_eq!(
        Connection::open(&path).unwrap().query_row("PRAGMA auto_vacuum", [], |row| row.get::<_, i64>(0)).unwrap(),
        2
    );
    assert_eq!(reader.run_page(&RunQuery::default()).unwrap().rows.len(), 10);
}
