//! Commands: what can be told of them without running them.

use config::discover::{Diagnostic, Severity, check_text};
use config::replace_all;

use super::{Desk, codes, one};

/// The command after the fix of its only finding.
#[track_caller]
fn mended(desk: &Desk, event: &str, command: &str, code: &str) -> Option<String> {
    let found = desk.command(event, command);
    let [finding] = &found[..] else { panic!("{command}: {found:#?}") };
    assert_eq!(finding.code, code, "{found:#?}");
    let fix = finding.fix.as_ref()?;
    let after: serde_json::Value = serde_json::from_str(&replace_all(&one(event, command), &fix.changes)).unwrap();
    Some(after["hooks"][event][0]["hooks"][0]["command"].as_str().unwrap().to_owned())
}

#[track_caller]
fn only(desk: &Desk, event: &str, command: &str) -> Diagnostic {
    let found = desk.command(event, command);
    let [finding] = &found[..] else { panic!("{command}: {found:#?}") };
    finding.clone()
}

#[test]
fn what_cannot_be_told_is_let_be() {
    let desk = Desk::new();
    desk.put("repo/scripts/x.py");
    desk.program("repo/scripts/x.sh");
    for command in [
        "true",
        "cat",
        "git status | cat",
        "sh -c 'exit 0'",
        "python3 -c 'print()'",
        "node -e '1'",
        "python3 \"$(git rev-parse --show-toplevel)/scripts/x.py\"",
        "\"$(git rev-parse --show-toplevel)/scripts/x.sh\"",
        "cd \"$(git rev-parse --show-toplevel)\" && python3 \"$PWD/scripts/x.py\"",
        "if [ -f /no/x ]; then sh /no/x; fi",
        "[ ! -f /no/x ] || sh /no/x",
        "test -x /no/x && /no/x",
        "\"$TOOL\" x",
        "$HOME/bin/$NAME",
        "/no/*/x",
        "FOO=1 cat",
        "${CLAUDE_PROJECT_DIR:-.}",
        "CLAUDE_PROJECT_DIR=/tmp; cat $CLAUDE_PROJECT_DIR",
        "printf '%s' '$CLAUDE_PROJECT_DIR'",
        "cat <<X\n/no/y\nX",
        "sleep 1 >/dev/null 2>&1 &",
        "echo hi >&2",
        "bun test",
        "python3 -m http.server",
        "php artisan",
        "/usr/bin/env FOO=1 cat",
        "cd scripts && python3 x.py",
        "(sleep 1 &) >/dev/null",
        "exec >/dev/null; sleep 1 &",
        "sleep 1 & wait",
        "echo \"$MESSAGE\"",
        "printf '%s\\n' '{}'",
    ] {
        assert_eq!(codes(&desk.command("Stop", command)), [""; 0], "{command}");
    }
}

#[test]
fn a_missing_script_that_blocks_everything() {
    let desk = Desk::new();
    let root = "\"$(git rev-parse --show-toplevel)/x.py\"";
    for (event, command, guarded) in [
        ("PreToolUse", "python3 /no/x.py", "[ ! -f /no/x.py ] || python3 /no/x.py"),
        ("Stop", "sh '/no/x y.sh' a", "[ ! -f '/no/x y.sh' ] || sh '/no/x y.sh' a"),
        ("UserPromptSubmit", "exec dash -e /no/x", "[ ! -f /no/x ] || exec dash -e /no/x"),
        ("PermissionRequest", "python3 -u ~/x.py", "[ ! -f ~/x.py ] || python3 -u ~/x.py"),
        ("PostToolUse", &format!("python3 {root}"), &format!("[ ! -f {root} ] || python3 {root}")),
    ] {
        assert_eq!(mended(&desk, event, command, "script-missing").as_deref(), Some(guarded));
        let finding = only(&desk, event, command);
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.message.contains("exit code 2, and Codex"), "{}", finding.message);
    }
}

