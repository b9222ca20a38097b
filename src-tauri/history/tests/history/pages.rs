//! Pages of runs: order, filters, following.

use std::time::Duration;

use history::row::{Run, RunFrom};
use history::{Error, Mark, RunCursor, RunQuery};
use model::{Agent, HookEvent, HookKey, HookRun, RunId, RunStatus, SessionId, Timestamp};

use crate::runs::run;
use crate::support::History;

fn ids(history: &History, query: &RunQuery) -> Vec<String> {
    history.reader.run_page(query).unwrap().rows.iter().map(|row| row.id.to_string()).collect()
}

fn named(id: &str, at: i64, status: RunStatus) -> Run {
    let whole = run(0, 0);
    Run { id: RunId::new(id), run: HookRun { status, started: Timestamp(at), ..whole.run.clone() }, ..whole }
}

#[tokio::test]
async fn a_page_leaves_the_texts_out_and_nothing_else() {
    let history = History::new();
    history.writer.record_runs(vec![run(1, 0)]).await.unwrap();
    let mut expected = run(1, 0);
    for output in [&mut expected.input, &mut expected.stdout, &mut expected.stderr] {
        output.text.clear();
    }
    assert_eq!(history.reader.run_page(&RunQuery::default()).unwrap().rows, [expected.clone()]);
    assert_eq!(history.reader.runs_since(&mut Mark::default(), 9).unwrap(), [expected]);
}

#[tokio::test]
async fn filters_hold_together() {
    let history = History::new();
    let (failed, blocked, stopped) = (RunStatus::Failed, RunStatus::Blocked, RunStatus::Stopped);
    let other_hook = Run { hook: Some(HookKey::new("k")), ..named("d", 4, blocked) };
    history
        .writer
        .record_runs(vec![
            named("a", 1, RunStatus::Completed),
            named("b", 2, failed),
            Run { project: None, from: RunFrom::Tried, ..named("c", 3, failed) },
            other_hook,
            Run { session: Some(SessionId::new("z")), ..named("e", 5, stopped) },
            Run { took: Some(Duration::from_millis(1_500)), ..named("f", 6, RunStatus::Completed) },
        ])
        .await
        .unwrap();
    let check = |query: RunQuery, expected: &[&str]| assert_eq!(ids(&history, &query), expected, "{query:?}");
    let all = RunQuery::default;
    let project = Some("/home/ada/engine".into());
    check(all(), &["f", "e", "d", "c", "b", "a"]);
    check(RunQuery { status: vec![failed], ..all() }, &["c", "b"]);
    check(RunQuery { status: vec![blocked, failed, stopped], ..all() }, &["e", "d", "c", "b"]);
    check(RunQuery { status: vec![blocked, failed, stopped], limit: 2, ..all() }, &["e", "d"]);
    check(RunQuery { status: vec![RunStatus::Completed, stopped], ..all() }, &["f", "e", "a"]);
    check(RunQuery { status: vec![failed], project: project.clone(), ..all() }, &["b"]);
    check(RunQuery { project: project.clone(), ..all() }, &["f", "e", "d", "b", "a"]);
    check(RunQuery { hook: Some(HookKey::new("k")), ..all() }, &["d"]);
    check(RunQuery { hook: Some(HookKey::new("k")), status: vec![failed, blocked], ..all() }, &["d"]);
    check(RunQuery { hook: Some(HookKey::new("none")), status: vec![blocked], ..all() }, &[]);
    check(RunQuery { session: Some(SessionId::new("z")), ..all() }, &["e"]);
    check(RunQuery { session: Some(SessionId::new("session")), status: vec![failed], ..all() }, &["c", "b"]);
    check(RunQuery { from: Some(RunFrom::Tried), ..all() }, &["c"]);
    check(RunQuery { event: Some(HookEvent::Stop), agent: Some(Agent::Codex), limit: 2, ..all() }, &["f", "e"]);
    check(RunQuery { event: Some(HookEvent::PreToolUse), ..all() }, &[]);
    check(RunQuery { longer_than: Some(RunQuery::SLOW), ..all() }, &["f"]);
    check(RunQuery { longer_than: Some(Duration::from_millis(8)), limit: 3, ..all() }, &["f", "e", "d"]);
    check(RunQuery { longer_than: Some(Duration::from_secs(2)), project, ..all() }, &[]);
    check(RunQuery { since: Some(Timestamp(3)), until: Some(Timestamp(5)), ..all() }, &["d", "c"]);
    check(RunQuery { since: Some(Timestamp(3)), status: vec![failed], ..all() }, &["c"]);
}

