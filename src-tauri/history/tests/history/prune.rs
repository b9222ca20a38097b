//! Old rows are deleted bit by bit.

use std::time::{Duration, Instant};

use history::{Error, EventQuery, Query};
use model::{Answer, RequestId, Timestamp, Why};
use rusqlite::Connection;

use crate::support::{History, decision, event, request};

#[tokio::test]
async fn what_is_older_goes_and_what_waits_stays() {
    let history = History::new();
    for number in 0..300 {
        let id = format!("r{number:03}");
        history.writer.record_request(request(&id, number)).unwrap();
        let mut row = decision(&id, Answer::nobody(Why::Expired));
        row.at = Timestamp(number);
        // One request waits since long.
        if number != 10 {
            history.writer.record_decision(row).await.unwrap();
        }
    }
    for at in 0..999 {
        history.writer.record_event(event(at)).unwrap();
    }
    history.writer.record_event_committed(event(999)).await.unwrap();
    history.prune(200).await;

    let rows = history.reader.past(&Query { limit: 1_000, ..Query::default() }).unwrap().rows;
    let ids: Vec<_> = rows.iter().map(|past| past.id.as_str()).collect();
    let mut expected: Vec<_> = (200..300).rev().map(|number| format!("r{number:03}")).collect();
    expected.push("r010".to_owned());
    assert_eq!(ids, expected);
    assert_eq!(history.reader.open_requests().unwrap()[0].id, RequestId::new("r010"));
    let events = history.reader.events(&EventQuery { limit: 2_000, ..EventQuery::default() }).unwrap().rows;
    assert_eq!((events.len(), events.last().map(|row| row.at)), (800, Some(Timestamp(200))));
    let other = Connection::open(history.path()).unwrap();
    let decisions: i64 = other.query_row("SELECT count(*) FROM decisions", [], |row| row.get(0)).unwrap();
    assert_eq!(decisions, 100);
}

#[tokio::test]
async fn old_gaps_go_too() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("INSERT INTO gaps VALUES (5, 1), (50, 2)").unwrap();
    history.prune(50).await;
    assert_eq!(history.reader.gaps().unwrap().iter().map(|gap| gap.lost).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn nothing_waits_long_while_much_is_deleted() {
    let history = History::new();
    let mut row = event(0);
    row.event.payload = "x".repeat(1 << 20);
    for at in 0..120 {
        row.id = event(at).id;
        history.writer.record_event_committed(row.clone()).await.unwrap();
    }
    history.writer.prune(Timestamp(1)).unwrap();
    let (mut longest, mut written) = (Duration::ZERO, 0);
    loop {
        written += 1;
        let start = Instant::now();
        // An error after a second.
        history.writer.record_event_committed(event(1_000 + written)).await.unwrap();
        longest = longest.max(start.elapsed());
        if history.reader.event(&row.id).unwrap().is_none() {
            break;
        }
    }
    println!("{written} events written meanwhile, the longest wait {longest:?}");
}

#[tokio::test]
async fn closing_does_not_wait_for_it() {
    let history = History::new();
    history.settle().await;
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    history.writer.record_event(event(1)).unwrap();
    history.writer.prune(Timestamp(2)).unwrap();
    tokio::join!(history.writer.close(), async { other.execute_batch("ROLLBACK").unwrap() });
    assert!(matches!(history.writer.prune(Timestamp(2)), Err(Error::Closed)));
    assert_eq!(history.reader.event(&event(1).id).unwrap(), Some(event(1)));
}
