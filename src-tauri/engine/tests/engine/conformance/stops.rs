//! `Stop` and `SubagentStop`.

use model::{Fragment, RunId};
use serde_json::json;

use super::case::{Expected, blocked, cases, completed, exits, failed, prints, specific, stopped};

/// The agent goes on with this.
fn goes_on(reason: &str) -> Expected {
    blocked(reason).with(|outcome| {
        outcome.continuation = vec![Fragment { text: reason.to_owned(), run: RunId::new("") }];
    })
}

const INVALID: &str = "hook returned invalid stop hook JSON output";

cases! {
    c085_block: Stop, prints(json!({ "decision": "block", "reason": " cook the stonpet ", "systemMessage": "m" }))
        => goes_on("cook the stonpet").warning("m");
    c086_block_without_a_reason: Stop, prints(json!({ "decision": "block", "systemMessage": "m" }))
        => failed("Stop hook returned decision:block without a non-empty reason").warning("m");
    c087_stop_beats_block: Stop,
        prints(json!({ "continue": false, "decision": "block", "reason": "r", "stopReason": "done" }))
        => stopped(Some("done"));
    c088_text: Stop, prints("ok") => failed(INVALID);
    c089_nothing_specific: Stop, specific("Stop", json!({})) => failed(INVALID);
    c090_exit_code_2_goes_on: Stop, exits(2, "again") => goes_on("again");
    c091_exit_code_2_without_a_reason: Stop, exits(2, "\n")
        => failed("Stop hook exited with code 2 but did not write a continuation prompt to stderr");
    c092_a_reason_alone: Stop, prints(json!({ "reason": "x" })) => completed();
    c093_text: SubagentStop, prints("ok") => failed("hook returned invalid subagent stop hook JSON output");
    c094_block_without_a_reason: SubagentStop, prints(json!({ "decision": "block" }))
        => failed("SubagentStop hook returned decision:block without a non-empty reason");

    stop_without_a_reason: Stop, prints(json!({ "continue": false, "decision": "block" })) => stopped(None);
    json_that_is_no_object: Stop, prints("1") => failed(INVALID);
    not_even_nothing_specific: Stop, prints(r#"{"hookSpecificOutput":null}"#) => failed(INVALID);
    subagent_goes_on: SubagentStop, prints(json!({ "decision": "block", "reason": "r" })) => goes_on("r");
    subagent_exit_code_2: SubagentStop, exits(2, " again\n") => goes_on("again");
    subagent_exit_code_2_without_a_reason: SubagentStop, exits(2, "")
        => failed("SubagentStop hook exited with code 2 but did not write a continuation prompt to stderr");
    subagent_stops: SubagentStop, prints(json!({ "continue": false, "stopReason": "s" })) => stopped(Some("s"));
}
