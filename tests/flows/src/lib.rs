//! From the relay to the history without a window: what these tests share.

mod chance;
mod client;
mod fake_app;
mod flow;

pub use chance::{cases, shuffled};
pub use client::{ask, bytes, dial, hear, show};
pub use fake_app::{FakeApp, Met};
pub use flow::Flow;

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

/// Where relays find the app of this home.
pub fn socket(home: &Path) -> PathBuf {
    home.join("run/bridge.sock")
}
