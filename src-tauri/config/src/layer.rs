//! One hook file in either notation, and the steps by which it is edited.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use agents::codex::install::Entry;
use model::HookEvent;

use crate::error::{Refusal, position};
use crate::inspect::Trust;
use crate::view::Hooks;
use crate::{Error, Home, file, json, toml};

/// How hooks are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    Json,
    Toml,
}

impl Notation {
    /// Told by the name of the file.
    pub fn of(path: &Path) -> Self {
        if path.extension().is_some_and(|extension| extension == "toml") { Self::Toml } else { Self::Json }
    }
}

/// A file as it is edited. One that is not there has no text.
#[derive(Clone)]
pub(crate) struct Layer {
    pub(crate) notation: Notation,
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// What stood there when it was read.
    pub(crate) before: Option<String>,
}

/// One edit that leaves every other handler where it is.
pub(crate) enum Step<'a> {
    /// Our group, as the last of its event.
    Append(&'a Entry),
    /// The last group of the event.
    DropGroup(&'a HookEvent),
    /// `{}` in its place.
    EmptyGroup { event: &'a HookEvent, group: usize },
    /// The last handler of the group.
    DropHandler { event: &'a HookEvent, group: usize },
    /// An event that has no group, where it stands in the same list as others.
    DropEvent(&'a HookEvent),
    /// What holds the events, once it holds nothing.
    DropContainer,
}

impl Layer {
    pub(crate) fn read(notation: Notation, path: &Path) -> Result<Self, Error> {
        let before = file::read(path)?;
        Ok(Self { notation, path: path.to_owned(), text: before.clone().unwrap_or_default(), before })
    }

    /// `hooks.json` and `config.toml`.
    pub(crate) fn both(home: &Home) -> Result<[Self; 2], Error> {
        Ok([Self::read(Notation::Json, home.hooks())?, Self::read(Notation::Toml, home.config())?])
    }

    /// The same file with another text.
    pub(crate) fn with(&self, text: String) -> Self {
        Self { text, ..self.clone() }
    }

    pub(crate) fn hooks(&self) -> Result<Hooks, Error> {
        let hooks = match self.notation {
            Notation::Json => json::hooks(&self.text),
            Notation::Toml => toml::hooks(&self.text),
        };
        hooks.map_err(|refusal| self.refused(refusal))
    }

    pub(crate) fn edit(&mut self, step: &Step<'_>) -> Result<(), Error> {
        let text = match self.notation {
            Notation::Json => json::edit(&self.text, step),
            Notation::Toml => toml::edit(&self.text, step),
        };
        self.text = text.map_err(|refusal| self.refused(refusal))?;
        Ok(())
    }

    /// What Codex trusts. Only `config.toml` says.
    pub(crate) fn trusted(&self) -> Result<BTreeMap<String, Trust>, Error> {
        match self.notation {
            Notation::Json => Ok(BTreeMap::new()),
            Notation::Toml => toml::trust::read(&self.text).map_err(|refusal| self.refused(refusal)),
        }
    }

    fn refused(&self, Refusal { at, reason }: Refusal) -> Error {
        let (line, column) = position(&self.text, at);
        Error::Refused { path: self.path.clone(), line, column, reason }
    }
}
