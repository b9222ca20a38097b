//! The strict reader: a line that is nothing but plain words and joints, or nothing at all.
//!
//! It knows no shell. What it takes means the same to Bash, zsh, dash and their kin: every sign that one of them might
//! interpret is left out, and so is every word that one of them reserves. Codex lets the model choose among the
//! installed shells, PowerShell too (0.169: the `shell` of `exec_command`, which no hook is told), so what would end a
//! word for that one is left out as well.

use crate::plain;

/// Words that are part of a shell's grammar where a command's name stands.
const RESERVED: [&str; 22] = [
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "case",
    "esac",
    "for",
    "select",
    "while",
    "until",
    "do",
    "done",
    "in",
    "function",
    "time",
    "coproc",
    "repeat",
    "foreach",
    "end",
    "nocorrect",
    "noglob",
];

/// The words of every step, or `None` unless all of the text is plain.
pub(super) fn line(text: &str) -> Option<Vec<Vec<String>>> {
    let mut rest = text.trim_matches(|c| is_blank(c) || c == '\n');
    let mut steps = Vec::new();
    loop {
        let (words, after) = step(rest)?;
        steps.push(words);
        rest = after.trim_start_matches(is_blank);
        if rest.is_empty() || rest == ";" {
            return Some(steps);
        }
        rest = joint(rest)?;
    }
}

/// A character that may stand in a word without quotes.
pub(crate) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '%' | '+' | '=' | ':' | ',' | '.' | '/' | '-')
}

/// Whether a program of this name, without quotes, is what a shell would start.
pub(crate) fn is_program(word: &str) -> bool {
    let begins = word.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/'));
    // `a=b` sets a variable; a folder's name changes into it in some shells.
    let names = !word.contains('=') && !word.ends_with(['/', '.']) && word.chars().all(is_plain);
    begins && names && !RESERVED.contains(&word)
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// The rest behind a joint and the line ends that may follow it.
fn joint(rest: &str) -> Option<&str> {
    let length = match rest.as_bytes() {
        [b'&', b'&', ..] | [b'|', b'|', ..] => 2,
        [b'|' | b';' | b'\n', ..] => 1,
        _ => return None,
    };
    Some(rest[length..].trim_start_matches(|c| is_blank(c) || c == '\n'))
}

fn step(text: &str) -> Option<(Vec<String>, &str)> {
    let (mut words, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start_matches(is_blank);
        if rest.is_empty() || rest.starts_with(['&', '|', ';', '\n']) {
            return (!words.is_empty()).then_some((words, rest));
        }
        let (word, after) = if rest.starts_with(['\'', '"']) && !words.is_empty() { quoted(rest)? } else { bare(rest) };
        let fits = if words.is_empty() { is_program(word) } else { !word.is_empty() };
        if !fits || !after.is_empty() && !after.starts_with([' ', '\t', '&', '|', ';', '\n']) {
            return None;
        }
        words.push(word.to_owned());
        rest = after;
    }
}

/// A word without quotes; empty where none begins here. zsh looks up programs behind `=`, shells know jobs by `%`, and
/// behind `--%` PowerShell reads otherwise.
fn bare(text: &str) -> (&str, &str) {
    let end = text.find(|c| !is_plain(c)).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let meant = word.starts_with(['=', '%']) || word.contains("==") || word.contains(":=") || word == "--%";
    (if meant { "" } else { word }, after)
}

/// A word that is quoted as a whole.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next()?;
    let (word, after) = text[1..].split_once(quote)?;
    let interpreted = |c: char| quote == '"' && matches!(c, '$' | '`' | '\\' | '!');
    // To PowerShell a curly quote is as good as a straight one.
    let curly = |c: char| matches!(c, '\u{2018}'..='\u{201E}');
    let plain = |c: char| !plain::is_hidden(c) && !interpreted(c) && !curly(c);
    word.chars().all(plain).then_some((word, after))
}
