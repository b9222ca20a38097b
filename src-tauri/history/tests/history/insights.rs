//! What weeks of runs add up to.

use std::time::Duration;

use history::row::{Run, RunFrom};
use model::{Answer, Decision, HookKey, HookRun, Mode, RuleId, RunId, RunStatus, Timestamp};

use crate::runs::run;
use crate::support::{History, decision};

const HOUR: i64 = 3_600_000;

fn took(hour: i64, hook: &str, status: RunStatus, ms: u64) -> Run {
    let whole = run(0, 0);
    let run =
        HookRun { status, started: Timestamp(hour * HOUR + 7), mode: Mode::Sync, duration_ms: Some(ms), ..whole.run };
    let id = RunId::new(format!("{hour}{hook}{}{ms}", status.name()));
    Run { id, hook: Some(HookKey::new(hook)), took: Some(Duration::from_millis(ms)), run, ..whole }
}

#[tokio::test]
async fn runs_are_counted_by_day_and_hook() {
    let history = History::new();
    let mut rows: Vec<_> = (1..=100).map(|ms| took(24, "a", RunStatus::Completed, ms * 10)).collect();
    rows.push(took(47, "b", RunStatus::Failed, 5_000));
    rows.push(took(48, "b", RunStatus::Blocked, 3_000));
    let asynchronous = took(48, "b", RunStatus::Completed, 1);
    rows.push(Run { run: HookRun { mode: Mode::Async, ..asynchronous.run.clone() }, ..asynchronous });
    rows.push(Run { hook: None, ..took(49, "", RunStatus::Completed, 2) });
    // None of these counts.
    rows.push(Run { from: RunFrom::Tried, ..took(48, "a", RunStatus::Failed, 9_000) });
    rows.push(took(23, "a", RunStatus::Failed, 9_001));
    rows.push(took(72, "a", RunStatus::Failed, 9_002));
    history.writer.record_runs(rows.clone()).await.unwrap();
    history.writer.record_runs(rows).await.unwrap();

    let between =
        |since, until, ahead| history.reader.insights(Timestamp(since * HOUR), Timestamp(until * HOUR), ahead).unwrap();
    let seen = between(24, 50, 0);
    let days = |ahead| -> Vec<_> {
        between(24, 50, ahead).days.into_iter().map(|day| (day.day, day.status.name(), day.runs)).collect()
    };
    assert_eq!(days(0), [(1, "completed", 100), (1, "failed", 1), (2, "blocked", 1), (2, "completed", 2)]);
    // Where clocks are an hour ahead, the last hour of the day is the first of the next.
    assert_eq!(days(60), [(1, "completed", 100), (2, "blocked", 1), (2, "completed", 2), (2, "failed", 1)]);

    let hooks: Vec<_> =
        seen.hooks.iter().map(|sum| (sum.hook.as_ref().map(HookKey::as_str), sum.runs, sum.failed)).collect();
    assert_eq!(hooks, [(Some("b"), 3, 1), (Some("a"), 100, 0), (None, 1, 0)]);
    let a = &seen.hooks[1];
    let about = |found: Duration, ms: u64| found.as_secs_f64() / (ms as f64 / 1_000.0);
    assert!((0.9..1.1).contains(&about(a.half, 500)) && (0.9..1.1).contains(&about(a.most, 950)), "{a:?}");
    assert_eq!(a.took, Duration::from_millis(50_500));
    assert_eq!(seen.waited_for_hooks, Duration::from_millis(50_500 + 5_000 + 3_000 + 2));
}

#[tokio::test]
async fn only_what_people_were_waited_for_counts_as_that() {
    let history = History::new();
    history.writer.record_decision(decision("a", Answer::person(Decision::Allow))).await.unwrap();
    history.writer.record_decision(decision("b", Answer::nobody(model::Why::Expired))).await.unwrap();
    history.writer.record_decision(decision("c", Answer::rule(RuleId::new("r"), Decision::Allow))).await.unwrap();
    let seen = history.reader.insights(Timestamp(0), Timestamp(HOUR), 0).unwrap();
    assert_eq!(seen.waited_for_people, Duration::from_millis(2 * 1_234));
}

#[tokio::test]
async fn nothing_adds_up_to_nothing() {
    let history = History::new();
    assert_eq!(history.reader.insights(Timestamp(0), Timestamp(i64::MAX), 0).unwrap(), history::Insights::default());
}
