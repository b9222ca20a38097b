//! `PreToolUse`: before a tool runs. May block it or replace its input; may give context.

use model::{Mode, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::PermissionMode;
use crate::Finished;
use crate::output::{AnsweredEvent, Ending, Said, Universal, contexts, ending, first_block, not_blank, said};
use crate::reading::{Part, Reading};

/// What a `PreToolUse` hook reads on stdin.
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
    #[schemars(extend("const" = "PreToolUse"))]
    hook_event_name: String,
    model: String,
    permission_mode: PermissionMode,
    tool_name: String,
    tool_input: Value,
    tool_use_id: String,
}

/// What a `PreToolUse` hook may answer on stdout.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Output {
    #[serde(flatten)]
    universal: Universal,
    decision: Option<Decision>,
    reason: Option<String>,
    hook_specific_output: Option<Specific>,
}

// Codex 0.169 also takes the values alone, as a list in this order, of which the last may be left out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Specific {
    #[serde(rename = "hookEventName")]
    #[schemars(with = "String", extend("const" = "PreToolUse"))]
    _event: AnsweredEvent,
    #[serde(default)]
    permission_decision: Option<PermissionDecision>,
    #[serde(default)]
    permission_decision_reason: Option<String>,
    #[serde(default)]
    updated_input: Option<Value>,
    #[serde(default)]
    additional_context: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Decision {
    Approve,
    Block,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum PermissionDecision {
    Allow,
    Deny,
    Ask,
}

/// What an answer asks for.
enum Wish {
    Nothing,
    Block(String),
    Rewrite(Value),
}

pub(super) fn read(mode: Mode, finished: &Finished) -> Reading {
    let stdout = match ending(mode, finished) {
        Ending::Good(stdout) => stdout,
        Ending::Refused(Some(reason)) => return Reading::silent().blocked(reason.into()),
        Ending::Refused(None) => {
            return Reading::silent()
                .failed("PreToolUse hook exited with code 2 but did not write a blocking reason to stderr");
        }
        Ending::Bad(error) => return Reading::silent().failed(error),
    };
    match said::<Output>(stdout) {
        Said::Nothing | Said::Text(_) => Reading::silent(),
        Said::Malformed => Reading::silent().failed("hook returned invalid pre-tool-use JSON output"),
        Said::Answer(answer) => answered(mode, answer),
    }
}

fn answered(mode: Mode, mut answer: Output) -> Reading {
    let context = answer.hook_specific_output.as_mut().and_then(|specific| specific.additional_context.take());
    let reading = Reading::silent().warning(answer.universal.system_message.take()).context(context);
    match mode {
        Mode::Async => reading,
        Mode::Sync => match wish(answer) {
            Ok(Wish::Nothing) => reading,
            Ok(Wish::Block(reason)) => reading.blocked(reason),
            Ok(Wish::Rewrite(input)) => reading.rewriting(input),
            Err(what) => reading.failed(format!("PreToolUse hook returned {what}")),
        },
    }
}

/// The error is what cannot be asked for.
fn wish(answer: Output) -> Result<Wish, String> {
    if let Some(control) = answer.universal.control() {
        return Err(format!("unsupported {control}"));
    }
    match answer.hook_specific_output {
        Some(specific) if specific.decides() => specific.wish().map_err(str::to_owned),
        Some(_) | None => legacy_wish(answer.decision, answer.reason.as_deref()).map_err(str::to_owned),
    }
}

impl Specific {
    /// The older `decision` and `reason` do not count then.
    fn decides(&self) -> bool {
        self.permission_decision.is_some() || self.permission_decision_reason.is_some() || self.updated_input.is_some()
    }

    fn wish(self) -> Result<Wish, &'static str> {
        let reason = self.permission_decision_reason.as_deref();
        match (self.permission_decision, self.updated_input) {
            (Some(PermissionDecision::Allow), Some(input)) => Ok(Wish::Rewrite(input)),
            (_, Some(_)) => Err("updatedInput without permissionDecision:allow"),
            (Some(PermissionDecision::Allow), None) => Err("unsupported permissionDecision:allow"),
            (Some(PermissionDecision::Ask), None) => Err("unsupported permissionDecision:ask"),
            (Some(PermissionDecision::Deny), None) => reason
                .and_then(not_blank)
                .map(|reason| Wish::Block(reason.to_owned()))
                .ok_or("permissionDecision:deny without a non-empty permissionDecisionReason"),
            (None, None) => Err("permissionDecisionReason without permissionDecision"),
        }
    }
}

fn legacy_wish(decision: Option<Decision>, reason: Option<&str>) -> Result<Wish, &'static str> {
    match (decision, reason) {
        (Some(Decision::Approve), _) => Err("unsupported decision:approve"),
        (Some(Decision::Block), reason) => reason
            .and_then(not_blank)
            .map(|reason| Wish::Block(reason.to_owned()))
            .ok_or("decision:block without a non-empty reason"),
        (None, Some(_)) => Err("reason without decision"),
        (None, None) => Ok(Wish::Nothing),
    }
}

/// Any block wins, the first one's reason is told; otherwise the rewrite that came last.
pub(super) fn outcome(parts: &[Part]) -> Outcome {
    let block_reason = first_block(parts);
    let rewrites = parts.iter().filter(|part| part.effect.updated_input.is_some());
    let last = rewrites.max_by_key(|part| part.finished).filter(|_| block_reason.is_none());
    Outcome {
        should_block: block_reason.is_some(),
        block_reason,
        additional_contexts: contexts(parts),
        updated_input: last.and_then(|part| part.effect.updated_input.clone()),
        ..Outcome::default()
    }
}
