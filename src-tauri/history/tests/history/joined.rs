//! What is recorded of a run and what its agent tells of it are one row.

use std::slice;
use std::time::Duration;

use history::row::{Exported, Output, Run, RunFrom, Told};
use history::{RunQuery, import};
use model::{Entry, EntryKind, HookEvent, HookRun, Reported, RunId, RunStatus, SessionId, Timestamp, TurnId};

use crate::runs::run;
use crate::support::History;

/// When the runs began.
const AT: i64 = 1_800_000_000_000;

fn recorded(at: i64) -> Run {
    Run { id: RunId::new(format!("recorded{at}")), reported: Reported::Live, event: None, ..run(at, 0) }
}

/// What the agent says of the same run.
fn told(at: i64) -> Run {
    let whole = recorded(at);
    let entries = vec![Entry { kind: EntryKind::Feedback, text: "not on my watch".to_owned() }];
    Run {
        id: RunId::new(format!("told{at}")),
        from: RunFrom::Told,
        tool: None,
        cwd: None,
        took: Some(Duration::from_millis(207)),
        exit_code: None,
        signal: None,
        input: Output::default(),
        stdout: Output::default(),
        stderr: Output::default(),
        run: HookRun { status: RunStatus::Stopped, duration_ms: Some(207), entries, ..whole.run.clone() },
        ..whole
    }
}

fn words() -> Told {
    Told {
        status: "stopped".to_owned(),
        kind: "command".to_owned(),
        mode: "async".to_owned(),
        source: "plugin".to_owned(),
        took_ms: Some(207),
        entries: vec![("feedback".to_owned(), "not on my watch".to_owned())],
    }
}

fn rows(history: &History) -> Vec<Run> {
    let rows = history.reader.run_page(&RunQuery::default()).unwrap().rows;
    rows.iter().map(|row| history.reader.run(&row.id).unwrap().unwrap()).collect()
}

/// How many runs there are by their status.
fn counted(history: &History) -> Vec<(&'static str, u64)> {
    let day = history.reader.insights(Timestamp(AT - 86_400_000), Timestamp(AT + 86_400_000), 0).unwrap();
    let hooks: u64 = day.hooks.iter().map(|sum| sum.runs).sum();
    let days: Vec<_> = day.days.into_iter().map(|day| (day.status.name(), day.runs)).collect();
    assert_eq!(hooks, days.iter().map(|(_, runs)| runs).sum::<u64>());
    days
}

#[tokio::test]
async fn one_run_is_one_row_whichever_account_comes_first() {
    let joined = Run { told: Some(words()), ..recorded(AT) };
    for rows_of in [
        vec![vec![recorded(AT), told(AT)]],
        vec![vec![told(AT), recorded(AT)]],
        vec![vec![recorded(AT)], vec![told(AT)]],
        vec![vec![told(AT)], vec![recorded(AT)]],
    ] {
        let history = History::new();
        for together in rows_of {
            history.writer.record_runs(together).await.unwrap();
        }
        assert_eq!(rows(&history), slice::from_ref(&joined));
        assert_eq!(counted(&history), [("blocked", 1)]);
        let words = |text: &str| {
            let query = RunQuery { text: text.to_owned(), ..RunQuery::default() };
            history.reader.run_page(&query).unwrap().rows.len()
        };
        assert_eq!((words("guard.py"), words("out")), (1, 1));
        // Neither of them comes again.
        history.writer.record_runs(vec![recorded(AT)]).await.unwrap();
        assert_eq!(rows(&history).len(), 1);
    }
}

