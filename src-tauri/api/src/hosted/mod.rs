//! Hosted hooks: those in Hookwright's own `hooks.json`, which run for every event of a connected agent.
//!
//! Only what a person trusted runs, and an *allow* counts only by a person's grant. The file is looked at when an event comes and
//! read again when it changed; what the person said is read once. Whatever fails here leaves the agent without a word of ours.

mod came;
mod continued;
mod event;
mod grant;
#[cfg(test)]
mod heard;
mod late;
mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::discover::{self, Discovery, Flags, Places};
use engine::{Engine, Shell, Surroundings};
use model::{Agent, Handler, Hook, HookKey, Trust};
use protocol::place;
use rustix::process::geteuid;
use tokio::sync::{mpsc, watch};

pub(crate) use came::{Came, Ended, row};
pub(crate) use event::Work;

use crate::agents::environment;
use crate::live::Message;
use crate::mutex::lock;
use crate::whole::Kept;
use crate::{Error, Paths, Settings, card, dto, hooks, live};
use continued::Continued;
pub(crate) use grant::Stamp;
use late::Left;
use said::{Grant, Said};

/// Hosted hooks as they stand, whether or not an app runs.
pub(crate) fn standing(paths: &Paths) -> Discovery {
    let said = Said::read(paths).unwrap_or_else(|error| {
        tracing::warn!(%error, "no hosted hook is trusted");
        Said::default()
    });
    discover::hosted(&paths.hooks(), &said.trust())
}

/// The hosted hooks of a running app.
pub(crate) struct Hosted {
    paths: Paths,
    said: Mutex<Result<Said, String>>,
    read: Mutex<Option<Read>>,
    limits: Mutex<Limits>,
    engine: Mutex<Option<Running>>,
    left: Mutex<Left>,
    continued: Mutex<Continued>,
    history: history::Writer,
    live: mpsc::Sender<Message>,
    /// What hooks find as `PATH`.
    search: OsString,
    ending: watch::Sender<bool>,
}

/// The file as it was read last.
struct Read {
    stamp: Option<Stamp>,
    discovery: Arc<Discovery>,
}

/// What the settings say about hosted hooks.
#[derive(Clone, Copy)]
struct Limits {
    /// The longest that an agent may be kept waiting.
    within: Duration,
    /// How often the end of one turn is blocked; `None`: as often as hooks want.
    continuations: Option<u32>,
}

impl Limits {
    fn of(settings: &Settings) -> Self {
        // Relays give up after this, and then nothing would be heard.
        let within = live::limits(settings).answer_within.saturating_sub(Duration::from_secs(1));
        Self { within, continuations: settings.continuations() }
    }
}

/// The engine, and the task that takes what asynchronous hooks leave.
struct Running {
    engine: Engine,
    /// The servers whose tools are hooks.
    servers: BTreeSet<String>,
    collecting: tokio::task::AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.collecting.abort();
    }
}

impl Hosted {
    /// Reads what the person said. Where that cannot be read nothing is trusted, and the reason is returned.
    pub(crate) fn open(
        paths: &Paths,
        settings: &Settings,
        history: history::Writer,
        live: mpsc::Sender<Message>,
    ) -> (Arc<Self>, Option<Error>) {
        let (said, error) = match Said::read(paths) {
            Ok(said) => (Ok(said), None),
            Err(error) => (Err(error.to_string()), Some(error)),
        };
        let hosted = Self {
            paths: paths.clone(),
            said: Mutex::new(said),
            read: Mutex::default(),
            limits: Mutex::new(Limits::of(settings)),
            engine: Mutex::default(),
            left: Mutex::default(),
            continued: Mutex::default(),
            history,
            live,
            search: environment::own().path,
            ending: watch::Sender::new(false),
        };
        hosted.begin();
        (Arc::new(hosted), error)
    }

    /// Tells what waits for the person, and forgets what was said of hooks that are not there any more.
    fn begin(&self) {
        let discovery = self.discovery();
        let mut said = lock(&self.said);
        let Ok(said) = said.as_mut() else { return };
        let mut after = said.clone();
        after.hooks.retain(|key, _| discovery.hooks.iter().any(|hook| hook.key.as_str() == key));
        if after != *said && broken(&discovery).is_empty() {
            match after.write(&self.paths) {
                Ok(()) => *said = after,
                Err(error) => tracing::warn!(%error, "old words on hosted hooks stay"),
            }
        }
    }

    /// Tells where the hooks were changed by others, and puts back what the person said of them. Reads and writes files.
    pub(crate) fn keep(&self) -> Result<Kept, Error> {
        self.discovery();
        match lock(&self.said).as_ref() {
            Ok(said) => said.keep(&self.paths),
            Err(_) => Ok(Kept::Untouched),
        }
    }

    /// Lets these settings hold.
    pub(crate) fn settle(&self, settings: &Settings) {
        *lock(&self.limits) = Limits::of(settings);
    }

    /// Ends what runs. Nothing is started any more.
    pub(crate) fn end(&self) {
        self.ending.send_replace(true);
        *lock(&self.engine) = None;
    }

    /// Every hosted hook as it stands now.
    pub(crate) fn discovery(&self) -> Arc<Discovery> {
        let file = self.paths.hooks();
        let stamp = fs::metadata(&file).ok().map(|meta| Stamp::of(&meta));
        let mut read = lock(&self.read);
        if let Some(read) = read.as_ref().filter(|read| read.stamp == stamp) {
            return Arc::clone(&read.discovery);
        }
        let trust = lock(&self.said).as_ref().map(Said::trust).unwrap_or_default();
        let discovery = match &stamp {
            Some(_) => discover::hosted(&file, &trust),
            None => Discovery::default(),
        };
        self.tell(&discovery, trust.keys());
        let discovery = Arc::new(discovery);
        *read = Some(Read { stamp, discovery: Arc::clone(&discovery) });
        discovery
    }

