//! From layers to what Codex 0.169 lists: requirements first, then every layer, then plugins.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use model::{ArgvHook, HookKey, McpServer, Source, SourceKind};

use super::collect::{Collection, Declaring};
use super::config_toml::{HooksToml, Server};
use super::layers::{Layer, Layers};
use super::{Discovery, FileError, Flags, plugins};
use crate::declared::Events;
use crate::inspect::Trust;
use crate::json;
use crate::view::Spot;

/// The keys of the older argv form, in `[hooks]`.
pub(super) const ARGV: [&str; 9] = [
    "session_start",
    "user_prompt_submit",
    "pre_tool_use",
    "post_tool_use",
    "stop",
    "pre_compact",
    "session_end",
    "subagent_start",
    "subagent_stop",
];

impl Discovery {
    /// Codex lists nothing where one file of its configuration cannot be read.
    pub(super) fn without(error: FileError) -> Self {
        Self { errors: vec![error], ..Self::default() }
    }
}

impl Layers {
    pub(super) fn discover(mut self, flags: &Flags) -> Discovery {
        let mcp_servers = self.mcp_servers();
        let argv = self.argv();
        if self.off() {
            let argv = argv.into_iter().filter(|hook| hook.name == "notify").collect();
            return Discovery { hooks_off: true, mcp_servers, argv, ..Discovery::default() };
        }
        let state = self.state();
        let mut found = Collection::default();
        let installed = self.plugins(&mut found);
        let required = self.require(&mut found, &state);
        let only_managed = self.requirements.as_ref().is_some_and(|layer| layer.config.allow_managed_hooks_only);
        for layer in &mut self.layers {
            if layer.kind.is_managed() || !only_managed {
                layer.add(&mut found, &state);
            }
        }
        for plugin in installed.into_iter().filter(|_| !only_managed) {
            let (before, key) = (found.hooks.len(), PathBuf::from(&plugin.key));
            let input = |spot: &Spot| json::hashed_input(&plugin.text, spot);
            let bundle = Some(plugin.bundle.as_deref().map_err(String::as_str));
            found.add(
                &Declaring { source: &plugin.source, key: &key, state: &state, input: &input, bundle },
                plugin.events,
            );
            found.hooks[before..].iter_mut().for_each(|hook| plugins::finish(hook, &plugin.variables));
        }
        if flags.trust_all {
            found.hooks.iter_mut().for_each(|hook| hook.trust = hook.trust.bypassed());
        }
        let warnings = found.notes.into_iter().map(|note| note.message).collect();
        let (hooks, skipped) = (found.hooks, found.skipped);
        let trusted = state.into_iter().filter_map(|(key, said)| Some((HookKey::new(key), said.hash?))).collect();
        Discovery { hooks, argv, skipped, warnings, required, mcp_servers, trusted, ..Discovery::default() }
    }

    /// `[features] hooks = false`, also by its old name. Requirements have the last word.
    fn off(&self) -> bool {
        let said = |layers: &mut dyn DoubleEndedIterator<Item = &Layer>| {
            let features: Vec<_> = layers.rev().map(|layer| layer.config.features).collect();
            let hooks = features.iter().find_map(|features| features.hooks);
            hooks.or_else(|| features.iter().find_map(|features| features.codex_hooks))
        };
        said(&mut self.requirements.iter()).or_else(|| said(&mut self.layers.iter())) == Some(false)
    }

    /// What a person said of each key. Only their own files and the command line count.
    fn state(&self) -> BTreeMap<String, Trust> {
        let mut state = BTreeMap::<String, Trust>::new();
        for layer in &self.layers {
            let counts = matches!(layer.kind, SourceKind::User | SourceKind::SessionFlags);
            for (key, said) in layer.config.hooks.iter().filter(|_| counts).flat_map(|hooks| &hooks.state) {
                let entry = state.entry(key.trim().to_owned()).or_default();
                entry.enabled = said.enabled.or(entry.enabled);
                entry.hash = said.trusted_hash.clone().or_else(|| entry.hash.take());
            }
        }
        state
    }

    /// The administrator's own block. Where one of its hooks is left out, no session starts.
    fn require(&mut self, found: &mut Collection, state: &BTreeMap<String, Trust>) -> Option<String> {
        let layer = self.requirements.as_mut()?;
        let folder = layer.config.hooks.as_ref().and_then(|hooks| hooks.managed_dir.clone());
        if let Some(folder) = folder.filter(|folder| folder.is_absolute()) {
            layer.path = folder;
        }
        let before = found.notes.len();
        layer.add(found, state);
        let left_out =
            found.notes[before..].iter().filter(|note| note.place.as_ref().is_some_and(|(_, about)| about.skips()));
        let messages: Vec<_> = left_out.map(|note| note.message.as_str()).collect();
        (!messages.is_empty()).then(|| format!("failed to load required managed hooks: {}", messages.join("; ")))
    }

