//! Fixes, as replacements in the text: nothing but the touched entry changes.

use std::ops::Range;

use super::tree::{Entry, Kind, Node, Way};
use crate::Replace;
use crate::list::List;
use crate::toml::lines::{Piece, cuts};

/// A text to be mended, and how strings are written in it.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) is_toml: bool,
}

impl Text<'_> {
    /// A string as it is written.
    pub(super) fn string(self, text: &str) -> String {
        if self.is_toml { toml_edit::Value::from(text).to_string() } else { serde_json::Value::from(text).to_string() }
    }

    /// A key as it is written.
    fn key(self, name: &str) -> String {
        if self.is_toml { name.to_owned() } else { self.string(name) }
    }

    pub(super) fn rename(self, entry: &Entry, name: &str) -> Replace {
        Replace { range: entry.key.clone(), with: self.key(name) }
    }

    /// Without one entry, its comma and its line. Nothing where it is not written in one place.
    pub(super) fn without(self, table: &Node, entry: &Entry) -> Vec<Replace> {
        let Kind::Table(entries, way) = &table.kind else { return Vec::new() };
        if matches!(&entry.value.kind, Kind::Table(_, Way::Lines | Way::Dots) | Kind::List(_, Way::Lines)) {
            return Vec::new();
        }
        match way {
            Way::Brackets => {
                let items = entries.iter().map(Entry::at).collect();
                let index = entries.iter().position(|other| other.key == entry.key);
                let list = List { whole: table.at.clone(), items };
                index.map(|index| list.removal(self.text, index)).unwrap_or_default()
            }
            Way::Lines => cuts(self.text, vec![Piece::Statement(entry.at())]),
            Way::Dots => Vec::new(),
        }
    }

    /// With one more entry at the end of a table. `value` is as it is written.
    pub(super) fn with(self, table: &Node, name: &str, value: &str) -> Option<Replace> {
        let Kind::Table(entries, way) = &table.kind else { return None };
        let plain = |entry: &&Entry| !matches!(&entry.value.kind, Kind::Table(..) | Kind::List(_, Way::Lines));
        let last = entries.iter().rev().find(plain)?;
        let between = &self.text[last.key.end..last.value.at.start];
        let colon = if between.contains('\n') { ": " } else { between };
        let written = format!("{}{colon}{value}", self.key(name));
        if *way == Way::Lines {
            let line = &self.text[self.text[..last.key.start].rfind('\n').map_or(0, |end| end + 1)..];
            let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            let end = self.text[last.value.at.end..].find('\n').map_or(self.text.len(), |end| last.value.at.end + end);
            let (end, eol) = match self.text[..end].strip_suffix('\r') {
                Some(line) => (line.len(), "\r\n"),
                None => (end, "\n"),
            };
            return Some(Replace { range: end..end, with: format!("{eol}{indent}{written}") });
        }
        let last = entries.last()?;
        let before = entries.len().checked_sub(2).map_or(table.at.start + 1, |index| entries[index].value.at.end);
        let gap = self.text[before..last.key.start].trim_start_matches(',');
        let gap = match entries.len() {
            1 if !gap.contains('\n') => " ",
            _ if gap.trim().is_empty() => gap,
            _ => " ",
        };
        Some(Replace { range: last.value.at.end..last.value.at.end, with: format!(",{gap}{written}") })
    }

    /// Two pieces put around a range.
    pub(super) fn around(around: Range<usize>, [before, after]: [&str; 2]) -> Vec<Replace> {
        vec![
            Replace { range: around.start..around.start, with: before.to_owned() },
            Replace { range: around.end..around.end, with: after.to_owned() },
        ]
    }

    /// Where a part of a string's value stands in the file; all of it where its spelling hides that.
    pub(super) fn part(self, node: &Node, part: &Range<usize>) -> Range<usize> {
        self.spelled(node).and_then(|at| Some(*at.get(part.start)?..*at.get(part.end)?)).unwrap_or(node.at.clone())
    }

    /// A string with one part of its value changed; the spelling of the others stays.
    pub(super) fn replace_part(self, node: &Node, part: &Range<usize>, with: &str) -> Option<Replace> {
        let value = node.text()?;
        let literal = self.text[node.at.clone()].starts_with('\'');
        let inside = if literal { with.to_owned() } else { escaped(with) };
        let fits = !literal || !with.contains(|c: char| c == '\'' || c.is_control());
        match self.spelled(node).filter(|_| fits) {
            Some(at) => Some(Replace { range: *at.get(part.start)?..*at.get(part.end)?, with: inside }),
            None => {
                let value = [value.get(..part.start)?, with, value.get(part.end..)?].concat();
                Some(Replace { range: node.at.clone(), with: self.string(&value) })
            }
        }
    }

    /// Where each byte of a string's value stands in the file, and its end. `None` where it is not written on one line.
    fn spelled(self, node: &Node) -> Option<Vec<usize>> {
        let written = &self.text[node.at.clone()];
        let quote = written.chars().next()?;
        let inside = written.strip_prefix(quote)?.strip_suffix(quote)?;
        let first = node.at.start + 1;
        let (mut value, mut places) = (String::new(), Vec::new());
        let mut rest = inside;
        while let Some(next) = rest.chars().next() {
            let (read, length) = if next == '\\' && quote == '"' { unescaped(rest)? } else { (next, next.len_utf8()) };
            places.resize(value.len() + read.len_utf8(), first + inside.len() - rest.len());
            value.push(read);
            rest = &rest[length..];
        }
        places.push(first + inside.len());
        (Some(value.as_str()) == node.text()).then_some(places)
    }
}

/// The character of an escape, and how long that is.
fn unescaped(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    Some(match text[1..].chars().next()? {
        'n' => ('\n', 2),
        't' => ('\t', 2),
        'r' => ('\r', 2),
        'b' => ('\u{8}', 2),
        'f' => ('\u{c}', 2),
        same @ ('"' | '\\' | '/') => (same, 2),
        'u' => {
            let first = unit(text)?;
            match char::from_u32(first.into()) {
                Some(read) => (read, 6),
                None => (char::decode_utf16([first, unit(text.get(6..)?)?]).next()?.ok()?, 12),
            }
        }
        _ => return None,
    })
}

/// As it stands inside a JSON string, and inside one of TOML.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
