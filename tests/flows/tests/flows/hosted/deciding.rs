//! What hosted hooks may decide, and what they may not.

use api::dto::{ByView, DecisionView, GrantView, HostedWish, RunStatusView, Taken};
use fixtures::relay::Outcome;
use fixtures::{payload, plain};
use flows::{ALLOW, Flow, deny};
use serde_json::{Value, json};

use super::{declare, grants, handler, hosting, ran, says, script, verdict};

const ASKING: &str = "PermissionRequest";

/// A hook that allows, in a file of its own, with a person's grant.
fn granted(more: &[Value]) -> (Flow, std::path::PathBuf) {
    let flow = Flow::start();
    let guard = script(flow.home.path(), "guard.sh", &says(&verdict("allow")));
    declare(flow.home.path(), &[(ASKING, handler(&guard.display().to_string()))]);
    flow.app.wish_all(HostedWish::Trust);
    flow.app.wish_all(HostedWish::Grant);
    let first = (ASKING, handler(&guard.display().to_string()));
    let hooks: Vec<_> = std::iter::once(first).chain(more.iter().map(|more| (ASKING, more.clone()))).collect();
    declare(flow.home.path(), &hooks);
    flow.app.wish_all(HostedWish::Trust);
    (flow, guard)
}

/// The person is asked, as without any hook.
#[track_caller]
fn is_asked(flow: &mut Flow) -> api::dto::Card {
    let mut relay = flow.ask(&payload::shell("make"));
    let card = flow.app.card();
    flow.app.leave(&card);
    assert_eq!(relay.outcome(), Outcome::silent());
    card
}

#[test]
fn an_allow_alone_is_advice_and_a_person_is_asked() {
    let mut flow = hosting(&[(ASKING, handler(&says(&verdict("allow"))))]);
    let mut relay = flow.ask(&payload::shell("make"));
    let card = flow.app.card();
    let [advice] = card.shown.advice.as_slice() else { panic!("{card:?}") };
    assert!(plain(&advice.hook).starts_with("printf"), "{advice:?}");
    assert_eq!(advice.grant, GrantView::None);
    flow.app.deny(&card, "no");
    assert_eq!(relay.outcome(), Outcome::says(&deny("no")));
    assert_eq!(ran(&flow, ASKING, 1).runs[0].status, RunStatusView::Completed);
}

#[test]
fn with_a_grant_it_allows_without_a_card_and_the_history_names_it() {
    let (mut flow, _guard) = granted(&[]);
    assert_eq!(grants(&flow), [GrantView::Given]);
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::says(ALLOW));
    let [past] = flow.app.past().try_into().unwrap();
    let past = flow.app.past_where(&past.id, |past| past.taken == Taken::Yes);
    let outcome = past.outcome.unwrap();
    assert_eq!((outcome.decision, outcome.by), (DecisionView::Allow, ByView::Hook));
    assert!(plain(&outcome.hook.unwrap()).ends_with("hooks.json:permission_request:0:0"));
    assert_eq!(flow.app.ended(&past.id).by, ByView::Hook, "the windows hear of it");
}

#[test]
fn a_changed_byte_in_its_script_suspends_the_grant_until_it_is_given_anew() {
    let (mut flow, guard) = granted(&[]);
    let before = std::fs::read_to_string(&guard).unwrap();
    std::fs::write(&guard, format!("{before}#")).unwrap();
    let suspended =
        GrantView::Suspended { changed: vec![api::pieces(&guard.canonicalize().unwrap().display().to_string())] };
    assert_eq!(grants(&flow), std::slice::from_ref(&suspended));
    assert_eq!(is_asked(&mut flow).shown.advice[0].grant, suspended);

    flow.app.wish_all(HostedWish::Grant);
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::says(ALLOW));
    std::fs::remove_file(&guard).unwrap();
    assert!(matches!(grants(&flow).as_slice(), [GrantView::Suspended { .. }]));
    assert!(is_asked(&mut flow).shown.advice.is_empty());
}

