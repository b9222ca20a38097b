//! What Codex sends to a PermissionRequest hook, built up by the tests.

use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub struct Payload(Value);

/// A shell command.
pub fn shell(command: &str) -> Payload {
    Payload::of("Bash", json!({ "command": command }))
}

/// A patch in the form of `apply_patch`.
pub fn patch(text: &str) -> Payload {
    Payload::of("apply_patch", json!({ "command": text }))
}

impl Payload {
    pub fn of(tool: &str, input: Value) -> Self {
        Self(json!({
            "session_id": "01a1b2c3-0000-7000-8000-000000000001",
            "turn_id": "01a1b2c3-0000-7000-8000-000000000002",
            "transcript_path": null,
            "cwd": "/repo",
            "hook_event_name": "PermissionRequest",
            "model": "gpt-5",
            "permission_mode": "default",
            "tool_name": tool,
            "tool_input": input,
        }))
    }

    /// The agent's own words about why.
    pub fn said(mut self, words: &str) -> Self {
        self.0["tool_input"]["description"] = words.into();
        self
    }

    pub fn in_session(mut self, id: &str) -> Self {
        self.0["session_id"] = id.into();
        self
    }

    pub fn in_folder(mut self, folder: &str) -> Self {
        self.0["cwd"] = folder.into();
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }
}
