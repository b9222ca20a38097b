//! Payloads to try hooks with: as Codex 0.169 sends them, and as a person can edit them.

use std::path::Path;

use decisions::plain::{self, Piece};
use model::{HookEvent, Matcher};
use serde_json::{Value, json};

const SESSION: &str = "01a1b2c3-0000-7000-8000-000000000001";
const TURN: &str = "01a1b2c3-0000-7000-8000-000000000002";
const CHILD: &str = "01a1b2c3-0000-7000-8000-000000000003";

/// A field and its value, in the order in which the agent writes them.
type Fields = Vec<(&'static str, Value)>;

/// A payload of this event in this folder, where it can be one that the matcher is for. Indented.
pub(crate) fn payload(event: &HookEvent, folder: &Path, matcher: Option<&Matcher>) -> String {
    let mut fields: Fields = vec![("session_id", json!(SESSION))];
    if !matches!(event, HookEvent::SessionStart | HookEvent::SessionEnd) {
        fields.push(("turn_id", json!(TURN)));
    }
    fields.extend([
        ("transcript_path", Value::Null),
        ("cwd", json!(folder.to_string_lossy())),
        ("hook_event_name", json!(event.name())),
    ]);
    if *event != HookEvent::SessionEnd {
        fields.push(("model", json!("gpt-5.5")));
    }
    if has_mode(event) {
        fields.push(("permission_mode", json!("default")));
    }
    fields.extend(own(event, matcher));
    editable(&object(&fields))
}

/// JSON as a person can edit it: indented, and with an escape for every character that would not be seen as what it is.
pub(crate) fn editable(json: &str) -> String {
    let readable = agents::codex::readable(json);
    let escaped = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    let piece = |piece: Piece| match piece {
        Piece::Mark { original, .. } => escaped(&original),
        Piece::Text(_) | Piece::Fold { .. } => piece.original().to_owned(),
    };
    plain::prose(&readable).into_iter().map(piece).collect()
}

fn has_mode(event: &HookEvent) -> bool {
    !matches!(
        event,
        HookEvent::PreModelRequest
            | HookEvent::PostModelRequest
            | HookEvent::PreCompact
            | HookEvent::PostCompact
            | HookEvent::SessionEnd
    )
}

/// What only this event has.
fn own(event: &HookEvent, matcher: Option<&Matcher>) -> Fields {
    let one = |words: &[&str]| json!(fitting(matcher, words));
    match event {
        HookEvent::PreToolUse => with(call(matcher), [("tool_use_id", json!("call_1"))]),
        HookEvent::PermissionRequest => call(matcher),
        HookEvent::PostToolUse => {
            with(call(matcher), [("tool_response", json!("done\n")), ("tool_use_id", json!("call_1"))])
        }
        HookEvent::PreCompact | HookEvent::PostCompact => vec![("trigger", one(&["manual", "auto"]))],
        HookEvent::SessionStart => vec![("source", one(&["startup", "resume", "clear", "compact"]))],
        HookEvent::SessionEnd => vec![("reason", one(&["other"]))],
        HookEvent::UserPromptSubmit => vec![("prompt", json!("Make the tests pass."))],
        HookEvent::SubagentStart => child(one(&["default"])),
        HookEvent::SubagentStop => {
            let mut fields = vec![("agent_transcript_path", Value::Null)];
            fields.extend(ending());
            fields.extend(child(one(&["default"])));
            fields
        }
        HookEvent::Stop => ending(),
        HookEvent::PostModelRequest => vec![
            ("status", json!("completed")),
            ("error", Value::Null),
            ("token_usage", json!({ "input_tokens": 10, "output_tokens": 5, "total_tokens": 15 })),
        ],
        HookEvent::PreModelRequest | HookEvent::Interrupt | HookEvent::Other(_) => Vec::new(),
    }
}

fn with<const N: usize>(mut fields: Fields, more: [(&'static str, Value); N]) -> Fields {
    fields.extend(more);
    fields
}

fn child(role: Value) -> Fields {
    vec![("agent_id", json!(CHILD)), ("agent_type", role)]
}

fn ending() -> Fields {
    vec![("stop_hook_active", json!(false)), ("last_assistant_message", json!("The tests pass now."))]
}

/// A harmless call of a tool: a shell command where nothing else is meant.
fn call(matcher: Option<&Matcher>) -> Fields {
    const PATCH: &str = "*** Begin Patch\n*** Update File: notes.md\n@@\n-one\n+two\n*** End Patch";
    let tool = fitting(matcher, &["Bash", "apply_patch", "Edit", "Write", "mcp__memory__search"]);
    let (tool, input) = match tool.as_str() {
        "Bash" => ("Bash".to_owned(), json!({ "command": "echo hello" })),
        // The other two are names under which a matcher finds it.
        "apply_patch" | "Edit" | "Write" => ("apply_patch".to_owned(), json!({ "command": PATCH })),
        _ => (tool, json!({ "query": "hello" })),
    };
    vec![("tool_name", json!(tool)), ("tool_input", input)]
}

/// The first of `words`, or of the matcher's own, that it matches.
fn fitting(matcher: Option<&Matcher>, words: &[&str]) -> String {
    let own = matcher.filter(|matcher| !matcher.is_pattern()).map_or("", Matcher::text);
    let fits = |word: &&str| matcher.is_none_or(|matcher| matcher.matches(&[word]));
    let found = words.iter().copied().chain(own.split('|').filter(|word| !word.is_empty())).find(fits);
    found.unwrap_or(words[0]).to_owned()
}

/// Compact JSON in this order.
fn object(fields: &[(&str, Value)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    format!("{{{}}}", fields.join(","))
}

#[cfg(test)]
mod tests {
    use engine::Payload;

    use super::*;

    fn fields(event: &HookEvent, matcher: Option<&str>) -> Payload {
        let matcher = matcher.map(|text| Matcher::parse(text).unwrap());
        Payload::parse(&payload(event, Path::new("/repo"), matcher.as_ref())).unwrap()
    }

    #[test]
    fn every_event_has_a_sample_in_the_folder() {
        for event in HookEvent::KNOWN {
            let payload = fields(event, None);
            assert_eq!((payload.event(), payload.string("cwd")), (event, Some("/repo")));
        }
    }

    #[test]
    fn a_sample_is_one_that_the_matcher_is_for() {
        for (event, matcher, field, expected) in [
            (HookEvent::PreToolUse, "Edit|Write", "tool_name", "apply_patch"),
            (HookEvent::PreToolUse, "^Bash$", "tool_name", "Bash"),
            (HookEvent::PostToolUse, "mcp__files__read", "tool_name", "mcp__files__read"),
            (HookEvent::PermissionRequest, "mcp__.*", "tool_name", "mcp__memory__search"),
            (HookEvent::PreToolUse, "nothing we know.", "tool_name", "Bash"),
            (HookEvent::SessionStart, "resume|clear", "source", "resume"),
            (HookEvent::PreCompact, "auto", "trigger", "auto"),
            (HookEvent::SubagentStart, "explorer", "agent_type", "explorer"),
        ] {
            assert_eq!(fields(&event, Some(matcher)).string(field), Some(expected), "{matcher}");
        }
    }

    #[test]
    fn what_would_hide_is_escaped_and_stays_the_same_json() {
        let json = "{\"prompt\":\"gpj\u{202e}.exe 日本 \u{e0001}“ok”\"}";
        let edited = editable(json);
        assert_eq!(edited, "{\n  \"prompt\": \"gpj\\u202e.exe 日本 \\udb40\\udc01“ok”\"\n}");
        let read = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(read(&edited), read(json));
    }
}
