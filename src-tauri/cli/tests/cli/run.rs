//! Hooks run by hand: what is printed, what runs and what does not, and what is left behind.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use fixtures::PATIENCE;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Running, World};

/// A hook file of handlers for one event, without a matcher.
fn file(world: &World, event: &str, handlers: &[Value]) -> String {
    let hooks = json!({ "hooks": { event: [{ "hooks": handlers }] } });
    world.write("some/hooks.json", &hooks.to_string())
}

fn command(command: &str) -> Value {
    json!({ "type": "command", "command": command })
}

/// A payload for hooks that run in the world's own folder.
fn payload(world: &World, event: &str) -> String {
    let payload = json!({
        "session_id": "s", "turn_id": "t", "cwd": world.path(""), "hook_event_name": event, "tool_name": "Bash",
        "tool_input": { "command": "make" }, "tool_use_id": "call_1", "prompt": "hello", "last_assistant_message": null,
    });
    payload.to_string()
}

#[test]
fn the_json_holds_runs_outcome_and_diagnostics() {
    let world = World::new();
    let says = r#"printf '{"decision":"block","reason":"not now","systemMessage":"looked"}'; echo noise >&2"#;
    let file = file(&world, "PreToolUse", &[json!({ "type": "command", "command": says, "statusMessage": "Looking" })]);
    let said = world.feed(&["run", "--trust-all", "--json", "--config", &file], &payload(&world, "PreToolUse")).ends(0);
    let mut report = said.json();
    let run = &mut report["runs"][0];
    for time in ["startedAt", "completedAt", "durationMs"] {
        assert!(run[time].take().is_u64(), "{time}");
    }
    let expected = json!({
        "event": "PreToolUse",
        "runs": [{
            "id": format!("pre-tool-use:0:{file}:call_1"), "eventName": "preToolUse", "handlerType": "command",
            "executionMode": "sync", "scope": "turn", "sourcePath": file, "source": "user", "displayOrder": 0,
            "status": "blocked", "statusMessage": "Looking", "startedAt": null, "completedAt": null, "durationMs": null,
            "entries": [{ "kind": "warning", "text": "looked" }, { "kind": "feedback", "text": "not now" }],
            "exitCode": 0, "stdout": r#"{"decision":"block","reason":"not now","systemMessage":"looked"}"#,
            "stdoutCut": false, "stderr": "noise\n", "stderrCut": false,
        }],
        "outcome": {
            "shouldStop": false, "stopReason": null, "shouldBlock": true, "blockReason": "not now", "decision": null,
            "additionalContexts": [], "updatedInput": null, "feedback": null, "continuationFragments": [],
        },
        "argv": [],
        "diagnostics": [],
    });
    assert_eq!(report, expected);
}

#[test]
fn a_decision_is_told_in_both_forms() {
    let world = World::new();
    let says = |behavior: &str| {
        let decision = json!({ "behavior": behavior, "message": "mine" });
        let decision = json!({ "hookSpecificOutput": { "hookEventName": "PermissionRequest", "decision": decision } });
        command(&format!("printf '%s' '{decision}'"))
    };
    let file = file(&world, "PermissionRequest", &[says("allow"), says("deny")]);
    let run = |form: &[&str]| {
        let arguments = [&["run", "--trust-all", "--config", &file] as &[&str], form].concat();
        world.feed(&arguments, &payload(&world, "PermissionRequest")).ends(0)
    };
    assert_eq!(run(&["--json"]).json()["outcome"]["decision"], json!({ "behavior": "deny", "message": "mine" }));
    let text = run(&[]).stdout;
    let expected = "\
• Running PermissionRequest hook
• Running PermissionRequest hook

PermissionRequest hook (completed)

PermissionRequest hook (blocked)
  feedback: mine

Decision: deny
";
    assert_eq!(text, expected);
}

