//! How each agent on this machine and Hookwright are joined: looked at, connected, trusted, tried out, taken apart again. Works
//! without a running app, so that the command line can do all of it.

mod attached;
mod check;
pub(crate) mod environment;
mod install;
mod records;
mod sessions;
mod trial;

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use ::agents::codex::install as entry;
use appserver::{Client, Launch, Trust};
use config::{Home, Plan};
use model::{Agent, HookEvent, Timestamp};

use crate::attach::Attach;
use crate::dto::{Aim, PlanView, TestOutcome};
use crate::{Error, Paths, dto, plan, spool};
use environment::Installation;
use records::{Connection, Connections};

pub(crate) use install::{is_current, keep as keep_relay, list as relay_list, refresh as refresh_relay};

/// What can be done about agents with these paths.
#[derive(Clone)]
pub struct Agents {
    paths: Paths,
    reader: history::Reader,
    /// `None` without a running app.
    attach: Option<Arc<Attach>>,
}

impl Agents {
    /// Without a running app.
    pub fn of(paths: &Paths) -> Self {
        Self { paths: paths.clone(), reader: history::read(&paths.history()), attach: None }
    }

    pub(crate) fn with(paths: Paths, reader: history::Reader, attach: Arc<Attach>) -> Self {
        Self { paths, reader, attach: Some(attach) }
    }

    /// Looks at every agent: its program, its files, what it says of itself. Changes nothing.
    pub async fn look(&self) -> Vec<dto::AgentView> {
        let mut views = Vec::new();
        for agent in Agent::ALL {
            views.push(self.look_at(agent).await);
        }
        views
    }

    async fn look_at(&self, agent: Agent) -> dto::AgentView {
        let installation = self.installation(agent).await;
        let told = match &installation.program {
            Some(program) => Some(told(&installation, program, self.client(&installation.home)).await),
            None => None,
        };
        let (paths, reader, attach) = (self.paths.clone(), self.reader.clone(), self.attach.clone());
        let look = move || {
            let attached = match attach {
                Some(attach) => attach.views(),
                None => attached::views(&paths, &installation.home),
            };
            dto::AgentView { attached, ..check::view(&paths, &reader, agent, &installation, told) }
        };
        tokio::task::spawn_blocking(look).await.expect("looking does not panic")
    }

    fn client(&self, home: &Path) -> Option<Client> {
        self.attach.as_ref()?.client(home)
    }

    /// What would change in the agent's files. Changes nothing.
    pub async fn plan(&self, agent: Agent, aim: Aim) -> Result<PlanView, Error> {
        let (_, plan) = self.planned(agent, aim).await?;
        Ok(plan::view(&plan))
    }

    /// Makes exactly the change that [`Agents::plan`] told of; refused where the files are others now.
    pub async fn carry_out(&self, agent: Agent, aim: Aim, digest: &str) -> Result<(), Error> {
        let (home, plan) = self.planned(agent, aim).await?;
        if plan.digest() != digest {
            return Err(Error::PlanChanged);
        }
        match aim {
            Aim::Connect | Aim::PutBack => {
                // First, so that the entries never name what is not there.
                self.install_relay()?;
                spool::make(&self.paths);
                // An agent that never ran has no folder yet.
                let made = DirBuilder::new().recursive(true).mode(0o700).create(&home);
                made.map_err(|source| Error::File { path: home.clone(), source })?;
                let saved = plan.apply(&self.paths.backups())?;
                Connections::change(&self.paths, &home, |before| {
                    let record = before.map(|connection| connection.record).unwrap_or_default();
                    let record = record.after_connect(&plan, &saved);
                    // Also what a person took out was given once, and stays known as taken out.
                    let events = entry::EVENTS.iter().map(|event| event.name().to_owned()).collect();
                    Some(Connection { record, events, since: now() })
                })
            }
            Aim::Disconnect => {
                plan.apply(&self.paths.backups())?;
                Connections::change(&self.paths, &home, |_| None)
            }
        }
    }

