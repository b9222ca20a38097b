//! Trust in hooks, and whether they run: said by a person who saw them, written by the agent itself.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use appserver::{Client, Launch, Listed, Switch, Trust, TrustStatus};
use config::discover::{self, Discovery, Flags, Places};
use config::{Backups, Reason};
use decisions::Digest;
use engine::events::camel;
use model::{Agent, Handler, Hook, HookEvent, HookKey};
use rustix::fs::{Access, access};
use serde_json::json;

use super::named::{self, Around};
use super::script::Script;
use super::since::Past;
use super::{aside, system, view};
use crate::agents::{self, environment};
use crate::card::pieces;
use crate::dto::{SeenHook, SeenItem, SinceTrusted, TrustItem};
use crate::{Error, Paths};

/// Codex's hooks of a session in one folder, as the installed Codex has them. Everything goes through the server that terminals
/// share where there is a client of it (`attached`), so that it reaches open conversations.
#[derive(Clone, Debug)]
pub struct HookTrust {
    pub launch: Launch,
    /// The person's, for `$HOME` in commands.
    pub home: PathBuf,
    /// `CODEX_HOME`, whose `config.toml` Codex writes.
    pub codex_home: PathBuf,
    pub folder: PathBuf,
    pub backups: PathBuf,
    /// What hooks were when they were trusted.
    pub trusted: PathBuf,
}

impl HookTrust {
    /// For the Codex of this machine's user.
    pub(crate) async fn of(paths: &Paths, folder: &Path) -> Result<Self, Error> {
        let installation = environment::codex().await;
        let program = installation.program.as_ref().ok_or(Error::NoProgram(Agent::Codex))?;
        Ok(Self {
            launch: agents::launch(&installation, program),
            home: environment::home().ok_or(Error::NoHome)?,
            codex_home: installation.home,
            folder: folder.to_owned(),
            backups: paths.backups(),
            trusted: paths.trusted(),
        })
    }

    /// What there is to look at before these are trusted.
    pub async fn items(&self, attached: Option<Client>, keys: &[String]) -> Result<Vec<TrustItem>, Error> {
        let (client, listed) = self.begin(attached).await?;
        client.close().await?;
        Ok(self.looked_at(listed, keys.to_vec()).await?.into_iter().map(|looked| looked.item).collect())
    }

    /// Has Codex trust these, all or none: refused unless each is still what was seen, with every byte of its scripts.
    pub async fn trust(&self, attached: Option<Client>, seen: &[SeenItem]) -> Result<(), Error> {
        let (mut client, listed) = self.begin(attached).await?;
        let keys = seen.iter().map(|seen| seen.key.clone()).collect();
        let items = self.looked_at(listed, keys).await?;
        let other = |(seen, now): (&SeenItem, &Looked)| (seen.digest != now.item.digest).then(|| seen.key.clone());
        if let Some(key) = seen.iter().zip(&items).find_map(other) {
            return Err(Error::HookChanged(key));
        }
        self.keep_config()?;
        for Looked { item, in_file, scripts } in &items {
            self.past().keep(&item.key, &item.hash, in_file.as_ref(), scripts)?;
        }
        let wanted = items.into_iter().map(|Looked { item: TrustItem { key, hash, .. }, .. }| Trust { key, hash });
        let wanted: Vec<_> = wanted.collect();
        client.trust(&wanted).await?;
        let after = self.listed(&mut client).await?;
        client.close().await?;
        let trusted = |wanted: &Trust| {
            let now = find(&after, &wanted.key);
            now.is_ok_and(|hook| hook.trust_status == TrustStatus::Trusted && hash(hook) == Some(&wanted.hash))
        };
        match wanted.iter().find(|wanted| !trusted(wanted)) {
            None => Ok(()),
            Some(Trust { key, .. }) => Err(Error::NoEffect(key.clone())),
        }
    }

    /// Has Codex run a hook or leave it out: refused unless it is still what was seen. Its trust stays.
    pub async fn switch(&self, attached: Option<Client>, seen: &SeenHook, to: Switch) -> Result<(), Error> {
        let (mut client, listed) = self.begin(attached).await?;
        if hash(find(&listed, &seen.key)?) != Some(&seen.hash) {
            return Err(Error::HookChanged(seen.key.clone()));
        }
        self.keep_config()?;
        client.switch(&seen.key, to).await?;
        let after = self.listed(&mut client).await?;
        client.close().await?;
        let enabled = match to {
            Switch::On => true,
            Switch::Off => false,
        };
        // An administrator's hooks, for one, cannot be switched off.
        if find(&after, &seen.key)?.enabled == enabled { Ok(()) } else { Err(Error::NoEffect(seen.key.clone())) }
    }

