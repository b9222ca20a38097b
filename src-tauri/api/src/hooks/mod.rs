//! Hooks: which ones a session in a folder has, what is wrong with a file, and one event run by hand.
//!
//! For `hookwright hooks`, `hookwright run` and the Hooks screen. Nothing here changes a file.

mod changed;
mod named;
pub(crate) mod sample;
pub(crate) mod screen;
mod script;
mod since;
pub(crate) mod trust;
pub(crate) mod view;

use std::env;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use config::discover::{self, Diagnostic, Discovery, Flags, Places};
use engine::{Engine, Late, Payload, Progress, Report, Shell, Surroundings, argv};
use model::{Agent, Hook, Trust};
use protocol::place;
use rustix::process::geteuid;

use crate::agents::environment;
use crate::dto::WhyNot;
use crate::{Error, Paths, hosted};

/// Which hooks are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those of an agent's session in a folder: the agent's own, then the hosted ones.
    Of { agent: Agent, folder: PathBuf },
    /// Those of these files alone.
    Files(Vec<PathBuf>),
}

/// What can be done with hooks.
#[derive(Clone, Debug)]
pub struct Hooks {
    paths: Paths,
}

/// What came of an event that was run by hand.
#[derive(Debug)]
pub struct Tried {
    pub report: Report,
    /// Of asynchronous hooks, in the order in which they ended.
    pub late: Vec<Late>,
    /// Of the older form, one after the other.
    pub argv: Vec<argv::Run>,
}

impl Hooks {
    pub fn of(paths: &Paths) -> Self {
        Self { paths: paths.clone() }
    }

    pub async fn list(&self, which: &Which, flags: &Flags) -> Result<Discovery, Error> {
        let (which, flags) = (which.clone(), flags.clone());
        let (agent, folder) = match which {
            Which::Of { agent, folder } => (agent, folder),
            Which::Files(files) => return Ok(aside(move || discover::discover_files(&files, &flags)).await),
        };
        let places = match agent {
            Agent::Codex => Places { codex: environment::codex().await.home, system: system() },
        };
        let paths = self.paths.clone();
        let read = move || {
            let mut found = discover::discover(&places, &folder, &flags);
            add_hosted(&mut found, hosted::standing(&paths), agent, &flags);
            found
        };
        Ok(aside(read).await)
    }

    /// What is wrong with a hook file, or will surprise.
    pub fn check(&self, file: &Path) -> Result<Vec<Diagnostic>, Error> {
        let mut found = discover::check(file)?;
        found.extend(changed::diagnostics(&self.paths, file));
        found.sort_by_key(|diagnostic| diagnostic.range.start);
        Ok(found)
    }

    /// An engine as the agent's own would be, were it started as this process was: the same shell, environment and MCP servers.
    pub async fn engine(&self, discovery: &Discovery) -> Result<Engine, Error> {
        Ok(Engine::new(Surroundings {
            shell: Shell::of(place::shell_of(geteuid().as_raw()).as_deref()),
            environment: env::vars_os().collect(),
            scratch: env::temp_dir(),
            mcp_servers: discovery.mcp_servers.clone(),
        }))
    }

    /// Runs what matches, and waits for asynchronous hooks too. Dropping the future kills what it started.
    pub async fn run(
        &self,
        discovery: &Discovery,
        payload: &Payload,
        watch: impl Fn(Progress) + Send + Sync,
    ) -> Result<Tried, Error> {
        let engine = self.engine(discovery).await?;
        let report = engine.run(&discovery.hooks, payload, watch).await;
        let argv = match argv::payload_of(payload, SystemTime::now().into()) {
            Some(older) => engine.dispatch(&discovery.argv, &older).await,
            None => Vec::new(),
        };
        Ok(Tried { report, late: engine.finish_background().await, argv })
    }
}

/// The hosted hooks of this agent, behind its own.
fn add_hosted(found: &mut Discovery, hosted: Discovery, agent: Agent, flags: &Flags) {
    let meant = |hook: &Hook| hook.agents.as_ref().is_none_or(|agents| agents.contains(&agent));
    let first = found.hooks.iter().map(|hook| hook.display_order + 1).max().unwrap_or_default();
    for mut hook in hosted.hooks.into_iter().filter(meant) {
        hook.display_order += first;
        if flags.trust_all {
            hook.trust = hook.trust.bypassed();
        }
        found.hooks.push(hook);
    }
    found.skipped.extend(hosted.skipped);
    found.warnings.extend(hosted.warnings);
    found.errors.extend(hosted.errors);
}

/// Why a listed hook will not run when its event comes; `None` where it will.
pub fn why_not(hook: &Hook) -> Option<WhyNot> {
    if !hook.enabled {
        return Some(WhyNot::Disabled);
    }
    match hook.trust {
        Trust::Managed | Trust::Trusted | Trust::Bypassed(_) => None,
        Trust::Modified => Some(WhyNot::Modified),
        Trust::Untrusted => Some(WhyNot::Untrusted),
    }
}

/// Why a hook of a payload's event does not run for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedOver {
    /// Its matcher means other payloads.
    Matcher,
    /// It fits, and will not run whatever comes.
    Never(WhyNot),
}

/// `None` where it runs, or is for another event.
pub fn passed_over(hook: &Hook, payload: &Payload) -> Option<PassedOver> {
    if hook.event != *payload.event() {
        return None;
    }
    let willing = [Hook { enabled: true, trust: hook.trust.bypassed(), ..hook.clone() }];
    if Engine::selected(&willing, payload).is_empty() {
        return Some(PassedOver::Matcher);
    }
    why_not(hook).map(PassedOver::Never)
}

/// Codex 0.169 on Unix. `HOOKWRIGHT_ETC_CODEX` names another folder, for tests.
pub(crate) fn system() -> PathBuf {
    env::var_os("HOOKWRIGHT_ETC_CODEX").map_or_else(|| "/etc/codex".into(), PathBuf::from)
}

/// Reads files where it keeps nobody waiting.
async fn aside<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(read).await.expect("reading hook files does not panic")
}
