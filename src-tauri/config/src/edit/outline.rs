//! What stands in a hook file, as written: also what no agent knows, and also in a file that an agent refuses.

use std::ops::Range;

use serde_json::Value;

use super::blocks;
use super::doc::{Doc, in_lines, value};
use super::{Notation, Refused};
use crate::tree::{Entry, Kind, Node};

/// The groups of a file, in its order. What has another shape than a group or handler is left out, and still counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    pub groups: Vec<GroupAt>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GroupAt {
    /// As it is written.
    pub event: String,
    /// From 0, within its event.
    pub group: usize,
    /// In bytes. Of tables with lines for themselves, from the first to the last.
    pub range: Range<usize>,
    pub matcher: Option<String>,
    pub handlers: Vec<HandlerAt>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct HandlerAt {
    /// From 0, within its group.
    pub handler: usize,
    pub range: Range<usize>,
    /// As it is written in `type`; `None` where no text stands there.
    pub kind: Option<String>,
    /// In the order of the file.
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub value: Value,
    /// Of the value.
    pub range: Range<usize>,
}

/// What stands in this text. Refused where it cannot be parsed; comments and trailing commas are passed over.
pub fn outline(notation: Notation, text: &str) -> Result<Outline, Refused> {
    let doc = Doc::read(notation, text).map_err(|refusal| Refused::new(text, refusal))?;
    let mut groups = Vec::new();
    for (index, entry) in events(&doc).iter().enumerate() {
        // Of an event that stands there twice, the first.
        if events(&doc)[..index].iter().all(|earlier| earlier.name != entry.name) {
            let tables = entry.value.list().iter().enumerate().filter(|(_, table)| table.is_table());
            groups.extend(tables.map(|(group, table)| doc.group_at(&entry.name, group, table)));
        }
    }
    groups.sort_by_key(|group: &GroupAt| group.range.start);
    Ok(Outline { groups })
}

fn events<'d>(doc: &'d Doc<'_>) -> &'d [Entry] {
    doc.root.get("hooks").map(|hooks| hooks.value.entries()).unwrap_or_default()
}

impl Doc<'_> {
    fn group_at(&self, event: &str, group: usize, table: &Node) -> GroupAt {
        let hooks = table.get("hooks").map(|hooks| hooks.value.list()).unwrap_or_default();
        let handlers = hooks.iter().enumerate().filter(|(_, table)| table.is_table());
        GroupAt {
            event: event.to_owned(),
            group,
            range: self.range(table),
            matcher: table.get("matcher").and_then(|matcher| matcher.value.text()).map(str::to_owned),
            handlers: handlers.map(|(handler, table)| self.handler_at(handler, table)).collect(),
        }
    }

    fn handler_at(&self, handler: usize, table: &Node) -> HandlerAt {
        let fields = table.entries().iter().map(|entry| Field {
            name: entry.name.clone(),
            value: value(self.text, &entry.value),
            range: self.range(&entry.value),
        });
        HandlerAt {
            handler,
            range: self.range(table),
            kind: table.get("type").and_then(|kind| kind.value.text()).map(str::to_owned),
            fields: fields.collect(),
        }
    }

    fn range(&self, node: &Node) -> Range<usize> {
        match &node.kind {
            Kind::Table(..) if in_lines(node) => {
                let ranges = blocks::pieces(node);
                let start = ranges.iter().map(|piece| blocks::at(piece).start).min();
                let end = ranges.iter().map(|piece| blocks::at(piece).end).max();
                start.unwrap_or(node.at.start)..end.unwrap_or(node.at.end)
            }
            _ => node.at.clone(),
        }
    }
}
