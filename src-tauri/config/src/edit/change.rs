//! The changes of the text that an edit comes to: adding, setting and taking out.

use serde_json::Value;

use super::blocks::{self, Where};
use super::doc::{Doc, in_lines, is_list, only, refusal, value};
use super::item::{Form, Item, bracketed, handlers_path, inserted};
use super::relocate::{duplicated, moved};
use super::write::{self, path};
use super::{Edit, Edited, Notation, Place};
use crate::error::Refusal;
use crate::layout::{Json, Layout};
use crate::list::{indent, is_separator, line_start};
use crate::replace::Replace;
use crate::toml::lines::{Piece, cuts};
use crate::tree::{Entry, Kind, Node};

pub(super) fn changes(doc: &Doc<'_>, edit: &Edit) -> Result<Edited, Refusal> {
    match edit {
        Edit::AddGroup { event, matcher, handler } => {
            let item = Item::New(write::group(doc, matcher.as_deref(), handler));
            let group = doc.event(event)?.map_or(0, |entry| entry.value.list().len());
            let place = Place::Group { event: event.clone(), group };
            Ok(Edited { changes: group_into(doc, event, group, &item)?, place: Some(place) })
        }
        Edit::AddHandler { event, group, handler } => {
            let item = Item::New(write::handler(doc, handler));
            let index = doc.handlers(event, *group)?.map_or(0, |handlers| handlers.list().len());
            let place = Place::Handler { event: event.clone(), group: *group, handler: index };
            Ok(Edited { changes: handler_into(doc, (event, *group), index, &item)?, place: Some(place) })
        }
        Edit::SetMatcher { event, group, matcher } => {
            let node = doc.group(event, *group)?;
            let none = only(node, "matcher")?.is_none_or(|entry| matches!(entry.value.kind, Kind::Null));
            let place = Some(Place::Group { event: event.clone(), group: *group });
            let changes = match matcher {
                None if none => Vec::new(),
                matcher => {
                    let matcher = matcher.as_deref().map(Value::from);
                    set(doc, node, "matcher", matcher.as_ref(), Where::First)?
                }
            };
            Ok(Edited { changes, place })
        }
        Edit::SetField { place, name, value } => {
            let changes = set(doc, standing(doc, place)?, name, value.as_ref(), Where::Last)?;
            Ok(Edited { changes, place: Some(place.clone()) })
        }
        Edit::Remove(place) => {
            standing(doc, place)?;
            Ok(Edited { changes: removal(doc, place)?, place: None })
        }
        Edit::Vacate { event, group } => {
            let changes = vacated(doc, doc.group(event, *group)?);
            Ok(Edited { changes, place: Some(Place::Group { event: event.clone(), group: *group }) })
        }
        Edit::Move { place, to } => moved(doc, place, to),
        Edit::Duplicate(place) => duplicated(doc, place),
    }
}

pub(super) fn standing<'d>(doc: &'d Doc<'_>, place: &Place) -> Result<&'d Node, Refusal> {
    match place {
        Place::Group { event, group } => doc.group(event, *group),
        Place::Handler { event, group, handler } => doc.handler(event, *group, *handler),
    }
}

/// Puts a group into its event, which may not be there yet.
pub(super) fn group_into(doc: &Doc<'_>, event: &str, index: usize, item: &Item<'_>) -> Result<Vec<Replace>, Refusal> {
    match doc.event(event)? {
        Some(entry) => item.put_into(doc, &entry.value, index, &path(event)),
        None if index > 0 => Err(Refusal::new(0, format!("there is no `{event}`"))),
        None => new_event(doc, event, item),
    }
}

/// Puts a handler into its group, which may have no list of them yet.
pub(super) fn handler_into(
    doc: &Doc<'_>,
    (event, group): (&str, usize),
    index: usize,
    item: &Item<'_>,
) -> Result<Vec<Replace>, Refusal> {
    let node = doc.group(event, group)?;
    match doc.handlers(event, group)? {
        Some(handlers) => item.put_into(doc, handlers, index, &handlers_path(event)),
        None if index > 0 => Err(refusal(node, "the group has no handler")),
        None if in_lines(node) => {
            let block = item.block(doc, &handlers_path(event), indent(doc.text, node.at.start))?;
            Ok(vec![blocks::behind(doc.text, node, &block, doc.style.eol)])
        }
        None => {
            let list = bracketed(node)?;
            inserted(&list, doc, list.items.len(), |layout| item.write_list(doc, "hooks", layout))
        }
    }
}

