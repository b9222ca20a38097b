//! Taking in what was exported.

use history::row::{Event, Exported, Run};
use history::{Error, EventQuery, Imported, Query, RunQuery, import};
use model::{Answer, Decision, Reported, RequestId, RuleId, Timestamp, Why};

use crate::runs::run;
use crate::support::{History, decision, event, request};

fn rows() -> Vec<Exported> {
    let allowed = decision("a", Answer::rule(RuleId::new("rule"), Decision::Allow));
    vec![
        Exported::Event(Event { request: Some(RequestId::new("a")), ..event(1) }),
        Exported::Request { request: request("a", 2), decision: Some(allowed), taken: Some(true) },
        Exported::Request { request: request("waits", 3), decision: None, taken: None },
        Exported::Run(Box::new(run(4, 0))),
    ]
}

#[tokio::test]
async fn rows_come_once_and_are_marked() {
    let history = History::new();
    history.settle().await;
    assert_eq!(import(&history.path(), rows()).unwrap(), Imported { new: 4, known: 0 });
    assert_eq!(import(&history.path(), rows()).unwrap(), Imported { new: 0, known: 4 });

    let events = history.reader.events(&EventQuery::default()).unwrap().rows;
    let marked = Event { request: Some(RequestId::new("a")), reported: Reported::Imported, ..event(1) };
    assert_eq!(events, [marked]);
    let past = history.reader.past(&Query::default()).unwrap().rows;
    let told: Vec<_> = past.iter().map(|past| (past.id.as_str(), past.reported, past.taken)).collect();
    assert_eq!(told, [("waits", Reported::Imported, None), ("a", Reported::Imported, Some(true))]);
    assert_eq!(past[0].decision.as_ref().unwrap().answer, Answer::nobody(Why::Lost));
    assert_eq!(past[1].decision, Some(decision("a", Answer::rule(RuleId::new("rule"), Decision::Allow))));
    assert_eq!(history.reader.run(&run(4, 0).id).unwrap(), Some(Run { reported: Reported::Imported, ..run(4, 0) }));

    assert_eq!(history.reader.asked_since(Timestamp(0), 9).unwrap(), [], "no preview of a rule reads it");
    assert_eq!(history.reader.asked(&RequestId::new("a")).unwrap(), None);
    assert_eq!(history.reader.open_requests().unwrap(), []);
}

#[tokio::test]
async fn what_is_there_stays_as_it_is() {
    let history = History::new();
    history.writer.record_request(request("a", 9)).unwrap();
    history.writer.record_runs(vec![run(4, 0)]).await.unwrap();
    history.settle().await;
    assert_eq!(import(&history.path(), rows()).unwrap(), Imported { new: 2, known: 2 });
    let open = history.reader.open_requests().unwrap();
    assert_eq!((open.len(), open[0].at, open[0].reported), (1, Timestamp(9), Reported::Live), "it still waits");
    assert_eq!(history.reader.run(&run(4, 0).id).unwrap(), Some(run(4, 0)));
}

#[tokio::test]
async fn secrets_are_masked() {
    let history = History::new();
    history.settle().await;
    let secret = Run { command: format!("curl -H 'Authorization: Bearer {}'", "a1".repeat(20)), ..run(4, 0) };
    import(&history.path(), [Exported::Run(Box::new(secret))]).unwrap();
    let stored = history.reader.run(&run(4, 0).id).unwrap().unwrap();
    assert_eq!((stored.masked, stored.command.contains("[masked: authorization]")), (1, true), "{}", stored.command);
}

#[tokio::test]
async fn an_application_goes_on_writing_meanwhile() {
    let history = History::new();
    history.settle().await;
    let path = history.path();
    let rows = (0..1_000).map(|at| Exported::Run(Box::new(run(at, 0))));
    let taken_in = tokio::task::spawn_blocking(move || import(&path, rows));
    let mut written = 0;
    while !taken_in.is_finished() {
        history.writer.record_event_committed(event(written)).await.unwrap();
        written += 1;
    }
    assert_eq!(taken_in.await.unwrap().unwrap(), Imported { new: 1_000, known: 0 });
    assert!(written > 5, "{written}");
    let runs = history.reader.run_page(&RunQuery { limit: 5_000, ..RunQuery::default() }).unwrap().rows;
    assert_eq!(runs.len(), 1_000);
}

#[test]
fn what_is_no_history_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    std::fs::write(&path, "no database at all").unwrap();
    assert!(matches!(import(&path, rows()), Err(Error::Sqlite(_))));
    assert_eq!(std::fs::read(&path).unwrap(), b"no database at all");
    let new = folder.path().join("new/history.db");
    assert_eq!(import(&new, rows()).unwrap().new, 4);
}
