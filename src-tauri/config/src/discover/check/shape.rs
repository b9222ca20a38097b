//! What makes Codex 0.169 refuse a whole file: what is no JSON, and what has another shape than it reads.

use std::ops::Range;

use model::HookEvent;

use super::keys::{self, OF_HANDLER};
use super::tree::{Entry, Kind, Lenient, Node, Way};
use super::{Checked, Finding, Words, handlers, known, words};
use crate::Replace;

const TYPES: [&str; 4] = ["command", "mcp_tool", "prompt", "agent"];

/// What a value has to be.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    /// A text, or `null` in JSON.
    TextOrNull,
    Flag,
    /// At least 0 and whole, or `null` in JSON.
    Number,
}

impl Checked<'_> {
    pub(super) fn not_json(&self, lenient: &Lenient) -> Vec<Finding> {
        let remove = |range: &Range<usize>| Replace { range: range.clone(), with: String::new() };
        let mark = lenient.mark.as_ref().map(|at| {
            Finding::error(
                "byte-order-mark",
                at.clone(),
                words!("Codex refuses a file that begins with a byte order mark"),
            )
            .hint(words!("take the mark out"))
            .fix(words!("take the byte order mark out"), [remove(at)])
        });
        let comments = lenient.comments.first().map(|first| {
            let all = lenient.comments.iter().map(|at| remove(&whole(self.text.text, at)));
            Finding::error("comment", first.clone(), words!("Codex refuses a file with comments"))
                .hint(words!("JSON has no comments; say it in `description`"))
                .fix(words!("take all comments out"), all)
        });
        let commas = lenient.commas.first().map(|first| {
            Finding::error("trailing-comma", first.clone(), words!("Codex refuses a comma behind the last element"))
                .hint(words!("take the comma out"))
                .fix(words!("take such commas out"), lenient.commas.iter().map(remove))
        });
        mark.into_iter().chain(comments).chain(commas).collect()
    }

    /// Of a `hooks.json`, in the order of the text.
    pub(super) fn top_level(&self, root: &Node) -> Vec<Finding> {
        let mut found = self.doubles(root, |name| matches!(name, "description" | "hooks"));
        found.extend(self.events_outside(root));
        for entry in root.entries() {
            match entry.name.as_str() {
                "hooks" => found.extend(self.container(entry)),
                "description" => found.extend(self.shaped(root, entry, Shape::TextOrNull)),
                _ if known(entry) => {}
                name => found.push(
                    Finding::error("unknown-top-level-key", entry.key.clone(), self.refuses(words!("`{name}`", name)))
                        .hint(words!("a hooks.json has `description` and `hooks`, and nothing else"))
                        .fix(words!("take `{name}` out", name), self.text.without(root, entry)),
                ),
            }
        }
        found.sort_by_key(|finding| finding.at.start);
        found
    }

    /// Events that stand beside `hooks`, and not in it.
    fn events_outside(&self, root: &Node) -> Option<Finding> {
        let outside = root.entries().iter().position(known)?;
        let entries = root.entries();
        let run = entries[outside..].iter().take_while(|entry| known(entry)).count();
        let all = entries.iter().filter(|entry| known(entry)).count() == run && root.get("hooks").is_none();
        let last = &entries[outside + run - 1];
        let around = entries[outside].key.start..last.value.at.end;
        let wrap = super::mend::Text::around(around, ["\"hooks\": {", "}"]);
        Some(
            Finding::error(
                "events-at-top-level",
                entries[outside].key.clone(),
                self.refuses(words!("events outside `hooks`")),
            )
            .hint(words!("put the events into `hooks`: {\"hooks\": {…}}"))
            .fix(words!("put the events into `hooks`"), wrap.into_iter().filter(|_| all)),
        )
    }

    /// What holds the events.
    pub(super) fn container(&self, hooks: &Entry) -> Vec<Finding> {
        if !hooks.value.is_table() {
            let hint = words!("write a table of events, each with a list of groups");
            return vec![self.wrong(hooks, words!("`hooks` that is no table of events")).hint(hint)];
        }
        let mut found = self.doubles(&hooks.value, |name| !matches!(HookEvent::from_name(name), HookEvent::Other(_)));
        for event in hooks.value.entries().iter().filter(|entry| known(entry)) {
            if !matches!(event.value.kind, Kind::List(..)) {
                found.push(self.no_list(event));
            }
            for group in event.value.list() {
                found.extend(self.group_shape(event, group));
            }
        }
        found
    }

    fn group_shape(&self, event: &Entry, group: &Node) -> Vec<Finding> {
        if !group.is_table() {
            let message = self.refuses(words!("a group of {event} that is no table", event = event.name));
            return vec![Finding::error("wrong-shape", group.at.clone(), message)];
        }
        let mut found = self.doubles(group, |name| matches!(name, "matcher" | "hooks"));
        if let Some(matcher) = group.get("matcher") {
            found.extend(self.matcher_shape(group, matcher));
        }
        let hooks = group.get("hooks").filter(|hooks| !matches!(hooks.value.kind, Kind::List(..)));
        found.extend(hooks.map(|hooks| self.no_list(hooks)));
        found.extend(handlers(group).iter().flat_map(|handler| self.handler_shape(handler)));
        found
    }

    fn matcher_shape(&self, group: &Node, matcher: &Entry) -> Option<Finding> {
        let finding = self.shaped(group, matcher, Shape::TextOrNull)?;
        let words: Option<Vec<_>> = matcher.value.list().iter().map(Node::text).collect();
        let joined = words.filter(|words| !words.is_empty()).map(|words| self.text.string(&words.join("|")));
        let change = joined.map(|with| Replace { range: matcher.value.at.clone(), with });
        Some(if change.is_some() { finding.fix(words!("join the names with |"), change) } else { finding })
    }

    /// A table where a list of tables has to be.
    fn no_list(&self, entry: &Entry) -> Finding {
        let finding = self
            .wrong(entry, words!("`{name}` that is no list", name = entry.name))
            .hint(words!("write a list of tables"));
        let wrap = match entry.value.kind {
            Kind::Table(_, Way::Dots) => Vec::new(),
            Kind::Table(..) => super::mend::Text::around(entry.value.at.clone(), ["[", "]"]),
            _ => Vec::new(),
        };
        finding.fix(words!("make it a list"), wrap)
    }

    fn handler_shape(&self, handler: &Node) -> Vec<Finding> {
        if !handler.is_table() {
            let message = self.refuses(words!("a handler that is no table"));
            return vec![Finding::error("wrong-shape", handler.at.clone(), message)];
        }
        let kind = match self.kind(handler) {
            Ok(kind) => kind,
            Err(finding) => return vec![*finding],
        };
        let mut found = self.doubles(handler, |name| name == "type" || OF_HANDLER.contains(&name));
        let (needed, read): (&[&str], &[(&str, Shape)]) = match kind {
            "command" => (
                &["command"],
                &[
                    ("async", Shape::Flag),
                    ("statusMessage", Shape::TextOrNull),
                    ("additionalContextLimit", Shape::Number),
                    ("commandWindows", Shape::TextOrNull),
                    ("command_windows", Shape::TextOrNull),
                ],
            ),
            "mcp_tool" => (&["server", "tool"], &[("statusMessage", Shape::TextOrNull)]),
            _ => return found,
        };
        for name in needed {
            match handler.get(name) {
                Some(entry) if *name == "command" => found.extend(self.command_shape(handler, entry)),
                Some(entry) => found.extend(self.shaped(handler, entry, Shape::Text)),
                None => found.push(
                    Finding::error(
                        "missing-key",
                        head(handler),
                        self.refuses(words!("a {kind} without `{name}`", kind, name)),
                    )
                    .hint(words!("add `{name}`", name)),
                ),
            }
        }
        found.extend(handler.get("timeout").and_then(|timeout| self.timeout_shape(handler, timeout)));
        let optional = read.iter().filter_map(|(name, shape)| Some((handler.get(name)?, *shape)));
        found.extend(optional.filter_map(|(entry, shape)| self.shaped(handler, entry, shape)));
        found
    }

    /// Which of the four it is.
    fn kind<'h>(&self, handler: &'h Node) -> Result<&'h str, Box<Finding>> {
        let Some(kind) = handler.get("type") else {
            let meant = [("command", "command"), ("tool", "mcp_tool")];
            let meant = meant.iter().find(|(key, _)| handler.get(key).is_some()).map(|(_, kind)| *kind);
            let change = meant.and_then(|kind| self.text.with(handler, "type", &self.text.string(kind)));
            let title = words!("add `type` {meant}", meant = meant.unwrap_or_default());
            return Err(Box::new(
                Finding::error("missing-type", head(handler), self.refuses(words!("a handler without `type`")))
                    .hint(words!("say what it is: `command` or `mcp_tool`"))
                    .fix(title, change),
            ));
        };
        if let Some(known) = kind.value.text().filter(|text| TYPES.contains(text)) {
            return Ok(known);
        }
        let text = kind.value.text().unwrap_or_default();
        let meant = keys::alike(text, TYPES.iter().copied());
        let change = meant.map(|meant| Replace { range: kind.value.at.clone(), with: self.text.string(meant) });
        Err(Box::new(
            Finding::error("unknown-type", kind.value.at.clone(), self.refuses(words!("the type `{text}`", text)))
                .hint(words!("use `command` or `mcp_tool`; Codex has no other hooks that run"))
                .fix(words!("write `{it}`", it = meant.unwrap_or_default()), change),
        ))
    }

    /// One that is a list of words becomes a line.
    fn command_shape(&self, handler: &Node, entry: &Entry) -> Option<Finding> {
        let finding = self.shaped(handler, entry, Shape::Text)?.hint(words!("write the command as one line of shell"));
        let words: Option<Vec<_>> = entry.value.list().iter().map(Node::text).collect();
        let line = words.filter(|words| !words.is_empty()).map(|words| keys::quoted(&words));
        let change = line.map(|line| Replace { range: entry.value.at.clone(), with: self.text.string(&line) });
        Some(finding.fix(words!("write it as one line"), change))
    }

    fn timeout_shape(&self, handler: &Node, entry: &Entry) -> Option<Finding> {
        let written = &self.text.text[entry.value.at.clone()];
        if is_shaped(&entry.value, Shape::Number, self.text.is_toml) {
            return None;
        }
        let finding = Finding::error(
            "timeout-value",
            entry.value.at.clone(),
            self.refuses(words!("the timeout {written}", written)),
        )
        .hint(words!("write whole seconds, as a number"));
        let seconds = super::timeout::seconds(&entry.value).filter(|seconds| *seconds > 0);
        Some(match seconds {
            Some(seconds) => {
                let change = Replace { range: entry.value.at.clone(), with: seconds.to_string() };
                finding.fix(words!("write {seconds}", seconds), [change])
            }
            None => finding.fix(words!("take the timeout out"), self.text.without(handler, entry)),
        })
    }

    /// `None` where the value is as it has to be.
    fn shaped(&self, table: &Node, entry: &Entry, shape: Shape) -> Option<Finding> {
        if is_shaped(&entry.value, shape, self.text.is_toml) {
            return None;
        }
        let needed = match shape {
            Shape::Text | Shape::TextOrNull => words!("no text"),
            Shape::Flag => words!("neither true nor false"),
            Shape::Number => words!("no whole number"),
        };
        let finding = self.wrong(entry, words!("`{name}` that is {needed}", name = entry.name, needed));
        let finding = finding.hint(words!("write it so, or take it out"));
        let optional = !matches!(shape, Shape::Text);
        let change = self.text.without(table, entry).into_iter().filter(|_| optional);
        Some(finding.fix(words!("take `{name}` out", name = entry.name), change))
    }

    /// Keys that Codex reads, and that stand there twice. The later goes, where it says the same.
    fn doubles(&self, table: &Node, read: impl Fn(&str) -> bool) -> Vec<Finding> {
        let entries = table.entries();
        let doubled = entries.iter().enumerate().filter(|(_, entry)| read(&entry.name));
        let doubled =
            doubled.filter_map(|(index, entry)| {
                let first = entries[..index].iter().find(|first| first.name == entry.name)?;
                let same = self.text.text[first.value.at.clone()] == self.text.text[entry.value.at.clone()];
                let message = self.refuses(words!("`{name}` twice", name = entry.name));
                let finding =
                    Finding::error("duplicate-key", entry.key.clone(), message).hint(words!("put the two together"));
                Some(finding.fix(
                    words!("take the second one out"),
                    self.text.without(table, entry).into_iter().filter(|_| same),
                ))
            });
        doubled.collect()
    }

    fn wrong(&self, entry: &Entry, what: Words) -> Finding {
        Finding::error("wrong-shape", entry.value.at.clone(), self.refuses(what))
    }

    fn refuses(&self, what: Words) -> Words {
        let scope = if self.text.is_toml { words!("whole configuration") } else { words!("whole file") };
        words!("Codex refuses the {scope} over {what}", scope, what)
    }
}

/// Where a table begins.
fn head(table: &Node) -> Range<usize> {
    let first = table.entries().first().map(|entry| entry.key.clone());
    first.unwrap_or(table.at.clone())
}

fn is_shaped(value: &Node, shape: Shape, is_toml: bool) -> bool {
    let null = matches!(value.kind, Kind::Null) && !is_toml;
    match shape {
        Shape::Text => value.text().is_some(),
        Shape::TextOrNull => value.text().is_some() || null,
        Shape::Flag => matches!(value.kind, Kind::Bool(_)),
        Shape::Number => null || super::timeout::whole(value).is_some(),
    }
}

/// A comment with its line, where it has one for itself, else with the blanks in front of it.
fn whole(text: &str, at: &Range<usize>) -> Range<usize> {
    let before = text[..at.start].trim_end_matches([' ', '\t']).len();
    let after = &text[at.end..];
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    let alone = before == 0 || text[..before].ends_with('\n');
    match ["\n", "\r\n"].iter().find(|eol| after[blanks..].starts_with(**eol)) {
        Some(eol) if alone => before..at.end + blanks + eol.len(),
        Some(_) => before..at.end,
        None => at.clone(),
    }
}
