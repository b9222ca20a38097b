//! What is wrong with one hook file, or will surprise, and where.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use agents::codex::install;
use model::{HookEvent, Source, SourceKind};

use super::collect::{About, Collection, Declaring};
use super::config_toml::{self, Refused};
use super::gather::ARGV;
use super::layers::located;
use super::{Diagnostic, Severity};
use crate::declared::Events;
use crate::error::{Refusal, position};
use crate::view::{Hooks, Key, KeyOf, Runs, Spot};
use crate::{Error, file, json, toml};

/// Keys Codex 0.169 reads in a group, and `agents`, which Hookwright reads in its own file.
const OF_GROUP: [&str; 3] = ["matcher", "hooks", "agents"];
const OF_HANDLER: [&str; 11] = [
    "type",
    "command",
    "commandWindows",
    "command_windows",
    "timeout",
    "async",
    "statusMessage",
    "additionalContextLimit",
    "server",
    "tool",
    "input",
];

/// What is wrong with a hook file. Only a file that cannot be read is an error.
pub fn check(file: &Path) -> Result<Vec<Diagnostic>, Error> {
    let missing = || Error::Read { path: file.to_owned(), source: io::ErrorKind::NotFound.into() };
    let text = file::read(file)?.ok_or_else(missing)?;
    let checked = Checked { file, text: &text };
    let mut found =
        if file.extension().is_some_and(|extension| extension == "toml") { checked.toml() } else { checked.json() };
    found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    Ok(found)
}

struct Checked<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Checked<'_> {
    fn json(&self) -> Vec<Diagnostic> {
        match json::declared(self.text) {
            Ok(declared) => self.hooks(
                declared.hooks,
                json::hooks(self.text),
                json::keys(self.text),
                &|_| "Codex knows no such event",
            ),
            Err(why) => {
                let message = format!("failed to parse hooks config {}: {why}", self.file.display());
                vec![self.diagnostic(why.at, Severity::Error, "rejected", message, Some(rejected(&why.to_string())))]
            }
        }
    }

    fn toml(&self) -> Vec<Diagnostic> {
        let config = match config_toml::parse(self.text) {
            Ok(config) => config,
            Err(refused) => return vec![self.refused(&refused, (refused.line, refused.column))],
        };
        if let Some(broken) = &config.broken {
            // Codex only says in which table it is.
            let at = toml::hooks(self.text)
                .map_or_else(|refusal| position(self.text, refusal.at), |_| (broken.error.line, broken.error.column));
            return vec![self.refused(&broken.error, at)];
        }
        let events = config.hooks.map(|hooks| hooks.events).unwrap_or_default();
        self.hooks(events, toml::hooks(self.text), toml::keys(self.text), &|name| {
            if ARGV.contains(&name) || name == "state" { "" } else { "`[hooks]` has no such key" }
        })
    }

    fn refused(&self, refused: &Refused, (line, column): (usize, usize)) -> Diagnostic {
        let hint = "until this is mended Codex uses none of this file and lists no hooks at all";
        let (severity, code, hint) = (Severity::Error, "rejected", Some(hint.to_owned()));
        Diagnostic { severity, code, line, column, message: located(self.file, refused), hint }
    }

    /// `unknown` says why a key of the container means nothing; empty where it does mean something.
    fn hooks(
        &self,
        events: Events,
        standing: Result<Hooks, Refusal>,
        keys: Vec<Key>,
        unknown: &dyn Fn(&str) -> &'static str,
    ) -> Vec<Diagnostic> {
        let source = Source { kind: SourceKind::User, path: self.file.to_owned(), plugin: None };
        let nothing = BTreeMap::new();
        let mut found = Collection::default();
        let from = Declaring { source: &source, key: self.file, state: &nothing, input: &|_| None, bundle: None };
        found.add(&from, events);
        let standing = standing.unwrap_or_default();
        let noted = found.notes.into_iter().filter_map(|note| Some((note.place?, note.message)));
        let noted = noted.map(|((spot, about), message)| {
            let severity = if about.skips() { Severity::Error } else { Severity::Warning };
            let (code, hint) = about.advice();
            self.diagnostic(place(&standing, &spot, about), severity, code, message, Some(hint.to_owned()))
        });
        let large = standing.handlers().filter(|(_, _, handler)| too_large(&handler.runs)).map(|(_, _, handler)| {
            let message = format!("Codex 0.169 lists no hooks at all while a number is larger than {}", i64::MAX);
            self.diagnostic(handler.at, Severity::Error, "too-large", message, Some("use a smaller number".to_owned()))
        });
        let ignored = keys.iter().filter_map(|key| self.ignored(key, unknown));
        noted.chain(large).chain(ignored).collect()
    }

    fn ignored(&self, Key { at, name, of }: &Key, unknown: &dyn Fn(&str) -> &'static str) -> Option<Diagnostic> {
        let warn = |code, message, hint| Some(self.diagnostic(*at, Severity::Warning, code, message, hint));
        match of {
            KeyOf::Hooks => {
                let (event, why) = (HookEvent::from_name(name), unknown(name));
                let code = if why.contains("event") { "unknown-event" } else { "unknown-key" };
                let ignored = matches!(event, HookEvent::Other(_)) && !why.is_empty();
                ignored.then(|| warn(code, format!("ignoring `{name}`: {why}"), meant(name))).flatten()
            }
            KeyOf::Group(event) if name == "matcher" && !install::has_matcher(event) => {
                let message = format!("ignoring the matcher: {} has nothing to match", event.name());
                warn("unused-matcher", message, Some("take the matcher out".to_owned()))
            }
            KeyOf::Group(_) if matches!(name.as_str(), "type" | "command") => {
                let hint = "put the handler into the group's `hooks`".to_owned();
                warn("handler-without-group", format!("ignoring `{name}`: a group has no such key"), Some(hint))
            }
            KeyOf::Handler if matches!(name.as_str(), "timeoutSec" | "timeout_sec" | "timeout_ms") => {
                let message = format!("Codex ignores `{name}`, and without `timeout` uses its default");
                warn("timeout-key", message, Some("write `timeout`, in seconds".to_owned()))
            }
            KeyOf::Group(_) if !OF_GROUP.contains(&name.as_str()) => {
                warn("ignored-key", format!("ignoring `{name}`: a group has no such key"), None)
            }
            KeyOf::Handler if !OF_HANDLER.contains(&name.as_str()) => {
                warn("ignored-key", format!("ignoring `{name}`: a handler has no such key"), None)
            }
            KeyOf::Group(_) | KeyOf::Handler => None,
        }
    }

    fn diagnostic(
        &self,
        at: usize,
        severity: Severity,
        code: &'static str,
        message: String,
        hint: Option<String>,
    ) -> Diagnostic {
        let (line, column) = position(self.text, at);
        Diagnostic { severity, code, line, column, message, hint }
    }
}

