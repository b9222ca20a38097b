//! What Hookwright can do, for every front: the windows, and later the command line.
//!
//! Wires the other crates together; they do not know each other. Knows no window toolkit. One loop ([`App`]) numbers everything
//! that happens; history, tray and windows only listen.

mod app;
mod asking;
mod card;
pub mod dto;
mod error;
mod live;
mod lock;
mod memory;
mod past;
mod paths;
mod settings;
pub mod text;

pub use app::{App, Options, show_running};
pub use error::Error;
pub use lock::Lock;
pub use paths::Paths;
pub use settings::Settings;
