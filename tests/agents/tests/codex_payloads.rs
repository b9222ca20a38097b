//! What Codex writes to a hook's stdin: the recordings in `tests/fixtures/codex/`, on which the parser is tested, against the Codex
//! that is installed. `HOOKWRIGHT_RECORD=1` writes them anew.

use std::fs;
use std::path::PathBuf;

use agents::codex::transcript;
use fixtures::codex::{AppServer, Lab, Setup, Step, scrub};
use fixtures::model_server::{Call, Turn};
use model::{HookEvent, Reviewer, TurnId};
use serde_json::{Value, json};

const PATCH: &str = "*** Begin Patch\n*** Add File: made.txt\n+hello\n*** End Patch";

/// A lab where every event is recorded and a thread waits for its first prompt.
fn open(lab: &Lab, approval_policy: &str) -> AppServer {
    let hook = lab.recorder("");
    // Codex lets a SessionEnd or Interrupt hook run for three seconds at most.
    lab.set_hooks(HookEvent::KNOWN.iter().map(|event| (event.name(), hook.as_str(), 3)));
    let mut codex = lab.app_server();
    codex.trust_all();
    codex.start_thread(approval_policy);
    codex
}

/// Sends a prompt and accepts whatever Codex asks.
fn accept_all(codex: &mut AppServer, prompt: &str) {
    codex.start_turn(prompt);
    while let Step::Asks(approval) = codex.step() {
        codex.reply(&approval, json!({ "decision": "accept", "action": "accept", "content": {} }));
    }
}

fn field<'a>(payload: &'a Value, name: &str) -> &'a str {
    payload[name].as_str().unwrap_or_default()
}

/// The last payload of an event that fits, as it came.
fn last(lab: &Lab, event: &str, fits: impl Fn(&Value) -> bool) -> String {
    let recorded = lab.recorded();
    let found = recorded.iter().rev().find(|text| {
        let payload: Value = serde_json::from_str(text).expect("a payload is JSON");
        field(&payload, "hook_event_name") == event && fits(&payload)
    });
    found.unwrap_or_else(|| panic!("no {event} among {recorded:#?}")).clone()
}

/// Compares a payload with the recording `EVENT.VARIANT.json`, or makes it the recording.
fn check(lab: &Lab, event: &str, variant: &str) {
    check_where(lab, event, variant, |_| true);
}

fn check_where(lab: &Lab, event: &str, variant: &str, fits: impl Fn(&Value) -> bool) {
    let payload = scrub(lab, &last(lab, event, fits));
    let path = recordings().join(format!("{event}.{variant}.json"));
    if recording() {
        fs::write(&path, &payload).expect("the recordings are writable");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(payload, expected, "{event}.{variant}: Codex sends something else than was recorded");
}

fn recordings() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/codex")
}

fn recording() -> bool {
    std::env::var_os("HOOKWRIGHT_RECORD").is_some()
}

#[test]
fn shell_and_the_life_of_a_session() {
    let lab = Lab::new([Turn::calls([Call::shell("touch made.txt && echo ran")]), Turn::says("done")]);
    let mut codex = open(&lab, "untrusted");
    accept_all(&mut codex, "please do it");
    codex.close();

    for event in ["SessionStart", "UserPromptSubmit", "PreToolUse", "PermissionRequest", "PostToolUse", "Stop"] {
        check(&lab, event, "shell");
    }
    for event in ["PreModelRequest", "PostModelRequest", "SessionEnd"] {
        check(&lab, event, "shell");
    }
    assert_eq!(lab.model.refused(), Vec::<String>::new(), "Codex reached for something outside");
}

#[test]
fn a_folder_that_the_model_chose() {
    let lab = Lab::new([Turn::calls([Call::shell_in("/", "ls")]), Turn::says("done")]);
    let mut codex = open(&lab, "untrusted");
    accept_all(&mut codex, "please do it");
    check(&lab, "PermissionRequest", "elsewhere");

    let payload: Value = serde_json::from_str(&last(&lab, "PermissionRequest", |_| true)).unwrap();
    let turn = TurnId::new(field(&payload, "turn_id"));
    let context = transcript::context(field(&payload, "transcript_path").as_ref(), &turn).unwrap();
    assert_eq!(field(&payload, "cwd"), "/");
    assert_eq!(context.cwd, Some(lab.repo()));
}

#[test]
fn leaving_the_sandbox() {
    let setup = Setup { sandbox: "workspace-write", ..Setup::default() };
    let call = Call::escalated("touch made.txt && echo ran", "May I create made.txt?");
    let lab = Lab::with(&setup, [Turn::calls([call]), Turn::says("done")]);
    let mut codex = open(&lab, "on-request");
    accept_all(&mut codex, "please do it");
    check(&lab, "PermissionRequest", "escalated");
}

#[test]
fn patch() {
    let lab = Lab::new([Turn::calls([Call::patch(PATCH)]), Turn::says("done")]);
    let mut codex = open(&lab, "untrusted");
    accept_all(&mut codex, "please do it");
    assert_eq!(fs::read_to_string(lab.repo().join("made.txt")).unwrap(), "hello\n");
    for event in ["PreToolUse", "PermissionRequest"] {
        check(&lab, event, "patch");
    }
}

