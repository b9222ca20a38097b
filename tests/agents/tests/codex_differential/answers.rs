//! What hooks print: answers of every kind, with every kind of mistake.

use model::HookEvent;
use serde_json::{Map, Value, json};

use super::random::Rng;

/// One of the things a handler of this event may print. `rewrites` are tool inputs it may ask for.
pub(crate) fn stdout(rng: &mut Rng, event: &HookEvent, rewrites: &[Value]) -> Vec<u8> {
    match rng.below(100) {
        0..=4 => rng.pick(&["", " \n", "\t\r\n", "\u{3000}\n", "\u{a0}"]).into(),
        5..=14 => plain(rng),
        15..=22 => broken(rng).into(),
        _ => {
            let answer = answer(rng, event, rewrites);
            presented(rng, &answer)
        }
    }
}

/// Something a handler may write to stderr.
pub(crate) fn stderr(rng: &mut Rng) -> Vec<u8> {
    match rng.below(8) {
        0..=2 => Vec::new(),
        3 => rng.pick(&[" \n", "\n\n", "\u{3000}"]).into(),
        4 => b"caf\xc3\xa9 \xff\xfe broken".to_vec(),
        _ => text(rng).into(),
    }
}

fn plain(rng: &mut Rng) -> Vec<u8> {
    match rng.below(8) {
        0 => b"caf\xc3\xa9 \xff\xfe broken".to_vec(),
        1 => text(rng).into(),
        _ => rng
            .pick(&[
                "hello",
                " note \n",
                "two\nlines\n",
                "\u{feff}{}",
                "\u{feff}hello",
                "\"a string\"",
                "42",
                "null",
                "true",
                "ok {\"continue\":false}",
                "<b a=\"c\">&amp; ]]></b>",
                "\u{202e}rtl \u{200b} 😀",
            ])
            .into(),
    }
}

fn broken(rng: &mut Rng) -> String {
    let deep = |depth: usize| format!("{{\"systemMessage\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    match rng.below(6) {
        0 => deep(200),
        _ => rng
            .pick(&[
                "{",
                "[1]",
                "[]",
                "{} {}",
                "{} x",
                "{'systemMessage':'x'}",
                "{\"systemMessage\":\"x\",}",
                "{\"systemMessage\":\"\\ud800\"}",
                "{\"systemMessage\":\"a\tb\"}",
                "{\"continue\":false",
                "// {\n{}",
                "{/**/}",
                "[{\"systemMessage\":\"x\"}]",
                "{\"systemMessage\":\"x\"}\u{0}",
                "{\"continue\":01}",
            ])
            .to_owned(),
    }
}

/// What people and models read.
fn text(rng: &mut Rng) -> String {
    match rng.below(40) {
        0 => format!("{} the end", "0123456789 ä 😀\n".repeat(900)),
        1 => format!("begin {} end", "x".repeat(1_000_000)),
        2 => format!("{}é", "😀".repeat(2_500)),
        _ => rng
            .pick(&[
                "because",
                "because",
                "because",
                " padded \n",
                "",
                "   ",
                "two\nlines",
                "<b a=\"c\">&amp; 'x' ]]></b>",
                "é 😀 \u{202e}x\u{200b}",
                "a\u{1}b\u{7f}",
                "12345678901234567890123456789012345678901234567890",
            ])
            .to_owned(),
    }
}

fn answer(rng: &mut Rng, event: &HookEvent, rewrites: &[Value]) -> Value {
    let mut answer = Map::new();
    if rng.one_in(5) {
        answer.insert("systemMessage".to_owned(), json!(text(rng)));
    }
    let stops = match event {
        HookEvent::PreToolUse | HookEvent::PermissionRequest | HookEvent::Interrupt => 12,
        _ => 4,
    };
    if rng.one_in(stops) {
        answer.insert("continue".to_owned(), json!(rng.one_in(4)));
        if rng.one_in(2) {
            answer.insert("stopReason".to_owned(), json!(text(rng)));
        }
    }
    if rng.one_in(20) {
        answer.insert("stopReason".to_owned(), json!(text(rng)));
    }
    if rng.one_in(16) {
        answer.insert("suppressOutput".to_owned(), json!(rng.one_in(2)));
    }
    decision(rng, event, &mut answer);
    specific(rng, event, rewrites, &mut answer);
    if rng.one_in(7) {
        spoil(rng, &mut answer);
    }
    Value::Object(answer)
}

fn decision(rng: &mut Rng, event: &HookEvent, answer: &mut Map<String, Value>) {
    let often = match event {
        HookEvent::Stop | HookEvent::SubagentStop => 2,
        HookEvent::UserPromptSubmit | HookEvent::PostToolUse | HookEvent::PreToolUse => 3,
        _ => 24,
    };
    if rng.one_in(often) {
        let word = if rng.one_in(6) { rng.pick(&["approve", "deny", "Block", "allow"]) } else { "block" };
        answer.insert("decision".to_owned(), json!(word));
        if !rng.one_in(6) {
            answer.insert("reason".to_owned(), json!(text(rng)));
        }
    } else if rng.one_in(24) {
        answer.insert("reason".to_owned(), json!(text(rng)));
    }
}