/// How the groups of a new event are listed: as those of the last that is there.
pub(super) fn form_of_new(doc: &Doc<'_>) -> Result<Form, Refusal> {
    let events = doc.events()?;
    let last = events.and_then(last_event);
    Ok(match (doc.notation, events, last) {
        (Notation::Json, _, _) => Form::Brackets,
        (Notation::Toml, _, Some(last)) => Form::of(&last.value),
        (Notation::Toml, Some(events), None) => Form::of(events),
        (Notation::Toml, None, None) => Form::Lines,
    })
}

fn last_event(events: &Node) -> Option<&Entry> {
    events.entries().iter().rfind(|entry| is_list(&entry.value))
}

fn new_event(doc: &Doc<'_>, event: &str, item: &Item<'_>) -> Result<Vec<Replace>, Refusal> {
    let Some(events) = doc.events()? else { return new_events(doc, event, item) };
    match (form_of_new(doc)?, in_lines(events)) {
        (_, false) => {
            let list = bracketed(events)?;
            let pad = if list.items.is_empty() && doc.notation == Notation::Toml { " " } else { "" };
            inserted(&list, doc, list.items.len(), |layout| {
                Ok(format!("{pad}{}{pad}", item.write_list(doc, event, layout)?))
            })
        }
        (Form::Brackets, true) => {
            let last = last_event(events).ok_or_else(|| refusal(events, "there is no event"))?.at();
            let prefix = &doc.text[line_start(doc.text, last.start)..last.start];
            let line = item.write_list(doc, event, Layout::OneLine)?;
            let end = blocks::line_end(doc.text, last.end);
            Ok(vec![Replace { range: end..end, with: format!("{}{prefix}{line}", doc.style.eol) }])
        }
        (Form::Lines, true) => {
            Ok(vec![blocks::at_the_end(doc.text, &item.block(doc, &path(event), "")?, doc.style.eol)])
        }
    }
}

/// The first event of a file.
fn new_events(doc: &Doc<'_>, event: &str, item: &Item<'_>) -> Result<Vec<Replace>, Refusal> {
    let eol = doc.style.eol;
    let Item::New(group) = item else { return Err(Refusal::new(0, "there is nothing to be moved")) };
    if doc.notation == Notation::Toml {
        return Ok(vec![blocks::at_the_end(doc.text, &item.block(doc, &path(event), "")?, eol)]);
    }
    let events = Json::Object(vec![(event, Json::List(vec![group.clone()]))]);
    if doc.is_blank() {
        let file = doc.write(&Json::Object(vec![("hooks", events)]), Layout::Lines { base: "" })?;
        return Ok(vec![Replace { range: 0..doc.text.len(), with: format!("{file}{eol}") }]);
    }
    let list = bracketed(&doc.root)?;
    inserted(&list, doc, list.items.len(), |layout| doc.write_field("hooks", &events, layout))
}

/// Sets or takes out one field of a group or handler.
fn set(doc: &Doc<'_>, node: &Node, name: &str, wish: Option<&Value>, where_to: Where) -> Result<Vec<Replace>, Refusal> {
    match (only(node, name)?, wish) {
        (None, None) => Ok(Vec::new()),
        (Some(entry), Some(wish)) if value(doc.text, &entry.value) == *wish => Ok(Vec::new()),
        (Some(entry), None) => field_removal(doc, node, entry),
        (None, Some(wish)) => new_field(doc, node, name, wish, where_to),
        (Some(entry), Some(wish)) if in_lines(&entry.value) => {
            let mut changes = field_removal(doc, node, entry)?;
            changes.extend(new_field(doc, node, name, wish, where_to)?);
            Ok(changes)
        }
        (Some(entry), Some(wish)) => {
            let old = &entry.value;
            let short = is_composed(old) && !doc.slice(&old.at).contains('\n');
            let base = indent(doc.text, entry.key.start);
            let layout = match doc.slice(&node.at).contains('\n') && !short {
                true => Layout::Lines { base },
                false => Layout::OneLine,
            };
            let with = doc.write(&Json::Value(wish), layout).map_err(|refusal| placed(refusal, old))?;
            Ok(vec![Replace { range: old.at.clone(), with }])
        }
    }
}

