//! What came of one event.

use model::{EventId, HookRun, Outcome, Verdict};

use crate::Finished;

/// All synchronous runs of one event in configured order, and what they add up to.
#[derive(Debug, Default)]
pub struct Report {
    pub runs: Vec<Ran>,
    pub outcome: Outcome,
}

/// One run with the raw facts.
#[derive(Debug)]
pub struct Ran {
    pub run: HookRun,
    pub finished: Finished,
    /// 0 finished first.
    pub order: usize,
    /// What this run alone says to a permission request.
    pub verdict: Option<Verdict>,
}

/// What happens while the runs of an event go on. `run` counts the synchronous runs in configured order, from 0.
#[derive(Debug)]
pub enum Progress {
    /// Told of every run before the first one starts.
    Started {
        run: usize,
        summary: HookRun,
    },
    Output {
        run: usize,
        stream: Stream,
        bytes: Vec<u8>,
    },
    /// As soon as it ended.
    Ended {
        run: usize,
        summary: HookRun,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// What an asynchronous run left behind. It controls nothing.
#[derive(Debug)]
pub struct Late {
    /// The session of the event it ran for.
    pub session: Option<String>,
    /// That event, as [`crate::Payload::named`] named it.
    pub event: Option<EventId>,
    pub run: HookRun,
    pub finished: Finished,
    /// For the model at the next turn boundary.
    pub context: Option<String>,
}
