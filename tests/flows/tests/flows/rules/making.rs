//! How a rule is made: from a request or by hand, after a look at what it would do.

use api::dto::{ByView, Lasts, RuleDraft, RuleState, RuleWish, SaysDraft, WhatDraft};
use fixtures::relay::Outcome;
use fixtures::{payload, plain};
use flows::{ALLOW, deny};
use serde_json::json;

use super::{IN_SIGHT, SESSION, World};

/// The patterns of drafts for command rules.
fn patterns(drafts: &[RuleDraft]) -> Vec<String> {
    let pattern = |draft: &RuleDraft| match &draft.what {
        WhatDraft::Command { pattern } => pattern.clone(),
        other => panic!("{other:?}"),
    };
    drafts.iter().map(pattern).collect()
}

#[test]
fn an_allow_needs_its_preview_in_sight() {
    let world = World::new();
    let app = &world.flow.app;
    let save = |draft: &RuleDraft| app.wait(app.app.save_rule(None, draft.clone(), None)).map_err(|error| error.code());
    let preview = |draft: &RuleDraft| app.wait(app.app.preview_rule(draft.clone(), None)).unwrap();
    let (draft, other) = (world.command("make **", SaysDraft::Allow), world.command("make x", SaysDraft::Allow));
    assert_eq!(save(&draft), Err("ruleUnseen"));
    preview(&draft);
    assert_eq!(save(&draft), Err("ruleUnseen"), "too early");
    std::thread::sleep(IN_SIGHT);
    preview(&draft);
    assert_eq!(save(&other), Err("ruleUnseen"), "that was another one");
    save(&draft).unwrap();
    assert_eq!(save(&draft), Err("ruleUnseen"), "one look, one rule");
    save(&world.command("git push **", SaysDraft::Deny { message: String::new() })).unwrap();
    assert_eq!(world.states(), [RuleState::Active; 2]);
}

#[test]
fn a_rule_from_a_card_answers_that_card() {
    let mut world = World::new();
    let mut relay = world.ask("cargo test --workspace");
    let card = world.flow.app.card();
    let app = &world.flow.app;
    let drafts = app.wait(app.app.rule_drafts(&card.id)).unwrap();
    assert_eq!(patterns(&drafts), ["cargo test --workspace", "cargo test **"]);
    let project = Some(world.folder().display().to_string());
    assert!(drafts.iter().all(|draft| draft.project == project && draft.session.is_none()), "{drafts:?}");
    let preview = app.wait(app.app.preview_rule(drafts[1].clone(), Some(&card.id))).unwrap();
    assert_eq!((preview.speaks, preview.unfit), (Some(true), None));
    let view = world.keep_from(&drafts[1], Some(&card.id));
    assert_eq!(view.rules[0].from.as_deref(), Some(card.id.as_str()));
    assert_eq!(relay.outcome(), Outcome::says(ALLOW));
    let ended = world.flow.app.ended(&card.id);
    assert_eq!((ended.by, plain(&ended.rule.unwrap().what)), (ByView::Rule, "cargo test **".to_owned()));

    // From one of the past as well.
    let drafts = world.flow.app.wait(world.flow.app.app.rule_drafts(&card.id)).unwrap();
    assert_eq!(patterns(&drafts), ["cargo test --workspace", "cargo test **"]);
    let gone = world.flow.app.wait(world.flow.app.app.rule_drafts("gone")).unwrap_err();
    assert_eq!(gone.code(), "noRequest");
}

#[test]
fn a_rule_that_denies_a_card_denies_it_and_one_for_something_else_leaves_it() {
    let mut world = World::new();
    let mut relay = world.ask("make all");
    let card = world.flow.app.card();
    let none = SaysDraft::Deny { message: "other".to_owned() };
    world.keep_from(&world.command("make other", none), Some(&card.id));
    assert_eq!(world.flow.app.wait(world.flow.app.app.ask_to_quit()), 1, "it still waits");
    let no = SaysDraft::Deny { message: "not that".to_owned() };
    world.keep_from(&world.command("make **", no), Some(&card.id));
    assert_eq!(relay.outcome(), Outcome::says(&deny("not that")));
}

