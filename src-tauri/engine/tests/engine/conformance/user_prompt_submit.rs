//! `UserPromptSubmit`.

use serde_json::{Value, json};

use super::case::{Says, cases, completed, exits, failed, kept_back, prints, specific, specific_output, stopped};

/// With context.
fn informed(mut answer: Value) -> Says {
    answer["hookSpecificOutput"] = specific_output("UserPromptSubmit", json!({ "additionalContext": "c" }));
    prints(answer)
}

cases! {
    c054_stop_with_context: UserPromptSubmit, informed(json!({ "continue": false, "stopReason": "pause" }))
        => stopped(Some("pause")).context("c");
    c055_block_with_context: UserPromptSubmit, informed(json!({ "decision": "block", "reason": "slow down" }))
        => kept_back("slow down").context("c");
    c056_block_without_a_reason: UserPromptSubmit, informed(json!({ "decision": "block" }))
        => failed("UserPromptSubmit hook returned decision:block without a non-empty reason");
    c057_exit_code_2_blocks: UserPromptSubmit, exits(2, "blocked by policy\n") => kept_back("blocked by policy");
    c058_stop_without_a_reason: UserPromptSubmit, prints(json!({ "continue": false })) => stopped(None);
    c059_text_is_context: UserPromptSubmit, prints(" note ") => completed().context("note");
    c060_broken: UserPromptSubmit, prints("{") => failed("hook returned invalid user prompt submit JSON output");
    c061_the_reason_as_it_came: UserPromptSubmit, prints(json!({ "decision": "block", "reason": " a " })) => kept_back(" a ");
    c062_a_block_without_a_reason_takes_the_context: UserPromptSubmit, informed(json!({ "continue": false, "decision": "block" }))
        => stopped(None);

    stop_with_a_reasonless_block: UserPromptSubmit,
        informed(json!({ "continue": false, "decision": "block", "stopReason": "s" })) => stopped(Some("s"));
    stop_beats_block: UserPromptSubmit,
        informed(json!({ "continue": false, "decision": "block", "reason": "r", "stopReason": "" }))
        => stopped(Some("")).context("c");
    exit_code_2_without_a_reason: UserPromptSubmit, exits(2, "")
        => failed("UserPromptSubmit hook exited with code 2 but did not write a blocking reason to stderr");
    a_reason_alone: UserPromptSubmit, prints(json!({ "reason": "x" })) => completed();
    suppressing_is_allowed: UserPromptSubmit, informed(json!({ "suppressOutput": true })) => completed().context("c");
    context_alone: UserPromptSubmit, specific("UserPromptSubmit", json!({ "additionalContext": "" })) => completed().context("");
    a_byte_order_mark_is_text: UserPromptSubmit, prints("\u{feff}{}") => completed().context("\u{feff}{}");
}
