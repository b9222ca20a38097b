//! What a matcher meets (M01 to M15 of the conformance cases), from the file on.

use config::discover::{Flags, discover_files};
use model::Hook;

use crate::support::Place;

fn hooks(event: &str, matcher: &str) -> (Vec<Hook>, usize) {
    let text = format!(r#"{{"hooks":{{"{event}":[{{{matcher}"hooks":[{{"type":"command","command":"true"}}]}}]}}}}"#);
    let place = Place::with(Some(&text), None);
    let found = discover_files(&[place.hooks()], &Flags::default());
    (found.hooks, found.warnings.len())
}

fn meets(event: &str, matcher: &str, subjects: &[&str]) -> bool {
    let (hooks, warnings) = hooks(event, &format!("\"matcher\":{matcher:?},"));
    assert_eq!((hooks.len(), warnings), (1, 0), "{matcher}");
    hooks[0].matcher.as_ref().is_none_or(|matcher| matcher.matches(subjects))
}

#[test]
fn m01_everything() {
    let (hooks, _) = hooks("PreToolUse", "");
    assert_eq!(hooks[0].matcher, None);
    for matcher in ["", "*"] {
        assert!(meets("PreToolUse", matcher, &["Bash"]) && meets("PreToolUse", matcher, &[]), "{matcher}");
    }
}

#[test]
fn m02_a_whole_word() {
    assert!(meets("PreToolUse", "Bash", &["Bash"]));
    assert!(!meets("PreToolUse", "Bash", &["BashOutput"]));
}

#[test]
fn m03_another_name_of_a_tool() {
    assert!(meets("PreToolUse", "Edit|Write", &["apply_patch", "Write", "Edit"]));
}

#[test]
fn m04_the_beginning_of_a_word() {
    assert!(!meets("PreToolUse", "mcp__memory", &["mcp__memory__create"]));
}

#[test]
fn m05_a_pattern() {
    assert!(meets("PreToolUse", "mcp__memory__.*", &["mcp__memory__create"]));
}

#[test]
fn m06_a_hyphen_makes_a_pattern() {
    assert!(meets("PreToolUse", "mcp__my-server__tool", &["mcp__my-server__tool2"]));
}

#[test]
fn m07_anchors() {
    assert!(meets("PreToolUse", "^Bash$", &["Bash"]));
}

#[test]
fn m08_letters_of_another_case() {
    assert!(!meets("PreToolUse", "bash", &["Bash"]));
}

#[test]
fn m09_any_case_by_a_flag() {
    assert!(meets("PreToolUse", "(?i)bash", &["Bash"]));
}

#[test]
fn m10_what_is_no_expression() {
    for matcher in ["(", "(?!x)", "**"] {
        let (hooks, warnings) = hooks("PreToolUse", &format!("\"matcher\":{matcher:?},"));
        assert_eq!((hooks.len(), warnings), (0, 1), "{matcher}");
    }
}

#[test]
fn m11_nothing_to_match_so_nothing_is_wrong() {
    for event in ["Stop", "UserPromptSubmit", "Interrupt", "PreModelRequest", "PostModelRequest"] {
        assert!(meets(event, "(", &[]), "{event}");
    }
}

#[test]
fn m12_interrupt_has_nothing_to_match() {
    assert!(meets("Interrupt", "^interrupted$", &[]));
}

#[test]
fn m13_another_source() {
    assert!(!meets("SessionStart", "startup", &["resume"]));
}

#[test]
fn m14_the_reason_of_an_end() {
    assert!(meets("SessionEnd", "other", &["other"]));
    assert!(!meets("SessionEnd", "clear", &["other"]));
}

#[test]
fn m15_a_pattern_without_a_subject() {
    assert!(!meets("PreToolUse", ".*", &[]));
}