#[test]
fn a_missing_script_that_only_fails() {
    let desk = Desk::new();
    for (event, command) in [
        ("PreToolUse", "bash /no/x.sh"),
        ("PreToolUse", "/no/x.sh"),
        ("PreToolUse", "node /no/x.js"),
        ("SessionStart", "python3 /no/x.py"),
        ("PreToolUse", "python3 /no/x.py 2>/dev/null"),
    ] {
        let finding = only(&desk, event, command);
        assert_eq!(finding.code, "script-missing");
        assert!(finding.message.contains("goes on without it"), "{command}: {}", finding.message);
    }
    let finding = only(&desk, "PreToolUse", "python3 /no/x.py || true");
    assert!(finding.message.contains("nobody is told"), "{}", finding.message);
    assert_eq!(codes(&desk.command("Stop", "no-such-program x")), ["program-not-found"]);
}

#[test]
fn scripts_that_cannot_be_run() {
    let desk = Desk::new();
    desk.put("repo/scripts/x.py");
    desk.put("repo/scripts/x");
    let script = |name: &str| format!("\"$(git rev-parse --show-toplevel)/scripts/{name}\"");
    let started = format!("python3 {}", script("x.py"));
    assert_eq!(mended(&desk, "Stop", &script("x.py"), "not-executable"), Some(started));
    assert_eq!(mended(&desk, "Stop", &script("x"), "not-executable"), None);
}

#[test]
fn paths_that_are_right_in_one_place_only() {
    let desk = Desk::new();
    desk.put("repo/scripts/gate.mjs");
    desk.program("repo/.codex/hooks/a.sh");
    desk.program("home/b.sh");
    let root = "$(git rev-parse --show-toplevel)";
    let gate = format!("node \"{root}/scripts/gate.mjs\" x");
    assert_eq!(mended(&desk, "Stop", "node scripts/gate.mjs x", "relative-path"), Some(gate.clone()));
    assert_eq!(mended(&desk, "Stop", "node ./scripts/gate.mjs x", "relative-path"), Some(gate));
    let repo = desk.at("repo/.codex/hooks/a.sh");
    let own = format!("'{}'", repo.display());
    assert_eq!(mended(&desk, "Stop", &own, "absolute-in-repository"), Some(format!("\"{root}/.codex/hooks/a.sh\"")));
    let other = "/Users/ada/repo/.codex/hooks/a.sh --x";
    assert_eq!(mended(&desk, "Stop", other, "other-machine"), Some(format!("\"{root}/.codex/hooks/a.sh\" --x")));
    assert_eq!(mended(&desk, "Stop", "/home/nobody-here/x.sh", "other-machine"), None);
    assert_eq!(mended(&desk, "Stop", r"C:\tools\x.exe check", "other-machine"), None);
    let mine = desk.at("home/b.sh").display().to_string();
    assert_eq!(mended(&desk, "Stop", &mine, "this-machine"), Some("\"$HOME/b.sh\"".to_owned()));
    std::fs::create_dir(desk.at("repo/.claude")).unwrap();
    desk.program("repo/.claude/x.sh");
    assert_eq!(mended(&desk, "Stop", &format!("\"{root}/.claude/x.sh\""), "other-agent"), None);
    // A person's own file is for every project, and for this machine.
    let file = desk.at("home/.codex/hooks.json");
    assert_eq!(codes(&check_text(&file, &one("Stop", &mine), &desk.machine)), [""; 0]);
    let found = check_text(&file, &one("Stop", "node scripts/gate.mjs"), &desk.machine);
    assert_eq!((codes(&found), &found[0].fix), (vec!["relative-path"], &None));
}

#[test]
fn variables_that_nobody_sets() {
    let desk = Desk::new();
    let root = "$(git rev-parse --show-toplevel)";
    for (command, after) in [
        ("cat \"$CLAUDE_PROJECT_DIR/x\"", Some(format!("cat \"{root}/x\""))),
        ("cat $CLAUDE_PROJECT_DIR/x", Some(format!("cat \"{root}\"/x"))),
        ("cat ${CODEX_PROJECT_DIR}", Some(format!("cat \"{root}\""))),
        ("cat ${CODEX_PLUGIN_ROOT}/x", None),
        ("cat \"$CLAUDE_TOOL_INPUT_FILE_PATH\"", None),
    ] {
        assert_eq!(mended(&desk, "Stop", command, "unset-variable"), after, "{command}");
    }
    std::fs::create_dir(desk.at("repo/.codex-plugin")).unwrap();
    assert_eq!(codes(&desk.command("Stop", "cat \"$CLAUDE_PLUGIN_ROOT/x\"")), [""; 0]);
}

