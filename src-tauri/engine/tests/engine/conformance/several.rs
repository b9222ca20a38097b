//! What several hooks add up to. A is the first in configured order, B the second.

use std::fs;

use engine::{Payload, Progress, Report};
use model::{EntryKind, Hook, HookEvent, Matcher, Outcome, RunStatus, Verdict};
use serde_json::{Value, json};

use super::case::{printing, recorded, specific_output};
use crate::world::{World, command, hook};

/// Waits in a shell until this file is there.
fn until(file: &str) -> String {
    format!(r#"until [ -e "$HERE/{file}" ]; do sleep 0.01; done"#)
}

fn hooks(event: &HookEvent, scripts: [String; 2]) -> Vec<Hook> {
    (0..).zip(scripts).map(|(order, script)| hook(event.clone(), order, command(&script))).collect()
}

async fn run(event: &HookEvent, scripts: [String; 2]) -> Report {
    let world = World::new();
    world.run(&hooks(event, scripts), &recorded(&world, event)).await
}

/// What they add up to when A ends before B, and when B ends before A: the end of one lets the other go on.
async fn outcomes(event: &HookEvent, answers: [Value; 2]) -> [Outcome; 2] {
    let [a, b] = answers.map(|answer| if answer.is_null() { "true".to_owned() } else { printing(&answer.to_string()) });
    let a_first = [a.clone(), format!("{}; {b}", until("0"))];
    let b_first = [format!("{}; {a}", until("1")), b];
    let mut outcomes = Vec::new();
    for (first, scripts) in [a_first, b_first].into_iter().enumerate() {
        let world = World::new();
        let watch = |progress: Progress| {
            if let Progress::Ended { run, .. } = progress {
                fs::write(world.path(&run.to_string()), "").unwrap();
            }
        };
        let report = world.engine().run(&hooks(event, scripts), &recorded(&world, event), watch).await;
        assert_eq!(report.runs[first].order, 0, "who ended first");
        outcomes.push(report.outcome);
    }
    outcomes.try_into().unwrap()
}

/// The same whoever ends first.
async fn outcome(event: &HookEvent, answers: [Value; 2]) -> Outcome {
    let [a_first, b_first] = outcomes(event, answers).await;
    assert_eq!(a_first, b_first, "{}", event.name());
    a_first
}

fn specific(event: &HookEvent, fields: Value) -> Value {
    json!({ "hookSpecificOutput": specific_output(event.name(), fields) })
}

fn decision(decision: Value) -> Value {
    specific(&HookEvent::PermissionRequest, json!({ "decision": decision }))
}

fn deny(message: &str) -> Option<Verdict> {
    Some(Verdict::Deny { message: message.to_owned() })
}

async fn verdict(a: Value, b: Value) -> Option<Verdict> {
    outcome(&HookEvent::PermissionRequest, [a, b]).await.verdict
}

#[tokio::test]
async fn a01_deny_beats_allow() {
    let (allow, no) =
        (decision(json!({ "behavior": "allow" })), decision(json!({ "behavior": "deny", "message": "repo deny" })));
    assert_eq!(verdict(allow.clone(), no.clone()).await, deny("repo deny"));
    assert_eq!(verdict(no, allow).await, deny("repo deny"));
}

#[tokio::test]
async fn a02_two_allow() {
    let allow = || decision(json!({ "behavior": "allow" }));
    assert_eq!(verdict(allow(), allow()).await, Some(Verdict::Allow));
}

#[tokio::test]
async fn a03_nobody_decides() {
    assert_eq!(verdict(Value::Null, json!({})).await, None);
}

#[tokio::test]
async fn a04_the_first_deny_is_told_however_slow() {
    let no = |message: &str| decision(json!({ "behavior": "deny", "message": message }));
    assert_eq!(verdict(no("a"), no("b")).await, deny("a"));
}

#[tokio::test]
async fn a05_a_failure_takes_nothing_away() {
    assert_eq!(verdict(json!({ "foo": 1 }), decision(json!({ "behavior": "allow" }))).await, Some(Verdict::Allow));
}

fn rewrite(command: &str) -> Value {
    let fields = json!({ "permissionDecision": "allow", "updatedInput": { "command": command } });
    specific(&HookEvent::PreToolUse, fields)
}

#[tokio::test]
async fn a06_the_last_rewrite_to_end_counts() {
    let [a_first, b_first] = outcomes(&HookEvent::PreToolUse, [rewrite("1"), rewrite("2")]).await;
    assert_eq!(a_first.updated_input, Some(json!({ "command": "2" })));
    assert_eq!(b_first.updated_input, Some(json!({ "command": "1" })));
}

#[tokio::test]
async fn a07_what_is_blocked_is_not_rewritten() {
    let outcome = outcome(&HookEvent::PreToolUse, [rewrite("1"), json!({ "decision": "block", "reason": "b" })]).await;
    assert_eq!(outcome, Outcome { should_block: true, block_reason: Some("b".into()), ..Outcome::default() });
}

#[tokio::test]
async fn a08_the_first_block_is_told_however_slow() {
    let block = |reason: &str| json!({ "decision": "block", "reason": reason });
    let outcome = outcome(&HookEvent::PreToolUse, [block("a"), block("b")]).await;
    assert_eq!(outcome, Outcome { should_block: true, block_reason: Some("a".into()), ..Outcome::default() });
}

#[tokio::test]
async fn a09_contexts_in_configured_order() {
    let context = |text: &str| specific(&HookEvent::PreToolUse, json!({ "additionalContext": text }));
    let outcome = outcome(&HookEvent::PreToolUse, [context("1"), context("2")]).await;
    assert_eq!(outcome, Outcome { additional_contexts: vec!["1".into(), "2".into()], ..Outcome::default() });
}

#[tokio::test]
async fn a10_feedback_is_joined() {
    let answers = [json!({ "decision": "block", "reason": "a" }), json!({ "continue": false, "stopReason": "s" })];
    let expected = Outcome {
        should_block: true,
        block_reason: Some("a".into()),
        feedback: Some("a\n\ns".into()),
        ..Outcome::default()
    };
    assert_eq!(outcome(&HookEvent::PostToolUse, answers).await, expected);
}

#[tokio::test]
async fn a11_reasons_to_go_on_are_joined() {
    let block = |reason: &str| json!({ "decision": "block", "reason": reason });
    for event in [HookEvent::Stop, HookEvent::SubagentStop] {
        let outcome = outcome(&event, [block("a"), block("b")]).await;
        assert_eq!((outcome.should_block, outcome.block_reason.as_deref()), (true, Some("a\n\nb")));
        let fragments: Vec<_> =
            outcome.continuation.iter().map(|part| (part.text.as_str(), part.run.as_str())).collect();
        let ids = [0, 1].map(|order| format!("{}:{order}:/home/user/.codex/hooks.json", engine::events::kebab(&event)));
        assert_eq!(fragments, [("a", ids[0].as_str()), ("b", ids[1].as_str())]);
    }
}

#[tokio::test]
async fn a12_stop_beats_going_on() {
    let answers = [json!({ "decision": "block", "reason": "a" }), json!({ "continue": false })];
    for event in [HookEvent::Stop, HookEvent::SubagentStop] {
        let outcome = outcome(&event, answers.clone()).await;
        assert_eq!(outcome, Outcome { should_stop: true, ..Outcome::default() });
    }
}

#[tokio::test]
async fn a13_the_same_twice_runs_twice() {
    let report = run(&HookEvent::Stop, [(); 2].map(|()| "true".to_owned())).await;
    assert_eq!(report.runs.iter().map(|ran| ran.run.display_order).collect::<Vec<_>>(), [0, 1]);
}

/// The places of the hooks with these matchers that are for the payload.
fn selected(event: &HookEvent, matchers: &[&str], payload: &Payload) -> Vec<u32> {
    let matched = |matcher: &str| Some(Matcher::parse(matcher).unwrap());
    let hooks: Vec<_> = (0..)
        .zip(matchers)
        .map(|(order, matcher)| Hook { matcher: matched(matcher), ..hook(event.clone(), order, command("true")) })
        .collect();
    engine::Engine::selected(&hooks, payload).iter().map(|hook| hook.display_order).collect()
}

#[test]
fn a14_two_matchers_for_one_source() {
    let payload = recorded(&World::new(), &HookEvent::SessionStart);
    assert_eq!(selected(&HookEvent::SessionStart, &["start.*", "^startup$", "resume"], &payload), [0, 1]);
}

#[test]
fn a15_other_names_do_not_run_it_twice() {
    let named = |tool: &str| World::new().payload("PreToolUse", json!({ "tool_name": tool }));
    let matchers = ["apply_patch|Write|Edit", "Edit", "MultiEdit", "Agent"];
    assert_eq!(selected(&HookEvent::PreToolUse, &matchers, &named("apply_patch")), [0, 1]);
    assert_eq!(selected(&HookEvent::PreToolUse, &matchers, &named("spawn_agent")), [3]);
    // Codex 0.169: the newer tool of the same name in another namespace has no other name.
    assert_eq!(selected(&HookEvent::PreToolUse, &matchers, &named("collaborationspawn_agent")), [0; 0]);
}

#[tokio::test]
async fn a16_they_run_at_the_same_time_and_are_told_in_order() {
    for event in HookEvent::KNOWN {
        let meet = |own: &str, other: &str| format!(r#": > "$HERE/{own}"; {}"#, until(other));
        let report = run(event, [meet("a", "b"), meet("b", "a")]).await;
        let told: Vec<_> = report.runs.iter().map(|ran| (ran.run.display_order, ran.run.status)).collect();
        assert_eq!(told, [(0, RunStatus::Completed), (1, RunStatus::Completed)], "{}", event.name());
    }
}

#[tokio::test]
async fn a17_context_is_kept_when_another_keeps_the_prompt_back() {
    let answers = [
        specific(&HookEvent::UserPromptSubmit, json!({ "additionalContext": "c" })),
        json!({ "decision": "block", "reason": "r" }),
    ];
    let expected = Outcome {
        should_stop: true,
        stop_reason: Some("r".into()),
        additional_contexts: vec!["c".into()],
        ..Outcome::default()
    };
    assert_eq!(outcome(&HookEvent::UserPromptSubmit, answers).await, expected);
}

#[test]
fn a18_one_trigger() {
    let payload = recorded(&World::new(), &HookEvent::PreCompact);
    assert_eq!(selected(&HookEvent::PreCompact, &["manual", "auto"], &payload), [0]);
}

#[tokio::test]
async fn the_first_reason_that_is_given() {
    let answers = [json!({ "continue": false }), json!({ "continue": false, "stopReason": "b" })];
    for event in [HookEvent::SessionStart, HookEvent::PreCompact, HookEvent::Stop, HookEvent::UserPromptSubmit] {
        let expected = Outcome { should_stop: true, stop_reason: Some("b".into()), ..Outcome::default() };
        assert_eq!(outcome(&event, answers.clone()).await, expected, "{}", event.name());
    }
}

#[tokio::test]
async fn a_warning_of_one_run_is_its_own() {
    let report = run(&HookEvent::Stop, [printing(r#"{"systemMessage":"m"}"#), "true".to_owned()]).await;
    let kinds = |run: usize| report.runs[run].run.entries.iter().map(|entry| entry.kind).collect::<Vec<_>>();
    assert_eq!((kinds(0), kinds(1)), (vec![EntryKind::Warning], vec![]));
}
