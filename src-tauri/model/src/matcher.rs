//! Which events a handler is for, by the tool, source, trigger or role they are about.

use regex::Regex;

/// A matcher as Codex 0.169 reads it. Parsed once, so that an invalid one is found where its file is read.
#[derive(Clone, Debug)]
pub struct Matcher {
    text: String,
    tests: Tests,
}

#[derive(Clone, Debug)]
enum Tests {
    /// Empty, or exactly `*`: also where there is nothing to match.
    Everything,
    /// Only letters, digits, `_` and `|`: one of these whole words, case-sensitive.
    Words(Vec<String>),
    /// Anything else: found anywhere in the subject.
    Pattern(Regex),
}

impl Matcher {
    /// As declared: neither trimmed nor folded. The error names what the `regex` crate found wrong, as Codex prints it.
    pub fn parse(text: &str) -> Result<Self, regex::Error> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '|';
        let tests = match text {
            "" | "*" => Tests::Everything,
            words if words.chars().all(word) => Tests::Words(words.split('|').map(str::to_owned).collect()),
            pattern => Tests::Pattern(Regex::new(pattern)?),
        };
        Ok(Self { text: text.to_owned(), tests })
    }

    /// As declared.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is a pattern, and not a list of words.
    pub fn is_pattern(&self) -> bool {
        matches!(self.tests, Tests::Pattern(_))
    }

    /// Whether any of the subjects (a tool's name and its other names) is meant. No subject is only met by a matcher of everything.
    pub fn matches<S: AsRef<str>>(&self, subjects: &[S]) -> bool {
        let mut subjects = subjects.iter().map(AsRef::as_ref);
        match &self.tests {
            Tests::Everything => true,
            Tests::Words(words) => subjects.any(|subject| words.iter().any(|word| word == subject)),
            Tests::Pattern(pattern) => subjects.any(|subject| pattern.is_match(subject)),
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Matcher {}
