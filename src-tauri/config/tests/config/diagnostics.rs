//! What `check` says of a file.

mod commands;
mod every_file;
mod fixes;
mod matchers;
mod owned;

use std::fs;
use std::path::{Path, PathBuf};

use config::discover::{Diagnostic, Machine, Severity, check, check_text};
use config::{Error, replace_all};
use tempfile::TempDir;

use crate::support::Place;

/// On a machine of which nothing is known.
fn of(name: &str, text: &str) -> Vec<Diagnostic> {
    check_text(Path::new(name), text, &Machine::default())
}

/// Severity, code, line and column of each.
fn told(name: &str, text: &str) -> Vec<(Severity, &'static str, usize, usize)> {
    of(name, text).iter().map(|found| (found.severity, found.code, found.line, found.column)).collect()
}

use Severity::{Advice, Error as Wrong, Warning as Odd};

#[test]
fn nothing_wrong() {
    let fine = r#"{"description":"x","hooks":{"PreToolUse":[{"matcher":"Bash","agents":["codex"],"hooks":[{"type":"command","command":"true","timeout":5}]}]}}"#;
    assert_eq!(told("hooks.json", fine), []);
    assert_eq!(told("config.toml", "model = 'x'\n[hooks]\nstop = ['a']\n[hooks.state.k]\nenabled = true\n"), []);
}

#[test]
fn a_file_that_is_rejected() {
    let [found] = &of("hooks.json", "{\n  \"PreToolUse\": []\n}")[..] else { panic!("one") };
    let message = "failed to parse hooks config hooks.json: unknown field `PreToolUse`, expected `description` or `hooks` at line 2 column 14";
    assert_eq!((found.severity, found.code, found.line, found.column), (Wrong, "events-at-top-level", 2, 3));
    assert_eq!(
        (found.message.as_str(), found.hint.as_deref()),
        (message, Some("put the events into `hooks`: {\"hooks\": {…}}"))
    );
    assert_eq!(told("hooks.json", ""), [(Wrong, "rejected", 1, 1)]);
    assert_eq!(told("config.toml", "x = \n"), [(Wrong, "rejected", 1, 5)]);
    let toml = "model = 'x'\n\n[[hooks.Stop]]\n\n[[hooks.Stop.hooks]]\ntype = 'http'\n";
    let [found] = &of("config.toml", toml)[..] else { panic!("one") };
    assert_eq!((found.code, found.line, found.column), ("unknown-type", 6, 8));
    assert_eq!(
        found.message.as_str(),
        "config.toml:3:3: unknown variant `http`, expected one of `command`, `mcp_tool`, `prompt`, `agent`"
    );
}

#[test]
fn hooks_that_are_left_out_or_changed() {
    let json = r#"{"hooks":{
"PreToolUse":[{"matcher":"(","hooks":[{"type":"command","command":"a"}]}],
"Stop":[{"hooks":[
{"type":"prompt"},
{"type":"command","command":" "},
{"type":"mcp_tool","server":"","tool":"t"},
{"type":"command","command":"a","additionalContextLimit":5},
{"type":"command","command":"a","timeout":9223372036854775808}]}],
"SessionEnd":[{"hooks":[
{"type":"mcp_tool","server":"s","tool":"t"},
{"type":"command","command":"a","timeout":9,"async":true}]}]}}"#;
    let expected = [
        (Wrong, "invalid-matcher", 2, 26),
        (Advice, "no-timeout", 2, 57),
        (Wrong, "not-supported", 4, 9),
        (Wrong, "empty-command", 5, 29),
        (Wrong, "empty-tool", 6, 39),
        (Advice, "no-timeout", 7, 19),
        (Odd, "ignored-limit", 7, 58),
        (Wrong, "too-large", 8, 43),
        (Wrong, "tool-at-session-end", 10, 9),
        (Odd, "clamped-timeout", 11, 43),
        (Odd, "async-session-end", 11, 53),
    ];
    assert_eq!(told("hooks.json", json), expected);
    let toml = "[[hooks.Interrupt]]\nhooks = [{ type = 'command', command = 'a', timeout = 9 }]\n";
    assert_eq!(told("config.toml", toml), [(Odd, "clamped-timeout", 2, 55)]);
}

