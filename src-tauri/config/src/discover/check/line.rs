//! A command as it is looked at: what its steps run, and what stands in it for a shell of its own.

use std::ops::Range;

use model::HookEvent;

use super::shell::{self, Line, Part, Step, Then, Word};
use super::tree::Node;

/// They run what stands behind them.
const RUNNERS: [&str; 6] = ["exec", "nohup", "setsid", "time", "command", "env"];

/// A handler's command as it is looked at.
pub(super) struct Command<'a> {
    pub(super) event: &'a HookEvent,
    pub(super) node: &'a Node,
    /// The person's own, also where its runs are recorded.
    pub(super) text: &'a str,
    pub(super) is_recorded: bool,
    pub(super) line: Line,
    /// Where it is the command of a shell that another command starts.
    pub(super) outer: Option<Outer<'a>>,
}

/// What stands around the command of a shell.
pub(super) struct Outer<'a> {
    pub(super) quote: char,
    /// The steps up to the one that starts the shell, and that one.
    steps: &'a [Step],
}

/// What a step runs, where it can be told.
pub(super) struct Runs<'a> {
    pub(super) program: &'a Word,
    /// By what name, without its folder.
    pub(super) name: &'a str,
    /// The first argument, where that is a script.
    pub(super) script: Option<&'a Word>,
}

impl Command<'_> {
    /// The same in what stands in the file: a recorded command stands in quotes, behind `set -- '`.
    pub(super) fn within(&self, part: &Range<usize>) -> Range<usize> {
        let place = |at: usize| {
            let quotes = self.text[..at].matches('\'').count();
            if self.is_recorded { "set -- '".len() + at + quotes * r"\''".len() } else { at }
        };
        place(part.start)..place(part.end)
    }

    /// Whether the step asks if there is such a file.
    pub(super) fn tests(&self, step: &Step, word: &Word) -> bool {
        let written = |word: &Word| self.text[word.at.clone()].to_owned();
        let asks = step
            .words
            .first()
            .and_then(Word::text)
            .is_some_and(|name| matches!(name, "[" | "test" | "command" | "which"));
        asks && step.words.iter().any(|other| written(other) == written(word))
    }

    /// Such as `C:\tools\x.exe`.
    pub(super) fn is_windows(&self, word: &Word) -> bool {
        let written = self.text[word.at.clone()].trim_start_matches(['"', '\'']);
        let mut chars = written.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic())
            && chars.next() == Some(':')
            && matches!(chars.next(), Some('\\' | '/'))
    }

    /// The 1 of `exit 1` or `exit /b 1`, where the line is of a shell that is not read.
    pub(super) fn exit_of_windows(&self) -> Option<Range<usize>> {
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
        let edges = |at: &usize| {
            let (before, after) = (self.text[..*at].trim_end(), &self.text[at + 1..]);
            let before = before.strip_suffix("/b").or_else(|| before.strip_suffix("/B")).unwrap_or(before).trim_end();
            let exit = before
                .len()
                .checked_sub(4)
                .and_then(|at| before.get(at..))
                .is_some_and(|it| it.eq_ignore_ascii_case("exit"));
            exit && before.len() < *at
                && is_edge(after.chars().next())
                && is_edge(before[..before.len() - 4].chars().last())
        };
        let read = !self.line.steps.is_empty() || !self.line.comments.is_empty();
        let mut ones = self.text.match_indices('1').map(|(at, _)| at).filter(|_| !read);
        ones.find(edges).map(|at| at..at + 1)
    }

    /// What stands in front of a step, also around the shell that runs it.
    pub(super) fn before(&self, index: usize) -> impl Iterator<Item = &Step> {
        let outer = self.outer.as_ref().map(|outer| outer.steps).unwrap_or_default();
        outer.iter().chain(&self.line.steps[..index])
    }

    /// The command of the shell that a step starts, as in `sh -c '…'`.
    pub(super) fn inner(&self, index: usize) -> Option<Command<'_>> {
        let step = self.line.steps.get(index).filter(|_| self.outer.is_none())?;
        let program = runs(step).filter(|runs| is_shell(runs.name))?.program;
        let mut words = step.words.iter().skip_while(|word| word.at != program.at).skip(1);
        loop {
            let letters = words.next()?.text()?.strip_prefix('-')?;
            if letters.is_empty() || !letters.chars().all(|c| "celux".contains(c)) {
                return None;
            }
            if letters.contains('c') {
                break;
            }
        }
        let at = words.next()?.at.clone();
        let quote = self.text[at.clone()].chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let end = self.text[..at.end].strip_suffix(quote).map(str::len).filter(|end| *end > at.start)?;
        let text = &self.text[at.start + 1..end];
        if text.contains(quote) || (quote == '"' && text.contains(['\\', '`'])) {
            return None;
        }
        let mut line = shell::read_part(self.text, at.start + 1..end);
        if let Some(last) = line.steps.last_mut().filter(|last| last.then == Then::End && step.then == Then::Or) {
            last.then = Then::Or;
        }
        let outer = Some(Outer { quote, steps: &self.line.steps[..=index] });
        Some(Command { line, outer, ..*self })
    }
}

/// `None` where the words are not plain enough.
pub(super) fn runs(step: &Step) -> Option<Runs<'_>> {
    let assigns = |word: &&Word| match word.parts.first() {
        Some(Part::Text(text)) => text
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')),
        _ => false,
    };
    let runner =
        |word: &&Word| word.text().and_then(|name| name.rsplit('/').next()).is_some_and(|name| RUNNERS.contains(&name));
    let mut words = step.words.iter().skip_while(|word| assigns(word) || runner(word));
    let program = words.next()?;
    if program.text().is_some_and(|name| name.starts_with('-')) {
        return None;
    }
    let Some(Part::Text(last)) = program.parts.last() else {
        return None;
    };
    let name = last.rsplit('/').next().unwrap_or(last);
    let script = match harmless(name) {
        None => None,
        Some(options) => {
            let option = |word: &&Word| {
                word.text()
                    .and_then(|text| text.strip_prefix('-'))
                    .is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| options.contains(c)))
            };
            let path = |text: &str| !text.starts_with('-') && text.contains(['/', '.']);
            words.find(|word| !option(word)).filter(|word| word.text().is_none_or(path))
        }
    };
    Some(Runs { program, name, script })
}

fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "zsh" | "ksh")
}

/// Options of an interpreter behind which a script still follows. `None`: it is none.
fn harmless(name: &str) -> Option<&'static str> {
    match name {
        _ if is_shell(name) => Some("eux"),
        "node" | "bun" | "tsx" | "ruby" | "perl" | "php" => Some(""),
        _ if name.starts_with("python") => Some("uBEIsSO"),
        _ => None,
    }
}

/// Whether it ends with exit code 2 where its script is missing, which Codex 0.169 takes as a block.
pub(super) fn ends_with_2(name: &str) -> bool {
    name.starts_with("python") || matches!(name, "sh" | "dash")
}
