//! Which hosted hooks run: those a person trusted as they are, and switched on.

use std::fs;

use api::dto::{HostedWish, Setting};
use fixtures::relay::Outcome;
use fixtures::{Hosted, payload};
use flows::{Flow, deny};

use super::{declare, handler, hosting, says, script, verdict};

const ASKING: &str = "PermissionRequest";

fn denying() -> serde_json::Value {
    handler(&says(&verdict("deny")))
}

/// The request goes to the person: no hook spoke.
#[track_caller]
fn no_hook_runs(flow: &mut Flow) {
    let mut relay = flow.ask(&payload::shell("make"));
    let card = flow.app.card();
    flow.app.leave(&card);
    assert_eq!(relay.outcome(), Outcome::silent());
}

#[track_caller]
fn the_hook_runs(flow: &Flow) {
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::says(&deny("not here")));
}

#[test]
fn a_hook_that_nobody_trusted_does_not_run_and_the_person_hears_of_it() {
    let mut flow = Flow::start();
    declare(flow.home.path(), &[(ASKING, denying())]);
    no_hook_runs(&mut flow);
    assert!(flow.app.note("hostedReview").detail.ends_with("hooks.json:permission_request:0:0"));
    flow.app.wish_all(HostedWish::Trust);
    the_hook_runs(&flow);
}

#[test]
fn a_hook_that_changed_waits_for_review() {
    let mut flow = hosting(&[(ASKING, denying())]);
    the_hook_runs(&flow);
    declare(flow.home.path(), &[(ASKING, handler(&format!("true; {}", says(&verdict("deny")))))]);
    no_hook_runs(&mut flow);
    declare(flow.home.path(), &[(ASKING, denying())]);
    the_hook_runs(&flow);
}

/// One of the notes so far, or the next one, says so.
fn noted(flow: &mut Flow, text: &str) -> bool {
    std::iter::repeat_with(|| flow.app.note("hostedReview")).any(|note| note.detail.contains(text))
}

#[test]
fn a_guard_that_vanished_is_missed() {
    let mut flow = hosting(&[(ASKING, denying())]);
    fs::remove_file(flow.home.path().join("config/hooks.json")).unwrap();
    no_hook_runs(&mut flow);
    assert!(noted(&mut flow, ":permission_request:0:0"));
    fs::write(flow.home.path().join("config/hooks.json"), "{").unwrap();
    no_hook_runs(&mut flow);
    assert!(noted(&mut flow, "failed to parse"));
}

#[test]
fn a_hook_that_was_switched_off_does_not_run() {
    let mut flow = hosting(&[(ASKING, denying())]);
    flow.app.wish_all(HostedWish::Disable);
    no_hook_runs(&mut flow);
    flow.app.wish_all(HostedWish::Enable);
    the_hook_runs(&flow);
}

#[test]
fn a_wish_is_for_what_was_shown_and_nothing_else() {
    let flow = hosting(&[(ASKING, denying())]);
    let [(hook, _)] = flow.app.wait(flow.app.app.hosted()).unwrap().try_into().unwrap();
    declare(flow.home.path(), &[(ASKING, handler("true"))]);
    for wish in [HostedWish::Trust, HostedWish::Grant, HostedWish::Disable] {
        let refused = flow.app.wait(flow.app.app.wish_hosted(hook.key.as_str(), &hook.hash, wish)).unwrap_err();
        assert_eq!(refused.code(), "hookChanged");
    }
}

#[test]
fn a_hook_for_other_agents_does_not_run() {
    let mut flow = Flow::start();
    let group = serde_json::json!({ "agents": [], "hooks": [denying()] });
    fs::create_dir_all(flow.home.path().join("config")).unwrap();
    let text = serde_json::json!({ "hooks": { ASKING: [group] } }).to_string();
    fs::write(flow.home.path().join("config/hooks.json"), text).unwrap();
    flow.app.wish_all(HostedWish::Trust);
    no_hook_runs(&mut flow);
}

