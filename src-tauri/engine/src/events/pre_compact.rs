//! `PreCompact`: before the context is compacted. May stop that.

use model::{Mode, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::Trigger;
use crate::Finished;
use crate::output::{Said, Universal, answer_or_stderr, said, stopped};
use crate::reading::{Part, Reading};

/// What a `PreCompact` hook reads on stdin.
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
    #[schemars(extend("const" = "PreCompact"))]
    hook_event_name: String,
    model: String,
    trigger: Trigger,
}

/// What a `PreCompact` hook may answer on stdout.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Output {
    #[serde(flatten)]
    universal: Universal,
}

pub(super) fn read(mode: Mode, finished: &Finished) -> Reading {
    let stdout = match answer_or_stderr(finished) {
        Ok(stdout) => stdout,
        Err(error) => return Reading::silent().failed(error),
    };
    match said::<Output>(stdout) {
        Said::Nothing | Said::Text(_) => Reading::silent(),
        Said::Malformed => Reading::silent().failed("hook returned invalid PreCompact hook JSON output"),
        Said::Answer(answer) => answered(mode, answer.universal),
    }
}

fn answered(mode: Mode, answer: Universal) -> Reading {
    let reading = Reading::silent().warning(answer.system_message);
    match mode {
        Mode::Sync if !answer.r#continue => {
            let shown = answer.stop_reason.clone().unwrap_or_else(|| "PreCompact hook stopped execution".into());
            reading.stopped(answer.stop_reason, Some(shown))
        }
        Mode::Sync | Mode::Async => reading,
    }
}

pub(super) fn outcome(parts: &[Part]) -> Outcome {
    stopped(parts)
}
