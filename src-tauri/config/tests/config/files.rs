//! Connect, then disconnect: the same bytes, with a record and without.

use config::Record;

use crate::support::{Place, assert_connected, entries};

const FOREIGN: &str = r#"{
  "description": "mine",
  "hooks": {
    "Stop": [
      {
        "hooks": [
          {
            "type": "command",
            "command": "say done",
            "timeout": 10
          }
        ]
      }
    ],
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          { "type": "command", "command": "guard" },
          { "type": "command", "command": "guard again" }
        ]
      }
    ]
  }
}
"#;

const TOML: &str = r#"# at the top
model = "gpt-5.5" # which one

[[hooks.PreToolUse]] # guards
# about the matcher
matcher = "^Bash$"

  [[hooks.PreToolUse.hooks]]
  type = 'command'
  command = '''guard'''
  # a note at the end

[features] # also noted
hooks = true
"#;

/// Connects and disconnects with these files there, with a record and without.
fn check(name: &str, hooks: Option<&str>, config: Option<&str>) {
    let place = Place::with(hooks, config);
    let before = place.texts();
    let (plan, saved) = place.connect();
    let file = if before[0] == place.texts()[0] { place.config() } else { place.hooks() };
    assert_eq!(plan.changes.len(), 1, "{name}");
    assert_connected(&place, &file);
    assert!(config::connect(&place.home(), &entries()).unwrap().is_empty(), "{name}: again changes nothing");

    let connected = place.texts();
    place.disconnect(None);
    assert_eq!(place.texts(), before, "{name}, without a record");

    std::fs::write(&file, connected.iter().zip(&before).find(|(now, then)| now != then).unwrap().0.as_ref().unwrap())
        .unwrap();
    place.disconnect(Some(&Record::default().after_connect(&plan, &saved)));
    assert_eq!(place.texts(), before, "{name}, with a record");
}

#[test]
fn hooks_json_comes_back() {
    let spaces = |unit: &str| {
        let line = |line: &str| {
            let text = line.trim_start_matches(' ');
            format!("{}{text}\n", unit.repeat((line.len() - text.len()) / 2))
        };
        FOREIGN.lines().map(line).collect::<String>()
    };
    let one_line = r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"true"}]}]}}"#;
    for (name, text) in [
        ("foreign", FOREIGN),
        ("tabs", &spaces("\t")),
        ("three spaces", &spaces("   ")),
        ("no indentation", &spaces("")),
        ("CRLF", &FOREIGN.replace('\n', "\r\n")),
        ("no final newline", FOREIGN.trim_end()),
        ("blank lines around", &format!("\n\n{FOREIGN}\n \n")),
        ("blank lines inside", &FOREIGN.replace("    ],\n", "    ],\n\n\n")),
        ("one line", one_line),
        ("one line and a newline", &format!("{one_line}\n")),
        ("blanks before colons", &FOREIGN.replace("\": ", "\" : ")),
        ("odd blanks", "{ \"hooks\" :\t{\"Stop\"\n:[ {\"hooks\":[ ] }  ,{}\t ]\r\n }\t} "),
        (
            "braces on the line of their bracket",
            "{\n  \"hooks\": {\n    \"Stop\": [{\n      \"hooks\": []\n    }]\n  }\n}\n",
        ),
        (
            "commas in front",
            "{ \"description\": null\n, \"hooks\":\n  { \"Stop\":\n    [ {}\n    , {}\n    ]\n  , \"Interrupt\": [{}] } }\n",
        ),
        (
            "keys in escapes",
            r#"{"ho\u006fks":{"\u0053top":[{"hooks":[{"type":"command","command":"\/bin\/\u0041"}]}]}}"#,
        ),
        (
            "numbers as written",
            r#"{"hooks":{"Other":[1e0, -0.0, 1.50, 123456789012345678901234567890],"Stop":[{"x":1E+2}]}}"#,
        ),
        ("more scripts", "{\"description\": \"é 日本 🚫\",\n \"hooks\": {\"Stop\": [{\"matcher\": \"日本\"}]}}"),
        ("no hooks", "{\n  \"description\": \"none yet\"\n}\n"),
        ("unknown event alone", "{\"hooks\": {\"Notification\": [true]}}"),
        ("event of groups without handlers", "{\"hooks\": {\"Stop\": [{}, {\"hooks\": []}]}}"),
    ] {
        check(name, Some(text), None);
        check(name, Some(text), Some("model = \"x\"\n"));
    }
    check("no files", None, None);
    check("hooks in both", Some(FOREIGN), Some(TOML));
}

