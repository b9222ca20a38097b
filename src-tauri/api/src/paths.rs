//! Where Hookwright's own files are.

use std::env;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use protocol::place;
use rustix::process::geteuid;

use crate::Error;
use crate::agents::environment;

/// The folders of one installation. With `HOOKWRIGHT_HOME` all of it lies below one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    home: Option<PathBuf>,
    config: PathBuf,
    state: PathBuf,
    data: PathBuf,
    /// The desktop's folder of programs to start at login.
    autostart: PathBuf,
    /// Codex's own folder, as far as our environment tells.
    codex: PathBuf,
}

impl Paths {
    /// Everything below `home`: for tests, demonstrations and portable use.
    pub fn below(home: &Path) -> Self {
        Self {
            home: Some(home.to_owned()),
            config: home.join("config"),
            state: home.join("state"),
            data: home.join("data"),
            autostart: home.join("autostart"),
            codex: home.join("codex"),
        }
    }

    /// The places of this user, from `HOOKWRIGHT_HOME` or the XDG variables.
    pub fn from_environment() -> Result<Self, Error> {
        let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let person = folder("HOME").or_else(|| place::home_of(geteuid().as_raw())).ok_or(Error::NoHome)?;
        let below = |name: &str, usual: &str| folder(name).unwrap_or_else(|| person.join(usual));
        let autostart = below("XDG_CONFIG_HOME", ".config").join("autostart");
        let codex = environment::own().home;
        if let Some(home) = folder("HOOKWRIGHT_HOME") {
            // The desktop and the agent look in their own folders only.
            return Ok(Self { autostart, codex, ..Self::below(&home) });
        }
        Ok(Self {
            home: None,
            config: below("XDG_CONFIG_HOME", ".config").join("hookwright"),
            state: below("XDG_STATE_HOME", ".local/state").join("hookwright"),
            data: below("XDG_DATA_HOME", ".local/share").join("hookwright"),
            autostart,
            codex,
        })
    }

    /// The folder below which everything lies, where one was named.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// History, spool, backups and logs.
    pub fn state(&self) -> &Path {
        &self.state
    }

    pub(crate) fn codex(&self) -> &Path {
        &self.codex
    }

    /// The folders of our own files.
    pub(crate) fn own(&self) -> [&Path; 3] {
        [&self.config, &self.state, &self.data]
    }

    /// The relay's own copy, which agents run. Beside it stands the list of the programs that may answer it.
    pub fn relay(&self) -> PathBuf {
        self.data.join("hookwright-relay")
    }

    /// Files of agents as they were before they were changed.
    pub(crate) fn backups(&self) -> PathBuf {
        self.state.join("backups")
    }

    /// What hooks of agents were when a person trusted them.
    pub(crate) fn trusted(&self) -> PathBuf {
        self.state.join("trusted")
    }

    /// What a person wrote in the hooks editor and did not save yet.
    pub(crate) fn drafts(&self) -> PathBuf {
        self.state.join("drafts")
    }

    /// What was done to agents' files, so that it can be undone.
    pub(crate) fn connections(&self) -> PathBuf {
        self.state.join("connections.json")
    }

    pub(crate) fn autostart(&self) -> PathBuf {
        self.autostart.join("hookwright.desktop")
    }

    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// Hosted hooks.
    pub fn hooks(&self) -> PathBuf {
        self.config.join("hooks.json")
    }

    /// What a person said of hosted hooks.
    pub(crate) fn hosted(&self) -> PathBuf {
        self.state.join("hosted.toml")
    }

    /// Rules, as a person may write them.
    pub fn rules(&self) -> PathBuf {
        self.config.join("rules.toml")
    }

    /// Rules, as a person confirmed them.
    pub(crate) fn confirmed_rules(&self) -> PathBuf {
        self.state.join("rules.toml")
    }

    pub fn history(&self) -> PathBuf {
        self.state.join("history.db")
    }

    pub fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }

    /// What the web view keeps. Nothing of ours is in it.
    pub fn web_view(&self) -> PathBuf {
        self.state.join("webview")
    }

    pub fn lock(&self) -> PathBuf {
        self.state.join("lock")
    }

    /// Where relays keep what no app took.
    pub fn spool(&self) -> Result<PathBuf, Error> {
        place::spool(self.home.as_deref(), geteuid().as_raw()).ok_or(Error::NoHome)
    }

    /// Where relays keep the journals of recorded hooks.
    pub fn runs(&self) -> Result<PathBuf, Error> {
        place::runs(self.home.as_deref(), geteuid().as_raw()).ok_or(Error::NoHome)
    }

    /// The socket on which relays find the app: the first place that relays try.
    pub fn socket(&self) -> Result<PathBuf, Error> {
        place::sockets(self.home.as_deref(), geteuid().as_raw()).into_iter().next().ok_or(Error::NoHome)
    }

    /// Makes the folders of the state, private.
    pub fn prepare(&self) -> Result<(), Error> {
        let logs = self.logs();
        DirBuilder::new().recursive(true).mode(0o700).create(&logs).map_err(|source| Error::File { path: logs, source })
    }
}
