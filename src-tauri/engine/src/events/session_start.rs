//! `SessionStart`: with the first turn of a session. May stop that turn; may give context.

use model::{Mode, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::input::PermissionMode;
use crate::Finished;
use crate::output::{AnsweredEvent, Said, Universal, answer, contexts, said, stopped};
use crate::reading::{Part, Reading};

/// What a `SessionStart` hook reads on stdin.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    session_id: String,
    transcript_path: Option<String>,
    cwd: String,
    #[schemars(extend("const" = "SessionStart"))]
    hook_event_name: String,
    model: String,
    permission_mode: PermissionMode,
    source: Source,
}

/// Where the session comes from.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Source {
    Startup,
    Resume,
    Clear,
    Compact,
    Fork,
}

/// What a `SessionStart` hook may answer on stdout.
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
    #[schemars(with = "String", extend("const" = "SessionStart"))]
    _event: AnsweredEvent,
    #[serde(default)]
    additional_context: Option<String>,
}

pub(super) fn read(mode: Mode, finished: &Finished) -> Reading {
    let stdout = match answer(finished) {
        Ok(stdout) => stdout,
        Err(error) => return Reading::silent().failed(error),
    };
    match said::<Output>(stdout) {
        Said::Nothing => Reading::silent(),
        Said::Text(text) => Reading::silent().context(Some(text)),
        Said::Malformed => Reading::silent().failed("hook returned invalid session start JSON output"),
        Said::Answer(answer) => answered(mode, answer),
    }
}

fn answered(mode: Mode, answer: Output) -> Reading {
    let Output { universal, hook_specific_output } = answer;
    let context = hook_specific_output.and_then(|specific| specific.additional_context);
    let reading = Reading::silent().warning(universal.system_message).context(context);
    match mode {
        Mode::Sync if !universal.r#continue => reading.stopped(universal.stop_reason.clone(), universal.stop_reason),
        Mode::Sync | Mode::Async => reading,
    }
}

/// Contexts are kept for later turns when this one is stopped.
pub(super) fn outcome(parts: &[Part]) -> Outcome {
    Outcome { additional_contexts: contexts(parts), ..stopped(parts) }
}
