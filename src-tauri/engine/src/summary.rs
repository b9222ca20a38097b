//! Runs in the shape in which Codex 0.169 tells its clients of them.

use model::{HookRun, Timestamp};
use serde_json::{Value, json};

use crate::events;

/// `HookRunSummary`.
pub fn summary(run: &HookRun) -> Value {
    let entries: Vec<_> =
        run.entries.iter().map(|entry| json!({ "kind": entry.kind.name(), "text": entry.text })).collect();
    json!({
        "id": run.id.as_str(),
        "eventName": events::camel(&run.event),
        "handlerType": run.kind.name(),
        "executionMode": run.mode.name(),
        "scope": events::scope(&run.event).name(),
        "sourcePath": run.source.path.to_string_lossy(),
        "source": run.source.kind.name(),
        "displayOrder": run.display_order,
        "status": run.status.name(),
        "statusMessage": run.status_message,
        "startedAt": seconds(run.started),
        "completedAt": run.completed.map(seconds),
        "durationMs": run.duration_ms,
        "entries": entries,
    })
}

/// `hook/started` of a run that goes on, `hook/completed` of one that has ended.
pub fn notification(thread: &str, turn: Option<&str>, run: &HookRun) -> Value {
    let method = if run.completed.is_none() { "hook/started" } else { "hook/completed" };
    json!({ "method": method, "params": { "threadId": thread, "turnId": turn, "run": summary(run) } })
}

fn seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use model::{Entry, EntryKind, HandlerKind, HookEvent, HookKey, Mode, RunId, RunStatus, Source, SourceKind};

    use super::*;

    fn started() -> HookRun {
        HookRun {
            id: RunId::new("pre-tool-use:0:/home/u/.codex/hooks.json:call_1"),
            hook: HookKey::new("/home/u/.codex/hooks.json:pre_tool_use:0:0"),
            event: HookEvent::PreToolUse,
            kind: HandlerKind::Command,
            mode: Mode::Sync,
            source: Source { kind: SourceKind::User, path: "/home/u/.codex/hooks.json".into(), plugin: None },
            display_order: 0,
            status_message: Some("checking the observatory runes".into()),
            started: Timestamp(1_760_000_000_999),
            status: RunStatus::Running,
            completed: None,
            duration_ms: None,
            entries: Vec::new(),
        }
    }

    #[test]
    fn a_run_that_starts() {
        // Codex's own notification, word by word.
        let expected = r#"{"method":"hook/started","params":{"threadId":"019c…01","turnId":"turn-1","run":{"id":"pre-tool-use:0:/home/u/.codex/hooks.json:call_1","eventName":"preToolUse","handlerType":"command","executionMode":"sync","scope":"turn","sourcePath":"/home/u/.codex/hooks.json","source":"user","displayOrder":0,"status":"running","statusMessage":"checking the observatory runes","startedAt":1760000000,"completedAt":null,"durationMs":null,"entries":[]}}}"#;
        assert_eq!(notification("019c…01", Some("turn-1"), &started()).to_string(), expected);
    }

    #[test]
    fn a_run_that_has_ended() {
        let run = HookRun {
            event: HookEvent::SessionStart,
            kind: HandlerKind::McpTool,
            status: RunStatus::Blocked,
            completed: Some(Timestamp(1_760_000_001_000)),
            duration_ms: Some(41),
            entries: vec![Entry { kind: EntryKind::Warning, text: "demo blocked".into() }],
            status_message: None,
            ..started()
        };
        let told = notification("t", None, &run);
        assert_eq!(told["method"], "hook/completed");
        assert_eq!(told["params"]["turnId"], Value::Null);
        let run = &told["params"]["run"];
        let expected = json!({ "kind": "warning", "text": "demo blocked" });
        assert_eq!((&run["entries"][0], &run["durationMs"]), (&expected, &json!(41)));
        assert_eq!((&run["completedAt"], &run["statusMessage"]), (&json!(1_760_000_001), &Value::Null));
        assert_eq!((&run["scope"], &run["handlerType"]), (&json!("thread"), &json!("mcpTool")));
    }
}
