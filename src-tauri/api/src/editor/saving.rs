//! Saving: what it would do, doing it, and what was there before.

use std::fs;
use std::path::Path;

use config::gallery::{Scope, Template, templates as gallery};
use config::{Backups, Change, Plan, Reason};
use model::SourceKind;

use super::drafts::Drafts;
use super::reading::diagnostics;
use super::watching::Watched;
use super::{Place, digest, files, notation};
use crate::dto::{BackupView, FieldInFile, MergeView, SaveOutcome, SavePreview, ScriptView, TemplateView, TrustEffect};
use crate::{Error, Paths, card, plan};

/// What a save would do. Writes nothing.
pub(super) fn preview(paths: &Paths, path: &Path, text: &str, templates: &[String]) -> Result<SavePreview, Error> {
    let before = config::read(path)?;
    let change = changes(path, before.clone(), text, &[])?;
    let old = before.unwrap_or_default();
    let kind = if path == paths.hooks() { SourceKind::Hosted } else { SourceKind::User };
    let effects = config::trust_effects(kind, path, &old, text);
    Ok(SavePreview {
        digest: change.digest(),
        diff: plan::view(&change).files.into_iter().next(),
        diagnostics: diagnostics(path, text, templates),
        trust: effects.into_iter().map(effect).collect(),
        keeping: config::keeping(notation(path)?, &old, text),
    })
}

/// Writes what was looked at (`seen`), and the scripts of these templates first. Where the file is not what was loaded (`loaded`)
/// nothing is written.
pub(super) fn save(
    place: &Place,
    watched: &Watched,
    path: &Path,
    loaded: Option<&str>,
    text: &str,
    seen: &str,
    templates: &[String],
) -> Result<SaveOutcome, Error> {
    if files::is_read_only(place, path) {
        return Err(Error::ReadOnly(path.to_owned()));
    }
    let before = config::read(path)?;
    if digest(before.as_deref()).as_deref() != loaded {
        return Ok(SaveOutcome::Changed);
    }
    if changes(path, before.clone(), text, &[])?.digest() != seen {
        return Err(Error::PlanChanged);
    }
    // What cannot be read any more is mended first.
    config::outline(notation(path)?, text).map_err(|refused| refused.of(path))?;
    let saved = changes(path, before, text, templates)?;
    match watched.while_saving(path, text, || saved.apply(&place.paths.backups())) {
        Ok(_) => {
            // One that stays says what the file says, and is passed over.
            let _ = Drafts(&place.paths.drafts()).drop(path);
            Ok(SaveOutcome::Saved { opened: files::open(place, path)? })
        }
        Err(config::Error::Changed(changed)) if changed == path => Ok(SaveOutcome::Changed),
        Err(error) => Err(error.into()),
    }
}

/// The file that is to be written, behind the scripts that it needs.
fn changes(path: &Path, before: Option<String>, text: &str, templates: &[String]) -> Result<Plan, Error> {
    let mut changes = Vec::new();
    for template in gallery().iter().filter(|template| templates.iter().any(|id| id == template.id)) {
        let (Some(script), Some(to)) = (template.script(), template.script_path(path)) else { continue };
        match fs::read_to_string(&to) {
            Ok(there) if there == script.text => {}
            // Somebody's own: it is not what was looked at.
            Ok(_) => return Err(Error::ScriptThere(to)),
            Err(_) => {
                changes.push(Change { path: to, before: None, after: Some(script.text.into()), mode: Change::PROGRAM })
            }
        }
    }
    if before.as_deref() != Some(text) {
        changes.push(Change {
            path: path.to_owned(),
            before: before.map(String::into_bytes),
            after: Some(text.into()),
            mode: Change::PRIVATE,
        });
    }
    Ok(Plan { changes, reason: Reason::Save })
}

fn effect(config::Effect { key, event, command, effect }: config::Effect) -> TrustEffect {
    use crate::dto::TrustChange;

    TrustEffect {
        key,
        event: event.name().to_owned(),
        runs: card::pieces(&command),
        effect: match effect {
            config::TrustChange::New => TrustChange::New,
            config::TrustChange::Changed => TrustChange::Changed,
            config::TrustChange::Moved => TrustChange::Moved,
        },
    }
}

/// What is on disk now, and both changes since `base` put together.
pub(super) fn merge(path: &Path, base: &str, mine: &str) -> Result<MergeView, Error> {
    notation(path)?;
    let there = config::read(path)?;
    let digest = digest(there.as_deref());
    let theirs = there.unwrap_or_default();
    let bytes = |text: &str| Some(text.as_bytes().to_vec());
    let changed = Change { path: path.to_owned(), before: bytes(base), after: bytes(&theirs), mode: Change::PRIVATE };
    let diff = Plan { changes: vec![changed], reason: Reason::Save };
    let merged = config::merge(base, mine, &theirs);
    Ok(MergeView {
        digest,
        diff: plan::view(&diff).files.into_iter().next().filter(|_| base != theirs),
        theirs,
        merged: merged.text,
        conflicts: u32::try_from(merged.conflicts).unwrap_or(u32::MAX),
    })
}

/// What the file was before it was changed, the newest first.
pub(super) fn backups(backups: &Path, path: &Path) -> Result<Vec<BackupView>, Error> {
    let backups = Backups(backups).of(path)?;
    let view = |backup: config::Backup| BackupView {
        id: backup.id,
        at: backup.at.0.to_string(),
        reason: backup.reason,
        bytes: u32::try_from(backup.bytes).unwrap_or(u32::MAX),
    };
    Ok(backups.into_iter().map(view).collect())
}

/// The gallery, as its hooks would stand in this file.
pub(super) fn templates(path: &Path) -> Result<Vec<TemplateView>, Error> {
    notation(path)?;
    let home = crate::agents::environment::home().unwrap_or_default();
    let project = path.parent().filter(|folder| folder.ends_with(".codex")).and_then(Path::parent);
    let scope = match project.filter(|project| *project != home) {
        Some(root) => Scope::Project { root },
        None => Scope::User { home: &home },
    };
    Ok(gallery().iter().map(|template| template_view(template, path, scope)).collect())
}

fn template_view(template: &Template, path: &Path, scope: Scope<'_>) -> TemplateView {
    let field =
        |(name, value): (&str, serde_json::Value)| FieldInFile { name: name.to_owned(), value: value.to_string() };
    let script = template.script().zip(template.script_path(path));
    TemplateView {
        id: template.id.to_owned(),
        event: template.event.name().to_owned(),
        matcher: template.matcher.map(str::to_owned),
        handler: template.handler(path, scope).into_iter().map(field).collect(),
        script: script.map(|(script, path)| ScriptView {
            path: card::pieces(&path.to_string_lossy()),
            text: card::pieces(script.text),
            cut: false,
        }),
    }
}
