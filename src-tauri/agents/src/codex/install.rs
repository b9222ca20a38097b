//! Hookwright's entry in Codex's hook files: its words, its place and the hash by which Codex trusts it.
//!
//! Pure; `config` reads and writes the files. The entry is frozen for ever: command, timeout and status message are all in the
//! hash, so a change would make every installed entry untrusted.

use std::path::{Path, PathBuf};

use model::HookEvent;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Every event of Codex 0.169, in Codex's order. Each gets our entry.
pub const EVENTS: [HookEvent; 14] = [
    HookEvent::PreModelRequest,
    HookEvent::PostModelRequest,
    HookEvent::PreToolUse,
    HookEvent::PermissionRequest,
    HookEvent::PostToolUse,
    HookEvent::PreCompact,
    HookEvent::PostCompact,
    HookEvent::SessionStart,
    HookEvent::SessionEnd,
    HookEvent::UserPromptSubmit,
    HookEvent::SubagentStart,
    HookEvent::SubagentStop,
    HookEvent::Stop,
    HookEvent::Interrupt,
];

/// Of our entries alone.
pub const STATUS_MESSAGE: &str = "Waiting for Hookwright";
const RELAY: &str = "hookwright-relay";
/// Seconds. The waiting time is the app's own; this only has to be longer.
const TIMEOUT: u64 = 86_400;
/// Seconds. Codex 0.169: `SessionEnd` and `Interrupt` get no more.
const MOST_AT_THE_END: u64 = 3;
/// Seconds. Codex 0.169: what applies where a handler says nothing.
const DEFAULT_TIMEOUT: u64 = 600;
/// Codex 0.169: this `additionalContextLimit` is not hashed, as if it were not there.
const DEFAULT_CONTEXT_LIMIT: u64 = 2_500;

/// Why a path cannot stand in the entry's command. Reads after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("write the path {0:?} into the command: it is not absolute")]
    NotAbsolute(PathBuf),
    /// Not UTF-8, or with a quote or a control character.
    #[error("write the path {0:?} into the command: it has characters that cannot stand there")]
    Unquotable(PathBuf),
    /// What is written must be found again.
    #[error("write the path {0:?} into the command: the program is not named {RELAY}")]
    NotTheRelay(PathBuf),
}

/// One entry as it is to stand in a hook file: no matcher, not async.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub event: HookEvent,
    pub command: String,
    /// Seconds.
    pub timeout: u64,
    pub status_message: String,
}

/// What the command of an entry of ours names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    pub relay: PathBuf,
    /// `HOOKWRIGHT_HOME`, where the app was started with one.
    pub home: Option<PathBuf>,
}

/// A command handler as a hook file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared<'a> {
    pub event: &'a HookEvent,
    pub matcher: Option<&'a str>,
    pub command: &'a str,
    /// Seconds, as written.
    pub timeout: Option<u64>,
    pub status_message: Option<&'a str>,
    /// `async` in the file: Codex does not wait for it.
    pub background: bool,
    pub context_limit: Option<u64>,
}

/// An MCP tool handler as a hook file declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredTool<'a> {
    pub event: &'a HookEvent,
    pub matcher: Option<&'a str>,
    pub server: &'a str,
    pub tool: &'a str,
    /// With every number as [`hashed_number`] gives it.
    pub input: &'a Map<String, Value>,
    /// Seconds, as written.
    pub timeout: Option<u64>,
    pub status_message: Option<&'a str>,
}

/// The entries that connect Codex with the app, in the order of [`EVENTS`].
pub fn entries(relay: &Path, home: Option<&Path>) -> Result<Vec<Entry>, Error> {
    if relay.file_name().is_none_or(|name| name != RELAY) {
        return Err(Error::NotTheRelay(relay.to_owned()));
    }
    let command = command(relay, home)?;
    let entry = |event: HookEvent| Entry {
        timeout: if ends_quickly(&event) { MOST_AT_THE_END } else { TIMEOUT },
        event,
        command: command.clone(),
        status_message: STATUS_MESSAGE.to_owned(),
    };
    Ok(EVENTS.into_iter().map(entry).collect())
}

