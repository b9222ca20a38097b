//! Broken hook files: what the real Codex says of each is among our diagnostics, at the line where it is wrong; what our fixes make
//! of it Codex takes.

use std::fs;
use std::path::PathBuf;

use config::discover::{Diagnostic, Machine, check_text};
use config::replace_all;
use fixtures::codex::{AppServer, Lab};
use serde_json::{Value, json};

/// One Codex that reads its files anew each time it is asked.
struct World {
    lab: Lab,
    server: AppServer,
    config: String,
}

/// What Codex makes of its files.
struct Listed {
    said: Vec<String>,
    hooks: usize,
}

impl World {
    fn new() -> Self {
        let lab = Lab::new([]);
        let config = fs::read_to_string(lab.codex_home().join("config.toml")).expect("the lab's folder is ours");
        Self { server: lab.app_server(), lab, config }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.lab.codex_home().canonicalize().expect("the lab's folder is ours").join(name)
    }

    fn listed(&mut self, name: &str, text: &str) -> Listed {
        fs::write(self.file(name), text).expect("the lab's folder is ours");
        let listed = self.server.call("hooks/list", json!({ "cwds": [self.lab.repo()] }));
        let listed = &listed["data"][0];
        let texts = |list: &Value| list.as_array().expect("hooks/list has lists").to_vec();
        let errors = texts(&listed["errors"]).into_iter().map(|error| error["message"].clone());
        let said = texts(&listed["warnings"]).into_iter().chain(errors);
        let said = said.map(|text| text.as_str().expect("messages are texts").to_owned()).collect();
        Listed { said, hooks: texts(&listed["hooks"]).len() }
    }

    fn checked(&self, name: &str, text: &str) -> Vec<Diagnostic> {
        check_text(&self.file(name), text, &Machine::default())
    }

    /// Codex complains, and so do we: in its words, at the line of `place`.
    #[track_caller]
    fn same(&mut self, name: &str, text: &str, place: &str) {
        let theirs = self.listed(name, text);
        let ours = self.checked(name, text);
        assert!(!theirs.said.is_empty(), "Codex has nothing to say of {text}");
        for said in &theirs.said {
            let found = ours.iter().find(|found| found.message.as_str() == said);
            let found = found.unwrap_or_else(|| panic!("Codex: {said:?} of {text}, not among {ours:#?}"));
            assert_eq!(found.line, line(text, place), "{found:#?} in {text}");
            if let Some(fix) = &found.fix {
                let mended = replace_all(text, &fix.changes);
                let after = self.listed(name, &mended);
                assert!(!after.said.contains(said), "{:?} after {} {mended}", after.said, fix.title);
            }
        }
    }

    /// Codex says nothing and lists so many hooks; what is left out has this code of ours, at the line of `place`.
    #[track_caller]
    fn silent(&mut self, name: &str, text: &str, hooks: usize, code: &str, place: &str) {
        let theirs = self.listed(name, text);
        assert_eq!((&theirs.said, theirs.hooks), (&Vec::new(), hooks), "{text}");
        let ours = self.checked(name, text);
        let found = ours.iter().find(|found| found.code == code).unwrap_or_else(|| panic!("{code} in {ours:#?}"));
        assert_eq!(found.line, line(text, place), "{found:#?}");
        if let Some(fix) = &found.fix {
            let after = self.listed(name, &replace_all(text, &fix.changes));
            assert_eq!(after.said, [""; 0], "{} {text}", fix.title);
            assert!(after.hooks >= hooks, "{} {text}", fix.title);
        }
    }
}

/// From 1.
fn line(text: &str, place: &str) -> usize {
    let at = text.find(place).unwrap_or_else(|| panic!("no {place:?} in {text}"));
    text[..at].matches('\n').count() + 1
}

/// Each on lines of its own: a group of the event, a handler.
fn file(event: &str, more: &str, handler: &str) -> String {
    format!("{{\n\"hooks\": {{\n\"{event}\": [\n{{{more}\"hooks\": [\n{handler}\n]}}\n]\n}}\n}}\n")
}

/// A command with more keys, one on each line.
fn command(event: &str, more: &str) -> String {
    file(event, "", &format!("{{\"type\": \"command\",\n\"command\": \"true\"{more}}}"))
}

