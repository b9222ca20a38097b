//! What Hookwright can do, for every front: the windows, and later the command line.
//!
//! Wires the other crates together; they do not know each other. Knows no window toolkit. One loop ([`App`]) numbers everything
//! that happens; history, tray and windows only listen.

mod agents;
mod app;
mod asking;
mod attach;
mod autostart;
mod card;
mod compose;
pub mod dto;
mod editor;
mod error;
mod guard;
mod happened;
mod hooks;
mod hosted;
mod installation;
mod live;
mod lock;
mod memory;
mod mutex;
mod past;
mod paths;
mod plan;
mod recorded;
mod records;
mod rules;
mod runs;
mod settings;
mod shortcut;
mod spool;
mod telling;
pub mod text;
mod trial;
mod whole;

pub use crate::agents::Agents;
pub use app::{App, Attended, Options, is_listening, show_running};
pub use appserver::Switch;
pub use card::{pieces, prose};
pub use config::discover::{Diagnostic, Discovery, FileError, Flags, Severity, Skipped};
pub use editor::Editor;
pub use engine::argv;
pub use engine::events::{camel, snake};
pub use engine::{Captured, End, Finished, Late, Payload, Progress, Ran, Report, Stream, summary};
pub use error::Error;
pub use hooks::trust::HookTrust;
pub use hooks::{Hooks, PassedOver, Tried, Which, passed_over, why_not};
pub use installation::{HistoryState, Installation, SpoolSize, Trouble, TroubleCode};
pub use lock::Lock;
pub use paths::Paths;
pub use protocol::Window;
pub use records::{
    BadLine, Committed, Detail, Filter, Following, Kind, NotImported, Notified, Record, Records, RunFilter, Whole,
    import,
};
pub use settings::Settings;
pub use shortcut::{Key, Modifier, NoShortcut, Shortcut};
