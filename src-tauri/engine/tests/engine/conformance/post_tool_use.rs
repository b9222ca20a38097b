//! `PostToolUse`.

use serde_json::{Value, json};

use super::case::{
    Expected, Says, blocked, cases, completed, exits, failed, prints, specific, specific_output, stopped_showing,
};

/// With context.
fn informed(mut answer: Value) -> Says {
    answer["hookSpecificOutput"] = specific_output("PostToolUse", json!({ "additionalContext": "c" }));
    prints(answer)
}

/// The model reads this instead of the result, which counts as failed.
fn replaced(feedback: &str) -> Expected {
    blocked(feedback).with(|outcome| outcome.feedback = Some(feedback.to_owned()))
}

/// The model reads this instead of the result. Codex 0.169: the turn goes on.
fn covered(shown: &str, feedback: &str) -> Expected {
    stopped_showing(shown).with(|outcome| {
        outcome.should_stop = false;
        outcome.feedback = Some(feedback.to_owned());
    })
}

const SILENT: &str = "PostToolUse hook stopped execution";

cases! {
    c063_block: PostToolUse, prints(json!({ "decision": "block", "reason": "bash output looked sketchy" }))
        => replaced("bash output looked sketchy");
    c064_context: PostToolUse, specific("PostToolUse", json!({ "additionalContext": "Remember the bash cleanup note." }))
        => completed().context("Remember the bash cleanup note.");
    c065_another_output: PostToolUse,
        specific("PostToolUse", json!({ "updatedMCPToolOutput": { "ok": true }, "additionalContext": "c" }))
        => failed("PostToolUse hook returned unsupported updatedMCPToolOutput");
    c066_exit_code_2_blocks: PostToolUse, exits(2, "post hook says pause") => replaced("post hook says pause");
    c067_stop: PostToolUse,
        prints(json!({ "continue": false, "stopReason": "halt after bash output", "reason": "post-tool hook says stop" }))
        => covered("halt after bash output", "post-tool hook says stop");
    c068_stop_without_a_reason: PostToolUse, prints(json!({ "continue": false })) => covered(SILENT, SILENT);
    c069_text: PostToolUse, prints("hello") => completed();
    c070_suppressing: PostToolUse, prints(json!({ "suppressOutput": true }))
        => failed("PostToolUse hook returned unsupported suppressOutput");
    c071_a_reason_alone: PostToolUse, prints(json!({ "reason": "" }))
        => failed("PostToolUse hook returned reason without decision");
    c072_block_without_a_reason: PostToolUse, prints(json!({ "decision": "block" }))
        => failed("PostToolUse hook returned decision:block without a non-empty reason");
    c073_exit_code_2_without_a_reason: PostToolUse, exits(2, " ")
        => failed("PostToolUse hook exited with code 2 but did not write feedback to stderr");
    c074_broken: PostToolUse, prints(r#"{"a":"#) => failed("hook returned invalid post-tool-use JSON output");
    c075_stop_comes_first: PostToolUse, informed(json!({ "continue": false, "suppressOutput": true })) => covered(SILENT, SILENT);

    stop_with_context: PostToolUse, informed(json!({ "continue": false, "reason": "r", "stopReason": "s" }))
        => covered("s", "r").context("c");
    stop_with_a_reasonless_block: PostToolUse, informed(json!({ "continue": false, "decision": "block" }))
        => covered(SILENT, SILENT);
    stop_beats_block: PostToolUse, prints(json!({ "continue": false, "decision": "block", "reason": " x " }))
        => covered(SILENT, "x");
    the_reason_as_it_came: PostToolUse, informed(json!({ "decision": "block", "reason": " x " })) => replaced(" x ").context("c");
    no_other_output: PostToolUse, specific("PostToolUse", json!({ "updatedMCPToolOutput": null })) => completed();
    a_reason_to_stop_alone: PostToolUse, prints(json!({ "stopReason": "x" })) => completed();
}
