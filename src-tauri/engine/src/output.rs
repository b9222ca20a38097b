//! What all events have in common: how a handler's end and its stdout are read, and what effects add up to.

use model::{Fragment, Mode, Outcome};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::reading::{Part, Reading};
use crate::{Captured, End, Finished};

/// How a handler of an event that listens to exit code 2 ended.
#[derive(Debug)]
pub(crate) enum Ending<'a> {
    /// Exit code 0: what it says on stdout counts, and nothing else.
    Good(&'a Captured),
    /// Exit code 2: stderr without blanks around it, if there is any.
    Refused(Option<&'a str>),
    /// In words as Codex says them.
    Bad(String),
}

/// What runs in the background refuses nothing.
pub(crate) fn ending(mode: Mode, finished: &Finished) -> Ending<'_> {
    match (&finished.end, mode) {
        (End::Exited(2), Mode::Sync) => Ending::Refused(not_blank(&finished.stderr.text)),
        (End::Exited(_) | End::Signalled | End::Failed(_), Mode::Sync | Mode::Async) => {
            answer(finished).map_or_else(Ending::Bad, Ending::Good)
        }
    }
}

/// Stdout, where it counts. Of an event where every exit code but 0 is a failure.
pub(crate) fn answer(finished: &Finished) -> Result<&Captured, String> {
    match &finished.end {
        End::Exited(0) => Ok(&finished.stdout),
        End::Exited(code) => Err(format!("hook exited with code {code}")),
        End::Signalled => Err("hook exited without a status code".into()),
        End::Failed(error) => Err(error.clone()),
    }
}

/// Stdout, where it counts. Of an event where a handler tells on stderr why it failed.
pub(crate) fn answer_or_stderr(finished: &Finished) -> Result<&Captured, String> {
    match (&finished.end, not_blank(&finished.stderr.text)) {
        (End::Exited(code), Some(error)) if *code != 0 => Err(error.to_owned()),
        (End::Signalled, _) => Err("hook process terminated without an exit code".into()),
        (End::Exited(_) | End::Failed(_), _) => answer(finished),
    }
}

/// Of an event that nothing can be answered to. Codex 0.169: what stands on stderr is told as an error, also where nothing failed.
pub(crate) fn observed(finished: &Finished) -> Reading {
    let reading = match &finished.end {
        End::Failed(error) => return Reading::silent().failed(error),
        End::Exited(0) => Reading::silent(),
        End::Exited(_) | End::Signalled => Reading::failed_silently(),
    };
    reading.error(not_blank(&finished.stderr.text).map(str::to_owned))
}

/// What stdout says.
#[derive(Debug)]
pub(crate) enum Said<T> {
    Nothing,
    Answer(T),
    /// It begins like JSON, and is not an answer to this event.
    Malformed,
    /// Anything else, without blanks around it.
    Text(String),
}

/// Codex 0.169: one JSON object and nothing beside it, no unknown key at any level; of a key that stands there twice the last counts.
pub(crate) fn said<T: DeserializeOwned>(stdout: &Captured) -> Said<T> {
    let text = stdout.text.trim();
    if text.is_empty() {
        return Said::Nothing;
    }
    if !text.starts_with(['{', '[']) {
        return Said::Text(text.to_owned());
    }
    // An answer that does not fit into memory is not read.
    let answer = match stdout.whole {
        Some(_) => None,
        None => serde_json::from_str(text).ok().filter(Value::is_object),
    };
    answer.and_then(|answer| serde_json::from_value(answer).ok()).map_or(Said::Malformed, Said::Answer)
}

/// The text without blanks around it, if there is any.
pub(crate) fn not_blank(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// What an answer may say to nearly every event.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Universal {
    /// `false` stops what the agent is doing, where the event can.
    #[serde(default = "goes_on")]
    pub(crate) r#continue: bool,
    /// Why it stops, for `continue: false`.
    pub(crate) stop_reason: Option<String>,
    /// Has no effect; some events refuse `true`.
    #[serde(default)]
    pub(crate) suppress_output: bool,
    /// A warning for the person.
    pub(crate) system_message: Option<String>,
}

fn goes_on() -> bool {
    true
}

impl Universal {
    /// The first thing said that an event without control over the turn refuses.
    pub(crate) fn control(&self) -> Option<&'static str> {
        if !self.r#continue {
            Some("continue:false")
        } else if self.stop_reason.is_some() {
            Some("stopReason")
        } else {
            self.suppress_output.then_some("suppressOutput")
        }
    }
}

/// `decision` where it can only block.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Block {
    Block,
}

/// The event that an answer names. Codex 0.169: has to be there, and to be one of these, but not the one it answers to.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum AnsweredEvent {
    PreToolUse,
    PermissionRequest,
    PostToolUse,
    PreCompact,
    PostCompact,
    SessionStart,
    UserPromptSubmit,
    SubagentStart,
    SubagentStop,
    Stop,
    Interrupt,
}

/// Each run's context, in configured order.
pub(crate) fn contexts(parts: &[Part]) -> Vec<String> {
    parts.iter().filter_map(|part| part.effect.context.clone()).collect()
}

/// Why the first run that blocks does so, in configured order.
pub(crate) fn first_block(parts: &[Part]) -> Option<String> {
    parts.iter().find_map(|part| part.effect.block.clone())
}

/// Texts as one, a blank line between two.
pub(crate) fn joined<'a>(texts: impl Iterator<Item = &'a String>) -> Option<String> {
    let texts: Vec<_> = texts.map(String::as_str).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// Whether any run stops, with the first reason that was given.
pub(crate) fn stopped(parts: &[Part]) -> Outcome {
    let stops = || parts.iter().filter_map(|part| part.effect.stop.as_ref());
    Outcome {
        should_stop: stops().next().is_some(),
        stop_reason: stops().find_map(|stop| stop.reason.clone()),
        ..Outcome::default()
    }
}

/// Whether the agent goes on with its turn, and why. Any stop beats that.
pub(crate) fn continued(parts: &[Part]) -> Outcome {
    let stopped = stopped(parts);
    if stopped.should_stop {
        return stopped;
    }
    let fragment = |part: &Part| {
        let text = part.effect.continuation.clone()?;
        Some(Fragment { text, run: part.run.clone() })
    };
    let block_reason = joined(parts.iter().filter_map(|part| part.effect.block.as_ref()));
    Outcome {
        should_block: block_reason.is_some(),
        block_reason,
        continuation: parts.iter().filter_map(fragment).collect(),
        ..Outcome::default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tempfile::NamedTempFile;

    use super::*;
    use crate::Whole;

    #[test]
    fn output_too_long_for_memory_is_no_answer_but_may_be_text() {
        let file = Arc::new(NamedTempFile::new().unwrap().into_temp_path());
        let began = |text: &str| Captured {
            text: text.into(),
            whole: Some(Whole { file: Arc::clone(&file), bytes: 9_000_000 }),
        };
        assert!(matches!(said::<Value>(&began("{}")), Said::Malformed));
        assert!(matches!(said::<Value>(&began(" begin")), Said::Text(text) if text == "begin"));
    }
}
