//! What an agent says to a hook, as far as running needs to know it.

use std::path::PathBuf;

use model::{EventId, HookEvent};
use serde_json::{Map, Value};

use crate::Error;

/// A payload. Every handler gets its bytes as they came, without blanks around them.
#[derive(Clone, Debug)]
pub struct Payload {
    text: String,
    fields: Map<String, Value>,
    event: HookEvent,
    name: Option<EventId>,
    folder: Option<PathBuf>,
}

impl Payload {
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let Value::Object(fields) = serde_json::from_str(text).map_err(Error::NotJson)? else {
            return Err(Error::NotAnObject);
        };
        let name = fields.get("hook_event_name").and_then(Value::as_str).ok_or(Error::Missing("hook_event_name"))?;
        Ok(Self { event: HookEvent::from_name(name), text: text.to_owned(), fields, name: None, folder: None })
    }

    /// Of a hook that was given something else.
    pub fn without_words(event: HookEvent) -> Self {
        Self { text: String::new(), fields: Map::new(), event, name: None, folder: None }
    }

    /// The same as the event of this id, which asynchronous runs of it then tell.
    pub fn named(self, name: EventId) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The same, with its handlers run in this folder. In the payload the model may have chosen one.
    pub fn run_in(self, folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..self }
    }

    pub(crate) fn folder(&self) -> Option<PathBuf> {
        self.folder.clone().or_else(|| self.cwd())
    }

    pub(crate) fn name(&self) -> Option<&EventId> {
        self.name.as_ref()
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn event(&self) -> &HookEvent {
        &self.event
    }

    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    pub fn cwd(&self) -> Option<PathBuf> {
        self.string("cwd").map(PathBuf::from)
    }

    pub fn session(&self) -> Option<&str> {
        self.string("session_id")
    }

    pub fn turn(&self) -> Option<&str> {
        self.string("turn_id")
    }

    /// Which call of a tool it is about. A `PermissionRequest` of Codex 0.169 does not say.
    pub fn call(&self) -> Option<&str> {
        self.string("tool_use_id")
    }

    pub fn string(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }
}