/// What the command names, if it is one of ours to the letter; whoever changed it made it theirs.
pub fn ours(text: &str) -> Option<Ours> {
    let mut quoted = text.split('\'').skip(1).step_by(2).map(PathBuf::from);
    let (relay, again, home) = (quoted.next()?, quoted.next()?, quoted.next());
    let known = relay == again && relay.file_name()? == RELAY && command(&relay, home.as_deref()).ok()? == text;
    known.then_some(Ours { relay, home })
}

/// Codex's name for an event in keys and hashes, such as `permission_request`.
pub fn event_key(event: &HookEvent) -> String {
    let mut key = String::new();
    for c in event.name().chars() {
        if c.is_ascii_uppercase() && !key.is_empty() {
            key.push('_');
        }
        key.push(c.to_ascii_lowercase());
    }
    key
}

/// Under which Codex keeps trust: by position, so nothing may ever be put in front of someone's handler.
pub fn key(file: &Path, event: &HookEvent, group: usize, handler: usize) -> String {
    format!("{}:{}:{group}:{handler}", file.display(), event_key(event))
}

/// The entry's `currentHash`.
pub fn hash(entry: &Entry) -> String {
    let Entry { event, command, timeout, status_message } = entry;
    let declared = Declared {
        event,
        matcher: None,
        command,
        timeout: Some(*timeout),
        status_message: Some(status_message),
        background: false,
        context_limit: None,
    };
    declared.hash()
}

