//! What stands in a text of a hook file, what is wrong with it, and what an edit in the form does to it.

use std::path::Path;

use agents::codex::{install, recorded};
use config::discover::{self, Diagnostic, Machine, Severity};
use config::{GroupAt, HandlerAt, Replace, gallery, replace_all};
use model::{HookEvent, Matcher};
use serde_json::Value;

use super::notation;
use super::places::Places;
use super::regroup;
use crate::dto::{
    DiagnosticView, FieldInFile, FieldWish, GroupInFile, HandlerInFile, HookEdit, HookEdited, HookPlace, HookReading,
    SeverityView, TextFix,
};
use crate::{Error, Paths, text};

/// `templates` are those of the gallery whose scripts a save will write.
pub(super) fn read(path: &Path, text: &str, templates: &[String]) -> Result<HookReading, Error> {
    let places = Places::of(text);
    let outline = config::outline(notation(path)?, text).ok();
    let groups = outline.map(|outline| outline.groups.iter().map(|group| group_view(path, &places, group)).collect());
    Ok(HookReading { groups, diagnostics: diagnostics(path, text, templates) })
}

pub(super) fn diagnostics(path: &Path, text: &str, templates: &[String]) -> Vec<DiagnosticView> {
    // A file that is yet to be made has nothing wrong in it.
    if text.is_empty() && !path.exists() {
        return Vec::new();
    }
    let places = Places::of(text);
    let scripts = gallery::templates().iter().filter(|template| templates.iter().any(|id| id == template.id));
    let coming = scripts.filter_map(|template| template.script_path(path)).collect();
    let found = discover::check_text(path, text, &Machine { coming, ..Machine::here() });
    found.into_iter().map(|diagnostic| diagnostic_view(&places, diagnostic)).collect()
}

fn diagnostic_view(places: &Places<'_>, found: Diagnostic) -> DiagnosticView {
    let Diagnostic { severity, code, range, line, column, message, hint, fix } = found;
    DiagnosticView {
        severity: match severity {
            Severity::Error => SeverityView::Error,
            Severity::Warning => SeverityView::Warning,
            Severity::Advice => SeverityView::Advice,
        },
        code: code.to_owned(),
        from: places.unit(range.start),
        to: places.unit(range.end),
        line: number(line),
        column: number(column),
        message: text::finding_pieces(&message),
        hint: hint.as_ref().map(text::finding_pieces),
        fix: fix.map(|fix| TextFix {
            title: text::finding(&fix.title),
            changes: fix.changes.iter().map(|change| places.change(change)).collect(),
        }),
    }
}

fn group_view(path: &Path, places: &Places<'_>, group: &GroupAt) -> GroupInFile {
    let event = HookEvent::from_name(&group.event);
    let matches = install::has_matcher(&event) && !matches!(event, HookEvent::Other(_));
    let matcher = Matcher::parse(group.matcher.as_deref().unwrap_or_default()).ok().filter(|_| is_of_a_tool(&event));
    GroupInFile {
        event: group.event.clone(),
        group: number(group.group),
        from: places.unit(group.range.start),
        to: places.unit(group.range.end),
        matcher: group.matcher.clone(),
        matches,
        hits: matcher.map(|matcher| discover::tools_hit(&matcher).into_iter().map(str::to_owned).collect()),
        recorded: Vec::new(),
        handlers: group.handlers.iter().map(|handler| handler_view(path, places, &event, group, handler)).collect(),
    }
}

fn is_of_a_tool(event: &HookEvent) -> bool {
    matches!(event, HookEvent::PreToolUse | HookEvent::PostToolUse | HookEvent::PermissionRequest)
}

fn handler_view(
    path: &Path,
    places: &Places<'_>,
    event: &HookEvent,
    group: &GroupAt,
    handler: &HandlerAt,
) -> HandlerInFile {
    let command = command(handler);
    let recorded = command.and_then(recorded::recorded);
    let field = |field: &config::Field| FieldInFile { name: field.name.clone(), value: field.value.to_string() };
    HandlerInFile {
        handler: number(handler.handler),
        key: install::key(path, event, group.group, handler.handler),
        from: places.unit(handler.range.start),
        to: places.unit(handler.range.end),
        kind: handler.kind.clone().unwrap_or_default(),
        fields: handler.fields.iter().map(field).collect(),
        ours: command.is_some_and(|command| install::ours(command).is_some()),
        recorded: recorded.is_some(),
        command: recorded.map(|recorded| recorded.command).or_else(|| command.map(str::to_owned)),
    }
}

fn command(handler: &HandlerAt) -> Option<&str> {
    handler.fields.iter().find(|field| field.name == "command")?.value.as_str()
}