fn place(standing: &Hooks, spot: &Spot, about: About) -> usize {
    let group = standing.groups(&spot.event).and_then(|groups| groups.get(spot.group));
    let of_group = matches!(about, About::InvalidMatcher | About::UnusedInvalidMatcher);
    let handler = group.and_then(|group| group.handlers.get(spot.handler)).filter(|_| !of_group);
    handler.map(|handler| handler.at).or_else(|| group.map(|group| group.at)).unwrap_or_default()
}

fn too_large(runs: &Runs) -> bool {
    let large = |number: Option<u64>| number.is_some_and(|number| i64::try_from(number).is_err());
    match runs {
        Runs::Command(command) => {
            large(command.timeout) || large(command.additional_context_limit.map(|limit| limit as u64))
        }
        Runs::McpTool(tool) => large(tool.timeout),
        Runs::Prompt | Runs::Agent => false,
    }
}

/// Codex's name of an event that is spelled otherwise.
fn meant(name: &str) -> Option<String> {
    let letters = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    let known = HookEvent::KNOWN.iter().find(|event| letters(event.name()) == letters(name))?;
    Some(format!("write `{}`", known.name()))
}

fn rejected(why: &str) -> String {
    let event = HookEvent::KNOWN.iter().any(|event| why.starts_with(&format!("unknown field `{}`", event.name())));
    if event {
        "put the events into `hooks`: {\"hooks\": {…}}".to_owned()
    } else {
        "until this is mended Codex uses no hook of this file".to_owned()
    }
}
