//! How text from outside is drawn, so that what a person sees is what runs.
//!
//! [`pieces`] cuts a text into what may be drawn as it is, characters that need a visible mark, and long runs of blanks or line
//! breaks. Put together again, the pieces give the text exactly: nothing is left out, nothing is added. The text's meaning is not
//! understood here; drawing right-to-left letters in place is the affair of whoever draws.

mod character;
mod lookalike;
mod names;
#[cfg(test)]
mod tests;

pub(crate) use character::is_hidden;
use character::{is_blank, is_combining, is_overlay};

/// More blanks in a row are folded.
const BLANKS: usize = 24;
/// More blanks at the end of a line are folded.
const TRAILING: usize = 8;
/// More line breaks in a row are folded; lines of blanks count as empty.
const BREAKS: usize = 4;
/// More combining marks on one letter are drawn apart.
const STACKED: usize = 2;
/// From so many on, equal marks in a row become one mark with a count.
const REPEATED: usize = 4;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Drawn as it is. The only control characters in it are line feed and tab.
    Text(String),
    /// A character, or a run of one, that would be invisible, misleading or active. `label` is drawn in its place, in a shape that
    /// no text has; `name` says in words what it is.
    Mark { original: String, label: String, name: String },
    /// A run that is too long to be drawn. `count` is the number of blanks or line breaks in `text`.
    Fold { text: String, count: u32, of: Folded },
}

impl Piece {
    /// The part of the text this piece stands for.
    pub fn original(&self) -> &str {
        match self {
            Self::Text(text) | Self::Mark { original: text, .. } | Self::Fold { text, .. } => text,
        }
    }
}

/// What a fold holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    Blanks,
    LineBreaks,
}

/// Cuts a text that a program will read, such as a command, into the pieces to draw. Takes time in proportion to its length.
pub fn pieces(text: &str) -> Vec<Piece> {
    cut(text, Reader::Program)
}

/// The same for words meant for people: signs such as ’ and … are what they are there.
pub fn prose(text: &str) -> Vec<Piece> {
    cut(text, Reader::Person)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Program,
    Person,
}

fn cut(text: &str, reader: Reader) -> Vec<Piece> {
    let mut cut = Cut::new(text, reader);
    while let Some(c) = cut.rest().chars().next() {
        if starts_with_break(cut.rest()) {
            cut.line_breaks();
        } else if is_blank(c) {
            cut.blanks();
        } else if lookalike::in_word(c) {
            cut.word();
        } else {
            cut.single(c);
        }
    }
    cut.finish()
}

struct Cut<'t> {
    text: &'t str,
    reader: Reader,
    pieces: Vec<Piece>,
    /// Where the text begins that is not in `pieces` yet.
    kept_from: usize,
    at: usize,
    /// What a combining mark would be drawn on.
    base: Option<char>,
    stacked: usize,
}

impl<'t> Cut<'t> {
    fn new(text: &'t str, reader: Reader) -> Self {
        Self { text, reader, pieces: Vec::new(), kept_from: 0, at: 0, base: None, stacked: 0 }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.pieces
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn line_breaks(&mut self) {
        let (length, count) = break_run(self.rest());
        if count > BREAKS {
            self.fold(length, count, Folded::LineBreaks);
        } else if self.rest().starts_with('\r') {
            self.mark('\r');
        } else {
            self.keep('\n');
        }
    }

    fn blanks(&mut self) {
        let run = self.rest().split(|c| !is_blank(c)).next().unwrap_or_default();
        let count = run.chars().count();
        let after = &self.rest()[run.len()..];
        let trailing = after.is_empty() || starts_with_break(after);
        if count > BLANKS || (trailing && count > TRAILING) {
            self.fold(run.len(), count, Folded::Blanks);
            return;
        }
        let end = self.at + run.len();
        while let Some(c) = self.next_before(end) {
            if is_hidden(c) { self.mark(c) } else { self.keep(c) }
        }
    }

    fn word(&mut self) {
        let word = self.rest().split(|c| !lookalike::in_word(c)).next().unwrap_or_default();
        let end = self.at + word.len();
        let misleading = lookalike::may_mislead(word);
        while let Some(c) = self.next_before(end) {
            if is_hidden(c) || (is_combining(c) && !self.carries(c)) {
                self.mark(c);
            } else if (misleading || lookalike::is_shared(c)) && lookalike::reads_as_ascii(c) {
                self.mark_lookalike(c);
            } else {
                self.keep(c);
            }
        }
    }

    fn single(&mut self, c: char) {
        let before = self.text[..self.at].chars().next_back();
        let after = self.rest().chars().nth(1);
        if is_hidden(c) {
            self.mark(c);
        } else if self.reader == Reader::Program
            && lookalike::reads_as_ascii(c)
            && !lookalike::is_prose(c, before, after)
        {
            self.mark_lookalike(c);
        } else {
            self.keep(c);
        }
    }

    /// Whether the combining mark `c` can be drawn where it stands, and be seen there.
    fn carries(&self, c: char) -> bool {
        let Some(base) = self.base else { return false };
        let dot_on_dot = c == '\u{307}' && matches!(base, 'i' | 'j');
        self.stacked < STACKED && !is_overlay(c) && !dot_on_dot
    }

    fn next_before(&self, end: usize) -> Option<char> {
        self.text[self.at..end].chars().next()
    }

    fn keep(&mut self, c: char) {
        self.at += c.len_utf8();
        if is_combining(c) {
            self.stacked += 1;
        } else {
            self.stacked = 0;
            self.base = Some(c).filter(|c| !is_blank(*c) && *c != '\n');
        }
    }

    fn mark(&mut self, c: char) {
        self.push_mark(c, names::label(c), names::name(c));
    }

    fn mark_lookalike(&mut self, c: char) {
        self.push_mark(c, names::code(c), lookalike::name(c));
    }

    fn push_mark(&mut self, c: char, label: String, name: String) {
        let run = self.rest().len() - self.rest().trim_start_matches(c).len();
        let count = run / c.len_utf8();
        if count < REPEATED {
            let original = self.take(c.len_utf8());
            self.pieces.push(Piece::Mark { original, label, name });
        } else {
            let original = self.take(run);
            self.pieces.push(Piece::Mark { original, label: format!("{label} ×{count}"), name });
        }
    }

    fn fold(&mut self, length: usize, count: usize, of: Folded) {
        let text = self.take(length);
        self.pieces.push(Piece::Fold { text, count: u32::try_from(count).unwrap_or(u32::MAX), of });
    }

    /// The next `length` bytes, which become a piece of their own.
    fn take(&mut self, length: usize) -> String {
        self.flush();
        let taken = self.rest()[..length].to_owned();
        self.at += length;
        self.kept_from = self.at;
        self.base = None;
        self.stacked = 0;
        taken
    }

    fn flush(&mut self) {
        if self.kept_from < self.at {
            self.pieces.push(Piece::Text(self.text[self.kept_from..self.at].to_owned()));
            self.kept_from = self.at;
        }
    }
}

fn starts_with_break(text: &str) -> bool {
    text.starts_with('\n') || text.starts_with("\r\n")
}

/// Length in bytes and number of the line breaks `text` begins with, with the blanks between them.
fn break_run(text: &str) -> (usize, usize) {
    let (mut length, mut count) = (0, 0);
    loop {
        let rest = text[length..].trim_start_matches(is_blank);
        if !starts_with_break(rest) {
            return (length, count);
        }
        length = text.len() - rest.len() + if rest.starts_with('\r') { 2 } else { 1 };
        count += 1;
    }
}
