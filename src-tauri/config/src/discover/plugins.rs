//! Hooks of installed plugins: `<CODEX_HOME>/plugins/cache/<marketplace>/<plugin>/<version>`.

use std::cmp::Ordering;
use std::fs;
use std::path::{Component, Path, PathBuf};

use model::{Handler, Hook, Source, SourceKind};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::declared::{Events, HooksFile};
use crate::{hex, json};

/// A hook file of a plugin, or what stands for one in its manifest.
pub(super) struct PluginHooks {
    pub(super) source: Source,
    /// What keys begin with.
    pub(super) key: String,
    pub(super) events: Events,
    pub(super) text: String,
    pub(super) variables: Vec<(String, String)>,
    pub(super) bundle: Result<String, String>,
}

/// An installed plugin.
struct Installed {
    /// `name@marketplace`.
    id: String,
    root: PathBuf,
    variables: Vec<(String, String)>,
    bundle: Result<String, String>,
}

/// The hooks of one plugin in the order of its manifest; what is wrong with it goes to `warnings` in Codex's words.
pub(super) fn hooks(codex: &Path, id: &str, warnings: &mut Vec<String>) -> Vec<PluginHooks> {
    let Some(plugin) = Installed::find(codex, id) else { return Vec::new() };
    let manifests = [".codex-plugin/plugin.json", ".claude-plugin/plugin.json"].map(|path| plugin.root.join(path));
    let Some(path) = manifests.iter().find(|path| path.is_file()) else { return Vec::new() };
    let manifest = fs::read_to_string(path).ok().and_then(|text| serde_json::from_str(&text).ok());
    let Some(Value::Object(mut manifest)) = manifest else { return Vec::new() };
    let declared = manifest.remove("hooks").unwrap_or_default();
    let declared = if declared.is_array() { declared } else { Value::Array(vec![declared]) };
    let items = declared.as_array().map(Vec::as_slice).unwrap_or_default();
    let found: Vec<_> = if items.iter().all(Value::is_string) {
        let files: Vec<_> = items.iter().filter_map(|item| inside(item.as_str()?)).collect();
        let named = files.iter().filter_map(|file| plugin.file(file, warnings)).collect();
        if files.is_empty() { plugin.usual(warnings) } else { named }
    } else {
        let inline =
            |item: &Value| item.as_object()?.contains_key("hooks").then(|| HooksFile::deserialize(item).ok())?;
        match items.iter().map(inline).collect::<Option<Vec<_>>>() {
            Some(files) => {
                files.into_iter().enumerate().map(|(index, file)| plugin.inline(path, index, file)).collect()
            }
            None if items.iter().any(Value::is_string) => Vec::new(),
            None => plugin.usual(warnings),
        }
    };
    found
}

/// Puts the plugin's folders into a command; Codex does that after hashing.
pub(super) fn finish(hook: &mut Hook, variables: &[(String, String)]) {
    if let Handler::Command { command, environment, .. } = &mut hook.handler {
        for (name, value) in variables {
            *command = command.replace(&format!("${{{name}}}"), value);
        }
        environment.extend_from_slice(variables);
    }
}

impl Installed {
    fn find(codex: &Path, id: &str) -> Option<Self> {
        let (name, marketplace) = id.rsplit_once('@')?;
        let versions = codex.join("plugins/cache").join(marketplace).join(name);
        let folders = fs::read_dir(&versions).ok()?.flatten().filter(|entry| entry.path().is_dir());
        let version = folders.filter_map(|entry| entry.file_name().into_string().ok()).max_by(|a, b| newer(a, b))?;
        let root = versions.join(version);
        let data = codex.join("plugins/data").join(format!("{name}-{marketplace}"));
        let variables = [
            ("PLUGIN_ROOT", &root),
            ("CLAUDE_PLUGIN_ROOT", &root),
            ("PLUGIN_DATA", &data),
            ("CLAUDE_PLUGIN_DATA", &data),
        ];
        let variables = variables.map(|(name, folder)| (name.to_owned(), folder.display().to_string()));
        Some(Self { id: id.to_owned(), variables: variables.into(), bundle: fingerprint(&root), root })
    }

