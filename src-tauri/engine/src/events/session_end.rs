//! `SessionEnd`: a session is closed. Controls nothing; what it writes to stdout is not read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Finished;
use crate::output::answer_or_stderr;
use crate::reading::Reading;

/// What a `SessionEnd` hook reads on stdin.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    session_id: String,
    transcript_path: Option<String>,
    cwd: String,
    #[schemars(extend("const" = "SessionEnd"))]
    hook_event_name: String,
    /// Codex 0.169 knows no other.
    #[schemars(extend("const" = "other"))]
    reason: String,
}

pub(super) fn read(finished: &Finished) -> Reading {
    match answer_or_stderr(finished) {
        Ok(_) => Reading::silent(),
        Err(error) => Reading::silent().failed(error),
    }
}
