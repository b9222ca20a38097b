//! `PermissionRequest`.

use model::{HookEvent, Verdict};
use serde_json::{Value, json};

use super::case::{Expected, Says, cases, check, completed, denied, exits, failed, prints, specific};

const INVALID: &str = "hook returned invalid permission-request JSON output";
const UNSAID: &str = "PermissionRequest hook denied approval";

fn decision(decision: Value) -> Says {
    specific("PermissionRequest", json!({ "decision": decision }))
}

fn allowed() -> Expected {
    completed().with(|outcome| outcome.verdict = Some(Verdict::Allow))
}

cases! {
    c041_allow: PermissionRequest, decision(json!({ "behavior": "allow" })) => allowed();
    c042_deny: PermissionRequest, decision(json!({ "behavior": "deny", "message": " no " })) => denied("no");
    c043_deny_without_a_message: PermissionRequest, decision(json!({ "behavior": "deny" })) => denied(UNSAID);
    c044_another_input: PermissionRequest, decision(json!({ "behavior": "allow", "updatedInput": {} }))
        => failed("PermissionRequest hook returned unsupported updatedInput");
    c045_other_permissions: PermissionRequest, decision(json!({ "behavior": "allow", "updatedPermissions": {} }))
        => failed("PermissionRequest hook returned unsupported updatedPermissions");
    c046_interrupt: PermissionRequest, decision(json!({ "behavior": "allow", "interrupt": true }))
        => failed("PermissionRequest hook returned unsupported interrupt:true");
    c047_do_not_interrupt: PermissionRequest, decision(json!({ "behavior": "deny", "interrupt": false })) => denied(UNSAID);
    c048_a_warning_alone: PermissionRequest, prints(json!({ "systemMessage": "m" })) => completed().warning("m");
    c049_the_older_form: PermissionRequest, prints(json!({ "decision": "block" })) => failed(INVALID);
    c050_ask: PermissionRequest, decision(json!({ "behavior": "ask" })) => failed(INVALID);
    c051_text: PermissionRequest, prints("ok") => completed();
    c052_exit_code_2_denies: PermissionRequest, exits(2, "denied") => denied("denied");
    c053_exit_code_2_without_a_reason: PermissionRequest, exits(2, " \n")
        => failed("PermissionRequest hook exited with code 2 but did not write a denial reason to stderr");

    no_decision: PermissionRequest, specific("PermissionRequest", json!({})) => completed();
    allow_with_a_message: PermissionRequest, decision(json!({ "behavior": "allow", "message": "fine" })) => allowed();
    allow_with_a_warning: PermissionRequest,
        prints(r#"{"systemMessage":"m","hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}}}"#)
        => allowed().warning("m");
    it_cannot_stop: PermissionRequest, prints(json!({ "continue": false }))
        => failed("PermissionRequest hook returned unsupported continue:false");
    it_has_no_reason_to_stop: PermissionRequest, prints(json!({ "stopReason": "" }))
        => failed("PermissionRequest hook returned unsupported stopReason");
    an_unknown_key_within: PermissionRequest, decision(json!({ "behavior": "allow", "foo": 1 })) => failed(INVALID);
    interrupt_is_not_null: PermissionRequest, decision(json!({ "behavior": "deny", "interrupt": null })) => failed(INVALID);
    a_capital: PermissionRequest, decision(json!({ "behavior": "Allow" })) => failed(INVALID);
    nothing_else_permitted: PermissionRequest, decision(json!({ "behavior": "allow", "updatedInput": null, "updatedPermissions": null }))
        => allowed();

    /// Codex 0.169: as JSON of Rust's serde reads it.
    a_list_of_values: PermissionRequest, decision(json!(["deny", null, null, "no", false]))
        .although_the_schema_refuses() => denied("no");
    a_list_is_read_in_order: PermissionRequest, decision(json!(["deny", "no"]))
        .although_the_schema_refuses() => failed("PermissionRequest hook returned unsupported updatedInput");
    a_word_as_a_key: PermissionRequest, decision(json!({ "behavior": { "deny": null } }))
        .although_the_schema_refuses() => denied(UNSAID);
}

/// Codex 0.169: it has to be one of the events with answers, but not this one.
#[tokio::test]
async fn the_event_that_an_answer_names() {
    for event in HookEvent::KNOWN {
        let says = specific(event.name(), json!({ "decision": { "behavior": "deny" } }));
        let (says, expected) = match event {
            HookEvent::SessionEnd | HookEvent::PreModelRequest | HookEvent::PostModelRequest => (says, failed(INVALID)),
            HookEvent::PermissionRequest => (says, denied(UNSAID)),
            _ => (says.although_the_schema_refuses(), denied(UNSAID)),
        };
        check(&HookEvent::PermissionRequest, &says, &expected).await;
    }
}