#[test]
fn config_toml_comes_back() {
    let inline = "hooks = { Stop = [{ hooks = [{ type = \"command\", command = \"true\" }] }] } # inline\n[a]\nb = 1\n";
    for (name, text) in [
        ("comments", TOML),
        ("CRLF", &TOML.replace('\n', "\r\n")),
        ("no final newline", TOML.trim_end()),
        ("a comment without an end", &format!("{TOML}# the end")),
        ("CRLF without an end", &TOML.trim_end().replace('\n', "\r\n")),
        ("blank lines at the end", &format!("{TOML}\n\n")),
        ("blanks at the end", &format!("{TOML}  \t")),
        ("inline", inline),
        ("inline without blanks", "hooks={Stop=[{hooks=[]}],Interrupt=[{}]}"),
        ("arrays in a table", "[hooks]\nStop = [\n  { hooks = [ ] }, # first\n  {}, # last\n]\nInterrupt = [{}]\n"),
        ("arrays without a last comma", "[hooks]\nStop = [ {} # only\n]\n[x]\n"),
        ("an event without a group", "[hooks]\nStop = [{}]\nInterrupt = [ # none\n]\n"),
        ("dotted", "hooks.Stop = [{}]\n'hooks'.\"Interrupt\" = [{}]\nmodel = 'x'\n"),
        ("quoted", "[[\"hooks\".'Stop']]\n[[ hooks . Stop . \"hooks\" ]]\ntype='prompt'\n"),
        ("scattered", "[[hooks.Stop]]\n[a]\n[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype='agent'\n[b]\n"),
        (
            "trust of others",
            &format!("{TOML}\n[hooks.state]\n\n[hooks.state.\"/x:stop:0:0\"]\ntrusted_hash = \"sha256:00\"\n"),
        ),
    ] {
        check(name, None, Some(text));
        check(name, Some("{\"hooks\": {}}\n"), Some(text));
    }
}

/// What a record is needed for: nothing in the connected file tells these apart.
#[test]
fn what_is_lost_without_a_record() {
    for (name, text, without) in [
        ("empty", "", None),
        ("blank", " \n\t\r\n", None),
        ("nothing in it", "{}\n", None),
        ("nothing in it, on one line", "{}", Some("{}")),
        ("blanks in it", "{ }", Some("{}")),
        ("no event", "{\"hooks\": {}, \"description\": \"x\"}", Some("{\"description\": \"x\"}")),
        ("event without a group", "{\"hooks\": {\"Stop\": [ ], \"X\": 1}}", Some("{\"hooks\": {\"X\": 1}}")),
    ] {
        let place = Place::with(Some(text), None);
        let (plan, saved) = place.connect();
        assert_connected(&place, &place.hooks());
        let connected = place.texts();
        place.disconnect(None);
        assert_eq!(place.texts()[0].as_deref(), without, "{name}, without a record");

        std::fs::write(place.hooks(), connected[0].as_ref().unwrap()).unwrap();
        place.disconnect(Some(&Record::default().after_connect(&plan, &saved)));
        assert_eq!(place.texts()[0].as_deref(), Some(text), "{name}, with a record");
    }
}

fn first_lines(text: &str, lines: usize) -> String {
    text.split_inclusive('\n').take(lines).collect()
}

#[test]
fn a_file_of_our_own() {
    let place = Place::new();
    place.connect();
    let text = place.texts()[0].clone().unwrap();
    let command =
        "if [ -x '/opt/hookwright/hookwright-relay' ]; then exec '/opt/hookwright/hookwright-relay' codex; fi";
    let expected = format!(
        r#"{{
  "hooks": {{
    "PreModelRequest": [
      {{
        "hooks": [
          {{
            "type": "command",
            "command": "{command}",
            "timeout": 86400,
            "statusMessage": "Waiting for Hookwright"
          }}
        ]
      }}
    ],
    "PostModelRequest": [
"#
    );
    assert_eq!(first_lines(&text, 15), expected);
    assert!(text.ends_with("    ]\n  }\n}\n"));
}

#[test]
fn new_entries_look_like_their_neighbours() {
    let place = Place::with(Some("{\r\n\t\"hooks\": {\r\n\t\t\"Stop\": [\r\n\t\t\t{}\r\n\t\t]\r\n\t}\r\n}"), None);
    place.connect();
    let text = place.texts()[0].clone().unwrap();
    assert!(text.starts_with("{\r\n\t\"hooks\": {\r\n\t\t\"Stop\": [\r\n\t\t\t{},\r\n\t\t\t{\r\n\t\t\t\t\"hooks\": [\r\n\t\t\t\t\t{\r\n\t\t\t\t\t\t\"type\": \"command\",\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(text.ends_with("\r\n\t\t]\r\n\t}\r\n}"));

    let place = Place::with(Some(r#"{"hooks":{"Stop":[{}]}}"#), None);
    place.connect_with(&entries()[12..13]);
    assert_eq!(
        place.texts()[0].as_deref().unwrap(),
        r#"{"hooks":{"Stop":[{},{"hooks":[{"type":"command","command":"if [ -x '/opt/hookwright/hookwright-relay' ]; then exec '/opt/hookwright/hookwright-relay' codex; fi","timeout":86400,"statusMessage":"Waiting for Hookwright"}]}]}}"#
    );
}

#[test]
fn tables_at_the_end_of_config_toml() {
    let place = Place::with(None, Some("[[hooks.Stop]]\n"));
    place.connect_with(&entries()[12..13]);
    assert_eq!(
        place.texts()[1].as_deref().unwrap(),
        r#"[[hooks.Stop]]

[[hooks.Stop]]

[[hooks.Stop.hooks]]
type = "command"
command = "if [ -x '/opt/hookwright/hookwright-relay' ]; then exec '/opt/hookwright/hookwright-relay' codex; fi"
timeout = 86400
statusMessage = "Waiting for Hookwright"
"#
    );
    assert_eq!(place.found().ours[0].key, format!("{}:stop:1:0", place.config().display()));
}
