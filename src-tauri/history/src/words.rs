//! Full-text search: what of a text is a word, and how words are asked for.
//!
//! The index is given words that are already apart, so its own tokenizer has nothing to decide and no text of a person is ever
//! read as its query language.

use std::collections::HashSet;
use std::fmt::Write;

/// So many characters of a word count.
const LONGEST: usize = 40;
/// So many bytes of each text are looked at.
const READ: usize = 16 << 10;
/// A last word of fewer characters must be the whole word: too many begin so.
const PREFIX: usize = 3;
/// So many words of a question count.
const ASKED: usize = 16;

/// The different words of these texts, for the index.
pub(crate) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut seen = HashSet::new();
    let mut all = String::new();
    for text in texts {
        each(&text[..text.floor_char_boundary(READ)], |word| {
            if !seen.contains(word) {
                seen.insert(word.to_owned());
                all.push_str(word);
                all.push(' ');
            }
        });
    }
    all
}

/// What is asked for in one question.
pub(crate) struct Asked {
    /// In the index's language: all words, as they stand.
    pub(crate) whole: String,
    /// The same, with the last as the beginning of a word; `None` where it is none.
    pub(crate) begun: Option<String>,
    /// The last word alone.
    pub(crate) last: String,
}

/// What the index is asked for. `None`: the text holds no word.
pub(crate) fn asked(text: &str) -> Option<Asked> {
    let mut words = Vec::new();
    each(&text[..text.floor_char_boundary(READ)], |word| words.push(word.to_owned()));
    words.truncate(ASKED);
    let last = words.pop()?;
    let mut whole = String::new();
    for word in words {
        // Writing to a string cannot fail. A word holds no quotation mark.
        let _ = write!(whole, "\"{word}\" AND ");
    }
    let goes_on = text.ends_with(char::is_alphanumeric) && last.chars().count() >= PREFIX;
    let begun = goes_on.then(|| format!("{whole}\"{last}\"*"));
    let _ = write!(whole, "\"{last}\"");
    Some(Asked { whole, begun, last: format!("\"{last}\"") })
}

/// Letters and digits that stand together, in lower case; of scripts without blanks between words each letter is one.
fn each(text: &str, mut take: impl FnMut(&str)) {
    let mut word = String::new();
    let mut length = 0;
    for letter in text.chars() {
        let alone = is_alone(letter);
        if (alone || !letter.is_alphanumeric()) && !word.is_empty() {
            take(&word);
            word.clear();
            length = 0;
        }
        if letter.is_alphanumeric() && length < LONGEST {
            word.extend(letter.to_lowercase());
            length += 1;
        }
        if alone {
            take(&word);
            word.clear();
            length = 0;
        }
    }
    if !word.is_empty() {
        take(&word);
    }
}

fn is_alone(letter: char) -> bool {
    letter.is_alphanumeric()
        && matches!(letter, '\u{2E80}'..='\u{A4CF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits_once_each() {
        let check = |text: &str, expected: &str| assert_eq!(of([text]).trim_end(), expected);
        check("", "");
        check(" -- \"\\ %", "");
        check("rm -rf ./node_modules; RM", "rm rf node modules");
        check("Ünïcode ΣΑΣ 42x", "ünïcode σασ 42x");
        check("运行测试ok了", "运 行 测 试 ok 了");
        check(&"x".repeat(100), &"x".repeat(LONGEST));
        assert_eq!(of(["a b", "b c"]).trim_end(), "a b c");
    }

    #[test]
    fn a_question_is_quoted_and_its_last_word_may_go_on() {
        let check = |text: &str, whole: &str, begun: Option<&str>| {
            let asked = asked(text).unwrap();
            assert_eq!((asked.whole.as_str(), asked.begun.as_deref()), (whole, begun), "{text:?}");
        };
        assert!(asked("").is_none() && asked("-- \"").is_none());
        check("\"* OR (", "\"or\"", None);
        check("cargo te", "\"cargo\" AND \"te\"", None);
        check("cargo tes", "\"cargo\" AND \"tes\"", Some("\"cargo\" AND \"tes\"*"));
        check("cargo tes ", "\"cargo\" AND \"tes\"", None);
        check("x NEAR(y", "\"x\" AND \"near\" AND \"y\"", None);
    }
}
