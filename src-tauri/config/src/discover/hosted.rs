//! Hookwright's own hooks: Codex's format, and for each group the agents it is for.
//!
//! A group may say `"agents": ["codex"]`. The hash of its hooks then covers that too: it is made from the agents and from the
//! hash Codex would have. `timeoutSec` is read where there is no `timeout`, as the first hook files had it, and never hashed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use agents::codex::install;
use model::{Agent, Hook, HookEvent, HookKey, Source, SourceKind};
use serde_json::{Value, json};

use super::collect::{Collection, Declaring, trust};
use super::{Discovery, Skipped};
use crate::inspect::Trust;
use crate::json::{declared, hashed_input};
use crate::sha256;
use crate::view::Spot;

/// Hookwright's own hooks. `state` is what the person said of each handler.
pub fn hosted(file: &Path, state: &BTreeMap<HookKey, Trust>) -> Discovery {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Discovery::default(),
        Err(error) => return warned(format!("failed to read hooks config {}: {error}", file.display())),
    };
    of_text(file, &text, state)
}

/// The same of a text that may come to stand there.
pub(super) fn of_text(file: &Path, text: &str, state: &BTreeMap<HookKey, Trust>) -> Discovery {
    let events = match declared(text) {
        Ok(declared) => declared.hooks,
        Err(why) => return warned(format!("failed to parse hooks config {}: {why}", file.display())),
    };
    let source = Source { kind: SourceKind::Hosted, path: file.to_owned(), plugin: None };
    let nothing = BTreeMap::new();
    let input = |spot: &Spot| hashed_input(text, spot);
    let mut found = Collection::default();
    found.add(&Declaring { source: &source, key: file, state: &nothing, input: &input, bundle: None }, events);

    let more = More::of(file, text);
    let mut discovery = Discovery { skipped: found.skipped, ..Discovery::default() };
    discovery.warnings = found.notes.into_iter().map(|note| note.message).collect();
    for mut hook in found.hooks {
        match more.get(hook.key.as_str()).map_or(Ok(()), |more| more.apply(&mut hook, &mut discovery.warnings)) {
            Ok(()) => {
                let said = state.get(&hook.key);
                hook.trust = trust(said, &hook.hash);
                hook.enabled = said.and_then(|said| said.enabled) != Some(false);
                hook.display_order = discovery.hooks.len().try_into().unwrap_or(u32::MAX);
                discovery.hooks.push(hook);
            }
            Err(why) => {
                discovery.warnings.push(why.clone());
                let Hook { key, event, source, .. } = hook;
                discovery.skipped.push(Skipped { key, event, source, why });
            }
        }
    }
    discovery
}

/// What only we read of a handler and its group.
struct More {
    agents: Option<Value>,
    timeout: Option<u64>,
}

impl More {
    /// By key.
    fn of(file: &Path, text: &str) -> BTreeMap<String, Self> {
        let value = serde_json::from_str(text).unwrap_or(Value::Null);
        let events = value.get("hooks").and_then(Value::as_object);
        let mut more = BTreeMap::new();
        for (event, groups) in events.into_iter().flatten() {
            let event = HookEvent::from_name(event);
            for (index, group) in groups.as_array().into_iter().flatten().enumerate() {
                let handlers = group.get("hooks").and_then(Value::as_array).into_iter().flatten();
                for (handler, declared) in handlers.enumerate() {
                    let said = |key| declared.get(key).and_then(Value::as_u64);
                    let timeout = if said("timeout").is_none() { said("timeoutSec") } else { None };
                    let key = install::key(file, &event, index, handler);
                    more.insert(key, Self { agents: group.get("agents").cloned(), timeout });
                }
            }
        }
        more
    }

    /// The error is a warning: why the hook is left out.
    fn apply(&self, hook: &mut Hook, warnings: &mut Vec<String>) -> Result<(), String> {
        let path = hook.source.path.display().to_string();
        if let Some(agents) = &self.agents {
            let known = names(agents).map_err(|why| format!("skipping hook in {path}: {why}"))?;
            hook.hash = format!("sha256:{}", sha256(json!([agents, hook.hash]).to_string().as_bytes()));
            hook.agents = Some(known);
        }
        if let Some(timeout) = self.timeout {
            hook.timeout = install::timeout(&hook.event, Some(timeout));
            warnings.push(format!("reading timeoutSec as timeout in {path}: Codex itself ignores timeoutSec"));
        }
        Ok(())
    }
}

fn names(agents: &Value) -> Result<Vec<Agent>, String> {
    let list = agents.as_array().ok_or("agents must be a list of names")?;
    let known = |name: &Value| {
        let name = name.as_str().ok_or("agents must be a list of names")?;
        name.parse().map_err(|_| format!("unknown agent {name:?}"))
    };
    list.iter().map(known).collect()
}

fn warned(warning: String) -> Discovery {
    Discovery { warnings: vec![warning], ..Discovery::default() }
}