fn tool(event: &str, server: &str, more: &str) -> String {
    let handler = format!("{{\n\"type\": \"mcp_tool\",\n\"server\": \"{server}\",\n\"tool\": \"t\"{more}}}");
    file(event, "", &handler)
}

#[test]
fn what_codex_says_of_a_broken_hooks_json() {
    let stop = |more: &str| command("Stop", more);
    let handler = |text: &str| file("Stop", "", text);
    let cases = [
        (String::new(), ""),
        ("{".to_owned(), "{"),
        ("{\n\"hooks\": {}\n} x".to_owned(), "} x"),
        ("5\n".to_owned(), "5"),
        ("\u{feff}{\n\"hooks\": {}\n}".to_owned(), "{"),
        ("{\n// no\n\"hooks\": {}\n}".to_owned(), "// no"),
        ("{\n\"hooks\": {} /* no */\n}".to_owned(), "/* no"),
        ("{\n\"hooks\": {\n\"Stop\": [\n{},\n]\n}\n}".to_owned(), "{},"),
        ("{\n\"hooks\": {},\n}".to_owned(), "{},"),
        ("{\n\"$schema\": \"x\",\n\"hooks\": {}\n}".to_owned(), "$schema"),
        ("{\n\"hooks\": {},\n\"version\": 1\n}".to_owned(), "version"),
        ("{\n\"PreToolUse\": [],\n\"Stop\": []\n}".to_owned(), "PreToolUse"),
        ("{\n\"description\": 5,\n\"hooks\": {}\n}".to_owned(), "description"),
        ("{\n\"hooks\": null\n}".to_owned(), "hooks"),
        ("{\n\"hooks\": {},\n\"hooks\": {}\n}".to_owned(), "\"hooks\": {}\n"),
        ("{\n\"hooks\": {\n\"Stop\": [],\n\"Stop\": []\n}\n}".to_owned(), "\"Stop\": []\n"),
        ("{\n\"hooks\": {\n\"Stop\": {}\n}\n}".to_owned(), "Stop"),
        ("{\n\"hooks\": {\n\"Stop\": [\n5\n]\n}\n}".to_owned(), "5"),
        ("{\n\"hooks\": {\n\"Stop\": [\n{\n\"hooks\": {}}\n]\n}\n}".to_owned(), "\"hooks\": {}"),
        (file("PreToolUse", "\"matcher\": [\"Bash\"],\n", ""), "matcher"),
        (file("PreToolUse", "\"matcher\": \"(\",\n", "{\"type\": \"command\", \"command\": \"true\"}"), "matcher"),
        (file("PreToolUse", "\"matcher\": \"Bash(*)\",\n", ""), "matcher"),
        (file("PreToolUse", "\"matcher\": \"(?!x)\",\n", ""), "matcher"),
        (handler("{\n\"type\": \"http\",\n\"url\": \"x\"}"), "http"),
        (handler("{\n\"type\": \"Command\",\n\"command\": \"true\"}"), "Command"),
        (handler("{\n\"command\": \"true\"}"), "command"),
        (handler("{\n\"type\": \"command\"}"), "\"type\""),
        (handler("{\"type\": \"command\",\n\"command\": [\"ls\", \"-l\"]}"), "\"command\": ["),
        (handler("{\"type\": \"command\",\n\"command\": \" \"}"), "\"command\": \""),
        (handler("{\n\"type\": \"prompt\",\n\"prompt\": \"x\"}"), "\"type\""),
        (handler("{\n\"type\": \"agent\"}"), "\"type\""),
        (stop(",\n\"timeout\": 1.5"), "timeout"),
        (stop(",\n\"timeout\": -1"), "timeout"),
        (stop(",\n\"timeout\": \"30\""), "timeout"),
        (stop(",\n\"async\": null"), "async"),
        (stop(",\n\"async\": \"yes\""), "async"),
        (stop(",\n\"statusMessage\": 5"), "statusMessage"),
        (stop(",\n\"additionalContextLimit\": \"x\""), "additionalContextLimit"),
        (stop(",\n\"command\": \"false\""), "\"command\": \"false\""),
        (stop(",\n\"additionalContextLimit\": 9"), "additionalContextLimit"),
        (command("SessionEnd", ",\n\"timeout\": 30"), "timeout"),
        (command("Interrupt", ",\n\"timeout\": 30"), "timeout"),
        (command("SessionEnd", ",\n\"async\": true"), "async"),
        (tool("SessionEnd", "s", ""), "\"type\""),
        (tool("Stop", " ", ""), "\"tool\":"),
    ];
    let mut world = World::new();
    assert_eq!(cases.len(), 45);
    for (text, place) in cases {
        world.same("hooks.json", &text, place);
    }
}

