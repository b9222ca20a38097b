//! The demonstrations with which hooks came into Codex, run by hand: the same lines. Where the newest Codex says *blocked* and
//! *feedback* for what was *stopped* and *stop* then, so do we.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::World;

/// A wizard tower with its hooks, as their authors left them.
fn tower(world: &World) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/wizard-tower/.codex");
    let tower = world.path("wizard-tower");
    fs::create_dir_all(tower.join(".codex/hooks")).unwrap();
    fs::copy(from.join("hooks.json"), tower.join(".codex/hooks.json")).unwrap();
    for script in fs::read_dir(from.join("hooks")).unwrap() {
        let script = script.unwrap();
        fs::copy(script.path(), tower.join(".codex/hooks").join(script.file_name())).unwrap();
    }
    tower
}

/// What is printed for this event.
fn printed(event: &str, fields: Value) -> String {
    let world = World::new();
    let tower = tower(&world);
    let mut payload = json!({ "session_id": "s", "cwd": tower, "hook_event_name": event });
    payload.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let file = tower.join(".codex/hooks.json");
    let arguments = ["run", "--trust-all", "--config", file.to_str().unwrap()];
    let said = world.feed(&arguments, &payload.to_string()).ends(0);
    said.stdout
}

fn tool(event: &str, command: &str, response: Option<&str>) -> String {
    printed(
        event,
        json!({
            "turn_id": "t", "tool_name": "Bash", "tool_input": { "command": command }, "tool_response": response,
            "tool_use_id": "call_1",
        }),
    )
}

#[test]
fn a_session_starts() {
    let first = printed("SessionStart", json!({ "source": "startup" }));
    assert_eq!(
        first,
        "\
• Running SessionStart hook: lighting the observatory

SessionStart hook (completed)
  warning: Hi, I'm a session start hook for wizard-tower (startup).
  hook context: Startup context: A wimboltine stonpet is an exotic cuisine from hyperspace
"
    );
    let again = printed("SessionStart", json!({ "source": "resume" }));
    assert!(again.contains("wizard-tower (resume)") && again.contains("Resume context: A wim"), "{again}");
}

#[test]
fn a_stop_is_blocked_once() {
    let first = printed("Stop", json!({ "stop_hook_active": false, "last_assistant_message": "Hello!" }));
    assert_eq!(
        first,
        "\
• Running Stop hook: updating the guards

Stop hook (blocked)
  warning: Wizard Tower Stop hook continuing conversation
  feedback: cook the stonpet
"
    );
    let second = printed("Stop", json!({ "stop_hook_active": true, "last_assistant_message": "A recipe." }));
    assert_eq!(
        second,
        "\
• Running Stop hook: updating the guards

Stop hook (completed)
  warning: Wizard Tower Stop hook saw a second pass and stayed calm to avoid a loop.
"
    );
}

#[test]
fn a_prompt_is_inspected_or_blocked() {
    let inspected = printed("UserPromptSubmit", json!({ "prompt": "sup" }));
    assert_eq!(
        inspected,
        "\
• Running UserPromptSubmit hook: reading the observatory notes

UserPromptSubmit hook (completed)
  warning: wizard-tower UserPromptSubmit demo inspected: sup
  hook context: Wizard Tower UserPromptSubmit demo fired. For this reply only, include the exact phrase 'observatory lanterns \
lit' exactly once near the end.
"
    );
    let blocked = printed("UserPromptSubmit", json!({ "prompt": "and [block-user-submit]" }));
    assert_eq!(
        blocked,
        "\
• Running UserPromptSubmit hook: reading the observatory notes

UserPromptSubmit hook (blocked)
  warning: wizard-tower UserPromptSubmit demo blocked the prompt on purpose.
  feedback: Wizard Tower demo block: remove [block-user-submit] to continue.
"
    );
}

#[test]
fn a_command_is_inspected_or_blocked() {
    assert_eq!(
        tool("PreToolUse", "echo \"first parallel echo\"", None),
        "\
• Running PreToolUse hook: checking the observatory runes

PreToolUse hook (completed)
  warning: wizard-tower PreToolUse demo inspected Bash: echo \"first parallel echo\"
"
    );
    assert_eq!(
        tool("PreToolUse", "echo '[block-pre-tool-use]'", None),
        "\
• Running PreToolUse hook: checking the observatory runes

PreToolUse hook (blocked)
  warning: wizard-tower PreToolUse demo blocked a Bash command on purpose.
  feedback: PreToolUse demo blocked the command. Remove [block-pre-tool-use] to continue.
"
    );
}

#[test]
fn a_result_is_inspected_or_kept_from_the_model() {
    assert_eq!(
        tool("PostToolUse", "echo 'one'", Some("one\n")),
        "\
• Running PostToolUse hook: reading the observatory aftermath

PostToolUse hook (completed)
  warning: wizard-tower PostToolUse demo inspected Bash: echo 'one'
  hook context: PostToolUse demo saw the Bash result. Response preview: one
"
    );
    assert_eq!(
        tool("PostToolUse", "echo '[block-post-tool-use]'", Some("[block-post-tool-use]\n")),
        "\
• Running PostToolUse hook: reading the observatory aftermath

PostToolUse hook (blocked)
  warning: wizard-tower PostToolUse demo blocked the Bash follow-through on purpose.
  feedback: PostToolUse demo blocked the result after execution. Remove [block-post-tool-use] to continue.
"
    );
}
