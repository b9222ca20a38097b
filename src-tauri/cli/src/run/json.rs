//! What `run --json` prints. The shapes are told in `docs/command-line.md`.

use api::argv::{self, Ended};
use api::{Captured, End, Finished, Payload, Tried};
use model::{Fragment, HookRun, Outcome, Verdict};
use serde::Serialize;
use serde_json::Value;

use super::notes::Note;

#[derive(Serialize)]
pub(crate) struct Report<'a> {
    event: &'a str,
    runs: Vec<Ran<'a>>,
    outcome: Summed<'a>,
    argv: Vec<Older<'a>>,
    diagnostics: &'a [Note],
}

/// Asynchronous runs come last: they are no part of the outcome.
pub(crate) fn report<'a>(payload: &'a Payload, tried: &'a Tried, notes: &'a [Note]) -> Report<'a> {
    let runs = tried.report.runs.iter().map(|ran| Ran::of(&ran.run, &ran.finished));
    let late = tried.late.iter().map(|late| Ran::of(&late.run, &late.finished));
    Report {
        event: payload.event().name(),
        runs: runs.chain(late).collect(),
        outcome: Summed::of(&tried.report.outcome),
        argv: tried.argv.iter().map(Older::of).collect(),
        diagnostics: notes,
    }
}

/// A run as Codex sums it up, and how its process ended.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ran<'a> {
    #[serde(flatten)]
    summary: Value,
    exit_code: Option<i32>,
    stdout: &'a str,
    stdout_cut: bool,
    stderr: &'a str,
    stderr_cut: bool,
}

impl<'a> Ran<'a> {
    fn of(run: &HookRun, finished: &'a Finished) -> Self {
        let cut = |captured: &Captured| captured.whole.is_some();
        Self {
            summary: api::summary(run),
            exit_code: match finished.end {
                End::Exited(code) => Some(code),
                End::Signalled | End::Failed(_) => None,
            },
            stdout: &finished.stdout.text,
            stdout_cut: cut(&finished.stdout),
            stderr: &finished.stderr.text,
            stderr_cut: cut(&finished.stderr),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summed<'a> {
    should_stop: bool,
    stop_reason: Option<&'a str>,
    should_block: bool,
    block_reason: Option<&'a str>,
    decision: Option<Decision<'a>>,
    additional_contexts: &'a [String],
    updated_input: Option<&'a Value>,
    feedback: Option<&'a str>,
    continuation_fragments: Vec<Continuation<'a>>,
}

#[derive(Serialize)]
struct Decision<'a> {
    behavior: &'static str,
    message: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Continuation<'a> {
    text: &'a str,
    hook_run_id: &'a str,
}

impl<'a> Summed<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let fragment = |it: &'a Fragment| Continuation { text: &it.text, hook_run_id: it.run.as_str() };
        Self {
            should_stop: outcome.should_stop,
            stop_reason: outcome.stop_reason.as_deref(),
            should_block: outcome.should_block,
            block_reason: outcome.block_reason.as_deref(),
            decision: outcome.verdict.as_ref().map(|verdict| match verdict {
                Verdict::Allow => Decision { behavior: "allow", message: None },
                Verdict::Deny { message } => Decision { behavior: "deny", message: Some(message) },
            }),
            additional_contexts: &outcome.additional_contexts,
            updated_input: outcome.updated_input.as_ref(),
            feedback: outcome.feedback.as_deref(),
            continuation_fragments: outcome.continuation.iter().map(fragment).collect(),
        }
    }
}

/// A run of the older form.
#[derive(Serialize)]
struct Older<'a> {
    name: &'a str,
    result: &'static str,
    error: Option<&'a str>,
}

impl<'a> Older<'a> {
    fn of(run: &'a argv::Run) -> Self {
        let (result, error) = match &run.ended {
            Ended::Success => ("success", None),
            Ended::FailedContinue(error) => ("failedContinue", Some(error.as_str())),
            Ended::FailedAbort(error) => ("failedAbort", Some(error.as_str())),
        };
        Self { name: &run.name, result, error }
    }
}
