//! Keys that Codex 0.169 does not read, and what they mean elsewhere.

use model::HookEvent;

use super::tree::{Entry, Kind, Node, Way};
use super::{Checked, Finding, Standing, Words, owned, words};
use crate::Replace;

/// Keys Codex 0.169 reads in a group, and `agents`, which Hookwright reads in its own file.
const OF_GROUP: [&str; 3] = ["matcher", "hooks", "agents"];
pub(super) const OF_HANDLER: [&str; 11] = [
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

impl Checked<'_> {
    pub(super) fn unknown_event(&self, hooks: &Node, entry: &Entry, code: &'static str, why: &Words) -> Finding {
        let finding =
            Finding::warning(code, entry.key.clone(), words!("ignoring `{name}`: {why}", name = entry.name, why));
        let Some(meant) = alike(&entry.name, HookEvent::KNOWN.iter().map(HookEvent::name)) else {
            return finding;
        };
        let plain = hooks.get(meant).is_none() && matches!(entry.value.kind, Kind::List(_, Way::Brackets));
        let finding = finding.hint(words!("write `{it}`", it = meant));
        finding.fix(words!("write `{it}`", it = meant), plain.then(|| self.text.rename(entry, meant)))
    }

    pub(super) fn group_keys(&self, event: &HookEvent, group: &Node) -> Vec<Finding> {
        if group.get("hooks").is_none() && (group.get("type").is_some() || group.get("command").is_some()) {
            return self.no_group(group).into_iter().collect();
        }
        let is_read = |entry: &&Entry| OF_GROUP.contains(&entry.name.as_str()) || owned::is_marker(entry);
        let unread = group.entries().iter().filter(|entry| !is_read(entry));
        unread
            .map(|entry| {
                let code = if matches!(entry.name.as_str(), "type" | "command") {
                    "handler-without-group"
                } else {
                    "ignored-key"
                };
                let message = words!(
                    "ignoring `{name}`: a group of {event} has no such key",
                    name = entry.name,
                    event = event.name()
                );
                let finding = Finding::warning(code, entry.key.clone(), message);
                finding.fix(words!("take `{name}` out", name = entry.name), self.text.without(group, entry))
            })
            .collect()
    }

    /// A handler that stands where a group has to stand.
    fn no_group(&self, group: &Node) -> Option<Finding> {
        let Kind::Table(entries, way) = &group.kind else {
            return None;
        };
        let own = |entry: &Entry| entry.name != "matcher";
        let first = entries.iter().position(own)?;
        let run = entries[first..].iter().take_while(|entry| own(entry)).count();
        let whole = entries.iter().filter(|entry| own(entry)).count() == run;
        let (start, end) = (entries[first].key.start, entries[first + run - 1].value.at.end);
        let changes = match way {
            Way::Brackets if self.text.is_toml => super::mend::Text::around(start..end, ["hooks = [{ ", " }]"]),
            Way::Brackets => super::mend::Text::around(start..end, ["\"hooks\": [{", "}]"]),
            // What follows the header belongs to the handler, so the matcher has to stand before.
            Way::Lines if first + run == entries.len() => {
                let header = self.text.text[group.at.clone()].trim_matches(['[', ']']).trim();
                let eol = if self.text.text.contains("\r\n") { "\r\n" } else { "\n" };
                vec![Replace { range: start..start, with: format!("[[{header}.hooks]]{eol}") }]
            }
            Way::Lines | Way::Dots => Vec::new(),
        };
        let key = entries.iter().find(|entry| matches!(entry.name.as_str(), "type" | "command"))?;
        let message = words!("ignoring `{name}`: a group has no such key, so this handler never runs", name = key.name);
        Some(
            Finding::error("handler-without-group", key.key.clone(), message)
                .hint(words!("put the handler into the group's `hooks`"))
                .fix(words!("put it into a group"), changes.into_iter().filter(|_| whole)),
        )
    }

    pub(super) fn handler_keys(&self, Standing { handler, .. }: Standing<'_>) -> Vec<Finding> {
        let is_read = |entry: &&Entry| OF_HANDLER.contains(&entry.name.as_str()) || owned::is_marker(entry);
        let unread = handler.entries().iter().filter(|entry| !is_read(entry));
        unread.map(|entry| self.unread(handler, entry)).collect()
    }

    fn unread(&self, handler: &Node, entry: &Entry) -> Finding {
        let name = entry.name.as_str();
        let warn = |code, message: Words| Finding::warning(code, entry.key.clone(), message);
        let out = |finding: Finding| finding.fix(words!("take `{name}` out", name), self.text.without(handler, entry));
        match name {
            "timeoutSec" | "timeout_sec" | "timeoutSeconds" | "timeout_ms" | "timeoutMs" => {
                self.timeout_key(handler, entry)
            }
            "args" => self.args(handler, entry),
            "if" => out(warn(
                "foreign-key",
                words!("Codex ignores `if`: the hook runs on every call that the matcher lets through"),
            )
            .hint(words!("let the command look at its input, and do nothing where it need not"))),
            "once" => out(warn("foreign-key", words!("Codex ignores `once`: the hook runs each time"))),
            "shell" => out(warn(
                "foreign-key",
                words!("Codex ignores `shell`: the command is run by the person's login shell"),
            )
            .hint(words!("name the shell in the command: bash -c '…'"))),
            "asyncRewake" => out(warn("foreign-key", words!("Codex ignores `asyncRewake`"))
                .hint(words!("`async` runs a hook without waiting for it; it wakes nobody"))),
            _ => {
                let finding = warn("ignored-key", words!("ignoring `{name}`: a handler has no such key", name));
                match alike(name, OF_HANDLER.into_iter()).filter(|meant| handler.get(meant).is_none()) {
                    Some(meant) => finding
                        .hint(words!("write `{it}`", it = meant))
                        .fix(words!("write `{it}`", it = meant), [self.text.rename(entry, meant)]),
                    None => out(finding),
                }
            }
        }
    }

    /// Arguments beside the command, as others have them.
    fn args(&self, handler: &Node, entry: &Entry) -> Finding {
        let words: Option<Vec<_>> = entry.value.list().iter().map(Node::text).collect();
        let line = words.filter(|words| !words.is_empty()).map(|words| format!(" {}", quoted(&words)));
        let command = handler.get("command").map(|command| &command.value);
        let length = command.and_then(Node::text).map_or(0, str::len);
        let joined = command.zip(line).and_then(|(command, line)| {
            let joined = self.text.replace_part(command, &(length..length), &line)?;
            let gone = self.text.without(handler, entry);
            (!gone.is_empty()).then(|| gone.into_iter().chain([joined]))
        });
        Finding::error(
            "foreign-key",
            entry.key.clone(),
            words!("Codex ignores `args`: the program starts without its arguments"),
        )
        .hint(words!("write the arguments behind the program, in `command`"))
        .fix(words!("put the arguments into the command"), joined.into_iter().flatten())
    }
}

/// The one that is meant by another spelling.
pub(super) fn alike<'n>(name: &str, mut known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let letters = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    let name = letters(name);
    known.find(|known| letters(known) == name)
}

/// Words as a line of shell.
pub(super) fn quoted(words: &[&str]) -> String {
    let plain =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c));
    let word = |word: &&str| {
        if plain(word) { (*word).to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}