fn specific(rng: &mut Rng, event: &HookEvent, rewrites: &[Value], answer: &mut Map<String, Value>) {
    let often = match event {
        HookEvent::Stop | HookEvent::SubagentStop | HookEvent::PreCompact | HookEvent::PostCompact => 16,
        HookEvent::Interrupt => 8,
        HookEvent::PermissionRequest => 1,
        _ => 2,
    };
    if !rng.one_in(often) {
        return;
    }
    let mut specific = Map::new();
    let name = if rng.one_in(12) { rng.pick(&["Stop", "PreToolUse", "SessionEnd", "Nope", ""]) } else { event.name() };
    if !rng.one_in(16) {
        specific.insert("hookEventName".to_owned(), json!(name));
    }
    if *event == HookEvent::PermissionRequest {
        specific.insert("decision".to_owned(), permission(rng));
    } else if rng.one_in(2) {
        specific.insert("additionalContext".to_owned(), json!(text(rng)));
    }
    if *event == HookEvent::PreToolUse {
        tool_permission(rng, rewrites, &mut specific);
    }
    if *event == HookEvent::PostToolUse && rng.one_in(6) {
        let output = if rng.one_in(3) { Value::Null } else { json!({ "ok": true }) };
        specific.insert("updatedMCPToolOutput".to_owned(), output);
    }
    answer.insert("hookSpecificOutput".to_owned(), Value::Object(specific));
}

fn permission(rng: &mut Rng) -> Value {
    if rng.one_in(12) {
        return Value::Null;
    }
    let mut decision = Map::new();
    let behavior = if rng.one_in(10) { rng.pick(&["ask", "Allow", ""]) } else { rng.pick(&["allow", "deny"]) };
    decision.insert("behavior".to_owned(), json!(behavior));
    if rng.one_in(2) {
        decision.insert("message".to_owned(), json!(text(rng)));
    }
    if rng.one_in(10) {
        let value = if rng.one_in(2) { Value::Null } else { json!({ "command": "true" }) };
        decision.insert(rng.pick(&["updatedInput", "updatedPermissions"]).to_owned(), value);
    }
    if rng.one_in(12) {
        decision.insert("interrupt".to_owned(), json!(rng.one_in(2)));
    }
    Value::Object(decision)
}

fn tool_permission(rng: &mut Rng, rewrites: &[Value], specific: &mut Map<String, Value>) {
    let decision = match rng.below(8) {
        0..=2 => "deny",
        3..=5 => "allow",
        6 => rng.pick(&["ask", "defer", "Deny"]),
        _ => return,
    };
    specific.insert("permissionDecision".to_owned(), json!(decision));
    if !rng.one_in(4) && decision == "deny" || rng.one_in(6) {
        specific.insert("permissionDecisionReason".to_owned(), json!(text(rng)));
    }
    if decision == "allow" && !rng.one_in(4) || rng.one_in(8) {
        specific.insert("updatedInput".to_owned(), rewrites[rng.below(rewrites.len())].clone());
    }
}

/// One mistake, somewhere.
fn spoil(rng: &mut Rng, object: &mut Map<String, Value>) {
    let keys: Vec<String> = object.keys().cloned().collect();
    let key = (!keys.is_empty()).then(|| keys[rng.below(keys.len())].clone());
    if let Some(Value::Object(inner)) = key.as_ref().and_then(|key| object.get_mut(key))
        && !rng.one_in(4)
    {
        return spoil(rng, inner);
    }
    match (key, rng.below(3)) {
        (Some(key), 0) => drop(object.remove(&key)),
        (Some(key), 1) => {
            let other = [json!(null), json!(7), json!("text"), json!([]), json!({}), json!(true), json!("false")];
            object.insert(key, other[rng.below(other.len())].clone());
        }
        _ => drop(object.insert(rng.pick(&["foo", "Continue", "hook_event_name", ""]).to_owned(), json!(null))),
    }
}

/// The same answer as text, in one of the ways it may come.
fn presented(rng: &mut Rng, answer: &Value) -> Vec<u8> {
    let compact = answer.to_string();
    match rng.below(16) {
        0 => format!("{answer:#}\n").into(),
        1 => format!("\n\u{2003} {compact}\r\n").into(),
        2 => format!("log line\n{compact}").into(),
        3 => format!("{compact}\nlog line").into(),
        4 => format!("\u{feff}{compact}").into(),
        5 => format!("{compact}{compact}").into(),
        6 => compact[..compact.len() - 1].into(),
        // The first of two of the same name: the last one wins.
        7 => format!("{{\"systemMessage\":\"first\",\"decision\":\"approve\",\"reason\":7,{}", &compact[1..]).into(),
        8 => not_utf8(&compact.replace("because", "bec\u{1}ause")),
        _ => format!("{compact}\n").into(),
    }
}

/// With bytes that are no UTF-8 in place of U+0001, which JSON never holds as it is.
fn not_utf8(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| if byte == 1 { 0xff } else { byte }).collect()
}