    fn plugins(&self, found: &mut Collection) -> Vec<plugins::PluginHooks> {
        let Some(codex) = &self.codex else { return Vec::new() };
        let off = self.layers.iter().rev().find_map(|layer| layer.config.features.plugins) == Some(false);
        let named = self.layers.iter().filter(|_| !off).flat_map(|layer| layer.config.plugins.named.keys());
        let named: BTreeSet<_> = named.collect();
        let on = |id: &&&String| {
            let said = self.layers.iter().rev().find_map(|layer| layer.config.plugins.named.get(**id)?.enabled);
            said != Some(false)
        };
        let mut warnings = Vec::new();
        let hooks = named.iter().filter(on).flat_map(|id| plugins::hooks(codex, id, &mut warnings)).collect();
        warnings.into_iter().for_each(|warning| found.warn(warning));
        hooks
    }

    /// The weightiest layer that names one decides.
    fn argv(&self) -> Vec<ArgvHook> {
        let hook = |layer: &Layer, name: &str, argv: &[String]| {
            let runs = argv.first().is_some_and(|program| !program.trim().is_empty());
            runs.then(|| ArgvHook { name: name.to_owned(), argv: argv.to_owned(), source: layer.source(&layer.path) })
        };
        let named = ARGV.iter().filter_map(|name| {
            let others = |layer: &'_ Layer| layer.config.hooks.as_ref()?.others.get(*name)?.read().cloned();
            let (layer, argv) = self.layers.iter().rev().find_map(|layer| Some((layer, others(layer)?)))?;
            hook(layer, name, &argv)
        });
        let notify = self.layers.iter().rev().find_map(|layer| Some((layer, layer.config.notify.as_ref()?)));
        named.chain(notify.and_then(|(layer, argv)| hook(layer, "notify", argv))).collect()
    }

    fn mcp_servers(&self) -> BTreeMap<String, McpServer> {
        let servers = self.layers.iter().flat_map(|layer| &layer.config.mcp_servers);
        let servers = servers.filter_map(|(name, server)| Some((name.clone(), server.read()?)));
        servers
            .filter(|(_, server)| server.enabled != Some(false))
            .map(|(name, server)| (name, program(server)))
            .collect()
    }
}

impl Layer {
    /// Its `hooks.json`, then its `[hooks]`.
    fn add(&mut self, found: &mut Collection, state: &BTreeMap<String, Trust>) {
        let json = self.json.clone().and_then(|path| read_json(path, found));
        if let Some(why) = self.config.broken.as_ref().and_then(|broken| broken.hooks.as_ref()) {
            found.warn(format!("failed to parse TOML hooks in {}: {why}", self.path.display()));
        }
        let toml = self.config.hooks.take().map(|hooks: HooksToml| hooks.events).filter(|events| !events.is_empty());
        if let (Some((path, ..)), Some(_)) = (&json, &toml) {
            let (json, toml) = (path.display(), self.path.display());
            found.warn(format!(
                "loading hooks from both {json} and {toml}; prefer a single representation for this layer"
            ));
        }
        if let Some((path, text, events)) = json {
            let input = |spot: &Spot| json::hashed_input(&text, spot);
            found.add(
                &Declaring { source: &self.source(&path), key: &path, state, input: &input, bundle: None },
                events,
            );
        }
        if let Some(events) = toml {
            let source = self.source(&self.path);
            found.add(&Declaring { source: &source, key: &self.path, state, input: &|_| None, bundle: None }, events);
        }
    }

    fn source(&self, path: &std::path::Path) -> Source {
        Source { kind: self.kind, path: path.to_owned(), plugin: None }
    }
}

/// What a `hooks.json` declares, and its text. Codex 0.169: what is no file is not there.
fn read_json(path: PathBuf, found: &mut Collection) -> Option<(PathBuf, String, Events)> {
    if !path.is_file() {
        return None;
    }
    let read = match fs::read_to_string(&path) {
        Ok(text) => json::declared(&text)
            .map(|declared| (text, declared.hooks))
            .map_err(|why| format!("failed to parse hooks config {}: {why}", path.display())),
        Err(error) => Err(format!("failed to read hooks config {}: {error}", path.display())),
    };
    match read {
        Ok((text, events)) => (!events.is_empty()).then_some((path, text, events)),
        Err(warning) => {
            found.warn(warning);
            None
        }
    }
}

fn program(server: &Server) -> McpServer {
    McpServer {
        command: server.command.clone(),
        arguments: server.args.clone(),
        environment: server.env.clone().into_iter().collect(),
        cwd: server.cwd.clone(),
    }
}
