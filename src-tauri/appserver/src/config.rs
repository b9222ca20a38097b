//! `config/read` and `config/batchWrite`: Codex's own view of its configuration, and trust and switches written by Codex.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{Client, Error};

/// The configuration that counts, all layers put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Whether hooks are switched on or off; None is Codex's default, which is on (0.169).
    pub hooks: Option<bool>,
    /// The whole reply.
    pub raw: Value,
}

/// One hook to be trusted as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    pub key: String,
    /// Its [`Listed::current_hash`](crate::Listed::current_hash).
    pub hash: String,
}

/// Whether a hook is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

impl Client {
    /// The configuration as a session in `cwd` would have it.
    pub async fn config(&mut self, cwd: Option<&Path>) -> Result<Config, Error> {
        let raw = self.call("config/read", json!({ "cwd": cwd })).await?;
        let features = &raw["config"]["features"];
        // Codex 0.169: the older name still counts, but only where the newer one is not given.
        let hooks = features["hooks"].as_bool().or_else(|| features["codex_hooks"].as_bool());
        Ok(Config { hooks, raw })
    }

    /// Lets Codex write that these hooks are trusted, and no others; `enabled = false` of a hook stays. Open sessions of other
    /// Codex processes do not notice. Whether it took effect, [`Client::hooks`] tells: another layer may say otherwise.
    ///
    /// Codex 0.169 writes `config.toml` anew on the way and keeps what it does not name, comments too, but CRLF becomes LF, a BOM
    /// goes, the file ends with a newline and has mode 0600, and `hooks.state` is spelled as tables with keys in double quotes.
    pub async fn trust(&mut self, wanted: &[Trust]) -> Result<(), Error> {
        if wanted.is_empty() {
            return Ok(());
        }
        let state = wanted.iter().map(|trust| (trust.key.clone(), json!({ "trusted_hash": trust.hash })));
        self.write_state(state.collect()).await
    }

    /// Lets Codex write that this hook runs or does not, and nothing else; what was trusted stays so. Open sessions of other Codex
    /// processes do not notice. Of `config.toml` the same is true as with [`Client::trust`].
    pub async fn switch(&mut self, key: &str, to: Switch) -> Result<(), Error> {
        let enabled = match to {
            Switch::On => true,
            Switch::Off => false,
        };
        self.write_state([(key.to_owned(), json!({ "enabled": enabled }))].into_iter().collect()).await
    }

    async fn write_state(&mut self, state: Map<String, Value>) -> Result<(), Error> {
        let edit = json!({ "keyPath": "hooks.state", "mergeStrategy": "upsert", "value": state });
        let params = json!({ "edits": [edit], "reloadUserConfig": true });
        self.call("config/batchWrite", params).await.map(drop)
    }
}
