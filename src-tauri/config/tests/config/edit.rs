//! Edits of one text, and what exactly comes of them.

use config::{Edit, Notation, Place, Refused, edit, outline, replace_all};
use serde_json::{Value, json};

const JSON: &str = r#"{
  "hooks": {
    "Stop": [
      {
        "hooks": [
          { "type": "command", "command": "a", "timeout": 15.00 },
          { "type": "command", "command": "b" }
        ]
      },
      {
        "matcher": "x",
        "hooks": []
      }
    ]
  }
}
"#;

const TOML: &str = r#"# mine
[[hooks.Stop]]

[[hooks.Stop.hooks]]
type = "command"
command = "a" # why

[[hooks.Stop.hooks]]
type = "command"
command = "b"

# the second
[[hooks.Stop]]
matcher = "x"

[tui]
theme = "dark"
"#;

fn group(event: &str, group: usize) -> Place {
    Place::Group { event: event.to_owned(), group }
}

fn handler(event: &str, group: usize, handler: usize) -> Place {
    Place::Handler { event: event.to_owned(), group, handler }
}

fn add_group(event: &str, matcher: Option<&str>) -> Edit {
    Edit::AddGroup { event: event.to_owned(), matcher: matcher.map(str::to_owned), handler: command("new") }
}

fn add_handler(event: &str, group: usize) -> Edit {
    Edit::AddHandler { event: event.to_owned(), group, handler: command("new") }
}

fn command(command: &str) -> Vec<(String, Value)> {
    vec![("type".to_owned(), json!("command")), ("command".to_owned(), json!(command))]
}

fn set(place: Place, name: &str, value: Option<Value>) -> Edit {
    Edit::SetField { place, name: name.to_owned(), value }
}

fn set_matcher(group: usize, matcher: Option<&str>) -> Edit {
    Edit::SetMatcher { event: "Stop".to_owned(), group, matcher: matcher.map(str::to_owned) }
}

fn vacate(group: usize) -> Edit {
    Edit::Vacate { event: "Stop".to_owned(), group }
}

/// The lines that go and come, of the text after the edit, and where what was meant stands then.
#[track_caller]
fn check(notation: Notation, text: &str, what: &Edit, parts: &[(&str, &str)], place: Option<Place>) {
    let edited = edit(notation, text, what).unwrap();
    let expected = parts.iter().fold(text.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from:?}");
        text.replacen(from, to, 1)
    });
    assert_eq!(replace_all(text, &edited.changes), expected);
    assert_eq!(edited.place, place);
}

#[track_caller]
fn json(what: &Edit, parts: &[(&str, &str)], place: Option<Place>) {
    check(Notation::Json, JSON, what, parts, place);
}

#[track_caller]
fn toml(what: &Edit, parts: &[(&str, &str)], place: Option<Place>) {
    check(Notation::Toml, TOML, what, parts, place);
}

#[track_caller]
fn refused(notation: Notation, text: &str, what: &Edit, line: usize, column: usize, reason: &str) {
    let expected = Refused::Here { line, column, reason: reason.to_owned() };
    assert_eq!(edit(notation, text, what), Err(expected));
}

#[test]
fn what_is_new_in_json_is_written_as_its_neighbours_are() {
    json(
        &add_handler("Stop", 0),
        &[(r#""b" }"#, "\"b\" },\n          { \"type\": \"command\", \"command\": \"new\" }")],
        Some(handler("Stop", 0, 2)),
    );
    let group_text = r#"      {
        "matcher": "Bash",
        "hooks": [
          { "type": "command", "command": "new" }
        ]
      }"#;
    let added = format!("\"hooks\": []\n      }},\n{group_text}");
    json(&add_group("Stop", Some("Bash")), &[("\"hooks\": []\n      }", &added)], Some(group("Stop", 2)));
    let added = format!("\n    ],\n    \"PreToolUse\": [\n{group_text}\n    ]\n  }}");
    json(&add_group("PreToolUse", Some("Bash")), &[("\n    ]\n  }", &added)], Some(group("PreToolUse", 0)));
    json(
        &add_handler("Stop", 1),
        &[("[]", "[\n          { \"type\": \"command\", \"command\": \"new\" }\n        ]")],
        Some(handler("Stop", 1, 0)),
    );
}

#[test]
fn an_empty_text_becomes_a_proper_file() {
    let file = r#"{
  "hooks": {
    "Stop": [
      {
        "hooks": [
          {
            "type": "command",
            "command": "new"
          }
        ]
      }
    ]
  }
}
"#;
    for text in ["", "\n", "{}", "{}\n"] {
        let edited = edit(Notation::Json, text, &add_group("Stop", None)).unwrap();
        assert_eq!(replace_all(text, &edited.changes).trim_end(), file.trim_end(), "{text:?}");
    }
    let edited = edit(Notation::Toml, "", &add_group("Stop", None)).unwrap();
    let file = "[[hooks.Stop]]\n\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"new\"\n";
    assert_eq!(replace_all("", &edited.changes), file);
}

