//! What is wrong with one hook file, or will surprise, and where. What one click can mend has a fix.

mod command;
mod keys;
mod line;
mod machine;
mod matcher;
mod mend;
mod output;
mod owned;
mod said;
mod shape;
mod shell;
mod timeout;
mod variables;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use machine::Machine;
pub use matcher::tools_hit;
use mend::Text;
use model::HookEvent;

use super::config_toml;
use super::gather::ARGV;
use super::layers::located;
use super::{Diagnostic, Fix, Severity, Words, words};
use crate::tree::{self, Entry, Node};
use crate::{Error, Replace, file, json};

/// What is wrong with a hook file on this machine. Only a file that cannot be read is an error.
pub fn check(file: &Path) -> Result<Vec<Diagnostic>, Error> {
    let missing = || Error::Read { path: file.to_owned(), source: io::ErrorKind::NotFound.into() };
    let text = file::read(file)?.ok_or_else(missing)?;
    let machine = Machine::here();
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let checked = Checked { root: machine.root(&absolute), ..Checked::of(file, &text, &machine) };
    Ok(checked.diagnostics())
}

/// What is wrong with a text that is, or will be, the whole of a hook file, in the order of the text.
pub fn check_text(file: &Path, text: &str, machine: &Machine) -> Vec<Diagnostic> {
    Checked::of(file, text, machine).diagnostics()
}

/// A diagnostic without its line.
struct Finding {
    severity: Severity,
    code: &'static str,
    at: Range<usize>,
    message: Words,
    hint: Option<Words>,
    fix: Option<Fix>,
}

impl Finding {
    fn new(severity: Severity, code: &'static str, at: Range<usize>, message: Words) -> Self {
        Self { severity, code, at, message, hint: None, fix: None }
    }

    fn error(code: &'static str, at: Range<usize>, message: Words) -> Self {
        Self::new(Severity::Error, code, at, message)
    }

    fn warning(code: &'static str, at: Range<usize>, message: Words) -> Self {
        Self::new(Severity::Warning, code, at, message)
    }

    fn advice(code: &'static str, at: Range<usize>, message: Words) -> Self {
        Self::new(Severity::Advice, code, at, message)
    }

    fn hint(self, hint: Words) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// No changes: there is no fix.
    fn fix(self, title: Words, changes: impl IntoIterator<Item = Replace>) -> Self {
        let mut changes: Vec<_> = changes.into_iter().collect();
        changes.sort_by_key(|change| (change.range.start, change.range.end));
        let fix = (!changes.is_empty()).then_some(Fix { title, changes });
        Self { fix, ..self }
    }
}

struct Checked<'a> {
    file: &'a Path,
    text: Text<'a>,
    machine: Machine,
    /// Of the project whose file it is.
    root: Option<PathBuf>,
}

/// A handler of an event.
#[derive(Clone, Copy)]
struct Standing<'a> {
    event: &'a HookEvent,
    handler: &'a Node,
}

impl<'a> Checked<'a> {
    fn of(file: &'a Path, text: &'a str, machine: &Machine) -> Self {
        let is_toml = file.extension().is_some_and(|extension| extension == "toml");
        Self { file, text: Text { text, is_toml }, machine: machine.clone(), root: machine.root(file) }
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut found = if self.text.is_toml { self.toml() } else { self.json() };
        found.sort_by_key(|finding| (finding.at.start, finding.at.end));
        let text = self.text.text;
        let (mut line, mut start, mut from) = (1, 0, 0);
        let placed = found.into_iter().map(|Finding { severity, code, at, message, hint, fix }| {
            let since = &text[from..at.start];
            line += since.matches('\n').count();
            start = since.rfind('\n').map_or(start, |end| from + end + 1);
            from = at.start;
            let column = text[start..at.start].chars().count() + 1;
            Diagnostic { severity, code, range: at, line, column, message, hint, fix }
        });
        placed.collect()
    }

