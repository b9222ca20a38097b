//! What hooks of an event add up to, in the words Codex takes for that event. Codex 0.169 throws a reply away whole for one key
//! it does not know there, so each event gets its own fields and no others.

use model::{HookEvent, Outcome, Verdict};

use super::wire::{Decides, Reply};

/// Says that something was blocked where no hook said why: Codex ignores a block without a reason.
const BLOCKED: &str = "blocked by a hosted hook of Hookwright";

/// What goes to the hook's stdout; `None` is silence. `warnings` are for the person, where the event can carry them.
pub fn reply(event: &HookEvent, outcome: &Outcome, warnings: &[String]) -> Option<String> {
    let mut reply = Reply::to(event.name());
    match event {
        HookEvent::PreToolUse => pre_tool_use(&mut reply, outcome),
        HookEvent::PermissionRequest => {
            if let Some(verdict) = &outcome.verdict {
                reply.decide(match verdict {
                    Verdict::Allow => Decides::Allow,
                    Verdict::Deny { message } => Decides::deny(message),
                });
            }
        }
        HookEvent::PostToolUse => post_tool_use(&mut reply, outcome),
        HookEvent::UserPromptSubmit => {
            context(&mut reply, outcome);
            if outcome.should_stop || outcome.should_block {
                let reason = outcome.stop_reason.as_deref().or(outcome.block_reason.as_deref());
                reply.block(reason_or_ours(reason));
            }
        }
        HookEvent::SessionStart => {
            context(&mut reply, outcome);
            if outcome.should_stop {
                reply.stop(outcome.stop_reason.as_deref());
            }
        }
        // It can be stopped by nobody.
        HookEvent::SubagentStart => context(&mut reply, outcome),
        HookEvent::Stop | HookEvent::SubagentStop => stop(&mut reply, outcome),
        HookEvent::PreCompact | HookEvent::PostCompact => {
            if outcome.should_stop {
                reply.stop(outcome.stop_reason.as_deref());
            }
        }
        HookEvent::Interrupt => {}
        HookEvent::SessionEnd
        | HookEvent::PreModelRequest
        | HookEvent::PostModelRequest
        // What a newer event would take is not known.
        | HookEvent::Other(_) => return None,
    }
    if !warnings.is_empty() {
        reply.warn(warnings.join("\n"));
    }
    reply.to_json()
}

/// Whether a reply to this event can tell the model something.
pub fn takes_context(event: &HookEvent) -> bool {
    match event {
        HookEvent::PreToolUse
        | HookEvent::PostToolUse
        | HookEvent::UserPromptSubmit
        | HookEvent::SessionStart
        | HookEvent::SubagentStart => true,
        HookEvent::PermissionRequest
        | HookEvent::Stop
        | HookEvent::SubagentStop
        | HookEvent::PreCompact
        | HookEvent::PostCompact
        | HookEvent::Interrupt
        | HookEvent::SessionEnd
        | HookEvent::PreModelRequest
        | HookEvent::PostModelRequest
        | HookEvent::Other(_) => false,
    }
}

/// A rewrite goes only with Codex's `allow`, which allows nothing: the request for permission comes afterwards, with the new
/// input.
fn pre_tool_use<'a>(reply: &mut Reply<'a>, outcome: &'a Outcome) {
    context(reply, outcome);
    if outcome.should_block {
        reply.deny_tool(reason_or_ours(outcome.block_reason.as_deref()));
    } else if let Some(input) = &outcome.updated_input {
        reply.rewrite_tool(input);
    }
}

fn post_tool_use<'a>(reply: &mut Reply<'a>, outcome: &'a Outcome) {
    context(reply, outcome);
    let feedback = outcome.feedback.as_deref();
    if outcome.should_block {
        reply.block(reason_or_ours(feedback.or(outcome.block_reason.as_deref())));
    } else if outcome.should_stop || feedback.is_some() {
        reply.stop(outcome.stop_reason.as_deref());
        reply.reason(feedback);
    }
}

fn stop<'a>(reply: &mut Reply<'a>, outcome: &'a Outcome) {
    if outcome.should_stop {
        reply.stop(outcome.stop_reason.as_deref());
    } else if outcome.should_block {
        let reasons: Vec<_> = outcome.continuation.iter().map(|fragment| fragment.text.as_str()).collect();
        // A block that says nothing to go on with is none.
        if !reasons.is_empty() {
            reply.block(reasons.join("\n\n"));
        }
    }
}

fn context(reply: &mut Reply<'_>, outcome: &Outcome) {
    if !outcome.additional_contexts.is_empty() {
        reply.context(outcome.additional_contexts.join("\n\n"));
    }
}

fn reason_or_ours(reason: Option<&str>) -> String {
    reason.filter(|text| !text.trim().is_empty()).unwrap_or(BLOCKED).to_owned()
}

#[cfg(test)]
mod tests {
    use model::{Fragment, RunId};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(event: &HookEvent, outcome: Outcome, expected: &str) {
        assert_eq!(reply(event, &outcome, &[]).as_deref().unwrap_or_default(), expected, "{event:?}");
    }

    fn blocked(reason: &str) -> Outcome {
        Outcome { should_block: true, block_reason: Some(reason.to_owned()), ..Outcome::default() }
    }

    fn stopped(reason: Option<&str>) -> Outcome {
        Outcome { should_stop: true, stop_reason: reason.map(str::to_owned), ..Outcome::default() }
    }

    fn with_contexts(outcome: Outcome) -> Outcome {
        Outcome { additional_contexts: vec!["one".to_owned(), "two".to_owned()], ..outcome }
    }

