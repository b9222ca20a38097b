//! What a process finds that an earlier one left.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use history::Query;
use model::{Answer, Decision, RequestId, Why};
use rusqlite::Connection;

use crate::support::{History, decision, event, health_until, request};

#[tokio::test]
async fn a_committed_decision_survives_a_kill() {
    let history = History::new();
    history.writer.record_request(request("a", 1)).unwrap();
    history.writer.record_decision(decision("a", Answer::person(Decision::Allow))).await.unwrap();

    // The files as they are at this instant are what a kill would leave.
    let copy = tempfile::tempdir().unwrap();
    for name in ["history.db", "history.db-wal"] {
        fs::copy(history.path().with_file_name(name), copy.path().join(name)).unwrap();
    }
    let (_writer, reader) = history::open(&copy.path().join("history.db"));
    let rows = reader.past(&Query::default()).unwrap().rows;
    assert_eq!(rows[0].decision, Some(decision("a", Answer::person(Decision::Allow))));
}

#[tokio::test]
async fn what_an_earlier_process_left_open_is_lost() {
    let history = History::new();
    history.writer.record_request(request("open", 1)).unwrap();
    history.writer.record_request(request("decided", 2)).unwrap();
    history.writer.record_decision(decision("decided", Answer::nobody(Why::Quit))).await.unwrap();
    history.writer.close().await;

    let (writer, reader) = history::open(&history.path());
    writer.record_request(request("new", 3)).unwrap();
    writer.record_decision(decision("other", Answer::nobody(Why::Paused))).await.unwrap();
    let rows = reader.past(&Query::default()).unwrap().rows;
    let answers: Vec<_> = rows
        .iter()
        .map(|past| (past.id.as_str(), past.decision.as_ref().map(|decision| decision.answer.clone())))
        .collect();
    assert_eq!(
        answers,
        [("new", None), ("decided", Some(Answer::nobody(Why::Quit))), ("open", Some(Answer::nobody(Why::Lost))),]
    );
}

#[tokio::test]
async fn the_first_row_of_an_id_counts() {
    let history = History::new();
    history.writer.record_request(request("a", 1)).unwrap();
    let mut second = request("a", 9);
    second.summary = "rm -rf /".to_owned();
    history.writer.record_request(second).unwrap();
    history.writer.record_decision(decision("a", Answer::nobody(Why::Expired))).await.unwrap();
    history.writer.record_decision(decision("a", Answer::person(Decision::Allow))).await.unwrap();
    let rows = history.reader.past(&Query::default()).unwrap().rows;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].at.0, rows[0].summary.as_str()), (1, "make a"));
    assert_eq!(rows[0].decision, Some(decision("a", Answer::nobody(Why::Expired))));
}

#[tokio::test]
async fn an_empty_file_becomes_a_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let (writer, reader) = history::open(&path);
    writer.record_decision(decision("a", Answer::person(Decision::Allow))).await.unwrap();
    assert_eq!(reader.past(&Query::default()).unwrap().rows, []);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn folder_and_files_are_private() {
    let history = History::new();
    history.settle().await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(history.path().parent().unwrap()), 0o700);
    for name in ["history.db", "history.db-wal", "history.db-shm"] {
        assert_eq!(mode(&history.path().with_file_name(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn closing_writes_everything_and_folds_the_log_in() {
    let history = History::new();
    for at in 0..2_000 {
        history.writer.record_event(event(at)).unwrap();
    }
    history.writer.record_request(request("a", 1)).unwrap();
    history.writer.close().await;
    history.writer.close().await;
    assert!(matches!(history.writer.record_event(event(0)), Err(history::Error::Closed)));
    let log = history.path().with_file_name("history.db-wal");
    assert_eq!(fs::metadata(log).map_or(0, |log| log.len()), 0);

    let connection = Connection::open(history.path()).unwrap();
    let row = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(row("SELECT count(*) || ' ' || max(at) FROM events"), "2000 1999");
    assert_eq!(
        row("SELECT agent || event || session || cwd || prompt || payload FROM events LIMIT 1"),
        "codexUserPromptSubmitsession/home/adabuild it{}"
    );
    assert_eq!(history.reader.shown(&RequestId::new("a")).unwrap(), Some(request("a", 1).shown));
}

#[tokio::test]
async fn dropping_the_last_writer_writes_everything() {
    let History { folder, writer, reader } = History::new();
    let health = writer.health();
    writer.clone().record_request(request("a", 1)).unwrap();
    drop(writer);
    // The sender of the health goes with the thread, once the reader is gone too.
    drop(reader);
    let mut health = health;
    while health.changed().await.is_ok() {}
    let connection = Connection::open(folder.path().join("state/history.db")).unwrap();
    let rows: i64 = connection.query_row("SELECT count(*) FROM requests", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn a_newer_versions_file_is_left_alone() {
    let history = History::new();
    history.settle().await;
    history.writer.close().await;
    Connection::open(history.path()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let (writer, _reader) = history::open(&history.path());
    let health = health_until(writer.health(), |health| health.failing.is_some()).await;
    println!("{health:?}");
    writer.close().await;
    let connection = Connection::open(history.path()).unwrap();
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}
