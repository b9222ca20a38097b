//! What stands in a Codex home: our entries, other people's handlers, what Codex trusts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use agents::codex::install::Ours;
use model::HookEvent;

use crate::connect::target;
use crate::layer::Layer;
use crate::view::{Hooks, Runs};
use crate::{Error, Home, toml};

/// What stands in a Codex home.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub ours: Vec<FoundEntry>,
    /// Other people's handlers.
    pub others: Vec<Other>,
    /// `[features] hooks = false` in `config.toml`: Codex runs no hook at all.
    pub hooks_off: bool,
    /// Where our entries are, or would go.
    pub file: PathBuf,
    /// What `config.toml` says of trust, by key.
    pub trusted: BTreeMap<String, Trust>,
}

/// An entry of ours, as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEntry {
    pub event: HookEvent,
    pub file: PathBuf,
    pub group: usize,
    pub handler: usize,
    /// Under which Codex trusts it.
    pub key: String,
    pub command: String,
    /// Seconds, as written.
    pub timeout: Option<u64>,
    pub status_message: Option<String>,
    pub ours: Ours,
    /// What Codex calls `currentHash`, of what stands there.
    pub hash: String,
}

/// Someone else's handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    pub event: HookEvent,
    pub file: PathBuf,
    /// The command, or what runs instead of one.
    pub command: String,
}

/// One `[hooks.state."…"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    pub hash: Option<String>,
    pub enabled: Option<bool>,
}

/// Reads both files. What Codex would refuse is an error.
pub fn inspect(home: &Home) -> Result<Found, Error> {
    let layers = Layer::both(home)?;
    let [json, toml] = &layers;
    let hooks = [json.hooks()?, toml.hooks()?];
    let mut found = Found {
        ours: Vec::new(),
        others: Vec::new(),
        hooks_off: toml::hooks_off(&toml.text),
        file: layers[target(&hooks)].path.clone(),
        trusted: toml.trusted()?,
    };
    for (layer, hooks) in layers.iter().zip(&hooks) {
        found.ours.extend(entries(layer, hooks));
        found.others.extend(hooks.others().map(|(spot, _, runs)| Other {
            event: spot.event,
            file: layer.path.clone(),
            command: words(runs),
        }));
    }
    Ok(found)
}

fn entries(layer: &Layer, hooks: &Hooks) -> impl Iterator<Item = FoundEntry> {
    hooks.ours().map(|(spot, group, command, ours)| FoundEntry {
        file: layer.path.clone(),
        group: spot.group,
        handler: spot.handler,
        key: spot.key(&layer.path),
        command: command.command.clone(),
        timeout: command.timeout,
        status_message: command.status_message.clone(),
        ours,
        hash: command.hash(&spot.event, group.matcher.as_deref()),
        event: spot.event,
    })
}

fn words(runs: &Runs) -> String {
    match runs {
        Runs::Command(command) => command.command.clone(),
        Runs::McpTool(tool) => format!("mcp_tool {} {}", tool.server, tool.tool),
        Runs::Prompt => "prompt".to_owned(),
        Runs::Agent => "agent".to_owned(),
    }
}
