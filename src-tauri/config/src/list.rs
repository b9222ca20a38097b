//! A bracketed list inside a text, and how one element is put in or taken out by touching nothing else.

use std::ops::Range;

use crate::layout::{Layout, Style};

/// Elements of an array or properties of an object, in bytes. `whole` includes the brackets.
pub(crate) struct List {
    pub(crate) whole: Range<usize>,
    pub(crate) items: Vec<Range<usize>>,
}

impl List {
    /// The text with one more element at the end, laid out as the one before it. `item` writes it.
    pub(crate) fn with(&self, text: &str, style: &Style, item: impl FnOnce(Layout<'_>) -> String) -> String {
        let Some(last) = self.items.last() else { return self.filled(text, style, item) };
        let gap = self.before_last(text);
        let item = match gap.rsplit_once('\n') {
            Some((_, base)) => format!("{gap}{}", item(Layout::Lines { base })),
            None if self.items.len() > 1 => format!("{gap}{}", item(Layout::OneLine)),
            None => format!("{}{}", style.gap, item(Layout::OneLine)),
        };
        replaced(text, last.end..last.end, &format!(",{item}"))
    }

    /// The text without one element.
    pub(crate) fn without(&self, text: &str, index: usize) -> String {
        let item = &self.items[index];
        let gone = match (index.checked_sub(1).map(|before| &self.items[before]), self.items.get(index + 1)) {
            (Some(before), _) => before.end..item.end,
            (None, Some(next)) => item.start..next.start,
            (None, None) => self.inside(),
        };
        let rest = [&text[gone.start..item.start], &text[item.end..gone.end]];
        if rest.iter().all(|rest| rest.chars().all(|c| c.is_whitespace() || c == ',')) {
            return replaced(text, gone, "");
        }
        // Comments of a TOML array stay; a comma before them may end the array, one after the element goes.
        let after = &text[item.end..];
        let comma = after.len() - after.trim_start().len();
        let end = if after[comma..].starts_with(',') { item.end + comma + 1 } else { item.end };
        replaced(text, item.start..end, "")
    }

    fn filled(&self, text: &str, style: &Style, item: impl FnOnce(Layout<'_>) -> String) -> String {
        let inside = self.inside();
        if !text[inside.clone()].trim().is_empty() {
            return replaced(text, inside.start..inside.start, &item(Layout::OneLine));
        }
        if !style.in_lines {
            return replaced(text, inside, &item(Layout::OneLine));
        }
        let line = &text[text[..self.whole.start].rfind('\n').map_or(0, |end| end + 1)..];
        let outer = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        let base = format!("{outer}{}", style.unit);
        let item = item(Layout::Lines { base: &base });
        replaced(text, inside, &format!("{eol}{base}{item}{eol}{outer}", eol = style.eol))
    }

    fn inside(&self) -> Range<usize> {
        self.whole.start + 1..self.whole.end - 1
    }

    /// The blanks in front of the last element.
    fn before_last<'a>(&self, text: &'a str) -> &'a str {
        let before = &text[..self.items.last().map_or(self.whole.start, |item| item.start)];
        &before[before.trim_end().len()..]
    }
}

/// The text with one range replaced.
pub(crate) fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    [&text[..range.start], with, &text[range.end..]].concat()
}
