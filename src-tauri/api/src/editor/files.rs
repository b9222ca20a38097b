//! The files that declare hooks, or may: whose they are, and whether they can be edited.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use config::discover::{self, Discovery};
use model::SourceKind;
use rustix::fs::{Access, access};

use super::drafts::{Draft, Drafts};
use super::{Place, digest, notation, reading};
use crate::agents::environment;
use crate::dto::{DropUpdate, HookFile, HookFileKind, NotationView, OpenHookFile, ReadOnly};
use crate::{Error, card};

const NAMES: [&str; 2] = ["hooks.json", "config.toml"];

/// Those of a session in this folder, the person's own first. A file that is not there yet is named where it may be made.
pub(super) fn files(place: &Place, folder: &Path, found: &Discovery) -> Vec<HookFile> {
    let mut paths: Vec<PathBuf> = NAMES.iter().map(|name| place.codex.join(name)).collect();
    for own in discover::folders(folder).into_iter().filter(|own| *own != place.codex) {
        paths.extend(NAMES.iter().map(|name| own.join(name)).filter(|path| path.exists()));
        let [first, _] = NAMES.map(|name| own.join(name));
        // A project without hooks: where the first would go.
        if !paths.contains(&first) && own.parent() == Some(folder) && environment::home().as_deref() != Some(folder) {
            paths.push(first);
        }
    }
    paths.push(place.paths.hooks());
    let sources = found.hooks.iter().map(|hook| &hook.source).chain(found.skipped.iter().map(|hook| &hook.source));
    let others = sources.filter(|source| source.path.is_file()).map(|source| source.path.clone());
    paths.extend(others.collect::<BTreeSet<_>>());
    let drafted = Drafts(&place.paths.drafts()).paths();
    // What was left unsaved is found again, wherever it belongs.
    paths.extend(drafted.iter().cloned());
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    let kind = |path: &Path| {
        let mut sources = found.hooks.iter().map(|hook| &hook.source);
        let known = sources.find(|source| source.path == path).map(|source| source.kind);
        kind(place, path, known)
    };
    let files = paths.iter().filter_map(|path| file(path, kind(path)).ok().map(|file| (path, file)));
    files.map(|(path, file)| HookFile { drafted: file.read_only.is_none() && drafted.contains(path), ..file }).collect()
}

/// One file as it stands on disk.
pub(super) fn open(place: &Place, path: &Path) -> Result<OpenHookFile, Error> {
    let file = file(path, kind(place, path, None))?;
    let text = config::read(path)?;
    let digest = digest(text.as_deref());
    let draft =
        Drafts(&place.paths.drafts()).of(path).filter(|draft| file.read_only.is_none() && !draft.says(text.as_deref()));
    let text = text.unwrap_or_default();
    let reading = reading::read(path, &text, &[])?;
    let file = HookFile { drafted: draft.is_some(), ..file };
    Ok(OpenHookFile { file, text, digest, reading, draft: draft.map(Draft::view) })
}

/// Files that a person dropped on the window: which of them are hook files, and why the first of the others is none.
pub(super) fn dropped(place: &Place, paths: &[PathBuf]) -> DropUpdate {
    let (mut files, mut refused) = (Vec::new(), None);
    for path in paths {
        match dropped_one(place, path) {
            Ok(file) => files.push(file),
            Err(error) => refused = refused.or(Some(error.into())),
        }
    }
    DropUpdate::Dropped { files, refused }
}

fn dropped_one(place: &Place, path: &Path) -> Result<HookFile, Error> {
    let meta = fs::metadata(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    if meta.is_dir() {
        return Err(config::Error::NotAFile(path.to_owned()).into());
    }
    Ok(open(place, path)?.file)
}

/// Keeps what a person made of a file, unsaved.
pub(super) fn keep(place: &Place, draft: &Draft) -> Result<(), Error> {
    if is_read_only(place, &draft.path) {
        return Err(Error::ReadOnly(draft.path.clone()));
    }
    notation(&draft.path)?;
    let there = config::read(&draft.path).ok().flatten();
    Drafts(&place.paths.drafts()).keep(draft, there.as_deref())
}

/// Whether it is only looked at.
pub(super) fn is_read_only(place: &Place, path: &Path) -> bool {
    read_only(path, kind(place, path, None)).is_some()
}

fn file(path: &Path, kind: HookFileKind) -> Result<HookFile, Error> {
    let notation = notation(path)?;
    let text = config::read(path);
    let outline = text.as_ref().ok().and_then(|text| config::outline(notation, text.as_deref()?).ok());
    let handlers = outline.map_or(0, |outline| outline.groups.iter().map(|group| group.handlers.len()).sum());
    Ok(HookFile {
        path: path.to_string_lossy().into_owned(),
        path_shown: card::pieces(&path.to_string_lossy()),
        kind,
        notation: match notation {
            config::Notation::Json => NotationView::Json,
            config::Notation::Toml => NotationView::Toml,
        },
        exists: fs::symlink_metadata(path).is_ok(),
        handlers: u32::try_from(handlers).unwrap_or(u32::MAX),
        read_only: read_only(path, kind),
        drafted: false,
    })
}

/// `known` is what the agent says of it.
fn kind(place: &Place, path: &Path, known: Option<SourceKind>) -> HookFileKind {
    use SourceKind::{Hosted, Plugin, Project, User};

    let folder = path.parent();
    match known {
        _ if path == place.paths.hooks() => HookFileKind::Hosted,
        _ if path.starts_with(place.codex.join("plugins")) => HookFileKind::Plugin,
        _ if folder == Some(&place.codex) => HookFileKind::User,
        Some(Hosted) => HookFileKind::Hosted,
        Some(Plugin) => HookFileKind::Plugin,
        Some(User) => HookFileKind::User,
        Some(Project) => HookFileKind::Project,
        Some(kind) if kind.is_managed() => HookFileKind::Managed,
        _ if folder.is_some_and(|folder| *folder == crate::hooks::system()) => HookFileKind::Managed,
        _ if folder.is_some_and(|folder| folder.ends_with(".codex")) => HookFileKind::Project,
        Some(_) | None => HookFileKind::Other,
    }
}

/// Hooks that somebody else is answerable for are only looked at.
fn read_only(path: &Path, kind: HookFileKind) -> Option<ReadOnly> {
    let there = path.ancestors().find(|path| path.exists())?;
    match kind {
        HookFileKind::Managed => Some(ReadOnly::Managed),
        HookFileKind::Plugin => Some(ReadOnly::Plugin),
        _ if access(there, Access::WRITE_OK).is_err() => Some(ReadOnly::NotOurs),
        HookFileKind::User | HookFileKind::Project | HookFileKind::Hosted | HookFileKind::Other => None,
    }
}
