//! What hosted hooks tell an agent, in the agent's own words.

use api::dto::{RunStatusView, Setting};
use fixtures::relay::Outcome;
use fixtures::{payload, plain};
use flows::{Flow, until};
use serde_json::{Value, json};

use super::{declare, handler, hosting, ran, says};

fn tool(event: &str) -> Vec<u8> {
    payload::bytes("session", event, json!({ "tool_name": "Bash", "tool_input": { "command": "make" } }))
}

/// What the agent reads.
#[track_caller]
fn heard(flow: &Flow, payload: &[u8]) -> Value {
    let Outcome { stdout, .. } = flow.ask(payload).outcome();
    if stdout.is_empty() { Value::Null } else { serde_json::from_str(&stdout).unwrap() }
}

fn stop(active: bool) -> Vec<u8> {
    payload::bytes("session", "Stop", json!({ "stop_hook_active": active, "last_assistant_message": "done" }))
}

#[test]
fn a_guard_stops_a_tool_call_and_another_hooks_context_goes_along() {
    let context = json!({ "hookEventName": "PreToolUse", "additionalContext": "it is friday" });
    let flow = hosting(&[
        ("PreToolUse", handler("echo 'no make' >&2; exit 2")),
        ("PreToolUse", handler(&says(&json!({ "hookSpecificOutput": context, "systemMessage": "w" }).to_string()))),
        ("PreToolUse", handler("exit 1")),
    ]);
    let expected = json!({
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "no make",
            "additionalContext": "it is friday",
        },
        "systemMessage": "w",
    });
    assert_eq!(heard(&flow, &tool("PreToolUse")), expected);
    let runs = ran(&flow, "PreToolUse", 3).runs;
    let statuses: Vec<_> = runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [RunStatusView::Blocked, RunStatusView::Completed, RunStatusView::Failed]);
    assert_eq!((runs[0].exit_code, plain(&runs[0].stderr).trim()), (Some(2), "no make"));
    assert_eq!(runs[0].source, "hosted");
}

#[test]
fn hooks_run_in_the_sessions_own_folder_and_not_where_the_model_wants() {
    let flow = hosting(&[("PreToolUse", handler("pwd"))]);
    let folders = ["own", "chosen"].map(|name| flow.home.path().canonicalize().unwrap().join(name));
    folders.iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
    let runs_in = |event: &str, cwd: &std::path::Path| {
        let fields = json!({ "cwd": cwd, "tool_name": "Bash", "tool_input": { "command": "make" } });
        heard(&flow, &payload::bytes("session", event, fields));
        ran(&flow, "PreToolUse", 1).runs.iter().map(|run| plain(&run.stdout)).collect::<String>()
    };
    let [own, chosen] = &folders;
    assert_eq!(runs_in("PreToolUse", chosen).trim(), chosen.to_str().unwrap(), "nothing better is known");
    heard(&flow, &payload::bytes("session", "SessionStart", json!({ "cwd": own, "source": "startup" })));
    assert_eq!(runs_in("PreToolUse", chosen).trim(), own.to_str().unwrap());
}

#[test]
fn a_matcher_means_what_it_says() {
    let flow = Flow::start();
    let group = json!({ "matcher": "apply_patch", "hooks": [handler("echo no >&2; exit 2")] });
    std::fs::create_dir_all(flow.home.path().join("config")).unwrap();
    let text = json!({ "hooks": { "PreToolUse": [group] } }).to_string();
    std::fs::write(flow.home.path().join("config/hooks.json"), text).unwrap();
    flow.app.wish_all(api::dto::HostedWish::Trust);
    assert_eq!(heard(&flow, &tool("PreToolUse")), Value::Null);
    assert!(ran(&flow, "PreToolUse", 0).runs.is_empty());
}