    /// An outcome that asks for everything at once, as no event gives it.
    fn everything() -> Outcome {
        with_contexts(Outcome {
            stop_reason: Some("s".to_owned()),
            should_stop: true,
            verdict: Some(Verdict::Allow),
            updated_input: Some(json!({ "command": "ls" })),
            feedback: Some("f".to_owned()),
            continuation: vec![Fragment { text: "go on".to_owned(), run: RunId::new("r") }],
            ..blocked("b")
        })
    }

    #[test]
    fn nothing_to_say_is_silence_for_every_event() {
        for event in HookEvent::KNOWN.iter().chain(&[HookEvent::Other("Newer".to_owned())]) {
            check(event, Outcome::default(), "");
        }
    }

    #[test]
    fn events_that_take_nothing_get_nothing() {
        for event in [
            HookEvent::SessionEnd,
            HookEvent::PreModelRequest,
            HookEvent::PostModelRequest,
            HookEvent::Other("Newer".to_owned()),
        ] {
            assert_eq!(reply(&event, &everything(), &["w".to_owned()]), None);
        }
        check(&HookEvent::Interrupt, everything(), "");
    }

    #[test]
    fn a_tool_call_is_denied_rewritten_or_explained() {
        let event = HookEvent::PreToolUse;
        check(
            &event,
            with_contexts(blocked("no")),
            r#"{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"no","additionalContext":"one\n\ntwo"}}"#,
        );
        check(
            &event,
            Outcome { updated_input: Some(json!({ "command": "ls" })), ..Outcome::default() },
            r#"{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow","updatedInput":{"command":"ls"}}}"#,
        );
        check(
            &event,
            with_contexts(Outcome::default()),
            r#"{"hookSpecificOutput":{"hookEventName":"PreToolUse","additionalContext":"one\n\ntwo"}}"#,
        );
        let text = reply(&event, &everything(), &[]).unwrap();
        assert!(text.contains("deny") && !text.contains("updatedInput"), "a block beats a rewrite: {text}");
    }

    #[test]
    fn a_request_is_allowed_or_denied_and_nothing_else() {
        let event = HookEvent::PermissionRequest;
        let allow = r#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}}}"#;
        check(&event, everything(), allow);
        let deny = Outcome { verdict: Some(Verdict::Deny { message: "no".to_owned() }), ..Outcome::default() };
        check(
            &event,
            deny,
            r#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"deny","message":"no"}}}"#,
        );
    }

    #[test]
    fn a_result_is_blocked_or_replaced() {
        let event = HookEvent::PostToolUse;
        let feedback = |outcome: Outcome| Outcome { feedback: Some("a\n\nb".to_owned()), ..outcome };
        check(&event, feedback(blocked("a")), r#"{"decision":"block","reason":"a\n\nb"}"#);
        check(&event, feedback(stopped(Some("s"))), r#"{"continue":false,"stopReason":"s","reason":"a\n\nb"}"#);
        check(
            &event,
            with_contexts(Outcome::default()),
            r#"{"hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":"one\n\ntwo"}}"#,
        );
    }

    #[test]
    fn a_prompt_is_blocked_with_a_reason_always() {
        let event = HookEvent::UserPromptSubmit;
        check(&event, stopped(Some("no")), r#"{"decision":"block","reason":"no"}"#);
        check(&event, stopped(None), &format!(r#"{{"decision":"block","reason":"{BLOCKED}"}}"#));
    }

    #[test]
    fn a_start_is_stopped_or_explained() {
        check(&HookEvent::SessionStart, stopped(Some("s")), r#"{"continue":false,"stopReason":"s"}"#);
        check(&HookEvent::SessionStart, stopped(None), r#"{"continue":false}"#);
        check(&HookEvent::SubagentStart, stopped(Some("s")), "");
        check(
            &HookEvent::SubagentStart,
            with_contexts(Outcome::default()),
            r#"{"hookSpecificOutput":{"hookEventName":"SubagentStart","additionalContext":"one\n\ntwo"}}"#,
        );
    }

    #[test]
    fn the_end_of_a_turn_goes_on_with_all_reasons_unless_it_is_stopped() {
        for event in [HookEvent::Stop, HookEvent::SubagentStop] {
            let fragment = |text: &str| Fragment { text: text.to_owned(), run: RunId::new("r") };
            let goes_on = Outcome { continuation: vec![fragment("a"), fragment("b")], ..blocked("a\n\nb") };
            check(&event, goes_on, r#"{"decision":"block","reason":"a\n\nb"}"#);
            check(&event, everything(), r#"{"continue":false,"stopReason":"s"}"#);
            check(&event, blocked("no fragment"), "");
        }
    }

    #[test]
    fn a_compaction_is_stopped() {
        for event in [HookEvent::PreCompact, HookEvent::PostCompact] {
            check(&event, everything(), r#"{"continue":false,"stopReason":"s"}"#);
            check(&event, blocked("no"), "");
        }
    }

    #[test]
    fn warnings_are_one_text() {
        let warnings = ["one".to_owned(), "two".to_owned()];
        let said = reply(&HookEvent::Interrupt, &Outcome::default(), &warnings);
        assert_eq!(said.as_deref(), Some(r#"{"systemMessage":"one\ntwo"}"#));
        let said = reply(&HookEvent::PermissionRequest, &Outcome::default(), &warnings);
        assert_eq!(said.as_deref(), Some(r#"{"systemMessage":"one\ntwo"}"#));
    }
}
