//! As much of a command line as is plain to see: its steps, their words, variables and redirections. Nothing is guessed.

use std::ops::Range;

/// A command line. All ranges are in bytes of it.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) steps: Vec<Step>,
    /// It has more than steps one after the other: conditions, loops, groups, text for stdin.
    pub(super) is_script: bool,
    pub(super) comments: Vec<Range<usize>>,
}

#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) words: Vec<Word>,
    pub(super) redirects: Vec<Redirect>,
    pub(super) then: Then,
}

/// What stands behind a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Then {
    #[default]
    End,
    And,
    Or,
    Next,
    Pipe,
    /// In the background. The place of the `&`.
    Background(usize),
}

#[derive(Debug, Default)]
pub(super) struct Word {
    pub(super) at: Range<usize>,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Variable {
        name: String,
        at: Range<usize>,
        quoted: bool,
    },
    /// `$(git rev-parse --show-toplevel)`.
    Root,
    /// What only the shell can tell.
    Untold,
}

#[derive(Debug)]
pub(super) struct Redirect {
    pub(super) to: To,
    pub(super) target: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Stdin,
    Stdout,
    Stderr,
    Both,
    Other,
}

const KEYWORDS: [&str; 17] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "{", "}",
    "!", "[[",
];

impl Word {
    /// Where nothing in it changes from run to run.
    pub(super) fn text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, c: char) {
        match self.parts.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.parts.push(Part::Text(c.into())),
        }
    }
}

impl Step {
    pub(super) fn at(&self) -> Option<Range<usize>> {
        Some(self.words.first()?.at.start..self.words.last()?.at.end)
    }

    /// Also the targets of redirections.
    pub(super) fn all_words(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().chain(self.redirects.iter().map(|redirect| &redirect.target))
    }

    pub(super) fn redirects(&self, to: To) -> Option<&Redirect> {
        self.redirects.iter().rev().find(|redirect| redirect.to == to || redirect.to == To::Both)
    }
}

pub(super) fn read(line: &str) -> Line {
    read_part(line, 0..line.len())
}

/// A line that stands in another one. Ranges are those of the whole.
pub(super) fn read_part(whole: &str, part: Range<usize>) -> Line {
    let line = &whole[..part.end];
    let mut reader = Reader { line, at: part.start, read: Line::default(), step: Step::default() };
    while reader.at < line.len() {
        reader.next();
    }
    reader.end(Then::End);
    let mut read = reader.read;
    let keyword = |step: &Step| step.words.first().and_then(Word::text).is_some_and(|word| KEYWORDS.contains(&word));
    read.is_script |= read.steps.iter().any(keyword);
    read
}

