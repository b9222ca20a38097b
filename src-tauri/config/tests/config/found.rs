//! What `inspect` tells.

use std::collections::BTreeMap;

use agents::codex::install::Ours;
use config::{Other, Trust};
use model::HookEvent;

use crate::support::{Place, entries_of};

#[test]
fn nothing_there() {
    let place = Place::new();
    let found = place.found();
    assert_eq!((found.ours, found.others, found.hooks_off), (Vec::new(), Vec::new(), false));
    assert_eq!(found.file, place.hooks());
    assert_eq!(found.trusted, BTreeMap::new());
}

#[test]
fn ours_and_others() {
    let hooks = r#"{"hooks": {"PermissionRequest": [
        {"matcher": "Bash", "hooks": [{"type": "command", "command": "ask me"}, {"type": "mcp_tool", "server": "s", "tool": "t"}]},
        {"hooks": [{"type": "prompt", "prompt": "x"}, {"type": "agent"}]}]}}"#;
    let place = Place::with(Some(hooks), None);
    place.connect_with(&entries_of("/a b/hookwright-relay"));
    let found = place.found();
    let other =
        |command: &str| Other { event: HookEvent::PermissionRequest, file: place.hooks(), command: command.to_owned() };
    assert_eq!(found.others, ["ask me", "mcp_tool s t", "prompt", "agent"].map(other));
    let ours = found.ours.iter().find(|ours| ours.event == HookEvent::PermissionRequest).unwrap();
    assert_eq!((ours.group, ours.handler, ours.timeout), (2, 0, Some(86_400)));
    assert_eq!(ours.status_message.as_deref(), Some("Waiting for Hookwright"));
    assert_eq!(ours.ours, Ours { relay: "/a b/hookwright-relay".into(), home: None });
}

#[test]
fn hooks_switched_off() {
    for (config, off) in [
        ("[features]\nhooks = false\n", true),
        ("features.hooks = false", true),
        ("[features]\ncodex_hooks = false\n", true),
        ("[features]\nhooks = true\ncodex_hooks = false\n", false),
        ("[features]\nhooks = \"false\"\n", false),
        ("hooks_off = 1\n", false),
    ] {
        assert_eq!(Place::with(None, Some(config)).found().hooks_off, off, "{config}");
    }
}

#[test]
fn trust_in_every_shape() {
    let trust = |hash: Option<&str>, enabled| Trust { hash: hash.map(str::to_owned), enabled };
    let expected = BTreeMap::from([
        ("/f:stop:0:0".to_owned(), trust(Some("sha256:1"), None)),
        ("/f:stop:1:0".to_owned(), trust(Some("sha256:2"), Some(false))),
    ]);
    for config in [
        "[hooks.state.\"/f:stop:0:0\"]\ntrusted_hash = 'sha256:1'\n[hooks.state.\" /f:stop:1:0 \"]\ntrusted_hash = 'sha256:2'\nenabled = false\n",
        "[hooks.state]\n\"/f:stop:0:0\".trusted_hash = 'sha256:1'\n\"/f:stop:1:0\" = { trusted_hash = 'sha256:2', enabled = false }\nbroken = 1\n",
        "hooks = { state = { \"/f:stop:0:0\" = { trusted_hash = 'sha256:1' }, \"/f:stop:1:0\" = { enabled = false, trusted_hash = 'sha256:2' } } }\n",
    ] {
        assert_eq!(Place::with(None, Some(config)).found().trusted, expected, "{config}");
    }
}

#[test]
fn where_entries_would_go() {
    let table = "[[hooks.Stop]]\n";
    for (hooks, config, in_hooks) in [
        (None, None, true),
        (None, Some("model = 'x'\n"), true),
        (None, Some("[hooks.state]\n"), true),
        (None, Some(table), false),
        (Some("{\"hooks\": {\"Stop\": []}}"), Some(table), false),
        (Some("{\"hooks\": {\"Stop\": [{}]}}"), Some(table), true),
    ] {
        let place = Place::with(hooks, config);
        let expected = if in_hooks { place.hooks() } else { place.config() };
        assert_eq!(place.found().file, expected, "{hooks:?} {config:?}");
    }
}
