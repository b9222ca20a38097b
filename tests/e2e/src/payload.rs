//! What Codex sends to its hooks, built up by the tests.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

const TURN: &str = "01a1b2c3-0000-7000-8000-000000000002";

#[derive(Clone, Debug)]
pub struct Payload {
    body: Value,
    /// What the session's transcript tells about this turn.
    transcript: Option<String>,
}

/// A shell command.
pub fn shell(command: &str) -> Payload {
    Payload::of("Bash", json!({ "command": command }))
}

/// A patch in the form of `apply_patch`.
pub fn patch(text: &str) -> Payload {
    Payload::of("apply_patch", json!({ "command": text }))
}

/// An event that asks nothing, with the fields of its own.
pub fn event(name: &str, fields: Value) -> Payload {
    let mut payload = Payload::of("Bash", json!({ "command": "ls" }));
    payload.body["hook_event_name"] = name.into();
    if let (Some(body), Value::Object(fields)) = (payload.body.as_object_mut(), fields) {
        body.extend(fields);
    }
    payload
}

impl Payload {
    pub fn of(tool: &str, input: Value) -> Self {
        let body = json!({
            "session_id": "01a1b2c3-0000-7000-8000-000000000001",
            "turn_id": TURN,
            "transcript_path": null,
            "cwd": "/repo",
            "hook_event_name": "PermissionRequest",
            "model": "gpt-5",
            "permission_mode": "default",
            "tool_name": tool,
            "tool_input": input,
        });
        Self { body, transcript: None }
    }

    /// The agent's own words about why.
    pub fn said(mut self, words: &str) -> Self {
        self.body["tool_input"]["description"] = words.into();
        self
    }

    pub fn in_session(mut self, id: &str) -> Self {
        self.body["session_id"] = id.into();
        self
    }

    pub fn in_folder(mut self, folder: &str) -> Self {
        self.body["cwd"] = folder.into();
        self
    }

    /// The session is at work in `project` because a person, who reviews too, asked for something.
    pub fn for_prompt(mut self, project: &str, prompt: &str) -> Self {
        let context = json!({ "type": "turn_context", "payload": {
            "turn_id": TURN, "root_turn_id": TURN, "cwd": project, "approval_policy": "on-request", "approvals_reviewer": "user",
        } });
        let message = json!({ "type": "event_msg", "payload": { "type": "item_completed", "turn_id": TURN, "item": {
            "type": "UserMessage", "content": [{ "type": "text", "text": prompt }],
        } } });
        self.transcript = Some(format!("{context}\n{message}\n"));
        self
    }

    /// The payload's bytes; its transcript, if it has one, is written to `transcript`.
    pub(crate) fn bytes(&self, transcript: &Path) -> Result<Vec<u8>> {
        let mut body = self.body.clone();
        if let Some(text) = &self.transcript {
            fs::write(transcript, text)?;
            body["transcript_path"] = json!(transcript);
        }
        Ok(body.to_string().into_bytes())
    }
}
