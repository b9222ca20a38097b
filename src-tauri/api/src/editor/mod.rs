//! The hooks editor: which files there are, what stands in a text, what an edit does to it, and saving. The text is the window's;
//! nothing is kept here of what is open, but for the one file that is watched.

mod drafts;
mod files;
mod places;
mod reading;
mod recorded;
mod regroup;
mod saving;
#[cfg(test)]
mod tests;
mod watching;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::Notation;
use drafts::Draft;
use history::Reader;
use recorded::Recorded;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use watching::Watched;

use crate::agents::environment;
use crate::dto::{
    BackupView, DropUpdate, HookEdit, HookEdited, HookFile, HookReading, MergeView, OpenHookFile, SaveOutcome,
    SavePreview, TemplateView,
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
    recorded: Recorded,
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
    pub(crate) fn new(paths: Paths, hosted: Arc<Hosted>, reader: Reader) -> Self {
        let recorded = Recorded::of(reader);
        Self { paths, hosted, watched: Watched::default(), recorded, codex: Arc::default() }
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
        let (place, recorded) = (self.place().await, self.recorded.clone());
        let open = move || {
            recorded.look();
            let mut opened = files::open(&place, &path)?;
            recorded.mark(&mut opened.reading);
            Ok(opened)
        };
        aside(open).await
    }

    /// What a person dropped on the window. As with those of the file dialog, the name says which are hook files.
    pub async fn dropped(&self, paths: Vec<PathBuf>) -> Result<DropUpdate, Error> {
        let place = self.place().await;
        aside(move || Ok(files::dropped(&place, &paths))).await
    }

    /// Keeps what a person made of a file until it is saved. `base` is what stood in it when it was loaded.
    pub async fn keep(
        &self,
        path: PathBuf,
        text: String,
        base: Option<String>,
        templates: Vec<String>,
    ) -> Result<(), Error> {
        let place = self.place().await;
        aside(move || files::keep(&place, &Draft { path, text, base, templates })).await
    }

    /// What stands in a text of this file. `templates` are those whose scripts a save will write.
    pub async fn read(&self, path: PathBuf, text: String, templates: Vec<String>) -> Result<HookReading, Error> {
        let mut reading = aside(move || reading::read(&path, &text, &templates)).await?;
        self.recorded.mark(&mut reading);
        Ok(reading)
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
        let mut edited = aside(move || reading::edit(&paths, &path, &text, edit, &templates)).await?;
        self.recorded.mark(&mut edited.reading);
        Ok(edited)
    }

    /// What a save would do.
    pub async fn preview(&self, path: PathBuf, text: String, templates: Vec<String>) -> Result<SavePreview, Error> {
        let paths = self.paths.clone();
        aside(move || saving::preview(&paths, &path, &text, &templates)).await
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
        let save = move || saving::save(&place, &watched, &path, loaded.as_deref(), &text, &seen, &templates);
        let mut outcome = aside(save).await?;
        if let SaveOutcome::Saved { opened } = &mut outcome {
            self.recorded.mark(&mut opened.reading);
        }
        Ok(outcome)
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