#[test]
fn outputs_that_do_something_else() {
    let desk = Desk::new();
    let json = r#"printf '%s' '{"systemMessage":"remember"}'"#;
    assert_eq!(mended(&desk, "Stop", "echo remember", "plain-text").as_deref(), Some(json));
    assert_eq!(
        mended(&desk, "Stop", "cat >/dev/null; echo 'remember'", "plain-text"),
        Some(format!("cat >/dev/null; {json}"))
    );
    assert_eq!(codes(&desk.command("SubagentStop", "echo remember the tests")), ["plain-text"]);
    assert_eq!(codes(&desk.command("UserPromptSubmit", "echo remember")), [""; 0]);
    assert_eq!(codes(&desk.command("Stop", "echo remember >> /tmp/log")), [""; 0]);
    assert_eq!(codes(&desk.command("Stop", "echo remember | cat > /tmp/log")), [""; 0]);
    let allow = r#"echo '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision": "allow"}}'"#;
    assert_eq!(mended(&desk, "PreToolUse", allow, "allow-or-ask"), None);
    assert_eq!(codes(&desk.command("PermissionRequest", allow)), [""; 0]);
    assert_eq!(codes(&desk.command("Stop", allow)), ["refused-output"]);
    let rewrite = allow.replace("\"allow\"", "\"allow\",\"updatedInput\":{}");
    assert_eq!(codes(&desk.command("PreToolUse", &rewrite)), [""; 0]);
}

#[test]
fn ends_that_do_something_else() {
    let desk = Desk::new();
    let if_bad = "if cat | cat; then echo no >&2; exit 1; fi";
    assert_eq!(mended(&desk, "PreToolUse", if_bad, "exit-1"), Some(if_bad.replace('1', "2")));
    assert_eq!(codes(&desk.command("SessionStart", "exit 1")), [""; 0]);
    let quiet = Some("sleep 9 >/dev/null 2>&1 & true".to_owned());
    assert_eq!(mended(&desk, "Stop", "sleep 9 & true", "background-child"), quiet);
    assert_eq!(mended(&desk, "Stop", "cat 2>/dev/null || true", "hidden-failure"), None);
    assert_eq!(codes(&desk.command("Stop", "cat || true")), [""; 0]);
}

/// What is said, and mended, is the person's own command inside.
#[test]
fn a_recorded_command() {
    let desk = Desk::new();
    let relay = desk.at("hookwright-relay");
    let wrapped = |command: &str| agents::codex::recorded::record(command, &relay, None).unwrap();
    let own = "cat '$X' >&2; exit 1";
    assert_eq!(mended(&desk, "Stop", &wrapped(own), "exit-1"), Some(wrapped(&own.replace('1', "2"))));
    let json = r#"cat 'a b' >&2; printf '%s' '{"systemMessage":"remember"}'"#;
    assert_eq!(mended(&desk, "Stop", &wrapped("cat 'a b' >&2; echo 'remember'"), "plain-text"), Some(wrapped(json)));
    let found = only(&desk, "Stop", &wrapped("cat 'a b'; sh /no/x"));
    assert_eq!(found.code, "script-missing");
    let text = one("Stop", &wrapped("cat 'a b'; sh /no/x"));
    assert_eq!(&text[found.range], "/no/x");
    assert_eq!(codes(&desk.command("Stop", &wrapped("cat"))), [""; 0]);
}