/// What an edit does to the text, and what stands in it then.
pub(super) fn edit(
    paths: &Paths,
    path: &Path,
    text: &str,
    wish: HookEdit,
    templates: &[String],
) -> Result<HookEdited, Error> {
    let notation = notation(path)?;
    // A new group is shown by its one handler.
    let first = matches!(wish, HookEdit::AddGroup { .. }).then_some(0);
    let edited = match wish {
        HookEdit::Record { place, on } => config::edit(notation, text, &record(paths, path, text, place, on)?),
        HookEdit::SetField { place, field } => config::edit(notation, text, &kept_recorded(path, text, place, field)?),
        HookEdit::Regroup { place, into } => regroup::regrouped(notation, text, &place, into.map(|into| into as usize)),
        other => config::edit(notation, text, &edit_of(other)?),
    };
    let config::Edited { changes, place } = edited.map_err(|refused| refused.of(path))?;
    let places = Places::of(text);
    let after = replace_all(text, &changes);
    Ok(HookEdited {
        changes: changes.iter().map(|change: &Replace| places.change(change)).collect(),
        reading: read(path, &after, templates)?,
        place: place.map(place_view).map(|place| HookPlace { handler: place.handler.or(first), ..place }),
    })
}

fn edit_of(wish: HookEdit) -> Result<config::Edit, Error> {
    use config::Edit;

    let fields = |fields: Vec<FieldWish>| -> Result<Vec<_>, Error> {
        fields.into_iter().filter_map(|field| value(field).transpose()).collect()
    };
    Ok(match wish {
        HookEdit::AddGroup { event, matcher, handler } => Edit::AddGroup { event, matcher, handler: fields(handler)? },
        HookEdit::AddHandler { event, group, handler } => {
            Edit::AddHandler { event, group: group as usize, handler: fields(handler)? }
        }
        HookEdit::SetMatcher { event, group, matcher } => Edit::SetMatcher { event, group: group as usize, matcher },
        HookEdit::SetField { place, field } => {
            let name = field.name.clone();
            Edit::SetField { place: place_of(place), name, value: value(field)?.map(|(_, value)| value) }
        }
        HookEdit::Remove { place } => Edit::Remove(place_of(place)),
        HookEdit::Vacate { event, group } => Edit::Vacate { event, group: group as usize },
        HookEdit::Move { place, to } => Edit::Move { place: place_of(place), to: place_of(to) },
        HookEdit::Duplicate { place } => Edit::Duplicate(place_of(place)),
        HookEdit::Record { .. } | HookEdit::Regroup { .. } => return Err(Error::Setting("edit".to_owned())),
    })
}

/// The command wrapped or unwrapped.
fn record(paths: &Paths, path: &Path, text: &str, place: HookPlace, on: bool) -> Result<config::Edit, Error> {
    let before = standing(path, text, &place)?;
    let own = recorded::recorded(&before).map_or(before, |recorded| recorded.command);
    let command = if on { recorded::record(&own, &paths.relay(), paths.home())? } else { own };
    Ok(config::Edit::SetField { place: place_of(place), name: "command".to_owned(), value: Some(command.into()) })
}

/// A recorded hook whose command is edited stays recorded: the form shows the person's own command.
fn kept_recorded(path: &Path, text: &str, place: HookPlace, field: FieldWish) -> Result<config::Edit, Error> {
    let recorded = match field.name.as_str() {
        "command" => standing(path, text, &place).ok().and_then(|command| recorded::recorded(&command)),
        _ => None,
    };
    let Some((name, value)) = value(field.clone())? else {
        return edit_of(HookEdit::SetField { place, field });
    };
    let value = match (recorded, value.as_str()) {
        (Some(wrapped), Some(own)) => recorded::record(own, &wrapped.relay, wrapped.home.as_deref())?.into(),
        _ => value,
    };
    Ok(config::Edit::SetField { place: place_of(place), name, value: Some(value) })
}

/// The command that stands at a place.
fn standing(path: &Path, text: &str, place: &HookPlace) -> Result<String, Error> {
    let outline = config::outline(notation(path)?, text).map_err(|refused| refused.of(path))?;
    let group = outline.groups.iter().find(|group| group.event == place.event && number(group.group) == place.group);
    let handler = group.and_then(|group| group.handlers.iter().find(|at| Some(number(at.handler)) == place.handler));
    let command = handler.and_then(command).map(str::to_owned);
    command.ok_or_else(|| Error::HookChanged(format!("{} {} {:?}", place.event, place.group, place.handler)))
}

/// `None` takes it out.
fn value(FieldWish { name, value }: FieldWish) -> Result<Option<(String, Value)>, Error> {
    let Some(json) = value else { return Ok(None) };
    let value = serde_json::from_str(&json).map_err(|_| Error::Setting(name.clone()))?;
    Ok(Some((name, value)))
}

fn place_of(HookPlace { event, group, handler }: HookPlace) -> config::Place {
    match handler {
        Some(handler) => config::Place::Handler { event, group: group as usize, handler: handler as usize },
        None => config::Place::Group { event, group: group as usize },
    }
}

fn place_view(place: config::Place) -> HookPlace {
    match place {
        config::Place::Group { event, group } => HookPlace { event, group: number(group), handler: None },
        config::Place::Handler { event, group, handler } => {
            HookPlace { event, group: number(group), handler: Some(number(handler)) }
        }
    }
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