    /// Says which hooks do not run although the person has not switched them off.
    fn tell<'a>(&self, discovery: &Discovery, said: impl Iterator<Item = &'a HookKey>) {
        let waits = |hook: &&Hook| hook.enabled && !hook.will_run();
        let here = |key: &&HookKey| discovery.hooks.iter().any(|hook| hook.key == **key);
        let waiting = discovery.hooks.iter().filter(waits).map(|hook| hook.key.to_string());
        let gone = said.filter(|key| !here(key)).map(HookKey::to_string);
        let all: Vec<_> = broken(discovery).into_iter().chain(waiting).chain(gone).collect();
        let code = "hostedReview";
        let message = match all.is_empty() {
            true => Message::ClearNote(code),
            false => Message::Note(dto::Note { code: code.to_owned(), detail: all.join("\n") }),
        };
        if self.live.try_send(message).is_err() {
            tracing::warn!("a note about hosted hooks found no place");
        }
    }

    /// Every hosted hook, and whether its *allow* counts. Reads files.
    pub(crate) fn list(&self) -> Vec<(Hook, dto::GrantView)> {
        let discovery = self.discovery();
        discovery.hooks.iter().map(|hook| (hook.clone(), self.grant_of(hook))).collect()
    }

    fn grant_of(&self, hook: &Hook) -> dto::GrantView {
        match self.granted(&hook.key).map(|grant| grant.check(hook, &self.search)) {
            None => dto::GrantView::None,
            Some(Ok(_)) => dto::GrantView::Given,
            Some(Err(changed)) => {
                dto::GrantView::Suspended { changed: changed.iter().map(|file| card::pieces(file)).collect() }
            }
        }
    }

    fn granted(&self, key: &HookKey) -> Option<Grant> {
        lock(&self.said).as_ref().ok()?.grant(key).cloned()
    }

    /// A person says something of a hook, which must still be the one that was shown. Reads and writes files.
    pub(crate) fn wish(&self, key: &str, hash: &str, wish: dto::HostedWish) -> Result<(), Error> {
        let discovery = self.discovery();
        let hook = discovery.hooks.iter().find(|hook| hook.key.as_str() == key && hook.hash == hash);
        let hook = hook.ok_or_else(|| Error::HookChanged(key.to_owned()))?;
        let mut said = lock(&self.said);
        let mut after = said.as_ref().map_err(|detail| Error::Unsaid(detail.clone()))?.clone();
        let of_hook = after.hooks.entry(key.to_owned()).or_default();
        match wish {
            dto::HostedWish::Trust => of_hook.trusted = Some(hash.to_owned()),
            dto::HostedWish::Enable => of_hook.enabled = None,
            dto::HostedWish::Disable => of_hook.enabled = Some(false),
            dto::HostedWish::Revoke => of_hook.grant = None,
            dto::HostedWish::Grant => {
                if hook.event != model::HookEvent::PermissionRequest || hook.trust != Trust::Trusted {
                    return Err(Error::Grant("only a trusted hook for PermissionRequest can be granted it".to_owned()));
                }
                of_hook.grant = Some(Grant::of(hook, &self.search).map_err(Error::Grant)?);
            }
        }
        after.write(&self.paths)?;
        *said = Ok(after);
        drop(said);
        *lock(&self.read) = None;
        self.discovery();
        Ok(())
    }

    /// The engine, with the servers that these hooks need.
    async fn engine(self: &Arc<Self>, hooks: &[Hook]) -> Option<Engine> {
        let servers: BTreeSet<_> = hooks.iter().filter_map(server).map(str::to_owned).collect();
        if let Some(engine) = self.running(&servers) {
            return Some(engine);
        }
        let mcp_servers = if servers.is_empty() { BTreeMap::new() } else { mcp_servers().await };
        let mut environment: BTreeMap<_, _> = std::env::vars_os().collect();
        environment.insert("PATH".into(), self.search.clone());
        let engine = Engine::new(Surroundings {
            shell: Shell::of(place::shell_of(geteuid().as_raw()).as_deref()),
            environment: environment.into_iter().collect(),
            scratch: std::env::temp_dir(),
            mcp_servers,
        });
        let mut running = lock(&self.engine);
        if *self.ending.borrow() {
            return None;
        }
        let collecting = late::collect(self, engine.clone());
        *running = Some(Running { engine: engine.clone(), servers, collecting });
        Some(engine)
    }

    fn running(&self, servers: &BTreeSet<String>) -> Option<Engine> {
        let running = lock(&self.engine);
        running.as_ref().filter(|running| running.servers.is_superset(servers)).map(|running| running.engine.clone())
    }
}

/// What the file says and nobody can run.
fn broken(discovery: &Discovery) -> Vec<String> {
    match discovery.hooks.is_empty() {
        true => discovery.warnings.clone(),
        false => discovery.skipped.iter().map(|skipped| skipped.why.clone()).collect(),
    }
}

fn server(hook: &Hook) -> Option<&str> {
    match &hook.handler {
        Handler::McpTool { server, .. } => Some(server),
        Handler::Command { .. } => None,
    }
}

/// The servers that the user's own Codex has.
async fn mcp_servers() -> BTreeMap<String, model::McpServer> {
    let places = Places { codex: environment::own().home, system: hooks::system() };
    let read = move || discover::discover(&places, &PathBuf::from("/"), &Flags::default()).mcp_servers;
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
}

/// Whether a hook is for this agent.
fn is_for(hook: &Hook, agent: Agent) -> bool {
    hook.agents.as_ref().is_none_or(|agents| agents.contains(&agent))
}
