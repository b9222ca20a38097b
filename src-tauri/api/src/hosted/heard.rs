//! Whatever hooks add up to, Codex reads the same from the one reply that is made of it.

use std::path::PathBuf;

use engine::{Engine, Payload, Shell, Surroundings};
use model::{
    Fragment, Handler, Hook, HookEvent, HookKey, Mode, Outcome, RunId, RunStatus, Source, SourceKind, Verdict,
};
use serde_json::json;

/// One hook of Codex that says `reply`, read by the engine.
fn read(event: &HookEvent, reply: &str) -> (RunStatus, Outcome) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), reply).unwrap();
    let command = format!("cat '{}'", file.path().display());
    let hook = Hook {
        key: HookKey::new("k"),
        event: event.clone(),
        matcher: None,
        handler: Handler::Command { command, environment: Vec::new(), mode: Mode::Sync },
        source: Source { kind: SourceKind::User, path: "/hooks.json".into(), plugin: None },
        display_order: 0,
        timeout: 60,
        status_message: None,
        context_limit: Some(0),
        hash: String::new(),
        enabled: true,
        trust: model::Trust::Trusted,
        agents: None,
    };
    let payload = json!({ "hook_event_name": event.name(), "cwd": "/", "session_id": "s", "tool_name": "Bash" });
    let payload = Payload::parse(&payload.to_string()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = runtime.block_on(async {
        let engine = Engine::new(Surroundings {
            shell: Shell::of(Some(&PathBuf::from("/bin/sh"))),
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            scratch: std::env::temp_dir(),
            mcp_servers: Default::default(),
        });
        engine.run(&[hook], &payload, |_| {}).await
    });
    let [ran] = report.runs.try_into().unwrap();
    (ran.run.status, report.outcome)
}

/// What Codex makes of the reply, for what hooks ask of it.
#[track_caller]
fn check(event: HookEvent, outcome: &Outcome, expected: &Outcome) {
    for warnings in [Vec::new(), vec!["one".to_owned(), "two".to_owned()]] {
        let Some(reply) = agents::codex::reply(&event, outcome, &warnings) else {
            assert_eq!(*expected, Outcome::default(), "{event:?} says nothing");
            continue;
        };
        let (status, mut read) = read(&event, &reply);
        assert_ne!(status, RunStatus::Failed, "{event:?}: {reply}");
        // Runs have other names there.
        read.continuation.iter_mut().for_each(|fragment| fragment.run = RunId::new("r"));
        assert_eq!(read, *expected, "{event:?}: {reply}");
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn contexts() -> Outcome {
    Outcome { additional_contexts: vec!["a".to_owned(), "b \"c\"".to_owned()], ..Outcome::default() }
}

/// The contexts as one.
fn joined(outcome: Outcome) -> Outcome {
    Outcome { additional_contexts: vec!["a\n\nb \"c\"".to_owned()], ..outcome }
}

#[test]
fn a_tool_call() {
    let event = || HookEvent::PreToolUse;
    let blocked = Outcome { should_block: true, block_reason: some("no"), ..contexts() };
    check(event(), &blocked, &joined(blocked.clone()));
    let rewritten = Outcome { updated_input: Some(json!({ "command": "ls" })), ..contexts() };
    check(event(), &rewritten, &joined(rewritten.clone()));
    check(event(), &contexts(), &joined(contexts()));
    check(event(), &Outcome::default(), &Outcome::default());
}

#[test]
fn a_request() {
    for verdict in [Some(Verdict::Allow), Some(Verdict::Deny { message: "no \u{2028}".to_owned() }), None] {
        let outcome = Outcome { verdict, ..Outcome::default() };
        let read = Outcome {
            verdict: outcome.verdict.clone().map(|verdict| match verdict {
                Verdict::Deny { message } => Verdict::Deny { message: message.trim().to_owned() },
                Verdict::Allow => Verdict::Allow,
            }),
            ..Outcome::default()
        };
        check(HookEvent::PermissionRequest, &outcome, &read);
    }
}

#[test]
fn a_result() {
    let event = || HookEvent::PostToolUse;
    let blocked = Outcome { should_block: true, block_reason: some("x\n\ny"), feedback: some("x\n\ny"), ..contexts() };
    check(event(), &blocked, &joined(blocked.clone()));
    let stopped = Outcome { feedback: some("f"), ..contexts() };
    check(event(), &stopped, &joined(stopped.clone()));
    check(event(), &contexts(), &joined(contexts()));
}

#[test]
fn a_prompt() {
    let blocked = Outcome { should_stop: true, stop_reason: some("no"), ..contexts() };
    check(HookEvent::UserPromptSubmit, &blocked, &joined(blocked.clone()));
    check(HookEvent::UserPromptSubmit, &contexts(), &joined(contexts()));
}

#[test]
fn a_start() {
    for reason in [some("enough"), None] {
        let stopped = Outcome { should_stop: true, stop_reason: reason, ..contexts() };
        check(HookEvent::SessionStart, &stopped, &joined(stopped.clone()));
        check(HookEvent::SubagentStart, &stopped, &joined(Outcome::default()));
    }
}

#[test]
fn the_end_of_a_turn() {
    for event in [HookEvent::Stop, HookEvent::SubagentStop] {
        let fragment = |text: &str| Fragment { text: text.to_owned(), run: RunId::new("r") };
        let both = some("a\n\nb");
        let goes_on = Outcome { should_block: true, block_reason: both.clone(), ..Outcome::default() };
        let said = Outcome { continuation: vec![fragment("a"), fragment("b")], ..goes_on.clone() };
        check(event.clone(), &said, &Outcome { continuation: vec![fragment("a\n\nb")], ..goes_on });
        let stopped = Outcome { should_stop: true, stop_reason: some("s"), ..Outcome::default() };
        check(event, &stopped, &stopped);
    }
}

#[test]
fn a_compaction() {
    for event in [HookEvent::PreCompact, HookEvent::PostCompact] {
        let stopped = Outcome { should_stop: true, stop_reason: some("s"), ..Outcome::default() };
        check(event, &stopped, &stopped);
    }
}

#[test]
fn nothing() {
    for event in HookEvent::KNOWN {
        check(event.clone(), &Outcome::default(), &Outcome::default());
    }
}