    async fn begin(&self, attached: Option<Client>) -> Result<(Client, Vec<Listed>), Error> {
        let (client, listed) = agents::ask(attached, &self.launch, &self.folder).await?;
        Ok((client, listed.hooks))
    }

    async fn listed(&self, client: &mut Client) -> Result<Vec<Listed>, Error> {
        Ok(client.hooks(std::slice::from_ref(&self.folder)).await?.hooks)
    }

    /// Keeps what `config.toml` was. One that its owner has made read-only Codex would replace all the same: we do not let it.
    fn keep_config(&self) -> Result<(), Error> {
        let path = self.codex_home.join("config.toml");
        let error = |source| Error::File { path: path.clone(), source };
        let before = match fs::read(&path) {
            Ok(before) => before,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(error(source)),
        };
        let read_only = fs::metadata(&path).map_err(error)?.permissions().readonly();
        if read_only || access(&path, Access::WRITE_OK).is_err() {
            return Err(error(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is read-only, and so is left as it is",
            )));
        }
        Backups(&self.backups).keep(Reason::Trust, &path, &before)?;
        Ok(())
    }

    /// In the order of the keys.
    async fn looked_at(&self, listed: Vec<Listed>, keys: Vec<String>) -> Result<Vec<Looked>, Error> {
        let this = self.clone();
        let look = move || {
            let places = Places { codex: this.codex_home.clone(), system: system() };
            let found = discover::discover(&places, &this.folder, &Flags::default());
            let mut since = this.past().since(&found);
            let look = |key: &String| this.look(find(&listed, key)?, &found, &mut since);
            keys.iter().map(look).collect()
        };
        aside(look).await
    }

    fn look(
        &self,
        hook: &Listed,
        found: &Discovery,
        since: &mut HashMap<HookKey, SinceTrusted>,
    ) -> Result<Looked, Error> {
        let around = Around { folder: &self.folder, home: &self.home, codex_home: &self.codex_home };
        let hash = hash(hook).ok_or_else(|| Error::HookChanged(hook.key.clone()))?;
        // What Codex does not list stands in the file, and is what the hash is of.
        let in_file = found.hooks.iter().find(|one| one.key.as_str() == hook.key && one.hash == *hash).cloned();
        let command = hook.command.as_deref().unwrap_or_default();
        let scripts: Vec<_> = named::files(command, &around).into_iter().filter_map(Script::read).collect();
        let runs = match (&hook.command, &in_file) {
            (Some(command), _) => pieces(command),
            (None, Some(hook)) => view::runs(&hook.handler),
            (None, None) => pieces(&hook.handler_type),
        };
        let input = in_file.as_ref().and_then(|hook| match &hook.handler {
            Handler::McpTool { input, .. } if !input.is_empty() => Some(format!("{:#}", json!(input))),
            Handler::McpTool { .. } | Handler::Command { .. } => None,
        });
        let of_scripts: Vec<_> = scripts.iter().map(|script| (&script.path, script.digest())).collect();
        let of_all = format!("{:?}", (&hook.key, hash, &runs, &input, &hook.matcher, of_scripts));
        let item = TrustItem {
            key: hook.key.clone(),
            hash: hash.clone(),
            digest: Digest::of(of_all.as_bytes()).to_string(),
            event: event(&hook.event_name),
            matcher: hook.matcher.as_deref().map(pieces),
            runs,
            input: input.as_deref().map(pieces),
            scripts: scripts.iter().map(Script::view).collect(),
            since: since.remove(&HookKey::new(hook.key.as_str())),
        };
        Ok(Looked { item, in_file, scripts })
    }

    fn past(&self) -> Past<'_> {
        Past { trusted: &self.trusted, backups: &self.backups }
    }
}

/// A hook as a person looks at it, with what is kept of it once it is trusted.
struct Looked {
    item: TrustItem,
    /// `None` where the agent has another than its file.
    in_file: Option<Hook>,
    scripts: Vec<Script>,
}

fn find<'h>(listed: &'h [Listed], key: &str) -> Result<&'h Listed, Error> {
    listed.iter().find(|hook| hook.key == key).ok_or_else(|| Error::HookChanged(key.to_owned()))
}

fn hash(hook: &Listed) -> Option<&String> {
    hook.current_hash.as_ref()
}

/// The name of an event as files have it.
fn event(listed: &str) -> String {
    let known = HookEvent::KNOWN.iter().find(|event| camel(event) == listed);
    known.map_or_else(|| listed.to_owned(), |event| event.name().to_owned())
}
