//! What rules decide, and in which order.

use api::dto::{ByView, Choice, DecisionView, RuleDraft, RuleState, RuleWish, SaysDraft, Surface, Taken, WhatDraft};
use fixtures::relay::{Installed, Outcome};
use fixtures::{Hosted, payload, plain};
use flows::{ALLOW, Flow, deny, until};
use serde_json::json;

use super::{SESSION, World};

#[test]
fn an_allow_answers_without_a_card_and_the_history_names_it() {
    let mut world = World::new();
    world.allow("cargo test **");
    let [rule] = world.rules().rules.try_into().unwrap();
    assert_eq!((rule.state, plain(&rule.what).as_str(), rule.hits), (RuleState::Active, "cargo test **", 0));

    assert_eq!(world.ask("cargo test --workspace").outcome(), Outcome::says(ALLOW));
    let past = world.flow.app.past().remove(0);
    let past = world.flow.app.past_where(&past.id, |past| past.taken == Taken::Yes);
    let outcome = past.outcome.unwrap();
    assert_eq!((outcome.decision, outcome.by), (DecisionView::Allow, ByView::Rule));
    let named = outcome.rule.clone().unwrap();
    assert_eq!((named.id.as_str(), plain(&named.what).as_str()), (rule.id.as_str(), "cargo test **"));
    assert_eq!(world.flow.app.ended(&past.id), outcome, "the windows hear the same");

    // The next card is that of the next request: the first opened none.
    let card = world.is_asked("cargo build");
    assert_ne!(card.id, past.id);
    let [rule] = world.rules().rules.try_into().unwrap();
    assert_eq!((rule.hits, rule.last_hit), (1, Some(outcome.at)));
}

#[test]
fn a_deny_answers_with_its_message_wherever_it_stands_in_the_line() {
    let world = World::new();
    world.deny("git push **", "not from here");
    for command in ["git push", "make && git push --force", "if true; then git push; fi"] {
        assert_eq!(world.ask(command).outcome(), Outcome::says(&deny("not from here")), "{command}");
        let ended = world.ended();
        assert_eq!((ended.decision, ended.by), (DecisionView::Deny, ByView::Rule));
        assert_eq!(ended.message.as_deref(), Some("not from here"));
    }
}

#[test]
fn deny_beats_ask_and_ask_beats_allow() {
    let mut world = World::new();
    world.allow("make **");
    world.keep(&world.command("make install **", SaysDraft::Ask));
    world.deny("make install all", "too much");
    assert_eq!(world.ask("make clean").outcome(), Outcome::says(ALLOW));
    world.is_asked("make install");
    assert_eq!(world.ask("make install all").outcome(), Outcome::says(&deny("too much")));
}

#[test]
fn a_line_needs_every_command_of_it_allowed() {
    let mut world = World::new();
    world.allow("cargo test **");
    for command in ["cargo test; rm -rf x", "cargo test && curl example.org", "cargo test > out", "cargo test $(id)"] {
        world.is_asked(command);
    }
    world.allow("cargo fmt **");
    assert_eq!(world.ask("cargo fmt && cargo test -q").outcome(), Outcome::says(ALLOW));
}

#[test]
fn a_rule_that_is_off_or_over_says_nothing() {
    let mut world = World::new();
    world.allow("make **");
    let id = world.rules().rules[0].id.clone();
    let wish = |world: &World, wish| world.flow.app.wait(world.flow.app.app.wish_rule(&id, wish)).unwrap();
    wish(&world, RuleWish::Disable);
    assert_eq!(world.states(), [RuleState::Off]);
    world.is_asked("make");
    wish(&world, RuleWish::Enable);
    assert_eq!(world.ask("make").outcome(), Outcome::says(ALLOW));

    // A minute is the shortest that a window offers; what the person's own file says is confirmed in it.
    world.edit(|text| format!("{text}until = {}\n", soon()));
    world.confirm().unwrap();
    assert_eq!(world.ask("make").outcome(), Outcome::says(ALLOW));
    until("its end", || (world.states() == [RuleState::Over]).then_some(()));
    world.is_asked("make");
}

/// A moment soon, as TOML has it.
fn soon() -> String {
    let clock = rusqlite::Connection::open_in_memory().unwrap();
    clock.query_row("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+2 seconds')", [], |row| row.get(0)).unwrap()
}

