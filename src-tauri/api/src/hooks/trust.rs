//! Trust in hooks, and whether they run: said by a person who saw them, written by the agent itself.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use appserver::{Client, Launch, Listed, Switch, Trust, TrustStatus};
use config::{Backups, Reason};
use decisions::Digest;
use engine::events::camel;
use model::{Agent, HookEvent};
use rustix::fs::{Access, access};

use super::named::{self, Around};
use super::{aside, view};
use crate::agents::{self, environment};
use crate::card::pieces;
use crate::dto::{ScriptView, SeenHook, SeenItem, TrustItem};
use crate::{Error, Paths};

/// A larger file is no script that anybody reads. In bytes.
const SCRIPT: u64 = 4 * 1024 * 1024;

/// Codex's hooks of a session in one folder, as the installed Codex has them.
#[derive(Clone, Debug)]
pub struct HookTrust {
    pub launch: Launch,
    /// The person's, for `$HOME` in commands.
    pub home: PathBuf,
    /// `CODEX_HOME`, whose `config.toml` Codex writes.
    pub codex_home: PathBuf,
    pub folder: PathBuf,
    pub backups: PathBuf,
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
        })
    }

    /// What there is to look at before these are trusted.
    pub async fn items(&self, keys: &[String]) -> Result<Vec<TrustItem>, Error> {
        let mut client = self.start().await?;
        let listed = self.listed(&mut client).await?;
        client.close().await?;
        self.looked_at(listed, keys.to_vec()).await
    }

    /// Has Codex trust these, all or none: refused unless each is still what was seen, with every byte of its scripts.
    pub async fn trust(&self, seen: &[SeenItem]) -> Result<(), Error> {
        let mut client = self.start().await?;
        let listed = self.listed(&mut client).await?;
        let keys = seen.iter().map(|seen| seen.key.clone()).collect();
        let items = self.looked_at(listed, keys).await?;
        if let Some(seen) = seen.iter().zip(&items).find_map(|(seen, now)| (seen.digest != now.digest).then_some(seen))
        {
            return Err(Error::HookChanged(seen.key.clone()));
        }
        let wanted: Vec<_> = items.into_iter().map(|TrustItem { key, hash, .. }| Trust { key, hash }).collect();
        self.keep_config()?;
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
    pub async fn switch(&self, seen: &SeenHook, to: Switch) -> Result<(), Error> {
        let mut client = self.start().await?;
        let listed = self.listed(&mut client).await?;
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

    async fn start(&self) -> Result<Client, Error> {
        Ok(Client::start(&self.launch).await?)
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
    async fn looked_at(&self, listed: Vec<Listed>, keys: Vec<String>) -> Result<Vec<TrustItem>, Error> {
        let this = self.clone();
        aside(move || keys.iter().map(|key| this.item(find(&listed, key)?)).collect()).await
    }

    fn item(&self, hook: &Listed) -> Result<TrustItem, Error> {
        let around = Around { folder: &self.folder, home: &self.home, codex_home: &self.codex_home };
        let hash = hash(hook).ok_or_else(|| Error::HookChanged(hook.key.clone()))?;
        let command = hook.command.as_deref().unwrap_or_default();
        let scripts: Vec<_> = named::files(command, &around).into_iter().filter_map(Script::read).collect();
        let of_scripts = scripts.iter().map(|script| (&script.path, Digest::of(&script.bytes)));
        let of_all = format!("{:?}", (&hook.key, hash, &hook.command, &hook.matcher, of_scripts.collect::<Vec<_>>()));
        Ok(TrustItem {
            key: hook.key.clone(),
            hash: hash.clone(),
            digest: Digest::of(of_all.as_bytes()).to_string(),
            event: event(&hook.event_name),
            matcher: hook.matcher.as_deref().map(pieces),
            runs: pieces(hook.command.as_ref().unwrap_or(&hook.handler_type)),
            scripts: scripts.iter().map(Script::view).collect(),
        })
    }
}

/// A file that a command names, where it is text.
struct Script {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Script {
    fn read(path: PathBuf) -> Option<Self> {
        let mut bytes = Vec::new();
        File::open(&path).and_then(|file| file.take(SCRIPT + 1).read_to_end(&mut bytes)).ok()?;
        let is_text = bytes.len() as u64 <= SCRIPT && !bytes.contains(&0) && str::from_utf8(&bytes).is_ok();
        is_text.then_some(Self { path, bytes })
    }

    fn view(&self) -> ScriptView {
        let (text, cut) = view::output(&String::from_utf8_lossy(&self.bytes));
        ScriptView { path: pieces(&self.path.to_string_lossy()), text, cut }
    }
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
