//! The payload of the older argv hooks: a flat JSON object. What is absent is left out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Payload {
    pub session_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript_path: Option<PathBuf>,
    pub cwd: PathBuf,
    /// `codex-tui`, or what the app-server's client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// RFC 3339 in UTC, whole seconds.
    pub triggered_at: String,
    #[serde(flatten)]
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "hook_event_name")]
pub enum Event {
    SessionStart(Lifecycle),
    SessionEnd(Lifecycle),
    UserPromptSubmit(Lifecycle),
    PreToolUse(ToolCall),
    PostToolUse(PostToolUse),
    Stop(Lifecycle),
    PreCompact(Lifecycle),
    SubagentStart(Lifecycle),
    SubagentStop(Lifecycle),
    /// That of `notify`.
    AfterAgent(Turn),
}

impl Event {
    /// Under which its hook is declared.
    pub fn key(&self) -> &'static str {
        match self {
            Self::SessionStart(_) => "session_start",
            Self::SessionEnd(_) => "session_end",
            Self::UserPromptSubmit(_) => "user_prompt_submit",
            Self::PreToolUse(_) => "pre_tool_use",
            Self::PostToolUse(_) => "post_tool_use",
            Self::Stop(_) => "stop",
            Self::PreCompact(_) => "pre_compact",
            Self::SubagentStart(_) => "subagent_start",
            Self::SubagentStop(_) => "subagent_stop",
            Self::AfterAgent(_) => "notify",
        }
    }

    pub(super) fn is_about_a_tool(&self) -> bool {
        matches!(self, Self::PreToolUse(_) | Self::PostToolUse(_))
    }

    /// Whether exit code 2 means more than a failure.
    pub(super) fn can_abort(&self) -> bool {
        matches!(self, Self::PreToolUse(_) | Self::UserPromptSubmit(_) | Self::Stop(_) | Self::SubagentStop(_))
    }
}

/// What an event of a session's life may tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Lifecycle {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_assistant_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_use_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_input: Option<ToolInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subagent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolCall {
    pub turn_id: String,
    pub call_id: String,
    pub tool_name: String,
    /// `function`, `custom`, `local_shell`, `mcp`.
    pub tool_kind: String,
    pub tool_input: ToolInput,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutating: Option<bool>,
    /// Such as `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<String>,
    /// Such as `danger-full-access`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox_policy: Option<String>,
}

/// Here the optional fields of the call are always there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PostToolUse {
    #[serde(flatten)]
    pub call: ToolCall,
    pub executed: bool,
    pub success: bool,
    pub duration_ms: u64,
    pub output_preview: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "input_type", rename_all = "snake_case")]
