//! A payload of the older argv hooks, made of a newer one.

use model::{HookEvent, Timestamp};
use serde_json::Value;

use super::wire::{Event, Lifecycle, Payload, PostToolUse, ToolCall, ToolInput};

/// What the older agents would have said, as far as the newer payload tells it. `None` for events they did not have.
///
/// A newer payload knows nothing of how a call was sandboxed, how long it took, or whether it changes anything: after a tool, where
/// the older form must say, it says `unknown`, 0 and true.
pub fn payload_of(payload: &crate::Payload, triggered: Timestamp) -> Option<Payload> {
    let text = |name| payload.string(name).map(str::to_owned);
    let lifecycle = || Lifecycle {
        prompt: text("prompt").filter(|prompt| !prompt.is_empty()),
        last_assistant_message: text("last_assistant_message"),
        ..Lifecycle::default()
    };
    let subagent = || Lifecycle { subagent_id: text("agent_id"), ..lifecycle() };
    let event = match payload.event() {
        HookEvent::SessionStart => Event::SessionStart(lifecycle()),
        HookEvent::SessionEnd => Event::SessionEnd(lifecycle()),
        HookEvent::UserPromptSubmit => Event::UserPromptSubmit(lifecycle()),
        HookEvent::PreToolUse => Event::PreToolUse(call(payload)),
        HookEvent::PostToolUse => Event::PostToolUse(after(payload)),
        HookEvent::Stop => Event::Stop(lifecycle()),
        HookEvent::PreCompact => Event::PreCompact(lifecycle()),
        HookEvent::SubagentStart => Event::SubagentStart(subagent()),
        HookEvent::SubagentStop => Event::SubagentStop(subagent()),
        HookEvent::PreModelRequest
        | HookEvent::PostModelRequest
        | HookEvent::PermissionRequest
        | HookEvent::PostCompact
        | HookEvent::Interrupt
        | HookEvent::Other(_) => return None,
    };
    Some(Payload {
        session_id: text("session_id").unwrap_or_default(),
        transcript_path: payload.string("transcript_path").map(Into::into),
        cwd: payload.cwd().unwrap_or_else(|| ".".into()),
        client: None,
        triggered_at: rfc_3339(triggered),
        event,
    })
}

fn call(payload: &crate::Payload) -> ToolCall {
    let text = |name| payload.string(name).unwrap_or_default().to_owned();
    let name = text("tool_name");
    let (kind, tool_input) = input(&name, payload.fields().get("tool_input").unwrap_or(&Value::Null));
    ToolCall {
        turn_id: text("turn_id"),
        call_id: text("tool_use_id"),
        tool_name: name,
        tool_kind: kind.to_owned(),
        tool_input,
        mutating: None,
        sandbox: None,
        sandbox_policy: None,
    }
}

fn after(payload: &crate::Payload) -> PostToolUse {
    let unknown = || Some("unknown".to_owned());
    let output_preview = match payload.fields().get("tool_response") {
        Some(Value::String(text)) => text.clone(),
        Some(response) => response.to_string(),
        None => String::new(),
    };
    PostToolUse {
        call: ToolCall { mutating: Some(true), sandbox: unknown(), sandbox_policy: unknown(), ..call(payload) },
        executed: true,
        success: true,
        duration_ms: 0,
        output_preview,
    }
}

/// The kind of a tool by its name, and its input in the older form.
fn input(tool: &str, input: &Value) -> (&'static str, ToolInput) {
    let arguments = match input {
        Value::String(raw) => raw.clone(),
        value => value.to_string(),
    };
    if let Some((server, tool)) = tool.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")) {
        return ("mcp", ToolInput::Mcp { server: server.to_owned(), tool: tool.to_owned(), arguments });
    }
    match input.get("command").and_then(Value::as_str).filter(|_| tool == "apply_patch") {
        Some(patch) => ("custom", ToolInput::Custom { input: patch.to_owned() }),
        None => ("function", ToolInput::Function { arguments }),
    }
}

