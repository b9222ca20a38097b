//! The changes of the text that moving and copying come to.

use std::ops::Range;

use super::blocks;
use super::change::{form_of_new, group_into, handler_into, removal, standing};
use super::doc::{Doc, refusal};
use super::item::{Form, Item, handlers_path, parted};
use super::write::path;
use super::{Edited, Place};
use crate::error::Refusal;
use crate::list::{line_start, with_comment_above};
use crate::replace::Replace;
use crate::tree::{Entry, Node};

pub(super) fn moved(doc: &Doc<'_>, place: &Place, target: &Place) -> Result<Edited, Refusal> {
    match (place, target) {
        (Place::Group { event, group: from }, Place::Group { event: to_event, group: to }) if event == to_event => {
            let (changes, group) = turned(doc, doc.groups(event)?, *from, *to)?;
            Ok(Edited { changes, place: Some(Place::Group { event: event.clone(), group }) })
        }
        (Place::Group { event, .. }, Place::Group { event: to_event, group: to }) => {
            let node = standing(doc, place)?;
            let there = doc.event(to_event)?;
            let groups = doc.groups(event)?.list().len();
            let changes = match (doc.event(event)?, there) {
                (Some(entry), None) if groups == 1 && *to == 0 => renamed(doc, entry, to_event),
                _ => {
                    let form = there.map_or_else(|| form_of_new(doc), |there| Ok(Form::of(&there.value)))?;
                    let item = Item::standing(doc, node, form, to_event)?;
                    let mut changes = group_into(doc, to_event, *to, &item)?;
                    changes.extend(removal(doc, place)?);
                    changes
                }
            };
            Ok(Edited { changes, place: Some(target.clone()) })
        }
        (
            Place::Handler { event, group, handler: from },
            Place::Handler { event: to_event, group: to_group, handler: to },
        ) if (event, group) == (to_event, to_group) => {
            standing(doc, place)?;
            let handlers = doc.handlers(event, *group)?.ok_or_else(|| Refusal::new(0, "the group has no handler"))?;
            let (changes, handler) = turned(doc, handlers, *from, *to)?;
            Ok(Edited { changes, place: Some(Place::Handler { event: event.clone(), group: *group, handler }) })
        }
        (Place::Handler { .. }, Place::Handler { event, group, handler }) => {
            let node = standing(doc, place)?;
            let form = Form::of(doc.handlers(event, *group)?.unwrap_or(doc.group(event, *group)?));
            let item = Item::standing(doc, node, form, event)?;
            let mut changes = handler_into(doc, (event, *group), *handler, &item)?;
            changes.extend(removal(doc, place)?);
            Ok(Edited { changes, place: Some(target.clone()) })
        }
        (Place::Group { .. }, Place::Handler { .. }) | (Place::Handler { .. }, Place::Group { .. }) => {
            Err(Refusal::new(0, "a group cannot stand in the place of a handler, nor a handler in that of a group"))
        }
    }
}

pub(super) fn duplicated(doc: &Doc<'_>, place: &Place) -> Result<Edited, Refusal> {
    let node = standing(doc, place)?;
    let (list, event, below) = match place {
        Place::Group { event, .. } => (Some(doc.groups(event)?), event, path(event)),
        Place::Handler { event, group, .. } => (doc.handlers(event, *group)?, event, handlers_path(event)),
    };
    let list = list.ok_or_else(|| refusal(node, "the group has no handler"))?;
    let last = list.list().len();
    let item = Item::standing(doc, node, Form::of(list), event)?;
    let copy = match place {
        Place::Group { .. } => Place::Group { event: event.clone(), group: last },
        Place::Handler { group, .. } => Place::Handler { event: event.clone(), group: *group, handler: last },
    };
    Ok(Edited { changes: item.put_into(doc, list, last, &below)?, place: Some(copy) })
}

/// The only group of an event goes to one that is not there yet: the event gets the other name.
fn renamed(doc: &Doc<'_>, event: &Entry, name: &str) -> Vec<Replace> {
    let names = match Form::of(&event.value) {
        Form::Brackets => vec![event.key.clone()],
        Form::Lines => event.value.list().iter().flat_map(|table| blocks::event_names(doc.text, table)).collect(),
    };
    names.into_iter().map(|range| Replace { range, with: doc.write_name(name) }).collect()
}

/// An element goes to another place of its list, and those between move up. What stands between them stays where it is; the comment
/// right above an element goes with it.
fn turned(doc: &Doc<'_>, list: &Node, from: usize, to: usize) -> Result<(Vec<Replace>, usize), Refusal> {
    let nodes = list.list();
    if from >= nodes.len() || to > nodes.len() {
        return Err(refusal(list, "there is no such place in the list"));
    }
    let to = if from < to { to - 1 } else { to };
    let (first, last) = (from.min(to), from.max(to));
    let slots = match Form::of(list) {
        Form::Lines => {
            nodes[first..=last].iter().map(|table| with_comment(doc.text, table)).collect::<Result<_, _>>()?
        }
        Form::Brackets => slots(doc.text, &nodes[first..=last]),
    };
    let mut order: Vec<_> = slots.iter().map(|slot| doc.slice(slot)).collect();
    if from < to {
        order.rotate_left(1);
    } else {
        order.rotate_right(1);
    }
    let changes = slots.into_iter().zip(order).filter(|(slot, text)| doc.slice(slot) != *text);
    Ok((changes.map(|(range, text)| Replace { range, with: text.to_owned() }).collect(), to))
}

fn with_comment(text: &str, table: &Node) -> Result<Range<usize>, Refusal> {
    let region = blocks::region(text, table).ok_or_else(|| parted(table))?;
    Ok(line_start(text, with_comment_above(text, table.at.start)).min(region.start)..region.end)
}

/// With the comments above where each element begins its own line.
fn slots(text: &str, nodes: &[Node]) -> Vec<Range<usize>> {
    let begins = |node: &Node| text[line_start(text, node.at.start)..node.at.start].trim().is_empty();
    let own = nodes.iter().all(begins);
    let start = |node: &Node| if own { with_comment_above(text, node.at.start) } else { node.at.start };
    nodes.iter().map(|node| start(node)..node.at.end).collect()
}
