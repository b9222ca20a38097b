//! What in a command line deserves a second look.

use super::files::{holds_secrets, is_outside};
use super::programs::{DESTINATION, PAIRS, PROMPTS, SHELLS, TABLE, WRAPPERS, WRITERS, listed, means};
use super::{Hint, Place, Risk};
use crate::command::{self, Line, Obscured, Step};

/// How deep `sh -c '…'` is followed.
const DEPTH: u8 = 3;
/// More steps are not looked at.
const STEPS: usize = 1000;
/// More wrappers in front of a program are not taken away.
const WRAPPED: usize = 8;
/// A word of so many letters, digits and signs of Base64 is no word.
const ENCODED: usize = 120;

pub(super) fn line(found: &mut Vec<Hint>, text: &str, line: Option<&Line>, place: Place<'_>) {
    match line {
        Some(line) => read(found, text, line, place, DEPTH),
        None => found.push(Hint { risk: Risk::Unreadable, words: first_line(text), step: None }),
    }
}

fn read(found: &mut Vec<Hint>, text: &str, line: &Line, place: Place<'_>, depth: u8) {
    if line.steps.len() > STEPS {
        found.push(Hint { risk: Risk::Unreadable, words: first_line(text), step: None });
    }
    let piped = behind_pipes(text);
    for (at, step) in line.steps.iter().enumerate().take(STEPS) {
        let mut hints = Hints { found, at };
        let words: Vec<&str> = step.words.iter().flatten().map(String::as_str).collect();
        let commands: Vec<&[&str]> = unwrapped(&words).collect();
        for command in &commands {
            hints.program(command);
        }
        hints.shell(&piped, step, commands.last().copied().unwrap_or_default());
        hints.pieces(&step.text);
        hints.writes(&step.text, &commands, place);
        if step.obscured == Some(Obscured::Unreadable) {
            hints.add(Risk::Unreadable, &first_line(text));
        }
        if let Some(inner) = given(&words).filter(|_| depth > 0) {
            let before = found.len();
            read(found, inner, &command::read(inner), place, depth - 1);
            found[before..].iter_mut().for_each(|hint| hint.step = Some(at));
        }
    }
}

/// What stands behind each `|`, to the end of the text.
fn behind_pipes(text: &str) -> Vec<&str> {
    let single = |at: &usize| !text[..*at].ends_with('|') && !text[at + 1..].starts_with('|');
    text.match_indices('|').map(|(at, _)| at).filter(single).map(|at| text[at + 1..].trim_start()).collect()
}

/// The step, then what each wrapper in front starts.
fn unwrapped<'a>(words: &'a [&'a str]) -> impl Iterator<Item = &'a [&'a str]> {
    let next = |words: &&'a [&'a str]| {
        let (program, rest) = words.split_first()?;
        if name(program) == "find" {
            let at = rest.iter().position(|word| word.starts_with("-exec") || word.starts_with("-ok"))?;
            return rest.get(at + 1..);
        }
        listed(WRAPPERS, name(program)).then(|| behind_options(rest))
    };
    std::iter::successors(Some(words), next).take_while(|words| !words.is_empty()).take(WRAPPED)
}

/// The words behind a wrapper's own ones: options, some with a value, variables and numbers.
fn behind_options<'a>(mut words: &'a [&'a str]) -> &'a [&'a str] {
    loop {
        words = match words {
            ["-u" | "-g" | "--user" | "--group", _, rest @ ..] => rest,
            [word, rest @ ..] if word.starts_with(['-', '+']) || word.contains('=') => rest,
            [word, rest @ ..] if word.starts_with(|c: char| c.is_ascii_digit()) => rest,
            _ => return words,
        };
    }
}

/// What `sh -c` is given.
fn given<'a>(words: &[&'a str]) -> Option<&'a str> {
    let at = words.iter().position(|word| listed(SHELLS, name(word)))?;
    let behind = words[at..].iter().position(|word| means(word, "-c"))?;
    words.get(at + behind + 1).copied()
}

fn name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(80).collect()
}

struct Hints<'a> {
    found: &'a mut Vec<Hint>,
    at: usize,
}

