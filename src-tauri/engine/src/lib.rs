//! Runs hooks as Codex 0.169 does: selects the handlers of an event, runs them, reads their answers, adds them up.
//!
//! Knows nothing of windows, sockets, databases or of where hooks are declared: it gets `model::Hook`s and a payload. Each event's
//! rules stand in one file of `events/`. All failures are fail-open: the agent goes on as if the hook had not run.

pub mod argv;
mod background;
mod capture;
mod command;
mod error;
pub mod events;
mod finished;
mod group;
mod mcp;
mod output;
mod payload;
mod placeholder;
mod reading;
mod report;
mod run;
mod schema;
mod shell;
mod spill;
mod summary;

pub use error::Error;
pub use finished::{Captured, End, Finished, Whole};
pub use payload::Payload;
pub use report::{Late, Progress, Ran, Report, Stream};
pub use run::{Engine, Surroundings, told};
pub use shell::Shell;
pub use summary::{notification, summary};
