//! The parser against recordings of Codex 0.169 (`tests/fixtures/codex/`) and against what no Codex sends.

use std::path::{Path, PathBuf};

use model::{Action, Change, Decision, FileChange, HookEvent, Line, LineKind, Subagent, SubagentId};
use proptest::prelude::*;

use super::{about, parse, readable, render};
use crate::{About, Ask, Error, Parsed};

fn recordings() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/codex");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let read = |path: PathBuf| {
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
    };
    files.map(read).collect()
}

fn recorded(name: &str) -> Parsed {
    let recordings = recordings();
    let (_, payload) = recordings.iter().find(|(of, _)| of == name).unwrap_or_else(|| panic!("no recording {name}"));
    parse(payload.as_bytes()).unwrap()
}

fn id(number: u32) -> String {
    format!("00000000-0000-7000-8000-{number:012}")
}

#[test]
fn every_recording_is_read() {
    let recordings = recordings();
    for event in HookEvent::KNOWN {
        assert!(recordings.iter().any(|(name, _)| name.split('.').next() == Some(event.name())), "no {}", event.name());
    }
    for (name, payload) in recordings {
        let Parsed { event, request, transcript } = parse(payload.as_bytes()).unwrap();
        assert_eq!(Some(event.event.name()), name.split('.').next());
        assert_eq!(event.payload, payload, "{name}: the payload is kept as it came");
        assert_eq!(event.session.as_ref().unwrap().as_str(), id(1), "{name}");
        assert_eq!(event.turn.is_some(), !name.starts_with("Session"), "{name}");
        assert_eq!(event.subagent.is_some(), name.ends_with(".subagent"), "{name}");
        assert_eq!(event.tool.is_some(), name.contains("Tool") || name.contains("Permission"), "{name}");
        assert_eq!(event.prompt.is_some(), name.starts_with("UserPromptSubmit"), "{name}");
        assert!(event.cwd.unwrap().is_absolute(), "{name}");
        assert!(transcript.unwrap().starts_with("/home/user/.codex/sessions"), "{name}");
        assert_eq!(request.is_some(), name.starts_with("PermissionRequest"), "{name}");
    }
}

#[test]
fn what_recorded_events_are_about() {
    let command = |command: &str| Some(About::Action(Action::Shell { command: command.to_owned() }));
    let words = |words: &str| Some(About::Words(words.to_owned()));
    for (name, expected) in [
        ("PreToolUse.shell", command("touch made.txt && echo ran")),
        ("PostToolUse.shell", command("touch made.txt && echo ran")),
        ("UserPromptSubmit.shell", words("please do it")),
        ("Stop.shell", words("done")),
        ("SubagentStop.subagent", words("the child is done")),
        ("SessionStart.shell", None),
        ("PreModelRequest.shell", None),
    ] {
        assert_eq!(about(&recorded(name).event), expected, "{name}");
    }
    for (name, fits) in [
        (
            "PreToolUse.patch",
            (|action| matches!(action, Action::Patch { files, .. } if files[0].path == "made.txt")) as fn(_) -> _,
        ),
        (
            "PreToolUse.mcp",
            |action| matches!(action, Action::Mcp { server, tool, .. } if server == "lab" && tool == "echo"),
        ),
    ] {
        let Some(About::Action(action)) = about(&recorded(name).event) else { panic!("{name} is about a tool") };
        assert!(fits(action), "{name}");
    }
    let without_payload = model::Event { payload: String::new(), ..recorded("PreToolUse.shell").event };
    assert_eq!(about(&without_payload), None);
}