pub enum ToolInput {
    Function {
        /// Raw JSON.
        arguments: String,
    },
    Custom {
        input: String,
    },
    LocalShell {
        params: LocalShell,
    },
    Mcp {
        server: String,
        tool: String,
        /// Raw JSON.
        arguments: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocalShell {
    pub command: Vec<String>,
    pub workdir: Option<String>,
    pub timeout_ms: Option<u64>,
    pub sandbox_permissions: Option<String>,
    pub justification: Option<String>,
    pub prefix_rule: Option<Vec<String>>,
}

/// A turn that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    pub thread_id: String,
    pub turn_id: String,
    pub input_messages: Vec<String>,
    pub last_assistant_message: Option<String>,
}

impl Turn {
    /// The last argument of a `notify` program.
    pub(super) fn notice(&self, payload: &Payload) -> Value {
        let Self { thread_id, turn_id, input_messages, last_assistant_message } = self;
        let mut notice = json!({
            "type": "agent-turn-complete", "thread-id": thread_id, "turn-id": turn_id, "cwd": payload.cwd,
        });
        if let Some(client) = &payload.client {
            notice["client"] = json!(client);
        }
        notice["input-messages"] = json!(input_messages);
        notice["last-assistant-message"] = json!(last_assistant_message);
        notice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "01a1fe19-1661-7923-be08-a86be1930282";

    fn payload(event: Event) -> Payload {
        Payload {
            session_id: SESSION.into(),
            transcript_path: Some("/tmp/rollout.jsonl".into()),
            cwd: "tmp".into(),
            client: None,
            triggered_at: "2025-01-01T00:00:00Z".into(),
            event,
        }
    }

    fn by_terminal(event: Event) -> Payload {
        Payload { client: Some("codex-tui".into()), ..payload(event) }
    }

    fn local_shell() -> ToolCall {
        let params = LocalShell {
            command: vec!["cargo".into(), "fmt".into()],
            workdir: Some("codex-rs".into()),
            timeout_ms: Some(60000),
            sandbox_permissions: Some("use_default".into()),
            justification: None,
            prefix_rule: None,
        };
        ToolCall {
            turn_id: "turn-2".into(),
            call_id: "call-1".into(),
            tool_name: "local_shell".into(),
            tool_kind: "local_shell".into(),
            tool_input: ToolInput::LocalShell { params },
            mutating: Some(true),
            sandbox: Some("none".into()),
            sandbox_policy: Some("danger-full-access".into()),
        }
    }

    #[track_caller]
    fn check(payload: &Payload, expected: &str) {
        let expected: Value = serde_json::from_str(&expected.replace("<uuid>", SESSION)).unwrap();
        assert_eq!(serde_json::to_value(payload).unwrap(), expected);
    }

    #[test]
    fn before_a_tool() {
        check(
            &by_terminal(Event::PreToolUse(local_shell())),
            r#"{"session_id":"<uuid>","transcript_path":"/tmp/rollout.jsonl","cwd":"tmp","client":"codex-tui","triggered_at":"2025-01-01T00:00:00Z","hook_event_name":"PreToolUse","turn_id":"turn-2","call_id":"call-1","tool_name":"local_shell","tool_kind":"local_shell","tool_input":{"input_type":"local_shell","params":{"command":["cargo","fmt"],"workdir":"codex-rs","timeout_ms":60000,"sandbox_permissions":"use_default","justification":null,"prefix_rule":null}},"mutating":true,"sandbox":"none","sandbox_policy":"danger-full-access"}"#,
        );
    }

    #[test]
    fn after_a_tool() {
        let post = PostToolUse {
            call: local_shell(),
            executed: true,
            success: true,
            duration_ms: 42,
            output_preview: "ok".into(),
        };
        check(
            &payload(Event::PostToolUse(post)),
            r#"{"session_id":"<uuid>","transcript_path":"/tmp/rollout.jsonl","cwd":"tmp","triggered_at":"2025-01-01T00:00:00Z","hook_event_name":"PostToolUse","turn_id":"turn-2","call_id":"call-1","tool_name":"local_shell","tool_kind":"local_shell","tool_input":{"input_type":"local_shell","params":{"command":["cargo","fmt"],"workdir":"codex-rs","timeout_ms":60000,"sandbox_permissions":"use_default","justification":null,"prefix_rule":null}},"executed":true,"success":true,"duration_ms":42,"mutating":true,"sandbox":"none","sandbox_policy":"danger-full-access","output_preview":"ok"}"#,
        );
    }

    #[test]
    fn every_field_of_a_sessions_life() {
        let all = Lifecycle {
            previous_session_id: Some(SESSION.into()),
            prompt: Some("hello world".into()),
            last_assistant_message: Some("done".into()),
            tool_use_id: Some("toolu_123".into()),
            tool_input: Some(ToolInput::Function { arguments: r#"{"code":"cargo test"}"#.into() }),
            subagent_id: Some(SESSION.into()),
            metadata: Some([("phase".into(), "done".into())].into()),
        };
        let expected = r#"{"session_id":"<uuid>","transcript_path":"/tmp/rollout.jsonl","cwd":"tmp","client":"codex-tui","triggered_at":"2025-01-01T00:00:00Z","hook_event_name":"SessionStart","previous_session_id":"<uuid>","prompt":"hello world","last_assistant_message":"done","tool_use_id":"toolu_123","tool_input":{"input_type":"function","arguments":"{\"code\":\"cargo test\"}"},"subagent_id":"<uuid>","metadata":{"phase":"done"}}"#;
        let payload = by_terminal(Event::SessionStart(all));
        check(&payload, expected);
        assert_eq!(serde_json::to_string(&payload).unwrap(), expected.replace("<uuid>", SESSION));
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let outer = r#""session_id":"<uuid>","cwd":"tmp","triggered_at":"2025-01-01T00:00:00Z""#;
        let nothing = Lifecycle::default;
        let cases = [
            (Event::SessionStart(nothing()), "SessionStart"),
            (Event::SessionEnd(nothing()), "SessionEnd"),
            (Event::UserPromptSubmit(nothing()), "UserPromptSubmit"),
            (Event::Stop(nothing()), "Stop"),
            (Event::PreCompact(nothing()), "PreCompact"),
            (Event::SubagentStart(nothing()), "SubagentStart"),
            (Event::SubagentStop(nothing()), "SubagentStop"),
        ];
        for (event, name) in cases {
            let payload = Payload { transcript_path: None, ..payload(event) };
            check(&payload, &format!(r#"{{{outer},"hook_event_name":"{name}"}}"#));
        }
    }

    #[test]
    fn after_a_turn_and_its_notice() {
        let turn = Turn {
            thread_id: SESSION.into(),
            turn_id: "turn-1".into(),
            input_messages: vec!["hello".into()],
            last_assistant_message: Some("hi".into()),
        };
        let payload = payload(Event::AfterAgent(turn.clone()));
        check(
            &payload,
            r#"{"session_id":"<uuid>","transcript_path":"/tmp/rollout.jsonl","cwd":"tmp","triggered_at":"2025-01-01T00:00:00Z","hook_event_name":"AfterAgent","thread_id":"<uuid>","turn_id":"turn-1","input_messages":["hello"],"last_assistant_message":"hi"}"#,
        );
        let notice = r#"{"type":"agent-turn-complete","thread-id":"<uuid>","turn-id":"turn-1","cwd":"tmp","input-messages":["hello"],"last-assistant-message":"hi"}"#;
        assert_eq!(turn.notice(&payload).to_string(), notice.replace("<uuid>", SESSION));
        let silent = Turn { last_assistant_message: None, ..turn };
        let notice = silent.notice(&by_terminal(Event::AfterAgent(silent.clone())));
        assert_eq!((&notice["client"], &notice["last-assistant-message"]), (&json!("codex-tui"), &Value::Null));
    }
}
