//! Runs hooks as Codex 0.169 does: selects the handlers of an event, runs them, reads their answers, adds them up.
//!
//! Knows nothing of windows, sockets, databases or of where hooks are declared: it gets `model::Hook`s and a payload. Each event's
//! rules stand in one file of `events/`. All failures are fail-open: the agent goes on as if the hook had not run.

mod error;
pub mod events;
mod finished;
mod payload;
mod reading;
mod report;
mod run;

pub use error::Error;
pub use finished::{Captured, End, Finished};
pub use payload::Payload;
pub use report::{Late, Progress, Ran, Report, Stream};
pub use run::{Engine, Shell, Surroundings};
