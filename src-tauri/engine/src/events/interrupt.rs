//! `Interrupt`: a turn was interrupted. Controls nothing; may warn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::PermissionMode;
use crate::Finished;
use crate::output::{Said, answer, said};
use crate::reading::Reading;

/// What a `Interrupt` hook reads on stdin.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    session_id: String,
    turn_id: String,
    transcript_path: Option<String>,
    cwd: String,
    #[schemars(extend("const" = "Interrupt"))]
    hook_event_name: String,
    model: String,
    permission_mode: PermissionMode,
}

/// What a `Interrupt` hook may answer on stdout.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Output {
    /// A warning for the person.
    system_message: Option<String>,
}

pub(super) fn read(finished: &Finished) -> Reading {
    let stdout = match answer(finished) {
        Ok(stdout) => stdout,
        Err(error) => return Reading::silent().failed(error),
    };
    match said::<Output>(stdout) {
        Said::Nothing => Reading::silent(),
        Said::Text(_) => Reading::silent().failed("Interrupt hook returned non-JSON stdout"),
        Said::Malformed => Reading::silent().failed("hook returned invalid interrupt hook JSON output"),
        Said::Answer(answer) => Reading::silent().warning(answer.system_message),
    }
}