#[test]
fn what_is_ignored() {
    let json = r#"{"hooks":{
"Notification":[{"x":1}],
"pre_tool_use":5,
"Stop":[{"matcher":"x",
"type":"command",
"id":"x","hooks":[{"type":"command","command":"a",
"timeoutSec":5,
"once":true}]}]}}"#;
    let expected = [
        (Odd, "unknown-event", 2, 1),
        (Odd, "unknown-event", 3, 1),
        (Odd, "unused-matcher", 4, 10),
        (Odd, "handler-without-group", 5, 1),
        (Odd, "ignored-key", 6, 1),
        (Odd, "timeout-key", 7, 1),
        (Odd, "foreign-key", 8, 1),
    ];
    assert_eq!(told("hooks.json", json), expected);
    assert_eq!(of("hooks.json", json)[1].hint.as_deref(), Some("write `PreToolUse`"));
}

#[test]
fn keys_of_a_hooks_table() {
    let toml = "[hooks]\npre_tool_use = ['a']\nturn_start = ['a']\n\n[[hooks.Stop]]\nmatcher = 'x'\n[[hooks.Stop.hooks]]\ntype = 'command'\ncommand = 'a'\ntimeout_ms = 5\n";
    let expected = [(Odd, "unknown-key", 3, 1), (Odd, "unused-matcher", 6, 1), (Odd, "timeout-key", 10, 1)];
    assert_eq!(told("config.toml", toml), expected);
    assert!(of("config.toml", toml)[0].message.contains("`turn_start`"));
}

/// The seed refuses the file; Codex 0.169 ignores the key, so it is told of and nothing else is lost.
#[test]
fn g09_a_name_that_never_landed_is_told_of() {
    for name in ["turn_start", "turn_end", "compaction", "subagent_end"] {
        let told = of("config.toml", &format!("[hooks]\n{name} = ['a']\n"));
        assert_eq!(told.len(), 1, "{name}: {told:?}");
        assert_eq!((told[0].severity, told[0].line), (Odd, 2), "{name}");
        assert!(told[0].message.contains(&format!("`{name}`")), "{name}: {}", told[0].message);
    }
}

#[test]
fn what_cannot_be_read() {
    let place = Place::new();
    assert!(matches!(check(&place.path("missing.json")), Err(Error::Read { .. })));
    fs::create_dir(place.path("folder.json")).unwrap();
    assert!(matches!(check(&place.path("folder.json")), Err(Error::NotAFile(_))));
}

/// A home, a repository in it and programs, in a temporary folder.
struct Desk {
    folder: TempDir,
    machine: Machine,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["repo/.git", "repo/.codex/hooks", "repo/scripts", "home/.codex", "bin"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        let machine = Machine { path: vec![at("bin")], home: Some(at("home")), ..Machine::default() };
        let desk = Self { folder, machine };
        for name in ["sh", "bash", "dash", "python3", "node", "git", "cat", "sleep", "bun", "php"] {
            desk.program(&format!("bin/{name}"));
        }
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str) {
        fs::write(self.at(name), "").unwrap();
    }

    fn program(&self, name: &str) {
        use std::os::unix::fs::PermissionsExt as _;

        self.put(name);
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// As the project's own `hooks.json`, or as a `config.toml` beside it.
    fn check(&self, text: &str) -> Vec<Diagnostic> {
        let name = if text.trim_start().starts_with('[') { "config.toml" } else { "hooks.json" };
        check_text(&self.at("repo/.codex").join(name), text, &self.machine)
    }

    /// As one command of an event, after every fix of every finding was tried.
    #[track_caller]
    fn command(&self, event: &str, command: &str) -> Vec<Diagnostic> {
        let text = one(event, command);
        let found = self.check(&text);
        found.iter().for_each(|finding| self.mended(&text, finding));
        found
    }

    /// A fix takes away what it is for, and brings nothing worse.
    #[track_caller]
    fn mended(&self, text: &str, finding: &Diagnostic) {
        let Some(fix) = &finding.fix else { return };
        let after = self.check(&replace_all(text, &fix.changes));
        let same = |other: &&Diagnostic| other.code == finding.code && other.message == finding.message;
        let left = after.iter().filter(same).count();
        let before = self.check(text).iter().filter(same).count();
        assert!(left < before, "{}: {:?} left {after:#?}", finding.code, fix);
        assert!(!after.iter().any(|other| other.code == "rejected"), "{after:#?}");
    }
}

/// A file with one command, which has a timeout.
fn one(event: &str, command: &str) -> String {
    let command = serde_json::Value::from(command);
    format!(r#"{{"hooks":{{"{event}":[{{"hooks":[{{"type":"command","command":{command},"timeout":5}}]}}]}}}}"#)
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|finding| finding.code).collect()
}
