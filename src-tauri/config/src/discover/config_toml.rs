//! What Codex 0.169 reads of a `config.toml` for hooks, by types of the same shape.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml_edit::Document;

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
    pub(super) plugins: BTreeMap<String, Plugin>,
    pub(super) notify: Option<Vec<String>>,
    /// Refused since profiles have files of their own.
    pub(super) profile: Option<String>,
    /// In requirements only.
    #[serde(default)]
    pub(super) allow_managed_hooks_only: bool,
}

#[derive(Deserialize)]
pub(super) struct HooksToml {
    #[serde(flatten)]
    pub(super) events: Events,
    #[serde(default)]
    pub(super) state: BTreeMap<String, State>,
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
pub(super) struct State {
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

#[derive(Deserialize)]
pub(super) struct Plugin {
    pub(super) enabled: Option<bool>,
}

/// Why a text is no configuration.
pub(super) struct Refused {
    /// From 1, in characters.
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    /// With the line it stands on, as Codex prints it for a project's file.
    pub(super) drawn: String,
    pub(super) part: Part,
}

/// Which half of reading failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Syntax,
    Shape,
}

pub(super) fn parse(text: &str) -> Result<ConfigToml, Refused> {
    let refused = |message: &str, span: Option<std::ops::Range<usize>>, drawn: String, part| {
        let (line, column) = position(text, span.map_or(text.len(), |span| span.start));
        Refused { line, column, message: message.trim().replace('\n', ", "), drawn, part }
    };
    Document::parse(text).map_err(|error| refused(error.message(), error.span(), error.to_string(), Part::Syntax))?;
    toml_edit::de::from_str(text)
        .map_err(|error| refused(error.message(), error.span(), error.to_string(), Part::Shape))
}
