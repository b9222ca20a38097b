//! Matchers: which never fire, and what is offered instead.

use super::Desk;

/// Code, and the matcher after the fix.
#[track_caller]
fn of(event: &str, matcher: &str) -> Option<(&'static str, Option<String>)> {
    let matcher = serde_json::Value::from(matcher);
    let text = format!(
        r#"{{"hooks":{{"{event}":[{{"matcher":{matcher},"hooks":[{{"type":"command","command":"true","timeout":2}}]}}]}}}}"#
    );
    let desk = Desk::new();
    let found = desk.check(&text);
    assert!(found.len() < 2, "{found:#?}");
    let finding = found.into_iter().next()?;
    desk.mended(&text, &finding);
    let after = finding.fix.map(|fix| {
        let after: serde_json::Value = serde_json::from_str(&config::replace_all(&text, &fix.changes)).unwrap();
        after["hooks"][event][0]["matcher"].as_str().unwrap().to_owned()
    });
    Some((finding.code, after))
}

#[test]
fn those_that_fire_are_let_be() {
    for matcher in [
        "",
        "*",
        "Bash",
        "Bash|Edit|Write",
        "apply_patch",
        "^Bash$",
        ".*",
        "mcp__memory__.*",
        "mcp__memory__search",
        "collaborationspawn_agent|Agent",
        "Edit|^Write$",
        "some_new_tool",
        "^(Bash|apply_patch)$",
        "(?i)bash",
        "update_plan",
    ] {
        assert_eq!(of("PreToolUse", matcher), None, "{matcher}");
    }
    for (event, matcher) in [
        ("SessionStart", "startup|resume|clear|compact"),
        ("SessionStart", "clear"),
        ("SessionStart", ".*"),
        ("PreCompact", "auto"),
        ("SubagentStart", "reviewer"),
        ("SessionEnd", "other"),
    ] {
        assert_eq!(of(event, matcher), None, "{event} {matcher}");
    }
}

#[test]
fn those_that_never_fire() {
    for (matcher, code, after) in [
        ("Read", "never-matches", None),
        ("bash", "never-matches", Some("Bash")),
        ("shell|exec_command", "never-matches", Some("Bash")),
        ("MultiEdit", "never-matches", Some("Edit")),
        ("^Read$", "never-matches", None),
        ("^(Read|bash)$", "never-matches", Some("Bash")),
        ("Edit, Write", "never-matches", Some("Edit|Write")),
        ("Bash ", "never-matches", Some("Bash")),
        ("mcp__memory", "never-matches", Some("mcp__memory__.*")),
        ("Bash(git push*)", "permission-rule", Some("Bash")),
        ("Edit(src/x)|bash(rm)", "permission-rule", Some("Edit|Bash")),
        ("Bash(*)", "invalid-matcher", Some("Bash")),
        ("(", "invalid-matcher", None),
    ] {
        assert_eq!(of("PreToolUse", matcher), Some((code, after.map(str::to_owned))), "{matcher}");
    }
    assert_eq!(of("SessionStart", "Startup"), Some(("never-matches", Some("startup".to_owned()))));
    assert_eq!(of("PreCompact", "always"), Some(("never-matches", None)));
}

#[test]
fn those_that_fire_in_part() {
    for (event, matcher, code, after) in [
        ("PreToolUse", "Write|Edit|MultiEdit", "unknown-name", "Write|Edit"),
        ("PermissionRequest", "Bash|shell", "unknown-name", "Bash"),
        ("PostToolUse", "Read|Edit|Write|Bash", "unknown-name", "Edit|Write|Bash"),
        ("PreToolUse", "Agent", "older-tool", "Agent|collaborationspawn_agent"),
        ("SessionStart", "startup|resume", "not-after-compact", "startup|resume|compact"),
        ("SessionStart", "startup|Compact", "unknown-name", "startup|compact"),
    ] {
        assert_eq!(of(event, matcher), Some((code, Some(after.to_owned()))), "{matcher}");
    }
    assert_eq!(of("PreToolUse", "Edit|mcp__memory"), Some(("unknown-name", None)));
}

#[test]
fn one_call_that_runs_a_command_twice() {
    let group = |matcher: &str| {
        format!(r#"{{"matcher":"{matcher}","hooks":[{{"type":"command","command":"true","timeout":5}}]}}"#)
    };
    let codes = |one: &str, other: &str| {
        super::codes(&Desk::new().check(&format!(r#"{{"hooks":{{"PostToolUse":[{},{}]}}}}"#, group(one), group(other))))
    };
    assert_eq!(codes("Write", "Edit"), ["runs-twice"]);
    assert_eq!(codes("*", "Bash"), ["runs-twice"]);
    assert_eq!(codes("Bash", "Edit"), [""; 0]);
}
