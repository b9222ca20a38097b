//! Rules: what a person decided beforehand is what Codex does.

use std::fs;
use std::os::unix::fs::symlink;
use std::thread;
use std::time::Duration;

use api::dto::{ByView, Lasts, Past, ProjectSettings, Review, ReviewerView, RuleDraft, SaysDraft, Setting, WhatDraft};
use fixtures::codex::Setup;
use fixtures::model_server::{Call, Turn};
use fixtures::{Hosted, plain};
use serde_json::json;

use crate::world::World;

/// A command that rules can name: it has no redirection.
const TOUCH: &str = "touch made.txt";

/// A model that makes these calls, one in each turn.
fn calling<const N: usize>(calls: [Call; N]) -> World {
    let turns = calls.into_iter().flat_map(|call| [Turn::calls([call]), Turn::says("done")]);
    World::with(&Setup::default(), json!({ "approvalPolicy": "untrusted" }), turns)
}

fn draft(world: &World, pattern: &str, says: SaysDraft) -> RuleDraft {
    RuleDraft {
        agent: Some("codex".to_owned()),
        project: Some(world.lab.repo().display().to_string()),
        session: None,
        what: WhatDraft::Command { pattern: pattern.to_owned() },
        says,
        lasts: Lasts::UntilRevoked,
    }
}

fn made(world: &World) -> bool {
    world.lab.repo().join("made.txt").exists()
}

/// The newest request, and who decided.
fn newest(app: &Hosted) -> (Past, ByView) {
    let newest = app.past().remove(0);
    let past = app.past_where(&newest.id, |past| past.outcome.is_some());
    let by = past.outcome.as_ref().expect("it has ended").by;
    (past, by)
}

#[test]
fn an_allow_runs_the_command_without_a_card() {
    let mut world = calling([Call::shell(TOUCH)]);
    let app = world.hookwright();
    app.keep_rule(&draft(&world, "touch **", SaysDraft::Allow));
    world.codex.start_turn("please do it");
    assert_eq!(world.codex.finish_turn(), "completed", "nobody is asked");
    assert!(made(&world));
    assert_eq!(world.permission_run(), ("completed".to_owned(), vec![]));
    let (past, by) = newest(&app);
    assert_eq!((by, plain(&past.summary).as_str()), (ByView::Rule, TOUCH));
    assert_eq!(plain(&past.outcome.unwrap().rule.unwrap().what), "touch **");
}

#[test]
fn a_deny_runs_nothing_and_the_model_reads_the_message() {
    let mut world = calling([Call::shell(TOUCH)]);
    let app = world.hookwright();
    app.keep_rule(&draft(&world, "touch **", SaysDraft::Deny { message: "use the other branch".to_owned() }));
    world.codex.start_turn("please do it");
    assert_eq!(world.codex.finish_turn(), "completed", "nobody is asked");
    assert!(!made(&world));
    let outputs = world.lab.model.tool_outputs();
    assert!(matches!(outputs.as_slice(), [output] if output.contains("use the other branch")), "{outputs:?}");
    assert_eq!(newest(&app).1, ByView::Rule);
}

#[test]
fn a_workdir_of_another_project_is_asked_for() {
    let mut world = calling([Call::shell_in("../other", TOUCH), Call::shell(TOUCH)]);
    let other = world.lab.path("other");
    fs::create_dir(&other).expect("the lab's folder is ours");
    let mut app = world.hookwright();
    for folder in [world.lab.repo(), other.clone()] {
        let project = Some(folder.display().to_string());
        app.keep_rule(&RuleDraft { project, ..draft(&world, "touch **", SaysDraft::Allow) });
    }
    world.codex.start_turn("please do it");
    let card = app.card();
    assert!(card.shown.runs_outside, "{card:?}");
    app.deny(&card, "no");
    assert_eq!(world.codex.finish_turn(), "completed");
    assert!(!other.join("made.txt").exists() && !made(&world));
    world.codex.start_turn("then here");
    assert_eq!(world.codex.finish_turn(), "completed", "nobody is asked");
    assert!(made(&world));
}

