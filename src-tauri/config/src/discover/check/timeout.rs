//! Timeouts: seconds, whole, and short enough.

use agents::codex::install::{self, ends_quickly};
use model::HookEvent;

use super::tree::{Entry, Kind, Node};
use super::{Checked, Finding, Standing, words};
use crate::Replace;

/// Seconds that are offered where none are said.
const OFFERED: u64 = 30;
/// What is written with at least so many seconds, in round numbers, is meant in milliseconds.
const MILLISECONDS: u64 = 1_000;

impl Checked<'_> {
    pub(super) fn timeout(&self, standing: Standing<'_>) -> Option<Finding> {
        let Standing { event, handler, .. } = standing;
        let command = handler.get("command")?.value.text()?;
        let background = handler.get("async").is_some_and(|entry| matches!(entry.value.kind, Kind::Bool(true)));
        if background || command.trim().is_empty() || install::ours(command).is_some() {
            return None;
        }
        match handler.get("timeout") {
            Some(entry) => self.in_milliseconds(event, entry),
            None => self.no_timeout(event, handler),
        }
    }

    fn in_milliseconds(&self, event: &HookEvent, entry: &Entry) -> Option<Finding> {
        let written = whole(&entry.value)?;
        if written < MILLISECONDS || written % 500 != 0 || ends_quickly(event) || i64::try_from(written).is_err() {
            return None;
        }
        let seconds = written.div_ceil(MILLISECONDS);
        let message = words!(
            "the timeout is {written} seconds, for Codex counts in seconds; if the hook hangs, so does the agent",
            written
        );
        let change = Replace { range: entry.value.at.clone(), with: seconds.to_string() };
        Some(
            Finding::warning("timeout-in-milliseconds", entry.value.at.clone(), message)
                .hint(words!("write {seconds}, if milliseconds were meant", seconds))
                .fix(words!("write {seconds}", seconds), [change]),
        )
    }

    fn no_timeout(&self, event: &HookEvent, handler: &Node) -> Option<Finding> {
        // Another key was meant to be it, and is told of.
        if handler.entries().iter().any(|entry| entry.name.starts_with("timeout")) {
            return None;
        }
        let command = handler.get("command")?;
        let (message, offered) = if *event == HookEvent::SessionEnd {
            (words!("without `timeout` it has 1 second"), install::timeout(event, Some(u64::MAX)))
        } else if blocks(event) {
            let default = install::timeout(event, None);
            (words!("without `timeout` a hook that hangs holds the agent for {default} seconds", default), OFFERED)
        } else {
            return None;
        };
        let change = self.text.with(handler, "timeout", &offered.to_string());
        Some(
            Finding::advice("no-timeout", command.key.clone(), message)
                .hint(words!("give it a `timeout`, in seconds"))
                .fix(words!("give it {offered} seconds", offered), change),
        )
    }

    /// A key by which others, or an older Codex, mean the timeout.
    pub(super) fn timeout_key(&self, handler: &Node, entry: &Entry) -> Finding {
        let name = &entry.name;
        let finding = Finding::warning(
            "timeout-key",
            entry.key.clone(),
            words!("Codex ignores `{name}`, and without `timeout` uses its default", name),
        )
        .hint(words!("write `timeout`, in seconds"));
        let said = seconds(&entry.value)
            .map(|said| if name.to_ascii_lowercase().ends_with("ms") { said.div_ceil(MILLISECONDS) } else { said });
        match said.filter(|_| handler.get("timeout").is_none()) {
            Some(seconds) => {
                let value = Replace { range: entry.value.at.clone(), with: seconds.to_string() };
                let other = self.text.text[value.range.clone()] != value.with;
                let rename = self.text.rename(entry, "timeout");
                finding.fix(
                    words!("write `timeout` {seconds}", seconds),
                    [rename].into_iter().chain(other.then_some(value)),
                )
            }
            None => finding.fix(words!("take `{name}` out", name), self.text.without(handler, entry)),
        }
    }
}

/// Whether the agent waits to be told to go on: exit code 2 keeps it from what it is about to do.
pub(super) fn blocks(event: &HookEvent) -> bool {
    use HookEvent::{PermissionRequest, PostToolUse, PreToolUse, Stop, SubagentStop, UserPromptSubmit};
    matches!(event, PreToolUse | PermissionRequest | PostToolUse | UserPromptSubmit | Stop | SubagentStop)
}

/// A whole number that is not negative.
pub(super) fn whole(value: &Node) -> Option<u64> {
    let Kind::Number(number) = &value.kind else {
        return None;
    };
    let digits = number.replace('_', "");
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)];
    let radix = prefixed.iter().find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)));
    let (digits, radix) = radix.unwrap_or((digits.trim_start_matches('+'), 10));
    u64::from_str_radix(digits, radix).ok()
}

/// What was meant by a number that may be a fraction, or stand in quotes.
pub(super) fn seconds(value: &Node) -> Option<u64> {
    let said = match &value.kind {
        Kind::Number(number) => number.replace('_', ""),
        Kind::Text(text) => text.trim().trim_end_matches('s').trim_end().to_owned(),
        _ => return None,
    };
    let said: f64 = said.parse().ok()?;
    let fits = said.is_finite() && (0.0..=1e9).contains(&said);
    fits.then(|| format!("{:.0}", said.ceil()).parse().ok())?
}