#[test]
fn fields_in_json() {
    let place = || handler("Stop", 0, 0);
    json(&set(place(), "command", Some(json!("c \"d\""))), &[(r#""a""#, r#""c \"d\"""#)], Some(place()));
    json(&set(place(), "timeout", Some(json!(15.0))), &[], Some(place()));
    json(&set(place(), "timeout", None), &[(r#", "timeout": 15.00"#, "")], Some(place()));
    json(&set(place(), "async", Some(json!(true))), &[("15.00 }", "15.00, \"async\": true }")], Some(place()));
    let second = || handler("Stop", 0, 1);
    json(
        &set(second(), "type", None),
        &[("\"type\": \"command\", \"command\": \"b\"", "\"command\": \"b\"")],
        Some(second()),
    );
    json(
        &set_matcher(0, Some("Bash")),
        &[(
            "{\n        \"hooks\": [\n          {",
            "{\n        \"matcher\": \"Bash\",\n        \"hooks\": [\n          {",
        )],
        Some(group("Stop", 0)),
    );
    json(&set_matcher(1, None), &[("\"matcher\": \"x\",\n        ", "")], Some(group("Stop", 1)));
    json(&set_matcher(1, Some("x")), &[], Some(group("Stop", 1)));
}

#[test]
fn taking_out_of_json() {
    json(
        &Edit::Remove(handler("Stop", 0, 1)),
        &[(",\n          { \"type\": \"command\", \"command\": \"b\" }", "")],
        None,
    );
    json(
        &Edit::Remove(handler("Stop", 0, 0)),
        &[("{ \"type\": \"command\", \"command\": \"a\", \"timeout\": 15.00 },\n          ", "")],
        None,
    );
    json(
        &Edit::Remove(group("Stop", 1)),
        &[(",\n      {\n        \"matcher\": \"x\",\n        \"hooks\": []\n      }", "")],
        None,
    );
    json(
        &vacate(1),
        &[("{\n        \"matcher\": \"x\",\n        \"hooks\": []\n      }", "{}")],
        Some(group("Stop", 1)),
    );
    let one = r#"{"hooks":{"Stop":[{"hooks":[]}],"PreToolUse":[{}]}}"#;
    check(Notation::Json, one, &Edit::Remove(group("Stop", 0)), &[(r#""Stop":[{"hooks":[]}],"#, "")], None);
}

#[test]
fn moving_in_json() {
    let there = Edit::Move { place: handler("Stop", 0, 0), to: handler("Stop", 0, 2) };
    json(
        &there,
        &[
            (r#""command": "a", "timeout": 15.00 }"#, r#""command": "b"}"#),
            (r#""command": "b" }"#, r#""command": "a", "timeout": 15.00 }"#),
            (r#""command": "b"}"#, r#""command": "b" }"#),
        ],
        Some(handler("Stop", 0, 1)),
    );
    json(
        &Edit::Move { place: handler("Stop", 0, 1), to: handler("Stop", 1, 0) },
        &[
            (",\n          { \"type\": \"command\", \"command\": \"b\" }", ""),
            ("[]", "[\n          { \"type\": \"command\", \"command\": \"b\" }\n        ]"),
        ],
        Some(handler("Stop", 1, 0)),
    );
    let lone = r#"{"hooks":{"Stop":[{"hooks":[]}]}}"#;
    let go = Edit::Move { place: group("Stop", 0), to: group("SubagentStop", 0) };
    check(Notation::Json, lone, &go, &[("Stop", "SubagentStop")], Some(group("SubagentStop", 0)));
    json(
        &Edit::Duplicate(handler("Stop", 0, 0)),
        &[("\"b\" }", "\"b\" },\n          { \"type\": \"command\", \"command\": \"a\", \"timeout\": 15.00 }")],
        Some(handler("Stop", 0, 2)),
    );
}

#[test]
fn comments_stay_with_what_they_are_about() {
    let text = "{\n  \"hooks\": {\n    \"Stop\": [\n      { \"matcher\": \"a\" }, // one\n      // about b\n      { \"matcher\": \"b\" } // two\n    ]\n  }\n}\n";
    check(
        Notation::Json,
        text,
        &add_group("Stop", None),
        &[(
            "{ \"matcher\": \"b\" } // two",
            "{ \"matcher\": \"b\" }, // two\n      { \"hooks\": [{ \"type\": \"command\", \"command\": \"new\" }] }",
        )],
        Some(group("Stop", 2)),
    );
    check(
        Notation::Json,
        text,
        &Edit::Move { place: group("Stop", 1), to: group("Stop", 0) },
        &[(
            "{ \"matcher\": \"a\" }, // one\n      // about b\n      { \"matcher\": \"b\" } // two",
            "// about b\n      { \"matcher\": \"b\" }, // one\n      { \"matcher\": \"a\" } // two",
        )],
        Some(group("Stop", 0)),
    );
    check(Notation::Json, text, &Edit::Remove(group("Stop", 0)), &[("{ \"matcher\": \"a\" }, // one", "// one")], None);
}

#[test]
fn tables_of_toml() {
    toml(
        &add_handler("Stop", 0),
        &[("\"b\"\n", "\"b\"\n\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"new\"\n")],
        Some(handler("Stop", 0, 2)),
    );
    toml(
        &add_handler("Stop", 1),
        &[("\"x\"\n", "\"x\"\n\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"new\"\n")],
        Some(handler("Stop", 1, 0)),
    );
    toml(
        &add_group("Stop", None),
        &[("\"x\"\n", "\"x\"\n\n[[hooks.Stop]]\n\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"new\"\n")],
        Some(group("Stop", 2)),
    );
    toml(
        &add_group("PreToolUse", Some("^Bash$")),
        &[(
            "\"dark\"\n",
            "\"dark\"\n\n[[hooks.PreToolUse]]\nmatcher = \"^Bash$\"\n\n[[hooks.PreToolUse.hooks]]\ntype = \"command\"\ncommand = \"new\"\n",
        )],
        Some(group("PreToolUse", 0)),
    );
    toml(
        &set_matcher(0, Some("y")),
        &[("mine\n[[hooks.Stop]]\n", "mine\n[[hooks.Stop]]\nmatcher = \"y\"\n")],
        Some(group("Stop", 0)),
    );
    toml(&set_matcher(1, None), &[("matcher = \"x\"\n", "")], Some(group("Stop", 1)));
    toml(
        &set(handler("Stop", 0, 0), "command", Some(json!("c"))),
        &[("\"a\" # why", "\"c\" # why")],
        Some(handler("Stop", 0, 0)),
    );
    toml(
        &set(handler("Stop", 0, 0), "input", Some(json!({ "a b": [1, true] }))),
        &[("# why\n", "# why\ninput = { \"a b\" = [1, true] }\n")],
        Some(handler("Stop", 0, 0)),
    );
    toml(
        &Edit::Remove(handler("Stop", 0, 1)),
        &[("\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"b\"\n", "")],
        None,
    );
    toml(&vacate(1), &[("matcher = \"x\"\n", "")], Some(group("Stop", 1)));
    toml(&Edit::Remove(group("Stop", 1)), &[("[[hooks.Stop]]\nmatcher = \"x\"\n", "")], None);
}

#[test]
fn moving_tables_of_toml() {
    let first = "[[hooks.Stop]]\n\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"a\" # why\n\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"b\"\n";
    let (one, two) = (format!("# mine\n{first}"), "# the second\n[[hooks.Stop]]\nmatcher = \"x\"\n");
    let go = Edit::Move { place: group("Stop", 0), to: group("Stop", 2) };
    toml(&go, &[(&format!("{one}\n{two}"), &format!("{two}\n{one}"))], Some(group("Stop", 1)));
    let go = Edit::Move { place: group("Stop", 0), to: group("PreToolUse", 0) };
    let renamed = first.replace("Stop", "PreToolUse");
    toml(&go, &[(first, ""), ("\"dark\"\n", &format!("\"dark\"\n\n{renamed}"))], Some(group("PreToolUse", 0)));
}

#[test]
fn lists_in_brackets_of_toml() {
    let text = "[hooks]\nStop = [\n  { hooks = [{ type = 'command', command = 'a' }] }, # one\n]\n\n[tui]\n";
    check(
        Notation::Toml,
        text,
        &add_group("Stop", Some("x")),
        &[("# one\n", "# one\n  { matcher = \"x\", hooks = [{ type = \"command\", command = \"new\" }] },\n")],
        Some(group("Stop", 1)),
    );
    check(
        Notation::Toml,
        text,
        &add_group("PreToolUse", None),
        &[("\n]\n", "\n]\nPreToolUse = [{ hooks = [{ type = \"command\", command = \"new\" }] }]\n")],
        Some(group("PreToolUse", 0)),
    );
    check(
        Notation::Toml,
        text,
        &set_matcher(0, Some("x")),
        &[("{ hooks", "{ matcher = \"x\", hooks")],
        Some(group("Stop", 0)),
    );
}

#[test]
fn what_cannot_be_done_is_refused_with_its_place() {
    use Notation::{Json, Toml};
    refused(Json, "{\n  \"hooks\": {,}\n}", &add_group("Stop", None), 2, 13, "Unexpected token in object");
    refused(Json, "[]", &add_group("Stop", None), 1, 1, "the file is no object");
    refused(Json, "{\"hooks\": []}", &add_group("Stop", None), 1, 11, "`hooks` does not hold events by name");
    refused(Json, "{\"hooks\": {\"Stop\": {}}}", &add_group("Stop", None), 1, 20, "`Stop` is no list of groups");
    refused(Json, JSON, &Edit::Remove(group("Stop", 2)), 3, 13, "there is no number 2 in the list");
    let twice = "{\"hooks\": {\"Stop\": [],\n\"Stop\": []}}";
    refused(Json, twice, &add_group("Stop", None), 2, 1, "`Stop` stands here for the second time");
    let dotted = "hooks = { a.b = 1, Stop = [{}] }\n";
    refused(Toml, dotted, &add_group("PreToolUse", None), 1, 11, "`a` is written with dots");
    let large = set(handler("Stop", 0, 0), "timeout", Some(json!(u64::MAX)));
    refused(Toml, TOML, &large, 4, 1, "TOML has no number as large as 18446744073709551615");
    refused(Toml, TOML, &set(handler("Stop", 0, 1), "timeout", Some(Value::Null)), 8, 1, "TOML cannot say `null`");
    let parted = "[[hooks.Stop]]\n[tui]\n[[hooks.Stop.hooks]]\ntype = \"agent\"\n";
    let reason = "it is written in several parts, with something else between them";
    refused(Toml, parted, &Edit::Duplicate(group("Stop", 0)), 1, 1, reason);
}

#[test]
fn an_outline_of_what_codex_refuses() {
    let text = "\u{feff}{ // comment\n \"hooks\": {\"Nonsense\": [null, {\"matcher\": 5, \"hooks\": [{\"type\": \"http\", \"url\": [1.50],},]}]}, \"other\": 1 }";
    let outline = outline(Notation::Json, text).unwrap();
    let [group] = outline.groups.as_slice() else { panic!("{outline:?}") };
    assert_eq!((group.event.as_str(), group.group, group.matcher.as_deref()), ("Nonsense", 1, None));
    let [handler] = group.handlers.as_slice() else { panic!("{group:?}") };
    assert_eq!(handler.kind.as_deref(), Some("http"));
    assert_eq!(&text[handler.range.clone()], "{\"type\": \"http\", \"url\": [1.50],}");
    assert_eq!((&handler.fields[1].value, &text[handler.fields[1].range.clone()]), (&json!([1.5]), "[1.50]"));
}
