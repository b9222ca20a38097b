//! What is fixed about each event: its names, its scope, what a matcher is held against.

use model::HookEvent;

use crate::Payload;

/// What an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Thread,
    Turn,
}

impl Scope {
    /// Codex's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Turn => "turn",
        }
    }
}

pub fn scope(event: &HookEvent) -> Scope {
    match event {
        HookEvent::SessionStart | HookEvent::SessionEnd | HookEvent::SubagentStart => Scope::Thread,
        HookEvent::UserPromptSubmit
        | HookEvent::PreModelRequest
        | HookEvent::PostModelRequest
        | HookEvent::PreToolUse
        | HookEvent::PermissionRequest
        | HookEvent::PostToolUse
        | HookEvent::PreCompact
        | HookEvent::PostCompact
        | HookEvent::SubagentStop
        | HookEvent::Stop
        | HookEvent::Interrupt
        | HookEvent::Other(_) => Scope::Turn,
    }
}

/// As in run ids and names of schemas: `pre-tool-use`.
pub fn kebab(event: &HookEvent) -> String {
    spelled(event, "-")
}

/// As in hook keys: `pre_tool_use`.
pub fn snake(event: &HookEvent) -> String {
    spelled(event, "_")
}

/// As in a sentence: `pre tool use`.
pub fn words(event: &HookEvent) -> String {
    spelled(event, " ")
}

/// As the app-server calls it: `preToolUse`.
pub fn camel(event: &HookEvent) -> String {
    let mut letters = event.name().chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

fn spelled(event: &HookEvent, between: &str) -> String {
    let mut spelled = String::new();
    for letter in event.name().chars() {
        if letter.is_ascii_uppercase() && !spelled.is_empty() {
            spelled += between;
        }
        spelled.push(letter.to_ascii_lowercase());
    }
    spelled
}

/// Whether a matcher has anything to match. Codex 0.169 ignores it elsewhere.
pub fn takes_matcher(event: &HookEvent) -> bool {
    subject(event).is_some()
}

/// What a matcher is held against: a tool's name and its other names, a source, a trigger, a role.
pub fn subjects(payload: &Payload) -> Vec<&str> {
    let Some(subject) = subject(payload.event()).and_then(|field| payload.string(field)) else {
        return Vec::new();
    };
    let mut subjects = vec![subject];
    if is_about_a_tool(payload.event()) {
        subjects.extend(aliases(subject));
    }
    subjects
}

/// Whether what it says can reach the model as context.
pub fn gives_context(event: &HookEvent) -> bool {
    match event {
        HookEvent::SessionStart
        | HookEvent::UserPromptSubmit
        | HookEvent::PreToolUse
        | HookEvent::PostToolUse
        | HookEvent::SubagentStart => true,
        HookEvent::SessionEnd
        | HookEvent::PreModelRequest
        | HookEvent::PostModelRequest
        | HookEvent::PermissionRequest
        | HookEvent::PreCompact
        | HookEvent::PostCompact
        | HookEvent::SubagentStop
        | HookEvent::Stop
        | HookEvent::Interrupt
        | HookEvent::Other(_) => false,
    }
}

/// The payload's field that a matcher is held against.
fn subject(event: &HookEvent) -> Option<&'static str> {
    match event {
        HookEvent::PreToolUse | HookEvent::PermissionRequest | HookEvent::PostToolUse => Some("tool_name"),
        HookEvent::PreCompact | HookEvent::PostCompact => Some("trigger"),
        HookEvent::SessionStart => Some("source"),
        HookEvent::SessionEnd => Some("reason"),
        HookEvent::SubagentStart | HookEvent::SubagentStop => Some("agent_type"),
        HookEvent::UserPromptSubmit
        | HookEvent::PreModelRequest
        | HookEvent::PostModelRequest
        | HookEvent::Stop
        | HookEvent::Interrupt
        | HookEvent::Other(_) => None,
    }
}

fn is_about_a_tool(event: &HookEvent) -> bool {
    subject(event) == Some("tool_name")
}

/// Other names that a tool answers to in matchers. A payload always has its own name.
fn aliases(tool: &str) -> &'static [&'static str] {
    match tool {
        "apply_patch" => &["Write", "Edit"],
        "spawn_agent" => &["Agent"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_spelling() {
        let event = HookEvent::PreToolUse;
        assert_eq!(
            [kebab(&event), snake(&event), words(&event), camel(&event)],
            ["pre-tool-use", "pre_tool_use", "pre tool use", "preToolUse"]
        );
        assert_eq!([kebab(&HookEvent::Stop), camel(&HookEvent::Stop)], ["stop", "stop"]);
        assert_eq!(kebab(&HookEvent::Other(String::new())), "");
    }

    #[test]
    fn what_a_matcher_is_held_against() {
        let subjects = |text: &str| subjects(&Payload::parse(text).unwrap()).join(",");
        assert_eq!(
            subjects(r#"{"hook_event_name":"PostToolUse","tool_name":"apply_patch"}"#),
            "apply_patch,Write,Edit"
        );
        assert_eq!(subjects(r#"{"hook_event_name":"PreToolUse","tool_name":"Bash"}"#), "Bash");
        assert_eq!(subjects(r#"{"hook_event_name":"PreCompact","trigger":"auto","tool_name":"x"}"#), "auto");
        assert_eq!(subjects(r#"{"hook_event_name":"SubagentStart","agent_type":"apply_patch"}"#), "apply_patch");
        assert_eq!(subjects(r#"{"hook_event_name":"SessionStart"}"#), "");
        assert_eq!(subjects(r#"{"hook_event_name":"Stop","tool_name":"Bash"}"#), "");
    }
}
