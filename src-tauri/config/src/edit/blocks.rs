//! Tables of TOML that have lines for themselves: where all of one stands, and how lines are put beside it.

use std::ops::Range;

use super::doc::in_lines;
use crate::list::{indent, line_start, with_comment_above};
use crate::replace::Replace;
use crate::toml::lines::{Piece, cuts};
use crate::tree::{Entry, Kind, Node};

/// All of a table, the tables below it included.
pub(super) fn pieces(table: &Node) -> Vec<Piece> {
    let header = (!table.at.is_empty()).then(|| Piece::Header(table.at.clone()));
    header.into_iter().chain(inside(table)).collect()
}

/// All of a table but its header.
pub(super) fn inside(table: &Node) -> Vec<Piece> {
    table.entries().iter().flat_map(of).collect()
}

/// All of what stands under a key.
pub(super) fn of(entry: &Entry) -> Vec<Piece> {
    match &entry.value.kind {
        Kind::List(tables, _) if in_lines(&entry.value) => tables.iter().flat_map(pieces).collect(),
        Kind::Table(..) if in_lines(&entry.value) => pieces(&entry.value),
        _ => vec![Piece::Statement(entry.at())],
    }
}

pub(super) fn at(piece: &Piece) -> &Range<usize> {
    match piece {
        Piece::Header(at) | Piece::Statement(at) => at,
    }
}

/// The lines of a table without the end of the last, where nothing else stands between them.
pub(super) fn region(text: &str, table: &Node) -> Option<Range<usize>> {
    let pieces = pieces(table);
    let mut lines: Vec<_> =
        pieces.iter().map(|piece| line_start(text, at(piece).start)..line_end(text, at(piece).end)).collect();
    lines.sort_by_key(|lines| lines.start);
    let apart = |pair: &[Range<usize>]| {
        let between = text.get(pair[0].end..pair[1].start).unwrap_or_default();
        between.lines().any(|line| !matches!(line.trim_start().chars().next(), None | Some('#')))
    };
    (!lines.windows(2).any(apart)).then_some(lines.first()?.start..lines.last()?.end)
}

/// Takes a table out, with the comments inside it where nothing else stands there.
pub(super) fn removal(text: &str, table: &Node) -> Vec<Replace> {
    let whole = region(text, table).map(|region| vec![Piece::Header(region)]);
    cuts(text, whole.unwrap_or_else(|| pieces(table)))
}

/// The end of the last line of a table.
pub(super) fn end(text: &str, table: &Node) -> usize {
    let ends = pieces(table).iter().map(|piece| at(piece).end).max();
    line_end(text, ends.unwrap_or(text.len()))
}

/// The end of the line on which this stands, without what ends it.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let line = text[at..].split('\n').next().unwrap_or_default();
    at + line.strip_suffix('\r').unwrap_or(line).len()
}

/// A block of lines behind another, with a blank line between them.
pub(super) fn behind(text: &str, table: &Node, block: &str, eol: &str) -> Replace {
    let end = end(text, table);
    Replace { range: end..end, with: format!("{eol}{eol}{block}") }
}

/// A block of lines in front of another and of the comment above that.
pub(super) fn in_front(text: &str, table: &Node, block: &str, eol: &str) -> Replace {
    let start = line_start(text, with_comment(text, table));
    let above = text[..start].strip_suffix('\n').map(|above| &above[line_start(above, above.len())..]);
    let gap = if above.is_some_and(|above| above.trim().is_empty()) { eol } else { "" };
    Replace { range: start..start, with: format!("{block}{eol}{gap}") }
}

/// Where a table begins together with the comment right above it.
pub(super) fn with_comment(text: &str, table: &Node) -> usize {
    with_comment_above(text, table.at.start)
}

/// At the end of the text. One that does not end its last line still does not afterwards, so that it can be undone.
pub(super) fn at_the_end(text: &str, block: &str, eol: &str) -> Replace {
    let with = match text {
        "" => format!("{block}{eol}"),
        _ if text.ends_with('\n') => format!("{eol}{block}{eol}"),
        _ => format!("{eol}{eol}{block}"),
    };
    Replace { range: text.len()..text.len(), with }
}

/// A line behind the statements of a table, or right behind its header. `None` where it has no header.
pub(super) fn statement(text: &str, table: &Node, where_to: Where, line: &str, eol: &str) -> Option<Replace> {
    let statements = table.entries().iter().filter(|entry| !in_lines(&entry.value)).map(Entry::at);
    let last = statements.max_by_key(|at| at.end).filter(|_| where_to == Where::Last);
    let beside = last.or_else(|| (!table.at.is_empty()).then(|| table.at.clone()))?;
    let end = line_end(text, beside.end);
    Some(Replace { range: end..end, with: format!("{eol}{}{line}", indent(text, beside.start)) })
}

/// Where a new key goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    First,
    Last,
}

/// Where the headers of a table name its event: `[[hooks.EVENT.…]]`. Sorted.
pub(super) fn event_names(text: &str, table: &Node) -> Vec<Range<usize>> {
    let mut names: Vec<_> = pieces(table)
        .iter()
        .filter(|piece| matches!(piece, Piece::Header(_)))
        .filter_map(|header| second_name(text, at(header)))
        .collect();
    names.sort_by_key(|name| name.start);
    names
}

fn second_name(text: &str, header: &Range<usize>) -> Option<Range<usize>> {
    let mut at = header.start + text[header.clone()].find(|c: char| c != '[' && !c.is_whitespace())?;
    at += name_len(&text[at..])?;
    let dot = text[at..header.end].find(|c: char| c != '.' && !c.is_whitespace())?;
    let start = at + dot;
    Some(start..start + name_len(&text[start..])?)
}

fn name_len(text: &str) -> Option<usize> {
    match text.chars().next()? {
        '\'' => Some(text[1..].find('\'')? + 2),
        '"' => {
            let mut escaped = false;
            let end = text[1..].find(|c: char| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            })?;
            Some(end + 2)
        }
        _ => text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')),
    }
}
