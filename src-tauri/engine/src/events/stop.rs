//! `Stop`: before a turn ends. May have the agent go on, as often as it likes.

use model::{Mode, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::PermissionMode;
use crate::Finished;
use crate::output::{Block, Ending, Said, Universal, continued, ending, not_blank, said};
use crate::reading::{Part, Reading};

/// What a `Stop` hook reads on stdin.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    session_id: String,
    turn_id: String,
    transcript_path: Option<String>,
    cwd: String,
    #[schemars(extend("const" = "Stop"))]
    hook_event_name: String,
    model: String,
    permission_mode: PermissionMode,
    /// Whether the turn goes on because such a hook blocked its end before.
    stop_hook_active: bool,
    last_assistant_message: Option<String>,
}

/// What a `Stop` hook may answer on stdout.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Output {
    #[serde(flatten)]
    universal: Universal,
    decision: Option<Block>,
    reason: Option<String>,
}

pub(super) fn read(mode: Mode, finished: &Finished) -> Reading {
    let stdout = match ending(mode, finished) {
        Ending::Good(stdout) => stdout,
        Ending::Refused(Some(reason)) => return Reading::silent().continued(reason.into()),
        Ending::Refused(None) => {
            return Reading::silent()
                .failed("Stop hook exited with code 2 but did not write a continuation prompt to stderr");
        }
        Ending::Bad(error) => return Reading::silent().failed(error),
    };
    match (said::<Output>(stdout), mode) {
        (Said::Nothing, Mode::Sync | Mode::Async) | (Said::Text(_), Mode::Async) => Reading::silent(),
        (Said::Text(_), Mode::Sync) | (Said::Malformed, Mode::Sync | Mode::Async) => {
            Reading::silent().failed("hook returned invalid stop hook JSON output")
        }
        (Said::Answer(answer), Mode::Sync) => answered(answer),
        (Said::Answer(answer), Mode::Async) => Reading::silent().warning(answer.universal.system_message),
    }
}

fn answered(answer: Output) -> Reading {
    let reading = Reading::silent().warning(answer.universal.system_message);
    if !answer.universal.r#continue {
        return reading.stopped(answer.universal.stop_reason.clone(), answer.universal.stop_reason);
    }
    match (answer.decision, answer.reason.as_deref().and_then(not_blank)) {
        (None, _) => reading,
        (Some(Block::Block), Some(reason)) => reading.continued(reason.into()),
        (Some(Block::Block), None) => reading.failed("Stop hook returned decision:block without a non-empty reason"),
    }
}

/// A stop beats every block.
pub(super) fn outcome(parts: &[Part]) -> Outcome {
    continued(parts)
}
