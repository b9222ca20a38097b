//! What weeks of runs add up to.

use std::time::Duration;

use model::{HookKey, RunStatus};

/// Runs and waiting within a time, to the hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Insights {
    /// In their order, only those with runs.
    pub days: Vec<Day>,
    /// The slowest first, by [`HookSum::most`].
    pub hooks: Vec<HookSum>,
    /// How long agents were kept waiting by hooks, those that ran side by side added up.
    pub waited_for_hooks: Duration,
    /// How long requests waited that neither a rule nor a hook decided.
    pub waited_for_people: Duration,
}

/// The runs of a day that ended in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Counted from 1 January 1970.
    pub day: i64,
    pub status: RunStatus,
    pub runs: u64,
}

/// The runs of one hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookSum {
    /// `None`: all runs of which no configured hook has the command.
    pub hook: Option<HookKey>,
    pub runs: u64,
    pub failed: u64,
    /// All of them together.
    pub took: Duration,
    /// Half of the runs of these days (of UTC) took no longer; a tenth more or less.
    pub half: Duration,
    /// Of a hundred runs of these days 95 took no longer; a tenth more or less.
    pub most: Duration,
}