#[test]
fn what_is_not_trusted_does_not_run_and_it_says_so() {
    let world = World::new();
    let mark = world.path("ran");
    let file = file(&world, "Stop", &[command(&format!("touch '{}'", mark.display()))]);
    let said = world.feed(&["run", "--json", "--config", &file], &payload(&world, "Stop")).ends(0);
    assert!(said.stderr.contains("not trusted") && said.stderr.contains("--trust-all"), "{}", said.stderr);
    let report = said.json();
    assert_eq!(report["runs"], json!([]));
    let codes: Vec<_> = report["diagnostics"].as_array().unwrap().iter().map(|it| it["code"].clone()).collect();
    assert_eq!(codes, ["untrusted", "trust"]);
    assert_eq!(report["diagnostics"][0]["key"], format!("{file}:stop:0:0"));
    assert!(!mark.exists());

    let said = world.feed(&["run", "--trust-all", "--config", &file], &payload(&world, "Stop")).ends(0);
    assert!(said.stderr.is_empty() && mark.exists(), "{}", said.stderr);
}

#[test]
fn an_agents_own_hooks_run_in_its_session_once_they_are_trusted() {
    let world = World::new();
    let hooks = json!({ "hooks": { "Stop": [{ "hooks": [command("printf '{\"systemMessage\":\"mine\"}'")] }] } });
    let path = world.write("codex/hooks.json", &hooks.to_string());
    let run = || world.feed(&["run", "--json"], &payload(&world, "Stop")).ends(0).json();
    assert_eq!(run()["runs"], json!([]));
    let found = world.run(&["hooks", "list", "--json"]).ends(0).json();
    let hash = found["hooks"][0]["currentHash"].as_str().unwrap();
    world.write("codex/config.toml", &format!("[hooks.state.\"{path}:stop:0:0\"]\ntrusted_hash = \"{hash}\"\n"));
    assert_eq!(run()["runs"][0]["entries"], json!([{ "kind": "warning", "text": "mine" }]));
}

#[test]
fn hooks_of_hookwright_come_behind_those_of_the_agent() {
    let world = World::new();
    let says = |name: &str| command(&format!("printf '{{\"systemMessage\":\"{name}\"}}'"));
    let codex = json!({ "hooks": { "Stop": [{ "hooks": [says("the agent")] }] } });
    let hosted = json!({ "hooks": { "Stop": [{ "agents": ["codex"], "hooks": [says("ours")] }] } });
    world.write("codex/hooks.json", &codex.to_string());
    let path = world.write("config/hooks.json", &hosted.to_string());
    let found = world.run(&["hooks", "list", "--json"]).ends(0).json();
    let hook = &found["hooks"][1];
    assert_eq!((&hook["source"], &hook["sourcePath"]), (&json!("hosted"), &json!(path)), "{found:#}");
    assert_eq!((&hook["agents"], &hook["displayOrder"]), (&json!(["codex"]), &json!(1)), "{found:#}");
    assert_eq!(hook["whyNot"], "untrusted", "{found:#}");
    let report = world.feed(&["run", "--trust-all", "--json"], &payload(&world, "Stop")).ends(0).json();
    let told: Vec<_> = report["runs"].as_array().unwrap().iter().map(|run| run["entries"][0]["text"].clone()).collect();
    assert_eq!(told, ["the agent", "ours"]);
}

#[test]
fn where_nothing_fits_it_says_what_there_is() {
    let world = World::new();
    let hooks = json!({ "hooks": { "PreToolUse": [{ "matcher": "apply_patch", "hooks": [command("true")] }] } });
    let file = world.write("some/hooks.json", &hooks.to_string());
    let run = |event: &str| world.feed(&["run", "--trust-all", "--config", &file], &payload(&world, event)).ends(0);
    let said = run("PreToolUse");
    assert!(said.stdout.is_empty() && said.stderr.contains("apply_patch"), "{}", said.stderr);
    let said = run("Stop");
    assert!(said.stdout.is_empty() && said.stderr.contains("no hook for Stop"), "{}", said.stderr);
}

#[test]
fn what_is_no_payload_is_wrong_usage() {
    let world = World::new();
    for (input, expected) in [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "hook_event_name"),
        (r#"{"hook_event_name":"stop"}"#, "PreToolUse"),
        ("{\"hook_event_name\":\"\\u001b[2J\"}", "[ESC][2J"),
    ] {
        let said = world.feed(&["run"], input).ends(2);
        assert!(said.stderr.contains(expected), "{input}: {}", said.stderr);
    }
    world.feed(&["run", "--agent", "nobody"], "{}").ends(2);
    let said = world.feed(&["run", "--cwd", "/no/such/folder"], &payload(&world, "Stop")).ends(3);
    assert!(said.stderr.contains("/no/such/folder"), "{}", said.stderr);
}

