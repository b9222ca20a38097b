//! Codex's JSON as it travels. The only file here that names serde.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
/// JSON text, known to be valid.
pub(super) use serde_json::value::RawValue;

use super::json;
use crate::Error;

/// A JSON object with its order, repeated keys and the text of its numbers.
pub(super) struct Object<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Fields).map(Self)
    }
}

/// What Codex writes to a hook's stdin.
pub(super) struct Payload<'a> {
    fields: Object<'a>,
    lenient: bool,
}

impl<'a> Payload<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Error> {
        let not_json = |error: serde_json::Error| Error::NotJson { line: error.line(), column: error.column() };
        let raw: &RawValue = serde_json::from_str(text).map_err(not_json)?;
        let fields = serde_json::from_str(raw.get()).map_err(|_| Error::NotAnObject)?;
        Ok(Self { fields, lenient: false })
    }

    /// From now on a field that does not fit counts as absent.
    pub(super) fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    /// A field as it came. Like Codex's own optional fields, null is absent.
    pub(super) fn raw(&self, name: &'static str) -> Result<Option<&'a RawValue>, Error> {
        let mut found = self.fields.0.iter().filter(|(key, _)| key == name).map(|(_, value)| *value);
        match (found.next(), found.next()) {
            (_, Some(_)) if self.lenient => Ok(None),
            (_, Some(_)) => Err(Error::Twice(name)),
            (value, None) => Ok(value.filter(|value| value.get() != "null")),
        }
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, Error> {
        match self.raw(name)?.map(text).transpose() {
            Err(_) if self.lenient => Ok(None),
            text => text.map_err(|_| Error::WrongType(name)),
        }
    }
}

/// `tool_input` of `Bash` and `apply_patch`. A key we do not know must not vanish from sight, so it makes this no command.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    pub(super) command: String,
    #[serde(default)]
    pub(super) description: Option<String>,
}

/// `tool_input` of `request_permissions`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Permissions<'a> {
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(borrow)]
    pub(super) permissions: &'a RawValue,
}

/// `tool_input` of `Write`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    pub(super) file_path: String,
    pub(super) content: String,
}

/// `tool_input` of `Edit`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    pub(super) file_path: String,
    pub(super) old_string: String,
    pub(super) new_string: String,
    #[serde(default)]
    pub(super) replace_all: bool,
}

/// `tool_input` of `MultiEdit`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MultiEdit {
    pub(super) file_path: String,
    pub(super) edits: Vec<Replacement>,
}

/// One of several edits of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replacement {
    pub(super) old_string: String,
    pub(super) new_string: String,
    #[serde(default)]
    pub(super) replace_all: bool,
}

pub(super) fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// A value for display: text without quotes, anything else as indented JSON.
pub(super) fn shown(raw: &RawValue) -> String {
    text(raw).unwrap_or_else(|_| json::indent(raw.get()))
}

fn text(raw: &RawValue) -> serde_json::Result<String> {
    serde_json::from_str(raw.get())
}

/// What Codex reads from a hook's stdout. What is not set is left out.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reply<'a> {
    #[serde(skip)]
    event: &'a str,
    #[serde(rename = "continue", skip_serializing_if = "Option::is_none")]
    goes_on: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hook_specific_output: Option<Output<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_message: Option<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Output<'a> {
    hook_event_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decides<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_decision: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission_decision_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_input: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_context: Option<String>,
}

/// The decision on a `PermissionRequest`.
#[derive(Serialize)]
#[serde(tag = "behavior", rename_all = "lowercase")]
pub(super) enum Decides<'a> {
    Allow,
    Deny {
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a str>,
    },
}

impl<'a> Decides<'a> {
    /// Codex puts its own words where the message is blank.
    pub(super) fn deny(message: &'a str) -> Self {
        Self::Deny { message: Some(message).filter(|text| !text.trim().is_empty()) }
    }
}

impl<'a> Reply<'a> {
    pub(super) fn to(event: &'a str) -> Self {
        Self { event, ..Self::default() }
    }

    pub(super) fn stop(&mut self, reason: Option<&'a str>) {
        (self.goes_on, self.stop_reason) = (Some(false), reason);
    }

    pub(super) fn block(&mut self, reason: String) {
        (self.decision, self.reason) = (Some("block"), Some(reason));
    }

    pub(super) fn reason(&mut self, reason: Option<&str>) {
        self.reason = reason.map(str::to_owned);
    }

    pub(super) fn decide(&mut self, decision: Decides<'a>) {
        self.output().decision = Some(decision);
    }

    pub(super) fn deny_tool(&mut self, reason: String) {
        let output = self.output();
        (output.permission_decision, output.permission_decision_reason) = (Some("deny"), Some(reason));
    }

    pub(super) fn rewrite_tool(&mut self, input: &'a Value) {
        let output = self.output();
        (output.permission_decision, output.updated_input) = (Some("allow"), Some(input));
    }

    pub(super) fn context(&mut self, context: String) {
        self.output().additional_context = Some(context);
    }

    pub(super) fn warn(&mut self, warnings: String) {
        self.system_message = Some(warnings);
    }

    fn output(&mut self) -> &mut Output<'a> {
        let hook_event_name = self.event;
        self.hook_specific_output.get_or_insert_with(|| Output { hook_event_name, ..Output::default() })
    }

    /// `None` where nothing was said.
    pub(super) fn to_json(&self) -> Option<String> {
        let json = serde_json::to_string(self).expect("strings and enums always serialise");
        (json != "{}").then_some(json)
    }
}

/// One line of a transcript that tells something about a turn.
#[expect(clippy::large_enum_variant, reason = "one at a time, never kept")]
pub(super) enum Record {
    Context(TurnContext),
    Prompt { turn: String, text: String },
    Started { turn: String },
}

/// Fields of a newer Codex may have other types; what does not fit is unknown.
#[derive(Deserialize)]
pub(super) struct TurnContext {
    pub(super) turn_id: String,
    #[serde(default)]
    pub(super) root_turn_id: Value,
    #[serde(default)]
    pub(super) cwd: Value,
    #[serde(default)]
    pub(super) approval_policy: Value,
    #[serde(default)]
    pub(super) approvals_reviewer: Value,
}

#[derive(Deserialize)]
struct Line<'a> {
    r#type: String,
    #[serde(borrow)]
    payload: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    TaskStarted { turn_id: String },
    ItemCompleted { turn_id: String, item: Item },
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Item {
    UserMessage { content: Vec<Content> },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Content {
    Text {
        text: String,
    },
    #[serde(other)]
    Other,
}

impl Record {
    /// `None` for a line that tells nothing we need, a broken one included.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let line: Line = serde_json::from_slice(line).ok()?;
        match line.r#type.as_str() {
            "turn_context" => read(line.payload).map(Self::Context),
            "event_msg" => match read(line.payload)? {
                Message::TaskStarted { turn_id } => Some(Self::Started { turn: turn_id }),
                Message::ItemCompleted { turn_id, item: Item::UserMessage { content } } => {
                    let texts = content.into_iter().filter_map(|content| match content {
                        Content::Text { text } => Some(text),
                        Content::Other => None,
                    });
                    let text = texts.collect::<Vec<_>>().join("\n");
                    (!text.is_empty()).then_some(Self::Prompt { turn: turn_id, text })
                }
            },
            _ => None,
        }
    }
}

/// A setting that is a word in Codex 0.169 and may be more elsewhere.
pub(super) fn word(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
