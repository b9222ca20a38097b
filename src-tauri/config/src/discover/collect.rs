//! From what files declare to hooks as Codex 0.169 has them: left out what it leaves out, with its defaults, limits and words.

use std::collections::BTreeMap;
use std::path::Path;

use agents::codex::install::{self, DeclaredTool};
use model::{Handler, Hook, HookEvent, HookKey, Matcher, Mode, Source, Trust as Trusted};
use serde_json::{Map, Value};

use super::{Skipped, Words, words};
use crate::declared::{Events, MatcherGroup};
use crate::inspect::Trust;
use crate::view::{Command, McpTool, Runs, Spot};

/// What was found so far, in configured order.
#[derive(Default)]
pub(super) struct Collection {
    pub(super) hooks: Vec<Hook>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) notes: Vec<Note>,
}

/// Something Codex says, in its own words.
pub(super) struct Note {
    /// The group or handler, and what about it; `None` where it is about a file.
    pub(super) place: Option<(Spot, About)>,
    pub(super) message: String,
}

/// What a note is about; stable words for scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    InvalidMatcher,
    /// Of a group that has no handler.
    UnusedInvalidMatcher,
    EmptyCommand,
    EmptyTool,
    ToolAtTheEnd,
    NotSupported,
    UntoldPlugin,
    ClampedTimeout,
    AsyncAtTheEnd,
    IgnoredLimit,
}

impl About {
    /// The code of a diagnostic, and what to do about it.
    pub(super) fn advice(self) -> (&'static str, Words) {
        match self {
            Self::InvalidMatcher | Self::UnusedInvalidMatcher => (
                "invalid-matcher",
                words!("write names parted by |, or an expression of Rust's regex crate (no look-around)"),
            ),
            Self::EmptyCommand => ("empty-command", words!("give it a command, or take it out")),
            Self::EmptyTool => ("empty-tool", words!("name both the MCP server and its tool")),
            Self::ToolAtTheEnd => ("tool-at-session-end", words!("use a command for SessionEnd")),
            Self::UntoldPlugin => ("untold-plugin", words!("leave only files and folders in the plugin")),
            Self::NotSupported => ("not-supported", words!("use a command or an mcp_tool")),
            Self::ClampedTimeout => ("clamped-timeout", words!("give it at most 3 seconds")),
            Self::AsyncAtTheEnd => ("async-session-end", words!("take async out")),
            Self::IgnoredLimit => ("ignored-limit", words!("take additionalContextLimit out")),
        }
    }

    /// Whether the hook is left out.
    pub(super) fn skips(self) -> bool {
        match self {
            Self::InvalidMatcher
            | Self::EmptyCommand
            | Self::EmptyTool
            | Self::ToolAtTheEnd
            | Self::NotSupported
            | Self::UntoldPlugin => true,
            Self::UnusedInvalidMatcher | Self::ClampedTimeout | Self::AsyncAtTheEnd | Self::IgnoredLimit => false,
        }
    }
}

/// Where hooks are declared, and what is said of them elsewhere.
pub(super) struct Declaring<'a> {
    pub(super) source: &'a Source,
    /// What keys begin with; mostly the source's path.
    pub(super) key: &'a Path,
    pub(super) state: &'a BTreeMap<String, Trust>,
    /// The input of an MCP tool as it is hashed, for numbers keep their text.
    pub(super) input: &'a dyn Fn(&Spot) -> Option<Map<String, Value>>,
    /// What a plugin consists of, which is trusted together with each of its hooks; or why that cannot be told.
    pub(super) bundle: Option<Result<&'a str, &'a str>>,
}

impl Collection {
    /// About a file.
    pub(super) fn warn(&mut self, message: String) {
        self.notes.push(Note { place: None, message });
    }

    pub(super) fn add(&mut self, from: &Declaring<'_>, events: Events) {
        for (event, groups) in events.in_order() {
            for (index, group) in groups.into_iter().enumerate() {
                self.group(from, &event, index, group);
            }
        }
    }