#[test]
fn a_file_that_cannot_be_used_is_told_of() {
    let world = World::new();
    let broken = world.write("broken/hooks.json", "{");
    let said = world.feed(&["run", "--json", "--config", &broken], &payload(&world, "Stop")).ends(0);
    let told = said.json()["diagnostics"][0].clone();
    assert_eq!(told["code"], "configuration");
    assert!(told["message"].as_str().unwrap().contains("broken/hooks.json"), "{told}");
    let missing = world.path("missing.json");
    let said = world.feed(&["run", "--config", missing.to_str().unwrap()], &payload(&world, "Stop")).ends(3);
    assert!(said.stderr.contains("missing.json"), "{}", said.stderr);
}

#[test]
fn hooks_run_at_the_same_time_and_are_told_in_their_order() {
    let world = World::new();
    // Each waits for the other's file: one after the other they would wait for ever.
    let wait = |own: &str, other: &str| {
        let (own, other) = (world.path(own), world.path(other));
        let (own, other) = (own.display(), other.display());
        let waits =
            format!("touch {own}; until [ -e {other} ]; do sleep 0.01; done; echo '{{\"systemMessage\":\"{own}\"}}'");
        json!({ "type": "command", "command": waits, "timeout": 60 })
    };
    let file = file(&world, "PreToolUse", &[wait("first", "second"), wait("second", "first")]);
    let said = world.feed(&["run", "--trust-all", "--json", "--config", &file], &payload(&world, "PreToolUse")).ends(0);
    let report = said.json();
    let told: Vec<_> = report["runs"].as_array().unwrap().iter().map(|run| run["entries"][0]["text"].clone()).collect();
    assert_eq!(told, [json!(world.path("first")), json!(world.path("second"))]);
}

#[test]
fn asynchronous_hooks_are_waited_for_and_control_nothing() {
    let world = World::new();
    let says = r#"printf '{"decision":"block","reason":"no","systemMessage":"later"}'"#;
    let late = json!({ "type": "command", "command": says, "async": true });
    let file = file(&world, "PreToolUse", &[late, command("true")]);
    let arguments = ["run", "--trust-all", "--config", &file];
    let text = world.feed(&arguments, &payload(&world, "PreToolUse")).ends(0).stdout;
    let expected = "\
• Running PreToolUse hook

PreToolUse hook (completed)

PreToolUse hook (completed, async)
  warning: later
";
    assert_eq!(text, expected);
    let report = world.feed(&[&arguments as &[&str], &["--json"]].concat(), &payload(&world, "PreToolUse")).json();
    let modes: Vec<_> = report["runs"].as_array().unwrap().iter().map(|run| run["executionMode"].clone()).collect();
    assert_eq!(modes, ["sync", "async"]);
    assert_eq!(report["outcome"]["shouldBlock"], false);
}

#[test]
fn nothing_a_hook_says_acts_on_the_terminal_or_looks_like_an_entry() {
    let world = World::new();
    let message = json!({ "systemMessage": "one\u{1b}[2J\n  error: forged" });
    let file = file(&world, "Stop", &[command(&format!("printf '%s' '{message}'; printf '\\033[2J' >&2"))]);
    let run = |form: &[&str]| {
        let arguments = [&["run", "--trust-all", "--config", &file] as &[&str], form].concat();
        world.feed(&arguments, &payload(&world, "Stop")).ends(0)
    };
    let text = run(&[]).stdout;
    assert!(text.ends_with("  warning: one[ESC][2J\n      error: forged\n"), "{text:?}");
    let json = run(&["--json"]);
    assert!(!json.stdout.contains('\u{1b}'), "{}", json.stdout);
    assert_eq!(json.json()["runs"][0]["stderr"], "\u{1b}[2J");
}

