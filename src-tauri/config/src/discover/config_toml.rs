//! What Codex 0.169 reads of a `config.toml` for hooks, by types of the same shape.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::HookEvent;
use serde::Deserialize;
use serde::de::{IgnoredAny, IntoDeserializer as _};
use serde_json::Value;
use toml_edit::{DocumentMut, Item};

use crate::declared::Events;
use crate::error::position;

/// A layer of configuration.
#[derive(Default, Deserialize)]
pub(super) struct ConfigToml {
    pub(super) hooks: Option<HooksToml>,
    #[serde(default)]
    pub(super) features: Features,
    #[serde(default)]
    pub(super) projects: BTreeMap<String, Project>,
    pub(super) project_root_markers: Option<Vec<String>>,
    #[serde(default)]
    pub(super) mcp_servers: BTreeMap<String, Lenient<Server>>,
    #[serde(default)]
    pub(super) plugins: PluginsConfigToml,
    pub(super) notify: Option<Vec<String>>,
    /// Refused since profiles have files of their own.
    pub(super) profile: Option<String>,
    /// In requirements only.
    #[serde(default)]
    pub(super) allow_managed_hooks_only: bool,
    /// All of it.
    #[serde(skip)]
    pub(super) value: Value,
    /// Where it is not of this shape: only what can be read of it stands in the other fields.
    #[serde(skip)]
    pub(super) broken: Option<Broken>,
}

pub(super) struct Broken {
    pub(super) error: Refused,
    /// What is wrong with its hooks alone.
    pub(super) hooks: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct HooksToml {
    #[serde(flatten)]
    pub(super) events: Events,
    #[serde(default)]
    pub(super) state: BTreeMap<String, HookStateToml>,
    /// In requirements only.
    pub(super) managed_dir: Option<PathBuf>,
    /// The older argv form, and what nobody reads.
    #[serde(flatten)]
    pub(super) others: BTreeMap<String, Lenient<Vec<String>>>,
}

/// What must not make the whole configuration unreadable.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Lenient<T> {
    Read(T),
    Other(IgnoredAny),
}

impl<T> Lenient<T> {
    pub(super) fn read(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct HookStateToml {
    pub(super) enabled: Option<bool>,
    pub(super) trusted_hash: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
pub(super) struct Features {
    pub(super) hooks: Option<bool>,
    pub(super) codex_hooks: Option<bool>,
    pub(super) plugins: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Project {
    pub(super) trust_level: Option<Level>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Trusted,
    Untrusted,
}

/// A server that is a program.
#[derive(Deserialize)]
pub(super) struct Server {
    pub(super) command: String,
    #[serde(default)]
    pub(super) args: Vec<String>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) enabled: Option<bool>,
}

/// By `name@marketplace`.
#[derive(Default, Deserialize)]
pub(super) struct PluginsConfigToml {
    #[serde(flatten)]
    pub(super) named: BTreeMap<String, Plugin>,
}

#[derive(Deserialize)]
pub(super) struct Plugin {
    pub(super) enabled: Option<bool>,
}

/// Why a text is no configuration.
pub(super) struct Refused {
    /// In bytes from the beginning.
    pub(super) at: usize,
    /// From 1, in characters.
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    /// With the line it stands on, as Codex prints it for a project's file.
    pub(super) drawn: String,
}

/// The error is one of syntax; another shape is told by [`ConfigToml::broken`].
pub(super) fn parse(text: &str) -> Result<ConfigToml, Refused> {
    let refused = |message: &str, span: Option<std::ops::Range<usize>>, drawn: String| {
        let at = span.map_or(text.len(), |span| span.start);
        let (line, column) = position(text, at);
        Refused { at, line, column, message: message.trim().replace('\n', ", "), drawn }
    };
    let mut document =
        text.parse::<DocumentMut>().map_err(|error| refused(error.message(), error.span(), error.to_string()))?;
    let value = toml_edit::de::from_str(text).unwrap_or_default();
    let config = toml_edit::de::from_str(text).unwrap_or_else(|error: toml_edit::de::Error| {
        let error = refused(error.message(), error.span(), error.to_string());
        let hooks = take_events(&mut document);
        let rest = toml_edit::de::from_document(document).unwrap_or_default();
        ConfigToml { broken: Some(Broken { error, hooks }), ..rest }
    });
    Ok(ConfigToml { value, ..config })
}

/// Takes out what Codex cannot read as hooks, and says why in its words.
fn take_events(document: &mut DocumentMut) -> Option<String> {
    let hooks = document.get("hooks")?.clone().into_value().ok()?;
    let error = Events::deserialize(hooks.into_deserializer()).err()?;
    match document.get_mut("hooks").and_then(Item::as_table_like_mut) {
        Some(hooks) => HookEvent::KNOWN.iter().for_each(|event| drop(hooks.remove(event.name()))),
        None => drop(document.remove("hooks")),
    }
    Some(error.to_string())
}

/// Whether all layers together are of the right shape, for one may hide what is wrong in another.
pub(super) fn fit_together<'a>(layers: impl Iterator<Item = &'a ConfigToml>) -> bool {
    let mut merged = Value::Null;
    layers.for_each(|layer| merge(&mut merged, &layer.value));
    ConfigToml::deserialize(merged).is_ok()
}

/// Codex merges tables and replaces everything else.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => into.clone_from(from),
    }
}
