//! Taking tables and keys out of the text by lines. Comments on lines of their own stay, wherever they are.

use std::ops::Range;

use toml_edit::{InlineTable, Item, Key, Table};

use crate::list::{List, line_start};
use crate::replace::{Replace, replace_all};

/// Something that has whole lines for itself, in bytes.
pub(crate) enum Piece {
    /// `[table]` or `[[table]]`. The blank line in front of it goes with it.
    Header(Range<usize>),
    /// `key = value`. The key may be the last part of a dotted one.
    Statement(Range<usize>),
}

/// All of a table, the tables below it included.
pub(super) fn pieces(table: &Table) -> Vec<Piece> {
    let header = table.span().filter(|_| !table.is_implicit()).map(Piece::Header);
    header.into_iter().chain(inside(table)).collect()
}

/// All of a table but its header.
pub(super) fn inside(table: &Table) -> Vec<Piece> {
    table.iter().filter_map(|(name, _)| table.get_key_value(name)).flat_map(|(key, item)| of(key, item)).collect()
}

/// All of what stands under a key.
pub(super) fn of(key: &Key, item: &Item) -> Vec<Piece> {
    match item {
        Item::Table(table) => pieces(table),
        Item::ArrayOfTables(tables) => tables.iter().flat_map(pieces).collect(),
        Item::Value(value) => {
            let statement = key.span().zip(value.span()).map(|(key, value)| Piece::Statement(key.start..value.end));
            statement.into_iter().collect()
        }
        Item::None => Vec::new(),
    }
}

/// The text without these.
pub(super) fn cut(text: &str, pieces: Vec<Piece>) -> String {
    replace_all(text, &cuts(text, pieces))
}

/// Whole lines, sorted and apart from each other.
pub(crate) fn cuts(text: &str, mut pieces: Vec<Piece>) -> Vec<Replace> {
    pieces.sort_by_key(|piece| match piece {
        Piece::Header(at) | Piece::Statement(at) => at.start,
    });
    let mut gone: Vec<Range<usize>> = Vec::new();
    for piece in &pieces {
        let lines = match piece {
            Piece::Header(at) => before_blank_line(text, at.start)..line_end(text, at.end),
            Piece::Statement(at) => line_start(text, at.start)..line_end(text, at.end),
        };
        match gone.last_mut().filter(|last| last.end >= lines.start) {
            Some(last) => last.end = last.end.max(lines.end),
            None => gone.push(lines),
        }
    }
    // Where the last line of the text has no end, the line before it then has none either.
    if let Some(last) = gone.last_mut().filter(|last| last.end == text.len() && !text.ends_with('\n')) {
        let before = text[..last.start].strip_suffix('\n').unwrap_or_default();
        last.start = before.strip_suffix('\r').unwrap_or(before).len();
    }
    gone.into_iter().map(|range| Replace { range, with: String::new() }).collect()
}

/// The beginning of the line after that of `at`.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// The start of the line before that of `at`, if it is blank; else the start of its own.
fn before_blank_line(text: &str, at: usize) -> usize {
    let own = line_start(text, at);
    let Some(above) = text[..own].strip_suffix('\n') else { return own };
    let start = line_start(text, above.len());
    if above[start..].trim().is_empty() { start } else { own }
}

/// What stands in an inline table, dotted keys as one each, in the order of the text.
pub(crate) fn leaves(text: &str, table: &InlineTable) -> List {
    let items = sorted(text, table).into_iter().map(|(at, _)| at).collect();
    List { whole: table.span().unwrap_or_default(), items }
}

/// The text without the first leaf under this path. `None` where there is none.
pub(super) fn without_leaf(text: &str, table: &InlineTable, path: &[&str]) -> Option<String> {
    let under =
        |keys: &[&Key]| keys.len() >= path.len() && keys.iter().zip(path).all(|(key, name)| key.trim() == *name);
    let index = sorted(text, table).iter().position(|(_, keys)| under(keys))?;
    Some(leaves(text, table).without(text, index))
}

fn sorted<'a>(text: &str, table: &'a InlineTable) -> Vec<(Range<usize>, Vec<&'a Key>)> {
    let values = table.get_values().into_iter();
    let mut leaves: Vec<_> = values.filter_map(|(path, value)| Some((value.span()?, path))).collect();
    leaves.sort_by_key(|(at, _)| at.start);
    // A dotted key says where its last part stands, so its beginning is looked for from the value before.
    let mut end = table.span().unwrap_or_default().start + 1;
    for (at, _) in &mut leaves {
        at.start = next_key(text, end);
        end = at.end;
    }
    leaves
}

/// Past blanks, commas and comments.
fn next_key(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text[at..].trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        at = text.len() - rest.len();
        if !rest.starts_with('#') {
            return at;
        }
        at += rest.find('\n').unwrap_or(rest.len());
    }
}
