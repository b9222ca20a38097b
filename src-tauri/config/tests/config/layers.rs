//! Which hooks Codex has where several files say something (D15 to D31), and the older argv form.

use std::fs;

use model::{SourceKind, Trust};

use crate::discovery::{commands, stop, stop_toml};
use crate::support::Place;

/// A user's hook and one of a trusted repository.
fn user_and_project() -> Place {
    let place = Place::with(Some(&stop("user")), None);
    place.trust_repo("");
    place.write("repo/.codex/hooks.json", &stop("project"));
    place
}

#[test]
fn d15_the_user_before_the_project() {
    let place = user_and_project();
    let found = place.discover();
    assert_eq!(commands(&found), ["user", "project"]);
    assert_eq!((found.hooks[1].source.kind, found.hooks[1].display_order), (SourceKind::Project, 1));
}

#[test]
fn d16_a_project_nobody_trusts() {
    let place = user_and_project();
    let text = fs::read_to_string(place.config()).unwrap();
    for level in ["untrusted\"", "trusted\"\n#"] {
        let other = text
            .replace("trusted\"", level)
            .replace("repo\"]", if level == "untrusted\"" { "repo\"]" } else { "x\"]" });
        fs::write(place.config(), other).unwrap();
        assert_eq!(commands(&place.discover()), ["user"], "{level}");
    }
}

#[test]
fn d17_what_an_administrator_set_stays_on() {
    let place = Place::new();
    place.write("etc/hooks.json", &stop("managed"));
    let key = place.path("etc/hooks.json").display().to_string() + ":stop:0:0";
    fs::write(place.config(), format!("[hooks.state.{key:?}]\nenabled = false\n")).unwrap();
    let found = place.discover();
    assert_eq!((found.hooks[0].enabled, found.hooks[0].trust), (true, Trust::Managed));
    assert!(found.hooks[0].will_run());
}

#[test]
fn d22_a_project_cannot_trust_itself() {
    let place = user_and_project();
    let hash = &place.discover().hooks[1].hash;
    let key = place.path("repo/.codex/hooks.json").display().to_string() + ":stop:0:0";
    let state = format!("[hooks.state.{key:?}]\ntrusted_hash = {hash:?}\nenabled = false\n");
    place.write("repo/.codex/config.toml", &state);
    let hook = place.discover().hooks.remove(1);
    assert_eq!((hook.trust, hook.enabled), (Trust::Untrusted, true));
    place.trust_repo(&state);
    assert_eq!(place.discover().hooks[1].trust, Trust::Trusted);
}

#[test]
fn d25_only_what_an_administrator_set() {
    let place = user_and_project();
    place.write("etc/hooks.json", &stop("system"));
    place.trust_repo("allow_managed_hooks_only = true\n");
    assert_eq!(commands(&place.discover()), ["system", "user", "project"]);
    place.write("etc/requirements.toml", &format!("allow_managed_hooks_only = true\n{}", stop_toml("required")));
    assert_eq!(commands(&place.discover()), ["required", "system"]);
}

#[test]
fn d31_a_required_hook_that_cannot_be() {
    let place = Place::new();
    place.write(
        "etc/requirements.toml",
        "[hooks]\nStop = [{ hooks = [{ type = 'prompt' }] }]\nPreToolUse = [{ matcher = '(', hooks = [{ type = 'command', command = 'a' }] }, \
         { matcher = '[' }]\nSessionEnd = [{ hooks = [{ type = 'command', command = 'b', timeout = 9 }] }]\n",
    );
    let found = place.discover();
    let path = place.path("etc/requirements.toml");
    let path = path.display();
    let expected = format!(
        "failed to load required managed hooks: invalid matcher \"(\" in {path}: regex parse error:\n    (\n    ^\nerror: unclosed \
         group; skipping prompt hook in {path}: prompt hooks are not supported yet"
    );
    assert_eq!(found.required.as_deref(), Some(expected.as_str()));
    assert_eq!((commands(&found), found.warnings.len()), (vec!["b"], 4));
    place.write("etc/requirements.toml", &format!("[features]\nhooks = false\n{}", stop_toml(" ")));
    let found = place.discover();
    assert_eq!((found.hooks_off, found.required), (true, None));
}

