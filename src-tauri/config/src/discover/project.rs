//! A project's own layers: which folders, whether they are trusted, and whose hooks a linked worktree has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use model::SourceKind;

use super::FileError;
use super::config_toml::{ConfigToml, Level};
use super::layers::{Layer, read};
use crate::file;

/// The trusted `.codex` folders from the project's root to `cwd`. What the layers before say decides.
pub(super) fn layers(before: &[&ConfigToml], cwd: &Path, codex: &Path) -> Result<Vec<Layer>, FileError> {
    let markers = before.iter().rev().find_map(|config| config.project_root_markers.clone());
    let place = Place::of(cwd, &markers.unwrap_or_else(|| vec![".git".to_owned()]));
    let levels = before.iter().flat_map(|config| &config.projects);
    let levels: BTreeMap<_, _> =
        levels.filter_map(|(folder, project)| Some((folder.as_str(), project.trust_level?))).collect();
    let mut layers = Vec::new();
    for folder in place.folders(cwd) {
        let own = folder.join(".codex");
        let is_users = own == codex || canonical(&own) == canonical(codex);
        if own.is_dir() && !is_users && place.level(&levels, folder) == Some(Level::Trusted) {
            layers.push(layer(&own, place.main_folder(folder))?);
        }
    }
    Ok(layers)
}

/// The `.codex` folders, there or not, from which a session in `cwd` may have hooks, the project's root first.
pub fn folders(cwd: &Path) -> Vec<PathBuf> {
    let place = Place::of(cwd, &[".git".to_owned()]);
    let folders = place.folders(cwd).into_iter();
    folders.map(|folder| place.main_folder(folder).unwrap_or_else(|| folder.join(".codex"))).collect()
}

/// `main` is where a linked worktree has its hooks from.
fn layer(own: &Path, main: Option<PathBuf>) -> Result<Layer, FileError> {
    let config = |folder: &Path, what: &str| {
        let config = read(&folder.join("config.toml"), |path, refused| {
            format!("Error parsing project {what} file {}: {}", path.display(), refused.drawn)
        });
        config.map(Option::unwrap_or_default)
    };
    let mut own_config = config(own, "config")?;
    own_config.notify = None;
    if let Some(main) = &main {
        let mut main_config = config(main, "hooks config")?;
        own_config.value["hooks"] = main_config.value["hooks"].take();
        own_config.hooks = main_config.hooks;
        own_config.broken = own_config.broken.or(main_config.broken);
    }
    let folder = main.as_deref().unwrap_or(own);
    Ok(Layer {
        kind: SourceKind::Project,
        path: folder.join("config.toml"),
        json: Some(folder.join("hooks.json")),
        config: own_config,
    })
}

/// Where a folder belongs.
struct Place {
    /// The nearest folder upwards with a marker, else the folder itself.
    root: PathBuf,
    /// The nearest one with a `.git`.
    checkout: Option<PathBuf>,
    /// The same, or the main checkout of a linked worktree.
    repository: Option<PathBuf>,
}

impl Place {
    fn of(cwd: &Path, markers: &[String]) -> Self {
        let marked = |folder: &&Path| markers.iter().any(|marker| folder.join(marker).exists());
        let root = cwd.ancestors().find(marked).unwrap_or(cwd).to_owned();
        let base = if cwd.is_dir() { Some(cwd) } else { cwd.parent() };
        let checkout = base.and_then(|base| base.ancestors().find(|folder| folder.join(".git").exists()));
        Self { root, checkout: checkout.map(Path::to_owned), repository: checkout.and_then(repository) }
    }

    /// From the root to `cwd`.
    fn folders<'a>(&self, cwd: &'a Path) -> Vec<&'a Path> {
        let mut folders = Vec::new();
        for folder in cwd.ancestors() {
            folders.push(folder);
            if folder == self.root {
                break;
            }
        }
        folders.reverse();
        folders
    }

    /// What is said of the folder itself, else of the project, else of the repository.
    fn level(&self, levels: &BTreeMap<&str, Level>, folder: &Path) -> Option<Level> {
        let said = |folder: &Path| {
            let spelled = |folder: &Path| levels.get(folder.to_str()?).copied();
            spelled(&canonical(folder)).or_else(|| spelled(folder))
        };
        said(folder).or_else(|| said(&self.root)).or_else(|| said(self.repository.as_deref()?))
    }

    /// The same `.codex` in the main checkout, where this is a linked worktree.
    fn main_folder(&self, folder: &Path) -> Option<PathBuf> {
        let (checkout, repository) = (self.checkout.as_deref()?, self.repository.as_deref()?);
        let inside = folder.strip_prefix(checkout).ok()?;
        (checkout != repository).then(|| repository.join(inside).join(".codex"))
    }
}

/// The main checkout. A linked worktree's `.git` is a file that names `<main>/.git/worktrees/<name>`, which must name it too.
fn repository(checkout: &Path) -> Option<PathBuf> {
    let git = checkout.join(".git");
    if git.is_dir() {
        return Some(canonical(checkout));
    }
    let text = file::text(&git).ok()?;
    let own = canonical(&checkout.join(text.strip_prefix("gitdir:")?.trim()));
    let common = own.parent().filter(|folder| folder.ends_with("worktrees"))?.parent()?;
    let named = |file: &str| Some(canonical(&own.join(file::text(&own.join(file)).ok()?.trim_end())));
    let mutual = named("commondir")? == common && named("gitdir")? == canonical(&git);
    mutual.then(|| common.parent().map(canonical)).flatten()
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