#[test]
fn a_rule_that_is_over_within_the_session_asks_again() {
    let mut world = calling([Call::shell(TOUCH), Call::shell("touch again.txt")]);
    let mut app = world.hookwright();
    app.keep_rule(&draft(&world, "touch **", SaysDraft::Allow));
    world.codex.start_turn("please do it");
    assert_eq!(world.codex.finish_turn(), "completed", "nobody is asked");
    assert!(made(&world));

    // A minute is the shortest in a window: the person's own file ends it at once, and the person confirms that.
    let file = crate::world::home(&world.lab).join("config/rules.toml");
    let text = fs::read_to_string(&file).expect("the rule stands there");
    fs::write(&file, format!("{text}until = 2026-01-01T00:00:00Z\n")).expect("the lab's folder is ours");
    let changed = app.wait(app.app.rules()).unwrap().changed.expect("the file was changed");
    thread::sleep(Duration::from_millis(600));
    app.wait(app.app.confirm_rules(&changed.digest)).expect("it was looked at");
    world.codex.start_turn("and again");
    let card = app.card();
    app.deny(&card, "not any more");
    assert_eq!(world.codex.finish_turn(), "completed");
    assert!(!world.lab.repo().join("again.txt").exists());
}

#[test]
fn for_the_session_is_for_this_thread_until_it_ends() {
    let mut world = calling([Call::shell(TOUCH), Call::shell(TOUCH), Call::shell(TOUCH)]);
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    let arming = app.wait(app.app.painted(api::dto::Surface::Popup, &card.id, &card.digest)).unwrap();
    thread::sleep(Duration::from_millis(arming.left_ms.into()));
    let choice = api::dto::Choice::AllowSession;
    app.wait(app.app.decide(api::dto::Surface::Popup, &card.id, &card.digest, choice)).expect("it is armed");
    assert_eq!(world.codex.finish_turn(), "completed");
    world.codex.start_turn("again");
    assert_eq!(world.codex.finish_turn(), "completed", "nobody is asked");
    assert_eq!(newest(&app).1, ByView::Rule);

    world.codex.start_thread("untrusted");
    world.codex.start_turn("in another session");
    let card = app.card();
    app.deny(&card, "no");
    assert_eq!(world.codex.finish_turn(), "completed");
}

#[test]
fn automatic_review_decides_unless_the_person_wants_to_be_asked() {
    let setup = Setup { sandbox: "workspace-write", ..Setup::default() };
    let thread = json!({ "approvalPolicy": "on-request", "approvalsReviewer": "auto_review" });
    let call = || Turn::calls([Call::escalated(TOUCH, "May I?")]);
    // The reviewer asks the same model, which gives it no verdict.
    let turns =
        [call(), Turn::says("no verdict"), Turn::says("no verdict"), Turn::says("no verdict"), Turn::says("done")];
    let mut world = World::with(&setup, thread.clone(), turns);
    let app = world.hookwright();
    world.codex.start_turn("please do it");
    assert_eq!(world.codex.finish_turn(), "completed", "no client and no person is asked");
    assert_eq!(newest(&app).1, ByView::Reviewer);
    assert!(!made(&world), "its reviewer has not allowed it");

    let mut world = World::with(&setup, thread, [call(), Turn::says("done")]);
    let mut app = world.hookwright();
    let folder = world.lab.repo().display().to_string();
    let ask = Setting::Project(ProjectSettings { folder, review: Some(Review::Ask), ..ProjectSettings::default() });
    app.wait(app.app.change(ask)).expect("the setting can be kept");
    world.codex.start_turn("please do it");
    let card = app.card();
    assert_eq!(card.shown.reviewer, ReviewerView::AutoReview);
    app.allow(&card);
    assert_eq!(world.codex.finish_turn(), "completed");
    assert!(made(&world));
}

