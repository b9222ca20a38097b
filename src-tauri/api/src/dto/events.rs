//! Hook events: the Live screen, and what the command line tells of them.

use serde::Serialize;
use ts_rs::TS;

use super::{Piece, RunFromView, RunView};

/// One hook event, a row of the Live screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    pub id: String,
    /// Milliseconds since the Unix epoch.
    pub at: String,
    pub agent: String,
    /// The agent's own name.
    pub agent_title: String,
    /// The agent's own name of the event, such as `PreToolUse`.
    pub event: Vec<Piece>,
    pub session: Option<String>,
    pub turn: Option<String>,
    /// The role of the subagent in which it happened.
    pub subagent: Option<Vec<Piece>>,
    pub tool: Option<Vec<Piece>>,
    /// What the payload calls the working directory.
    pub folder: Option<Vec<Piece>>,
    /// The last part of `folder`.
    pub folder_name: Option<Vec<Piece>>,
    /// The first line of what it is about: the command, the file, the prompt. Empty where there is none.
    pub gist: Vec<Piece>,
    pub reported: ReportedView,
    /// The permission request that it opened.
    pub request: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ReportedView {
    Live,
    /// Hookwright was not running; the relay kept it.
    WhileClosed,
    /// Taken in from an export.
    Imported,
}

/// The latest events, oldest first, at one point of their own order. Later [`LiveUpdate`]s have a greater `seq`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LiveSnapshot {
    pub seq: String,
    pub events: Vec<EventView>,
    /// Runs of agents' own hooks, in the order in which they began.
    pub recorded: Vec<RecordedView>,
}

/// A run of an agent's own hook: recorded, or told by the agent itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecordedView {
    /// The same while it runs and when it has ended.
    pub id: String,
    /// *Told*: what it read and wrote is not known.
    pub from: RunFromView,
    pub agent: String,
    pub agent_title: String,
    pub session: Option<String>,
    pub turn: Option<String>,
    /// The agent's own name of the event.
    pub event: Vec<Piece>,
    pub tool: Option<Vec<Piece>>,
    /// The first line of the hook's own command; of a hook that is not configured what the agent calls the run.
    pub command: Vec<Piece>,
    /// Whether a hook file has this command. Otherwise the run was made up, or the file was changed since.
    pub configured: bool,
    pub reported: ReportedView,
    pub run: RunView,
}

/// What happened since. Events and runs are numbered together; `seq` is the first number. A gap means: take a new snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LiveUpdate {
    pub seq: String,
    pub events: Vec<EventView>,
    /// Runs of agents' own hooks that began or ended. One that is known already takes the place of what was known.
    pub recorded: Vec<RecordedView>,
}

/// One event with everything the agent said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EventDetail {
    pub event: EventView,
    /// The payload, indented where it is JSON. At most the first 200,000 characters.
    pub payload: Vec<Piece>,
    /// There is more of it than `payload` holds.
    pub cut: bool,
    /// The hosted hooks that ran for it, in configured order.
    pub runs: Vec<RunView>,
}
