//! Beside the terminal: the runs of a person's own, untouched hooks are in Live and in the history as the real Codex tells of them.
//! What it tells is heard by a second client of its server, and compared field by field.

use std::fs;
use std::path::PathBuf;

use api::dto::{PastRunDetail, RecordedView, RunFilter, RunFromView, RunStatusView};
use api::{Filter, Paths, Records};
use fixtures::codex::{self, AppServer, Daemon, Lab, Setup};
use fixtures::model_server::{Call, Turn};
use fixtures::relay::recorded;
use fixtures::{Hosted, plain, until};
use serde_json::{Value, json};

const TELLS: &str = "cat >/dev/null; echo 'it is friday'";
const WARNS: &str = r#"cat >/dev/null; sleep 0.3; echo '{"systemMessage":"look out"}'"#;
const FAILS: &str = "cat >/dev/null; echo 'out of order' >&2; exit 1";
const BLOCKS: &str = "cat >/dev/null; echo 'not today' >&2; exit 2";
const STOPS: &str = r#"cat >/dev/null; echo '{"continue":false,"stopReason":"enough"}'"#;

/// A terminal with a thread that is followed, and Hookwright beside it. Dropped in this order.
struct Beside {
    hookwright: Hosted,
    terminal: AppServer,
    session: String,
    _daemon: Daemon,
    lab: Lab,
}

impl Beside {
    fn with(lab: Lab) -> Self {
        let daemon = lab.daemon();
        let hookwright = Hosted::attached(&home(&lab), &lab.codex_home(), &lab.launcher(&codex::program()));
        let mut terminal = daemon.terminal();
        terminal.trust_all();
        let session = terminal.start_thread("untrusted");
        terminal.start_turn("hello");
        assert_eq!(terminal.finish_turn(), "completed");
        until("a followed session", || {
            hookwright.app.attached().iter().any(|server| server.sessions == 1).then_some(())
        });
        terminal.take_all("hook/completed");
        Self { hookwright, terminal, session, _daemon: daemon, lab }
    }

    /// The rows of this turn once there are as many, as an export has them.
    fn rows(&self, turn: &str, count: usize) -> Vec<Value> {
        let records = Records::open(&Paths::below(&home(&self.lab))).expect("there is a history");
        let ran = api::RunFilter { turn: Some(turn.to_owned()), ..api::RunFilter::default() };
        let filter = Filter { session: Some(self.session.clone()), ran, ..Filter::default() };
        until("the runs in the history", || {
            let found: Result<Vec<_>, _> = records.newest(&filter, "", None).collect();
            let found = found.expect("the history can be read");
            (found.len() == count).then_some(found)
        })
        .into_iter()
        .map(|record| {
            let whole = records.whole(record).expect("the history can be read");
            serde_json::to_value(whole).expect("it is printed so")
        })
        .collect()
    }

    fn details(&self, turn: &str) -> Vec<PastRunDetail> {
        let filter =
            RunFilter { turn: Some(turn.to_owned()), session: Some(self.session.clone()), ..RunFilter::default() };
        let app = &self.hookwright.app;
        let rows = self.hookwright.wait(app.runs(filter, None)).expect("the history can be read").rows;
        // One that was told of may be recorded by now, under another id.
        let detail = |id: &str| self.hookwright.wait(app.run(id)).expect("the history can be read");
        rows.iter().filter_map(|row| detail(&row.id)).collect()
    }

    /// The runs of this turn that Live shows once there are as many, and all of them over.
    fn shown(&self, turn: &str, count: usize) -> Vec<RecordedView> {
        until("the runs in Live", || {
            let mut all = self.hookwright.wait(self.hookwright.app.live()).expect("it runs").0.recorded;
            all.retain(|run| run.turn.as_deref() == Some(turn));
            let over = all.iter().all(|run| run.run.status != RunStatusView::Running);
            (over && all.len() == count).then_some(all)
        })
    }
}

fn home(lab: &Lab) -> PathBuf {
    lab.path("hookwright")
}

/// Without times of day: Codex's are whole seconds, ours are of the notification.
fn timeless(mut run: Value) -> Value {
    for name in ["startedAt", "completedAt"] {
        run.as_object_mut().expect("a run is an object").remove(name);
    }
    run
}

/// What notifications tell, in the order of the names of their runs.
fn told<'n>(notifications: impl IntoIterator<Item = &'n Value>) -> Vec<Value> {
    sorted(notifications.into_iter().map(|params| timeless(params["run"].clone())).collect())
}

/// The same of rows.
fn kept(rows: &[Value]) -> Vec<Value> {
    sorted(rows.iter().map(|row| timeless(row["run"].clone())).collect())
}

fn sorted(mut runs: Vec<Value>) -> Vec<Value> {
    runs.sort_by_key(|run| run["id"].to_string());
    runs
}

