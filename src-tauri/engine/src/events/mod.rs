//! The events. One file each: what comes in, what may be answered, what the answer means, what several answers add up to.

use model::{HookEvent, Mode, Outcome, RunStatus};

use crate::Finished;
use crate::reading::{Effect, Part, Reading};

/// What the end of a handler means.
pub(crate) fn read(event: &HookEvent, mode: Mode, finished: &Finished) -> Reading {
    let _ = (event, mode, finished);
    Reading { status: RunStatus::Completed, entries: Vec::new(), effect: Effect::default() }
}

/// What all runs of one event, in configured order, add up to.
pub(crate) fn outcome(event: &HookEvent, parts: &[Part]) -> Outcome {
    let _ = (event, parts);
    Outcome::default()
}
