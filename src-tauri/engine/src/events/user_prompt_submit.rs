//! `UserPromptSubmit`: before a prompt is recorded. May keep it from being submitted; may give context.

use model::{Mode, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::PermissionMode;
use crate::Finished;
use crate::output::{AnsweredEvent, Block, Ending, Said, Universal, contexts, ending, not_blank, said};
use crate::reading::{Part, Reading};

/// What a `UserPromptSubmit` hook reads on stdin.
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
    #[schemars(extend("const" = "UserPromptSubmit"))]
    hook_event_name: String,
    model: String,
    permission_mode: PermissionMode,
    prompt: String,
}

/// What a `UserPromptSubmit` hook may answer on stdout.
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
    #[schemars(with = "String", extend("const" = "UserPromptSubmit"))]
    _event: AnsweredEvent,
    #[serde(default)]
    additional_context: Option<String>,
}

pub(super) fn read(mode: Mode, finished: &Finished) -> Reading {
    let stdout = match ending(mode, finished) {
        Ending::Good(stdout) => stdout,
        Ending::Refused(Some(reason)) => return Reading::silent().blocked(reason.into()),
        Ending::Refused(None) => {
            return Reading::silent()
                .failed("UserPromptSubmit hook exited with code 2 but did not write a blocking reason to stderr");
        }
        Ending::Bad(error) => return Reading::silent().failed(error),
    };
    match said::<Output>(stdout) {
        Said::Nothing => Reading::silent(),
        Said::Text(text) => Reading::silent().context(Some(text)),
        Said::Malformed => Reading::silent().failed("hook returned invalid user prompt submit JSON output"),
        Said::Answer(answer) => answered(mode, answer),
    }
}

fn answered(mode: Mode, answer: Output) -> Reading {
    let Output { universal, decision, reason, hook_specific_output } = answer;
    let warned = Reading::silent().warning(universal.system_message);
    let context = hook_specific_output.and_then(|specific| specific.additional_context);
    // The reason as it came: only that it is not blank counts.
    let block = decision.map(|Block::Block| reason.filter(|reason| not_blank(reason).is_some()));
    match (mode, universal.r#continue, block) {
        (Mode::Async, _, _) | (Mode::Sync, true, None) => warned.context(context),
        // A block without a reason takes the context with it, also where it does not come to the block.
        (Mode::Sync, false, Some(None)) => warned.stopped(universal.stop_reason.clone(), universal.stop_reason),
        (Mode::Sync, false, None | Some(Some(_))) => {
            warned.context(context).stopped(universal.stop_reason.clone(), universal.stop_reason)
        }
        (Mode::Sync, true, Some(Some(reason))) => warned.context(context).blocked(reason),
        (Mode::Sync, true, Some(None)) => {
            warned.failed("UserPromptSubmit hook returned decision:block without a non-empty reason")
        }
    }
}

/// Stopped and blocked are the same here: the prompt is not submitted. Contexts are given all the same.
pub(super) fn outcome(parts: &[Part]) -> Outcome {
    let ends = |part: &&Part| part.effect.stop.is_some() || part.effect.block.is_some();
    let reason = |part: &Part| part.effect.block.clone().or_else(|| part.effect.stop.clone()?.reason);
    Outcome {
        should_stop: parts.iter().any(|part| ends(&part)),
        stop_reason: parts.iter().find_map(reason),
        additional_contexts: contexts(parts),
        ..Outcome::default()
    }
}