#[test]
fn what_codex_says_of_a_broken_config_toml() {
    let of = |text: &str| format!("\n[[hooks.Stop]]\n[[hooks.Stop.hooks]]\n{text}\n");
    let cases = [
        ("\nhooks = \n".to_owned(), "hooks = "),
        ("\n[hooks]\nStop = 'echo'\n".to_owned(), "Stop = "),
        ("\n[hooks.Stop]\nmatcher = ''\n".to_owned(), "[hooks.Stop]"),
        ("\n[features]\nhooks = true\n".to_owned(), "[features]\nhooks"),
        (of("command = 'true'"), "command ="),
        (of("type = 'http'"), "type ="),
        (of("type = 'command'\ncommandWindows = 'x'"), "type ="),
        (of("type = 'command'\ncommand = 'true'\ntimeout = 1.5"), "timeout ="),
        (of("type = 'command'\ncommand = 'true'\ntimeout = '5'"), "timeout ="),
        (of("type = 'command'\ncommand = ''"), "command ="),
        (of("type = 'prompt'"), "type ="),
        (of("type = 'command'\ncommand = 'true'\nadditionalContextLimit = 5"), "additionalContextLimit ="),
    ];
    let mut world = World::new();
    for (text, place) in cases {
        let text = format!("{}{text}", world.config);
        world.same("config.toml", &text, place);
    }
}

#[test]
fn where_codex_says_nothing() {
    let mut world = World::new();
    let fine = "{\"type\": \"command\", \"command\": \"true\"}";
    let stop = |more: &str| command("Stop", more);
    for (text, hooks, code, place) in [
        (file("Notification", "", fine), 0, "unknown-event", "Notification"),
        (file("pre_tool_use", "", fine), 0, "unknown-event", "pre_tool_use"),
        (file("stop", "", fine), 0, "unknown-event", "stop"),
        (format!("{{\"hooks\": {{\"Stop\": [\n{fine}\n]}}}}"), 0, "handler-without-group", "type"),
        (stop(",\n\"timeoutSec\": 5"), 1, "timeout-key", "timeoutSec"),
        (stop(",\n\"timeout_ms\": 5000"), 1, "timeout-key", "timeout_ms"),
        (stop(",\n\"args\": [\"x\"]"), 1, "foreign-key", "args"),
        (stop(",\n\"once\": true"), 1, "foreign-key", "once"),
        (stop(",\n\"status_message\": \"x\""), 1, "ignored-key", "status_message"),
        (stop(",\n\"timeout\": 5000"), 1, "timeout-in-milliseconds", "timeout"),
        (file("Stop", "\"matcher\": \"(\",\n", fine), 1, "unused-matcher", "matcher"),
        (file("PreToolUse", "\"matcher\": \"Bash(git push*)\",\n", fine), 1, "permission-rule", "matcher"),
        (file("PreToolUse", "\"id\": 1,\n", fine), 1, "ignored-key", "id"),
    ] {
        world.silent("hooks.json", &text, hooks, code, place);
    }
    fs::remove_file(world.file("hooks.json")).unwrap();
    for (text, hooks, code, place) in [
        ("\n[hooks]\nturn_start = ['a']\n", 0, "unknown-key", "turn_start"),
        ("\n[[hooks.Stop]]\ntype = 'command'\ncommand = 'true'\n", 0, "handler-without-group", "type"),
        (
            "\n[[hooks.Stop]]\nhooks = [{ type = 'command', command = 'true', timeout_ms = 5 }]\n",
            1,
            "timeout-key",
            "timeout_ms",
        ),
    ] {
        let text = format!("{}{text}", world.config);
        world.silent("config.toml", &text, hooks, code, place);
    }
}
