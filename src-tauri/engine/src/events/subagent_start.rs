//! `SubagentStart`: in place of `SessionStart`, before the first model request of a subagent. May give context.

use model::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::PermissionMode;
use crate::Finished;
use crate::output::{AnsweredEvent, Said, Universal, answer, contexts, said};
use crate::reading::{Part, Reading};

/// What a `SubagentStart` hook reads on stdin.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Of the root session, also in a subagent.
    session_id: String,
    turn_id: String,
    transcript_path: Option<String>,
    cwd: String,
    #[schemars(extend("const" = "SubagentStart"))]
    hook_event_name: String,
    model: String,
    permission_mode: PermissionMode,
    agent_id: String,
    agent_type: String,
}

/// What a `SubagentStart` hook may answer on stdout. `continue: false` has no effect.
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
    #[schemars(with = "String", extend("const" = "SubagentStart"))]
    _event: AnsweredEvent,
    #[serde(default)]
    additional_context: Option<String>,
}

pub(super) fn read(finished: &Finished) -> Reading {
    let stdout = match answer(finished) {
        Ok(stdout) => stdout,
        Err(error) => return Reading::silent().failed(error),
    };
    match said::<Output>(stdout) {
        Said::Nothing => Reading::silent(),
        Said::Text(text) => Reading::silent().context(Some(text)),
        Said::Malformed => Reading::silent().failed("hook returned invalid subagent start JSON output"),
        Said::Answer(answer) => {
            let context = answer.hook_specific_output.and_then(|specific| specific.additional_context);
            Reading::silent().warning(answer.universal.system_message).context(context)
        }
    }
}

pub(super) fn outcome(parts: &[Part]) -> Outcome {
    Outcome { additional_contexts: contexts(parts), ..Outcome::default() }
}
