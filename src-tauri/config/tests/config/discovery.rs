//! Which hooks Codex has: one file at a time (D01 to D33 of the conformance cases; those of several files are in `layers`).

use std::fs;
use std::path::PathBuf;

use config::discover::{Discovery, Flags, Places, discover, discover_files};
use model::{Handler, Hook, HookEvent, Mode, Trust, Unapproved};

use crate::support::Place;

impl Place {
    pub(crate) fn places(&self) -> Places {
        Places { codex: self.codex(), system: self.path("etc") }
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn discover(&self) -> Discovery {
        self.discover_with(&[])
    }

    pub(crate) fn discover_with(&self, overrides: &[&str]) -> Discovery {
        let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
        discover(&self.places(), &self.repo(), &Flags { overrides, trust_all: false })
    }

    /// A user's `config.toml`, in which the repository is trusted.
    pub(crate) fn trust_repo(&self, more: &str) {
        fs::create_dir_all(self.path("repo/.git")).unwrap();
        let text = format!("{more}\n[projects.\"{}\"]\ntrust_level = \"trusted\"\n", self.repo().display());
        fs::write(self.config(), text).unwrap();
    }
}

/// One command for `Stop`.
pub(crate) fn stop(command: &str) -> String {
    format!(r#"{{"hooks":{{"Stop":[{{"hooks":[{{"type":"command","command":"{command}"}}]}}]}}}}"#)
}

pub(crate) fn stop_toml(command: &str) -> String {
    format!("[hooks]\nStop = [{{ hooks = [{{ type = 'command', command = '{command}' }}] }}]\n")
}

/// A `hooks.json` alone.
fn json(text: &str) -> Discovery {
    Place::with(Some(text), None).discover()
}

fn handler(event: &str, more: &str) -> Discovery {
    json(&format!(r#"{{"hooks":{{"{event}":[{{"hooks":[{{"type":"command","command":"true"{more}}}]}}]}}}}"#))
}

/// Nothing listed, one warning, and this in it.
fn rejected(text: &str, words: &str) {
    let found = json(text);
    assert_eq!((found.hooks.as_slice(), found.skipped.as_slice()), (&[][..], &[][..]), "{text}");
    let [warning] = found.warnings.as_slice() else { panic!("{text}: {:?}", found.warnings) };
    assert!(warning.starts_with("failed to parse hooks config ") && warning.contains(words), "{text}: {warning}");
}

fn only(found: &Discovery) -> &Hook {
    let [hook] = found.hooks.as_slice() else { panic!("{found:?}") };
    hook
}

pub(crate) fn commands(found: &Discovery) -> Vec<&str> {
    let command = |hook: &'_ Hook| match &hook.handler {
        Handler::Command { command, .. } => command.as_str().to_owned().leak(),
        Handler::McpTool { .. } => "",
    };
    found.hooks.iter().map(|hook| command(hook) as &str).collect()
}

#[test]
fn d01_nothing_declared() {
    for text in ["{}", "{\"hooks\":{}}"] {
        assert_eq!(json(text), Discovery::default());
    }
}

#[test]
fn d02_another_key_beside_hooks() {
    rejected(
        "{\"$schema\":\"x\",\"hooks\":{}}",
        "unknown field `$schema`, expected `description` or `hooks` at line 1 column 10",
    );
}

#[test]
fn d03_events_without_hooks() {
    rejected(
        "{\"PreToolUse\":[]}",
        "unknown field `PreToolUse`, expected `description` or `hooks` at line 1 column 13",
    );
}

#[test]
fn d04_an_event_nobody_knows() {
    assert_eq!(json("{\"hooks\":{\"Nope\":[1]}}"), Discovery::default());
}

#[test]
fn d05_a_type_nobody_knows() {
    rejected(
        r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"true"},{"type":"http"}]}]}}"#,
        "unknown variant `http`, expected one of `command`, `mcp_tool`, `prompt`, `agent`",
    );
}