impl Declared<'_> {
    /// Codex 0.169's `currentHash`: SHA-256 of the handler as JSON, with sorted keys and no blanks.
    pub fn hash(&self) -> String {
        let mut json = String::from("{");
        let limit = self.context_limit.filter(|&limit| limit != DEFAULT_CONTEXT_LIMIT && gives_context(self.event));
        if let Some(limit) = limit {
            json += &format!(r#""additionalContextLimit":{limit},"#);
        }
        json += &format!(r#""async":{},"command":{},"#, self.background, quoted(self.command));
        if let Some(message) = self.status_message {
            json += &format!(r#""statusMessage":{},"#, quoted(message));
        }
        json += &format!(r#""timeout":{},"type":"command"}}"#, timeout(self.event, self.timeout));
        hash_of(self.event, self.matcher, &json)
    }
}

impl DeclaredTool<'_> {
    /// Codex 0.169's `currentHash`, as that of a command.
    pub fn hash(&self) -> String {
        let mut json = String::from(r#"{"input":"#);
        write_sorted(&mut json, self.input);
        json += &format!(r#","server":{},"#, quoted(self.server));
        if let Some(message) = self.status_message {
            json += &format!(r#""statusMessage":{},"#, quoted(message));
        }
        let timeout = timeout(self.event, self.timeout);
        json += &format!(r#""timeout":{timeout},"tool":{},"type":"mcp_tool"}}"#, quoted(self.tool));
        hash_of(self.event, self.matcher, &json)
    }
}

/// The hash of a group that holds this one handler.
fn hash_of(event: &HookEvent, matcher: Option<&str>, handler: &str) -> String {
    let mut json = format!(r#"{{"event_name":{},"hooks":[{handler}]"#, quoted(&event_key(event)));
    if let Some(matcher) = matcher.filter(|_| has_matcher(event)) {
        json += &format!(r#","matcher":{}"#, quoted(matcher));
    }
    json.push('}');
    let digest = Sha256::digest(json);
    "sha256:".chars().chain(digest.iter().flat_map(|byte| hex(*byte))).collect()
}

/// A number of an MCP tool's input, as Codex 0.169 hashes it: an object that holds its text, with a sign in every exponent.
pub fn hashed_number(text: &str) -> Value {
    let text = if text == "-0" { "0".to_owned() } else { text.replace('E', "e") };
    let text = match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with(['+', '-']) => format!("{digits}e+{exponent}"),
        _ => text,
    };
    let number = [("$serde_json::private::Number".to_owned(), Value::String(text))];
    Value::Object(number.into_iter().collect())
}

/// Seconds a handler of the event has, after default and limits. Codex 0.169: at least one; 600 where nothing is said.
pub fn timeout(event: &HookEvent, declared: Option<u64>) -> u64 {
    if ends_quickly(event) {
        declared.unwrap_or(1).clamp(1, MOST_AT_THE_END)
    } else {
        declared.unwrap_or(DEFAULT_TIMEOUT).max(1)
    }
}

fn command(relay: &Path, home: Option<&Path>) -> Result<String, Error> {
    let relay = plain(relay)?;
    let home = home.map(plain).transpose()?.map(|home| format!(" --home '{home}'")).unwrap_or_default();
    Ok(format!("if [ -x '{relay}' ]; then exec '{relay}'{home} codex; fi"))
}

pub(super) fn plain(path: &Path) -> Result<&str, Error> {
    if !path.is_absolute() {
        return Err(Error::NotAbsolute(path.to_owned()));
    }
    let text = path.to_str().filter(|text| !text.contains(|c: char| c == '\'' || c.is_control()));
    text.ok_or_else(|| Error::Unquotable(path.to_owned()))
}

/// Whether its handlers get no more than three seconds, for Codex is about to leave.
pub fn ends_quickly(event: &HookEvent) -> bool {
    matches!(event, HookEvent::SessionEnd | HookEvent::Interrupt)
}

/// Whether its handlers can add to what the model reads, so that a limit for that means something.
pub fn gives_context(event: &HookEvent) -> bool {
    use HookEvent::{PostToolUse, PreToolUse, SessionStart, SubagentStart, UserPromptSubmit};
    matches!(event, PreToolUse | PostToolUse | SessionStart | UserPromptSubmit | SubagentStart)
}

/// Whether there is something to match. Elsewhere a matcher is neither read nor hashed.
pub fn has_matcher(event: &HookEvent) -> bool {
    use HookEvent::{Interrupt, PostModelRequest, PreModelRequest, Stop, UserPromptSubmit};
    !matches!(event, UserPromptSubmit | Stop | Interrupt | PreModelRequest | PostModelRequest)
}

/// A JSON object with sorted keys and no blanks.
fn write_sorted(json: &mut String, object: &Map<String, Value>) {
    let mut fields: Vec<_> = object.iter().collect();
    fields.sort_by_key(|(key, _)| *key);
    let mut before = '{';
    for (key, value) in fields {
        json.extend([before.to_string(), quoted(key), ":".to_owned()]);
        write_value(json, value);
        before = ',';
    }
    json.push_str(if before == '{' { "{}" } else { "}" });
}

fn write_value(json: &mut String, value: &Value) {
    match value {
        Value::Object(object) => write_sorted(json, object),
        Value::Array(values) => {
            json.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                write_value(json, value);
            }
            json.push(']');
        }
        Value::String(text) => json.push_str(&quoted(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => json.push_str(&value.to_string()),
    }
}

/// A JSON string, escaped as Codex does it: no more than JSON requires.
fn quoted(text: &str) -> String {
    let mut json = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            '\n' => json += r"\n",
            '\r' => json += r"\r",
            '\t' => json += r"\t",
            '\u{8}' => json += r"\b",
            '\u{c}' => json += r"\f",
            '\0'..' ' => json += &format!(r"\u{:04x}", u32::from(c)),
            _ => json.push(c),
        }
    }
    json.push('"');
    json
}

fn hex(byte: u8) -> impl Iterator<Item = char> {
    [byte >> 4, byte & 15].into_iter().filter_map(|half| char::from_digit(half.into(), 16))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const RELAY_AT: &str = "/home/user/.local/share/hookwright/hookwright-relay";

    fn handler<'a>(event: &'a HookEvent, command: &'a str) -> Declared<'a> {
        Declared {
            event,
            matcher: None,
            command,
            timeout: None,
            status_message: None,
            background: false,
            context_limit: None,
        }
    }

    fn check(declared: &Declared<'_>, expected: &str) {
        assert_eq!(declared.hash(), format!("sha256:{expected}"), "{declared:?}");
    }

    #[test]
    fn every_known_event_once() {
        let events: HashSet<_> = EVENTS.iter().collect();
        assert_eq!(events, HookEvent::KNOWN.iter().collect());
        assert_eq!(events.len(), EVENTS.len());
    }

    #[test]
    fn the_frozen_entry() {
        let entries = entries(Path::new(RELAY_AT), None).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>(), EVENTS);
        for Entry { event, command, timeout, status_message } in entries {
            assert_eq!(command, format!("if [ -x '{RELAY_AT}' ]; then exec '{RELAY_AT}' codex; fi"));
            assert_eq!(timeout, if ["SessionEnd", "Interrupt"].contains(&event.name()) { 3 } else { 86_400 });
            assert_eq!(status_message, "Waiting for Hookwright");
        }
    }

    #[test]
    fn with_a_home_of_its_own() {
        let entries = entries(Path::new(RELAY_AT), Some(Path::new("/tmp/a home"))).unwrap();
        let command = format!("if [ -x '{RELAY_AT}' ]; then exec '{RELAY_AT}' --home '/tmp/a home' codex; fi");
        assert_eq!(entries[0].command, command);
        assert_eq!(ours(&command), Some(Ours { relay: RELAY_AT.into(), home: Some("/tmp/a home".into()) }));
    }

    #[test]
    fn paths_that_cannot_stand_in_a_command() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let refused = |relay: &[u8]| entries(Path::new(OsStr::from_bytes(relay)), None).unwrap_err();
        assert_eq!(refused(b"bin/hookwright-relay"), Error::NotAbsolute("bin/hookwright-relay".into()));
        assert_eq!(refused(b"/it's/hookwright-relay"), Error::Unquotable("/it's/hookwright-relay".into()));
        assert_eq!(refused(b"/a\n/hookwright-relay"), Error::Unquotable("/a\n/hookwright-relay".into()));
        assert!(matches!(refused(b"/\xff/hookwright-relay"), Error::Unquotable(_)));
        assert_eq!(refused(b"/bin/relay"), Error::NotTheRelay("/bin/relay".into()));
        let home = |home| entries(Path::new(RELAY_AT), Some(Path::new(home))).unwrap_err();
        assert_eq!(home("home"), Error::NotAbsolute("home".into()));
        assert_eq!(home("/o'clock"), Error::Unquotable("/o'clock".into()));
    }

    #[test]
    fn only_our_own_words_are_ours() {
        let command = |relay: &str| format!("if [ -x '{relay}' ]; then exec '{relay}' codex; fi");
        assert_eq!(ours(&command(RELAY_AT)), Some(Ours { relay: RELAY_AT.into(), home: None }));
        assert!(ours(&command("/old place/hookwright-relay")).is_some());
        for foreign in [
            "true".to_owned(),
            String::new(),
            RELAY_AT.to_owned(),
            format!("{} ", command(RELAY_AT)),
            format!("{} # note", command(RELAY_AT)),
            command("hookwright-relay"),
            command("/usr/bin/other"),
            command("/usr/bin/my-hookwright-relay"),
            command(RELAY_AT).replace("codex", "claude"),
            command(RELAY_AT).replacen(RELAY_AT, "/bin/sh", 1),
            format!("if [ -x '{RELAY_AT}' ]; then exec '{RELAY_AT}' --home 'here' codex; fi"),
            format!("if [ -x '{RELAY_AT}' ]; then exec '{RELAY_AT}' --home '/a' --home '/b' codex; fi"),
        ] {
            assert_eq!(ours(&foreign), None, "{foreign}");
        }
    }

    #[test]
    fn keys() {
        let file = Path::new("/home/user/.codex/hooks.json");
        let expected = "/home/user/.codex/hooks.json:permission_request:2:1";
        assert_eq!(key(file, &HookEvent::PermissionRequest, 2, 1), expected);
        assert_eq!(event_key(&HookEvent::Stop), "stop");
        assert_eq!(event_key(&HookEvent::PreModelRequest), "pre_model_request");
        assert_eq!(event_key(&HookEvent::SubagentStart), "subagent_start");
    }

    /// What `hooks/list` of Codex 0.169 says of these handlers.
    #[test]
    fn recorded_hashes() {
        use HookEvent::{Interrupt, PermissionRequest, PreModelRequest, PreToolUse, SessionEnd, Stop};

        let plain = "2bcf04118419bd6fb936ade193b6b3543b9ef29c3433b9d09014e869593c598a";
        check(&handler(&PreModelRequest, "true"), plain);
        check(&Declared { matcher: Some("abc"), ..handler(&PreModelRequest, "true") }, plain);
        check(&Declared { context_limit: Some(9), ..handler(&PreModelRequest, "true") }, plain);

        check(
            &Declared { matcher: Some("abc"), ..handler(&PreToolUse, "true") },
            "90b893e5141a0b63a30c3adf885b9e9755e42b4fb049277580ef7d5668de64e7",
        );
        check(
            &Declared { matcher: Some(""), ..handler(&PreToolUse, "true") },
            "189a2dab8752eb65ee6809aee40155c040acb4f3337fadc048710db013ee4436",
        );
        check(
            &Declared { timeout: Some(0), ..handler(&PreToolUse, "true") },
            "72e6f61de8c1e9953f3643fd87a22fa8b676d25021436a08ff9e06f8a9e627a3",
        );
        check(
            &Declared { context_limit: Some(0), ..handler(&PreToolUse, "true") },
            "b83fcb70e3fc051d1c098a827831ec8ed8bde267ea557f6666dc2d4b4ba78182",
        );
        check(
            &Declared {
                matcher: Some("x"),
                timeout: Some(7),
                status_message: Some("s"),
                background: true,
                ..handler(&PreToolUse, "true")
            },
            "1361dd01d3252e9426563dc6b3ab64c8078c58a67d7a80b9f5e4900d6dd18e0d",
        );
        check(
            &Declared { matcher: Some("Bash"), timeout: Some(86_400), ..handler(&PermissionRequest, "true") },
            "544f7917198ade8054e481dfba729975ccc0407dc5e8e372b4ebe8d88dfcac57",
        );
        check(
            &Declared { status_message: Some("Working – \"quoted\" 🚫 \\ /"), ..handler(&Stop, "true") },
            "8800bad0e6607d6a5873e4284bd621343c1d0421fde6e8e79864361af19ad1cb",
        );
        check(
            &Declared { timeout: Some(30), ..handler(&SessionEnd, "true") },
            "0408973db4c606ef0b942b13de03431201c09e7746a6fbf2d078370f1af83d68",
        );
        check(&handler(&Interrupt, "true"), "fb1ffe26e8dbd2e7fb8855d602d1545f7e1b53854ebfb71aead8f18db9e7607a");
    }

    /// What `hooks/list` of Codex 0.169 says of these handlers.
    #[test]
    fn recorded_hashes_of_mcp_tools() {
        let check = |input: Value, expected: &str| {
            let input = input.as_object().unwrap();
            let (event, matcher) = (&HookEvent::PreToolUse, None);
            let tool =
                DeclaredTool { event, matcher, server: "s", tool: "t", input, timeout: None, status_message: None };
            assert_eq!(&tool.hash()[..19], format!("sha256:{expected}"), "{input:?}");
        };
        let number = hashed_number;
        check(serde_json::json!({}), "512cf58fb1a2");
        check(serde_json::json!({ "n": number("1") }), "26ad5fda6b75");
        check(serde_json::json!({ "n": number("1.50") }), "3cebbd2a57fd");
        check(
            serde_json::json!({
                "z": number("1"), "a": [number("1"), "x", { "b": true }], "e": number("1e3"), "E": number("1E3"),
                "m": number("-0"), "mf": number("-0.0"), "big": number("123456789012345678901234567890"),
                "neg": number("-5"),
            }),
            "9199a89ea0ba",
        );
    }

    /// What `hooks/list` of Codex 0.169 says of our entries. If this fails, people have to trust them anew.
    #[test]
    fn recorded_hashes_of_our_entries() {
        let entries = entries(Path::new(RELAY_AT), None).unwrap();
        for (event, expected) in [
            (HookEvent::PermissionRequest, "16a06d63d7947f12bf59054bd266d6c12ce90cfbcbc6e6075d775a04711b3874"),
            (HookEvent::SessionEnd, "01944422715947d1c468653bcbcd8a7ae458320b48e1c22df3b0977ad382d220"),
            (HookEvent::Stop, "105840dbba9db54ea2b7bd17205bb5a12fbe72b4025098d29341112f53a7c2e2"),
            (HookEvent::Interrupt, "cccd5a64e888c6e1144425cc446ff5cad012203eb279cafaa74d7331117045df"),
        ] {
            let entry = entries.iter().find(|entry| entry.event == event).unwrap();
            assert_eq!(hash(entry), format!("sha256:{expected}"), "{event:?}");
        }
    }

    #[test]
    fn quoting_is_that_of_json() {
        let every: String = ('\0'..='\u{ff}').chain(['\u{2028}', '🚫']).collect();
        assert_eq!(quoted(&every), serde_json::to_string(&every).unwrap());
    }
}
