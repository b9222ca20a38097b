//! `PermissionRequest`: before a person, or a reviewer, is asked. May allow or deny in their place.

use model::{Mode, Outcome, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::PermissionMode;
use crate::Finished;
use crate::output::{AnsweredEvent, Ending, Said, Universal, ending, not_blank, said};
use crate::reading::{Part, Reading};

/// What a `PermissionRequest` hook reads on stdin.
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
    #[schemars(extend("const" = "PermissionRequest"))]
    hook_event_name: String,
    model: String,
    permission_mode: PermissionMode,
    tool_name: String,
    tool_input: Value,
}

/// What a `PermissionRequest` hook may answer on stdout.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Output {
    #[serde(flatten)]
    universal: Universal,
    hook_specific_output: Option<Specific>,
}

// Codex 0.169 also takes the values alone, as a list in this order, of which the last may be left out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Specific {
    #[serde(rename = "hookEventName")]
    #[schemars(with = "String", extend("const" = "PermissionRequest"))]
    _event: AnsweredEvent,
    #[serde(default)]
    decision: Option<Decision>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Decision {
    behavior: Behavior,
    /// Refused.
    #[serde(default)]
    updated_input: Option<Value>,
    /// Refused.
    #[serde(default)]
    updated_permissions: Option<Value>,
    /// Why it is denied.
    #[serde(default)]
    message: Option<String>,
    /// `true` is refused.
    #[serde(default)]
    interrupt: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Behavior {
    Allow,
    Deny,
}

pub(super) fn read(mode: Mode, finished: &Finished) -> Reading {
    let stdout = match ending(mode, finished) {
        Ending::Good(stdout) => stdout,
        Ending::Refused(Some(reason)) => return Reading::silent().denied(reason.into()),
        Ending::Refused(None) => {
            return Reading::silent()
                .failed("PermissionRequest hook exited with code 2 but did not write a denial reason to stderr");
        }
        Ending::Bad(error) => return Reading::silent().failed(error),
    };
    match said::<Output>(stdout) {
        Said::Nothing | Said::Text(_) => Reading::silent(),
        Said::Malformed => Reading::silent().failed("hook returned invalid permission-request JSON output"),
        Said::Answer(answer) => answered(mode, answer),
    }
}

fn answered(mode: Mode, mut answer: Output) -> Reading {
    let reading = Reading::silent().warning(answer.universal.system_message.take());
    match mode {
        Mode::Async => reading,
        Mode::Sync => match verdict(answer) {
            Ok(None) => reading,
            Ok(Some(Verdict::Allow)) => reading.allowed(),
            Ok(Some(Verdict::Deny { message })) => reading.denied(message),
            Err(what) => reading.failed(format!("PermissionRequest hook returned unsupported {what}")),
        },
    }
}

/// The error is what cannot be asked for.
fn verdict(answer: Output) -> Result<Option<Verdict>, &'static str> {
    if let Some(control) = answer.universal.control() {
        return Err(control);
    }
    let Some(decision) = answer.hook_specific_output.and_then(|specific| specific.decision) else {
        return Ok(None);
    };
    if decision.updated_input.is_some() {
        return Err("updatedInput");
    }
    if decision.updated_permissions.is_some() {
        return Err("updatedPermissions");
    }
    if decision.interrupt {
        return Err("interrupt:true");
    }
    Ok(Some(match decision.behavior {
        Behavior::Allow => Verdict::Allow,
        Behavior::Deny => {
            let message = decision.message.as_deref().and_then(not_blank);
            Verdict::Deny { message: message.unwrap_or("PermissionRequest hook denied approval").to_owned() }
        }
    }))
}

/// The first deny wins, else any allow.
pub(super) fn outcome(parts: &[Part]) -> Outcome {
    let verdicts = || parts.iter().filter_map(|part| part.effect.verdict.as_ref());
    let deny = verdicts().find(|verdict| matches!(verdict, Verdict::Deny { .. }));
    Outcome { verdict: deny.or_else(|| verdicts().next()).cloned(), ..Outcome::default() }
}