struct Reader<'a> {
    line: &'a str,
    at: usize,
    read: Line,
    step: Step,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.line[self.at..]
    }

    fn eat(&mut self, what: &str) -> bool {
        let eaten = self.rest().starts_with(what);
        self.at += if eaten { what.len() } else { 0 };
        eaten
    }

    fn end(&mut self, then: Then) {
        let step = std::mem::take(&mut self.step);
        if !step.words.is_empty() || !step.redirects.is_empty() {
            self.read.steps.push(Step { then, ..step });
        }
    }

    fn next(&mut self) {
        let start = self.at;
        let operators = [
            ("&&", Then::And),
            ("||", Then::Or),
            ("|&", Then::Pipe),
            ("|", Then::Pipe),
            (";", Then::Next),
            ("\n", Then::Next),
        ];
        if self.eat(" ") || self.eat("\t") || self.eat("\r") || self.eat("\\\n") {
        } else if self.rest().starts_with("#") {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            self.read.comments.push(start..self.at);
        } else if self.rest().starts_with("<<") {
            self.read.is_script = true;
            self.at = self.line.len();
        } else if self.redirect() {
        } else if let Some((_, then)) =
            operators.iter().find(|(operator, _)| self.rest().starts_with(operator)).copied()
        {
            self.at += operators
                .iter()
                .find(|(operator, _)| self.line[start..].starts_with(operator))
                .map_or(1, |it| it.0.len());
            self.end(then);
        } else if self.eat("&") {
            self.end(Then::Background(start));
        } else if self.eat("(") || self.eat(")") {
            self.read.is_script = true;
            self.end(Then::Next);
        } else {
            let word = self.word();
            self.step.words.push(word);
        }
    }

    fn redirect(&mut self) -> bool {
        let digits = self.rest().chars().take_while(char::is_ascii_digit).count();
        let (number, sign) = self.rest().split_at(digits);
        let forms = ["&>>", "&>", ">>", ">&", ">|", ">", "<&", "<>", "<"];
        let Some(form) = forms.iter().find(|form| sign.starts_with(**form) && (digits == 0 || !form.starts_with('&')))
        else {
            return false;
        };
        let to = match (number, *form) {
            ("", "&>" | "&>>") => To::Both,
            ("" | "1", form) if form.starts_with('>') => To::Stdout,
            ("2", form) if form.starts_with('>') => To::Stderr,
            ("" | "0", _) => To::Stdin,
            _ => To::Other,
        };
        self.at += digits + form.len();
        while self.eat(" ") || self.eat("\t") {}
        let target = self.word();
        self.step.redirects.push(Redirect { to, target });
        true
    }

    fn word(&mut self) -> Word {
        let mut word = Word { at: self.at..self.at, parts: Vec::new() };
        if self.rest().starts_with('~') {
            let at = self.at..self.at + 1;
            let own = self.rest()[1..].chars().next().is_none_or(|c| c == '/' || c.is_whitespace());
            let name = "HOME".to_owned();
            word.parts.push(if own { Part::Variable { name, at, quoted: false } } else { Part::Untold });
            self.at += 1;
        }
        while let Some(c) = self.rest().chars().next() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>' => break,
                '\\' => self.escaped(&mut word),
                '\'' => {
                    self.at += 1;
                    let inside = self.rest().find('\'').unwrap_or(self.rest().len());
                    let text = self.rest()[..inside].to_owned();
                    word.parts.extend(text.is_empty().then(|| Part::Text(String::new())));
                    text.chars().for_each(|c| word.push(c));
                    self.at = (self.at + inside + 1).min(self.line.len());
                }
                '"' => self.quoted(&mut word),
                '$' | '`' => self.variable(&mut word, false),
                '*' | '?' | '[' if !(c == '[' && word.at.start == self.at) => {
                    word.parts.push(Part::Untold);
                    self.at += 1;
                }
                _ => {
                    word.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        word.at.end = self.at;
        word
    }

    fn escaped(&mut self, word: &mut Word) {
        self.at += 1;
        if let Some(c) = self.rest().chars().next() {
            if c != '\n' {
                word.push(c);
            }
            self.at += c.len_utf8();
        }
    }

    fn quoted(&mut self, word: &mut Word) {
        self.at += 1;
        word.parts.extend(self.rest().starts_with('"').then(|| Part::Text(String::new())));
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '$' | '`' => self.variable(word, true),
                '\\' if self.rest()[1..].starts_with(['"', '\\', '$', '`', '\n']) => self.escaped(word),
                _ => {
                    word.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    /// At `$` or a backtick.
    fn variable(&mut self, word: &mut Word, quoted: bool) {
        let start = self.at;
        let name = |text: &str| {
            let length = text.bytes().take_while(|c| c.is_ascii_alphanumeric() || *c == b'_').count();
            let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            starts.then(|| text[..length].to_owned())
        };
        let rest = self.rest();
        let (part, length) = if let Some(inside) = rest.strip_prefix("${") {
            let end = inside.find('}').unwrap_or(inside.len());
            let whole = name(inside).filter(|name| name.len() == end);
            let at = start..start + end + 3;
            (whole.map_or(Part::Untold, |name| Part::Variable { name, at, quoted }), end + 3)
        } else if let Some(inside) = rest.strip_prefix("$(") {
            let end = closing(inside);
            (substituted(&inside[..end]), end + 3)
        } else if let Some(inside) = rest.strip_prefix('`') {
            let end = inside.find('`').unwrap_or(inside.len());
            (substituted(&inside[..end]), end + 2)
        } else {
            match name(&rest[1..]) {
                Some(name) => {
                    let length = name.len() + 1;
                    (Part::Variable { name, at: start..start + length, quoted }, length)
                }
                None => (Part::Untold, 1),
            }
        };
        word.parts.push(part);
        self.at = (start + length).min(self.line.len());
    }
}

/// Where the bracket that was opened is closed.
fn closing(text: &str) -> usize {
    let mut open = 1;
    let end = text.char_indices().find(|(_, c)| {
        open += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        open == 0
    });
    end.map_or(text.len(), |(at, _)| at)
}

fn substituted(command: &str) -> Part {
    let command = command.trim().trim_end_matches("2>/dev/null").trim_end();
    if command == "git rev-parse --show-toplevel" { Part::Root } else { Part::Untold }
}