#[test]
fn requirements() {
    let place = Place::with(Some(&stop("user")), Some("[features]\nhooks = false\n"));
    place.write(
        "etc/requirements.toml",
        &format!("[features]\nhooks = true\n{}managed_dir = '/opt/managed'\n", stop_toml("required")),
    );
    let found = place.discover();
    assert_eq!(commands(&found), ["required", "user"]);
    assert_eq!(found.hooks[0].key.as_str(), "/opt/managed:stop:0:0");
    assert_eq!((found.hooks[0].source.kind, found.hooks[0].trust), (SourceKind::System, Trust::Managed));
    place.write("etc/requirements.toml", "x =\n");
    let found = place.discover();
    assert!(found.errors[0].message.starts_with("failed to parse requirements layer "), "{found:?}");
    assert_eq!(found.hooks, []);
}

#[test]
fn the_machines_own_files() {
    let place = Place::with(Some(&stop("user")), None);
    place.write("etc/hooks.json", &stop("json"));
    place.write("etc/config.toml", &stop_toml("toml"));
    place.write("etc/managed_config.toml", &stop_toml("legacy"));
    let found = place.discover();
    assert_eq!(commands(&found), ["json", "toml", "user", "legacy"]);
    let kinds: Vec<_> = found.hooks.iter().map(|hook| hook.source.kind).collect();
    use SourceKind::{LegacyManagedConfigFile, System, User};
    assert_eq!(kinds, [System, System, User, LegacyManagedConfigFile]);
}

#[test]
fn a_command_line() {
    let place = Place::with(Some(&stop("user")), None);
    let one = "hooks.Stop=[{hooks=[{type=\"command\",command=\"x\"}]}]";
    let whole = "hooks={PreToolUse=[{hooks=[{type=\"command\",command=\"y\"}]}]}";
    let found = place.discover_with(&[one]);
    assert_eq!(found.hooks[1].key.as_str(), "/<session-flags>/config.toml:stop:0:0");
    assert_eq!(found.hooks[1].source.kind, SourceKind::SessionFlags);
    assert_eq!(commands(&place.discover_with(&[one, whole])), ["user", "y"]);
    assert_eq!(commands(&place.discover_with(&[whole, one])), ["user", "y", "x"]);
    assert!(place.discover_with(&["features.hooks=false"]).hooks_off);
    let state = "hooks.state={\"/<session-flags>/config.toml:stop:0:0\"={enabled=false}}";
    assert!(!place.discover_with(&[state, one]).hooks[1].enabled);
    for (wrong, words) in [
        ("foo", "error parsing -c overrides: Invalid override (missing '='): foo"),
        ("hooks.Stop=x", "invalid type: string \"x\", expected a sequence"),
        ("hooks.Stop=5", "invalid type: integer `5`, expected a sequence"),
    ] {
        let found = place.discover_with(&[wrong]);
        assert_eq!((found.hooks.len(), found.errors[0].message.as_str()), (0, words), "{wrong}");
    }
}

#[test]
fn the_older_argv_form() {
    let place = user_and_project();
    place.trust_repo("notify = ['ring', 'bell']\n[hooks]\nstop = ['a', 'b']\npre_tool_use = []\nsession_end = ['']\nturn_end = ['x']\npre_compact = 'x'\n");
    place.write("repo/.codex/config.toml", "notify = ['other']\n[hooks]\nstop = ['c']\nsubagent_stop = ['d']\n");
    let found = place.discover();
    let named: Vec<_> = found.argv.iter().map(|hook| (hook.name.as_str(), hook.argv.join(" "))).collect();
    assert_eq!(
        named,
        [("stop", "c".to_owned()), ("subagent_stop", "d".to_owned()), ("notify", "ring bell".to_owned())]
    );
    assert_eq!(found.argv[0].source.path, place.path("repo/.codex/config.toml"));
    assert_eq!(commands(&found), ["user", "project"]);
}
