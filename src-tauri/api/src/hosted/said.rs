//! `hosted.toml` in the state folder: what a person said of hosted hooks. Read once; what others write into it while the app runs
//! has no effect and is undone.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use config::Trust;
use model::HookKey;
use serde::{Deserialize, Serialize};

use crate::whole::{self, Kept};
use crate::{Error, Paths};

/// What a person said, by the key of the hook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Said {
    pub(super) hooks: BTreeMap<String, OfHook>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct OfHook {
    /// The hash of what was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trusted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) grant: Option<Grant>,
}

/// That a hook's *allow* counts, as long as nothing of this has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    /// The hash of the entry.
    pub(super) entry: String,
    /// The SHA-256 of every file that the command names.
    pub(super) files: BTreeMap<PathBuf, String>,
}

impl Said {
    /// Nothing, where there is no file.
    pub(super) fn read(paths: &Paths) -> Result<Self, Error> {
        let path = paths.hosted();
        let invalid = |error: toml::de::Error| io::Error::new(io::ErrorKind::InvalidData, error);
        match whole::read(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| Error::File { path, source: invalid(error) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    /// Whole or not at all; readable by this user only.
    pub(super) fn write(&self, paths: &Paths) -> Result<(), Error> {
        whole::write(&paths.hosted(), &self.text(paths)?)
    }

    /// Puts the file back where it says something else.
    pub(super) fn keep(&self, paths: &Paths) -> Result<Kept, Error> {
        whole::keep(&paths.hosted(), &self.text(paths)?, || Self::read(paths).is_ok_and(|there| there == *self))
    }

    fn text(&self, paths: &Paths) -> Result<String, Error> {
        toml::to_string(self).map_err(|error| Error::File { path: paths.hosted(), source: io::Error::other(error) })
    }

    pub(super) fn trust(&self) -> BTreeMap<HookKey, Trust> {
        let trust = |said: &OfHook| Trust { hash: said.trusted.clone(), enabled: said.enabled };
        self.hooks.iter().map(|(key, said)| (HookKey::new(key.as_str()), trust(said))).collect()
    }

    pub(super) fn grant(&self, key: &HookKey) -> Option<&Grant> {
        self.hooks.get(key.as_str())?.grant.as_ref()
    }
}
