//! From the relay to the history without a window: what these tests share.

mod chance;
mod fake_app;
mod flow;

pub use chance::{Chance, cases, shuffled};
pub use fake_app::{FakeApp, Met};
pub use fixtures::client::{ask, bytes, dial, hear, hello, show, socket};
pub use fixtures::until;
pub use flow::Flow;

use std::fs;
use std::path::{Path, PathBuf};

/// Exactly what Codex takes for allow.
pub const ALLOW: &str =
    r#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}}}"#;

/// Exactly what Codex takes for deny with this message. The message must need no escaping.
pub fn deny(message: &str) -> String {
    format!(
        r#"{{"hookSpecificOutput":{{"hookEventName":"PermissionRequest","decision":{{"behavior":"deny","message":"{message}"}}}}}}"#
    )
}

/// The folder in which relays keep events for the app of this home.
pub fn spool(home: &Path) -> PathBuf {
    home.join("state/spool")
}

/// The names of the events that wait there, oldest first.
pub fn spooled(home: &Path) -> Vec<String> {
    let entries = fs::read_dir(spool(home)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".event")).collect();
    names.sort();
    names
}
