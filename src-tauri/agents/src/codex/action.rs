//! `tool_input` of a permission request → [`Action`], by tool name.
//!
//! A known tool with an input that does not fit is [`Action::Unknown`], shown as JSON: nothing is guessed, nothing is left out.

use std::path::PathBuf;

use model::Action;

use super::wire::{self, Command, Object, Permissions, RawValue};
use super::{edit, json, patch};

/// What the tool is to do, and the agent's justification for it.
pub(super) fn read(tool: &str, input: &RawValue) -> (Action, Option<String>) {
    understood(tool, input).unwrap_or_else(|| (Action::Unknown { input: json::indent(input.get()) }, None))
}

fn understood(tool: &str, input: &RawValue) -> Option<(Action, Option<String>)> {
    match tool {
        "Bash" => wire::read(input).map(shell),
        "apply_patch" => wire::read(input).map(|Command { command, description }| {
            (Action::Patch { files: patch::files(&command).unwrap_or_default(), text: command }, description)
        }),
        "Edit" | "Write" | "MultiEdit" => edit::file(tool, input).map(|file| {
            let files = vec![file];
            (Action::Patch { files, text: json::indent(input.get()) }, None)
        }),
        "write_stdin" => wire::read(input).and_then(stdin).map(|action| (action, None)),
        "request_permissions" => wire::read(input).map(|Permissions { reason, permissions }| {
            (Action::Permissions { reason, permissions: json::indent(permissions.get()) }, None)
        }),
        _ => mcp(tool, input).map(|action| (action, None)),
    }
}

/// Codex tells a network request from a command by its description alone. A model could write that as its justification, so
/// whoever shows a network request shows the command with it: allowing may run it.
fn shell(Command { command, description }: Command) -> (Action, Option<String>) {
    let target = description.as_deref().and_then(|text| text.strip_prefix("network-access "));
    match target {
        Some(target) if !target.is_empty() && !target.contains(char::is_whitespace) => {
            (Action::Network { target: target.to_owned(), command }, None)
        }
        _ => (Action::Shell { command }, description.filter(|text| !text.is_empty())),
    }
}

/// Codex: `mcp__SERVER__TOOL`; the first double underscore after the prefix ends the server's name.
fn mcp(tool: &str, input: &RawValue) -> Option<Action> {
    let (server, tool) = tool.strip_prefix("mcp__")?.split_once("__")?;
    if server.is_empty() || tool.is_empty() {
        return None;
    }
    let Object(arguments) = wire::read(input)?;
    let arguments = arguments.into_iter().map(|(name, value)| (name, wire::shown(value))).collect();
    Some(Action::Mcp { server: server.to_owned(), tool: tool.to_owned(), arguments })
}

fn stdin(Object(fields): Object) -> Option<Action> {
    let (mut chars, mut process, mut cwd, mut details) = (None, None, None, Vec::new());
    for (name, value) in fields {
        match name.as_str() {
            "chars" if chars.is_none() => chars = Some(wire::read::<String>(value)?),
            "session_id" if process.is_none() => process = Some(wire::shown(value)),
            "cwd" if cwd.is_none() => cwd = Some(wire::read::<Option<PathBuf>>(value)?),
            "chars" | "session_id" | "cwd" => return None,
            _ => details.push((name, wire::shown(value))),
        }
    }
    Some(Action::Stdin { chars: chars?, process, cwd: cwd.flatten(), details })
}