#[test]
fn d06_timeouts_that_are_no_seconds() {
    for (timeout, words) in [
        ("1.5", "invalid type: map, expected u64"),
        ("-1", "invalid value: integer `-1`, expected u64"),
        ("\"5\"", "invalid type: string \"5\", expected u64"),
    ] {
        let handler = format!(r#"{{"type":"command","command":"true","timeout":{timeout}}}"#);
        rejected(&format!(r#"{{"hooks":{{"Stop":[{{"hooks":[{handler}]}}]}}}}"#), words);
    }
}

#[test]
fn d07_a_timeout_of_nothing() {
    assert_eq!(only(&handler("Stop", ",\"timeout\":0")).timeout, 1);
}

#[test]
fn d08_no_timeout() {
    for event in HookEvent::KNOWN {
        let ends = ["SessionEnd", "Interrupt"].contains(&event.name());
        assert_eq!(only(&handler(event.name(), "")).timeout, if ends { 1 } else { 600 }, "{event:?}");
    }
}

#[test]
fn d09_too_long_at_the_end() {
    let place = Place::with(
        Some(r#"{"hooks":{"SessionEnd":[{"hooks":[{"type":"command","command":"true","timeout":10}]}]}}"#),
        None,
    );
    let found = place.discover();
    assert_eq!(only(&found).timeout, 3);
    assert_eq!(found.warnings, [format!("clamping SessionEnd hook timeout to 3s in {}", place.hooks().display())]);
}

#[test]
fn d10_timeout_by_its_older_name() {
    let found = handler("Stop", ",\"timeoutSec\":10");
    assert_eq!((only(&found).timeout, found.warnings.len()), (600, 0));
    assert_eq!(only(&found).hash, only(&handler("Stop", "")).hash);
}

#[test]
fn d11_what_is_left_out_keeps_its_place() {
    let place = Place::with(
        Some(r#"{"hooks":{"Stop":[{"hooks":[{"type":"prompt"},{"type":"command","command":"true"}]}]}}"#),
        None,
    );
    let found = place.discover();
    let path = place.hooks().display().to_string();
    assert_eq!((only(&found).key.as_str(), only(&found).display_order), (&*format!("{path}:stop:0:1"), 0));
    let why = format!("skipping prompt hook in {path}: prompt hooks are not supported yet");
    assert_eq!(found.warnings, [why.as_str()]);
    let [skipped] = found.skipped.as_slice() else { panic!("{found:?}") };
    assert_eq!((skipped.key.as_str(), &skipped.why), (&*format!("{path}:stop:0:0"), &why));
}

#[test]
fn d12_a_group_with_a_bad_matcher_keeps_its_place() {
    let found = json(
        r#"{"hooks":{"PreToolUse":[{"matcher":"(","hooks":[{"type":"command","command":"a"},{"type":"command","command":"b"}]},
        {"matcher":"Bash","hooks":[{"type":"command","command":"c"}]}]}}"#,
    );
    assert!(only(&found).key.as_str().ends_with(":pre_tool_use:1:0"), "{found:?}");
    assert_eq!((found.warnings.len(), found.skipped.len()), (1, 2));
    assert!(
        found.warnings[0].contains("invalid matcher \"(\" in ") && found.warnings[0].ends_with("error: unclosed group")
    );
}

#[test]
fn d13_a_blank_command() {
    let place = Place::with(Some(&stop(" \\t")), None);
    let found = place.discover();
    assert_eq!(found.hooks, []);
    assert_eq!(found.warnings, [format!("skipping empty hook command in {}", place.hooks().display())]);
}

#[test]
fn d14_both_notations() {
    let place = Place::with(Some(&stop("json")), Some(&stop_toml("toml")));
    let found = place.discover();
    assert_eq!(commands(&found), ["json", "toml"]);
    let (json, toml) = (place.hooks(), place.config());
    let (json, toml) = (json.display(), toml.display());
    let both = format!("loading hooks from both {json} and {toml}; prefer a single representation for this layer");
    assert_eq!(found.warnings, [both]);
}

/// What is said of the one hook.
fn said(state: &str) -> Hook {
    let place = Place::with(Some(&stop("true")), None);
    let key = place.hooks().display().to_string() + ":stop:0:0";
    fs::write(place.config(), format!("[hooks.state.{key:?}]\n{state}\n")).unwrap();
    only(&place.discover()).clone()
}

#[test]
fn d18_a_hook_that_is_switched_off() {
    let hook = said("enabled = false");
    assert_eq!((hook.enabled, hook.trust, hook.will_run()), (false, Trust::Untrusted, false));
}

#[test]
fn d19_trust() {
    let hash = only(&json(&stop("true"))).hash.clone();
    assert_eq!(said(&format!("trusted_hash = '{hash}'")).trust, Trust::Trusted);
    assert_eq!(said("trusted_hash = 'sha256:00'").trust, Trust::Modified);
    assert_eq!(said("").trust, Trust::Untrusted);
    assert!(said(&format!("trusted_hash = '{hash}'")).will_run());
    assert!(!said("trusted_hash = 'sha256:00'").will_run());
}

fn trusting_all(config: &str) -> Hook {
    let place = Place::with(Some(&stop("true")), None);
    let key = place.hooks().display().to_string() + ":stop:0:0";
    fs::write(place.config(), config.replace("KEY", &key)).unwrap();
    let flags = Flags { trust_all: true, ..Flags::default() };
    only(&discover(&place.places(), &place.repo(), &flags)).clone()
}

#[test]
fn d20_untrusted_and_run_all_the_same() {
    let hook = trusting_all("");
    assert_eq!((hook.trust, hook.trust.name()), (Trust::Bypassed(Unapproved::Untrusted), "untrusted"));
    assert!(hook.will_run());
    let hook = trusting_all("[hooks.state.'KEY']\ntrusted_hash = 'x'\n");
    assert_eq!((hook.trust.name(), hook.will_run()), ("modified", true));
}

#[test]
fn d21_switched_off_whoever_trusts() {
    let hook = trusting_all("[hooks.state.'KEY']\nenabled = false\n");
    assert!(!hook.will_run());
}

#[test]
fn d23_a_space_more() {
    let place = Place::with(Some(&stop("true")), None);
    let hash = only(&place.discover()).hash.clone();
    let key = place.hooks().display().to_string() + ":stop:0:0";
    fs::write(place.config(), format!("[hooks.state.{key:?}]\ntrusted_hash = {hash:?}\n")).unwrap();
    assert_eq!(only(&place.discover()).trust, Trust::Trusted);
    fs::write(place.hooks(), stop("true ")).unwrap();
    assert_eq!(only(&place.discover()).trust, Trust::Modified);
}

#[test]
fn d24_what_a_script_says_is_not_hashed() {
    let place = Place::new();
    place.write("script", "exit 0");
    fs::write(place.hooks(), stop(&place.path("script").display().to_string())).unwrap();
    let before = place.discover();
    place.write("script", "exit 1");
    assert_eq!(place.discover(), before);
}

#[test]
fn d26_a_windows_command_spelled_twice() {
    rejected(
        r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"a","commandWindows":"b","command_windows":"b"}]}]}}"#,
        "duplicate field `commandWindows`",
    );
}