#[test]
fn a_prompt_is_explained_and_blocked() {
    let flow = hosting(&[("UserPromptSubmit", handler("echo be brief"))]);
    let prompt = payload::bytes("session", "UserPromptSubmit", json!({ "prompt": "hi" }));
    let context = json!({ "hookEventName": "UserPromptSubmit", "additionalContext": "be brief" });
    assert_eq!(heard(&flow, &prompt), json!({ "hookSpecificOutput": context }));

    declare(flow.home.path(), &[("UserPromptSubmit", handler(&says(r#"{"decision":"block","reason":"not now"}"#)))]);
    flow.app.wish_all(api::dto::HostedWish::Trust);
    assert_eq!(heard(&flow, &prompt), json!({ "decision": "block", "reason": "not now" }));
}

/// A hook that keeps a turn going once, as the payload tells it.
const ONCE: &str = r#"grep -q '"stop_hook_active":true' || { echo 'run the tests' >&2; exit 2; }"#;

#[test]
fn a_turn_goes_on_with_the_reasons_of_all() {
    let flow = hosting(&[("Stop", handler(ONCE)), ("Stop", handler("echo 'and the linter' >&2; exit 2"))]);
    let both = json!({ "decision": "block", "reason": "run the tests\n\nand the linter" });
    assert_eq!(heard(&flow, &stop(false)), both);
    assert_eq!(heard(&flow, &stop(true)), json!({ "decision": "block", "reason": "and the linter" }));
}

#[test]
fn a_limit_lets_a_turn_end_and_says_so() {
    let flow = hosting(&[("Stop", handler("echo again >&2; exit 2"))]);
    let block = json!({ "decision": "block", "reason": "again" });
    for _ in 0..3 {
        assert_eq!(heard(&flow, &stop(true)), block, "without a limit there is none");
    }
    flow.app.wait(flow.app.app.change(Setting::Continuations { value: Some(2) })).unwrap();
    assert_eq!(heard(&flow, &stop(false)), block);
    assert_eq!(heard(&flow, &stop(true)), block);
    let third = heard(&flow, &stop(true));
    assert_eq!(third.as_object().unwrap().keys().collect::<Vec<_>>(), ["systemMessage"]);
    let told = until("the run that was held back", || {
        let detail = ran(&flow, "Stop", 1);
        detail.runs[0].entries.iter().find(|entry| entry.kind == "warning").map(|entry| plain(&entry.text))
    });
    assert_eq!(third["systemMessage"], told);
    assert!(told.contains("2 times"), "{told}");

    let mut other: Value = serde_json::from_slice(&stop(false)).unwrap();
    other["turn_id"] = json!("another");
    assert_eq!(heard(&flow, other.to_string().as_bytes()), block, "each turn has its own count");
}

#[test]
fn what_a_background_hook_leaves_goes_with_the_next_reply_of_its_session() {
    let mut hook = handler("echo the build is green");
    hook["async"] = json!(true);
    let flow = hosting(&[("UserPromptSubmit", hook)]);
    let prompt = |session| payload::bytes(session, "UserPromptSubmit", json!({ "prompt": "hi" }));
    assert_eq!(heard(&flow, &prompt("one")), Value::Null);
    let run = ran(&flow, "UserPromptSubmit", 1).runs.remove(0);
    assert_eq!((run.mode.as_str(), run.status), ("async", RunStatusView::Completed));

    // No hook runs for these events: they only carry.
    let tool = |session, event| {
        payload::bytes(session, event, json!({ "tool_name": "Bash", "tool_input": { "command": "make" } }))
    };
    assert_eq!(heard(&flow, &tool("other", "PreToolUse")), Value::Null);
    assert_eq!(heard(&flow, &payload::bytes("one", "Stop", json!({ "stop_hook_active": false }))), Value::Null);
    let context = json!({ "hookEventName": "PreToolUse", "additionalContext": "the build is green" });
    assert_eq!(heard(&flow, &tool("one", "PreToolUse")), json!({ "hookSpecificOutput": context }));
    assert_eq!(heard(&flow, &tool("one", "PreToolUse")), Value::Null);
}