#[test]
fn while_paused_nothing_is_allowed_and_a_deny_still_denies() {
    let world = World::new();
    world.allow("make **");
    world.deny("git push **", "no");
    world.flow.app.wait(world.flow.app.app.pause(None));
    assert_eq!(world.ask("make").outcome(), Outcome::silent());
    assert_eq!(world.ended().by, ByView::Paused);
    assert_eq!(world.ask("git push").outcome(), Outcome::says(&deny("no")));
}

#[test]
fn where_nobody_can_be_asked_only_a_deny_counts() {
    let world = World::new();
    world.allow("make **");
    world.deny("git push **", "no");
    let World { flow: Flow { app, home, relay }, project } = world;
    app.quit();
    let app = Hosted::unattended(home.path());
    let folder = project.path().canonicalize().unwrap();
    let start = payload::bytes(SESSION, "SessionStart", json!({ "cwd": folder, "source": "startup" }));
    assert_eq!(relay.ask(home.path(), &start).outcome(), Outcome::silent());
    let asked = |command: &str| {
        let fields = json!({ "cwd": folder, "tool_name": "Bash", "tool_input": { "command": command } });
        relay.ask(home.path(), &payload::bytes(SESSION, "PermissionRequest", fields)).outcome()
    };
    assert_eq!(asked("make"), Outcome::silent());
    let newest = app.past().remove(0);
    let ended = app.past_where(&newest.id, |past| past.outcome.is_some()).outcome.unwrap();
    assert_eq!((ended.decision, ended.by), (DecisionView::None, ByView::Unattended));
    assert_eq!(asked("git push"), Outcome::says(&deny("no")));
}

#[test]
fn a_session_rule_holds_for_its_session_and_ends_with_it() {
    let mut world = World::new();
    let mut relay = world.ask("make all");
    let card = world.flow.app.card();
    assert_eq!(card.shown.session_rule.as_deref().map(plain).as_deref(), Some("make all"));
    world.allow_session(&card).unwrap();
    assert_eq!(relay.outcome(), Outcome::says(ALLOW));
    assert_eq!(world.ended().by, ByView::Person, "the first was the person's own word");
    assert_eq!(world.ask("make all").outcome(), Outcome::says(ALLOW));
    assert_eq!(world.ended().by, ByView::Rule);
    world.is_asked("make other");

    let other = "01a1b2c3-0000-7000-8000-000000000008";
    world.begins(other, &world.folder());
    let fields = json!({ "cwd": world.folder(), "tool_input": { "command": "make all" } });
    let relay = world.ask_with(other, fields);
    world.is_asked_by(relay);

    // Anybody can say that a session ended; a deny stays.
    let no = SaysDraft::Deny { message: "no".to_owned() };
    let draft = RuleDraft { session: Some(SESSION.to_owned()), ..world.command("git push **", no) };
    world.keep(&draft);
    let end = payload::bytes(SESSION, "SessionEnd", json!({ "cwd": world.folder(), "reason": "other" }));
    assert_eq!(world.flow.ask(&end).outcome(), Outcome::silent());
    assert_eq!(world.states(), [RuleState::Active, RuleState::Over]);
    assert_eq!(world.ask("git push").outcome(), Outcome::says(&deny("no")));
    world.is_asked("make all");
}

#[test]
fn a_session_that_ended_while_hookwright_was_closed_has_no_rules_either() {
    let mut world = World::new();
    let session =
        |session: &str| RuleDraft { session: Some(session.to_owned()), ..world.command("make **", SaysDraft::Allow) };
    let other = "01a1b2c3-0000-7000-8000-000000000008";
    for of in [other, SESSION] {
        world.keep(&session(of));
    }
    let World { flow: Flow { app, home, relay }, project } = world;
    app.quit();
    let end = payload::bytes(SESSION, "SessionEnd", json!({ "cwd": project.path(), "reason": "other" }));
    assert_eq!(relay.ask(home.path(), &end).outcome(), Outcome::silent());

    let app = Hosted::start(home.path());
    world = World { flow: Flow { app, home, relay }, project };
    until("the end is known", || (world.states() == [RuleState::Over, RuleState::Active]).then_some(()));
    world.is_asked("make all");
}

