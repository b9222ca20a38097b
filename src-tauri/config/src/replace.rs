//! Replacements in a text: how edits and fixes are told, so that nothing else in it can change.

use std::ops::Range;

/// One replacement, counted in bytes. Several are all counted in the text before any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    pub range: Range<usize>,
    pub with: String,
}

/// The text after these, which are sorted and apart from each other.
pub fn replace_all(text: &str, changes: &[Replace]) -> String {
    changes.iter().rev().fold(text.to_owned(), |mut text, Replace { range, with }| {
        text.replace_range(range.clone(), with);
        text
    })
}
