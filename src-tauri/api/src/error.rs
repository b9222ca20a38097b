//! What a front gets when something did not work: a code of the catalogue and the technical detail.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use decisions::Refusal;
use decisions::rules::Unfit;
use model::Agent;

use crate::dto::Failure;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    History(#[from] history::Error),
    #[error(transparent)]
    Endpoint(#[from] bridge::Error),
    #[error("reach the Hookwright that runs already: {0}")]
    Running(#[from] protocol::Error),
    #[error("use {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("read {path}: {source}")]
    Settings { path: PathBuf, source: toml::de::Error },
    #[error(transparent)]
    Hooks(#[from] config::Error),
    #[error(transparent)]
    Entry(#[from] agents::codex::install::Error),
    #[error(transparent)]
    AppServer(#[from] appserver::Error),
    #[error(transparent)]
    Payload(#[from] engine::Error),
    #[error("open {}: hook files end in .json, .jsonc or .toml", .0.display())]
    NoHookFile(PathBuf),
    #[error("write {}: it can only be looked at", .0.display())]
    ReadOnly(PathBuf),
    #[error("write {}: another file of this name is there already", .0.display())]
    ScriptThere(PathBuf),
    /// What stands under this key is not what was looked at.
    #[error("find {0} as it was looked at: the file is another now")]
    HookChanged(String),
    /// The agent wrote what was asked, and another layer of its configuration says otherwise.
    #[error("have it hold for {0}: other configuration of the agent says otherwise")]
    NoEffect(String),
    /// Why, for the person.
    #[error("grant it that its allow counts: {0}")]
    Grant(String),
    /// What a person said of hosted hooks before could not be read.
    #[error("keep what you said of hosted hooks, because what you said before cannot be read: {0}")]
    Unsaid(String),
    /// The rule cannot be so.
    #[error("keep the rule: {0}")]
    Rule(#[from] Unfit),
    #[error("find the request {0}")]
    NoRequest(String),
    #[error("find the run {0}")]
    NoRun(String),
    /// What it was given is not kept.
    #[error("run it again: what it was given is not in the history")]
    NoPayload,
    /// The hook of a run is not configured any more. Names it.
    #[error("run it again: no configured hook is {0}")]
    HookGone(String),
    #[error("run it again: it was taken in from an export")]
    Imported,
    #[error("find the rule {0}")]
    NoRule(String),
    /// The file of rules is not what a person looked at last.
    #[error("change rules: {0} was changed by somebody else")]
    RulesChanged(PathBuf),
    /// Rules, or what was confirmed of them before, could not be read. The detail reads after "failed to".
    #[error("{detail} ({path})")]
    RulesUnread { path: PathBuf, detail: String },
    /// How long is missing.
    #[error("keep the rule: what it does was not in sight long enough, {} ms are missing", .0.as_millis())]
    RuleUnseen(Duration),
    #[error("make the change that was looked at: the files are others now")]
    PlanChanged,
    #[error("find the program of {}", .0.title())]
    NoProgram(Agent),
    #[error("find entries of Hookwright in the files of {}", .0.title())]
    NotConnected(Agent),
    /// What the agent lists under this key is not what we put there.
    #[error("recognise {0}: its hash or its command is not ours")]
    NotOurs(String),
    #[error("set {0}: it cannot be so")]
    Setting(String),
    #[error("find a home folder: HOME is not set and the user has none")]
    NoHome,
    #[error("understand the page mark {0:?}")]
    Cursor(String),
    #[error("go on: Hookwright is ending")]
    Ending,
}

impl Error {
    /// The code under which the catalogue has `error.<code>.text` and `error.<code>.hint`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::NotOpen) => "notOpen",
            Self::Refused(Refusal::Changed) => "changed",
            Self::Refused(Refusal::NotOffered) => "notOffered",
            Self::Refused(Refusal::NotShown) => "notShown",
            Self::Refused(Refusal::TooEarly(_)) => "tooEarly",
            Self::History(_) => "history",
            Self::Endpoint(_) | Self::Running(_) => "endpoint",
            Self::File { .. } | Self::Settings { .. } | Self::NoHome => "files",
            Self::Hooks(config::Error::Changed(_)) | Self::PlanChanged => "planChanged",
            Self::Hooks(_) | Self::Entry(_) | Self::NoHookFile(_) | Self::ReadOnly(_) | Self::ScriptThere(_) => {
                "hookFile"
            }
            Self::Payload(_) => "payload",
            Self::HookChanged(_) => "hookChanged",
            Self::Grant(_) => "grant",
            Self::Unsaid(_) | Self::RulesUnread { .. } => "files",
            Self::Rule(_) => "ruleUnfit",
            Self::NoRequest(_) => "noRequest",
            Self::NoRun(_) => "noRun",
            Self::NoPayload => "noPayload",
            Self::HookGone(_) => "hookGone",
            Self::Imported => "imported",
            Self::NoRule(_) => "noRule",
            Self::RulesChanged(_) => "rulesChanged",
            Self::RuleUnseen(_) => "ruleUnseen",
            Self::AppServer(_) | Self::NoProgram(_) | Self::NoEffect(_) => "agentProgram",
            Self::NotConnected(_) | Self::NotOurs(_) => "notOurs",
            Self::Setting(_) => "setting",
            Self::Cursor(_) | Self::Ending => "internal",
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { code: error.code().to_owned(), detail: format!("failed to {error}") }
    }
}
