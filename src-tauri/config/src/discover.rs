//! Which hooks an agent has: every source it reads, in its order, with trust and everything it would complain about.
//!
//! The rules are those of Codex 0.169. Nothing is changed and nothing is run.

mod check;
mod collect;
mod config_toml;
mod gather;
mod hosted;
mod layers;
mod listed;
mod overrides;
mod plugins;
mod project;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use layers::Layers;
use model::{ArgvHook, Hook, HookEvent, HookKey, McpServer, Source};

pub use check::{Machine, check, check_text, tools_hit};
pub use hosted::hosted;
pub use listed::listed;
pub use project::folders;
pub(crate) use words::words;
pub use words::{Part, Words};

use crate::Replace;

/// Where Codex looks besides the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// `CODEX_HOME`, spelled as Codex does (see [`crate::Home::at`]).
    pub codex: PathBuf,
    /// The machine's own configuration, `/etc/codex` on Unix.
    pub system: PathBuf,
}

/// What a command line adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// As `-c KEY=VALUE`.
    pub overrides: Vec<String>,
    /// As `--dangerously-bypass-hook-trust`.
    pub trust_all: bool,
}

/// Every hook that was found, in configured order, and what was found on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovery {
    pub hooks: Vec<Hook>,
    /// The older argv form.
    pub argv: Vec<ArgvHook>,
    /// Handlers that stand in a file and are not listed.
    pub skipped: Vec<Skipped>,
    /// In Codex's own words.
    pub warnings: Vec<String>,
    pub errors: Vec<FileError>,
    /// `[features] hooks = false`: nothing is listed, nothing runs.
    pub hooks_off: bool,
    /// What keeps a session from starting: `failed to load required managed hooks: …`.
    pub required: Option<String>,
    pub mcp_servers: BTreeMap<String, McpServer>,
    /// The hash that a person trusted at each key, whatever stands there now.
    pub trusted: BTreeMap<HookKey, String>,
}

/// A handler that the agent leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub key: HookKey,
    pub event: HookEvent,
    pub source: Source,
    /// The warning, in Codex's own words.
    pub why: String,
}

/// A configuration file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    pub path: PathBuf,
    pub message: String,
}

/// What is wrong, or will surprise, in a hook file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable; for scripts and for texts.
    pub code: &'static str,
    /// In bytes.
    pub range: Range<usize>,
    /// From 1, in characters.
    pub line: usize,
    pub column: usize,
    /// What the agent does about it, in its own words where it has some.
    pub message: Words,
    /// What to do.
    pub hint: Option<Words>,
    /// `None` where a person has to mend it.
    pub fix: Option<Fix>,
}

/// What mends a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does.
    pub title: Words,
    pub changes: Vec<Replace>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The agent ignores a file or a hook, or the hook cannot work.
    Error,
    /// It works otherwise than it reads.
    Warning,
    /// It can be better.
    Advice,
}

/// All hooks Codex has for a session in this folder.
pub fn discover(places: &Places, cwd: &Path, flags: &Flags) -> Discovery {
    Layers::of_session(places, cwd, flags).map_or_else(Discovery::without, |layers| layers.discover(flags))
}

/// Who answers approvals in a session in this folder, where nothing else is said for it: `approvals_reviewer`. `None` where no layer
/// says, or the agent would refuse them.
pub fn reviewer(places: &Places, cwd: &Path) -> Option<String> {
    Layers::of_session(places, cwd, &Flags::default()).ok()?.reviewer()
}

/// The hooks of these files and no others, as if each were a user's `hooks.json` or `config.toml`.
pub fn discover_files(files: &[PathBuf], flags: &Flags) -> Discovery {
    Layers::of_files(files, flags).map_or_else(Discovery::without, |layers| layers.discover(flags))
}
