//! What holds for every event, and how a process ends.

use model::{EntryKind, HookEvent};
use serde_json::json;

use super::case::{cases, check, completed, denied, does, exits, failed, failed_silently, prints, recorded};
use crate::world::{World, command, hook};

/// Codex 0.169: fourteen events, and not twelve. Around model requests stderr is told, also of a hook that ends well.
#[tokio::test]
async fn c001_nothing_on_stdout_is_nothing_said() {
    for event in HookEvent::KNOWN {
        let told = matches!(event, HookEvent::PreModelRequest | HookEvent::PostModelRequest);
        let expected = if told { completed().entry(EntryKind::Error, "noise") } else { completed() };
        check(event, &does("echo noise >&2"), &expected).await;
    }
}

#[tokio::test]
async fn c002_blanks_are_nothing_said() {
    for event in HookEvent::KNOWN {
        check(event, &prints(" \n\t\r\n \u{a0}\u{2003}\n"), &completed()).await;
    }
}

#[tokio::test]
async fn c003_what_cannot_be_started_fails_in_the_system_s_words() {
    let world = World::new();
    let mut payload = recorded(&world, &HookEvent::PreToolUse).fields().clone();
    payload["cwd"] = world.path("missing").to_str().into();
    let payload = engine::Payload::parse(&json!(payload).to_string()).unwrap();
    let report = world.run(&[hook(HookEvent::PreToolUse, 0, command("true"))], &payload).await;
    assert_eq!(report.runs[0].run.status, model::RunStatus::Failed);
    assert_eq!(report.runs[0].run.entries[0].text, "No such file or directory (os error 2)");
    assert_eq!(report.outcome, model::Outcome::default());
}

const DENY: &str = r#"{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"no"}}"#;

cases! {
    c004_out_of_time: Stop, does("sleep 60").within(1) => failed("hook timed out after 1s");
    c005_an_answer_does_not_count_when_time_runs_out:
        PreToolUse, does(format!("printf %s '{DENY}'; sleep 60")).within(1) => failed("hook timed out after 1s");
    c006_killed: PostToolUse, does("kill -9 $$") => failed("hook exited without a status code");
    c007_killed: PreCompact, does("echo why >&2; kill -9 $$") => failed("hook process terminated without an exit code");
    c008_an_answer_does_not_count_after_a_failure:
        UserPromptSubmit, does(r#"printf '{"decision":"block","reason":"no"}'; exit 1"#) => failed("hook exited with code 1");
    c009_stdin_does_not_have_to_be_read: PreToolUse, does("exec <&-; exit 0") => completed();
}

/// Codex 0.169: the answers of three events are not read at all.
#[tokio::test]
async fn c112_a_warning_may_be_empty() {
    let unread = [HookEvent::SessionEnd, HookEvent::PreModelRequest, HookEvent::PostModelRequest];
    for event in HookEvent::KNOWN {
        let expected = if unread.contains(event) { completed() } else { completed().warning("") };
        check(event, &prints(r#"{"systemMessage":""}"#), &expected).await;
    }
}

cases! {
    /// Codex 0.169: around model requests a failure is told on stderr, or not at all.
    model_request_fails_in_its_own_words: PreModelRequest, exits(2, " two\n") => failed("two");
    model_request_fails_without_a_word: PostModelRequest, exits(1, "\n") => failed_silently();
    model_request_killed: PreModelRequest, does("echo why >&2; kill -9 $$") => failed("why");
    model_request_killed_without_a_word: PreModelRequest, does("kill -9 $$") => failed_silently();
    model_request_out_of_time: PostModelRequest, does("sleep 60").within(1) => failed("hook timed out after 1s");
    model_request_is_not_answered: PreModelRequest, prints(r#"{"decision":"#) => completed();

    /// More than is held in memory is not read as an answer. (Codex 0.169 holds all of it.)
    json_without_end: UserPromptSubmit, does("printf '{}'; head -c 9000000 /dev/zero | tr '\\0' ' '")
        => failed("hook returned invalid user prompt submit JSON output");

    nothing_is_absent: PermissionRequest, prints(r#"{"hookSpecificOutput":null,"systemMessage":null,"stopReason":null}"#)
        .although_the_schema_refuses() => completed();
    a_wrong_kind_is_refused: PermissionRequest, prints(r#"{"continue":1}"#)
        => failed("hook returned invalid permission-request JSON output");
    half_a_letter_is_refused: PermissionRequest, prints(r#"{"systemMessage":"\ud800"}"#)
        => failed("hook returned invalid permission-request JSON output");
    a_number_without_end_is_refused: PermissionRequest, prints(r#"{"systemMessage":1e999}"#)
        => failed("hook returned invalid permission-request JSON output");
    other_json_is_text: PermissionRequest, prints(r#""{}""#) => completed();
    blanks_of_any_script_go: PermissionRequest,
        prints("\u{a0}{\"hookSpecificOutput\":{\"hookEventName\":\"PermissionRequest\",\"decision\":{\"behavior\":\"deny\"}}}\u{2003}")
        => denied("PermissionRequest hook denied approval");
}
