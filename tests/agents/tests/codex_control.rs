//! Our place beside a terminal: a second client of the real Codex's background server, which sees what the terminal sees, answers
//! what it is told to answer, and changes nothing by being there.

use appserver::{
    About, Attachment, Decision, Error, Event, HookNews, Launch, Loss, News, Question, RunStatus, Schema, Thread, Told,
    TrustStatus, TurnStatus, Watch,
};
use fixtures::PATIENCE;
use fixtures::codex::{self, AppServer, Lab, Setup};
use fixtures::model_server::{Call, Turn};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// What a watch of the lab's `CODEX_HOME` tells.
struct Seen {
    told: mpsc::Receiver<Told>,
    _watch: Watch,
}

impl Seen {
    fn of(lab: &Lab) -> Self {
        let (tell, told) = mpsc::channel(64);
        Self { _watch: Watch::start(lab.codex_home(), tell), told }
    }

    /// The next of these, and whatever came before it is passed over.
    async fn next<T>(&mut self, what: &str, wanted: impl Fn(News) -> Option<T>) -> T {
        let wait = async {
            loop {
                let told = self.told.recv().await.expect("the watch goes on");
                if let Some(found) = wanted(told.news) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited for {what}"))
    }

    async fn event<T>(&mut self, what: &str, wanted: impl Fn(Event) -> Option<T>) -> T {
        let event = |news| if let News::Event(event) = news { wanted(event) } else { None };
        self.next(what, event).await
    }

    async fn attached(&mut self) -> Attachment {
        self.next("a connection", |news| if let News::Attached(us) = news { Some(us) } else { None }).await
    }

    async fn following(&mut self) -> Thread {
        self.next("a thread", |news| if let News::Following(thread) = news { Some(thread) } else { None }).await
    }

    async fn question(&mut self) -> Question {
        self.event("a question", |event| if let Event::Asked(question) = event { Some(question) } else { None }).await
    }

    async fn resolved(&mut self, question: &Question) {
        let resolved =
            |event| matches!(event, Event::Resolved { id, .. } if Some(&id) == question.id.as_ref()).then_some(());
        self.event("the end of the question", resolved).await;
    }

    async fn turn_ended(&mut self) -> TurnStatus {
        self.event(
            "the end of the turn",
            |event| if let Event::TurnCompleted(turn) = event { Some(turn.status) } else { None },
        )
        .await
    }

    async fn completed(&mut self) -> HookNews {
        self.event("a run", |event| if let Event::HookCompleted(run) = event { Some(run) } else { None }).await
    }

    async fn lost(&mut self) -> Loss {
        self.event("the loss", |event| if let Event::Lost(loss) = event { Some(loss) } else { None }).await
    }
}

fn launch(lab: &Lab) -> Launch {
    Launch {
        program: lab.launcher(&codex::program()),
        home: Some(lab.codex_home()),
        path: std::env::var_os("PATH"),
        cwd: lab.repo(),
    }
}

async fn schema(lab: &Lab) -> Schema {
    Schema::of(&launch(lab)).await.expect("Codex prints its protocol")
}

/// A thread that has had a turn, as it needs to be followed, and in which every command is asked about.
async fn talked(terminal: &mut AppServer, seen: &mut Seen) -> Thread {
    terminal.start_thread("untrusted");
    terminal.start_turn("hello");
    assert_eq!(terminal.finish_turn(), "completed");
    seen.following().await
}

fn lab(turns: impl IntoIterator<Item = Turn>) -> Lab {
    Lab::new([Turn::says("hello")].into_iter().chain(turns))
}

fn touch() -> [Turn; 2] {
    [Turn::calls([Call::shell("touch made.txt")]), Turn::says("done")]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_here_and_closes_in_the_terminal() {
    let lab = lab(touch());
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let us = seen.attached().await;
    let mut terminal = daemon.terminal();
    talked(&mut terminal, &mut seen).await;
    terminal.start_turn("make it");
    let shown = terminal.approval();
    let question = seen.question().await;
    let About::Command { command, .. } = &question.about else { panic!("{question:?}") };
    assert_eq!(command.as_deref(), shown.params["command"].as_str());
    let offered: Vec<_> = question.choices.iter().map(|choice| choice.decision.clone()).collect();
    let always = Decision::AcceptWithExecpolicyAmendment(vec!["touch".to_owned(), "made.txt".to_owned()]);
    assert_eq!(offered, [Decision::Accept, always, Decision::Cancel]);
    assert!(!lab.repo().join("made.txt").exists());

    let schema = schema(&lab).await;
    assert_eq!(us.server().version.as_ref(), Some(schema.version()));
    us.answer(&question, &Decision::Accept, &schema).await.unwrap();
    let closed = terminal.wait_for("serverRequest/resolved", |_| true);
    assert_eq!(closed["threadId"], shown.params["threadId"]);
    assert_eq!(terminal.finish_turn(), "completed");
    assert!(lab.repo().join("made.txt").exists());
    seen.resolved(&question).await;
    assert!(matches!(us.answer(&question, &Decision::Accept, &schema).await, Err(Error::NotOpen)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_the_terminal_answers_is_closed_here() {
    let lab = lab(touch());
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let us = seen.attached().await;
    let mut terminal = daemon.terminal();
    talked(&mut terminal, &mut seen).await;
    terminal.start_turn("make it");
    let question = seen.question().await;
    let shown = terminal.approval();
    terminal.answer(&shown, "accept");
    seen.resolved(&question).await;
    let late = us.answer(&question, &Decision::Cancel, &schema(&lab).await).await;
    assert!(matches!(late, Err(Error::NotOpen)), "{late:?}");
    assert_eq!(terminal.finish_turn(), "completed");
    assert_eq!(seen.turn_ended().await, TurnStatus::Completed);
    assert!(lab.repo().join("made.txt").exists());
}

/// Both at once, again and again: one answer counts, and nothing hangs.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_first_has_answered() {
    let times = if std::env::var_os("HOOKWRIGHT_SOAK").is_some() { 50 } else { 5 };
    let lab = lab([]);
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let us = seen.attached().await;
    let schema = schema(&lab).await;
    let mut terminal = daemon.terminal();
    talked(&mut terminal, &mut seen).await;
    for _ in 0..times {
        lab.model.script([Turn::calls([Call::shell("touch made.txt")])]);
        terminal.start_turn("make it");
        let shown = terminal.approval();
        let question = seen.question().await;
        let (us, schema, asked) = (us.clone(), schema.clone(), question.clone());
        let ours = tokio::spawn(async move { us.answer(&asked, &Decision::Accept, &schema).await });
        terminal.answer(&shown, "cancel");
        let ours = ours.await.unwrap();
        assert!(matches!(ours, Ok(()) | Err(Error::NotOpen)), "{ours:?}");
        seen.resolved(&question).await;
        let ended = terminal.finish_turn();
        let made = lab.repo().join("made.txt");
        assert_eq!(std::fs::remove_file(made).is_ok(), ended == "completed", "{ended}, ours {ours:?}");
        let expected = if ended == "completed" { TurnStatus::Completed } else { TurnStatus::Interrupted };
        assert_eq!(seen.turn_ended().await, expected);
    }
}

/// With the first client's name Codex stamps every session of the server, and says it to the outside.
#[tokio::test(flavor = "multi_thread")]
async fn being_there_first_does_not_make_the_server_ours() {
    let lab = lab([]);
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let us = seen.attached().await;
    let mut terminal = daemon.terminal();
    let thread = talked(&mut terminal, &mut seen).await;
    let read = terminal.call("thread/read", json!({ "threadId": thread.id.0 }));
    assert_eq!(read["thread"]["originator"], "mock-client");
    assert_eq!(us.thread(&thread.id).await.unwrap().id, thread.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_coming_nor_going_answers_anything() {
    let lab = lab(touch());
    let daemon = lab.daemon();
    let mut terminal = daemon.terminal();
    terminal.start_thread("untrusted");
    terminal.start_turn("hello");
    assert_eq!(terminal.finish_turn(), "completed");
    terminal.start_turn("make it");
    let shown = terminal.approval();
    let mut earlier = None;
    for _ in 0..3 {
        let mut seen = Seen::of(&lab);
        let question = seen.question().await;
        assert_eq!((question.item.as_ref().map(|item| item.0.as_str())), shown.params["itemId"].as_str());
        let again = Some((question.id, question.params));
        assert!(earlier.is_none() || earlier == again, "the same one each time");
        earlier = again;
    }
    assert!(terminal.take_all("serverRequest/resolved").is_empty());
    assert!(terminal.take_all("turn/completed").is_empty());
    terminal.answer(&shown, "accept");
    assert_eq!(terminal.finish_turn(), "completed");
    assert!(lab.repo().join("made.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_files_is_asked_about_and_can_be_declined() {
    let patch = "*** Begin Patch\n*** Add File: made.txt\n+made\n*** End Patch";
    let lab = lab([Turn::calls([Call::patch(patch)]), Turn::says("a pity")]);
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let us = seen.attached().await;
    let mut terminal = daemon.terminal();
    talked(&mut terminal, &mut seen).await;
    terminal.start_turn("change it");
    let question = seen.question().await;
    assert!(matches!(question.about, About::FileChange { .. }), "{question:?}");
    us.answer(&question, &Decision::Decline, &schema(&lab).await).await.unwrap();
    assert_eq!(seen.turn_ended().await, TurnStatus::Completed);
    assert!(!lab.repo().join("made.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_granted_as_they_were_asked_for() {
    let asks = json!({ "reason": "I want to look something up", "permissions": { "network": { "enabled": true } } });
    let turns = [Turn::calls([Call::function("request_permissions", asks)]), Turn::says("thanks")];
    let lab = Lab::with(&Setup { sandbox: "workspace-write", ..Setup::default() }, turns);
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let us = seen.attached().await;
    let mut terminal = daemon.terminal();
    let config = json!({ "features.request_permissions_tool": true });
    terminal.start_thread_with(json!({ "approvalPolicy": "on-request", "config": config }));
    terminal.start_turn("look it up");
    let question = seen.question().await;
    let About::Permissions { permissions, reason, .. } = &question.about else { panic!("{question:?}") };
    assert_eq!(permissions["network"], json!({ "enabled": true }));
    assert_eq!(reason.as_deref(), Some("I want to look something up"));
    us.answer(&question, &Decision::GrantForTurn, &schema(&lab).await).await.unwrap();
    assert_eq!(seen.turn_ended().await, TurnStatus::Completed);
    let told: Value = serde_json::from_str(&lab.model.tool_outputs()[0]).unwrap();
    assert_eq!(told["permissions"]["network"], json!({ "enabled": true }));
    assert_eq!(told["scope"], "turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_is_opened_again_is_followed() {
    let lab = lab([]);
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let mut terminal = daemon.terminal();
    let thread = talked(&mut terminal, &mut seen).await;
    terminal.close();
    daemon.stop();
    assert_eq!(seen.lost().await, Loss::Ended);

    let daemon = lab.daemon();
    let us = seen.attached().await;
    assert!(us.loaded().await.unwrap().is_empty(), "we open none");
    let mut terminal = daemon.terminal();
    terminal.call("thread/resume", json!({ "threadId": thread.id.0 }));
    assert_eq!(seen.following().await.id, thread.id);
}

/// Untouched hooks of a person's own: what is told of their runs is what the terminal is told.
#[tokio::test(flavor = "multi_thread")]
async fn runs_are_seen_as_the_terminal_sees_them() {
    let lab = lab([Turn::says("one"), Turn::says("two"), Turn::says("three")]);
    lab.set_hooks([
        ("UserPromptSubmit", "echo for the model", 5),
        ("UserPromptSubmit", "exit 3", 5),
        ("Stop", "echo '{\"systemMessage\":\"careful\"}'", 5),
        ("Stop", "sleep 0.05", 5),
    ]);
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let us = seen.attached().await;
    // An open thread gets what is trusted from here.
    let mut terminal = daemon.terminal();
    talked(&mut terminal, &mut seen).await;
    let mut client = us.client();
    let hooks = client.hooks(&[lab.repo()]).await.unwrap().hooks;
    assert!(hooks.iter().all(|hook| hook.trust_status == TrustStatus::Untrusted));
    let trust = |hook: &appserver::Listed| appserver::Trust {
        key: hook.key.clone(),
        hash: hook.current_hash.clone().expect("a command has a hash"),
    };
    client.trust(&hooks.iter().map(trust).collect::<Vec<_>>()).await.unwrap();
    client.close().await.unwrap();

    terminal.start_turn("go on");
    assert_eq!(terminal.finish_turn(), "completed");
    let expected = terminal.take_all("hook/completed");
    assert_eq!(expected.len(), 4);
    let mut statuses = Vec::new();
    for told in expected {
        let HookNews { thread, turn, run, emitted_at_ms } = seen.completed().await;
        let status = format!("{:?}", run.status).to_lowercase();
        let entries: Vec<_> =
            run.entries.iter().map(|entry| json!({ "kind": entry.kind, "text": entry.text })).collect();
        let ours = json!({ "threadId": thread.0, "turnId": turn.map(|turn| turn.0), "run": {
            "id": run.id, "eventName": run.event_name, "handlerType": run.handler_type, "executionMode": run.execution_mode,
            "scope": run.scope, "sourcePath": run.source_path, "source": run.source, "displayOrder": run.display_order,
            "status": status, "statusMessage": run.status_message, "startedAt": run.started_at,
            "completedAt": run.completed_at, "durationMs": run.duration_ms, "entries": entries,
        } });
        assert_eq!(ours, told);
        assert!(emitted_at_ms.is_some());
        statuses.push(run.status);
    }
    assert_eq!(statuses, [RunStatus::Completed, RunStatus::Failed, RunStatus::Completed, RunStatus::Completed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subagent_is_followed_and_named_after_its_parent() {
    let setup = Setup { model: "mock-model", ..Setup::default() };
    let child = "make it, child";
    let turns = [
        Turn::calls([Call::spawn_agent(child)]).unless(child),
        Turn::calls([Call::shell("touch made.txt")]).when(child).unless("function_call_output"),
        Turn::says("done").when(child),
        Turn::says("done").when(child),
        Turn::says("done").when(child),
    ];
    let lab = Lab::with(&setup, turns);
    let daemon = lab.daemon();
    let mut seen = Seen::of(&lab);
    let us = seen.attached().await;
    let mut terminal = daemon.terminal();
    let root = terminal.start_thread("untrusted");
    terminal.start_turn("let it be made");
    let question = seen.question().await;
    let thread = us.thread(question.thread.as_ref().unwrap()).await.unwrap();
    assert_ne!(thread.id.0, root);
    assert_eq!(thread.parent_thread_id.map(|parent| parent.0), Some(root));
    us.answer(&question, &Decision::Accept, &schema(&lab).await).await.unwrap();
    seen.resolved(&question).await;
    fixtures::until("the file", || lab.repo().join("made.txt").exists().then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_left_and_found_again() {
    let lab = lab([]);
    let mut seen = Seen::of(&lab);
    for end in [codex::Daemon::stop, codex::Daemon::kill, codex::Daemon::stop] {
        let daemon = lab.daemon();
        let us = seen.attached().await;
        assert!(us.loaded().await.unwrap().is_empty());
        end(daemon);
        assert_eq!(seen.lost().await, Loss::Ended);
        assert!(matches!(us.loaded().await, Err(Error::Ended(_))));
    }
}

/// What is sent is held against this: it takes what the questions offer, and nothing that is near it.
#[tokio::test]
async fn the_installed_codex_tells_what_it_takes() {
    let lab = lab([]);
    let before = std::fs::read_dir(lab.codex_home()).unwrap().count();
    let schema = schema(&lab).await;
    assert!(schema.version().to_string().starts_with("0."), "{}", schema.version());
    assert_eq!(std::fs::read_dir(lab.codex_home()).unwrap().count(), before, "it only prints");
    assert_eq!(lab.model.refused(), Vec::<String>::new());
    let command = "item/commandExecution/requestApproval";
    let rule = json!({ "acceptWithExecpolicyAmendment": { "execpolicy_amendment": ["touch"] } });
    let network = json!({ "network_policy_amendment": { "host": "example.org", "action": "deny" } });
    let takes = |method: &str, result: Value| schema.takes(method, &result).is_ok();
    for decision in [json!("accept"), json!("cancel"), rule, json!({ "applyNetworkPolicyAmendment": network })] {
        assert!(takes(command, json!({ "decision": decision })), "{decision}");
    }
    for decision in [json!("Accept"), json!("approved"), json!(null), json!({ "accept": {} }), json!(["accept"])] {
        assert!(!takes(command, json!({ "decision": decision })), "{decision}");
    }
    for decision in ["accept", "acceptForSession", "decline", "cancel"] {
        assert!(takes("item/fileChange/requestApproval", json!({ "decision": decision })), "{decision}");
    }
    let permissions = "item/permissions/requestApproval";
    let network = json!({ "network": { "enabled": true } });
    for scope in ["turn", "session"] {
        assert!(takes(permissions, json!({ "permissions": network, "scope": scope })), "{scope}");
    }
    assert!(takes(permissions, json!({ "permissions": {}, "scope": "turn" })));
    assert!(!takes(permissions, json!({ "permissions": network, "scope": "always" })));
    assert!(!takes("item/tool/call", json!({ "decision": "accept" })));
}
