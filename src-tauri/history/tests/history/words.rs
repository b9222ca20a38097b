//! Search for words in runs.

use history::row::{Output, Run};
use history::{RunQuery, row};
use model::{Entry, EntryKind, HookRun, RunId, RunStatus, Timestamp};
use rusqlite::Connection;

use crate::runs::run;
use crate::support::History;

fn wrote(at: i64, command: &str, stdout: &str, stderr: &str, entry: &str) -> Run {
    let whole = run(at, 0);
    let output = |text: &str| Output { text: text.to_owned(), bytes: text.len() as u64 };
    let entries = vec![Entry { kind: EntryKind::Feedback, text: entry.to_owned() }];
    let status = if at % 2 == 0 { RunStatus::Failed } else { RunStatus::Completed };
    let run = HookRun { entries, status, started: Timestamp(at), ..whole.run };
    let (stdout, stderr) = (output(stdout), output(stderr));
    Run { id: RunId::new(at.to_string()), command: command.to_owned(), stdout, stderr, run, ..whole }
}

fn found(history: &History, query: &RunQuery) -> Vec<String> {
    history.reader.run_page(query).unwrap().rows.iter().map(|row| row.id.to_string()).collect()
}

async fn some() -> History {
    let history = History::new();
    let long = format!("{} needle-far {} beyond", "x ".repeat(100), "y ".repeat(10_000));
    let rows: Vec<row::Run> = vec![
        wrote(1, "cargo test", "all tests passed", "", ""),
        wrote(2, "python3 ./guard.py --strict", "", "Permission DENIED: über", "no rm -rf here"),
        wrote(3, "cargo build", &long, "运行失败", "reason"),
        wrote(4, "true", "\"quoted\" OR 1", "", ""),
    ];
    history.writer.record_runs(rows).await.unwrap();
    history
}

#[tokio::test]
async fn all_words_must_occur_and_the_last_may_be_a_beginning() {
    let history = some().await;
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(found(&history, &RunQuery { text: text.to_owned(), ..RunQuery::default() }), expected, "{text:?}");
    };
    check("cargo", &["3", "1"]);
    check("CARGO te", &[]);
    check("cargo tes", &["1"]);
    check("cargo tes ", &[]);
    check("denied Über guard", &["2"]);
    check("rm -rf", &["2"]);
    check("needle", &["3"]);
    check("beyond", &[]);
    check("失败", &["3"]);
    check("engine", &["4", "3", "2", "1"]);
    check("  ", &["4", "3", "2", "1"]);
    for odd in
        ["\"quoted\"", "quoted OR", "quoted\" OR \"1", "quoted*", "(quoted", "words:quoted", "^quoted", "- quoted"]
    {
        assert!(found(&history, &RunQuery { text: odd.to_owned(), ..RunQuery::default() }).len() <= 1, "{odd:?}");
    }
    check("words quoted", &[]);
    check(&"long ".repeat(20_000), &[]);
}

#[tokio::test]
async fn words_and_filters_hold_together_and_pages_meet() {
    let history = some().await;
    let engine = RunQuery { text: "engine".to_owned(), ..RunQuery::default() };
    assert_eq!(found(&history, &RunQuery { status: vec![RunStatus::Failed], ..engine.clone() }), ["4", "2"]);
    let range = RunQuery { since: Some(Timestamp(2)), until: Some(Timestamp(4)), ..engine.clone() };
    assert_eq!(found(&history, &range), ["3", "2"]);
    let mut query = RunQuery { limit: 3, ..engine };
    let page = history.reader.run_page(&query).unwrap();
    assert_eq!(page.rows.len(), 3);
    query.before = page.next;
    assert_eq!(found(&history, &query), ["1"]);
}

#[tokio::test]
async fn what_is_deleted_is_found_no_more() {
    let history = some().await;
    history.prune(3).await;
    assert_eq!(found(&history, &RunQuery { text: "cargo".to_owned(), ..RunQuery::default() }), ["3"]);
    let other = Connection::open(history.path()).unwrap();
    other.execute_batch("INSERT INTO run_words (run_words) VALUES ('integrity-check')").unwrap();
    let outputs: i64 = other.query_row("SELECT count(*) FROM outputs", [], |row| row.get(0)).unwrap();
    assert_eq!(outputs, 2);
}
