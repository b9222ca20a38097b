//! What stands in a hook file and where, also in one that Codex refuses: comments and trailing commas are passed over.

use std::ops::Range;

use jsonc_parser::ast::{Comment, ObjectProp, Value as Json};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};
use toml_edit::{Item, Key, TableLike, Value as Toml};

use crate::error::Refusal;
use crate::json::STRICT;

const MARK: &str = "\u{feff}";

/// A value, in bytes from the beginning of the file.
#[derive(Debug)]
pub(crate) struct Node {
    /// Of a table or list with lines for itself (TOML), only its header.
    pub(crate) at: Range<usize>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Text(String),
    /// As it is written.
    Number(String),
    Bool(bool),
    Null,
    List(Vec<Node>, Way),
    Table(Vec<Entry>, Way),
    /// A date of TOML.
    Other,
}

/// How a list or table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Brackets,
    /// `[table]` or `[[table]]`.
    Lines,
    /// By dotted keys.
    Dots,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) key: Range<usize>,
    pub(crate) value: Node,
}

/// A JSON file with what Codex does not let pass.
pub(crate) struct Lenient {
    pub(crate) root: Node,
    pub(crate) mark: Option<Range<usize>>,
    pub(crate) comments: Vec<Range<usize>>,
    pub(crate) commas: Vec<Range<usize>>,
}

impl Node {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        match &self.kind {
            Kind::List(nodes, _) => nodes,
            _ => &[],
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Table(entries, _) => entries,
            _ => &[],
        }
    }

    pub(crate) fn is_table(&self) -> bool {
        matches!(self.kind, Kind::Table(..))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.name == name)
    }
}

impl Entry {
    /// Key and value.
    pub(crate) fn at(&self) -> Range<usize> {
        self.key.start..self.value.at.end
    }
}

/// `None` where it cannot be told what stands there.
pub(crate) fn json(text: &str) -> Option<Lenient> {
    read_json(text).ok()
}

/// Or why it cannot be told what stands there.
pub(crate) fn read_json(text: &str) -> Result<Lenient, Refusal> {
    // A mark is three bytes, and so are the blanks that stand for it here.
    let mark = text.starts_with(MARK).then_some(0..MARK.len());
    let unmarked = text.replacen(MARK, "   ", usize::from(mark.is_some()));
    let options = ParseOptions { allow_comments: true, allow_trailing_commas: true, ..STRICT };
    let collect = CollectOptions { comments: CommentCollectionStrategy::Separate, tokens: false };
    let parsed = parse_to_ast(&unmarked, &collect, &options)
        .map_err(|error| Refusal::new(error.range().start, error.kind().to_string()))?;
    let mut comments: Vec<_> = parsed.comments.iter().flatten().flat_map(|(_, comments)| comments.iter()).collect();
    comments.sort_by_key(|comment| comment.start());
    comments.dedup_by_key(|comment| comment.start());
    let comments: Vec<_> = comments.into_iter().map(Comment::range).map(|at| at.start..at.end).collect();
    let root = json_node(&parsed.value.ok_or_else(|| Refusal::new(0, "nothing stands there"))?);
    let mut commas = Vec::new();
    trailing(&unmarked, &root, &comments, &mut commas);
    commas.sort_by_key(|at: &Range<usize>| at.start);
    Ok(Lenient { root, mark, comments, commas })
}

fn json_node(value: &Json<'_>) -> Node {
    let kind = match value {
        Json::StringLit(text) => Kind::Text(text.value.as_ref().to_owned()),
        Json::NumberLit(number) => Kind::Number(number.value.to_owned()),
        Json::BooleanLit(flag) => Kind::Bool(flag.value),
        Json::NullKeyword(_) => Kind::Null,
        Json::Array(array) => Kind::List(array.elements.iter().map(json_node).collect(), Way::Brackets),
        Json::Object(object) => Kind::Table(object.properties.iter().map(json_entry).collect(), Way::Brackets),
    };
    Node { at: value.start()..value.end(), kind }
}

fn json_entry(property: &ObjectProp<'_>) -> Entry {
    let key = property.name.start()..property.name.end();
    Entry { name: property.name.as_str().to_owned(), key, value: json_node(&property.value) }
}

/// Commas after the last element of what has brackets.
fn trailing(text: &str, node: &Node, comments: &[Range<usize>], found: &mut Vec<Range<usize>>) {
    let last = match &node.kind {
        Kind::List(nodes, _) => nodes.last().map(|node| node.at.end),
        Kind::Table(entries, _) => entries.last().map(|entry| entry.value.at.end),
        _ => None,
    };
    let mut rest = last.into_iter().flat_map(|last| last..node.at.end);
    let comma = rest.find(|at| text.as_bytes()[*at] == b',' && !comments.iter().any(|comment| comment.contains(at)));
    found.extend(comma.map(|at| at..at + 1));
    node.list().iter().for_each(|node| trailing(text, node, comments, found));
    node.entries().iter().for_each(|entry| trailing(text, &entry.value, comments, found));
}

/// `None` where it is no TOML.
pub(crate) fn toml(text: &str) -> Option<Node> {
    read_toml(text).ok()
}

pub(crate) fn read_toml(text: &str) -> Result<Node, Refusal> {
    let document = crate::toml::parse(text)?;
    Ok(Node { at: 0..0, kind: Kind::Table(entries(document.as_table()), Way::Lines) })
}

fn entries(table: &dyn TableLike) -> Vec<Entry> {
    let keyed = table.iter().filter_map(|(name, _)| table.get_key_value(name));
    let mut entries: Vec<_> = keyed.filter_map(|(key, item)| entry(key, item)).collect();
    entries.sort_by_key(|entry| entry.key.start);
    entries
}

fn entry(key: &Key, item: &Item) -> Option<Entry> {
    let value = toml_node(item)?;
    let key_at = key.span().unwrap_or(value.at.clone());
    Some(Entry { name: key.get().to_owned(), key: key_at, value })
}

fn toml_node(item: &Item) -> Option<Node> {
    match item {
        Item::None => None,
        Item::Value(value) => Some(toml_value(value)),
        Item::Table(table) => {
            let way = if table.is_dotted() { Way::Dots } else { Way::Lines };
            Some(Node { at: table.span().unwrap_or_default(), kind: Kind::Table(entries(table), way) })
        }
        Item::ArrayOfTables(tables) => {
            let nodes: Vec<_> = tables
                .iter()
                .map(|table| Node {
                    at: table.span().unwrap_or_default(),
                    kind: Kind::Table(entries(table), Way::Lines),
                })
                .collect();
            let at = nodes.first().map(|node| node.at.clone()).unwrap_or_default();
            Some(Node { at, kind: Kind::List(nodes, Way::Lines) })
        }
    }
}

fn toml_value(value: &Toml) -> Node {
    let kind = match value {
        Toml::String(text) => Kind::Text(text.value().clone()),
        Toml::Integer(number) => Kind::Number(number.display_repr().into_owned()),
        Toml::Float(number) => Kind::Number(number.display_repr().into_owned()),
        Toml::Boolean(flag) => Kind::Bool(*flag.value()),
        Toml::Datetime(_) => Kind::Other,
        Toml::Array(array) => Kind::List(array.iter().map(toml_value).collect(), Way::Brackets),
        Toml::InlineTable(table) => {
            let way = if table.is_dotted() { Way::Dots } else { Way::Brackets };
            Kind::Table(entries(table), way)
        }
    };
    Node { at: value.span().unwrap_or_default(), kind }
}
