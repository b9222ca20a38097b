use std::fs;
use std::time::Duration;

use history::row::{Run, RunFrom, Told};
use history::{Reader, RunQuery, row};
use model::{Entry, EntryKind, HandlerKind, HookEvent, SessionId, SourceKind, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::dto::{RecordedView, RunFromView, RunStatusView};

/// Longer is not waited for anything.
const PATIENCE: Duration = Duration::from_secs(60);
const AT: i64 = 1_795_227_085_252;

/// A server of which runs are told.
struct Server {
    folder: TempDir,
    runs: Runs,
    live: mpsc::Receiver<Message>,
    writer: Writer,
    reader: Reader,
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) = history::open(&folder.path().join("history.db"));
        let (tell, live) = mpsc::channel(8);
        let home = folder.path().join("codex");
        fs::create_dir(&home).unwrap();
        Self { runs: Runs::new(home, writer.clone(), tell), folder, live, writer, reader }
    }

    fn hooks(&self) -> String {
        self.folder.path().join("codex/hooks.json").to_string_lossy().into_owned()
    }

    /// Writes the hooks of this home, of one event.
    fn has(&self, event: &str, hooks: &Value) {
        fs::write(self.hooks(), json!({ "hooks": { event: [{ "hooks": hooks }] } }).to_string()).unwrap();
    }

    /// News of the first `Stop` hook, with these parts of it changed.
    fn news(&self, at: Option<i64>, parts: Value) -> HookNews {
        let mut run = json!({
            "id": format!("stop:0:{}", self.hooks()), "eventName": "stop", "handlerType": "command", "executionMode": "sync",
            "scope": "turn", "sourcePath": self.hooks(), "source": "user", "displayOrder": 0, "status": "running",
            "statusMessage": null, "startedAt": AT / 1_000, "completedAt": null, "durationMs": null, "entries": [],
        });
        for (name, value) in parts.as_object().unwrap() {
            run[name] = value.clone();
        }
        HookNews {
            thread: ThreadId("thread".to_owned()),
            turn: Some(TurnId("turn".to_owned())),
            run: serde_json::from_value(run).unwrap(),
            emitted_at_ms: at,
        }
    }

    fn began(&self) {
        self.runs.heard(self.news(Some(AT), json!({})), &whose());
    }

    fn ended(&self) {
        let entries = json!([{ "kind": "warning", "text": "w" }, { "kind": "feedback", "text": "not on my watch" }]);
        let parts =
            json!({ "status": "blocked", "completedAt": AT / 1_000 + 1, "durationMs": 1_207, "entries": entries });
        self.runs.heard(self.news(Some(AT + 9_000), parts), &whose());
    }

    async fn shown(&mut self) -> RecordedView {
        match timeout(PATIENCE, self.live.recv()).await.expect("something is shown").unwrap() {
            Message::Recorded(view) => *view,
            _ => panic!("only runs are told of"),
        }
    }

    /// How the next run stands that is shown, with its id.
    async fn stands(&mut self) -> (RunStatusView, String) {
        let view = self.shown().await;
        (view.run.status, view.id)
    }

    /// All runs, the newest first. What is shown is in the history.
    fn rows(&self) -> Vec<Run> {
        self.reader.run_page(&RunQuery::default()).unwrap().rows
    }
}

fn whose() -> Whose {
    Whose { session: SessionId::new("root"), subagent: None, project: None }
}

#[tokio::test]
async fn a_run_is_shown_while_it_goes_on_and_stored_as_it_was_told() {
    let mut server = Server::new();
    server.has("Stop", &json!([{ "type": "command", "command": "guard" }]));
    server.began();
    let running = server.shown().await;
    assert_eq!((running.from, running.run.status), (RunFromView::Told, RunStatusView::Running));
    assert_eq!((running.session.as_deref(), running.turn.as_deref()), (Some("root"), Some("turn")));
    assert!(running.configured && server.rows().is_empty());

    server.ended();
    let over = server.shown().await;
    assert_eq!((&over.id, over.run.status, over.run.duration_ms), (&running.id, RunStatusView::Blocked, Some(1_207)));
    let [row] = server.rows().try_into().unwrap();
    assert_eq!((row.from, row.id.as_str(), row.command.as_str()), (RunFrom::Told, &*running.id, "guard"));
    assert_eq!(row.hook.as_ref().unwrap().as_str(), format!("{}:stop:0:0", server.hooks()));
    assert!(row.hash.is_some() && row.told.is_none() && row.exit_code.is_none());
    let run = &row.run;
    assert_eq!((run.started, run.completed), (Timestamp(AT), Some(Timestamp(AT + 1_207))));
    assert_eq!((row.took, run.duration_ms), (Some(Duration::from_millis(1_207)), Some(1_207)));
    assert_eq!((&run.event, run.source.kind), (&HookEvent::Stop, SourceKind::User));
    let entry = |kind, text: &str| Entry { kind, text: text.to_owned() };
    assert_eq!(run.entries, [entry(EntryKind::Warning, "w"), entry(EntryKind::Feedback, "not on my watch")]);
    assert_eq!(row.applied, row::Applied::Sent);
}