    /// Has the agent trust our entries and nothing else: only where its own hash and command are what we put there.
    pub async fn trust(&self, agent: Agent) -> Result<(), Error> {
        let installation = self.installation(agent).await;
        let program = installation.program.as_ref().ok_or(Error::NoProgram(agent))?;
        let home = Home::at(&installation.home);
        let found = config::inspect(&home)?;
        let before = read(home.config())?;
        let attached = self.client(&installation.home);
        let (mut client, listed) = ask(attached, &launch(&installation, program), &installation.home).await?;
        let mut trust = Vec::new();
        for ours in found.ours.iter().filter(|entry| entry.ours.relay == self.paths.relay()) {
            // An older agent does not know every event.
            let Some(hook) = check::listed_as(&listed.hooks, ours) else { continue };
            let same = hook.command.as_deref() == Some(ours.command.as_str())
                && hook.current_hash.as_deref() == Some(ours.hash.as_str());
            if !same {
                return Err(Error::NotOurs(ours.key.clone()));
            }
            trust.push(Trust { key: hook.key.clone(), hash: ours.hash.clone() });
        }
        if trust.is_empty() {
            return Err(Error::NotConnected(agent));
        }
        client.trust(&trust).await?;
        client.close().await?;
        let after = read(home.config())?.unwrap_or_default();
        let mut connection = Connections::read(&self.paths)?.at(&installation.home).cloned();
        let connection = connection.get_or_insert_with(|| Connection::unknown(now()));
        connection.since = now();
        connection.record.trust_written(home.config(), before.as_deref(), &after, &self.paths.backups())?;
        Connections::change(&self.paths, &installation.home, |_| Some(connection.clone()))
    }

    /// Puts the relay, and the list of the programs that may answer it, where agents find them.
    pub fn install_relay(&self) -> Result<(), Error> {
        install::install(&self.paths)
    }

    /// Sends a harmless request through the installed relay, as the agent would, and waits for its answer.
    pub async fn test_request(&self, agent: Agent) -> Result<TestOutcome, Error> {
        trial::ask(&self.paths, agent).await
    }

    async fn installation(&self, agent: Agent) -> Installation {
        match agent {
            Agent::Codex => environment::codex().await,
        }
    }

    async fn planned(&self, agent: Agent, aim: Aim) -> Result<(PathBuf, Plan), Error> {
        let folder = self.installation(agent).await.home;
        let home = Home::at(&folder);
        let plan = match aim {
            Aim::Connect | Aim::PutBack => {
                let wanted = self.wanted(&folder, aim)?;
                let mut entries = entry::entries(&self.paths.relay(), self.paths.home())?;
                entries.retain(|entry| wanted.contains(&entry.event));
                config::connect(&home, &entries)?
            }
            Aim::Disconnect => {
                let connections = Connections::read(&self.paths)?;
                config::disconnect(&home, connections.at(&folder).map(|connection| &connection.record))?
            }
        };
        Ok((folder, plan))
    }

    /// The events that get an entry: all, but for those a person took out.
    fn wanted(&self, folder: &Path, aim: Aim) -> Result<Vec<HookEvent>, Error> {
        let removed = match aim {
            Aim::PutBack | Aim::Disconnect => Vec::new(),
            Aim::Connect => {
                let found = config::inspect(&Home::at(folder))?;
                Connections::read(&self.paths)?.removed(folder, &found)
            }
        };
        let kept: Vec<_> = entry::EVENTS.into_iter().filter(|event| !removed.contains(event)).collect();
        // Who asks to connect after taking everything out wants everything.
        Ok(if kept.is_empty() { entry::EVENTS.to_vec() } else { kept })
    }
}

/// What the agent's program says of its hooks.
struct Told {
    version: Option<String>,
    hooks: Result<Listed, String>,
}

struct Listed {
    hooks: appserver::Hooks,
    hooks_on: Option<bool>,
}

async fn told(installation: &Installation, program: &Path, attached: Option<Client>) -> Told {
    let version = environment::version(program, &installation.path).await;
    let hooks = listed(installation, program, attached).await.map_err(|error| format!("failed to {error}"));
    Told { version, hooks }
}

async fn listed(
    installation: &Installation,
    program: &Path,
    attached: Option<Client>,
) -> Result<Listed, appserver::Error> {
    let (mut client, hooks) = ask(attached, &launch(installation, program), &installation.home).await?;
    let hooks_on = client.config(None).await?.hooks;
    client.close().await?;
    Ok(Listed { hooks, hooks_on })
}

/// Lists the hooks of a folder, with the server to go on with: the one we are attached to, else one of our own. What goes wrong with
/// the first before anything was changed is no reason to do nothing.
pub(crate) async fn ask(
    attached: Option<Client>,
    launch: &Launch,
    folder: &Path,
) -> Result<(Client, appserver::Hooks), appserver::Error> {
    let folders = [folder.to_owned()];
    if let Some(mut client) = attached {
        match client.hooks(&folders).await {
            Ok(hooks) => return Ok((client, hooks)),
            Err(error) => tracing::info!(%error, "the attached server lists no hooks"),
        }
    }
    let mut client = Client::start(launch).await?;
    let hooks = client.hooks(&folders).await?;
    Ok((client, hooks))
}

pub(crate) fn launch(installation: &Installation, program: &Path) -> Launch {
    Launch {
        program: program.to_owned(),
        home: Some(installation.home.clone()),
        path: Some(installation.path.clone()),
        cwd: installation.home.clone(),
    }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::File { path: path.to_owned(), source }),
    }
}