    fn json(&self) -> Vec<Finding> {
        let lenient = tree::json(self.text.text);
        let mut found = Vec::new();
        match (json::declared(self.text.text), &lenient) {
            (Ok(declared), Some(lenient)) => found = self.said(declared.hooks, &lenient.root),
            (Ok(_), None) => {}
            (Err(why), lenient) => {
                let (syntax, shape) = lenient
                    .as_ref()
                    .map_or_else(Default::default, |lenient| (self.not_json(lenient), self.top_level(&lenient.root)));
                let culprit = if why.is_syntax {
                    syntax.iter().rposition(|finding| finding.at.start <= why.at)
                } else {
                    (!shape.is_empty()).then_some(syntax.len())
                };
                found.extend(syntax.into_iter().chain(shape));
                let message = format!("failed to parse hooks config {}: {why}", self.file.display());
                let hint = words!("until this is mended Codex uses no hook of this file");
                match culprit.and_then(|index| found.get_mut(index)) {
                    Some(culprit) => culprit.message = Words::told(message),
                    None => found.push(Finding::error("rejected", self.there(why.at), Words::told(message)).hint(hint)),
                }
            }
        }
        let root = lenient.as_ref().map(|lenient| &lenient.root);
        found.extend(lenient.iter().flat_map(|lenient| self.owned(&lenient.root, lenient.comments.iter().cloned())));
        if let Some(hooks) = root.and_then(|root| root.get("hooks")) {
            found.extend(self.hooks(&hooks.value, &|_| Some(("unknown-event", words!("Codex knows no such event")))));
        }
        found
    }

    fn toml(&self) -> Vec<Finding> {
        let rejected = |refused: &config_toml::Refused| {
            let hint = words!("until this is mended Codex uses none of this file and lists no hooks at all");
            Finding::error("rejected", self.there(refused.at), Words::told(located(self.file, refused))).hint(hint)
        };
        let config = match config_toml::parse(self.text.text) {
            Ok(config) => config,
            Err(refused) => return vec![rejected(&refused)],
        };
        let root = tree::toml(self.text.text);
        let hooks = root.as_ref().and_then(|root| root.get("hooks"));
        let mut found = match &root {
            Some(root) if hooks.is_some() => self.owned(root, owned::comments(self.text.text, root)),
            _ => Vec::new(),
        };
        if let Some(broken) = &config.broken {
            let mut shape = hooks.map(|hooks| self.container(hooks)).unwrap_or_default();
            match shape.first_mut().filter(|_| broken.hooks.is_some()) {
                Some(culprit) => culprit.message = Words::told(located(self.file, &broken.error)),
                None => found.push(rejected(&broken.error)),
            }
            found.extend(shape);
        } else if let (Some(declared), Some(root)) = (config.hooks, &root) {
            found.extend(self.said(declared.events, root));
        }
        let unknown = |name: &str| {
            (!ARGV.contains(&name) && name != "state").then(|| ("unknown-key", words!("`[hooks]` has no such key")))
        };
        found.extend(hooks.map(|hooks| self.hooks(&hooks.value, &unknown)).into_iter().flatten());
        found
    }

    /// Whatever else stands below `hooks`. `unknown` says of a key that it means nothing, with a code, and why.
    fn hooks(&self, hooks: &Node, unknown: &dyn Fn(&str) -> Option<(&'static str, Words)>) -> Vec<Finding> {
        let mut found = Vec::new();
        for entry in hooks.entries() {
            let event = HookEvent::from_name(&entry.name);
            if matches!(event, HookEvent::Other(_)) {
                found.extend(unknown(&entry.name).map(|(code, why)| self.unknown_event(hooks, entry, code, &why)));
                continue;
            }
            for group in entry.value.list() {
                found.extend(self.owned_table(group));
                found.extend(self.group_keys(&event, group));
                found.extend(self.matcher(&event, group));
                for handler in handlers(group) {
                    let standing = Standing { event: &event, handler };
                    found.extend(self.owned_table(handler));
                    found.extend(self.handler_keys(standing));
                    found.extend(self.timeout(standing));
                    found.extend(self.command(standing));
                    found.extend(self.command_of_windows(standing));
                }
            }
            found.extend(self.twice(&event, entry.value.list()));
        }
        found
    }

    /// The rest of the word or line from here.
    fn there(&self, at: usize) -> Range<usize> {
        let at = self.text.text.floor_char_boundary(at);
        let rest = &self.text.text[at..];
        let end = rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(rest.len());
        let one = rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
        at..at + end.max(one)
    }
}

fn handlers(group: &Node) -> &[Node] {
    group.get("hooks").map(|hooks| hooks.value.list()).unwrap_or_default()
}

fn known(event: &Entry) -> bool {
    !matches!(HookEvent::from_name(&event.name), HookEvent::Other(_))
}
