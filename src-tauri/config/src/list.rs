//! A bracketed list inside a text, and how one element is put in or taken out by touching nothing else. Comments stay.

use std::ops::Range;

use crate::layout::{Layout, Style};
use crate::replace::{Replace, replace_all};

/// Elements of an array or properties of an object, in bytes. `whole` includes the brackets.
pub(crate) struct List {
    pub(crate) whole: Range<usize>,
    pub(crate) items: Vec<Range<usize>>,
}

impl List {
    /// The text with one more element at the end.
    pub(crate) fn with(&self, text: &str, style: &Style, item: impl FnOnce(Layout<'_>) -> String) -> String {
        replace_all(text, &self.insertion(text, style, self.items.len(), item))
    }

    /// The text without one element.
    pub(crate) fn without(&self, text: &str, index: usize) -> String {
        replace_all(text, &self.removal(text, index))
    }

    /// One more element at this place, laid out as its neighbour. `item` writes it.
    pub(crate) fn insertion(
        &self,
        text: &str,
        style: &Style,
        index: usize,
        item: impl FnOnce(Layout<'_>) -> String,
    ) -> Vec<Replace> {
        match self.items.get(index) {
            Some(next) => vec![self.before(text, style, next, item)],
            None => match self.items.last() {
                Some(last) => self.after(text, style, last, item),
                None => vec![self.filled(text, style, item)],
            },
        }
    }

    fn before(
        &self,
        text: &str,
        style: &Style,
        next: &Range<usize>,
        item: impl FnOnce(Layout<'_>) -> String,
    ) -> Replace {
        let at = with_comment_above(text, next.start);
        let lead = blanks_before(text, at);
        let gap = match self.items.as_slice() {
            _ if lead.contains('\n') => lead,
            [first, second, ..] if first == next => blanks_before(text, second.start),
            [first] if first == next => style.gap,
            _ => lead,
        };
        put(at..at, format!("{},{gap}", item(Layout::after(gap))))
    }

    fn after(
        &self,
        text: &str,
        style: &Style,
        last: &Range<usize>,
        item: impl FnOnce(Layout<'_>) -> String,
    ) -> Vec<Replace> {
        let gap = match blanks_before(text, last.start) {
            gap if self.items.len() > 1 || gap.contains('\n') => gap,
            _ => style.gap,
        };
        let Some(Beside { comma, end, open }) = Beside::of(text, last.end) else {
            return vec![put(last.end..last.end, format!(",{gap}{}", item(Layout::after(gap))))];
        };
        let broken = format!("{}{}", style.eol, indent(text, last.start));
        let gap = if open && !gap.contains('\n') { broken.as_str() } else { gap };
        let item = item(Layout::after(gap));
        if comma {
            return vec![put(end..end, format!("{gap}{item},"))];
        }
        vec![put(last.end..last.end, ","), put(end..end, format!("{gap}{item}"))]
    }

    fn filled(&self, text: &str, style: &Style, item: impl FnOnce(Layout<'_>) -> String) -> Replace {
        let inside = self.inside();
        if !text[inside.clone()].trim().is_empty() {
            return put(inside.start..inside.start, item(Layout::OneLine));
        }
        if !style.in_lines {
            return put(inside, item(Layout::OneLine));
        }
        let outer = indent(text, self.whole.start);
        let base = format!("{outer}{}", style.unit);
        let item = item(Layout::Lines { base: &base });
        put(inside, format!("{eol}{base}{item}{eol}{outer}", eol = style.eol))
    }

    /// Without this element, and without the comma and the blanks that belong to it.
    pub(crate) fn removal(&self, text: &str, index: usize) -> Vec<Replace> {
        let item = &self.items[index];
        match (index.checked_sub(1).map(|before| &self.items[before]), self.items.get(index + 1)) {
            (Some(before), Some(next))
                if is_separator(&text[before.end..item.start]) && !text[item.end..next.start].starts_with(',') =>
            {
                vec![put(before.end..item.end, "")]
            }
            (_, Some(next)) => self.not_the_last(text, item, next),
            (Some(before), None) => self.the_last(text, before, item),
            (None, None) if is_separator(&text[self.inside().start..item.start]) => {
                let (start, end) = (self.inside().start, self.after_comma(text, item.end));
                let rest = &text[end..self.inside().end];
                let gone = if rest.trim().is_empty() { start..self.inside().end } else { item.start..end };
                vec![put(gone, "")]
            }
            (None, None) => vec![put(item.start..self.after_comma(text, item.end), "")],
        }
    }

    fn not_the_last(&self, text: &str, item: &Range<usize>, next: &Range<usize>) -> Vec<Replace> {
        match self.comma(text, item.end) {
            Some(comma) if text[item.end..comma].trim().is_empty() => {
                let after = &text[comma + 1..next.start];
                let blanks = after.len() - after.trim_start().len();
                vec![put(item.start..comma + 1 + blanks, "")]
            }
            Some(comma) => vec![put(item.clone(), ""), put(comma..comma + 1, "")],
            None => vec![put(item.clone(), "")],
        }
    }

    fn the_last(&self, text: &str, before: &Range<usize>, item: &Range<usize>) -> Vec<Replace> {
        if is_separator(&text[before.end..item.start]) {
            return vec![put(before.end..item.end, "")];
        }
        let (end, blanks) = (self.after_comma(text, item.end), blanks_before(text, item.start));
        let rest = &text[end..];
        // What follows must not become part of a comment in front.
        let stays = ends_in_open_comment(text, before.end..item.start)
            && !rest[..rest.len() - rest.trim_start().len()].contains('\n');
        let start = item.start - if stays { 0 } else { blanks.len() };
        let gone = put(start..end, "");
        match self.comma(text, before.end).filter(|_| end == item.end) {
            Some(comma) => vec![put(comma..comma + 1, ""), gone],
            None => vec![gone],
        }
    }

    fn inside(&self) -> Range<usize> {
        self.whole.start + 1..self.whole.end - 1
    }

    /// The comma behind an element that ends here, past comments.
    fn comma(&self, text: &str, end: usize) -> Option<usize> {
        let at = past_comments(text, end);
        (at < self.inside().end && text[at..].starts_with(',')).then_some(at)
    }

    /// Past the comma, where nothing but blanks stands in front of it.
    fn after_comma(&self, text: &str, end: usize) -> usize {
        let comma = self.comma(text, end).filter(|comma| text[end..*comma].trim().is_empty());
        comma.map_or(end, |comma| comma + 1)
    }
}

/// A comment on the line on which an element ends.
struct Beside {
    /// Whether a comma stands in front of it.
    comma: bool,
    end: usize,
    /// Whether it goes on to the end of its line.
    open: bool,
}

impl Beside {
    fn of(text: &str, from: usize) -> Option<Self> {
        let (mut at, mut comma, mut found) = (from, false, None);
        loop {
            at += text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
            if text[at..].starts_with(',') && !comma {
                comma = true;
                at += 1;
                continue;
            }
            let Some(end) = comment_end(text, at) else { return found };
            let open = !text[at..].starts_with("/*");
            found = Some(Self { comma, end, open });
            at = end;
        }
    }
}

/// The end of the comment that begins here, without the end of its line.
fn comment_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    if rest.starts_with("/*") {
        return Some(at + rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    (rest.starts_with("//") || rest.starts_with('#')).then(|| {
        let line = rest.split('\n').next().unwrap_or_default();
        at + line.strip_suffix('\r').unwrap_or(line).len()
    })
}

/// Whether the last comment between two elements goes on to the end of its line.
fn ends_in_open_comment(text: &str, between: Range<usize>) -> bool {
    let (mut at, mut open) = (between.start, false);
    loop {
        at += text[at..].len() - text[at..].trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
        let Some(end) = comment_end(text, at).filter(|_| at < between.end) else { return open };
        open = !text[at..].starts_with("/*");
        at = end;
    }
}

/// The first that is neither blank nor comment.
fn past_comments(text: &str, mut at: usize) -> usize {
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        match comment_end(text, at) {
            Some(end) => at = end,
            None => return at,
        }
    }
}

/// Where what begins here begins together with the comment right above it, if it begins its line.
pub(crate) fn with_comment_above(text: &str, at: usize) -> usize {
    let mut start = at;
    loop {
        let line = line_start(text, start);
        if !text[line..start].trim().is_empty() {
            return start;
        }
        let Some(above) = text[..line].strip_suffix('\n') else { return start };
        let above = line_start(text, above.len())..above.trim_end().len();
        if above.is_empty() {
            return start;
        }
        let first = above.start + text[above.clone()].len() - text[above.clone()].trim_start().len();
        if comment_end(text, first) != Some(above.end) {
            return start;
        }
        start = first;
    }
}

pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// The blanks with which the line begins on which this stands.
pub(crate) fn indent(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The blanks in front of a place.
fn blanks_before(text: &str, at: usize) -> &str {
    let before = &text[..at];
    &before[before.trim_end().len()..]
}

/// Whether nothing stands here but blanks and commas.
pub(crate) fn is_separator(between: &str) -> bool {
    between.chars().all(|c| c.is_whitespace() || c == ',')
}

fn put(range: Range<usize>, with: impl Into<String>) -> Replace {
    Replace { range, with: with.into() }
}

/// The text with one range replaced.
pub(crate) fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    replace_all(text, &[put(range, with)])
}
