//! What holds whatever a handler does.

use model::{EntryKind, HookEvent, Mode, Outcome, RunId, RunStatus, Verdict};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{outcome, read};
use crate::reading::{Effect, Part, Reading};
use crate::{Captured, End, Finished};

const KEYS: [&str; 16] = [
    "continue",
    "stopReason",
    "suppressOutput",
    "systemMessage",
    "decision",
    "reason",
    "hookSpecificOutput",
    "hookEventName",
    "behavior",
    "message",
    "interrupt",
    "permissionDecision",
    "permissionDecisionReason",
    "updatedInput",
    "additionalContext",
    "foo",
];

const WORDS: [&str; 8] = ["allow", "deny", "block", "approve", "PermissionRequest", "PreToolUse", "", " x "];

fn events() -> impl Strategy<Value = HookEvent> {
    proptest::sample::select(HookEvent::KNOWN)
}

fn modes() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Sync), Just(Mode::Async)]
}

/// An answer that some event takes, or nearly.
fn answers() -> impl Strategy<Value = Value> {
    let full = prop_oneof![
        Just(
            json!({ "hookSpecificOutput": { "hookEventName": "PermissionRequest", "decision": { "behavior": "allow" } } })
        ),
        Just(
            json!({ "hookSpecificOutput": { "hookEventName": "PreToolUse", "permissionDecision": "allow", "updatedInput": 1 } })
        ),
        Just(json!({ "hookSpecificOutput": { "hookEventName": "PreToolUse", "additionalContext": "c" } })),
        Just(json!({ "decision": "block", "reason": "r" })),
        Just(json!({ "continue": false, "stopReason": "s" })),
    ];
    (full, proptest::option::of((proptest::sample::select(KEYS.as_slice()), values()))).prop_map(
        |(mut answer, change)| {
            if let Some((key, value)) = change {
                answer[key] = value;
            }
            answer
        },
    )
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        proptest::sample::select(WORDS.as_slice()).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let pair = (proptest::sample::select(KEYS.as_slice()).prop_map(str::to_owned), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            proptest::collection::vec(pair, 0..4).prop_map(|pairs| pairs.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// Answers, answers cut or with something in them, and anything at all.
fn texts() -> impl Strategy<Value = String> {
    let damaged = (answers(), any::<prop::sample::Index>(), "\\PC{0,2}").prop_map(|(answer, at, more)| {
        let text = answer.to_string();
        let (head, tail) = text.split_at(at.index(text.len()));
        if more.is_empty() { head.to_owned() } else { format!("{head}{more}{tail}") }
    });
    let bytes = proptest::collection::vec(any::<u8>(), 0..64);
    prop_oneof![
        3 => answers().prop_map(|answer| answer.to_string()),
        1 => values().prop_map(|value| value.to_string()),
        2 => damaged,
        1 => bytes.prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

fn ends() -> impl Strategy<Value = End> {
    prop_oneof![
        3 => Just(End::Exited(0)),
        1 => Just(End::Exited(2)),
        1 => any::<i32>().prop_map(End::Exited),
        1 => Just(End::Signalled),
        1 => Just(End::Failed("hook timed out after 1s".into())),
    ]
}

fn finished() -> impl Strategy<Value = Finished> {
    let captured = |text| Captured { text, whole: None };
    (ends(), texts(), prop_oneof![Just(String::new()), "\\PC{0,8}"]).prop_map(move |(end, stdout, stderr)| Finished {
        end,
        stdout: captured(stdout),
        stderr: captured(stderr),
    })
}

/// Whether it says allow where a permission request looks for it, in the form that is written or in that of a list.
fn says_allow(stdout: &str) -> bool {
    let answer: Value = serde_json::from_str(stdout.trim()).unwrap_or_default();
    let specific = &answer["hookSpecificOutput"];
    let decision = specific.get("decision").or(specific.get(1)).unwrap_or(&Value::Null);
    let behavior = decision.get("behavior").or(decision.get(0)).unwrap_or(&Value::Null);
    behavior == "allow" || *behavior == json!({ "allow": null })
}

fn part(order: usize, reading: Reading) -> Part {
    Part { run: RunId::new(order.to_string()), effect: reading.effect, finished: order }
}

proptest! {
    #[test]
    fn a_failure_has_no_effect(event in events(), mode in modes(), finished in finished()) {
        let reading = read(&event, mode, &finished);
        if reading.status == RunStatus::Failed {
            prop_assert_eq!(&reading.effect, &Effect::default());
            prop_assert_eq!(outcome(&event, &[part(0, reading)]), Outcome::default());
        }
    }

    #[test]
    fn only_a_good_end_that_says_so_allows(finished in finished()) {
        let reading = read(&HookEvent::PermissionRequest, Mode::Sync, &finished);
        if reading.effect.verdict == Some(Verdict::Allow) {
            prop_assert_eq!(&finished.end, &End::Exited(0));
            prop_assert!(says_allow(&finished.stdout.text), "{}", finished.stdout.text);
        }
    }

    #[test]
    fn nothing_else_is_a_verdict(event in events(), finished in finished()) {
        prop_assume!(event != HookEvent::PermissionRequest);
        prop_assert_eq!(read(&event, Mode::Sync, &finished).effect.verdict, None);
    }

    #[test]
    fn what_runs_in_the_background_gives_context_and_nothing_else(event in events(), finished in finished()) {
        let Reading { status, effect, .. } = read(&event, Mode::Async, &finished);
        prop_assert!(matches!(status, RunStatus::Completed | RunStatus::Failed));
        prop_assert_eq!(effect.clone(), Effect { context: effect.context, ..Effect::default() });
    }

    #[test]
    fn entries_come_in_their_order(event in events(), mode in modes(), finished in finished()) {
        let place = |kind| match kind {
            EntryKind::Warning => 0,
            EntryKind::Context => 1,
            EntryKind::Stop | EntryKind::Feedback | EntryKind::Error => 2,
        };
        let places: Vec<_> = read(&event, mode, &finished).entries.iter().map(|entry| place(entry.kind)).collect();
        prop_assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
    }

    #[test]
    fn any_deny_beats_every_allow(several in proptest::collection::vec(finished(), 1..5)) {
        let event = HookEvent::PermissionRequest;
        let readings: Vec<_> = several.iter().map(|finished| read(&event, Mode::Sync, finished)).collect();
        let denied = readings.iter().any(|reading| matches!(reading.effect.verdict, Some(Verdict::Deny { .. })));
        let allowed = readings.iter().any(|reading| reading.effect.verdict == Some(Verdict::Allow));
        let parts: Vec<_> = readings.into_iter().enumerate().map(|(order, reading)| part(order, reading)).collect();
        let verdict = outcome(&event, &parts).verdict;
        prop_assert_eq!(matches!(verdict, Some(Verdict::Deny { .. })), denied);
        prop_assert_eq!(verdict == Some(Verdict::Allow), allowed && !denied);
    }

    #[test]
    fn what_a_block_wins_no_rewrite_gets(several in proptest::collection::vec(finished(), 1..5)) {
        let read = |finished| read(&HookEvent::PreToolUse, Mode::Sync, finished);
        let parts: Vec<_> = several.iter().map(read).enumerate().map(|(order, reading)| part(order, reading)).collect();
        let outcome = outcome(&HookEvent::PreToolUse, &parts);
        prop_assert!(!(outcome.should_block && outcome.updated_input.is_some()));
    }
}
