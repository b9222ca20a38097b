//! Runs of hooks and what they add up to.

use crate::{HandlerKind, HookEvent, HookKey, Mode, RunId, Source, Timestamp};

/// One execution of one handler, as the agent sums it up (`HookRunSummary` of Codex 0.169).
#[derive(Clone, Debug, PartialEq)]
pub struct HookRun {
    pub id: RunId,
    /// Of the handler that ran.
    pub hook: HookKey,
    pub event: HookEvent,
    pub kind: HandlerKind,
    pub mode: Mode,
    pub source: Source,
    pub display_order: u32,
    pub status_message: Option<String>,
    pub started: Timestamp,
    pub status: RunStatus,
    /// `None` while it runs.
    pub completed: Option<Timestamp>,
    /// Milliseconds by the monotonic clock; `None` while it runs.
    pub duration_ms: Option<u64>,
    /// Always warning, context, then one of stop, feedback or error.
    pub entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunStatus {
    Running,
    /// Exit code 0 and an answer that blocks nothing.
    Completed,
    /// Any error; whatever it answered has no effect.
    Failed,
    /// Blocked, denied, or asked the agent to go on.
    Blocked,
    /// `continue: false` was honoured.
    Stopped,
    /// It is over; how it ended is not known, or told in a word of a newer agent.
    Unknown,
}

impl RunStatus {
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Completed, Self::Failed, Self::Blocked, Self::Stopped, Self::Unknown];

    /// Codex's name; of *unknown* our own.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }
}

/// Something a run says to the person or the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntryKind,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    Warning,
    Stop,
    Feedback,
    Context,
    Error,
}

impl EntryKind {
    pub const ALL: [Self; 5] = [Self::Warning, Self::Stop, Self::Feedback, Self::Context, Self::Error];

    /// Codex's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Stop => "stop",
            Self::Feedback => "feedback",
            Self::Context => "context",
            Self::Error => "error",
        }
    }
}

/// What all runs of one event add up to. Empty is neutral: the agent goes on as if there were no hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// `continue: false` where the event honours it; for `UserPromptSubmit` also a block.
    pub should_stop: bool,
    pub stop_reason: Option<String>,
    /// A tool call, a tool result or the end of a turn is blocked.
    pub should_block: bool,
    pub block_reason: Option<String>,
    /// Of a `PermissionRequest`.
    pub verdict: Option<Verdict>,
    /// For the model, one message each, in configured order.
    pub additional_contexts: Vec<String>,
    /// Replaces the tool's input: that of the handler that finished last.
    pub updated_input: Option<serde_json::Value>,
    /// What the model reads instead of a tool's result.
    pub feedback: Option<String>,
    /// What the model is told to go on with, one for each handler that blocked the end of a turn.
    pub continuation: Vec<Fragment>,
}

/// What hooks say to a permission request. Whether it counts is decided elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    Deny { message: String },
}

/// A reason to go on with a turn, and the run that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    pub text: String,
    pub run: RunId,
}