impl Hints<'_> {
    fn add(&mut self, risk: Risk, words: &str) {
        self.found.push(Hint { risk, words: words.to_owned(), step: Some(self.at) });
    }

    fn program(&mut self, words: &[&str]) {
        let Some((program, rest)) = words.split_first() else { return };
        for (_, named, risk) in TABLE.iter().filter(|(programs, ..)| listed(programs, name(program))) {
            if named.is_empty() {
                let options = rest.iter().take_while(|word| word.starts_with('-')).count();
                self.add(*risk, &words[..=options].join(" "));
            } else if let Some(said) = rest.iter().find(|word| named.iter().any(|named| means(word, named))) {
                self.add(*risk, &format!("{program} {said}"));
            }
        }
        for (_, verb, named, risk) in PAIRS.iter().filter(|(of, verb, ..)| *of == name(program) && rest.contains(verb))
        {
            if let Some(said) = rest.iter().find(|word| named.iter().any(|named| means(word, named))) {
                self.add(*risk, &format!("{program} {verb} {said}"));
            }
        }
        if name(program) == "env" && rest.is_empty() {
            self.add(Risk::ReadsSecrets, program);
        }
    }

    /// Whether a shell or interpreter gets commands that do not stand in the line, now or later.
    fn shell(&mut self, piped: &[&str], step: &Step, words: &[&str]) {
        let Some((program, rest)) = words.split_first() else { return };
        let runs_text = listed(SHELLS, name(program)) || matches!(*program, "eval" | "source" | ".");
        let piped = runs_text && piped.iter().any(|behind| behind.starts_with(&step.text));
        let built = ["$(", "`", "<(", "<<"].iter().any(|sign| step.text.contains(sign));
        let bare =
            |rest: &[&str]| rest.iter().all(|word| matches!(*word, "-i" | "-l" | "-s" | "-il" | "-li" | "--login"));
        if runs_text && (piped || built) {
            let words = if piped { format!("| {program}") } else { first_line(&step.text) };
            self.add(Risk::PipesIntoShell, &words);
        } else if listed(SHELLS, name(program)) && bare(rest) || opens_prompt(name(program), rest) {
            self.add(Risk::OpensShell, &words.join(" "));
        }
    }

    /// Secrets and encoded words, wherever they stand and whatever quotes and signs are around them.
    fn pieces(&mut self, text: &str) {
        let ends = |c: char| c.is_whitespace() || "'\"=<>|;&()`,@:\\".contains(c);
        for piece in text.split(ends).filter(|piece| !piece.is_empty()) {
            let encoded = piece.len() >= ENCODED
                && piece.contains(|c: char| c.is_ascii_digit())
                && piece.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_'));
            if holds_secrets(piece) {
                self.add(Risk::ReadsSecrets, piece);
            } else if piece.starts_with("/dev/tcp/") || piece.starts_with("/dev/udp/") {
                self.add(Risk::NetworkOut, piece);
            } else if encoded {
                self.add(Risk::EncodedPayload, &format!("{}…", &piece[..24]));
            }
        }
        if text.matches("\\x").count() >= 4 {
            self.add(Risk::EncodedPayload, "\\x");
        }
    }

    fn writes(&mut self, text: &str, commands: &[&[&str]], place: Place<'_>) {
        // What a heredoc holds is data.
        let head = if text.contains("<<") { text.lines().next().unwrap_or_default() } else { text };
        for (sign, target) in redirections(head) {
            if sign == ">" && !target.starts_with("/dev/") {
                self.add(Risk::Overwrites, &format!("> {target}"));
            }
            if is_outside(target, place) {
                self.add(Risk::WritesOutside, &format!("{sign} {target}"));
            }
        }
        let Some(program) =
            commands.iter().rev().filter_map(|words| words.first()).find(|word| listed(WRITERS, name(word)))
        else {
            return;
        };
        // From the text and not from the words: `~` and `$HOME` are no known words.
        let paths: Vec<_> = text
            .split_whitespace()
            .skip_while(|word| name(word) != name(program))
            .skip(1)
            .map(|word| word.trim_matches(['\'', '"', ';', ')']))
            .filter(|word| !word.starts_with(['-', '<', '>']))
            .collect();
        let from = if listed(DESTINATION, name(program)) { paths.len().saturating_sub(1) } else { 0 };
        for path in paths.iter().skip(from).filter(|path| is_outside(path.strip_prefix("of=").unwrap_or(path), place)) {
            self.add(Risk::WritesOutside, &format!("{program} {path}"));
        }
    }
}

/// Whether the program takes commands from whoever types, given these words.
fn opens_prompt(program: &str, rest: &[&str]) -> bool {
    let plain = rest.iter().filter(|word| !word.starts_with('-')).count();
    match program {
        "sudo" | "doas" => rest.iter().any(|word| matches!(*word, "-i" | "-s" | "--login" | "--shell")),
        "ssh" => plain == 1,
        "docker" | "podman" | "kubectl" => {
            rest.iter().any(|word| matches!(*word, "exec" | "run"))
                && rest.last().is_some_and(|word| listed(SHELLS, name(word)))
        }
        _ => {
            listed(PROMPTS, program)
                && !rest.iter().any(|word| means(word, "-c") || means(word, "-e") || word.starts_with("--command"))
        }
    }
}

/// Where a text writes to: `>` or `>>`, and the target as it stands there.
fn redirections(text: &str) -> Vec<(&'static str, &str)> {
    let (mut found, mut quote) = (Vec::new(), None);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '>') => {
                let sign = if rest.starts_with('>') { ">>" } else { ">" };
                let target = rest.trim_start_matches(['>', '|', ' ', '\t']);
                let end = target.find(|c: char| c.is_whitespace() || ";|&)<>".contains(c)).unwrap_or(target.len());
                let target_text = target[..end].trim_matches(['\'', '"']);
                if !target.starts_with(['&', '(']) && !target_text.is_empty() {
                    found.push((sign, target_text));
                }
                rest = &target[end..];
            }
            _ => {}
        }
    }
    found
}