#[test]
fn the_command_of_a_shell_is_looked_at_as_well() {
    let desk = Desk::new();
    desk.put("repo/scripts/x.py");
    for command in [
        "sh -c 'cat; exit 0'",
        "bash -lc 'cat 2>&1'",
        "[ -f /no/x ] && sh -c 'sh /no/x'",
        "cd scripts && sh -c 'python3 x.py'",
        "CLAUDE_PROJECT_DIR=/ sh -c 'cat \"$CLAUDE_PROJECT_DIR/x\"'",
        "sh -c 'echo hi' >/dev/null",
        "sh -c 'echo hi' | cat >/dev/null",
        "bash -c \"cat \\\"/no/x\\\"\"",
        "sh -c \"$SCRIPT\"",
        "bash -o pipefail -c 'sh /no/x'",
        "sh -c 'é",
        "sh -c '",
        "# exit 1",
    ] {
        assert_eq!(codes(&desk.command("Stop", command)), [""; 0], "{command}");
    }
    let root = "$(git rev-parse --show-toplevel)";
    for (command, code, after) in [
        ("sh -c 'exit 1'", "exit-1", Some("sh -c 'exit 2'".to_owned())),
        ("env A=1 bash -ec 'no-such-program x'", "program-not-found", None),
        ("bash -c 'sh /no/x'", "script-missing", Some("bash -c '[ ! -f /no/x ] || sh /no/x'".to_owned())),
        ("bash -c \"sh /no/x\"", "script-missing", Some("bash -c \"[ ! -f /no/x ] || sh /no/x\"".to_owned())),
        ("sh -c 'cat $CLAUDE_PROJECT_DIR'", "unset-variable", Some(format!("sh -c 'cat \"{root}\"'"))),
        ("bash -c \"cat $CLAUDE_PROJECT_DIR\"", "unset-variable", Some(format!("bash -c \"cat {root}\""))),
        ("sh -c 'python3 scripts/x.py'", "relative-path", Some(format!("sh -c 'python3 \"{root}/scripts/x.py\"'"))),
        (
            "sh -c \"python3 scripts/x.py\"",
            "relative-path",
            Some("sh -c \"python3 \\\"\\$(git rev-parse --show-toplevel)/scripts/x.py\\\"\"".to_owned()),
        ),
        (
            "sh -c 'echo remember'",
            "plain-text",
            Some(r#"sh -c 'printf '\''%s'\'' '\''{"systemMessage":"remember"}'\'''"#.to_owned()),
        ),
    ] {
        assert_eq!(mended(&desk, "Stop", command, code), after, "{command}");
    }
    let hidden = only(&desk, "PreToolUse", "sh -c 'python3 /no/x.py' || true");
    assert!(hidden.message.contains("nobody is told"), "{}", hidden.message);
    let relay = desk.at("hookwright-relay");
    let wrapped = |command: &str| agents::codex::recorded::record(command, &relay, None).unwrap();
    let mended = mended(&desk, "Stop", &wrapped("sh -c 'exit 1'"), "exit-1");
    assert_eq!(mended, Some(wrapped("sh -c 'exit 2'")));
}

#[test]
fn of_the_command_of_windows_what_can_be_told_here() {
    let desk = Desk::new();
    let found = |event: &str, command: &str| {
        let text = one(event, "cat")
            .replace("\"timeout\"", &format!("\"commandWindows\":{},\"timeout\"", serde_json::Value::from(command)));
        let found = desk.check(&text);
        found.iter().for_each(|finding| desk.mended(&text, finding));
        let said = |finding: &Diagnostic| (finding.code, text[finding.range.clone()].to_owned());
        found.iter().map(said).collect::<Vec<_>>()
    };
    for command in [
        r"C:\tools\x.exe check",
        "powershell -File x.ps1",
        "no-such-program",
        "exit /b 2",
        "exit 10",
        "%USERPROFILE%\\x",
        "exit1",
    ] {
        assert_eq!(found("Stop", command), [], "{command}");
    }
    let one = |code: &'static str, text: &str| vec![(code, text.to_owned())];
    assert_eq!(found("Stop", "check || exit /b 1"), one("exit-1", "1"));
    assert_eq!(found("PreToolUse", "if (x) { exit 1 }"), one("exit-1", "1"));
    assert_eq!(found("SessionStart", "exit 1"), []);
    assert_eq!(found("Stop", "py %CLAUDE_PROJECT_DIR%/x.py"), one("unset-variable", "%CLAUDE_PROJECT_DIR%"));
    assert_eq!(found("Stop", "py $env:CLAUDE_PROJECT_DIR/x.py"), one("unset-variable", "$env:CLAUDE_PROJECT_DIR"));
    assert_eq!(found("Stop", "echo hookSpecificOutput"), one("refused-output", "hookSpecificOutput"));
}
