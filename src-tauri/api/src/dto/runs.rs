//! Runs of hooks in the past: the History screen and what they add up to.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{EventView, Outcome, Piece, ReportedView, ResultView, RunEntry, RunStatusView};

/// Which runs. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RunFilter {
    /// Words that must all occur in the command, the project, what was written or what was left for person and model.
    pub text: String,
    pub agent: Option<String>,
    pub event: Option<String>,
    /// One of these; empty: any.
    pub status: Vec<RunStatusView>,
    pub from: Option<RunFromView>,
    pub project: Option<String>,
    pub session: Option<String>,
    /// A turn of that session.
    pub turn: Option<String>,
    /// The key of the hook.
    pub hook: Option<String>,
    /// Only what took longer than a second.
    pub slow: bool,
    /// That began then or later, in milliseconds since the Unix epoch.
    pub since: Option<String>,
}

/// Who told of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RunFromView {
    /// Hookwright ran it, for an agent.
    Hosted,
    /// The recorder around its command.
    Recorded,
    /// The agent itself.
    Told,
    /// Hookwright ran it because a person wanted to see it run.
    Tried,
}

/// A run of the past, one row of the History screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PastRun {
    pub id: String,
    pub from: RunFromView,
    pub reported: ReportedView,
    pub agent: String,
    pub agent_title: String,
    /// The agent's own name of the event.
    pub event: String,
    /// The same, to be read.
    pub event_shown: Vec<Piece>,
    pub session: Option<String>,
    pub turn: Option<String>,
    pub tool: Option<Vec<Piece>>,
    pub project: Option<String>,
    /// The same, to be read.
    pub project_shown: Option<Vec<Piece>>,
    /// The first line of what ran.
    pub command: Vec<Piece>,
    /// The key of the hook; null: no configured hook has this command.
    pub hook: Option<String>,
    pub status: RunStatusView,
    /// Milliseconds since the Unix epoch.
    pub started_at: String,
    /// Milliseconds.
    pub took_ms: Option<u32>,
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// How many secrets were masked in it.
    pub masked: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PastRunPage {
    pub rows: Vec<PastRun>,
    /// Pass it back to get older rows; null at the end.
    pub next: Option<String>,
}

/// One run with everything that is kept of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PastRunDetail {
    pub run: PastRun,
    /// All of what ran.
    pub command: Vec<Piece>,
    /// The key of the hook, to be read.
    pub hook_shown: Option<Vec<Piece>>,
    /// Codex's name of the source's kind, or `hosted`.
    pub source: String,
    /// The file that declares it; empty where none does.
    pub path: Vec<Piece>,
    /// What the payload calls the working directory.
    pub folder: Option<Vec<Piece>>,
    /// `sync` or `async`.
    pub mode: String,
    /// What it left for person and model, as the agent reads it.
    pub entries: Vec<RunEntry>,
    /// What the agent itself says of it: of a recorded run, and where a word of it is not known here.
    pub told: Option<ToldView>,
    pub applied: AppliedView,
    pub input: OutputView,
    pub stdout: OutputView,
    pub stderr: OutputView,
    /// The events of the call for which it ran, in their order; none where that cannot be told.
    pub call: Vec<CallStep>,
    /// JSON of the payload and of what came of it; null where the payload is not kept whole.
    pub fixture: Option<String>,
}

/// A run in the words of its agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ToldView {
    /// *Unknown*: `word` is of a newer agent.
    pub status: RunStatusView,
    pub word: Vec<Piece>,
    /// Milliseconds.
    pub took_ms: Option<u32>,
    pub entries: Vec<RunEntry>,
    /// The agent says otherwise than Hookwright reads what was recorded.
    pub differs: bool,
}

/// What became of what a run asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum AppliedView {
    Sent,
    Nothing,
    HeldBack,
}

/// What a run read or wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OutputView {
    /// At most the first 20,000 characters.
    pub text: Vec<Piece>,
    /// The length of all of it.
    pub bytes: String,
    /// There is more than `text` holds.
    pub cut: bool,
}

/// One event of a call: before it, when permission was asked for, after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallStep {
    pub event: EventView,
    /// How the request ended that it opened.
    pub outcome: Option<Outcome>,
    /// What the call gave back.
    pub result: Option<ResultView>,
    /// The run was for this one.
    pub own: bool,
}

/// What it takes to run a hook again as it is configured now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunAgain {
    pub folder: String,
    pub event: String,
    pub key: String,
    /// As JSON to be edited. What would hide in it is escaped.
    pub payload: String,
    /// It is not what the hook was given: that was masked, or its end is not kept.
    pub altered: Option<Altered>,
    /// The hook is not what it was then.
    pub changed: bool,
}

/// How a payload that is kept differs from what a hook was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Altered {
    Masked,
    Cut,
}

/// What the runs and requests of a time add up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct InsightsView {
    /// In their order, only those with runs.
    pub days: Vec<DayView>,
    /// The slowest first.
    pub hooks: Vec<HookSumView>,
    /// Milliseconds.
    pub waited_for_hooks_ms: String,
    pub waited_for_people_ms: String,
}

/// The runs of a day that ended in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DayView {
    /// Counted from 1 January 1970.
    pub day: i32,
    pub status: RunStatusView,
    pub runs: u32,
}

/// The runs of one hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HookSumView {
    /// Null: all runs of which no configured hook has the command.
    pub hook: Option<String>,
    /// The same, to be read.
    pub hook_shown: Vec<Piece>,
    pub runs: u32,
    pub failed: u32,
    /// Milliseconds, all of them together.
    pub took_ms: String,
    /// Microseconds that half of the runs did not exceed, and 95 of a hundred.
    pub half_us: String,
    pub most_us: String,
}
