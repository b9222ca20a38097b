//! The layers of configuration Codex 0.169 reads, from the least to the most weighty.

use std::io;
use std::path::{Path, PathBuf};

use model::SourceKind;

use super::config_toml::{ConfigToml, Refused, fit_together, parse};
use super::{FileError, Flags, Places, overrides, project};
use crate::file;

/// What Codex calls the layer of a command line.
const SESSION_FLAGS: &str = "/<session-flags>/config.toml";

/// One layer: a `config.toml`, and perhaps the `hooks.json` beside it.
pub(super) struct Layer {
    pub(super) kind: SourceKind,
    /// Of the `config.toml`, whether it is there or not.
    pub(super) path: PathBuf,
    pub(super) json: Option<PathBuf>,
    pub(super) config: ConfigToml,
}

#[derive(Default)]
pub(super) struct Layers {
    /// What an administrator requires; not a layer, and before all of them.
    pub(super) requirements: Option<Layer>,
    pub(super) layers: Vec<Layer>,
    /// Where plugins are installed.
    pub(super) codex: Option<PathBuf>,
}

impl Layers {
    /// Those of a session in this folder.
    pub(super) fn of_session(places: &Places, cwd: &Path, flags: &Flags) -> Result<Self, FileError> {
        let words =
            |path: &Path, reason: &str| format!("failed to parse requirements layer {}: {reason}", path.display());
        let path = places.system.join("requirements.toml");
        let requirements = Layer::file(SourceKind::System, &path, |path, refused| words(path, &refused.drawn))?;
        if let Some(broken) = requirements.as_ref().and_then(|layer| layer.config.broken.as_ref()) {
            return Err(FileError { message: words(&path, &broken.error.message), path });
        }
        let mut layers =
            vec![Layer::folder(SourceKind::System, &places.system)?, Layer::folder(SourceKind::User, &places.codex)?];
        let session = session(flags)?;
        let before: Vec<_> = layers.iter().chain(&session).map(|layer| &layer.config).collect();
        let projects = project::layers(&before, cwd, &places.codex)?;
        layers.extend(projects);
        layers.extend(session);
        let managed = places.system.join("managed_config.toml");
        layers.extend(Layer::file(SourceKind::LegacyManagedConfigFile, &managed, located)?);
        Self { requirements, layers, codex: Some(places.codex.clone()) }.fitting()
    }

    /// Each file a user's.
    pub(super) fn of_files(files: &[PathBuf], flags: &Flags) -> Result<Self, FileError> {
        let mut layers = Vec::new();
        for file in files {
            let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            if file.extension().is_some_and(|extension| extension == "toml") {
                layers.extend(Layer::file(SourceKind::User, &file, located)?);
            } else {
                let config = ConfigToml::default();
                layers.push(Layer { kind: SourceKind::User, path: file.clone(), json: Some(file), config });
            }
        }
        layers.extend(session(flags)?);
        Self { layers, ..Self::default() }.fitting()
    }

    /// The last layer that says it counts.
    pub(super) fn reviewer(&self) -> Option<String> {
        let said = |layer: &Layer| layer.config.value.get("approvals_reviewer")?.as_str().map(str::to_owned);
        self.layers.iter().rev().find_map(said)
    }

    /// Refuses them where they are not of the right shape together.
    fn fitting(self) -> Result<Self, FileError> {
        let broken = |layer: &Layer| {
            let broken = layer.config.broken.as_ref()?;
            Some(FileError { path: layer.path.clone(), message: located(&layer.path, &broken.error) })
        };
        let profile = |layer: &Layer| {
            let profile = layer.config.profile.as_ref().filter(|_| layer.kind != SourceKind::Project)?;
            let message = format!(
                "legacy `profile = \"{profile}\"` config is no longer supported; use `--profile {profile}` with \
                 `{profile}.config.toml` instead"
            );
            Some(FileError { path: layer.path.clone(), message })
        };
        match self.layers.iter().find_map(broken) {
            Some(error) if !fit_together(self.layers.iter().map(|layer| &layer.config)) => Err(error),
            _ => self.layers.iter().find_map(profile).map_or(Ok(self), Err),
        }
    }
}

impl Layer {
    /// A folder's `config.toml` with its `hooks.json`. Neither has to be there.
    fn folder(kind: SourceKind, folder: &Path) -> Result<Self, FileError> {
        let path = folder.join("config.toml");
        let config = read(&path, located)?.unwrap_or_default();
        Ok(Self { kind, path, json: Some(folder.join("hooks.json")), config })
    }

    /// One file alone, if it is there.
    fn file(
        kind: SourceKind,
        path: &Path,
        words: impl Fn(&Path, &Refused) -> String,
    ) -> Result<Option<Self>, FileError> {
        let config = read(path, words)?;
        Ok(config.map(|config| Self { kind, path: path.to_owned(), json: None, config }))
    }
}

/// What a file configures; `None` where there is none.
pub(super) fn read(path: &Path, words: impl Fn(&Path, &Refused) -> String) -> Result<Option<ConfigToml>, FileError> {
    let error = |message| FileError { path: path.to_owned(), message };
    let text = match file::text(path) {
        Ok(text) => text,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(error(format!("Failed to read config file {}: {source}", path.display()))),
    };
    parse(&text).map(Some).map_err(|refused| error(words(path, &refused)))
}

/// Codex's words for most files.
pub(super) fn located(path: &Path, refused: &Refused) -> String {
    format!("{}:{}:{}: {}", path.display(), refused.line, refused.column, refused.message)
}

fn session(flags: &Flags) -> Result<Option<Layer>, FileError> {
    if flags.overrides.is_empty() {
        return Ok(None);
    }
    let (kind, path) = (SourceKind::SessionFlags, PathBuf::from(SESSION_FLAGS));
    let config = overrides::layer(&flags.overrides)
        .and_then(|text| parse(&text).map_err(|refused| refused.message))
        .and_then(|mut config| config.broken.take().map_or(Ok(config), |broken| Err(broken.error.message)))
        .map_err(|message| FileError { path: path.clone(), message })?;
    Ok(Some(Layer { kind, path, json: None, config }))
}
