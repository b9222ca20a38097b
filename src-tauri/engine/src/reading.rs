//! What one handler's end means for its event.

use model::{Entry, RunStatus, Verdict};
use serde_json::Value;

/// A run as its event reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) status: RunStatus,
    pub(crate) entries: Vec<Entry>,
    pub(crate) effect: Effect,
}

/// What one run asks for. Empty where it asks for nothing or failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Effect {
    pub(crate) stop: Option<Stop>,
    /// Why it blocks.
    pub(crate) block: Option<String>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) context: Option<String>,
    pub(crate) updated_input: Option<Value>,
    /// What the model reads instead of a tool's result.
    pub(crate) feedback: Option<String>,
    /// What the model is told to go on with.
    pub(crate) continuation: Option<String>,
}

/// `continue: false`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) reason: Option<String>,
}

/// One run's part in the outcome, in configured order.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) run: model::RunId,
    pub(crate) effect: Effect,
    /// 0 finished first.
    pub(crate) finished: usize,
}