#[tokio::test]
async fn pages_meet_without_gap_or_repeat_also_at_equal_times() {
    let history = History::new();
    let status = |number: i64| [RunStatus::Completed, RunStatus::Failed, RunStatus::Blocked][(number % 3) as usize];
    let rows = (0..60).map(|number| named(&format!("n{number:02}"), number / 20, status(number))).collect();
    history.writer.record_runs(rows).await.unwrap();
    for statuses in [vec![], vec![RunStatus::Failed, RunStatus::Blocked]] {
        let mut query = RunQuery { limit: 7, status: statuses.clone(), ..RunQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = history.reader.run_page(&query).unwrap();
            seen.extend(page.rows.iter().map(|row| row.id.to_string()));
            let Some(next) = page.next else { break };
            query.before = Some(next.to_string().parse().unwrap());
            // A newer row must not move the pages.
            let newer = format!("x{}{}", statuses.len(), seen.len());
            history.writer.record_runs(vec![named(&newer, 1_000, RunStatus::Failed)]).await.unwrap();
        }
        let fits = |number: &i64| statuses.is_empty() || statuses.contains(&status(*number));
        let expected: Vec<_> = (0..60).rev().filter(fits).map(|number| format!("n{number:02}")).collect();
        seen.retain(|id| id.starts_with('n'));
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_cursor_is_text_and_back() {
    assert_eq!("17".parse::<RunCursor>().unwrap().to_string(), "17");
    for text in ["", "x", "1:2"] {
        assert!(matches!(text.parse::<RunCursor>(), Err(Error::Cursor(_))), "{text:?}");
    }
}

#[tokio::test]
async fn runs_of_one_moment_are_kept_however_many_they_are() {
    let history = History::new();
    let rows: Vec<_> = (0..1_100).map(|number| named(&format!("n{number:04}"), 5, RunStatus::Completed)).collect();
    for rows in rows.chunks(100) {
        history.writer.record_runs(rows.to_vec()).await.unwrap();
    }
    let odd = [i64::MIN, -1, 0, i64::MAX];
    let rows = odd.iter().map(|at| named(&format!("odd{at}"), *at, RunStatus::Completed)).collect();
    history.writer.record_runs(rows).await.unwrap();
    let page = history.reader.run_page(&RunQuery { limit: 5_000, ..RunQuery::default() }).unwrap();
    assert_eq!((page.rows.len(), page.next), (1_104, None));
    assert_eq!(history.reader.run(&RunId::new("odd-1")).unwrap().unwrap().run.started, Timestamp(-1));
}

#[tokio::test]
async fn a_follower_hears_of_a_run_that_came_late() {
    let history = History::new();
    history.writer.record_runs(vec![named("now", 1_000, RunStatus::Completed)]).await.unwrap();
    let mut mark = history.reader.mark().unwrap();
    history
        .writer
        .record_runs(vec![named("late", 5, RunStatus::Failed), named("now", 9, RunStatus::Failed)])
        .await
        .unwrap();
    let heard: Vec<_> = history.reader.runs_since(&mut mark, 9).unwrap().iter().map(|row| row.id.to_string()).collect();
    assert_eq!(heard, ["late"]);
    assert_eq!(history.reader.runs_since(&mut mark, 9).unwrap(), []);
}
