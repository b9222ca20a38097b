//! What a front gets when something did not work: a code of the catalogue and the technical detail.

use std::io;
use std::path::PathBuf;

use decisions::Refusal;

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
            Self::Refused(Refusal::NotShown) => "notShown",
            Self::Refused(Refusal::TooEarly(_)) => "tooEarly",
            Self::History(_) => "history",
            Self::Endpoint(_) | Self::Running(_) => "endpoint",
            Self::File { .. } | Self::Settings { .. } | Self::NoHome => "files",
            Self::Cursor(_) | Self::Ending => "internal",
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { code: error.code().to_owned(), detail: format!("failed to {error}") }
    }
}
