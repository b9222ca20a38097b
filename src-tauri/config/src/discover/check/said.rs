//! What Codex 0.169 itself says of a file that it reads, in its words, and where.

use std::collections::BTreeMap;

use model::{Source, SourceKind};

use super::super::collect::{About, Collection, Declaring};
use super::tree::{Entry, Node};
use super::{Checked, Finding, Severity, Words, handlers, words};
use crate::Replace;
use crate::declared::Events;
use crate::view::Spot;

impl Checked<'_> {
    pub(super) fn said(&self, events: Events, root: &Node) -> Vec<Finding> {
        let source = Source { kind: SourceKind::User, path: self.file.to_owned(), plugin: None };
        let nothing = BTreeMap::new();
        let mut found = Collection::default();
        let from = Declaring { source: &source, key: self.file, state: &nothing, input: &|_| None, bundle: None };
        found.add(&from, events);
        let placed = found.notes.into_iter().filter_map(|note| Some((note.place?, note.message)));
        let noted = placed.filter_map(|((spot, about), message)| self.noted(root, &spot, about, message));
        noted.chain(self.too_large(root)).collect()
    }

    fn noted(&self, root: &Node, spot: &Spot, about: About, message: String) -> Option<Finding> {
        let group = root.get("hooks")?.value.get(spot.event.name())?.value.list().get(spot.group)?;
        let handler = handlers(group).get(spot.handler);
        let of = |name| handler.and_then(|handler: &Node| handler.get(name));
        let entry = match about {
            About::InvalidMatcher | About::UnusedInvalidMatcher => group.get("matcher"),
            About::EmptyCommand => of("command"),
            About::EmptyTool => of("tool"),
            About::ToolAtTheEnd | About::NotSupported | About::UntoldPlugin => of("type"),
            About::ClampedTimeout => of("timeout"),
            About::AsyncAtTheEnd => of("async"),
            About::IgnoredLimit => of("additionalContextLimit"),
        };
        let at = entry.map_or_else(|| handler.unwrap_or(group).at.clone(), |entry| entry.value.at.clone());
        let severity = if about.skips() { Severity::Error } else { Severity::Warning };
        let (code, hint) = about.advice();
        let finding = Finding::new(severity, code, at, Words::told(message)).hint(hint);
        let (Some(entry), Some(handler)) = (entry, handler.or(Some(group))) else {
            return Some(finding);
        };
        Some(self.mended(finding, about, handler, entry))
    }

    fn mended(&self, finding: Finding, about: About, handler: &Node, entry: &Entry) -> Finding {
        match about {
            About::InvalidMatcher | About::UnusedInvalidMatcher => self.mend_matcher(finding, &entry.value),
            About::ClampedTimeout => {
                let three = Replace { range: entry.value.at.clone(), with: "3".to_owned() };
                finding.fix(words!("write 3"), [three])
            }
            About::AsyncAtTheEnd | About::IgnoredLimit => {
                finding.fix(words!("take `{name}` out", name = entry.name), self.text.without(handler, entry))
            }
            About::EmptyCommand
            | About::EmptyTool
            | About::ToolAtTheEnd
            | About::NotSupported
            | About::UntoldPlugin => finding,
        }
    }

    fn too_large(&self, root: &Node) -> Vec<Finding> {
        let events = root.get("hooks").into_iter().flat_map(|hooks| hooks.value.entries());
        let handlers =
            events.filter(|event| super::known(event)).flat_map(|event| event.value.list()).flat_map(handlers);
        let numbers = handlers
            .flat_map(|handler| ["timeout", "additionalContextLimit"].into_iter().filter_map(|name| handler.get(name)));
        let large =
            numbers.filter(|entry| super::timeout::whole(&entry.value).is_some_and(|it| i64::try_from(it).is_err()));
        let message = words!("Codex 0.169 lists no hooks at all while a number is larger than {most}", most = i64::MAX);
        large
            .map(|entry| {
                Finding::error("too-large", entry.value.at.clone(), message.clone())
                    .hint(words!("use a smaller number"))
            })
            .collect()
    }
}
