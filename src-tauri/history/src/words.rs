//! Full-text search: what of a text is a word, and how words are asked for.
//!
//! The index is given words that are already apart, so its own tokenizer has nothing to decide and no text of a person is ever
//! read as its query language.

/// So many characters of a word count.
const LONGEST: usize = 40;
/// So many bytes of each text are looked at.
const READ: usize = 16 << 10;
/// A last word of fewer characters must be the whole word: too many begin so.
const PREFIX: usize = 3;
/// So many words of a question count.
const ASKED: usize = 16;

/// The words of these texts, for the index.
pub(crate) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut all = String::new();
    for text in texts {
        each(&text[..text.floor_char_boundary(READ)], |word| {
            all.push_str(word);
            all.push(' ');
        });
    }
    all
}

/// What is asked for in one question.
pub(crate) struct Asked {
    /// All words but the last, each quoted and with `AND` behind it.
    before: String,
    pub(crate) last: String,
    /// Whether the last may be the beginning of a word.
    pub(crate) last_is: Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    Whole,
    WholeOrBegun,
}

impl Asked {
    /// In the index's language: all words, the last one of these.
    pub(crate) fn with_last(&self, last: &[String]) -> String {
        // A word holds no quotation mark.
        format!("{}(\"{}\")", self.before, last.join("\" OR \""))
    }
}

/// What the index is asked for. `None`: the text holds no word.
pub(crate) fn asked(text: &str) -> Option<Asked> {
    let mut words = Vec::new();
    each(&text[..text.floor_char_boundary(READ)], |word| words.push(word.to_owned()));
    words.truncate(ASKED);
    let last = words.pop()?;
    let before = words.iter().map(|word| format!("\"{word}\" AND ")).collect();
    let goes_on = text.ends_with(char::is_alphanumeric) && last.chars().count() >= PREFIX;
    Some(Asked { before, last, last_is: if goes_on { Last::WholeOrBegun } else { Last::Whole } })
}

/// Letters and digits that stand together, in lower case; of scripts without blanks between words each letter is one.
fn each(text: &str, mut take: impl FnMut(&str)) {
    let mut word = String::new();
    let mut length = 0;
    for letter in text.chars() {
        // Most of them: the same as below, but quicker.
        if letter.is_ascii_alphanumeric() {
            if length < LONGEST {
                word.push(letter.to_ascii_lowercase());
                length += 1;
            }
            continue;
        }
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
    fn words_are_letters_and_digits() {
        let check = |text: &str, expected: &str| assert_eq!(of([text]).trim_end(), expected);
        check("", "");
        check(" -- \"\\ %", "");
        check("rm -rf ./node_modules; RM", "rm rf node modules rm");
        check("Ünïcode ΣΑΣ 42x", "ünïcode σασ 42x");
        check("运行测试ok了", "运 行 测 试 ok 了");
        check(&"x".repeat(100), &"x".repeat(LONGEST));
        assert_eq!(of(["a b", "b c"]).trim_end(), "a b b c");
    }

    #[test]
    fn a_question_is_quoted_and_its_last_word_may_go_on() {
        let check = |text: &str, expected: &str, last_is: Last| {
            let asked = asked(text).unwrap();
            let last = [asked.last.clone(), "more".to_owned()];
            assert_eq!((asked.with_last(&last).as_str(), asked.last_is), (expected, last_is), "{text:?}");
        };
        assert!(asked("").is_none() && asked("-- \"").is_none());
        check("\"* OR (", r#"("or" OR "more")"#, Last::Whole);
        check("cargo te", r#""cargo" AND ("te" OR "more")"#, Last::Whole);
        check("cargo tes", r#""cargo" AND ("tes" OR "more")"#, Last::WholeOrBegun);
        check("cargo tes ", r#""cargo" AND ("tes" OR "more")"#, Last::Whole);
        check("x NEAR(y", r#""x" AND "near" AND ("y" OR "more")"#, Last::Whole);
    }
}