    fn group(&mut self, from: &Declaring<'_>, event: &HookEvent, group: usize, declared: MatcherGroup) {
        let spot = |handler| Spot { event: event.clone(), group, handler };
        let path = from.source.path.display();
        let text = declared.matcher.filter(|_| install::has_matcher(event));
        let matcher = match text.as_deref().map(Matcher::parse).transpose() {
            Ok(matcher) => matcher,
            Err(error) => {
                let text = text.unwrap_or_default();
                let why = format!("invalid matcher {text:?} in {path}: {error}");
                let unused = declared.hooks.is_empty();
                let about = if unused { About::UnusedInvalidMatcher } else { About::InvalidMatcher };
                self.notes.push(Note { place: Some((spot(0), about)), message: why.clone() });
                for handler in 0..declared.hooks.len() {
                    self.leave_out(from, spot(handler), why.clone());
                }
                return;
            }
        };
        for (handler, runs) in declared.hooks.into_iter().enumerate() {
            let spot = spot(handler);
            match runs {
                Runs::Command(command) => self.command(from, spot, matcher.clone(), command),
                Runs::McpTool(tool) => self.tool(from, spot, matcher.clone(), tool),
                Runs::Prompt => self.refuse(from, spot, About::NotSupported, |path| {
                    format!("skipping prompt hook in {path}: prompt hooks are not supported yet")
                }),
                Runs::Agent => self.refuse(from, spot, About::NotSupported, |path| {
                    format!("skipping agent hook in {path}: agent hooks are not supported yet")
                }),
            }
        }
    }

    fn command(&mut self, from: &Declaring<'_>, spot: Spot, matcher: Option<Matcher>, command: Command) {
        if command.command.trim().is_empty() {
            return self
                .refuse(from, spot, About::EmptyCommand, |path| format!("skipping empty hook command in {path}"));
        }
        self.clamp(from, &spot, command.timeout);
        let name = spot.event.name();
        let mut mode = if command.background { Mode::Async } else { Mode::Sync };
        if command.background && spot.event == HookEvent::SessionEnd {
            mode = Mode::Sync;
            self.note(from, &spot, About::AsyncAtTheEnd, |path| {
                format!("running async SessionEnd hook synchronously in {path}")
            });
        }
        let mut limit = command.additional_context_limit;
        if limit.is_some() && !install::gives_context(&spot.event) {
            limit = None;
            self.note(from, &spot, About::IgnoredLimit, |path| {
                format!(
                    "ignoring additionalContextLimit for {name} hook in {path}: this event cannot emit additionalContext"
                )
            });
        }
        let hash = command.hash(&spot.event, matcher.as_ref().map(Matcher::text));
        let Command { command, timeout, status_message, .. } = command;
        let handler = Handler::Command { command, environment: Vec::new(), mode };
        let rest = Rest { timeout, status_message, context_limit: limit.map(|limit| limit as u64) };
        self.push(from, spot, matcher, handler, hash, rest);
    }

    fn tool(&mut self, from: &Declaring<'_>, spot: Spot, matcher: Option<Matcher>, tool: McpTool) {
        if spot.event == HookEvent::SessionEnd {
            return self.refuse(from, spot, About::ToolAtTheEnd, |path| {
                format!("skipping MCP tool hook in {path}: SessionEnd MCP hooks are not supported")
            });
        }
        let McpTool { server, tool, input, timeout, status_message } = tool;
        if server.trim().is_empty() || tool.trim().is_empty() {
            return self.refuse(from, spot, About::EmptyTool, |path| {
                format!("skipping MCP tool hook in {path}: server and tool must not be empty")
            });
        }
        self.clamp(from, &spot, timeout);
        let hashed = (from.input)(&spot).unwrap_or_else(|| hashed(&input));
        let declared = DeclaredTool {
            event: &spot.event,
            matcher: matcher.as_ref().map(Matcher::text),
            server: &server,
            tool: &tool,
            input: &hashed,
            timeout,
            status_message: status_message.as_deref(),
        };
        let hash = declared.hash();
        let handler = Handler::McpTool { server, tool, input };
        self.push(from, spot, matcher, handler, hash, Rest { timeout, status_message, context_limit: None });
    }