    /// The file that is read where the manifest says nothing.
    fn usual(&self, warnings: &mut Vec<String>) -> Vec<PluginHooks> {
        let usual = "hooks/hooks.json";
        let exists = self.root.join(usual).is_file();
        exists.then(|| self.file(usual, warnings)).flatten().into_iter().collect()
    }

    fn file(&self, file: &str, warnings: &mut Vec<String>) -> Option<PluginHooks> {
        let path = self.root.join(file);
        let shown = path.display();
        let read = fs::read_to_string(&path)
            .map_err(|error| format!("failed to read plugin hooks config {shown}: {error}"))
            .and_then(|text| match json::declared(&text) {
                Ok(declared) => Ok((text, declared)),
                Err(why) => Err(format!("failed to parse plugin hooks config {shown}: {why}")),
            });
        match read {
            Ok((text, declared)) => Some(self.hooks(path, file, text, declared)),
            Err(warning) => {
                warnings.push(warning);
                None
            }
        }
    }

    fn inline(&self, manifest: &Path, index: usize, declared: HooksFile) -> PluginHooks {
        self.hooks(manifest.to_owned(), &format!("plugin.json#hooks[{index}]"), String::new(), declared)
    }

    fn hooks(&self, path: PathBuf, name: &str, text: String, declared: HooksFile) -> PluginHooks {
        PluginHooks {
            source: Source { kind: SourceKind::Plugin, path, plugin: Some(self.id.clone()) },
            key: format!("{}:{name}", self.id),
            events: declared.hooks,
            text,
            variables: self.variables.clone(),
            bundle: self.bundle.clone(),
        }
    }
}

/// All a plugin consists of. Codex 0.169: names, kinds and contents, each folder before what is in it; nothing but files and
/// folders.
fn fingerprint(root: &Path) -> Result<String, String> {
    let mut digest = Sha256::new_with_prefix("codex-plugin-bundle-v1");
    add(&mut digest, root, Path::new(""))?;
    Ok(format!("sha256:{}", hex(&digest.finalize())))
}

fn add(digest: &mut Sha256, root: &Path, inside: &Path) -> Result<(), String> {
    let path = root.join(inside);
    let told = |error: std::io::Error| error.to_string();
    let kind = fs::symlink_metadata(&path).map_err(told)?.file_type();
    let name = inside.as_os_str().as_encoded_bytes();
    digest.update((name.len() as u64).to_le_bytes());
    digest.update(name);
    if kind.is_dir() {
        digest.update("directory");
        let entries = fs::read_dir(&path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(told)?;
        let mut names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).collect();
        names.sort();
        names.iter().try_for_each(|name| add(digest, root, &inside.join(name)))
    } else if kind.is_file() {
        let contents = fs::read(&path).map_err(told)?;
        digest.update("file");
        digest.update((contents.len() as u64).to_le_bytes());
        digest.update(contents);
        Ok(())
    } else {
        Err(format!("unsupported plugin entry type: {}", path.display()))
    }
}

/// A path from the plugin's folder. Codex 0.169: it begins with `./` and never leads out.
fn inside(path: &str) -> Option<String> {
    let path = path.strip_prefix("./").filter(|path| !path.is_empty())?;
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    plain.then(|| path.to_owned())
}

/// `local` before all, then by number, then by letter.
fn newer(a: &str, b: &str) -> Ordering {
    let version = |text: &str| {
        let (numbers, before) = text.split_once('-').map_or((text, None), |(numbers, before)| (numbers, Some(before)));
        let numbers = numbers.split('.').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>()?;
        Some((numbers, before.is_none(), before.map(str::to_owned)))
    };
    let by_version = match (version(a), version(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.cmp(b),
    };
    (a == "local").cmp(&(b == "local")).then(by_version)
}
