//! A disk that takes no more bytes for a while. Alone in its process: the limit on file sizes holds for the whole of it.

use std::path::PathBuf;
use std::time::Duration;

use history::{Error, EventQuery, Query, row};
use model::{Agent, Answer, Decision, EventId, HookEvent, Reported, RequestId, SessionId, Timestamp};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

const SIGXFSZ: i32 = 25;

#[tokio::test]
async fn rows_are_kept_while_the_disk_takes_no_more() {
    // Caught, the signal does not end the process and the write fails.
    let _caught = signal(SignalKind::from_raw(SIGXFSZ)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = history::open(&folder.path().join("history.db"));
    writer.record_request(request("before", "{}")).unwrap();
    writer.record_decision(decision("before")).await.unwrap();

    let free = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: Some(256 << 10), ..free }).unwrap();
    writer.record_request(request("during", &"x".repeat(1 << 20))).unwrap();
    let result = writer.record_decision(decision("during")).await;
    assert!(matches!(result, Err(Error::Kept(_))), "{result:?}");
    let health = writer.health().borrow().clone();
    assert!(health.failing.is_some() && health.kept == 2, "{health:?}");
    println!("{health:?}");
    assert_eq!(reader.past(&Query::default()).unwrap().rows.len(), 1, "reading goes on");

    // More than is kept: the oldest of what agents did is given up, and counted.
    for number in 0..10_050 {
        writer.record_event(event(number)).unwrap();
    }
    let mut health = writer.health();
    let given_up = health.wait_for(|health| health.lost == 52);
    let lost = tokio::time::timeout(Duration::from_secs(20), given_up)
        .await
        .expect("both rows of a request stay")
        .unwrap()
        .lost;

    setrlimit(Resource::Fsize, free).unwrap();
    let mut health = writer.health();
    let over = health.wait_for(|health| health.failing.is_none());
    tokio::time::timeout(Duration::from_secs(20), over).await.expect("writing works again").unwrap();
    let rows = reader.past(&Query::default()).unwrap().rows;
    assert_eq!(rows.iter().map(|past| past.id.as_str()).collect::<Vec<_>>(), ["during", "before"]);
    assert!(rows.iter().all(|past| past.decision == Some(decision(past.id.as_str()))));
    writer.close().await;
    assert_eq!(reader.gaps().unwrap().iter().map(|gap| gap.lost).sum::<u64>(), lost, "what is missing is told");
    let newest = reader.events(&EventQuery { limit: 20_000, ..EventQuery::default() }).unwrap().rows;
    assert_eq!((newest.len(), newest.last().unwrap().at), (9_998, Timestamp(52)));
}

fn event(number: i64) -> row::Event {
    row::Event {
        id: EventId::new(format!("e{number}")),
        at: Timestamp(number),
        reported: Reported::Live,
        request: None,
        event: model::Event::bare(Agent::Codex, HookEvent::Stop, "{}".to_owned()),
    }
}

fn request(id: &str, shown: &str) -> row::Request {
    row::Request {
        id: RequestId::new(id),
        at: Timestamp(1),
        agent: Agent::Codex,
        session: SessionId::new("session"),
        turn: None,
        project: None,
        runs_in: PathBuf::from("/"),
        tool: "shell".to_owned(),
        summary: "make".to_owned(),
        shown: shown.to_owned(),
        digest: String::new(),
    }
}

fn decision(id: &str) -> row::Decision {
    row::Decision {
        request: RequestId::new(id),
        at: Timestamp(2),
        rule: None,
        offered: None,
        answer: Answer::person(Decision::Allow),
        waited: Duration::ZERO,
    }
}
