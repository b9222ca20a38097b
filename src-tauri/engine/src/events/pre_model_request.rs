//! `PreModelRequest`: before the model is asked. Controls nothing; what it writes to stdout is not read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Finished;
use crate::output::observed;
use crate::reading::Reading;

/// What a `PreModelRequest` hook reads on stdin.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Of the root session, also in a subagent.
    session_id: String,
    turn_id: String,
    cwd: String,
    transcript_path: Option<String>,
    model: String,
    /// Only in a subagent.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<String>,
    /// Only in a subagent.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_type: Option<String>,
    #[schemars(extend("const" = "PreModelRequest"))]
    hook_event_name: String,
}

pub(super) fn read(finished: &Finished) -> Reading {
    observed(finished)
}