#[test]
fn d27_a_limit_where_there_is_no_context() {
    let found = handler("Stop", ",\"additionalContextLimit\":9");
    assert_eq!((only(&found).context_limit, found.warnings.len()), (None, 1));
    assert!(found.warnings[0].starts_with("ignoring additionalContextLimit for Stop hook in "), "{found:?}");
    assert!(found.warnings[0].ends_with(": this event cannot emit additionalContext"), "{found:?}");
    assert_eq!(only(&found).hash, only(&handler("Stop", "")).hash);
}

#[test]
fn d28_the_usual_limit_is_not_hashed() {
    let found = handler("PreToolUse", ",\"additionalContextLimit\":2500");
    assert_eq!((only(&found).context_limit, found.warnings.len()), (Some(2500), 0));
    assert_eq!(only(&found).hash, only(&handler("PreToolUse", "")).hash);
    assert_ne!(only(&handler("PreToolUse", ",\"additionalContextLimit\":0")).hash, only(&found).hash);
}

#[test]
fn d29_async_at_the_end() {
    let found = handler("SessionEnd", ",\"async\":true,\"timeout\":3");
    assert_eq!(only(&found).handler.mode(), Mode::Sync);
    assert!(found.warnings[0].starts_with("running async SessionEnd hook synchronously in "), "{found:?}");
    assert_eq!(only(&found).hash, "sha256:078e87caa7bc4a072dc873bcd3c5f2259afe285d4f89c5033be22325e4284e17");
}

#[test]
fn d30_hooks_switched_off() {
    for (features, off) in [
        ("hooks = false", true),
        ("codex_hooks = false", true),
        ("hooks = false\ncodex_hooks = true", true),
        ("codex_hooks = false\nhooks = true", false),
        ("", false),
    ] {
        let place = Place::with(Some(&stop("true")), Some(&format!("[features]\n{features}\n")));
        let found = place.discover();
        assert_eq!((found.hooks_off, found.hooks.is_empty()), (off, off), "{features}");
    }
}

#[test]
fn d32_what_is_no_json() {
    rejected("\u{feff}{}", "expected value at line 1 column 1");
    rejected("// note\n{}", "expected value at line 1 column 1");
    rejected("", "EOF while parsing a value at line 1 column 0");
}

