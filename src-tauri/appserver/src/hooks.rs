//! `hooks/list`: every hook Codex finds, and whether it will run it.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error};

/// The hooks of some folders, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    pub hooks: Vec<Listed>,
    pub warnings: Vec<String>,
    pub errors: Vec<Problem>,
}

/// One handler as Codex lists it. Names as Codex 0.169 has them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// `<source path>:<event>:<group>:<handler>`; the path is canonical as far as `CODEX_HOME` goes.
    pub key: String,
    /// `permissionRequest` and so on.
    pub event_name: String,
    /// `command`, `mcpTool`.
    pub handler_type: String,
    pub command: Option<String>,
    pub matcher: Option<String>,
    pub timeout_sec: u64,
    pub status_message: Option<String>,
    pub source_path: String,
    /// `user`, `project`, `plugin`, `sessionFlags` and others.
    pub source: String,
    pub plugin_id: Option<String>,
    pub display_order: i64,
    pub enabled: bool,
    pub is_managed: bool,
    /// What trust is given to.
    pub current_hash: Option<String>,
    pub trust_status: TrustStatus,
}

/// Codex runs a hook only when it is trusted or managed, and says nothing otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum TrustStatus {
    Trusted,
    Untrusted,
    /// Trusted once, with another hash.
    Modified,
    /// `managed` for what whoever administers the machine set up, or of a newer Codex.
    Other(String),
}

impl From<String> for TrustStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "trusted" => Self::Trusted,
            "untrusted" => Self::Untrusted,
            "modified" => Self::Modified,
            _ => Self::Other(text),
        }
    }
}

/// A file of hooks that Codex could not use.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Problem {
    pub path: PathBuf,
    pub message: String,
}

#[derive(Deserialize)]
struct Reply {
    data: Vec<Folder>,
}

#[derive(Deserialize)]
struct Folder {
    hooks: Vec<Listed>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    errors: Vec<Problem>,
}

impl Client {
    /// The hooks that sessions in these folders would have. Without a folder: those for the server's own.
    pub async fn hooks(&mut self, cwds: &[PathBuf]) -> Result<Hooks, Error> {
        let reply: Reply = self.read("hooks/list", json!({ "cwds": cwds })).await?;
        Ok(Hooks::of(reply.data))
    }
}

impl Hooks {
    fn of(folders: Vec<Folder>) -> Self {
        let mut all = Self::default();
        for folder in folders {
            for hook in folder.hooks {
                if all.hooks.iter().all(|other| other.key != hook.key) {
                    all.hooks.push(hook);
                }
            }
            add_new(&mut all.warnings, folder.warnings);
            add_new(&mut all.errors, folder.errors);
        }
        all
    }
}

fn add_new<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(hook: serde_json::Value) -> Folder {
        let folder =
            json!({ "cwd": "/repo", "hooks": [hook], "warnings": ["w"], "errors": [{ "path": "/h", "message": "m" }] });
        serde_json::from_value(folder).unwrap()
    }

    #[test]
    fn each_hook_is_there_once_whatever_a_newer_codex_adds() {
        let hook = json!({
            "key": "/h:stop:0:0", "eventName": "stop", "handlerType": "http", "timeoutSec": 600, "sourcePath": "/h",
            "source": "user", "displayOrder": 0, "enabled": true, "isManaged": false, "trustStatus": "revoked",
            "novelty": { "a": [1] },
        });
        let mut second = hook.clone();
        second["key"] = json!("/h:stop:1:0");
        second["trustStatus"] = json!("modified");
        let hooks = Hooks::of(vec![folder(hook.clone()), folder(hook), folder(second)]);
        let found: Vec<_> = hooks.hooks.iter().map(|hook| (hook.key.as_str(), &hook.trust_status)).collect();
        let revoked = TrustStatus::Other("revoked".to_owned());
        assert_eq!(found, [("/h:stop:0:0", &revoked), ("/h:stop:1:0", &TrustStatus::Modified)]);
        assert_eq!((hooks.hooks[0].command.as_ref(), hooks.hooks[0].current_hash.as_ref()), (None, None));
        assert_eq!(hooks.warnings, ["w"]);
        assert_eq!(hooks.errors, [Problem { path: "/h".into(), message: "m".to_owned() }]);
    }
}
