//! The hooks editor: which files there are, what stands in a text, what an edit does to it, and saving. The text is the window's;
//! nothing is kept here of what is open, but for the one file that is watched.

mod files;
mod places;
mod reading;
mod saving;
#[cfg(test)]
mod tests;
mod watching;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::Notation;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use watching::Watched;

use crate::agents::environment;
use crate::dto::{
    BackupView, HookEdit, HookEdited, HookFile, HookReading, MergeView, OpenHookFile, SaveOutcome, SavePreview,
    TemplateView,
};
use crate::hooks::screen;
use crate::hosted::Hosted;
use crate::{Error, Paths};

/// The hooks editor of a running Hookwright. Clones are the same one.
#[derive(Clone)]
pub struct Editor {
    paths: Paths,
    hosted: Arc<Hosted>,
    watched: Watched,
    /// `CODEX_HOME`, spelled as Codex does. To find it may start the login shell, so it is looked for once.
    codex: Arc<OnceCell<PathBuf>>,
}

/// Where things are on this machine.
#[derive(Clone, Debug)]
struct Place {
    paths: Paths,
    codex: PathBuf,
}

impl Editor {
    pub(crate) fn new(paths: Paths, hosted: Arc<Hosted>) -> Self {
        Self { paths, hosted, watched: Watched::default(), codex: Arc::default() }
    }

    /// The files of a session in this folder; without one, the person's own.
    pub async fn files(&self, folder: Option<String>) -> Result<Vec<HookFile>, Error> {
        let folder = folder.map(PathBuf::from).or_else(environment::home).ok_or(Error::NoHome)?;
        let found = screen::find(&self.paths, &self.hosted, &folder).await?.discovery;
        let place = self.place().await;
        aside(move || Ok(files::files(&place, &folder, &found))).await
    }

    /// A file as it stands on disk; one that is not there has no text.
    pub async fn open(&self, path: PathBuf) -> Result<OpenHookFile, Error> {
        let place = self.place().await;
        aside(move || files::open(&place, &path)).await
    }

    /// What stands in a text of this file. `templates` are those whose scripts a save will write.
    pub async fn read(&self, path: PathBuf, text: String, templates: Vec<String>) -> Result<HookReading, Error> {
        aside(move || reading::read(&path, &text, &templates)).await
    }

    /// What an edit would do to the text. Changes nothing.
    pub async fn edit(
        &self,
        path: PathBuf,
        text: String,
        edit: HookEdit,
        templates: Vec<String>,
    ) -> Result<HookEdited, Error> {
        let paths = self.paths.clone();
        aside(move || reading::edit(&paths, &path, &text, edit, &templates)).await
    }

    /// What a save would do.
    pub async fn preview(&self, path: PathBuf, text: String, templates: Vec<String>) -> Result<SavePreview, Error> {
        aside(move || saving::preview(&path, &text, &templates)).await
    }

    /// Writes the text and the scripts of these templates, as it was seen in a preview. `loaded` is the digest of what was opened.
    pub async fn save(
        &self,
        path: PathBuf,
        loaded: Option<String>,
        text: String,
        seen: String,
        templates: Vec<String>,
    ) -> Result<SaveOutcome, Error> {
        let (place, watched) = (self.place().await, self.watched.clone());
        aside(move || saving::save(&place, &watched, &path, loaded.as_deref(), &text, &seen, &templates)).await
    }

    /// What is on disk now, and both changes since `base` put together.
    pub async fn merge(&self, path: PathBuf, base: String, mine: String) -> Result<MergeView, Error> {
        aside(move || saving::merge(&path, &base, &mine)).await
    }

    /// What the file was before it was changed, the newest first.
    pub async fn backups(&self, path: PathBuf) -> Result<Vec<BackupView>, Error> {
        let backups = self.paths.backups();
        aside(move || saving::backups(&backups, &path)).await
    }

    pub async fn backup(&self, path: PathBuf, id: String) -> Result<String, Error> {
        let backups = self.paths.backups();
        aside(move || Ok(config::Backups(&backups).read(&path, &id)?)).await
    }

    /// The gallery, as its hooks would stand in this file.
    pub async fn templates(&self, path: PathBuf) -> Result<Vec<TemplateView>, Error> {
        aside(move || saving::templates(&path)).await
    }

    /// Watches this file in place of the one before, and tells every change that is not our own, with the new digest.
    pub async fn watch(
        &self,
        path: PathBuf,
        tell: impl Fn(Option<String>) + Send + Sync + 'static,
    ) -> Result<(), Error> {
        notation(&path)?;
        let watched = self.watched.clone();
        let runtime = tokio::runtime::Handle::current();
        aside(move || {
            let _here = runtime.enter();
            watched.begin(&path, tell);
            Ok(())
        })
        .await
    }

    async fn place(&self) -> Place {
        let codex = self.codex.get_or_init(async || environment::codex().await.home).await;
        Place { paths: self.paths.clone(), codex: codex.clone() }
    }
}

/// How hooks are written in a file, by its name. Others are no hook files, and are neither shown nor written.
fn notation(path: &Path) -> Result<Notation, Error> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json" | "jsonc") => Ok(Notation::Json),
        Some("toml") => Ok(Notation::Toml),
        _ => Err(Error::NoHookFile(path.to_owned())),
    }
}

fn digest(text: Option<&str>) -> Option<String> {
    text.map(|text| config::digest(text.as_bytes()))
}

/// Reads and writes files where it keeps nobody waiting.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    spawn_blocking(work).await.map_err(|_| Error::Ending)?
}