    fn push(
        &mut self,
        from: &Declaring<'_>,
        spot: Spot,
        matcher: Option<Matcher>,
        handler: Handler,
        hash: String,
        rest: Rest,
    ) {
        let hash = match from.bundle {
            None => hash,
            Some(Ok(bundle)) => format!("{hash}/{bundle}"),
            Some(Err(why)) => {
                return self.refuse(from, spot, About::UntoldPlugin, |path| {
                    format!("skipping plugin hook in {path}: failed to fingerprint plugin contents: {why}")
                });
            }
        };
        let key = spot.key(from.key);
        let (enabled, trust) = if from.source.kind.is_managed() {
            (true, Trusted::Managed)
        } else {
            let said = from.state.get(&key);
            (said.and_then(|said| said.enabled) != Some(false), trust(said, &hash))
        };
        self.hooks.push(Hook {
            key: HookKey::new(key),
            matcher,
            handler,
            source: from.source.clone(),
            display_order: self.hooks.len().try_into().unwrap_or(u32::MAX),
            timeout: install::timeout(&spot.event, rest.timeout),
            status_message: rest.status_message,
            context_limit: rest.context_limit,
            hash,
            enabled,
            trust,
            agents: None,
            event: spot.event,
        });
    }

    fn clamp(&mut self, from: &Declaring<'_>, spot: &Spot, declared: Option<u64>) {
        let most = install::timeout(&spot.event, declared);
        if declared.is_some_and(|declared| declared > most) {
            let name = spot.event.name();
            self.note(from, spot, About::ClampedTimeout, |path| {
                format!("clamping {name} hook timeout to {most}s in {path}")
            });
        }
    }

    fn note(
        &mut self,
        from: &Declaring<'_>,
        spot: &Spot,
        about: About,
        message: impl FnOnce(std::path::Display<'_>) -> String,
    ) {
        let message = message(from.source.path.display());
        self.notes.push(Note { place: Some((spot.clone(), about)), message });
    }

    /// Notes it and leaves it out.
    fn refuse(
        &mut self,
        from: &Declaring<'_>,
        spot: Spot,
        about: About,
        message: impl FnOnce(std::path::Display<'_>) -> String,
    ) {
        let why = message(from.source.path.display());
        self.notes.push(Note { place: Some((spot.clone(), about)), message: why.clone() });
        self.leave_out(from, spot, why);
    }

    fn leave_out(&mut self, from: &Declaring<'_>, spot: Spot, why: String) {
        let key = HookKey::new(spot.key(from.key));
        self.skipped.push(Skipped { key, event: spot.event, source: from.source.clone(), why });
    }
}

/// What was said of a hook, against what stands there now.
pub(super) fn trust(said: Option<&Trust>, hash: &str) -> Trusted {
    match said.and_then(|said| said.hash.as_ref()) {
        Some(trusted) if trusted == hash => Trusted::Trusted,
        Some(_) => Trusted::Modified,
        None => Trusted::Untrusted,
    }
}

/// What both kinds of handlers may have.
struct Rest {
    timeout: Option<u64>,
    status_message: Option<String>,
    context_limit: Option<u64>,
}

/// Where no text of a number is known, as serde_json writes it.
fn hashed(input: &Map<String, Value>) -> Map<String, Value> {
    input.iter().map(|(name, value)| (name.clone(), hashed_value(value))).collect()
}

fn hashed_value(value: &Value) -> Value {
    match value {
        Value::Number(number) => install::hashed_number(&number.to_string()),
        Value::Array(values) => values.iter().map(hashed_value).collect(),
        Value::Object(object) => Value::Object(hashed(object)),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}