#[test]
fn what_others_write_about_trust_has_no_effect_while_the_app_runs() {
    let mut flow = hosting(&[(ASKING, denying())]);
    let file = flow.home.path().join("state/hosted.toml");
    let said = fs::read_to_string(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    // The same words, for a hook that nobody looked at.
    declare(flow.home.path(), &[(ASKING, handler("true"))]);
    let [(other, _)] = flow.app.wait(flow.app.app.hosted()).unwrap().try_into().unwrap();
    let (at, end) = (said.find("sha256:").unwrap(), "sha256:".len() + 64);
    fs::write(&file, format!("{}{}{}", &said[..at], other.hash, &said[at + end..])).unwrap();
    no_hook_runs(&mut flow);
    let [(hook, _)] = flow.app.wait(flow.app.app.hosted()).unwrap().try_into().unwrap();
    assert!(!hook.will_run());
}

fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_the_person_said_holds_after_a_restart() {
    let flow = hosting(&[(ASKING, denying())]);
    let Flow { app, home, relay } = flow;
    app.quit();
    let app = Hosted::start(home.path());
    assert_eq!(relay.ask(home.path(), &payload::shell("make")).outcome(), Outcome::says(&deny("not here")));
    app.wait(app.app.change(Setting::Welcomed { value: true })).unwrap();
}

#[test]
fn where_it_cannot_be_read_what_was_said_nothing_runs_and_it_is_left_alone() {
    let flow = hosting(&[(ASKING, denying())]);
    let Flow { app, home, relay } = flow;
    app.quit();
    let file = home.path().join("state/hosted.toml");
    fs::write(&file, "hooks = 3").unwrap();
    let mut flow = Flow { app: Hosted::start(home.path()), home, relay };
    flow.app.note("hostedUnsaid");
    no_hook_runs(&mut flow);
    let [(hook, _)] = flow.app.wait(flow.app.app.hosted()).unwrap().try_into().unwrap();
    let wish = flow.app.app.wish_hosted(hook.key.as_str(), &hook.hash, HostedWish::Trust);
    assert_eq!(flow.app.wait(wish).unwrap_err().code(), "files");
    assert_eq!(fs::read_to_string(&file).unwrap(), "hooks = 3");
}

#[test]
fn what_a_command_runs_must_be_plain_for_a_grant() {
    let flow = Flow::start();
    let guard = script(flow.home.path(), "guard.sh", "true").display().to_string();
    let asking = [
        guard.clone(),
        format!("sh {guard}"),
        format!("{guard} --strict"),
        "./guard.sh".to_owned(),
        "sh guard.sh".to_owned(),
        format!("{guard}; true"),
        format!("{guard} $HOME"),
        "/nowhere/guard.sh".to_owned(),
    ];
    let hooks: Vec<_> = asking.iter().map(|command| (ASKING, handler(command))).collect();
    declare(flow.home.path(), &hooks);
    flow.app.wish_all(HostedWish::Trust);
    for (at, (hook, _)) in flow.app.wait(flow.app.app.hosted()).unwrap().into_iter().enumerate() {
        let wish = flow.app.app.wish_hosted(hook.key.as_str(), &hook.hash, HostedWish::Grant);
        let granted = flow.app.wait(wish);
        assert_eq!(granted.is_ok(), at < 3, "{}: {granted:?}", asking[at]);
        if let Err(error) = granted {
            assert_eq!(error.code(), "grant");
        }
    }
}

#[test]
fn only_a_trusted_hook_for_requests_gets_a_grant() {
    let flow = Flow::start();
    let guard = script(flow.home.path(), "guard.sh", "true").display().to_string();
    declare(flow.home.path(), &[(ASKING, handler(&guard)), ("Stop", handler(&guard))]);
    let hooks = flow.app.wait(flow.app.app.hosted()).unwrap();
    let grant = |key: &str, hash: &str| {
        flow.app.wait(flow.app.app.wish_hosted(key, hash, HostedWish::Grant)).map_err(|error| error.code())
    };
    let all = || hooks.iter().map(|(hook, _)| (hook.event.name(), grant(hook.key.as_str(), &hook.hash))).collect();
    let before: Vec<_> = all();
    assert_eq!(before, [(ASKING, Err("grant")), ("Stop", Err("grant"))]);
    flow.app.wish_all(HostedWish::Trust);
    let after: Vec<_> = all();
    assert_eq!(after, [(ASKING, Ok(())), ("Stop", Err("grant"))]);
}