/// Whether it has something inside.
fn is_composed(node: &Node) -> bool {
    !node.list().is_empty() || !node.entries().is_empty()
}

fn new_field(doc: &Doc<'_>, node: &Node, name: &str, wish: &Value, where_to: Where) -> Result<Vec<Replace>, Refusal> {
    let wish = Json::Value(wish);
    let write = |layout: Layout<'_>| doc.write_field(name, &wish, layout).map_err(|refusal| placed(refusal, node));
    if in_lines(node) {
        let line = write(Layout::OneLine)?;
        let change = blocks::statement(doc.text, node, where_to, &line, doc.style.eol);
        return Ok(vec![change.ok_or_else(|| refusal(node, "the table has no line of its own"))?]);
    }
    let list = bracketed(node)?;
    let index = match where_to {
        Where::First => 0,
        Where::Last => list.items.len(),
    };
    inserted(&list, doc, index, write)
}

/// A refusal of a value, told of where it was to go.
fn placed(refusal: Refusal, node: &Node) -> Refusal {
    Refusal { at: node.at.start, ..refusal }
}

fn field_removal(doc: &Doc<'_>, node: &Node, entry: &Entry) -> Result<Vec<Replace>, Refusal> {
    if in_lines(node) {
        return Ok(cuts(doc.text, blocks::of(entry)));
    }
    let list = bracketed(node)?;
    let index = list.items.iter().position(|item| *item == entry.at());
    Ok(list.removal(doc.text, index.ok_or_else(|| refusal(node, "the field is not there"))?))
}

/// Takes a group or handler out. The last group of an event takes the event with it, where no comment stands beside it.
pub(super) fn removal(doc: &Doc<'_>, place: &Place) -> Result<Vec<Replace>, Refusal> {
    let (list, index) = match place {
        Place::Group { event, group } => match (doc.events()?, doc.event(event)?) {
            (Some(events), Some(entry)) if is_alone(doc, entry) => return field_removal(doc, events, entry),
            _ => (doc.groups(event)?, *group),
        },
        Place::Handler { event, group, handler } => {
            let handlers = doc.handlers(event, *group)?;
            (handlers.ok_or_else(|| Refusal::new(0, "the group has no handler"))?, *handler)
        }
    };
    match (Form::of(list), list.list().get(index)) {
        (Form::Lines, Some(table)) => Ok(blocks::removal(doc.text, table)),
        (Form::Brackets, Some(_)) => Ok(bracketed(list)?.removal(doc.text, index)),
        (_, None) => Err(refusal(list, format!("there is no number {index} in the list"))),
    }
}

/// Whether an event holds one group in brackets and no comment beside it.
fn is_alone(doc: &Doc<'_>, Entry { key, value: list, .. }: &Entry) -> bool {
    let [only] = list.list() else { return false };
    let between = doc.text.get(key.end..list.at.start).unwrap_or_default().trim();
    let around = [list.at.start + 1..only.at.start, only.at.end..list.at.end - 1];
    !in_lines(list) && matches!(between, ":" | "=") && around.iter().all(|around| is_separator(doc.slice(around)))
}

fn vacated(doc: &Doc<'_>, group: &Node) -> Vec<Replace> {
    if group.entries().is_empty() {
        return Vec::new();
    }
    if !in_lines(group) {
        return vec![Replace { range: group.at.clone(), with: "{}".to_owned() }];
    }
    let below = blocks::line_end(doc.text, group.at.end);
    let region = blocks::region(doc.text, group).filter(|region| region.start <= group.at.start);
    let pieces = region.map(|region| vec![Piece::Statement(next_line(doc.text, below)..region.end)]);
    cuts(doc.text, pieces.unwrap_or_else(|| blocks::inside(group)))
}

fn next_line(text: &str, end: usize) -> usize {
    text[end..].find('\n').map_or(end, |newline| end + newline + 1)
}