/// What Live says of a run, in Codex's words.
fn live(shown: &RecordedView) -> Value {
    let run = &shown.run;
    let entries: Vec<_> =
        run.entries.iter().map(|entry| json!({ "kind": entry.kind, "text": plain(&entry.text) })).collect();
    json!({
        "executionMode": run.mode, "source": run.source, "sourcePath": plain(&run.path), "status": run.status,
        "durationMs": run.duration_ms, "entries": entries, "session": shown.session,
    })
}

/// When it ran, as far as both say it.
#[track_caller]
fn at_codexs_time(row: &Value, params: &Value) {
    let moment = |text: &Value| text.as_str().and_then(|text| text.parse::<i64>().ok()).expect("a moment");
    let (started, completed) = (moment(&row["startedAt"]), moment(&row["ran"]["completedAt"]));
    let run = &params["run"];
    let seconds = |name: &str| run[name].as_i64().expect("a run that is over has its times") * 1_000;
    let near = |ours: i64, theirs: i64| (theirs - 1_000..theirs + 10_000).contains(&ours);
    assert!(near(started, seconds("startedAt")) && near(completed, seconds("completedAt")), "{row:#}\n{params:#}");
}

#[test]
fn runs_of_untouched_hooks_are_kept_as_codex_tells_of_them() {
    let lab = Lab::new([Turn::says("hello"), Turn::calls([Call::shell("touch made.txt")]), Turn::says("done")]);
    let hooks = [
        ("UserPromptSubmit", TELLS),
        ("PreToolUse", WARNS),
        ("PreToolUse", FAILS),
        ("PreToolUse", TELLS),
        ("PermissionRequest", BLOCKS),
        ("Stop", STOPS),
    ];
    lab.set_hooks(hooks.map(|(event, command)| (event, command, 60)));
    let mut beside = Beside::with(lab);
    let turn = beside.terminal.start_turn("make it");
    assert_eq!(beside.terminal.finish_turn(), "completed");
    let completed = beside.terminal.take_all("hook/completed");
    let statuses: Vec<_> = completed.iter().map(|params| params["run"]["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["completed", "completed", "failed", "completed", "blocked", "stopped"], "{completed:#?}");

    let rows = beside.rows(&turn, hooks.len());
    assert_eq!(kept(&rows), told(&completed));
    for row in &rows {
        assert_eq!((&row["from"], &row["reported"]), (&json!("told"), &json!("live")));
        assert_eq!((&row["session"], &row["turn"]), (&json!(beside.session), &json!(turn)));
        assert_eq!(row["project"], json!(beside.lab.repo()));
        let params = completed.iter().find(|params| params["run"]["id"] == row["run"]["id"]).unwrap();
        at_codexs_time(row, params);
        let call = row["run"]["id"].as_str().unwrap().rsplit_once(".json:").map(|(_, call)| json!(call));
        assert_eq!(row["ran"]["toolUse"], call.unwrap_or_default());
        assert_eq!((&row["exitCode"], &row["stdout"], &row["ran"].get("told")), (&Value::Null, &json!(""), &None));
    }
    // The hook that ran stands in the file, as Codex lists it.
    let listed = beside.terminal.hooks();
    for row in &rows {
        let hook = listed.iter().find(|hook| hook["key"] == row["hook"]).expect("Codex lists it");
        assert_eq!((&hook["command"], &hook["currentHash"]), (&row["ran"]["command"], &row["ran"]["hash"]));
        assert_eq!(hook["displayOrder"], row["run"]["displayOrder"]);
    }

    let shown = beside.shown(&turn, hooks.len());
    assert!(shown.iter().all(|run| run.from == RunFromView::Told && run.configured));
    let mut lived: Vec<_> = shown.iter().map(live).collect();
    let mut expected: Vec<_> = completed
        .iter()
        .map(|params| {
            let fields = ["executionMode", "source", "sourcePath", "status", "durationMs", "entries"];
            let mut told: Value =
                fields.map(|field| (field.to_owned(), params["run"][field].clone())).into_iter().collect();
            told["session"] = json!(beside.session);
            told
        })
        .collect();
    lived.sort_by_key(Value::to_string);
    expected.sort_by_key(Value::to_string);
    assert_eq!(lived, expected);
    assert!(!beside.lab.repo().join("made.txt").exists(), "the block was Codex's to take");
}

#[test]
fn what_a_recorder_saw_and_what_codex_tells_are_one_run() {
    let lab = Lab::new([Turn::says("hello"), Turn::calls([Call::shell("touch made.txt")]), Turn::says("done")]);
    let hooks = [("UserPromptSubmit", TELLS), ("PreToolUse", BLOCKS), ("Stop", FAILS)];
    let lines = hooks.map(|(event, command)| (event, recorded(&home(&lab), command)));
    lab.set_hooks(lines.iter().map(|(event, line)| (*event, line.as_str(), 60)));
    let mut beside = Beside::with(lab);
    let turn = beside.terminal.start_turn("make it");
    assert_eq!(beside.terminal.finish_turn(), "completed");
    let completed = beside.terminal.take_all("hook/completed");
    let details = until("both accounts of each run", || {
        let details = beside.details(&turn);
        let whole = details.iter().all(|run| run.told.is_some() && run.run.from == RunFromView::Recorded);
        (whole && details.len() == hooks.len()).then_some(details)
    });
    for ((run, params), (_, command)) in details.iter().rev().zip(&completed).zip(hooks) {
        let told = run.told.as_ref().expect("both were there");
        assert_eq!(
            (plain(&told.word).as_str(), json!(told.took_ms)),
            (params["run"]["status"].as_str().unwrap(), params["run"]["durationMs"].clone())
        );
        let entries: Vec<_> =
            told.entries.iter().map(|entry| json!({ "kind": entry.kind, "text": plain(&entry.text) })).collect();
        assert_eq!(json!(entries), params["run"]["entries"]);
        assert_eq!((plain(&run.command).as_str(), told.differs), (command, false));
        assert!(run.run.exit_code.is_some() && !run.input.text.is_empty());
    }
    // In Live the recorder shows them, and nobody else.
    assert!(beside.shown(&turn, hooks.len()).iter().all(|run| run.from == RunFromView::Recorded));
    let rows = beside.rows(&turn, hooks.len());
    let said: Vec<_> = rows.iter().map(|row| row["ran"]["told"]["status"].clone()).collect();
    assert_eq!(said, ["completed", "blocked", "failed"]);
}

#[test]
fn a_run_that_is_broken_off_does_not_go_on_for_good() {
    let lab = Lab::new([Turn::says("hello"), Turn::calls([Call::shell("true")]), Turn::says("done")]);
    let go = lab.path("go");
    fs::write(&go, "").expect("the lab's folder is ours");
    let waits = format!("cat >/dev/null; until [ -e '{}' ]; do sleep 0.01; done", go.display());
    lab.set_hooks([("PreToolUse", waits.as_str(), 600)]);
    let mut beside = Beside::with(lab);
    fs::remove_file(go).expect("the lab's folder is ours");
    let turn = beside.terminal.start_turn("make it");
    beside.terminal.hook_started();
    until("the run in Live", || {
        let shown = beside.hookwright.wait(beside.hookwright.app.live()).expect("it runs").0.recorded;
        shown
            .iter()
            .any(|run| run.turn.as_ref() == Some(&turn) && run.run.status == RunStatusView::Running)
            .then_some(())
    });
    beside.terminal.interrupt();
    assert_eq!(beside.terminal.finish_turn(), "interrupted");
    let [shown] = beside.shown(&turn, 1).try_into().expect("there is one");
    assert_eq!(shown.run.status, RunStatusView::Unknown);
    let [row] = beside.rows(&turn, 1).try_into().expect("there is one");
    assert_eq!((&row["status"], &row["id"]), (&json!("unknown"), &json!(shown.id)));
    assert!(beside.terminal.take_all("hook/completed").is_empty(), "Codex never tells of its end");
}

#[test]
fn runs_in_a_sub_agent_belong_to_the_session_of_its_root() {
    let setup = Setup { model: "mock-model", ..Setup::default() };
    let turns = [
        Turn::says("hello").unless("use an agent"),
        Turn::calls([Call::spawn_agent("CHILD TASK")]).unless("CHILD TASK"),
        Turn::calls([Call::shell("touch made.txt")]).when("CHILD TASK").unless("_call_output"),
        Turn::says("the child is done").when("touch made.txt"),
        Turn::says("the parent is done"),
    ];
    let lab = Lab::with(&setup, turns);
    lab.set_hooks([("PostToolUse", WARNS, 60), ("SubagentStop", WARNS, 60)]);
    let mut beside = Beside::with(lab);
    beside.terminal.start_turn("use an agent");
    let approval = beside.terminal.subagent_approval();
    // Its card says that its thread is followed.
    let card = beside.hookwright.card();
    assert_eq!(card.shown.session, beside.session);
    beside.terminal.answer(&approval, "accept");
    let child = &approval.params["threadId"];
    let fits = |event: &'static str| {
        let child = child.clone();
        move |params: &Value| params["threadId"] == child && params["run"]["eventName"] == event
    };
    let completed =
        ["postToolUse", "subagentStop"].map(|event| beside.terminal.wait_for("hook/completed", fits(event)));
    assert_ne!(child, &json!(beside.session));
    for params in &completed {
        let rows = beside.rows(params["turnId"].as_str().unwrap(), completed.len());
        assert_eq!(kept(&rows), told(&completed));
        assert!(rows.iter().all(|row| row["session"] == json!(beside.session)));
    }
}