#[test]
fn allowing_for_the_session_takes_what_allowing_takes() {
    let mut world = World::new();
    let relay = world.ask("make all");
    let card = world.flow.app.card();
    let app = &world.flow.app;
    let decide = |digest: &str| app.wait(app.app.decide(Surface::Popup, &card.id, digest, Choice::AllowSession));
    assert_eq!(decide(&card.digest).unwrap_err().code(), "notShown");
    app.wait(app.app.painted(Surface::Popup, &card.id, &card.digest)).unwrap();
    assert_eq!(decide(&card.digest).unwrap_err().code(), "tooEarly");
    assert_eq!(decide("0").unwrap_err().code(), "changed");
    assert!(world.rules().rules.is_empty(), "no rule came of it");

    // Where no rule can say it, it is not offered and cannot be chosen.
    drop(relay);
    let mut relay = world.ask("make all > out");
    let card = world.flow.app.card();
    assert_eq!(card.shown.session_rule, None);
    assert_eq!(world.allow_session(&card).unwrap_err().code(), "noRule");
    world.flow.app.leave(&card);
    assert_eq!(relay.outcome(), Outcome::silent());
}

#[test]
fn a_rule_that_cannot_be_kept_is_no_allow() {
    let mut world = World::new();
    let mut relay = world.ask("make all");
    let card = world.flow.app.card();
    // A folder where the file should be: nothing can take its place.
    std::fs::create_dir_all(world.file().join("in the way")).unwrap();
    let refused = world.allow_session(&card).unwrap_err();
    assert_eq!(refused.code(), "rulesChanged", "{refused}");
    world.flow.app.leave(&card);
    assert_eq!(relay.outcome(), Outcome::silent());
}

#[test]
fn other_tools_have_their_rules() {
    let mut world = World::new();
    let folder = world.folder();
    std::fs::create_dir(folder.join("docs")).unwrap();
    let files = WhatDraft::Files { pattern: format!("{}/docs/**", folder.display()) };
    world.keep(&world.draft(files, SaysDraft::Allow));
    let echo = WhatDraft::Mcp { server: "lab".to_owned(), tool: Some("echo".to_owned()) };
    world.keep(&world.draft(echo, SaysDraft::Allow));
    let patch = |path: &str| {
        let text = format!("*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch");
        json!({ "cwd": folder, "tool_name": "apply_patch", "tool_input": { "command": text } })
    };
    let mcp = |tool: &str| json!({ "cwd": folder, "tool_name": tool, "tool_input": { "text": "hi" } });
    assert_eq!(world.ask_with(SESSION, patch("docs/new.md")).outcome(), Outcome::says(ALLOW));
    assert_eq!(world.ask_with(SESSION, mcp("mcp__lab__echo")).outcome(), Outcome::says(ALLOW));
    for fields in [patch("docs/../new.md"), patch("/etc/passwd"), mcp("mcp__lab__other"), mcp("mcp__lab2__echo")] {
        let relay = world.ask_with(SESSION, fields);
        world.is_asked_by(relay);
    }
    std::os::unix::fs::symlink("/etc", folder.join("docs/link")).unwrap();
    let relay = world.ask_with(SESSION, patch("docs/link/passwd"));
    world.is_asked_by(relay);
}

#[test]
fn a_host_needs_the_command_allowed_as_well() {
    let mut world = World::new();
    let host = |name: &str| WhatDraft::Network { host: name.to_owned() };
    world.keep(&world.draft(host("example.org"), SaysDraft::Allow));
    let fields = |command: &str, target: &str| {
        let input = json!({ "command": command, "description": format!("network-access {target}") });
        json!({ "cwd": world.folder(), "tool_input": input })
    };
    let (push, rm) = (fields("git fetch", "https://example.org:443"), fields("rm -rf x", "https://example.org:443"));
    let relay = world.ask_with(SESSION, push.clone());
    world.is_asked_by(relay);
    world.allow("git fetch **");
    assert_eq!(world.ask_with(SESSION, push).outcome(), Outcome::says(ALLOW));
    let relay = world.ask_with(SESSION, rm);
    world.is_asked_by(relay);
}

#[test]
fn a_relay_that_is_not_ours_gets_no_allow_either() {
    let world = World::new();
    world.allow("make **");
    let stranger = Installed::trusting_nobody();
    let fields = json!({ "cwd": world.folder(), "tool_name": "Bash", "tool_input": { "command": "make" } });
    let asked = payload::bytes(SESSION, "PermissionRequest", fields);
    assert_eq!(stranger.ask(world.flow.home.path(), &asked).outcome(), Outcome::silent());
}