#[test]
fn long_output_stays_out_of_the_text_and_is_cut_in_the_json() {
    let world = World::new();
    let file = file(&world, "PreToolUse", &[command("yes | head -c 9000000; echo short >&2")]);
    let run = |form: &[&str]| {
        let arguments = [&["run", "--trust-all", "--config", &file] as &[&str], form].concat();
        world.feed(&arguments, &payload(&world, "PreToolUse")).ends(0)
    };
    assert_eq!(run(&[]).stdout, "• Running PreToolUse hook\n\nPreToolUse hook (completed)\n");
    let run = &run(&["--json"]).json()["runs"][0];
    assert_eq!((&run["stdoutCut"], &run["stderrCut"]), (&json!(true), &json!(false)));
    let held = run["stdout"].as_str().unwrap();
    assert!(held.starts_with("y\ny\n") && held.len() > 8_000_000 && held.len() <= 8 << 20, "{}", held.len());
    assert_eq!(run["stderr"], "short\n");
}

#[test]
fn the_older_form_runs_too() {
    let world = World::new();
    let seen = world.path("seen");
    let file = world.write(
        "some/config.toml",
        &format!(
            "[hooks]\npre_tool_use = [\"/bin/sh\", \"-c\", \"cat > '{}'; echo stop it >&2; exit 2\"]\nstop = [\"false\"]\n",
            seen.display()
        ),
    );
    let said = world.feed(&["run", "--json", "--config", &file], &payload(&world, "PreToolUse")).ends(0);
    let report = said.json();
    let expected = json!([{ "name": "pre_tool_use", "result": "failedAbort", "error": "stop it" }]);
    assert_eq!((&report["runs"], &report["argv"]), (&json!([]), &expected), "{report:#}");
    let said = world.feed(&["run", "--config", &file], &payload(&world, "PreToolUse")).ends(0);
    assert_eq!(said.stdout, "\npre_tool_use (aborted)\n  error: stop it\n");
    let said = world.feed(&["run", "--config", &file], &payload(&world, "SessionEnd")).ends(0);
    assert!(said.stderr.contains("no hook for SessionEnd"), "{}", said.stderr);
    let seen: Value = serde_json::from_str(&fs::read_to_string(seen).unwrap()).unwrap();
    assert_eq!((&seen["hook_event_name"], &seen["tool_name"]), (&json!("PreToolUse"), &json!("Bash")), "{seen:#}");
}

#[test]
fn ctrl_c_ends_everything_it_started() {
    let world = World::new();
    let pids = ["first", "second", "third"].map(|name| world.path(name));
    // The shell and a grandchild that ignores what is asked of it politely.
    let stays = format!(
        "trap '' INT TERM HUP; sh -c 'echo $$ > {1}; exec sleep 600' & echo $$ > {0}; wait",
        pids[0].display(),
        pids[1].display()
    );
    let late = format!("echo $$ > {}; exec sleep 600", pids[2].display());
    let late = json!({ "type": "command", "command": late, "async": true });
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let file = file(&world, "Stop", &[command(&stays), late.clone()]);
        let mut command = world.command(&["run", "--trust-all", "--config", &file]);
        let input = world.path("payload.json");
        fs::write(&input, payload(&world, "Stop")).unwrap();
        command.stdin(Stdio::from(fs::File::open(input).unwrap()));
        let running = Running::of(command);
        assert_eq!(Running::line(&running.stdout), "• Running Stop hook");
        let started: Vec<_> = pids.iter().map(|file| pid(file)).collect();
        assert_eq!(running.end(signal), Some(code));
        for pid in started {
            until(|| !Path::new(&format!("/proc/{pid}")).exists());
        }
        for file in &pids {
            fs::remove_file(file).unwrap();
        }
    }
}

/// What a process wrote of itself.
fn pid(file: &Path) -> u32 {
    let mut found = None;
    until(|| {
        found = fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok());
        found.is_some()
    });
    found.unwrap()
}

/// Nobody tells of files and of other processes' ends, so it is looked again and again.
#[track_caller]
fn until(mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "it never came");
        thread::sleep(Duration::from_millis(10));
    }
}