#[tokio::test]
async fn what_only_its_end_tells_is_told_too() {
    let mut server = Server::new();
    let id = format!("pre-tool-use:3:{}:call_2", server.hooks());
    let parts =
        json!({ "id": id, "eventName": "preToolUse", "displayOrder": 3, "status": "completed", "durationMs": 4 });
    server.runs.heard(server.news(Some(AT + 700), parts), &whose());
    assert_eq!(server.stands().await.0, RunStatusView::Completed);
    let [row] = server.rows().try_into().unwrap();
    // Runs for one event are told together, after the slowest: when it began is known to the second only.
    assert_eq!((row.run.started.0, row.tool_use.as_deref()), (AT / 1_000 * 1_000, Some("call_2")));
    assert_eq!((row.run.event, row.hook, row.command.as_str()), (HookEvent::PreToolUse, None, ""));
}

#[tokio::test]
async fn a_newer_agents_words_are_kept() {
    let mut server = Server::new();
    let entries = json!([{ "kind": "riddle", "text": "r" }, { "kind": "error", "text": "e" }]);
    let parts = json!({
        "eventName": "moonRise", "handlerType": "oracle", "executionMode": "detached", "source": "moon", "displayOrder": -1,
        "status": "revoked", "completedAt": AT / 1_000, "durationMs": -5, "entries": entries,
    });
    let mut whispers = parts.clone();
    (whispers["status"], whispers["completedAt"]) = (json!("whispering"), json!(null));
    server.runs.heard(server.news(Some(AT), whispers), &whose());
    assert_eq!(server.stands().await.0, RunStatusView::Running, "nothing says that it is over");
    server.runs.heard(server.news(Some(AT), parts), &whose());
    let view = server.shown().await;
    let kinds: Vec<_> = view.run.entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!((kinds, view.run.mode.as_str()), (vec!["riddle", "error"], "detached"));

    server.runs.over(&ThreadId("thread".to_owned()), None);
    let [row] = server.rows().try_into().unwrap();
    let words = |(kind, text): (&str, &str)| (kind.to_owned(), text.to_owned());
    let told = Told {
        status: "revoked".to_owned(),
        kind: "oracle".to_owned(),
        mode: "detached".to_owned(),
        source: "moon".to_owned(),
        took_ms: None,
        entries: [("riddle", "r"), ("error", "e")].map(words).to_vec(),
    };
    assert_eq!((row.told, row.run.status), (Some(told), model::RunStatus::Unknown));
    assert_eq!(row.run.entries, [Entry { kind: EntryKind::Error, text: "e".to_owned() }]);
    assert_eq!((row.run.kind, row.run.source.kind), (HandlerKind::Unknown, SourceKind::Unknown));
}

#[tokio::test]
async fn our_own_entry_is_the_request_itself_and_a_recorder_shows_its_hook() {
    let mut server = Server::new();
    let relay = server.folder.path().join("hookwright-relay");
    let recorded = agents::codex::recorded::record("guard", &relay, None).unwrap();
    let ours = &agents::codex::install::entries(&relay, None).unwrap()[0].command;
    server.has("Stop", &json!([{ "type": "command", "command": ours }, { "type": "command", "command": recorded }]));
    let said = |order: u32, parts: Value| {
        let mut parts = parts;
        parts["id"] = json!(format!("stop:{order}:{}", server.hooks()));
        parts["displayOrder"] = json!(order);
        server.runs.heard(server.news(Some(AT), parts), &whose());
    };
    let over = || json!({ "status": "completed", "completedAt": AT / 1_000, "durationMs": 1 });
    for order in [0, 1] {
        said(order, json!({}));
        said(order, over());
    }
    // One of ours that was taken out of the file while its session was open.
    let mut gone = over();
    gone["statusMessage"] = json!("Waiting for Hookwright");
    said(7, gone);
    said(8, over());
    let (_, last) = server.stands().await;
    let rows = server.rows();
    assert_eq!(rows.len(), 2);
    let of = |id: &str| rows.iter().find(|row| row.id.as_str() == id);
    assert_eq!(of(&last).unwrap().run.display_order, 8, "the recorder shows the other one");
    let by_recorder = rows.iter().find(|row| row.id.as_str() != last).unwrap();
    assert_eq!((by_recorder.command.as_str(), by_recorder.run.display_order), ("guard", 1));
}

