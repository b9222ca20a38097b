//! One setting, written into the text of the file: its own value changes and nothing else.

use std::path::Path;

use model::Agent;
use serde::Serialize;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value, value};

use super::{CONTINUATIONS, LEAST_MEGABYTES, WAITING_SECONDS};
use crate::dto::{Notices, ProjectSettings, Setting};
use crate::{Error, Shortcut};

pub(super) fn put(document: &mut DocumentMut, setting: &Setting) -> Result<(), Error> {
    let refused = |what: &str| Error::Setting(what.to_owned());
    let (key, item) = match setting {
        Setting::Language { value } => ("language", value.map(word)),
        Setting::Theme { value } => ("theme", Some(word(*value))),
        Setting::PopupPlace { value } => ("popup_place", Some(word(*value))),
        Setting::Shortcut { value: None } => ("shortcut", None),
        Setting::Shortcut { value: Some(keys) } => {
            let shortcut: Shortcut = keys.parse().map_err(|_| refused(keys))?;
            ("shortcut", Some(value(shortcut.to_string())))
        }
        Setting::Notices { value: notices } => return put_notices(document, notices),
        Setting::KeepDays { value: Some(0) } => return Err(refused("0 days")),
        Setting::KeepMegabytes { value: Some(megabytes) } if *megabytes < LEAST_MEGABYTES => {
            return Err(refused(&format!("{megabytes} megabytes")));
        }
        Setting::KeepMegabytes { value: megabytes } => {
            ("keep_megabytes", megabytes.map(|megabytes| value(i64::from(megabytes))))
        }
        Setting::Continuations { value: Some(times) } if !CONTINUATIONS.contains(times) => {
            return Err(refused(&format!("{times} continuations")));
        }
        Setting::Continuations { value: times } => ("continuations", times.map(|times| value(i64::from(times)))),
        Setting::Attach { value: attach } => ("attach", Some(value(*attach))),
        Setting::CodexHomes { value: homes } => return put_homes(document, homes),
        Setting::KeepDays { value: days } => ("keep_days", days.map(|days| value(i64::from(days)))),
        Setting::Welcomed { value: welcomed } => ("welcomed", Some(value(*welcomed))),
        Setting::Waiting { agent, seconds } => {
            if agent.parse::<Agent>().is_err() || !WAITING_SECONDS.contains(seconds) {
                return Err(refused(&format!("{seconds} seconds for {agent}")));
            }
            let table = document.entry("waiting").or_insert_with(|| Item::Table(Table::new()));
            let table = table.as_table_like_mut().ok_or_else(|| refused("waiting"))?;
            replace(table.entry(agent).or_insert(Item::None), value(i64::from(*seconds)));
            return Ok(());
        }
        Setting::Project(ProjectSettings { folder, waiting, review, secrets }) => {
            if waiting.is_some_and(|seconds| !WAITING_SECONDS.contains(&seconds)) || !Path::new(folder).is_absolute() {
                return Err(refused(&format!("{waiting:?} seconds for {folder:?}")));
            }
            let waiting = waiting.map(|seconds| value(i64::from(seconds)));
            let says = [("waiting", waiting), ("review", review.map(word)), ("secrets", secrets.map(word))];
            return put_project(document, folder, says);
        }
        Setting::StartAtLogin { .. } => return Err(refused("start at login")),
    };
    set(document.as_table_mut(), key, item);
    Ok(())
}

/// Sets or removes a value; the comments around it stay with it.
pub(crate) fn set(table: &mut dyn TableLike, key: &str, item: Option<Item>) {
    match item {
        Some(item) => replace(table.entry(key).or_insert(Item::None), item),
        None => {
            table.remove(key);
        }
    }
}

fn put_notices(document: &mut DocumentMut, notices: &Notices) -> Result<(), Error> {
    let table = document.entry("notices").or_insert_with(|| Item::Table(Table::new()));
    let table = table.as_table_like_mut().ok_or_else(|| Error::Setting("notices".to_owned()))?;
    for (key, item) in [
        ("by", word(notices.by)),
        ("text", value(notices.text)),
        ("sound", value(notices.sound)),
        ("follow_do_not_disturb", value(notices.follow_do_not_disturb)),
    ] {
        replace(table.entry(key).or_insert(Item::None), item);
    }
    Ok(())
}

/// Those that stay keep their place, and the comments around it.
fn put_homes(document: &mut DocumentMut, homes: &[String]) -> Result<(), Error> {
    let key = "codex_homes";
    let mut wanted: Vec<&Path> = Vec::new();
    for home in homes.iter().map(Path::new) {
        if !home.is_absolute() {
            return Err(Error::Setting(format!("{home:?}")));
        }
        if !wanted.contains(&home) {
            wanted.push(home);
        }
    }
    if wanted.is_empty() {
        document.remove(key);
        return Ok(());
    }
    let array = document.entry(key).or_insert_with(|| value(Array::new()));
    let array = array.as_array_mut().ok_or_else(|| Error::Setting(key.to_owned()))?;
    let is = |there: &Value, home: &Path| there.as_str().is_some_and(|there| Path::new(there) == home);
    array.retain(|there| wanted.iter().any(|home| is(there, home)));
    for home in wanted {
        if !array.iter().any(|there| is(there, home)) {
            array.push(home.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// Sets or clears what a project says, and forgets one that says nothing.
fn put_project(document: &mut DocumentMut, folder: &str, says: [(&str, Option<Item>); 3]) -> Result<(), Error> {
    let refused = || Error::Setting(format!("projects.{folder:?}"));
    // Sessions name their folder without links.
    let folder = Path::new(folder).canonicalize().unwrap_or_else(|_| folder.into());
    let folder = folder.to_str().ok_or_else(refused)?;
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let projects = document.entry("projects").or_insert(Item::Table(implicit));
    let projects = projects.as_table_like_mut().ok_or_else(refused)?;
    let project = projects.entry(folder).or_insert_with(|| Item::Table(Table::new()));
    let project = project.as_table_like_mut().ok_or_else(refused)?;
    says.into_iter().for_each(|(key, item)| set(project, key, item));
    if project.is_empty() {
        projects.remove(folder);
    }
    Ok(())
}

/// Puts a value in another's place, with the comments around it.
fn replace(place: &mut Item, mut item: Item) {
    if let (Some(before), Some(after)) = (place.as_value(), item.as_value_mut()) {
        *after.decor_mut() = before.decor().clone();
    }
    *place = item;
}

/// The word that stands for a choice, as in the DTO.
fn word(choice: impl Serialize) -> Item {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => value(word),
        other => unreachable!("a choice is a word: {other:?}"),
    }
}
