//! `PostToolUse`: after a tool ran. May put its own words in place of the result; may give context.

use model::{Mode, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::PermissionMode;
use crate::Finished;
use crate::output::{
    AnsweredEvent, Block, Ending, Said, Universal, contexts, ending, first_block, joined, not_blank, said,
};
use crate::reading::{Part, Reading};

/// What a `PostToolUse` hook reads on stdin.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Of the root session, also in a subagent.
    session_id: String,
    turn_id: String,
    /// Only in a subagent.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<String>,
    /// Only in a subagent.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_type: Option<String>,
    transcript_path: Option<String>,
    cwd: String,
    #[schemars(extend("const" = "PostToolUse"))]
    hook_event_name: String,
    model: String,
    permission_mode: PermissionMode,
    tool_name: String,
    tool_input: Value,
    tool_response: Value,
    tool_use_id: String,
}

/// What a `PostToolUse` hook may answer on stdout.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Output {
    #[serde(flatten)]
    universal: Universal,
    decision: Option<Block>,
    reason: Option<String>,
    hook_specific_output: Option<Specific>,
}

// Codex 0.169 also takes the values alone, as a list in this order, of which the last may be left out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Specific {
    #[serde(rename = "hookEventName")]
    #[schemars(with = "String", extend("const" = "PostToolUse"))]
    _event: AnsweredEvent,
    #[serde(default)]
    additional_context: Option<String>,
    /// Refused.
    #[serde(default, rename = "updatedMCPToolOutput")]
    updated_mcp_tool_output: Option<Value>,
}

pub(super) fn read(mode: Mode, finished: &Finished) -> Reading {
    let stdout = match ending(mode, finished) {
        Ending::Good(stdout) => stdout,
        Ending::Refused(Some(reason)) => return Reading::silent().blocked(reason.into()).feedback(reason.into()),
        Ending::Refused(None) => {
            return Reading::silent()
                .failed("PostToolUse hook exited with code 2 but did not write feedback to stderr");
        }
        Ending::Bad(error) => return Reading::silent().failed(error),
    };
    match said::<Output>(stdout) {
        Said::Nothing | Said::Text(_) => Reading::silent(),
        Said::Malformed => Reading::silent().failed("hook returned invalid post-tool-use JSON output"),
        Said::Answer(answer) => answered(mode, answer),
    }
}

fn answered(mode: Mode, mut answer: Output) -> Reading {
    let warned = Reading::silent().warning(answer.universal.system_message.take());
    let context = answer.hook_specific_output.as_mut().and_then(|specific| specific.additional_context.take());
    match (mode, fault(&answer)) {
        (Mode::Async, _) => warned.context(context),
        (Mode::Sync, None) => controlled(warned.context(context), answer),
        // Even with a fault `continue: false` counts; only the context does not.
        (Mode::Sync, Some(_)) if !answer.universal.r#continue => controlled(warned, answer),
        (Mode::Sync, Some(what)) => warned.failed(format!("PostToolUse hook returned {what}")),
    }
}

/// What cannot be asked for.
fn fault(answer: &Output) -> Option<&'static str> {
    if answer.universal.suppress_output {
        return Some("unsupported suppressOutput");
    }
    if answer.hook_specific_output.as_ref().is_some_and(|specific| specific.updated_mcp_tool_output.is_some()) {
        return Some("unsupported updatedMCPToolOutput");
    }
    match (answer.decision, answer.reason.as_deref()) {
        (Some(Block::Block), reason) => {
            reason.and_then(not_blank).is_none().then_some("decision:block without a non-empty reason")
        }
        (None, Some(_)) if answer.universal.r#continue => Some("reason without decision"),
        (None, Some(_) | None) => None,
    }
}

fn controlled(reading: Reading, answer: Output) -> Reading {
    let Output { universal, decision, reason, .. } = answer;
    if !universal.r#continue {
        let stop = universal.stop_reason.unwrap_or_else(|| "PostToolUse hook stopped execution".into());
        let feedback = reason.as_deref().and_then(not_blank).unwrap_or(&stop).to_owned();
        return reading.stopped(None, Some(stop)).feedback(feedback);
    }
    match (decision, reason) {
        (Some(Block::Block), Some(reason)) => reading.blocked(reason.clone()).feedback(reason),
        (Some(Block::Block) | None, Some(_) | None) => reading,
    }
}

/// The turn goes on in any case. Codex 0.169: `continue: false` only replaces what the model reads.
pub(super) fn outcome(parts: &[Part]) -> Outcome {
    let block_reason = first_block(parts);
    Outcome {
        should_block: block_reason.is_some(),
        block_reason,
        additional_contexts: contexts(parts),
        feedback: joined(parts.iter().filter_map(|part| part.effect.feedback.as_ref())),
        ..Outcome::default()
    }
}
