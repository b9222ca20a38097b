//! Hooks nobody waits for: they control nothing, and what they say comes later.

use model::HookEvent;
use serde_json::json;

use super::case::{Expected, Says, check_unawaited, completed, exits, failed, prints, specific, specific_output};

macro_rules! unawaited {
    ($($name:ident: $event:ident, $says:expr => $expected:expr;)+) => {$(
        #[tokio::test]
        async fn $name() {
            let (says, expected): (Says, Expected) = ($says, $expected);
            check_unawaited(&HookEvent::$event, &says, &expected).await;
        }
    )+};
}

unawaited! {
    c107_a_block_has_no_effect: UserPromptSubmit,
        prints(json!({
            "decision": "block",
            "hookSpecificOutput": specific_output("UserPromptSubmit", json!({ "additionalContext": "c" })),
        }))
        => completed().context("c");
    c108_exit_code_2_is_a_failure: UserPromptSubmit, exits(2, "no") => failed("hook exited with code 2");
    c109_what_is_unsupported_has_no_effect: PostToolUse,
        specific("PostToolUse", json!({ "updatedMCPToolOutput": 1, "additionalContext": "preserved" }))
        => completed().context("preserved");
    c110_text: Stop, prints("ok") => completed();
    c111_broken: Stop, prints("{") => failed("hook returned invalid stop hook JSON output");

    a_deny_has_no_effect: PreToolUse,
        specific("PreToolUse", json!({ "permissionDecision": "deny", "permissionDecisionReason": "no" })) => completed();
    an_allow_has_no_effect: PermissionRequest,
        specific("PermissionRequest", json!({ "decision": { "behavior": "allow" } })) => completed();
    a_stop_has_no_effect: SessionStart, prints(json!({ "continue": false, "stopReason": "s", "systemMessage": "m" }))
        => completed().warning("m");
    compaction_goes_on: PreCompact, prints(json!({ "continue": false })) => completed();
    text_is_context: SessionStart, prints("later") => completed().context("later");
}