#[test]
fn a_preview_counts_what_was_asked_live() {
    let mut world = World::new();
    let stop = payload::bytes(SESSION, "Stop", json!({ "cwd": world.folder() }));
    assert_eq!(world.flow.ask(&stop).outcome(), Outcome::silent());
    let cards = ["make a", "make b && make c", "make d; ls", "ls"].map(|command| world.is_asked(command));
    world.flow.app.past_where(&cards[3].id, |past| past.outcome.is_some());
    let app = &world.flow.app;
    let preview = |draft: RuleDraft| app.wait(app.app.preview_rule(draft, None)).unwrap();
    let found = preview(world.command("make **", SaysDraft::Allow));
    assert_eq!((found.count, found.of, found.speaks), (2, 4, None));
    let ids: Vec<_> = found.fits.iter().map(|past| past.id.as_str()).collect();
    assert_eq!(ids, [cards[1].id.as_str(), cards[0].id.as_str()], "the newest first");
    assert_eq!(preview(world.command("make **", SaysDraft::Ask)).count, 3);
    let elsewhere = RuleDraft { project: Some("/".to_owned()), ..world.command("make **", SaysDraft::Ask) };
    assert_eq!(preview(elsewhere).count, 3, "below it");
    let over = RuleDraft { lasts: Lasts::Minutes { minutes: 1 }, ..world.command("ls", SaysDraft::Allow) };
    assert_eq!(preview(over).count, 1, "however long it lasts");
}

#[test]
fn what_cannot_be_is_told_by_the_preview_and_refused() {
    let world = World::new();
    let app = &world.flow.app;
    for (draft, code) in [
        (world.command("", SaysDraft::Allow), "empty"),
        (world.command("bash -c **", SaysDraft::Allow), "runsOthers"),
        (world.command("** make", SaysDraft::Ask), "restNotLast"),
        (RuleDraft { project: Some("src".to_owned()), ..world.command("make", SaysDraft::Ask) }, "notAbsolute"),
        (world.draft(WhatDraft::Network { host: "a b".to_owned() }, SaysDraft::Ask), "host"),
        (world.draft(WhatDraft::Tool { name: "write_stdin".to_owned() }, SaysDraft::Allow), "neverAllowed"),
        (RuleDraft { lasts: Lasts::Minutes { minutes: 0 }, ..world.command("make", SaysDraft::Ask) }, "notPlain"),
        (RuleDraft { agent: Some("nobody".to_owned()), ..world.command("make", SaysDraft::Ask) }, "notPlain"),
    ] {
        let preview = app.wait(app.app.preview_rule(draft.clone(), None)).unwrap();
        assert_eq!(preview.unfit.map(|unfit| unfit.code).as_deref(), Some(code), "{draft:?}");
        let refused = app.wait(app.app.save_rule(None, draft, None)).unwrap_err();
        assert_eq!(refused.code(), "ruleUnfit");
    }
    assert!(world.rules().rules.is_empty() && !world.file().exists());
}

#[test]
fn a_rule_is_changed_and_deleted_in_its_place() {
    let mut world = World::new();
    world.allow("make **");
    let [rule] = world.rules().rules.try_into().unwrap();
    let app = &world.flow.app;
    let narrower = world.command("make clean", SaysDraft::Allow);
    let save = |id: &str, draft: &RuleDraft| app.wait(app.app.save_rule(Some(id), draft.clone(), None));
    app.wait(app.app.preview_rule(narrower.clone(), None)).unwrap();
    std::thread::sleep(IN_SIGHT);
    assert_eq!(save("gone", &narrower).unwrap_err().code(), "noRule");
    let [changed] = save(&rule.id, &narrower).unwrap().rules.try_into().unwrap();
    assert_eq!((&changed.id, &changed.made_at, plain(&changed.what).as_str()), (&rule.id, &rule.made_at, "make clean"));
    assert_eq!(world.ask("make clean").outcome(), Outcome::says(ALLOW));
    world.is_asked("make all");
    let app = &world.flow.app;
    let view = app.wait(app.app.wish_rule(&rule.id, RuleWish::Delete)).unwrap();
    assert!(view.rules.is_empty(), "{view:?}");
    world.is_asked("make clean");
}

#[test]
fn windows_hear_how_many_rules_allow_something() {
    let mut world = World::new();
    world.allow("make **");
    world.deny("git push **", "no");
    let app = &world.flow.app;
    let snapshot = || app.wait(app.app.subscribe()).unwrap().0;
    assert_eq!(snapshot().allow_rules, 1);
    let id = world.rules().rules.iter().find(|rule| rule.draft.says == SaysDraft::Allow).unwrap().id.clone();
    app.wait(app.app.wish_rule(&id, RuleWish::Disable)).unwrap();
    assert_eq!(snapshot().allow_rules, 0);
    assert_eq!([1, 0].map(|allow_rules| world.flow.app.rules_changed(allow_rules)), [(); 2]);
}
