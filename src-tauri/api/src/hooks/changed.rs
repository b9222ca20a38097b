//! Hooks of one file whose scripts are not what was shown when a person trusted them here, as diagnostics of that file.

use std::ops::Range;
use std::path::Path;

use agents::codex::install;
use chrono::DateTime;
use config::discover::{self, Diagnostic, Flags, Places, Severity, Words};
use config::{Notation, Outline};
use model::{Hook, HookEvent, Timestamp, Trust};

use super::since::Past;
use super::system;
use crate::Paths;

const CODE: &str = "script-changed";
const HINT: &str = "read it, and trust the hook again: the trust of Codex covers the command, and not the script";

/// In the order in which the agent lists the hooks. Of a file that it does not read there are none.
pub(super) fn diagnostics(paths: &Paths, file: &Path) -> Vec<Diagnostic> {
    let (Ok(file), Ok(Some(text))) = (file.canonicalize(), config::read(file)) else { return Vec::new() };
    let folder = file.parent().unwrap_or(Path::new("/"));
    let project = folder.parent().filter(|_| folder.ends_with(".codex")).unwrap_or(folder);
    let places = Places { codex: paths.codex().to_owned(), system: system() };
    let found = discover::discover(&places, project, &Flags::default());
    let here = |hook: &&Hook| hook.source.path.canonicalize().is_ok_and(|path| path == file);
    // Of one that was modified the agent itself says so.
    let trusted = found.hooks.iter().filter(|hook| hook.trust == Trust::Trusted).filter(here);
    let (trusted_here, backups) = (paths.trusted(), paths.backups());
    let past = Past { trusted: &trusted_here, backups: &backups };
    let outline = config::outline(Notation::of(&file), &text).unwrap_or_default();
    let changed = trusted.filter_map(|hook| {
        let (at, scripts) = past.changed(hook)?;
        Some(diagnostic(&text, place(&outline, hook)?, at, &scripts))
    });
    changed.collect()
}

fn place(outline: &Outline, hook: &Hook) -> Option<Range<usize>> {
    let groups = outline.groups.iter().filter(|group| HookEvent::from_name(&group.event) == hook.event);
    let mut handlers = groups.flat_map(|group| group.handlers.iter().map(move |handler| (group.group, handler)));
    let key = |group, handler| install::key(&hook.source.path, &hook.event, group, handler);
    let found = handlers.find(|(group, at)| key(*group, at.handler) == hook.key.as_str());
    found.map(|(_, at)| at.range.clone())
}

fn diagnostic(text: &str, range: Range<usize>, Timestamp(at): Timestamp, scripts: &[String]) -> Diagnostic {
    let before = &text[..range.start];
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let day = DateTime::from_timestamp_millis(at).map(|at| at.format(" on %Y-%m-%d").to_string()).unwrap_or_default();
    Diagnostic {
        severity: Severity::Warning,
        code: CODE,
        line: before.matches('\n').count() + 1,
        column: before[line..].chars().count() + 1,
        range,
        message: Words::told(format!("{} changed since you trusted this hook{day}", scripts.join(", "))),
        hint: Some(Words::told(HINT.to_owned())),
        fix: None,
    }
}