#[test]
fn a_payload_is_indented_and_what_is_none_stays() {
    assert_eq!(readable(r#"{"a":1.0,"a":[]}"#), "{\n  \"a\": 1.0,\n  \"a\": []\n}");
    for odd in ["", "{", "no json"] {
        assert_eq!(readable(odd), odd);
    }
}

#[test]
fn recorded_fields() {
    assert_eq!(recorded("UserPromptSubmit.shell").event.prompt.as_deref(), Some("please do it"));
    let Ask { session, turn, subagent, runs_in, tool, action, said } =
        recorded("PermissionRequest.subagent").request.unwrap();
    assert_eq!(session.as_str(), id(1));
    assert_eq!(turn.unwrap().as_str(), id(2));
    assert_eq!(subagent, Some(Subagent { id: SubagentId::new(id(3)), role: "default".to_owned() }));
    assert_eq!(runs_in, Path::new("/repo"));
    assert_eq!(tool, "Bash");
    assert_eq!(action, shell("touch made.txt"));
    assert_eq!(said, None);
    assert_eq!(recorded("PermissionRequest.elsewhere").request.unwrap().runs_in, Path::new("/"));
}

#[test]
fn recorded_actions() {
    let check = |name: &str, expected: Action, said: Option<&str>| {
        let ask = recorded(&format!("PermissionRequest.{name}")).request.unwrap();
        assert_eq!((ask.action, ask.said.as_deref()), (expected, said), "{name}");
    };
    check("shell", shell("touch made.txt && echo ran"), None);
    check("escalated", shell("touch made.txt && echo ran"), Some("May I create made.txt?"));
    check("mcp", mcp("lab", "echo", &[("text", "hi")]), None);
    let added = Line { kind: LineKind::Added, text: "hello".to_owned() };
    let file = FileChange { path: "made.txt".to_owned(), change: Change::Add, lines: vec![added] };
    let text = "*** Begin Patch\n*** Add File: made.txt\n+hello\n*** End Patch".to_owned();
    check("patch", Action::Patch { files: vec![file], text }, None);
}

fn shell(command: &str) -> Action {
    Action::Shell { command: command.to_owned() }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn mcp(server: &str, tool: &str, arguments: &[(&str, &str)]) -> Action {
    Action::Mcp { server: server.to_owned(), tool: tool.to_owned(), arguments: pairs(arguments) }
}

fn unknown(input: &str) -> Action {
    Action::Unknown { input: input.to_owned() }
}

fn ask(tool: &str, input: &str) -> Ask {
    let payload = format!(
        r#"{{"session_id":"s","turn_id":"t","transcript_path":null,"cwd":"/repo","hook_event_name":"PermissionRequest","tool_name":"{tool}","tool_input":{input}}}"#
    );
    parse(payload.as_bytes()).unwrap().request.unwrap()
}

#[test]
fn actions() {
    let check = |tool: &str, input: &str, expected: Action, said: Option<&str>| {
        let ask = ask(tool, input);
        assert_eq!((ask.action, ask.said.as_deref()), (expected, said), "{tool} {input}");
    };
    let network = |target: &str| Action::Network { target: target.to_owned(), command: "curl x".to_owned() };
    check("Bash", r#"{"command":"a\u0000b\n"}"#, shell("a\0b\n"), None);
    check("Bash", r#"{"command":"ls","description":null}"#, shell("ls"), None);
    check("Bash", r#"{"command":"ls","description":""}"#, shell("ls"), None);
    check("Bash", r#"{"command":"curl x","description":"network-access http://x:80"}"#, network("http://x:80"), None);
    for words in ["network-access ", "network-access to install it", " network-access x"] {
        let input = format!(r#"{{"command":"ls","description":"{words}"}}"#);
        check("Bash", &input, shell("ls"), Some(words));
    }
    // Nothing that a known tool was given may vanish, be it of the wrong type, unknown, or there twice.
    check("Bash", r#"{"command":["ls"]}"#, unknown("{\n  \"command\": [\n    \"ls\"\n  ]\n}"), None);
    check(
        "Bash",
        r#"{"command":"ls","description":5}"#,
        unknown("{\n  \"command\": \"ls\",\n  \"description\": 5\n}"),
        None,
    );
    check("Bash", r#"{"command":"ls","as":"root"}"#, unknown("{\n  \"command\": \"ls\",\n  \"as\": \"root\"\n}"), None);
    check(
        "Bash",
        r#"{"command":"ls","command":"rm"}"#,
        unknown("{\n  \"command\": \"ls\",\n  \"command\": \"rm\"\n}"),
        None,
    );
    check("Bash", r#""ls""#, unknown("\"ls\""), None);
    check("bash", r#"{"command":"ls"}"#, unknown("{\n  \"command\": \"ls\"\n}"), None);

    let text = "<<EOF\n*** Begin Patch".to_owned();
    let input = r#"{"command":"<<EOF\n*** Begin Patch","description":"why"}"#;
    check("apply_patch", input, Action::Patch { files: Vec::new(), text }, Some("why"));
    check("apply_patch", "{}", unknown("{}"), None);

    check("mcp__lab__echo", "{}", mcp("lab", "echo", &[]), None);
    check("mcp__lab__a__b", r#"{"a":1}"#, mcp("lab", "a__b", &[("a", "1")]), None);
    check("mcp__lab___b", "{}", mcp("lab", "_b", &[]), None);
    let arguments = [("z", "text"), ("a", "12345678901234567890.10"), ("z", "null"), ("m", "{\n  \"k\": true\n}")];
    let input = r#"{"z":"text","a":12345678901234567890.10,"z":null,"m":{"k":true}}"#;
    check("mcp__lab__echo", input, mcp("lab", "echo", &arguments), None);
    check("mcp__lab__echo", "[1]", unknown("[\n  1\n]"), None);
    for tool in ["mcp__lab", "mcp__lab__", "mcp____echo", "mcp_lab_echo"] {
        check(tool, "{}", unknown("{}"), None);
    }

    let stdin = |process: Option<&str>, cwd: Option<&str>, details: &[(&str, &str)]| Action::Stdin {
        chars: "y\n".to_owned(),
        process: process.map(str::to_owned),
        cwd: cwd.map(PathBuf::from),
        details: pairs(details),
    };
    check("write_stdin", r#"{"chars":"y\n"}"#, stdin(None, None, &[]), None);
    let input = r#"{"session_id":7,"chars":"y\n","parent_call_id":"call_1","cwd":"/repo","tty":true,"additional_permissions":null}"#;
    let details = [("parent_call_id", "call_1"), ("tty", "true"), ("additional_permissions", "null")];
    check("write_stdin", input, stdin(Some("7"), Some("/repo"), &details), None);
    check("write_stdin", r#"{"session_id":7}"#, unknown("{\n  \"session_id\": 7\n}"), None);
    check(
        "write_stdin",
        r#"{"chars":"a","chars":"b"}"#,
        unknown("{\n  \"chars\": \"a\",\n  \"chars\": \"b\"\n}"),
        None,
    );
    check("write_stdin", r#"{"chars":"a","cwd":1}"#, unknown("{\n  \"chars\": \"a\",\n  \"cwd\": 1\n}"), None);

    let permissions = |reason: Option<&str>| Action::Permissions {
        reason: reason.map(str::to_owned),
        permissions: "{\n  \"network\": true\n}".to_owned(),
    };
    check("request_permissions", r#"{"reason":"why","permissions":{"network":true}}"#, permissions(Some("why")), None);
    check("request_permissions", r#"{"permissions":{"network":true}}"#, permissions(None), None);
    check("request_permissions", r#"{"reason":"why"}"#, unknown("{\n  \"reason\": \"why\"\n}"), None);

    check("view_image", r#"{"path":"a"}"#, unknown("{\n  \"path\": \"a\"\n}"), None);
    check("view_image", "[]", unknown("[]"), None);
}

#[test]
fn a_newer_codex() {
    let payload = r#"{"hook_event_name":"Dreaming","session_id":5,"cwd":"/repo","tool_name":["x"],"dream":{"a":1}}"#;
    let Parsed { event, request, transcript } = parse(payload.as_bytes()).unwrap();
    assert_eq!(event.event, HookEvent::Other("Dreaming".to_owned()));
    assert_eq!((event.session, event.tool, request, transcript), (None, None, None, None));
    assert_eq!(event.cwd, Some(PathBuf::from("/repo")));
    assert_eq!(event.payload, payload);

    let event = parse(br#"{"hook_event_name":"Stop","session_id":"s","mood":1,"mood":2}"#).unwrap().event;
    assert_eq!((event.event, event.turn), (HookEvent::Stop, None));
}

#[test]
fn malformed() {
    let check = |payload: &str, expected: Error| assert_eq!(parse(payload.as_bytes()), Err(expected), "{payload}");
    check("", Error::NotJson { line: 1, column: 0 });
    check("{} {}", Error::NotJson { line: 1, column: 4 });
    check(r#"{"hook_event_name":"Stop"#, Error::NotJson { line: 1, column: 24 });
    check("\u{feff}{}", Error::NotJson { line: 1, column: 1 });
    check("[]", Error::NotAnObject);
    check("null", Error::NotAnObject);
    check("{}", Error::Missing("hook_event_name"));
    check(r#"{"hook_event_name":null}"#, Error::Missing("hook_event_name"));
    check(r#"{"hook_event_name":5}"#, Error::WrongType("hook_event_name"));
    check(r#"{"hook_event_name":"Stop","hook_event_name":"Stop"}"#, Error::Twice("hook_event_name"));
    check(r#"{"hook_event_name":"Stop","session_id":5}"#, Error::WrongType("session_id"));
    check(r#"{"hook_event_name":"Stop","cwd":{}}"#, Error::WrongType("cwd"));
    check(r#"{"hook_event_name":"Stop","agent_id":"a"}"#, Error::Missing("agent_type"));
    check(r#"{"hook_event_name":"UserPromptSubmit","prompt":[]}"#, Error::WrongType("prompt"));
    assert_eq!(parse(b"{\"hook_event_name\":\"\xff\"}"), Err(Error::NotUtf8));
}

#[test]
fn a_permission_request_needs_all_its_fields() {
    let fields = [
        ("hook_event_name", "\"PermissionRequest\""),
        ("session_id", "\"s\""),
        ("cwd", "\"/repo\""),
        ("tool_name", "\"Bash\""),
        ("tool_input", "{\"command\":\"ls\"}"),
    ];
    let payload = |left_out: &str| {
        let fields = fields.iter().filter(|(name, _)| *name != left_out);
        format!("{{{}}}", fields.map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(","))
    };
    assert!(parse(payload("").as_bytes()).unwrap().request.is_some());
    for (name, _) in fields {
        assert_eq!(parse(payload(name).as_bytes()), Err(Error::Missing(name)));
    }
}

#[test]
fn replies() {
    let deny = |message: &str| render(&Decision::Deny { message: message.to_owned() });
    let reply = |decision: &str| {
        Some(format!(r#"{{"hookSpecificOutput":{{"hookEventName":"PermissionRequest","decision":{decision}}}}}"#))
    };
    assert_eq!(render(&Decision::Allow), reply(r#"{"behavior":"allow"}"#));
    assert_eq!(deny("not \"here\"\n"), reply(r#"{"behavior":"deny","message":"not \"here\"\n"}"#));
    assert_eq!(deny(""), reply(r#"{"behavior":"deny"}"#));
    assert_eq!(deny(" \n"), reply(r#"{"behavior":"deny"}"#));
    assert_eq!(render(&Decision::NoDecision), None);
}

proptest! {
    /// Whatever a tool is given is seen: every word of the input is somewhere in what is shown.
    #[test]
    fn nothing_is_left_out(tool in "Bash|apply_patch|write_stdin|request_permissions|mcp__a__b|other",
        keys in prop::collection::vec("command|description|chars|cwd|reason|permissions|session_id|extra", 0..4)) {
        let fields: Vec<_> = keys.iter().enumerate().map(|(at, key)| format!(r#""{key}":"word{at}""#)).collect();
        let shown = format!("{:?}", ask(&tool, &format!("{{{}}}", fields.join(","))));
        for at in 0..keys.len() {
            let word = format!("word{at}");
            prop_assert!(shown.contains(&word), "{} is not in {}", word, shown);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(parse(&bytes));
    }

    #[test]
    fn no_patch_panics(lines in prop::collection::vec(r"(\*\*\* (Begin Patch|End Patch|Add File: |Move to: )|@@|[-+ é])?.{0,9}", 0..9)) {
        let text = lines.join("\n");
        let found = super::patch::files(&text).unwrap_or_default();
        prop_assert!(found.iter().all(|file| text.contains(&file.path)));
    }
}
