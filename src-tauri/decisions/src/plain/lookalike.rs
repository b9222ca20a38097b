//! Characters that look like ASCII and are not. What looks like what is Unicode's list of confusables (UTS 39).
//!
//! A letter misleads only within its word: Cyrillic in a Cyrillic word is just Cyrillic. Punctuation misleads anywhere, because
//! a shell gives a meaning to each sign.

use unicode_normalization::char::decompose_compatible;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};
use unicode_security::skeleton;

use super::character::{is_combining, is_hidden};

/// Whether `c` belongs to a word: letters, digits and what is drawn on them.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() && !is_hidden(c) || is_combining(c)
}

/// Whether look-alikes in `word` are to be marked: it has Latin letters too, or all of it reads as ASCII.
pub(super) fn may_mislead(word: &str) -> bool {
    if word.is_ascii() {
        return false;
    }
    let mut foreign = false;
    for c in word.chars().filter(|c| !c.is_ascii_digit() && !is_combining(*c)) {
        if c.is_ascii() {
            return true;
        }
        if !reads_as_ascii(c) {
            if c.script() == Script::Latin {
                return true;
            }
            foreign = true;
        }
    }
    !foreign
}

/// Whether `c` is not ASCII but looks like it.
pub(super) fn reads_as_ascii(c: char) -> bool {
    if c.is_ascii() || is_ligature(c) {
        return false;
    }
    if is_dash(c) || is_wide(c) {
        return true;
    }
    let mut buffer = [0; 4];
    let mut looks = skeleton(c.encode_utf8(&mut buffer)).peekable();
    looks.peek().is_some() && looks.all(|c| c.is_ascii())
}

/// Whether the word character `c` belongs to no script and stands for a sign, as the modifier apostrophe does. Its word says
/// nothing about it.
pub(super) fn is_shared(c: char) -> bool {
    !c.is_ascii() && c.script() == Script::Common && !reading(c).contains(|c: char| c.is_ascii_alphanumeric())
}

/// Whether `c` is the wide punctuation of Chinese and Japanese prose, in its place: next to such letters, not to ASCII.
pub(super) fn is_prose(c: char, before: Option<char>, after: Option<char>) -> bool {
    let is_wide_sign = |c: char| matches!(c, '，' | '：' | '；' | '！' | '？' | '（' | '）');
    let at_home = |c: char| !c.is_ascii() && (c.is_alphanumeric() && !reads_as_ascii(c) || is_wide_sign(c));
    let neighbours = || before.into_iter().chain(after);
    is_wide_sign(c) && neighbours().any(at_home) && !neighbours().any(|c| c.is_ascii_graphic())
}

/// What `c` is and what it looks like.
pub(super) fn name(c: char) -> String {
    let looks = reading(c);
    if is_wide(c) {
        return format!("fullwidth character that looks like {looks}");
    }
    let kind = match c.general_category_group() {
        GeneralCategoryGroup::Letter => "letter",
        GeneralCategoryGroup::Number => "number",
        _ => "character",
    };
    match c.script() {
        Script::Common | Script::Inherited if matches!(c, '\u{1D400}'..='\u{1D7FF}') => {
            format!("mathematical {kind} that looks like {looks}")
        }
        Script::Common | Script::Inherited => format!("{kind} that looks like {looks}"),
        script => format!("{} {kind} that looks like {looks}", script.full_name().replace('_', " ")),
    }
}

/// The ASCII that `c` looks like. The confusables know one form of letters that resemble each other within ASCII (`1` and `I`
/// are `l`, `m` is `rn`), so the letter that `c` is a variant of comes first.
fn reading(c: char) -> String {
    let mut variant = String::new();
    decompose_compatible(c, |c| variant.push(c));
    if variant.is_ascii() {
        return variant;
    }
    if is_dash(c) {
        return "-".to_owned();
    }
    let mut buffer = [0; 4];
    match skeleton(c.encode_utf8(&mut buffer)).collect::<String>() {
        looks if looks == "rn" => "m".to_owned(),
        looks => looks,
    }
}

/// Ordinary letters of Danish, French and others that nobody takes for two.
fn is_ligature(c: char) -> bool {
    matches!(c, 'æ' | 'Æ' | 'œ' | 'Œ')
}

fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2E3A}' | '\u{2E3B}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{FF01}'..='\u{FF5E}')
}