#[test]
fn a_script_that_changes_itself_while_it_runs_is_not_the_one_that_was_granted() {
    let flow = Flow::start();
    let body = format!("printf '#' >> \"$0\"\n{}", says(&verdict("allow")));
    let guard = script(flow.home.path(), "guard.sh", &body);
    declare(flow.home.path(), &[(ASKING, handler(&guard.display().to_string()))]);
    flow.app.wish_all(HostedWish::Trust);
    flow.app.wish_all(HostedWish::Grant);
    let mut flow = flow;
    assert_eq!(is_asked(&mut flow).shown.advice.len(), 1);
}

#[test]
fn a_revoked_grant_is_none() {
    let (mut flow, _guard) = granted(&[]);
    flow.app.wish_all(HostedWish::Revoke);
    assert_eq!(is_asked(&mut flow).shown.advice[0].grant, GrantView::None);
}

#[test]
fn another_hooks_deny_beats_a_granted_allow() {
    let (flow, _guard) = granted(&[handler(&format!("sleep 0.1; {}", says(&verdict("deny"))))]);
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::says(&deny("not here")));
    let [past] = flow.app.past().try_into().unwrap();
    let outcome = flow.app.past_where(&past.id, |past| past.outcome.is_some()).outcome.unwrap();
    assert_eq!((outcome.decision, outcome.by), (DecisionView::Deny, ByView::Hook));
    assert_eq!(outcome.message.as_deref(), Some("not here"));
    assert!(plain(&outcome.hook.unwrap()).ends_with(":1:0"));
}

#[test]
fn while_paused_a_guard_still_denies_and_nothing_is_allowed() {
    let (flow, _guard) = granted(&[]);
    flow.app.wait(flow.app.app.pause(None));
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::silent());
    let [past] = flow.app.past().try_into().unwrap();
    let outcome = flow.app.past_where(&past.id, |past| past.outcome.is_some()).outcome.unwrap();
    assert_eq!(outcome.by, ByView::Paused);

    declare(flow.home.path(), &[(ASKING, handler("echo 'not now' >&2; exit 2"))]);
    flow.app.wish_all(HostedWish::Trust);
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::says(&deny("not now")));
}

#[test]
fn where_nobody_can_be_asked_a_guard_still_denies() {
    let (home, relay) = (fixtures::Home::new(), fixtures::relay::Installed::ours());
    declare(home.path(), &[(ASKING, handler(&says(&verdict("deny"))))]);
    let app = fixtures::Hosted::unattended(home.path());
    let [(hook, _)] = app.wait(app.app.hosted()).unwrap().try_into().unwrap();
    app.wait(app.app.wish_hosted(hook.key.as_str(), &hook.hash, HostedWish::Trust)).unwrap();
    assert_eq!(relay.ask(home.path(), &payload::shell("make")).outcome(), Outcome::says(&deny("not here")));
}

/// A hook that fails has said nothing, whatever it wrote.
#[track_caller]
fn fails(command: &str) {
    let mut hook = handler(command);
    hook["timeout"] = json!(1);
    let mut flow = hosting(&[(ASKING, hook)]);
    let card = is_asked(&mut flow);
    assert!(card.shown.advice.is_empty(), "{card:?}");
    let run = ran(&flow, ASKING, 1).runs.remove(0);
    assert_eq!((run.status, run.entries[0].kind.as_str()), (RunStatusView::Failed, "error"), "{run:?}");
}

#[test]
fn a_crash_is_no_decision() {
    fails(&format!("{}; kill -9 $$", says(&verdict("allow"))));
}

#[test]
fn an_exit_code_is_no_decision() {
    fails(&format!("{}; exit 1", says(&verdict("allow"))));
}

#[test]
fn exit_2_without_a_word_is_no_decision() {
    fails(&format!("{}; exit 2", says(&verdict("deny"))));
}

#[test]
fn a_timeout_is_no_decision() {
    fails(&format!("{}; exec sleep 600", says(&verdict("allow"))));
}

#[test]
fn garbage_is_no_decision() {
    fails(r#"printf '{"hookSpecificOutput":'"#);
}

#[test]
fn a_verdict_with_a_key_nobody_knows_is_no_decision() {
    fails(&says(
        r#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}},"x":1}"#,
    ));
}

#[test]
fn a_program_that_is_not_there_is_no_decision() {
    fails("/nowhere/at/all");
}