#[tokio::test]
async fn what_only_the_agent_told_stays_a_row_of_its_own() {
    let other = |change: fn(&mut Run)| {
        let mut row = told(AT);
        change(&mut row);
        row
    };
    for alone in [
        other(|row| row.session = Some(SessionId::new("other"))),
        other(|row| row.session = None),
        other(|row| row.turn = Some(TurnId::new("other"))),
        other(|row| row.tool_use = Some("call_2".to_owned())),
        other(|row| row.command = "other".to_owned()),
        other(|row| row.command = String::new()),
        other(|row| row.run.event = HookEvent::PreToolUse),
        other(|row| row.run.started = Timestamp(AT + 60_000)),
        other(|row| row.reported = Reported::Imported),
    ] {
        for rows_of in [[recorded(AT), alone.clone()], [alone.clone(), recorded(AT)]] {
            let history = History::new();
            for row in rows_of {
                history.writer.record_runs(vec![row]).await.unwrap();
            }
            assert_eq!(history.reader.run(&alone.id).unwrap(), Some(alone.clone()));
            assert_eq!(history.reader.run(&recorded(AT).id).unwrap(), Some(recorded(AT)));
            assert_eq!(counted(&history), [("blocked", 1), ("stopped", 1)]);
        }
    }
}

/// A hook that blocks the end of a turn runs again in it, with the same names.
#[tokio::test]
async fn runs_of_one_hook_in_one_turn_are_told_apart() {
    let history = History::new();
    let starts = [AT + 1_000, AT + 2_000, AT + 3_000];
    history.writer.record_runs(starts.map(recorded).to_vec()).await.unwrap();
    let seconds = |row: Run, ms: u64| Run { run: HookRun { duration_ms: Some(ms), ..row.run.clone() }, ..row };
    for (at, ms) in [(AT + 2_990, 3), (AT + 980, 1), (AT + 1_970, 2)] {
        history.writer.record_runs(vec![seconds(told(at), ms)]).await.unwrap();
    }
    let found: Vec<_> =
        rows(&history).into_iter().map(|row| (row.run.started.0, row.told.and_then(|told| told.took_ms))).collect();
    assert_eq!(found, [(AT + 3_001, Some(3)), (AT + 2_001, Some(2)), (AT + 1_001, Some(1))]);
}

#[tokio::test]
async fn words_of_a_newer_agent_are_kept_and_secrets_in_them_masked() {
    let history = History::new();
    let secret = format!("ghp_{}", "a1".repeat(18));
    let newer = Told {
        status: "revoked".to_owned(),
        kind: "oracle".to_owned(),
        mode: "detached".to_owned(),
        source: "moon".to_owned(),
        took_ms: None,
        entries: vec![("riddle".to_owned(), format!("of {secret}"))],
    };
    let mut row = told(AT);
    row.run.status = RunStatus::Unknown;
    row.told = Some(newer.clone());
    history.writer.record_runs(vec![row.clone()]).await.unwrap();
    let entries = vec![("riddle".to_owned(), "of [masked: GitHub token]".to_owned())];
    let masked = Run { told: Some(Told { entries, ..newer }), masked: 1, ..row };
    assert_eq!(rows(&history), slice::from_ref(&masked));
    // The recorder tells of it later.
    history.writer.record_runs(vec![recorded(AT)]).await.unwrap();
    assert_eq!(rows(&history), [Run { told: masked.told, masked: 1, ..recorded(AT) }]);
}

#[tokio::test]
async fn how_a_run_ended_may_be_told_later() {
    let history = History::new();
    let lost = told(AT);
    let lost =
        Run { took: None, run: HookRun { status: RunStatus::Unknown, duration_ms: None, ..lost.run.clone() }, ..lost };
    for row in [lost.clone(), lost.clone(), told(AT), lost, Run { command: "other".to_owned(), ..told(AT) }] {
        history.writer.record_runs(vec![row]).await.unwrap();
    }
    assert_eq!(rows(&history), [told(AT)]);
    assert_eq!(counted(&history), [("stopped", 1)]);
}

#[tokio::test]
async fn an_import_keeps_both_accounts() {
    let history = History::new();
    history.writer.record_runs(vec![recorded(AT), told(AT)]).await.unwrap();
    let [joined] = rows(&history).try_into().unwrap();
    let other = History::new();
    other.settle().await;
    // One account that is there is not touched by the other one of an import.
    other.writer.record_runs(vec![told(AT)]).await.unwrap();
    import(&other.path(), [Exported::Run(Box::new(joined.clone()))]).unwrap();
    let imported = Run { reported: Reported::Imported, ..joined };
    assert_eq!(other.reader.run(&imported.id).unwrap(), Some(imported));
    assert_eq!(other.reader.run(&told(AT).id).unwrap(), Some(told(AT)));
}
