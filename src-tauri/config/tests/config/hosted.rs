//! Hookwright's own hooks.

use std::collections::BTreeMap;
use std::path::Path;

use config::discover::{Discovery, hosted};
use config::{Trust, trust_effects};
use model::{Agent, HookKey, SourceKind, Trust as Trusted};

use crate::discovery::commands;
use crate::support::Place;

fn read(place: &Place, state: &BTreeMap<HookKey, Trust>) -> Discovery {
    hosted(&place.hooks(), state)
}

fn group(more: &str, command: &str) -> String {
    format!(r#"{{{more}"hooks":[{{"type":"command","command":"{command}"}}]}}"#)
}

fn groups(groups: &[String]) -> Place {
    Place::with(Some(&format!(r#"{{"hooks":{{"Stop":[{}]}}}}"#, groups.join(","))), None)
}

#[test]
fn no_file_and_a_broken_one() {
    assert_eq!(read(&Place::new(), &BTreeMap::new()), Discovery::default());
    let found = read(&Place::with(Some("{"), None), &BTreeMap::new());
    assert!(found.warnings[0].contains("EOF while parsing an object"), "{found:?}");
}

#[test]
fn for_some_agents_only() {
    let place = groups(&[
        group("", "all"),
        group("\"agents\":[\"nobody\"],", "unknown"),
        group("\"agents\":[\"codex\"],", "codex"),
        group("\"agents\":\"codex\",", "no list"),
    ]);
    let found = read(&place, &BTreeMap::new());
    assert_eq!(commands(&found), ["all", "codex"]);
    assert_eq!((found.hooks[0].agents.as_deref(), found.hooks[1].agents.as_deref()), (None, Some(&[Agent::Codex][..])));
    assert_eq!((found.hooks[0].source.kind, found.hooks[1].display_order), (SourceKind::Hosted, 1));
    assert!(found.hooks[1].key.as_str().ends_with(":stop:2:0"), "{found:?}");
    let path = place.hooks();
    let skipped = [
        format!("skipping hook in {}: unknown agent \"nobody\"", path.display()),
        format!("skipping hook in {}: agents must be a list of names", path.display()),
    ];
    assert_eq!(found.warnings, skipped);
    assert_eq!(
        found.skipped.iter().map(|skipped| &skipped.why).collect::<Vec<_>>(),
        skipped.iter().collect::<Vec<_>>()
    );
}

#[test]
fn the_agents_are_hashed() {
    let hash = |more: &str| read(&groups(&[group(more, "x")]), &BTreeMap::new()).hooks[0].hash.clone();
    let plain = hash("");
    assert_eq!(
        plain,
        config::discover::discover_files(&[groups(&[group("", "x")]).hooks()], &Default::default())
            .hooks
            .first()
            .map_or(plain.clone(), |hook| hook.hash.clone())
    );
    assert_ne!(hash("\"agents\":[\"codex\"],"), plain);
    assert_ne!(hash("\"agents\":[],"), hash("\"agents\":[\"codex\"],"));
}

#[test]
fn trust_is_what_was_said() {
    let place = groups(&[group("\"agents\":[\"codex\"],", "x")]);
    let hook = read(&place, &BTreeMap::new()).hooks.remove(0);
    assert_eq!((hook.trust, hook.enabled), (Trusted::Untrusted, true));
    let said = |hash: &str, enabled| {
        let state = [(hook.key.clone(), Trust { hash: Some(hash.to_owned()), enabled })];
        let hook = read(&place, &state.into()).hooks.remove(0);
        (hook.trust, hook.enabled)
    };
    assert_eq!(said(&hook.hash, None), (Trusted::Trusted, true));
    assert_eq!(said("sha256:00", Some(true)), (Trusted::Modified, true));
    assert_eq!(said(&hook.hash, Some(false)), (Trusted::Trusted, false));
}

/// As the first hook files had it.
#[test]
fn timeout_by_its_older_name() {
    let found = |event: &str, more: &str| {
        let text = format!(r#"{{"hooks":{{"{event}":[{{"hooks":[{{"type":"command","command":"x"{more}}}]}}]}}}}"#);
        read(&Place::with(Some(&text), None), &BTreeMap::new())
    };
    let (older, plain) = (found("Stop", ",\"timeoutSec\":10"), found("Stop", ""));
    assert_eq!((older.hooks[0].timeout, older.warnings.len()), (10, 1));
    assert_eq!(older.hooks[0].hash, plain.hooks[0].hash);
    let both = found("Stop", ",\"timeout\":7,\"timeoutSec\":10");
    assert_eq!((both.hooks[0].timeout, both.warnings.len()), (7, 0));
    assert_eq!(found("Interrupt", ",\"timeoutSec\":10").hooks[0].timeout, 3);
    assert_eq!(found("SessionEnd", "").hooks[0].timeout, 1);
}

#[test]
fn trust_in_hosted_hooks_covers_whom_they_are_for() {
    let text = |more: &str| format!(r#"{{"hooks":{{"Stop":[{}]}}}}"#, group(more, "x"));
    let (all, codex) = (text(""), text("\"agents\":[\"codex\"],"));
    let effects = |kind| trust_effects(kind, Path::new("/f/hooks.json"), &all, &codex).len();
    assert_eq!((effects(SourceKind::Hosted), effects(SourceKind::User)), (1, 0));
}