/// The vectors of the specification.
#[test]
fn d33_hashes() {
    let check = |event: &str, matcher: Option<&str>, handler: &str, expected: &str| {
        let matcher = matcher.map(|matcher| format!(r#""matcher":"{matcher}","#)).unwrap_or_default();
        let found = json(&format!(r#"{{"hooks":{{"{event}":[{{{matcher}"hooks":[{{{handler}}}]}}]}}}}"#));
        assert_eq!(only(&found).hash, format!("sha256:{expected}"), "{handler}");
    };
    check(
        "SessionStart",
        None,
        r#""type":"command","command":"bash '/Users/esh2n/.codex/herdr-agent-state.sh' session","timeout":10"#,
        "34637d171b45f4595a9a8f510e6091670f0e98e4f14c6581b6a4fd947cc49cd5",
    );
    check(
        "PreToolUse",
        Some("Bash"),
        r#""type":"command","command":"echo hook""#,
        "4cda596a4f7b6ea199f0b7e23ce955832c9f5246cb2e7e3bb1dadcf180876d51",
    );
    let start = r#""type":"command","command":"/usr/bin/python3 .codex/hooks/session_start_demo.py","statusMessage":"lighting the observatory""#;
    check(
        "SessionStart",
        Some("startup|resume"),
        &format!("{start},\"timeoutSec\":10"),
        "f40e0e4569c9143e3d12630a8c8326f99f04ea00b220210d0e7f403cedb8d9bd",
    );
    check(
        "SessionStart",
        Some("startup|resume"),
        &format!("{start},\"timeout\":10"),
        "b34b8166c1298b165475dcda120362cdaff17eda7e34cee90c882e64d6272611",
    );
    check(
        "Stop",
        None,
        r#""type":"command","command":"/usr/bin/python3 .codex/hooks/stop_demo_block.py","statusMessage":"updating the guards","timeout":10"#,
        "914dcc2454a3d015bd0dcf47b377d8df7910dd5f87b7f7d3ea6d96bee2a879ad",
    );
    check(
        "SessionStart",
        Some(""),
        r#""type":"command","command":"bash -c 'a 2>/dev/null && b >&2'""#,
        "62f29186594d41025c555cdfd935b575cbc858c5b074cc463edb6666fbb42064",
    );
    check(
        "PostToolUse",
        Some("*"),
        r#""type":"command","command":"printf '%s' \"é/日本\"","async":true,"additionalContextLimit":0,"timeout":0"#,
        "73bb2de2a5eed9bb4ccd5f7368dc54abd4961e33fb35a06f0272d9ccd42c471e",
    );
    check(
        "Interrupt",
        None,
        r#""type":"command","command":"true""#,
        "fb1ffe26e8dbd2e7fb8855d602d1545f7e1b53854ebfb71aead8f18db9e7607a",
    );
    let tool = r#""type":"mcp_tool","server":"policy","tool":"check","input""#;
    check(
        "PreToolUse",
        None,
        &format!("{tool}:{{\"cmd\":\"${{tool_input.command}}\"}}"),
        "f0761bb3c15ebcb0ab29ab00a3ad107470fc026025f9f30a2c56db30f039901d",
    );
    check(
        "PreToolUse",
        None,
        &format!("{tool}:{{\"n\":1.5}}"),
        "498933155b708bf64aa5c7c65e2e0740151ccd957b00f53b6d4180db854f5b5d",
    );
}

#[test]
fn files_by_name_and_no_others() {
    let place = Place::with(Some(&stop("users")), None);
    place.write("a/hooks.json", &stop("a"));
    place.write("b.toml", &format!("{}\n[mcp_servers.s]\ncommand = 'serve'\nargs = ['x']\n", stop_toml("b")));
    let files = [place.path("a/hooks.json"), place.path("b.toml"), place.path("missing.json")];
    let found = discover_files(&files, &Flags::default());
    assert_eq!(commands(&found), ["a", "b"]);
    assert_eq!(found.hooks[1].key.as_str(), format!("{}:stop:0:0", files[1].display()));
    assert_eq!(found.mcp_servers["s"].arguments, ["x"]);
    place.write("b.toml", "hooks = 5\n");
    let found = discover_files(&files, &Flags::default());
    let message = format!("{}:1:9: invalid type: integer `5`, expected struct HooksToml", files[1].display());
    assert_eq!((found.hooks.len(), found.errors[0].message.as_str()), (0, message.as_str()));
}
