//! Keys that Codex 0.169 does not read, and what they mean elsewhere.

use model::HookEvent;

use super::tree::{Entry, Kind, Node, Way};
use super::{Checked, Finding, Standing};
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
    /// `why` is empty where the key does mean something.
    pub(super) fn unknown_event(&self, hooks: &Node, entry: &Entry, why: &str) -> Option<Finding> {
        if why.is_empty() {
            return None;
        }
        let code = if why.contains("event") { "unknown-event" } else { "unknown-key" };
        let finding = Finding::warning(code, entry.key.clone(), format!("ignoring `{}`: {why}", entry.name));
        let Some(meant) = alike(&entry.name, HookEvent::KNOWN.iter().map(HookEvent::name)) else {
            return Some(finding);
        };
        let plain = hooks.get(meant).is_none() && matches!(entry.value.kind, Kind::List(_, Way::Brackets));
        let finding = finding.hint(format!("write `{meant}`"));
        Some(finding.fix(format!("write `{meant}`"), plain.then(|| self.text.rename(entry, meant))))
    }

    pub(super) fn group_keys(&self, event: &HookEvent, group: &Node) -> Vec<Finding> {
        if group.get("hooks").is_none() && (group.get("type").is_some() || group.get("command").is_some()) {
            return self.no_group(group).into_iter().collect();
        }
        let unread = group.entries().iter().filter(|entry| !OF_GROUP.contains(&entry.name.as_str()));
        unread
            .map(|entry| {
                let code = if matches!(entry.name.as_str(), "type" | "command") {
                    "handler-without-group"
                } else {
                    "ignored-key"
                };
                let message = format!("ignoring `{}`: a group of {} has no such key", entry.name, event.name());
                let finding = Finding::warning(code, entry.key.clone(), message);
                finding.fix(format!("take `{}` out", entry.name), self.text.without(group, entry))
            })
            .collect()
    }

    /// A handler that stands where a group has to stand.
    fn no_group(&self, group: &Node) -> Option<Finding> {
        let Kind::Table(entries, way) = &group.kind else { return None };
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
        let message = format!("ignoring `{}`: a group has no such key, so this handler never runs", key.name);
        Some(
            Finding::error("handler-without-group", key.key.clone(), message)
                .hint("put the handler into the group's `hooks`")
                .fix("put it into a group", changes.into_iter().filter(|_| whole)),
        )
    }

    pub(super) fn handler_keys(&self, Standing { handler, .. }: Standing<'_>) -> Vec<Finding> {
        let unread = handler.entries().iter().filter(|entry| !OF_HANDLER.contains(&entry.name.as_str()));
        unread.map(|entry| self.unread(handler, entry)).collect()
    }

    fn unread(&self, handler: &Node, entry: &Entry) -> Finding {
        let name = entry.name.as_str();
        let warn = |code, message: String| Finding::warning(code, entry.key.clone(), message);
        let out = |finding: Finding| finding.fix(format!("take `{name}` out"), self.text.without(handler, entry));
        match name {
            "timeoutSec" | "timeout_sec" | "timeoutSeconds" | "timeout_ms" | "timeoutMs" => {
                self.timeout_key(handler, entry)
            }
            "args" => self.args(handler, entry),
            "if" => out(warn(
                "foreign-key",
                "Codex ignores `if`: the hook runs on every call that the matcher lets through".to_owned(),
            )
            .hint("let the command look at its input, and do nothing where it need not")),
            "once" => out(warn("foreign-key", "Codex ignores `once`: the hook runs each time".to_owned())),
            "shell" => out(warn(
                "foreign-key",
                "Codex ignores `shell`: the command is run by the person's login shell".to_owned(),
            )
            .hint("name the shell in the command: bash -c '…'")),
            "asyncRewake" => out(warn("foreign-key", "Codex ignores `asyncRewake`".to_owned())
                .hint("`async` runs a hook without waiting for it; it wakes nobody")),
            _ => {
                let finding = warn("ignored-key", format!("ignoring `{name}`: a handler has no such key"));
                match alike(name, OF_HANDLER.into_iter()).filter(|meant| handler.get(meant).is_none()) {
                    Some(meant) => finding
                        .hint(format!("write `{meant}`"))
                        .fix(format!("write `{meant}`"), [self.text.rename(entry, meant)]),
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
            "Codex ignores `args`: the program starts without its arguments",
        )
        .hint("write the arguments behind the program, in `command`")
        .fix("put the arguments into the command", joined.into_iter().flatten())
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
    let word =
        |word: &&str| if plain(word) { (*word).to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) };
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}
