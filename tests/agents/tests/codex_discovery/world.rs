//! A real `hooks/list` and our own, side by side.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use config::discover::{Discovery, Flags, Places, discover, reviewer};
use fixtures::codex::{AppServer, Lab};
use model::{Handler, Hook, HookEvent};
use serde_json::{Value, json};

/// A Codex that is asked again and again. It reads its files anew each time.
pub(crate) struct World {
    pub(crate) lab: Lab,
    server: AppServer,
    config: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let lab = Lab::new([]);
        let config = fs::read_to_string(lab.codex_home().join("config.toml")).unwrap();
        Self { server: lab.app_server(), lab, config }
    }

    /// The folder as Codex spells it.
    pub(crate) fn codex(&self) -> PathBuf {
        self.lab.codex_home().canonicalize().unwrap()
    }

    pub(crate) fn set_hooks(&self, text: &str) {
        self.write("home/.codex/hooks.json", text);
    }

    /// `top` stands before the first table, `end` after the last.
    pub(crate) fn set_config(&self, top: &str, end: &str) {
        self.write("home/.codex/config.toml", format!("{top}\n{}\n{end}", self.config));
    }

    /// Changes what every configuration has.
    pub(crate) fn replace(&mut self, from: &str, to: &str) {
        assert!(self.config.contains(from), "{}", self.config);
        self.config = self.config.replace(from, to);
        self.set_config("", "");
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.lab.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What both say of a folder must be the same; gives ours.
    #[track_caller]
    pub(crate) fn same(&mut self, name: &str, cwd: &Path) -> Discovery {
        let listed = self.server.call("hooks/list", json!({ "cwds": [cwd] }));
        let listed = &listed["data"][0];
        let found = discover(&self.places(), cwd, &Flags::default());
        let errors: Vec<_> = listed["errors"].as_array().unwrap().iter().map(|error| &error["message"]).collect();
        let theirs = json!({ "hooks": listed["hooks"], "warnings": listed["warnings"], "errors": errors });
        let ours = ours(&found);
        if ours != theirs {
            let lines = |value: &Value| lines(value, "").into_iter().collect::<BTreeSet<_>>();
            let (ours, theirs) = (lines(&ours), lines(&theirs));
            panic!("{name}: only ours {:#?}, only Codex's {:#?}", &ours - &theirs, &theirs - &ours);
        }
        found
    }

    /// What both say of who answers approvals in a folder must be the same.
    #[track_caller]
    pub(crate) fn reviewer(&mut self, cwd: &Path) -> Option<String> {
        let config = self.server.call("config/read", json!({ "cwd": cwd }));
        let theirs = config["config"]["approvals_reviewer"].as_str().map(str::to_owned);
        assert_eq!(reviewer(&self.places(), cwd), theirs);
        theirs
    }

    fn places(&self) -> Places {
        Places { codex: self.codex(), system: PathBuf::from("/etc/codex") }
    }

    /// The same for the repository.
    #[track_caller]
    pub(crate) fn same_here(&mut self, name: &str) -> Discovery {
        let repo = self.lab.repo();
        self.same(name, &repo)
    }
}

/// One line for each value that holds no other, with where it stands.
fn lines(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Array(values) => {
            values.iter().enumerate().flat_map(|(index, value)| lines(value, &format!("{at}/{index}"))).collect()
        }
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| lines(value, &format!("{at}/{name}"))).collect()
        }
        _ => vec![format!("{at}: {value}")],
    }
}

/// As Codex would list it.
fn ours(found: &Discovery) -> Value {
    let hooks: Vec<_> = found.hooks.iter().map(listed).collect();
    let errors: Vec<_> = found.errors.iter().map(|error| &error.message).collect();
    json!({ "hooks": hooks, "warnings": found.warnings, "errors": errors })
}

fn listed(hook: &Hook) -> Value {
    let mut value = json!({
        "key": hook.key.as_str(),
        "eventName": camel_case(&hook.event),
        "handlerType": hook.handler.kind().name(),
        "matcher": hook.matcher.as_ref().map(model::Matcher::text),
        "timeoutSec": hook.timeout,
        "statusMessage": hook.status_message,
        "sourcePath": hook.source.path,
        "source": hook.source.kind.name(),
        "pluginId": hook.source.plugin,
        "displayOrder": hook.display_order,
        "enabled": hook.enabled,
        "isManaged": hook.source.kind.is_managed(),
        "currentHash": hook.hash,
        "trustStatus": hook.trust.name(),
        "additionalContextLimit": hook.context_limit,
        "environmentId": null,
    });
    let more = match &hook.handler {
        Handler::Command { command, mode, .. } => json!({
            "command": command,
            "async": *mode == model::Mode::Async,
        }),
        Handler::McpTool { server, tool, .. } => json!({ "server": server, "tool": tool }),
    };
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

fn camel_case(event: &HookEvent) -> String {
    let (first, rest) = event.name().split_at(1);
    first.to_lowercase() + rest
}
