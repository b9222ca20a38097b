//! The real Codex runs three recorded hooks of a person. A Hookwright sees them while they run, has them afterwards, and says of
//! them what Codex itself says.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use api::dto::{PastRunDetail, RecordedView, ReportedView, RunEntry, RunFilter, RunFromView, RunStatusView};
use fixtures::codex::Lab;
use fixtures::model_server::{Call, Turn};
use fixtures::relay::recorded;
use fixtures::{Hosted, plain, until};
use serde_json::{Value, json};

const TELLS: &str = "cat >/dev/null; echo 'it is friday'";
const FAILS: &str = "cat >/dev/null; echo 'out of order' >&2; exit 1";

/// Waits for a file, so that it can be looked at while it runs.
fn blocks(go: &Path) -> String {
    format!("cat >/dev/null; until [ -e '{}' ]; do sleep 0.01; done; echo 'not today' >&2; exit 2", go.display())
}

fn shown(app: &Hosted) -> Vec<RecordedView> {
    app.wait(app.app.live()).expect("it runs").0.recorded
}

/// What the history has, in the order in which they began.
fn kept(app: &Hosted) -> Vec<PastRunDetail> {
    let mut rows = app.wait(app.app.runs(RunFilter::default(), None)).expect("the history can be read").rows;
    rows.reverse();
    let detail = |id: &str| app.wait(app.app.run(id)).expect("the history can be read").expect("it is listed");
    rows.iter().map(|row| detail(&row.id)).collect()
}

/// As Codex writes them.
fn entries(entries: &[RunEntry]) -> Value {
    entries.iter().map(|entry| json!({ "kind": entry.kind, "text": plain(&entry.text) })).collect()
}

/// What Live says of a run, in Codex's words.
fn live(shown: &RecordedView) -> Value {
    let run = &shown.run;
    json!({
        "eventName": lower(&run.event), "executionMode": run.mode, "source": run.source, "sourcePath": plain(&run.path),
        "status": run.status, "statusMessage": run.status_message.as_deref().map(plain), "entries": entries(&run.entries),
        "threadId": shown.session, "turnId": shown.turn,
    })
}

/// What the history says of one.
fn past(run: &PastRunDetail) -> Value {
    json!({
        "eventName": lower(&run.run.event), "executionMode": run.mode, "source": run.source,
        "sourcePath": plain(&run.path), "status": run.run.status, "statusMessage": null,
        "entries": entries(&run.entries), "threadId": run.run.session, "turnId": run.run.turn,
    })
}

/// The same fields of what Codex said itself.
fn told(params: &Value) -> Value {
    let run = &params["run"];
    let fields = ["eventName", "executionMode", "source", "sourcePath", "status", "statusMessage", "entries"];
    let mut told: Value = fields.iter().map(|field| ((*field).to_owned(), run[field].clone())).collect();
    told["threadId"] = params["threadId"].clone();
    // What Codex gives a hook at the start of a session names no turn.
    told["turnId"] = if run["eventName"] == "sessionStart" { Value::Null } else { params["turnId"].clone() };
    told
}

fn lower(event: &str) -> String {
    let (first, rest) = event.split_at(1);
    first.to_lowercase() + rest
}

/// When it ran, as far as both say it: Codex in whole seconds, and with what the shell took to start.
#[track_caller]
fn ran_when_codex_says(run: &PastRunDetail, params: &Value) {
    let number = |field: &str| params["run"][field].as_i64().expect("a run that is over has its times");
    let started: i64 = run.run.started_at.parse().expect("it is a number");
    let took = i64::from(run.run.took_ms.expect("it is over"));
    assert!((number("startedAt")..=number("completedAt")).contains(&(started / 1000)), "{started}: {params}");
    assert!(took <= number("durationMs") + 1, "{took}: {params}");
}

#[test]
fn recorded_hooks_are_seen_as_codex_tells_of_them() {
    let lab = Lab::new([Turn::calls([Call::shell("echo ran >> made.txt")]), Turn::says("done")]);
    let (home, go) = (lab.path("hookwright"), lab.path("go"));
    let blocks = blocks(&go);
    let hooks = [("SessionStart", TELLS), ("PreToolUse", &blocks), ("Stop", FAILS)];
    let lines = hooks.map(|(event, text)| (event, recorded(&home, text)));
    lab.set_hooks(lines.iter().map(|(event, line)| (*event, line.as_str(), 60)));
    // Where this Hookwright looks for Codex's files. Codex resolves the link.
    fs::create_dir(&home).expect("the lab's folder is ours");
    fs::rename(lab.codex_home(), home.join("codex")).expect("the lab's folder is ours");
    symlink(home.join("codex"), lab.codex_home()).expect("the lab's folder is ours");

    let app = Hosted::start(&home);
    let mut codex = lab.app_server();
    codex.trust_all();
    let session = codex.start_thread("never");
    codex.start_turn("please do it");

    let started = codex.wait_for("hook/started", |params| params["run"]["eventName"] == "preToolUse");
    let running = until("the hook to be shown", || shown(&app).into_iter().find(|run| run.run.event == "PreToolUse"));
    assert_eq!(live(&running), told(&started), "while it runs");
    assert_eq!((running.run.status, running.configured), (RunStatusView::Running, true));
    assert_eq!((plain(&running.command), running.session.as_ref()), (blocks.clone(), Some(&session)));
    fs::write(go, "").expect("the lab's folder is ours");
    assert_eq!(codex.finish_turn(), "completed");

    let completed = codex.take_all("hook/completed");
    let statuses: Vec<_> = completed.iter().map(|params| params["run"]["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["completed", "blocked", "failed"], "{completed:#?}");
    let expected: Vec<_> = completed.iter().map(told).collect();
    let runs = until("all to be in the history", || Some(kept(&app)).filter(|runs| runs.len() == hooks.len()));
    assert_eq!(runs.iter().map(past).collect::<Vec<_>>(), expected);
    assert_eq!(shown(&app).iter().map(live).collect::<Vec<_>>(), expected);
    assert_eq!(runs[1].run.id, running.id, "the one that was shown");
    for ((run, params), (event, text)) in runs.iter().zip(&completed).zip(hooks) {
        ran_when_codex_says(run, params);
        assert_eq!((plain(&run.command).as_str(), run.run.event.as_str()), (text, event));
        assert_eq!((run.run.from, run.run.reported), (RunFromView::Recorded, ReportedView::Live));
    }
    let codes: Vec<_> = runs.iter().map(|run| (run.run.exit_code, plain(&run.stderr.text))).collect();
    assert_eq!(
        codes,
        [(0, ""), (2, "not today\n"), (1, "out of order\n")].map(|(code, text)| (Some(code), text.into()))
    );
    let keys: Vec<_> = codex.hooks().iter().map(|hook| hook["key"].as_str().unwrap().to_owned()).collect();
    assert!(runs.iter().all(|run| keys.contains(run.run.hook.as_ref().unwrap())), "{keys:?}: {runs:#?}");
    assert!(!lab.repo().join("made.txt").exists(), "the block was Codex's to take");
    let told_model = lab.model.requests().iter().map(|request| request["input"].to_string()).collect::<String>();
    assert!(told_model.contains("it is friday") && told_model.contains("not today"));
}