#[test]
fn without_a_transcript_the_reviewer_is_the_one_that_is_configured() {
    let setup = Setup { sandbox: "workspace-write", ..Setup::default() };
    // The reviewer asks the same model, which gives it no verdict.
    let turns = [
        Turn::calls([Call::escalated(TOUCH, "May I?")]),
        Turn::says("no verdict"),
        Turn::says("no verdict"),
        Turn::says("no verdict"),
        Turn::says("done"),
    ];
    let mut world = World::with(&setup, json!({ "approvalPolicy": "on-request" }), turns);
    let home = crate::world::home(&world.lab);
    fs::create_dir_all(&home).expect("the lab's folder is ours");
    symlink(world.lab.codex_home(), home.join("codex")).expect("the lab's folder is ours");
    let project = world.lab.repo().join(".codex");
    fs::create_dir_all(&project).expect("the lab's folder is ours");
    fs::write(project.join("config.toml"), "approvals_reviewer = \"auto_review\"\n").expect("the lab's folder is ours");
    let app = world.hookwright();
    world.codex.start_thread_with(json!({ "approvalPolicy": "on-request", "ephemeral": true }));
    world.codex.start_turn("please do it");
    assert_eq!(world.codex.finish_turn(), "completed", "no client and no person is asked");
    assert_eq!(newest(&app).1, ByView::Reviewer);
    assert!(!made(&world), "its reviewer has not allowed it");
    let asked = app.events().into_iter().find(|event| event.request.is_some()).expect("it asked");
    let payload = plain(&app.wait(app.app.event(&asked.id)).unwrap().expect("it is kept").payload);
    assert!(payload.contains("\"transcript_path\": null"), "{payload}");
}

#[test]
fn a_rule_edited_by_hand_allows_nothing_until_it_is_confirmed() {
    let mut world = calling([Call::shell(TOUCH), Call::shell(TOUCH)]);
    let mut app = world.hookwright();
    app.keep_rule(&draft(&world, "touch other.txt", SaysDraft::Allow));
    let file = crate::world::home(&world.lab).join("config/rules.toml");
    let text = fs::read_to_string(&file).expect("the rule stands there");
    fs::write(&file, text.replace("touch other.txt", "touch **")).expect("the lab's folder is ours");
    world.codex.start_turn("please do it");
    let card = app.card();
    app.deny(&card, "not by this file");
    assert_eq!(world.codex.finish_turn(), "completed");
    assert!(!made(&world));

    let changed = app.wait(app.app.rules()).unwrap().changed.expect("the file was changed");
    // The time is what is waited for: nothing tells that it is over.
    thread::sleep(Duration::from_millis(600));
    app.wait(app.app.confirm_rules(&changed.digest)).expect("it was looked at");
    world.codex.start_turn("and again");
    assert_eq!(world.codex.finish_turn(), "completed", "nobody is asked");
    assert!(made(&world));
    assert_eq!(newest(&app).1, ByView::Rule);
}

#[test]
fn while_paused_no_rule_allows_and_codex_asks_its_client() {
    let mut world = calling([Call::shell(TOUCH), Call::shell(TOUCH)]);
    let app = world.hookwright();
    app.keep_rule(&draft(&world, "touch **", SaysDraft::Allow));
    app.wait(app.app.pause(None));
    world.codex.start_turn("please do it");
    let approval = world.codex.approval();
    assert_eq!(newest(&app).1, ByView::Paused);
    world.codex.answer(&approval, "decline");
    assert_eq!(world.codex.finish_turn(), "completed");
    assert!(!made(&world));

    app.wait(app.app.resume());
    world.codex.start_turn("and again");
    assert_eq!(world.codex.finish_turn(), "completed", "nobody is asked");
    assert!(made(&world));
    assert_eq!(newest(&app).1, ByView::Rule);
}
