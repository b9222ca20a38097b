//! A hook file as it stands, in either notation, and where one finds things in it.

use std::ops::Range;

use serde_json::Value;

use super::Notation;
use crate::error::Refusal;
use crate::layout::Style;
use crate::tree::{self, Entry, Kind, Node, Way};

pub(super) struct Doc<'a> {
    pub(super) text: &'a str,
    pub(super) notation: Notation,
    pub(super) root: Node,
    pub(super) style: Style,
}

impl<'a> Doc<'a> {
    /// A text without anything in it is a file without hooks.
    pub(super) fn read(notation: Notation, text: &'a str) -> Result<Self, Refusal> {
        let root = match notation {
            Notation::Json if text.trim().is_empty() => Node { at: 0..0, kind: Kind::Table(Vec::new(), Way::Brackets) },
            Notation::Json => tree::read_json(text)?.root,
            Notation::Toml => tree::read_toml(text)?,
        };
        if !root.is_table() {
            return Err(Refusal::new(root.at.start, "the file is no object"));
        }
        let style = match notation {
            Notation::Json => json_style(text, &root),
            Notation::Toml => Style::of_toml(text),
        };
        Ok(Self { text, notation, root, style })
    }

    pub(super) fn is_blank(&self) -> bool {
        self.root.at.is_empty()
    }

    /// What holds the events.
    pub(super) fn events(&self) -> Result<Option<&Node>, Refusal> {
        let hooks = only(&self.root, "hooks")?.map(|entry| &entry.value);
        match hooks.filter(|hooks| !hooks.is_table()) {
            Some(hooks) => Err(refusal(hooks, "`hooks` does not hold events by name")),
            None => Ok(hooks),
        }
    }

    pub(super) fn event(&self, name: &str) -> Result<Option<&Entry>, Refusal> {
        let entry = self.events()?.map(|events| only(events, name)).transpose()?.flatten();
        match entry.filter(|entry| !is_list(&entry.value)) {
            Some(entry) => Err(refusal(&entry.value, format!("`{name}` is no list of groups"))),
            None => Ok(entry),
        }
    }

    pub(super) fn groups(&self, event: &str) -> Result<&Node, Refusal> {
        let entry = self.event(event)?.ok_or_else(|| Refusal::new(0, format!("there is no `{event}`")))?;
        Ok(&entry.value)
    }

    pub(super) fn group(&self, event: &str, group: usize) -> Result<&Node, Refusal> {
        element(self.groups(event)?, group)
    }

    /// `None` where the group has no list of them.
    pub(super) fn handlers(&self, event: &str, group: usize) -> Result<Option<&Node>, Refusal> {
        let hooks = only(self.group(event, group)?, "hooks")?.map(|entry| &entry.value);
        match hooks.filter(|hooks| !is_list(hooks)) {
            Some(hooks) => Err(refusal(hooks, "`hooks` is no list of handlers")),
            None => Ok(hooks),
        }
    }

    pub(super) fn handler(&self, event: &str, group: usize, handler: usize) -> Result<&Node, Refusal> {
        let group_node = self.group(event, group)?;
        let handlers = self.handlers(event, group)?.ok_or_else(|| refusal(group_node, "the group has no handler"))?;
        element(handlers, handler)
    }

    pub(super) fn slice(&self, at: &Range<usize>) -> &'a str {
        &self.text[at.clone()]
    }

    pub(super) fn value(&self) -> Value {
        value(self.text, &self.root)
    }
}

/// What this name stands for. It must not stand there twice.
pub(super) fn only<'n>(node: &'n Node, name: &str) -> Result<Option<&'n Entry>, Refusal> {
    let mut named = node.entries().iter().filter(|entry| entry.name == name);
    let found = named.next();
    match named.next() {
        Some(again) => Err(Refusal::new(again.key.start, format!("`{name}` stands here for the second time"))),
        None => Ok(found),
    }
}

fn element(list: &Node, index: usize) -> Result<&Node, Refusal> {
    let element =
        list.list().get(index).ok_or_else(|| refusal(list, format!("there is no number {index} in the list")))?;
    if element.is_table() { Ok(element) } else { Err(refusal(element, "this is no object")) }
}

pub(super) fn refusal(node: &Node, reason: impl Into<String>) -> Refusal {
    Refusal::new(node.at.start, reason)
}

pub(super) fn is_list(node: &Node) -> bool {
    matches!(node.kind, Kind::List(..))
}

/// Whether it has lines for itself, and no brackets around it.
pub(super) fn in_lines(node: &Node) -> bool {
    matches!(node.kind, Kind::List(_, Way::Lines | Way::Dots) | Kind::Table(_, Way::Lines | Way::Dots))
}

/// What a node means. Of keys that stand there twice the last counts.
pub(super) fn value(text: &str, node: &Node) -> Value {
    match &node.kind {
        Kind::Text(text) => Value::from(text.as_str()),
        Kind::Number(number) => serde_json::from_str(number).unwrap_or_else(|_| Value::from(number.as_str())),
        Kind::Bool(flag) => Value::from(*flag),
        Kind::Null => Value::Null,
        Kind::List(nodes, _) => nodes.iter().map(|node| value(text, node)).collect(),
        Kind::Table(entries, _) => {
            entries.iter().map(|entry| (entry.name.clone(), value(text, &entry.value))).collect()
        }
        Kind::Other => Value::from(&text[node.at.clone()]),
    }
}

fn json_style(text: &str, root: &Node) -> Style {
    let first = root.entries().first().map(|entry| (&entry.key, &entry.value.at));
    let mut style = Style::of_json(text, &root.at, first);
    if style.colon.trim() != ":" {
        style.colon = ": ".to_owned();
    }
    let events = root.get("hooks").map(|hooks| hooks.value.entries()).unwrap_or_default();
    let groups = events.iter().flat_map(|event| event.value.list());
    let handlers = groups.clone().filter_map(|group| group.get("hooks")).flat_map(|hooks| hooks.value.list());
    let objects = handlers.chain(groups).chain([root]).filter(|node| !node.entries().is_empty());
    let mut on_one_line = objects.map(|node| &text[node.at.clone()]).filter(|text| !text.contains('\n'));
    if on_one_line.next().is_some_and(|text| text.starts_with("{ ")) {
        style.pad = " ";
    }
    style
}
