//! What a hook file declares, whichever way it is written. Only what Codex reads: unknown events are left out.

use std::path::Path;

use agents::codex::install::{self, Declared, Entry, Ours};
use model::HookEvent;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The hooks of one file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Hooks {
    /// In the order of the file. An event may stand there without a group.
    pub(crate) events: Vec<(HookEvent, Vec<Group>)>,
    pub(crate) container: Container,
}

/// What holds the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Container {
    #[default]
    Absent,
    Empty,
    Filled,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Group {
    /// In bytes from the beginning of the file.
    pub(crate) at: usize,
    pub(crate) matcher: Option<String>,
    pub(crate) handlers: Vec<Handler>,
    /// `{}`: nothing but a place, so that what follows keeps its own.
    pub(crate) bare: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Handler {
    /// In bytes from the beginning of the file.
    pub(crate) at: usize,
    pub(crate) runs: Runs,
}

/// What a handler runs; Codex 0.169 refuses a file with any other `type`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", expecting = "internally tagged enum HookHandlerConfig")]
pub(crate) enum Runs {
    Command(Command),
    McpTool(McpTool),
    Prompt,
    Agent,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Command {
    pub(crate) command: String,
    #[serde(default)]
    pub(crate) timeout: Option<u64>,
    #[serde(default)]
    pub(crate) status_message: Option<String>,
    #[serde(default, rename = "async")]
    pub(crate) background: bool,
    #[serde(default)]
    pub(crate) additional_context_limit: Option<usize>,
    /// Not run here, but it must be well-formed.
    #[serde(default, rename = "commandWindows", alias = "command_windows")]
    pub(crate) on_windows: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct McpTool {
    pub(crate) server: String,
    pub(crate) tool: String,
    #[serde(default, deserialize_with = "input")]
    pub(crate) input: Map<String, Value>,
    #[serde(default)]
    pub(crate) timeout: Option<u64>,
    #[serde(default)]
    pub(crate) status_message: Option<String>,
}

/// Codex 0.169 hashes it through TOML, so what TOML cannot say is refused.
fn input<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    fn in_toml(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Number(number) => number.is_f64() || number.is_i64(),
            Value::Bool(_) | Value::String(_) => true,
            Value::Array(values) => values.iter().all(in_toml),
            Value::Object(values) => values.values().all(in_toml),
        }
    }

    /// A date of TOML comes as an object, and is a text to Codex.
    fn dates(value: &mut Value) {
        match value {
            Value::Object(object) => match object.get("$__toml_private_datetime") {
                Some(date) => *value = date.clone(),
                None => object.values_mut().for_each(dates),
            },
            Value::Array(values) => values.iter_mut().for_each(dates),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    let mut input = Map::deserialize(deserializer)?;
    input.values_mut().for_each(dates);
    let fits = input.values().all(in_toml);
    fits.then_some(input).ok_or_else(|| D::Error::custom("MCP hook input must be representable as TOML"))
}

/// Where a handler stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) event: HookEvent,
    pub(crate) group: usize,
    pub(crate) handler: usize,
}

impl Spot {
    pub(crate) fn key(&self, file: &Path) -> String {
        install::key(file, &self.event, self.group, self.handler)
    }
}

impl Hooks {
    pub(crate) fn groups(&self, event: &HookEvent) -> Option<&[Group]> {
        self.events.iter().find(|(name, _)| name == event).map(|(_, groups)| groups.as_slice())
    }

    /// In the order of the file.
    pub(crate) fn handlers(&self) -> impl Iterator<Item = (Spot, &Group, &Handler)> {
        self.events.iter().flat_map(|(event, groups)| {
            groups.iter().enumerate().flat_map(move |(index, group)| {
                group.handlers.iter().enumerate().map(move |(handler, declared)| {
                    (Spot { event: event.clone(), group: index, handler }, group, declared)
                })
            })
        })
    }

    /// Our handlers, with what they are.
    pub(crate) fn ours(&self) -> impl Iterator<Item = (Spot, &Group, &Command, Ours)> {
        self.handlers().filter_map(|(spot, group, handler)| {
            let (command, ours) = handler.ours()?;
            Some((spot, group, command, ours))
        })
    }

    /// Everybody else's handlers, as Codex sees them.
    pub(crate) fn others(&self) -> impl Iterator<Item = (Spot, Option<&str>, &Runs)> {
        self.handlers()
            .filter(|(_, _, handler)| handler.ours().is_none())
            .map(|(spot, group, handler)| (spot, group.matcher.as_deref(), &handler.runs))
    }

    /// Whether an event has a group, so that Codex takes this file for a way in which hooks are written.
    pub(crate) fn declares(&self) -> bool {
        self.events.iter().any(|(_, groups)| !groups.is_empty())
    }

    /// Whether the event would also stand there without us.
    pub(crate) fn has_own(&self, event: &HookEvent) -> bool {
        self.groups(event).is_some_and(|groups| groups.is_empty() || !groups.iter().all(Group::only_ours))
    }

    /// Whether what holds the events would also stand there without us.
    pub(crate) fn has_own_container(&self) -> bool {
        match self.container {
            Container::Absent => false,
            Container::Empty => true,
            Container::Filled => self.events.is_empty() || self.events.iter().any(|(event, _)| self.has_own(event)),
        }
    }
}

impl Group {
    fn only_ours(&self) -> bool {
        !self.handlers.is_empty() && self.handlers.iter().all(|handler| handler.ours().is_some())
    }
}

impl Handler {
    fn ours(&self) -> Option<(&Command, Ours)> {
        match &self.runs {
            Runs::Command(command) => Some((command, install::ours(&command.command)?)),
            Runs::McpTool(_) | Runs::Prompt | Runs::Agent => None,
        }
    }
}

impl Command {
    /// Codex's `currentHash` of what stands there.
    pub(crate) fn hash(&self, event: &HookEvent, matcher: Option<&str>) -> String {
        let Self { command, timeout, status_message, background, additional_context_limit, on_windows: _ } = self;
        let declared = Declared {
            event,
            matcher,
            command,
            timeout: *timeout,
            status_message: status_message.as_deref(),
            background: *background,
            context_limit: additional_context_limit.map(|limit| limit as u64),
        };
        declared.hash()
    }
}

/// Whether the entry stands there just so: what Codex trusts is the hash.
pub(crate) fn stands_for(entry: &Entry, spot: &Spot, group: &Group, command: &Command) -> bool {
    spot.event == entry.event && command.hash(&spot.event, group.matcher.as_deref()) == install::hash(entry)
}