#[test]
fn mcp() {
    let server = env!("CARGO_BIN_EXE_mcp-echo");
    let setup = Setup { config: format!("[mcp_servers.lab]\ncommand = {server:?}\n"), ..Setup::default() };
    let call = Call::mcp("lab", "echo", json!({ "text": "hi" }));
    let lab = Lab::with(&setup, [Turn::calls([call]), Turn::says("done")]);
    let mut codex = open(&lab, "untrusted");
    accept_all(&mut codex, "please do it");
    assert!(lab.model.tool_outputs().concat().contains("echo: "), "{:?}", lab.model.tool_outputs());
    for event in ["PreToolUse", "PermissionRequest", "PostToolUse"] {
        check(&lab, event, "mcp");
    }
}

#[test]
fn subagent() {
    let setup = Setup { model: "mock-model", ..Setup::default() };
    let turns = [
        Turn::calls([Call::spawn_agent("CHILD TASK")]).unless("CHILD TASK"),
        Turn::calls([Call::shell("touch made.txt")]).when("CHILD TASK").unless("_call_output"),
        Turn::says("the child is done").when("touch made.txt"),
        Turn::says("the parent is done"),
    ];
    let lab = Lab::with(&setup, turns);
    let mut codex = open(&lab, "untrusted");
    codex.start_turn("use an agent");
    let approval = codex.subagent_approval();
    codex.answer(&approval, "accept");
    codex.wait_for("hook/completed", |params| params["run"]["eventName"] == "subagentStop");

    for event in ["SubagentStart", "UserPromptSubmit", "PermissionRequest", "SubagentStop"] {
        check_where(&lab, event, "subagent", |payload| payload.get("agent_id").is_some());
    }
    let in_child = |payload: &Value| payload.get("agent_id").is_some();
    let payload: Value = serde_json::from_str(&last(&lab, "PermissionRequest", in_child)).unwrap();
    let turn = TurnId::new(field(&payload, "turn_id"));
    let context = transcript::context(field(&payload, "transcript_path").as_ref(), &turn).unwrap();
    assert_eq!(context.prompt, None, "the task of a subagent is not a person's prompt");
}

#[test]
fn interrupt() {
    let lab = Lab::new([Turn::calls([Call::shell("true")]), Turn::says("done")]);
    let mut codex = open(&lab, "untrusted");
    codex.start_turn("please do it");
    codex.approval();
    codex.interrupt();
    assert_eq!(codex.finish_turn(), "interrupted");
    check(&lab, "Interrupt", "shell");
}

#[test]
fn compaction() {
    let lab = Lab::new([Turn::says("done"), Turn::says("a summary")]);
    let mut codex = open(&lab, "untrusted");
    accept_all(&mut codex, "please do it");
    codex.compact();
    for event in ["PreCompact", "PostCompact"] {
        check(&lab, event, "manual");
    }
}

/// What is known while a hook waits: the transcript of the very turn that asks.
#[test]
fn transcript_of_a_turn_that_asks() {
    let asks = || Turn::calls([Call::shell("touch made.txt")]);
    let lab = Lab::new([Turn::says("done"), asks(), Turn::says("done")]);
    let mut codex = open(&lab, "untrusted");
    accept_all(&mut codex, "the first prompt");
    let turn = TurnId::new(codex.start_turn("the second prompt"));
    let approval = codex.approval();

    let payload: Value = serde_json::from_str(&last(&lab, "PermissionRequest", |_| true)).unwrap();
    let path = PathBuf::from(field(&payload, "transcript_path"));
    let context = transcript::context(&path, &turn).unwrap();
    assert_eq!(context.cwd, Some(lab.repo()));
    assert_eq!(context.approval_policy.as_deref(), Some("untrusted"));
    assert_eq!(context.reviewer, Reviewer::User);
    assert_eq!(context.prompt.as_deref(), Some("the second prompt"));

    if recording() {
        let text = scrub(&lab, &fs::read_to_string(&path).unwrap());
        // Instructions and settings are long, and nothing of ours.
        let lines: Vec<_> = text.lines().filter(|line| line.len() < 2000).collect();
        fs::write(recordings().join("transcript.jsonl"), lines.join("\n") + "\n").unwrap();
    }
    codex.answer(&approval, "decline");
    codex.finish_turn();
}

#[test]
fn auto_review_is_known_while_the_hook_waits() {
    let setup = Setup { sandbox: "workspace-write", ..Setup::default() };
    let call = Call::escalated("touch made.txt", "May I?");
    let lab = Lab::with(&setup, [Turn::calls([call]), Turn::says("done")]);
    let hook =
        lab.recorder(r#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"deny"}}}"#);
    lab.set_permission_hook(&hook, 30);
    let mut codex = lab.app_server();
    codex.trust_all();
    codex.start_thread_with(json!({ "approvalPolicy": "on-request", "approvalsReviewer": "auto_review" }));
    let turn = TurnId::new(codex.start_turn("please do it"));
    assert_eq!(codex.finish_turn(), "completed");

    let payload: Value = serde_json::from_str(&last(&lab, "PermissionRequest", |_| true)).unwrap();
    let context = transcript::context(field(&payload, "transcript_path").as_ref(), &turn).unwrap();
    assert_eq!(context.reviewer, Reviewer::AutoReview);
}
