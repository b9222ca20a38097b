//! A group or a handler on its way into a list: new, or as it stands elsewhere.

use super::blocks;
use super::doc::{Doc, in_lines, refusal};
use super::write::path;
use crate::error::Refusal;
use crate::layout::{Json, Layout};
use crate::list::{List, indent};
use crate::replace::{Replace, replace_all};
use crate::tree::{Kind, Node};

#[derive(Clone)]
pub(super) enum Item<'a> {
    New(Json<'a>),
    /// As it stands between commas; the line on which it begins has this indentation.
    Raw {
        text: &'a str,
        base: &'a str,
    },
    /// Lines of TOML, without the end of the last.
    Block(String),
}

/// In which of its two ways TOML lists tables. JSON has only the first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Brackets,
    Lines,
}

impl Form {
    pub(super) fn of(list: &Node) -> Self {
        if in_lines(list) { Self::Lines } else { Self::Brackets }
    }
}

impl<'a> Item<'a> {
    /// What stands there, to be put into a list of this form below `event`.
    pub(super) fn standing(doc: &'a Doc<'a>, node: &'a Node, form: Form, event: &str) -> Result<Self, Refusal> {
        match (in_lines(node), form) {
            (false, Form::Brackets) => {
                Ok(Self::Raw { text: doc.slice(&node.at), base: indent(doc.text, node.at.start) })
            }
            (true, Form::Lines) => {
                let region = blocks::region(doc.text, node).ok_or_else(|| parted(node))?;
                let names = blocks::event_names(doc.text, node).into_iter();
                let names: Vec<_> = names
                    .map(|name| Replace {
                        range: name.start - region.start..name.end - region.start,
                        with: doc.write_name(event),
                    })
                    .collect();
                Ok(Self::Block(replace_all(doc.slice(&region), &names)))
            }
            (false, Form::Lines) | (true, Form::Brackets) => Ok(Self::New(json(node)?)),
        }
    }

    /// As an element of a list in brackets.
    fn write(&self, doc: &Doc<'_>, layout: Layout<'_>) -> Result<String, Refusal> {
        match (self, layout) {
            (Self::New(value), layout) => doc.write(value, layout),
            (Self::Raw { text, base: old }, Layout::Lines { base }) => Ok(indented(text, old, base)),
            (Self::Raw { text, .. }, Layout::OneLine) => Ok((*text).to_owned()),
            (Self::Block(_), _) => Err(Refusal::new(0, "a table with lines for itself cannot stand in brackets")),
        }
    }

    /// As the one element of a new list in brackets, under this name.
    pub(super) fn write_list(&self, doc: &Doc<'_>, name: &str, layout: Layout<'_>) -> Result<String, Refusal> {
        if let Self::New(value) = self {
            return doc.write_field(name, &Json::List(vec![value.clone()]), layout);
        }
        let (eol, colon) = (doc.style.eol, &doc.style.colon);
        let list = match layout {
            Layout::OneLine => format!("[{}]", self.write(doc, layout)?),
            Layout::Lines { base } => {
                let inside = format!("{base}{}", doc.style.unit);
                let item = self.write(doc, Layout::Lines { base: &inside })?;
                format!("[{eol}{inside}{item}{eol}{base}]")
            }
        };
        Ok(format!("{}{colon}{list}", doc.write_name(name)))
    }

    /// As one more table of the list at this path.
    pub(super) fn block(&self, doc: &Doc<'_>, path: &str, indent: &str) -> Result<String, Refusal> {
        match self {
            Self::New(value) => doc.block(path, value, indent),
            Self::Block(lines) => Ok(lines.clone()),
            Self::Raw { .. } => Err(Refusal::new(0, "what stands in brackets cannot have lines for itself")),
        }
    }

    /// In front of the element with this index, or at the end of the list. `below` says what the list is of.
    pub(super) fn put_into(
        &self,
        doc: &Doc<'_>,
        list: &Node,
        index: usize,
        below: &str,
    ) -> Result<Vec<Replace>, Refusal> {
        let nodes = list.list();
        if index > nodes.len() {
            return Err(refusal(list, format!("there is no place {index} in the list")));
        }
        let (Form::Lines, Some(last)) = (Form::of(list), nodes.last()) else {
            return inserted(&bracketed(list)?, doc, index, |layout| self.write(doc, layout));
        };
        let eol = doc.style.eol;
        let beside = nodes.get(index).unwrap_or(last);
        let block = self.block(doc, below, indent(doc.text, beside.at.start))?;
        Ok(vec![match nodes.get(index) {
            Some(next) => blocks::in_front(doc.text, next, &block, eol),
            None => blocks::behind(doc.text, last, &block, eol),
        }])
    }
}

/// Where the handlers of an event are listed.
pub(super) fn handlers_path(event: &str) -> String {
    format!("{}.hooks", path(event))
}

pub(super) fn parted(node: &Node) -> Refusal {
    refusal(node, "it is written in several parts, with something else between them")
}

/// One more element of what has brackets.
pub(super) fn inserted(
    list: &List,
    doc: &Doc<'_>,
    index: usize,
    item: impl FnOnce(Layout<'_>) -> Result<String, Refusal>,
) -> Result<Vec<Replace>, Refusal> {
    let mut failed = None;
    let changes = list.insertion(doc.text, &doc.style, index, |layout| {
        item(layout).unwrap_or_else(|refusal| {
            failed = Some(refusal);
            String::new()
        })
    });
    failed.map_or(Ok(changes), Err)
}

/// The elements of a list, or the properties of an object.
pub(super) fn bracketed(node: &Node) -> Result<List, Refusal> {
    let items = match &node.kind {
        Kind::List(nodes, _) => nodes.iter().map(|node| node.at.clone()).collect(),
        Kind::Table(entries, _) => {
            if let Some(dotted) = entries.iter().find(|entry| in_lines(&entry.value)) {
                return Err(Refusal::new(dotted.key.start, format!("`{}` is written with dots", dotted.name)));
            }
            entries.iter().map(|entry| entry.at()).collect()
        }
        Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Null | Kind::Other => {
            return Err(refusal(node, "this is neither a list nor an object"));
        }
    };
    Ok(List { whole: node.at.clone(), items })
}

/// What a node says, to be written in the other form.
fn json(node: &Node) -> Result<Json<'_>, Refusal> {
    match &node.kind {
        Kind::Text(text) => Ok(Json::Text(text)),
        Kind::Number(number) => Ok(Json::Plain(number.clone())),
        Kind::Bool(flag) => Ok(Json::Plain(flag.to_string())),
        Kind::List(nodes, _) => Ok(Json::List(nodes.iter().map(json).collect::<Result<_, _>>()?)),
        Kind::Table(entries, _) => {
            let fields = entries.iter().map(|entry| Ok((entry.name.as_str(), json(&entry.value)?)));
            Ok(Json::Object(fields.collect::<Result<_, _>>()?))
        }
        Kind::Null | Kind::Other => Err(refusal(node, "this cannot be written in another way")),
    }
}

/// The same lines with another indentation. Strings of JSON have no line breaks, and TOML is written as it is.
fn indented(text: &str, old: &str, new: &str) -> String {
    if old == new {
        return text.to_owned();
    }
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| match line.strip_prefix(old) {
        Some(rest) => format!("{text}\n{new}{rest}"),
        None => format!("{text}\n{line}"),
    })
}
