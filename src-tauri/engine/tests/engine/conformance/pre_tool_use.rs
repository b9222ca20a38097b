//! `PreToolUse`.

use serde_json::json;

use super::case::{Says, blocked, cases, completed, does, exits, failed, prints, specific, specific_output};

const INVALID: &str = "hook returned invalid pre-tool-use JSON output";
const DENY: &str = r#"{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"no"}}"#;

fn hso(fields: serde_json::Value) -> Says {
    specific("PreToolUse", fields)
}

cases! {
    c010_exit_code_2_blocks: PreToolUse, exits(2, "no\n") => blocked("no");
    c011_exit_code_2_without_a_reason: PreToolUse, does(format!("printf %s '{DENY}'; exit 2"))
        => failed("PreToolUse hook exited with code 2 but did not write a blocking reason to stderr");
    c012_deny: PreToolUse, hso(json!({ "permissionDecision": "deny", "permissionDecisionReason": " no " })) => blocked("no");
    c013_deny_with_context: PreToolUse,
        hso(json!({ "permissionDecision": "deny", "permissionDecisionReason": "no", "additionalContext": "x" }))
        => blocked("no").context("x");
    c014_deny_without_a_reason: PreToolUse, hso(json!({ "permissionDecision": "deny", "additionalContext": "x" }))
        => failed("PreToolUse hook returned permissionDecision:deny without a non-empty permissionDecisionReason");
    c015_allow_alone: PreToolUse, hso(json!({ "permissionDecision": "allow" }))
        => failed("PreToolUse hook returned unsupported permissionDecision:allow");
    c016_allow_with_another_input: PreToolUse,
        hso(json!({ "permissionDecision": "allow", "updatedInput": { "command": "ls" } }))
        => completed().with(|outcome| outcome.updated_input = Some(json!({ "command": "ls" })));
    c017_no_input_is_none: PreToolUse, hso(json!({ "permissionDecision": "allow", "updatedInput": null }))
        => failed("PreToolUse hook returned unsupported permissionDecision:allow");
    c018_ask: PreToolUse, hso(json!({ "permissionDecision": "ask" }))
        => failed("PreToolUse hook returned unsupported permissionDecision:ask");
    c019_another_input_alone: PreToolUse, hso(json!({ "updatedInput": { "command": "ls" } }))
        => failed("PreToolUse hook returned updatedInput without permissionDecision:allow");
    c020_deny_with_another_input: PreToolUse,
        hso(json!({ "permissionDecision": "deny", "permissionDecisionReason": "no", "updatedInput": {} }))
        => failed("PreToolUse hook returned updatedInput without permissionDecision:allow");
    c021_a_reason_alone: PreToolUse, hso(json!({ "permissionDecisionReason": "" }))
        => failed("PreToolUse hook returned permissionDecisionReason without permissionDecision");
    c022_block: PreToolUse, prints(json!({ "decision": "block", "reason": "stop" })) => blocked("stop");
    c023_block_with_a_blank_reason: PreToolUse, prints(json!({ "decision": "block", "reason": "  " }))
        => failed("PreToolUse hook returned decision:block without a non-empty reason");
    c024_approve: PreToolUse, prints(json!({ "decision": "approve", "reason": "x" }))
        => failed("PreToolUse hook returned unsupported decision:approve");
    c025_a_reason_alone: PreToolUse, prints(json!({ "reason": "x" }))
        => failed("PreToolUse hook returned reason without decision");
    c026_block_with_context: PreToolUse,
        prints(json!({
            "decision": "block", "reason": "r",
            "hookSpecificOutput": specific_output("PreToolUse", json!({ "additionalContext": "x" })),
        }))
        => blocked("r").context("x");
    c027_the_newer_form_wins: PreToolUse,
        prints(json!({
            "decision": "block",
            "hookSpecificOutput":
                specific_output("PreToolUse", json!({ "permissionDecision": "deny", "permissionDecisionReason": "d" })),
        }))
        => blocked("d");
    c028_it_cannot_stop: PreToolUse,
        prints(json!({
            "continue": false,
            "hookSpecificOutput":
                specific_output("PreToolUse", json!({ "permissionDecision": "deny", "permissionDecisionReason": "d" })),
        }))
        => failed("PreToolUse hook returned unsupported continue:false");
    c029_it_has_no_reason_to_stop: PreToolUse, prints(json!({ "stopReason": "" }))
        => failed("PreToolUse hook returned unsupported stopReason");
    c030_a_warning_stays: PreToolUse, prints(json!({ "suppressOutput": true, "systemMessage": "m" }))
        => failed("PreToolUse hook returned unsupported suppressOutput").warning("m");
    c031_text: PreToolUse, prints("hello") => completed();
    c032_broken: PreToolUse, prints(r#"{"decision":"#) => failed(INVALID);
    c033_an_unknown_key: PreToolUse, prints(r#"{"foo":1}"#) => failed(INVALID);
    c034_a_list: PreToolUse, prints("[1]") => failed(INVALID);
    c035_text_before: PreToolUse, prints(format!("log\n{DENY}")) => completed();
    c036_text_behind: PreToolUse, prints(format!("{DENY}\nlog")) => failed(INVALID);
    c037_a_byte_order_mark_is_text: PreToolUse, prints(format!("\u{feff}{DENY}")) => completed();
    c038_continue_is_not_null: PreToolUse, prints(r#"{"continue":null}"#) => failed(INVALID);
    c039_named_after_another_event: PreToolUse,
        specific("PostToolUse", json!({ "permissionDecision": "deny", "permissionDecisionReason": "no" }))
            .although_the_schema_refuses()
        => blocked("no");
    c040_no_event_named: PreToolUse, prints(r#"{"hookSpecificOutput":{"permissionDecision":"ask"}}"#) => failed(INVALID);
    c113_the_last_of_two_counts: PreToolUse, prints(r#"{"decision":"approve","decision":"block","reason":"r"}"#) => blocked("r");

    context_alone: PreToolUse, hso(json!({ "additionalContext": " x " })) => completed().context(" x ");
    no_input_leaves_the_older_form: PreToolUse,
        prints(json!({
            "decision": "block", "reason": "a",
            "hookSpecificOutput": specific_output("PreToolUse", json!({ "updatedInput": null })),
        }))
        => blocked("a");
    /// Codex 0.169: as JSON of Rust's serde reads it.
    a_list_of_values: PreToolUse, prints(r#"{"hookSpecificOutput":["PreToolUse","deny","why",null,"x"]}"#)
        .although_the_schema_refuses() => blocked("why").context("x");
    a_word_as_a_key: PreToolUse, prints(r#"{"decision":{"block":null},"reason":"r"}"#)
        .although_the_schema_refuses() => blocked("r");
}