#[tokio::test]
async fn no_run_goes_on_for_good_and_a_late_end_counts() {
    let mut server = Server::new();
    let (thread, turn) = (ThreadId("thread".to_owned()), TurnId("turn".to_owned()));
    for over in ["turn", "thread", "connection"] {
        server.began();
        let (running, id) = server.stands().await;
        assert_eq!(running, RunStatusView::Running);
        server.runs.over(&ThreadId("other".to_owned()), Some(&turn));
        server.runs.over(&thread, Some(&TurnId("other".to_owned())));
        match over {
            "turn" => server.runs.over(&thread, Some(&turn)),
            "thread" => server.runs.over(&thread, None),
            _ => server.runs.lost().await,
        }
        assert_eq!(server.stands().await, (RunStatusView::Unknown, id.clone()), "{over}");
        assert_eq!(server.rows()[0].run.status, model::RunStatus::Unknown);
        server.ended();
        assert_eq!(server.stands().await, (RunStatusView::Blocked, id), "{over}");
        assert_eq!(server.rows()[0].run.status, model::RunStatus::Blocked);
    }
    assert_eq!(server.rows().len(), 3);
    server.began();
    let (_, id) = server.stands().await;
    let Server { runs, mut live, reader, .. } = server;
    drop(runs);
    let Some(Message::Recorded(view)) = timeout(PATIENCE, live.recv()).await.unwrap() else { panic!("it is over") };
    assert_eq!((view.run.status, &view.id), (RunStatusView::Unknown, &id));
    assert_eq!(reader.run(&model::RunId::new(id)).unwrap().unwrap().run.status, model::RunStatus::Unknown);
}

#[tokio::test]
async fn a_flood_keeps_nobody_waiting_and_stays_bounded() {
    let most = if std::env::var_os("HOOKWRIGHT_SOAK").is_some() { 5_000 } else { 500 };
    let server = Server::new();
    server.has("Stop", &json!([{ "type": "command", "command": "guard" }]));
    let one = server.news(Some(AT), json!({}));
    let Server { folder: _folder, runs, mut live, reader, writer } = server;
    let of = |number: u64, status: RunStatus| {
        let mut news = one.clone();
        news.run.id = format!("{}:{number}", news.run.id);
        news.run.status = status;
        news
    };
    // Nobody takes what is shown: the one who tells does not wait.
    for number in 0..most {
        runs.heard(of(number, RunStatus::Running), &whose());
        runs.heard(of(number, RunStatus::Completed), &whose());
    }
    drop(runs);
    let mut ended = 0;
    while let Some(message) = timeout(PATIENCE, live.recv()).await.unwrap() {
        let Message::Recorded(view) = message else { panic!("only runs are told of") };
        ended += u64::from(view.run.status == RunStatusView::Completed);
    }
    assert_eq!(ended, most);

    // Far more than has room: what has none is missing with a note, and nothing else.
    let (tell, mut live) = mpsc::channel(1);
    let flooded = Runs::new("/nowhere".into(), writer.clone(), tell);
    for number in 0..100 {
        let mut news = of(number, RunStatus::Completed);
        news.run.entries = vec![HookEntry { kind: "x".repeat(1 << 20), text: String::new() }];
        flooded.heard(news, &whose());
        assert!(flooded.bytes.load(Ordering::Relaxed) <= MOST_BYTES);
    }
    drop(flooded);
    let mut shown = 0;
    while timeout(PATIENCE, live.recv()).await.unwrap().is_some() {
        shown += 1;
    }
    writer.close().await;
    let missing: u64 = reader.gaps().unwrap().iter().map(|gap| gap.lost).sum();
    assert_eq!(shown + missing, 100);
    assert!(shown > 0 && missing > 0);
}