/// Whole seconds of UTC.
fn rfc_3339(time: Timestamp) -> String {
    let seconds = time.0.div_euclid(1000);
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(day);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day, so many days after 1970-01-01. Years are counted from March, so that the leap day is the last of one.
fn date(days: i64) -> (i64, i64, i64) {
    const CENTURIES: i64 = 146_097;
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(CENTURIES), shifted.rem_euclid(CENTURIES));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn converted(newer: Value) -> Option<Value> {
        let newer = crate::Payload::parse(&newer.to_string()).unwrap();
        payload_of(&newer, Timestamp(1_735_689_600_999)).map(|payload| serde_json::to_value(payload).unwrap())
    }

    #[test]
    fn times() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc_3339(Timestamp(ms)), expected);
        }
    }

    #[test]
    fn a_prompt() {
        let newer = json!({
            "session_id": "s", "turn_id": "t", "transcript_path": null, "cwd": "/repo",
            "hook_event_name": "UserPromptSubmit", "model": "m", "permission_mode": "default", "prompt": "hi",
        });
        let older = json!({
            "session_id": "s", "cwd": "/repo", "triggered_at": "2025-01-01T00:00:00Z",
            "hook_event_name": "UserPromptSubmit", "prompt": "hi",
        });
        assert_eq!(converted(newer), Some(older));
    }

    #[test]
    fn a_tool_before_and_after() {
        let newer = |event: &str| {
            json!({
                "session_id": "s", "turn_id": "t", "transcript_path": "/r.jsonl", "cwd": "/repo",
                "hook_event_name": event, "tool_name": "Bash", "tool_input": { "command": "ls" },
                "tool_response": "README.md", "tool_use_id": "call_1",
            })
        };
        let before = json!({
            "session_id": "s", "transcript_path": "/r.jsonl", "cwd": "/repo", "triggered_at": "2025-01-01T00:00:00Z",
            "hook_event_name": "PreToolUse", "turn_id": "t", "call_id": "call_1", "tool_name": "Bash",
            "tool_kind": "function", "tool_input": { "input_type": "function", "arguments": r#"{"command":"ls"}"# },
        });
        assert_eq!(converted(newer("PreToolUse")), Some(before.clone()));
        let mut after = before;
        let more = json!({
            "hook_event_name": "PostToolUse", "executed": true, "success": true, "duration_ms": 0, "mutating": true,
            "sandbox": "unknown", "sandbox_policy": "unknown", "output_preview": "README.md",
        });
        after.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(converted(newer("PostToolUse")), Some(after));
    }

    #[test]
    fn kinds_of_tools() {
        let cases = [
            (
                "mcp__lab__echo",
                json!({ "a": 1 }),
                "mcp",
                json!({
                    "input_type": "mcp", "server": "lab", "tool": "echo", "arguments": r#"{"a":1}"#,
                }),
            ),
            (
                "apply_patch",
                json!({ "command": "*** Begin" }),
                "custom",
                json!({
                    "input_type": "custom", "input": "*** Begin",
                }),
            ),
            ("update_plan", json!("raw"), "function", json!({ "input_type": "function", "arguments": "raw" })),
        ];
        for (tool, given, kind, expected) in cases {
            let (found, older) = input(tool, &given);
            assert_eq!((found, serde_json::to_value(older).unwrap()), (kind, expected), "{tool}");
        }
    }

    #[test]
    fn a_subagent_and_what_the_older_form_did_not_have() {
        let newer = |event: &str| json!({ "session_id": "s", "cwd": "/r", "hook_event_name": event, "agent_id": "a" });
        assert_eq!(converted(newer("SubagentStop")).unwrap()["subagent_id"], "a");
        assert_eq!(converted(newer("Stop")).unwrap().get("subagent_id"), None);
        for event in ["PermissionRequest", "PostCompact", "Interrupt", "PreModelRequest", "PostModelRequest", "New"] {
            assert_eq!(converted(newer(event)), None, "{event}");
        }
    }
}
