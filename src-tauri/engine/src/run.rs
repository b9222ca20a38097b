//! The engine: one event from selection to outcome.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Hook, McpServer};

use crate::{Late, Payload, Progress, Report};

/// Runs hooks. Clones are the same one. Dropping a run's future kills what it started; dropping the last clone kills what runs in
/// the background and closes the MCP servers.
#[derive(Clone)]
pub struct Engine {
    surroundings: Arc<Surroundings>,
}

/// What a hook finds around it.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub shell: Shell,
    /// All of the child's environment, but for what is scrubbed and what a plugin adds.
    pub environment: Vec<(OsString, OsString)>,
    /// Where long outputs go (`hook_outputs/` below it). Codex 0.169: the folder for temporary files.
    pub scratch: PathBuf,
    pub mcp_servers: BTreeMap<String, McpServer>,
}

/// The program that runs a command, as `SHELL -c COMMAND`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell(PathBuf);

impl Shell {
    /// Codex 0.169: the user's shell of the passwd entry where it is sh, bash or zsh; bash in place of any other.
    pub fn of(login: Option<&Path>) -> Self {
        let _ = login;
        Self("/bin/bash".into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Engine {
    pub fn new(surroundings: Surroundings) -> Self {
        Self { surroundings: Arc::new(surroundings) }
    }

    /// The hooks that run for this payload, in configured order.
    pub fn selected<'a>(hooks: &'a [Hook], payload: &Payload) -> Vec<&'a Hook> {
        let _ = payload;
        hooks.iter().filter(|hook| hook.will_run()).collect()
    }

    /// Runs them. `watch` must not block. Dropping the future kills every process group it started.
    pub async fn run(&self, hooks: &[Hook], payload: &Payload, watch: impl Fn(Progress) + Send + Sync) -> Report {
        let _ = (hooks, payload, watch, &self.surroundings);
        Report::default()
    }

    /// What asynchronous runs of this session have left since the last call.
    pub fn delivered(&self, session: Option<&str>) -> Vec<Late> {
        let _ = session;
        Vec::new()
    }

    /// Waits for everything that runs in the background, and gives what it left.
    pub async fn finish_background(&self) -> Vec<Late> {
        Vec::new()
    }
}
