//! Histories of older versions are brought up to date without loss.

use std::time::Duration;

use history::row::{Applied, Run, RunFrom};
use history::{DecisionKind, Error, EventQuery, Mark, Query, RunQuery};
use model::{EntryKind, EventId, HandlerKind, Mode, Reported, RuleId, RunId, RunStatus, SourceKind, Timestamp};
use rusqlite::Connection;

use crate::support::{event, health_until};

/// The schema of 0.1.0 with some rows in it, as its program left it.
const OLD: &str = include_str!("schema4.sql");

#[tokio::test]
async fn an_old_history_is_brought_up_to_date_without_loss() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    Connection::open(&path).unwrap().execute_batch(OLD).unwrap();
    assert!(matches!(history::read(&path).mark(), Err(Error::Version { found: 4, .. })));

    let (writer, reader) = history::open(&path);
    let rows = reader.events(&EventQuery::default()).unwrap().rows;
    let told: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.at.0, row.event.payload.as_str())).collect();
    assert_eq!(told, [("unnamed-3", 30, "{\"c\":3}"), ("unnamed-1", 20, "{\"a\":1}"), ("unnamed-7", 10, "{\"g\":7}")]);
    assert!(rows.iter().all(|row| row.reported == Reported::Live && row.request.is_none()));
    let subagent = rows[1].event.subagent.as_ref().map(|subagent| (subagent.id.as_str(), subagent.role.as_str()));
    assert_eq!(subagent, Some(("child", "worker")));
    assert_eq!(rows[1].event.prompt.as_deref(), Some("build it"));
    assert_eq!(reader.event(&rows[0].id).unwrap().as_ref(), Some(&rows[0]));

    let past = reader.past(&Query::default()).unwrap().rows;
    let told: Vec<_> = past.iter().map(|past| (past.id.as_str(), past.taken, past.decision.is_some())).collect();
    assert_eq!(told, [("r2", None, true), ("r1", Some(true), true)], "the one that was left open is lost");
    assert_eq!(reader.gaps().unwrap().len(), 1);
    let decisions = reader.decisions_since(&mut Mark::default(), 10).unwrap();
    let told: Vec<_> = decisions.iter().map(|row| row.request.as_str()).collect();
    assert_eq!(told, ["orphan", "r1", "r2"]);
    assert!(decisions.iter().all(|row| row.rule.is_none()) && reader.rule_hits().unwrap().is_empty());

    // New rows come after all of them.
    let mut mark = reader.mark().unwrap();
    writer.record_event_committed(event(5)).await.unwrap();
    assert_eq!(reader.events_since(&mut mark, 10).unwrap(), [event(5)]);
    assert_eq!(reader.last_event(model::Agent::Codex).unwrap(), Some(Timestamp(30)));
    health_until(writer.health(), |health| health.failing.is_none()).await;
}

/// The schema before every run was stored, with some rows in it.
const HOSTED_ONLY: &str = include_str!("schema10.sql");

#[tokio::test]
async fn runs_of_hosted_hooks_become_runs_among_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    Connection::open(&path).unwrap().execute_batch(HOSTED_ONLY).unwrap();
    let (writer, reader) = history::open(&path);
    let runs = reader.run_page(&RunQuery::default()).unwrap().rows;
    let ids: Vec<_> = runs.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["gone:0", "e1:1", "e1:0"]);
    let whole = |id: &str| reader.run(&RunId::new(id)).unwrap().unwrap();

    let run = whole("e1:0");
    assert_eq!(
        (run.from, run.reported, &run.event),
        (RunFrom::Hosted, Reported::WhileClosed, &Some(EventId::new("e1")))
    );
    let words =
        [run.session.as_ref().map(|id| id.as_str()), run.turn.as_ref().map(|id| id.as_str()), run.tool.as_deref()];
    assert_eq!(words, [Some("s"), Some("t"), Some("Bash")]);
    assert_eq!((run.cwd.as_deref(), run.project.as_deref()), (Some("/p".as_ref()), None));
    assert_eq!((run.hook.as_ref(), run.hash.as_deref()), (Some(&run.run.hook), Some("sha256:1")));
    assert_eq!(
        (run.run.hook.as_str(), run.run.id.as_str()),
        ("/h.json:pre_tool_use:0:0", "pre-tool-use:0:/h.json:call")
    );
    assert_eq!((run.run.source.kind, run.run.source.path.as_path()), (SourceKind::Hosted, "/h.json".as_ref()));
    assert_eq!((run.run.started, run.run.completed), (Timestamp(21), Some(Timestamp(29))));
    assert_eq!((run.took, run.run.duration_ms), (Some(Duration::from_millis(8)), Some(8)));
    assert_eq!((run.run.status, run.exit_code, run.applied), (RunStatus::Blocked, Some(2), Applied::Sent));
    assert_eq!((run.run.entries[0].kind, run.run.entries[0].text.as_str()), (EntryKind::Feedback, "no"));
    assert_eq!((run.stdout.text.as_str(), run.stderr.text.as_str(), run.stderr.bytes), ("out", "error", 5));

    let second = whole("e1:1").run;
    assert_eq!((second.kind, second.mode, second.status), (HandlerKind::McpTool, Mode::Async, RunStatus::Running));
    assert_eq!((second.display_order, second.duration_ms), (1, None));
    let orphan = whole("gone:0");
    assert_eq!((orphan.session, orphan.stdout.text.as_str(), orphan.applied), (None, "done", Applied::HeldBack));
    assert_eq!(reader.rule_hits().unwrap()[0].count, 1);
    let by_rule = Query { rule: Some(RuleId::new("rule-1")), decision: Some(DecisionKind::Allow), ..Query::default() };
    let told: Vec<_> =
        reader.past(&by_rule).unwrap().rows.iter().map(|past| (past.id.to_string(), past.reported)).collect();
    assert_eq!(told, [("r1".to_owned(), Reported::Live)], "requests know how they ended");

    let found =
        |text: &str| reader.run_page(&RunQuery { text: text.to_owned(), ..RunQuery::default() }).unwrap().rows.len();
    assert_eq!((found("done"), found("error out no"), found("other")), (1, 1, 0));

    // The same run told again is none, and a new one comes after all of them.
    let mut mark = reader.mark().unwrap();
    let again = Run { id: RunId::new("gone:0"), ..whole("e1:0") };
    let new = Run { id: RunId::new("new"), ..whole("e1:0") };
    writer.record_runs(vec![again, new]).await.unwrap();
    let followed: Vec<_> = reader.runs_since(&mut mark, 9).unwrap().iter().map(|row| row.id.to_string()).collect();
    assert_eq!(followed, ["new"]);
    assert_eq!(whole("gone:0").stdout.text, "done");
    assert_eq!(reader.runs(&EventId::new("e1")).unwrap().len(), 3);
}
