//! Command patterns: words to compare with words.

use super::{Unfit, never};
use crate::command::scan;
use crate::plain;

/// One word, whatever it is.
const ONE: &str = "*";
/// Any words that are left, none too. At the end only.
const REST: &str = "**";

/// Signs that mean something to a shell; in a pattern they need quotes.
const SPECIAL: &str = "$`\\;&|<>(){}[]?~#!^*";

/// Whether the words fit the pattern. A word that is not known fits no literal, and as the first one nothing.
pub(super) fn fits(pattern: &[String], words: &[Option<String>]) -> bool {
    let (pattern, rest) = match pattern.split_last() {
        Some((last, before)) if last == REST => (before, true),
        _ => (pattern, false),
    };
    let long_enough = if rest { words.len() >= pattern.len() } else { words.len() == pattern.len() };
    let known = words.first().is_some_and(Option::is_some);
    known
        && long_enough
        && pattern.iter().zip(words).all(|(wanted, word)| wanted == ONE || word.as_ref() == Some(wanted))
}

/// What any command pattern has to be.
pub(super) fn check(pattern: &[String]) -> Result<(), Unfit> {
    let (_, before) = pattern.split_last().ok_or(Unfit::Empty)?;
    if before.iter().any(|word| word == REST) {
        return Err(Unfit::RestNotLast);
    }
    match pattern.iter().find(|word| word.is_empty() || word.chars().any(plain::is_hidden)) {
        Some(word) => Err(Unfit::NotPlain(word.clone())),
        None => Ok(()),
    }
}

/// What a pattern has to be besides, to allow.
pub(super) fn check_allow(pattern: &[String]) -> Result<(), Unfit> {
    let literal = |word: &String| (word != ONE && word != REST).then(|| word.clone());
    let words: Vec<_> = pattern.iter().map(literal).collect();
    let Some(Some(program)) = words.first() else { return Err(Unfit::AnyCommand) };
    if let Some(runner) = never::program(&words) {
        return Err(Unfit::RunsOthers(runner));
    }
    if scan::is_program(program) { Ok(()) } else { Err(Unfit::NotPlain(program.clone())) }
}

/// The words of a command pattern, written as on a command line. The inverse of [`pattern_text`].
///
/// Quotes keep everything up to the next one; nothing else is special, and no sign that a shell interprets stands
/// without them. A word that is just `*` can't be meant literally.
pub fn pattern(text: &str) -> Result<Vec<String>, Unfit> {
    let mut words = Vec::new();
    let mut rest = text.trim_matches([' ', '\t']);
    while !rest.is_empty() {
        let (word, after) = word(rest)?;
        words.push(word);
        rest = after.trim_start_matches([' ', '\t']);
    }
    check(&words)?;
    Ok(words)
}

fn word(text: &str) -> Result<(String, &str), Unfit> {
    let not_plain = || Unfit::NotPlain(text.split([' ', '\t']).next().unwrap_or(text).to_owned());
    for wild in [REST, ONE] {
        if let Some(after) = text.strip_prefix(wild).filter(|after| after.is_empty() || after.starts_with([' ', '\t']))
        {
            return Ok((wild.to_owned(), after));
        }
    }
    let (mut word, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next().filter(|c| !matches!(c, ' ' | '\t')) {
        rest = &rest[c.len_utf8()..];
        if matches!(c, '\'' | '"') {
            let (quoted, after) = rest.split_once(c).ok_or_else(not_plain)?;
            word.push_str(quoted);
            rest = after;
        } else if SPECIAL.contains(c) || c.is_control() {
            return Err(not_plain());
        } else {
            word.push(c);
        }
    }
    if word.is_empty() || word == ONE || word == REST { Err(not_plain()) } else { Ok((word, rest)) }
}

/// A command pattern as a person writes it, quoted where needed.
pub fn pattern_text(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    if word == ONE || word == REST || !word.is_empty() && word.chars().all(scan::is_plain) {
        word.to_owned()
    } else if word.contains('\'') {
        let parts: Vec<_> =
            word.split('\'').map(|part| if part.is_empty() { String::new() } else { format!("'{part}'") }).collect();
        parts.join("\"'\"")
    } else {
        format!("'{word}'")
    }
}
