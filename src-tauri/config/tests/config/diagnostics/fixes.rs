//! What each fix makes of a text, to the byte.

use config::discover::Diagnostic;
use config::replace_all;

use super::Desk;

/// `{HANDLER}` inside a group of `PreToolUse`.
fn handler(handler: &str) -> String {
    format!(r#"{{"hooks":{{"PreToolUse":[{{"hooks":[{handler}]}}]}}}}"#)
}

#[track_caller]
fn found(desk: &Desk, text: &str, code: &str) -> Diagnostic {
    let found = desk.check(text);
    let finding = found.iter().find(|finding| finding.code == code);
    finding.unwrap_or_else(|| panic!("no {code} in {found:#?}")).clone()
}

/// The fix of the first finding with this code makes just this text, after which there is none.
#[track_caller]
fn mends(text: &str, code: &str, expected: &str) {
    let desk = Desk::new();
    let finding = found(&desk, text, code);
    let fix = finding.fix.as_ref().unwrap_or_else(|| panic!("no fix: {finding:?}"));
    let after = replace_all(text, &fix.changes);
    assert_eq!(after, expected, "{}", fix.title);
    desk.mended(text, &finding);
}

#[track_caller]
fn has_no_fix(text: &str, code: &str) {
    assert_eq!(found(&Desk::new(), text, code).fix, None);
}

#[test]
fn what_is_no_json() {
    mends("\u{feff}{\"hooks\":{}}\n", "byte-order-mark", "{\"hooks\":{}}\n");
    let text = "// top\r\n{\r\n  /* a */ \"hooks\": {}, // b\r\n  // c\r\n  \"description\": \"// no\"\r\n}\r\n";
    mends(text, "comment", "{\r\n   \"hooks\": {},\r\n  \"description\": \"// no\"\r\n}\r\n");
    mends("{\"hooks\":{\"Stop\":[{},] , /* , */ },}", "trailing-comma", "{\"hooks\":{\"Stop\":[{}]  /* , */ }}");
}

#[test]
fn the_top_level() {
    let text = "{\n  \"description\": \"d\",\n  \"Stop\": [],\n  \"PreToolUse\": []\n}\n";
    let expected = "{\n  \"description\": \"d\",\n  \"hooks\": {\"Stop\": [],\n  \"PreToolUse\": []}\n}\n";
    mends(text, "events-at-top-level", expected);
    has_no_fix("{\"hooks\":{},\"Stop\":[]}", "events-at-top-level");
    has_no_fix("{\"Stop\":[],\"description\":\"d\",\"PreToolUse\":[]}", "events-at-top-level");
    mends("{\n  \"$schema\": \"x\",\n  \"hooks\": {}\n}", "unknown-top-level-key", "{\n  \"hooks\": {}\n}");
    mends("{\"hooks\": {}, \"version\": 1}", "unknown-top-level-key", "{\"hooks\": {}}");
    mends("{\"hooks\":{\"Stop\":[],\"Stop\":[]}}", "duplicate-key", "{\"hooks\":{\"Stop\":[]}}");
    has_no_fix("{\"hooks\":{\"Stop\":[],\"Stop\":[{}]}}", "duplicate-key");
}

#[test]
fn shapes() {
    mends("{\"hooks\":{\"Stop\":{}}}", "wrong-shape", "{\"hooks\":{\"Stop\":[{}]}}");
    let text = "{\"hooks\":{\"PreToolUse\":[{\"matcher\": [\"Bash\", \"Edit\"],\"hooks\":[]}]}}";
    mends(text, "wrong-shape", "{\"hooks\":{\"PreToolUse\":[{\"matcher\": \"Bash|Edit\",\"hooks\":[]}]}}");
    let text = handler(r#"{"type":"command","command":["node","a b.js"],"timeout":5}"#);
    mends(&text, "wrong-shape", &handler(r#"{"type":"command","command":"node 'a b.js'","timeout":5}"#));
    let text = handler(r#"{"type":"command","async":"yes","command":"true","timeout":5}"#);
    mends(&text, "wrong-shape", &handler(r#"{"type":"command","command":"true","timeout":5}"#));
    mends(&handler(r#"{"command": "true"}"#), "missing-type", &handler(r#"{"command": "true", "type": "command"}"#));
    mends(
        &handler(r#"{"type":"Command","command":"true"}"#),
        "unknown-type",
        &handler(r#"{"type":"command","command":"true"}"#),
    );
    has_no_fix(&handler(r#"{"type":"http","url":"x"}"#), "unknown-type");
    has_no_fix(&handler(r#"{"type":"command"}"#), "missing-key");
}

#[test]
fn shapes_of_toml() {
    let text = "[hooks.Stop]\nmatcher = ''\n";
    mends(text, "wrong-shape", "[[hooks.Stop]]\nmatcher = ''\n");
    let text = "[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = 'command'\ncommand = 'true'\ntimeout = 1.5 # s\n";
    mends(text, "timeout-value", &text.replace("1.5", "2"));
    let text = "[[hooks.Stop]]\nhooks = [{ command = 'true' }]\n";
    mends(text, "missing-type", "[[hooks.Stop]]\nhooks = [{ command = 'true', type = \"command\" }]\n");
}

#[test]
fn timeouts() {
    let with = |more: &str| handler(&format!(r#"{{"type":"command", "command":"true"{more}}}"#));
    for (from, to) in [
        (r#", "timeout": 1.5"#, r#", "timeout": 2"#),
        (r#", "timeout": "30""#, r#", "timeout": 30"#),
        (r#", "timeout": "30s""#, r#", "timeout": 30"#),
        (r#", "timeout": 1e1"#, r#", "timeout": 10"#),
        (r#", "timeout": -1"#, ""),
        (r#", "timeout": true"#, ""),
    ] {
        mends(&with(from), "timeout-value", &with(to));
    }
    for (from, to) in [
        (r#", "timeoutSec": 10"#, r#", "timeout": 10"#),
        (r#", "timeout_sec": 0.5"#, r#", "timeout": 1"#),
        (r#", "timeout_ms": 1500"#, r#", "timeout": 2"#),
        (r#", "timeout": 7, "timeoutSec": 10"#, r#", "timeout": 7"#),
    ] {
        mends(&with(from), "timeout-key", &with(to));
    }
    mends(&with(r#","timeout":5000"#), "timeout-in-milliseconds", &with(r#","timeout":5"#));
    mends(&with(""), "no-timeout", &with(r#", "timeout":30"#));
    let text =
        "{\"hooks\":{\"Stop\":[{\"hooks\":[\n\t{\n\t\t\"type\": \"command\",\n\t\t\"command\": \"true\"\n\t}]}]}}";
    mends(text, "no-timeout", &text.replace("\"true\"", "\"true\",\n\t\t\"timeout\": 30"));
    let text = "[[hooks.Stop]]\r\n  [[hooks.Stop.hooks]]\r\n  type = 'command'\r\n  command = 'true' # x\r\n";
    mends(text, "no-timeout", &format!("{text}  timeout = 30\r\n"));
    let text = r#"{"hooks":{"SessionEnd":[{"hooks":[{"type":"command","command":"true","timeout":9}]}]}}"#;
    mends(text, "clamped-timeout", &text.replace('9', "3"));
}

#[test]
fn keys() {
    let text = "{\"hooks\":{\"pre_tool_use\":[]}}";
    mends(text, "unknown-event", "{\"hooks\":{\"PreToolUse\":[]}}");
    has_no_fix("{\"hooks\":{\"stop\":[],\"Stop\":[]}}", "unknown-event");
    has_no_fix("{\"hooks\":{\"Notification\":[]}}", "unknown-event");
    let with = |more: &str| handler(&format!(r#"{{"type":"command","command":"true",{more}"timeout":5}}"#));
    for gone in [r#""once":true,"#, r#""if":"Bash(git *)","#, r#""shell":"bash","#, r#""asyncRewake":true,"#] {
        mends(&with(gone), "foreign-key", &with(""));
    }
    mends(&with(r#""args":["-x","a b"],"#), "foreign-key", &with("").replace("true", "true -x 'a b'"));
    mends(&with(r#""model":"x","#), "ignored-key", &with(""));
    mends(&with(r#""status_message":"x","#), "ignored-key", &with(r#""statusMessage":"x","#));
    let text = r#"{"hooks":{"Stop":[{"matcher":"x","hooks":[]}]}}"#;
    mends(text, "unused-matcher", r#"{"hooks":{"Stop":[{"hooks":[]}]}}"#);
    let text = r#"{"hooks":{"SessionEnd":[{"hooks":[{"type":"command","command":"true","timeout":1,"async":true}]}]}}"#;
    mends(text, "async-session-end", &text.replace(",\"async\":true", ""));
    let text = text.replace("SessionEnd", "Stop").replace("async\":true", "additionalContextLimit\":9");
    mends(&text, "ignored-limit", &text.replace(",\"additionalContextLimit\":9", ""));
}

#[test]
fn handlers_without_a_group() {
    let text = r#"{"hooks":{"Stop":[{ "type":"command", "command":"true", "timeout":5 }]}}"#;
    let expected = r#"{"hooks":{"Stop":[{ "hooks": [{"type":"command", "command":"true", "timeout":5}] }]}}"#;
    mends(text, "handler-without-group", expected);
    let text = r#"{"hooks":{"PreToolUse":[{"matcher":"Bash","type":"command","command":"true","timeout":5}]}}"#;
    let expected =
        r#"{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks": [{"type":"command","command":"true","timeout":5}]}]}}"#;
    mends(text, "handler-without-group", expected);
    let text = r#"{"hooks":{"PreToolUse":[{"type":"command","matcher":"Bash","command":"true"}]}}"#;
    has_no_fix(text, "handler-without-group");
    let text = "[[hooks.PreToolUse]]\nmatcher = 'Bash'\ntype = 'command'\ncommand = 'true'\ntimeout = 5\n";
    let expected = text.replace("type", "[[hooks.PreToolUse.hooks]]\ntype");
    mends(text, "handler-without-group", &expected);
}

/// Escapes, and quotes of either kind, stay as they are around what is changed.
#[test]
fn spellings_stay() {
    let text =
        handler(r#"{"type":"command","timeout":5,"command":"printf \u0022\/\u0022 >&2; exit 1 # \ud83d\ude00"}"#);
    mends(&text, "exit-1", &text.replace("exit 1", "exit 2"));
    for quote in ["'", "\"", "'''", "\"\"\""] {
        let command = format!("{quote}echo é >&2; exit 1{quote}");
        let text =
            format!("[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = 'command'\ntimeout = 5\ncommand = {command}\n");
        let written = if quote.len() == 3 { "\"echo é >&2; exit 2\"".to_owned() } else { command.replace('1', "2") };
        mends(&text, "exit-1", &text.replace(&command, &written));
    }
}
