//! `PostModelRequest`: after the model answered, or could not. Controls nothing; what it writes to stdout is not read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Finished;
use crate::output::observed;
use crate::reading::Reading;

/// What a `PostModelRequest` hook reads on stdin.
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
    #[schemars(extend("const" = "PostModelRequest"))]
    hook_event_name: String,
    /// Codex 0.169: seen are `completed` and `cancelled`.
    status: String,
    error: Option<Value>,
    token_usage: Option<TokenUsage>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TokenUsage {
    input_tokens: u64,
    cached_input_tokens: u64,
    cache_write_input_tokens: u64,
    output_tokens: u64,
    reasoning_output_tokens: u64,
    total_tokens: u64,
}

pub(super) fn read(finished: &Finished) -> Reading {
    observed(finished)
}
