//! `SessionStart`, `SubagentStart`, compaction, `SessionEnd` and `Interrupt`.

use serde_json::{Value, json};

use super::case::{Says, cases, completed, does, exits, failed, prints, specific_output, stopped, stopped_showing};

/// With context.
fn informed(event: &str, mut answer: Value) -> Says {
    answer["hookSpecificOutput"] = specific_output(event, json!({ "additionalContext": "c" }));
    prints(answer)
}

const START: &str = "hook returned invalid session start JSON output";

cases! {
    c076_text_is_context: SessionStart, prints("hello from hook\n") => completed().context("hello from hook");
    c077_stop_with_context: SessionStart, informed("SessionStart", json!({ "continue": false, "stopReason": "pause" }))
        => stopped(Some("pause")).context("c");
    c078_broken: SessionStart, prints(r#"{"hookSpecificOutput":{"hookEventName":"SessionStart""#) => failed(START);
    c079_exit_code_2_is_a_failure: SessionStart, exits(2, "x") => failed("hook exited with code 2");
    c080_suppressing_is_allowed: SessionStart, informed("SessionStart", json!({ "suppressOutput": true }))
        => completed().context("c");
    c081_it_cannot_block: SessionStart, prints(json!({ "decision": "block" })) => failed(START);
    c082_text_is_context: SubagentStart, prints("hello from subagent hook\n") => completed().context("hello from subagent hook");
    c083_it_cannot_stop: SubagentStart, informed("SubagentStart", json!({ "continue": false, "stopReason": "s" }))
        => completed().context("c");
    c084_broken: SubagentStart, prints("{") => failed("hook returned invalid subagent start JSON output");
    c095_it_cannot_block: PreCompact, prints(json!({ "decision": "block", "reason": "r" }))
        => failed("hook returned invalid PreCompact hook JSON output");
    c096_a_failure_in_its_own_words: PreCompact, exits(2, "why") => failed("why");
    c097_stop: PreCompact, prints(json!({ "continue": false })) => stopped_showing("PreCompact hook stopped execution");
    c098_broken: PostCompact, prints("{") => failed("hook returned invalid PostCompact hook JSON output");
    c099_text: PostCompact, prints("hello") => completed();
    c100_stdout_is_not_read: SessionEnd, prints("{") => completed();
    c101_a_failure_in_its_own_words: SessionEnd, exits(2, "bye") => failed("bye");
    c102_a_failure_without_a_word: SessionEnd, exits(3, " ") => failed("hook exited with code 3");
    c103_a_warning: Interrupt, prints(json!({ "systemMessage": "x" })) => completed().warning("x");
    c104_it_cannot_stop: Interrupt, prints(json!({ "continue": false })) => failed("hook returned invalid interrupt hook JSON output");
    c105_text: Interrupt, prints("x") => failed("Interrupt hook returned non-JSON stdout");
    c106_exit_code_2_is_a_failure: Interrupt, exits(2, "x") => failed("hook exited with code 2");

    stop_without_a_reason: SessionStart, informed("SessionStart", json!({ "continue": false })) => stopped(None).context("c");
    subagent_exit_code_2_is_a_failure: SubagentStart, exits(2, "x") => failed("hook exited with code 2");
    stop_after_compaction: PostCompact, prints(json!({ "continue": false, "stopReason": "" })) => stopped(Some(""));
    suppressing_at_compaction: PreCompact, prints(json!({ "suppressOutput": true, "systemMessage": "m" }))
        => completed().warning("m");
    session_end_killed: SessionEnd, does("echo e >&2; kill -9 $$") => failed("hook process terminated without an exit code");
    session_end_out_of_time: SessionEnd, does("sleep 60").within(1) => failed("hook timed out after 1s");
    interrupt_killed: Interrupt, does("kill -9 $$") => failed("hook exited without a status code");
    interrupt_says_nothing: Interrupt, prints(r#"{"systemMessage":null}"#).although_the_schema_refuses() => completed();
}
