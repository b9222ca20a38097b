//! Where a rule holds: in its project, after links are resolved, and never where our own files are.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use api::dto::{ActionView, ByView, ProjectSettings, Review, ReviewerView, SaysDraft, Setting, WhatDraft};
use fixtures::relay::Outcome;
use fixtures::{Home, plain};
use flows::ALLOW;
use serde_json::{Value, json};

use super::{SESSION, World};

/// A request to run it in this folder.
fn running(command: &str, folder: &std::path::Path) -> Value {
    json!({ "cwd": folder, "tool_input": { "command": command } })
}

#[test]
fn a_workdir_that_leads_out_of_the_project_is_asked_for() {
    let mut world = World::new();
    let other = Home::new();
    world.allow("make **");
    fs::create_dir_all(world.folder().join("sub")).unwrap();
    symlink(other.path(), world.folder().join("link")).unwrap();
    let inside = running("make", &world.folder().join("sub"));
    assert_eq!(world.ask_with(SESSION, inside).outcome(), Outcome::says(ALLOW));
    let outside = [other.path().to_owned(), "/".into(), world.folder().join("link"), world.folder().join("gone")];
    for folder in outside {
        let relay = world.ask_with(SESSION, running("make", &folder));
        world.is_asked_by(relay);
    }
}

#[test]
fn a_session_elsewhere_cannot_reach_into_the_project() {
    let mut world = World::new();
    let other = Home::new();
    world.allow("make **");
    let session = "01a1b2c3-0000-7000-8000-000000000009";
    world.begins(session, other.path());
    let relay = world.ask_with(session, running("make", &world.folder()));
    let card = world.is_asked_by(relay);
    assert!(card.shown.runs_outside);
    // A session of which nothing is known has no project, whatever it says of itself.
    let relay = world.ask_with("unknown", running("make", &world.folder()));
    world.is_asked_by(relay);
}

#[test]
fn links_to_the_project_lead_to_the_same_project() {
    let world = World::new();
    let links = Home::new();
    let link = links.path().join("link");
    symlink(world.folder(), &link).unwrap();
    let mut draft = world.command("make **", SaysDraft::Allow);
    draft.project = Some(link.display().to_string());
    let view = world.keep(&draft);
    assert_eq!(view.rules[0].draft.project, Some(world.folder().display().to_string()), "kept without links");
    assert_eq!(world.ask("make").outcome(), Outcome::says(ALLOW));
    let session = "01a1b2c3-0000-7000-8000-000000000009";
    world.begins(session, &link);
    assert_eq!(world.ask_with(session, running("make", &link)).outcome(), Outcome::says(ALLOW));
}

#[test]
fn a_project_that_has_become_a_link_allows_nothing() {
    let mut world = World::new();
    let sub = world.folder().join("sub");
    fs::create_dir(&sub).unwrap();
    let draft =
        api::dto::RuleDraft { project: Some(sub.display().to_string()), ..world.command("make **", SaysDraft::Allow) };
    world.keep(&draft);
    world.is_asked("make");
    // Who may write in the project leads the rule to the whole of it.
    fs::remove_dir(&sub).unwrap();
    symlink(world.folder(), &sub).unwrap();
    world.is_asked("make");
}

#[test]
fn where_our_own_files_lie_nothing_is_allowed_and_a_deny_counts() {
    let mut world = World::new();
    let ours = world.flow.home.path().canonicalize().unwrap();
    let everywhere = |pattern: &str, says| api::dto::RuleDraft { project: None, ..world.command(pattern, says) };
    let (allow, no) = (everywhere("make **", SaysDraft::Allow), SaysDraft::Deny { message: "no".to_owned() });
    let deny = everywhere("git push **", no);
    world.keep(&allow);
    world.keep(&deny);
    for (session, folder) in [("above", ours.parent().unwrap()), ("same", &ours), ("below", &ours.join("state"))] {
        world.begins(session, folder);
        let relay = world.ask_with(session, running("make", folder));
        let card = world.is_asked_by(relay);
        assert_eq!(card.shown.session_rule, None, "{session}");
        let outcome = world.ask_with(session, running("git push", folder)).outcome();
        assert_eq!(outcome, Outcome::says(&flows::deny("no")), "{session}");
    }
    assert_eq!(world.ask("make").outcome(), Outcome::says(ALLOW));
}

#[test]
fn a_request_waits_as_long_as_its_project_says() {
    let mut world = World::new();
    let setting = |waiting| {
        let folder = world.folder().display().to_string();
        Setting::Project(ProjectSettings { folder, waiting, ..ProjectSettings::default() })
    };
    world.flow.app.wait(world.flow.app.app.change(setting(Some(5)))).unwrap();
    let mut relay = world.ask("make");
    let card = world.flow.app.card();
    let number = |text: &str| text.parse::<i64>().unwrap();
    let deadline = card.deadline_at.as_deref().expect("a hook waits for it");
    assert_eq!(number(deadline) - number(&card.received_at), 5_000);
    let relay_ended = relay.outcome();
    assert_eq!((relay_ended, world.ended().by), (Outcome::silent(), ByView::Expired));
}

#[test]
fn the_agents_own_reviewer_decides_unless_the_person_wants_to_be_asked() {
    let mut world = World::new();
    let transcript = world.flow.home.path().join("transcript.jsonl");
    let turn = "01a1b2c3-0000-7000-8000-000000000002";
    let context = json!({ "type": "turn_context", "payload": {
        "turn_id": turn, "root_turn_id": turn, "cwd": world.folder(), "approvals_reviewer": "auto_review",
    } });
    fs::write(&transcript, format!("{context}\n")).unwrap();
    let asking = |world: &World, command: &str| {
        let mut fields = running(command, &world.folder());
        fields["transcript_path"] = json!(transcript);
        world.ask_with(SESSION, fields)
    };
    assert_eq!(asking(&world, "make").outcome(), Outcome::silent());
    assert_eq!(world.ended().by, ByView::Reviewer);

    // What a person decided beforehand is heard first.
    world.deny("git push **", "no");
    world.allow("make clean");
    assert_eq!(asking(&world, "git push").outcome(), Outcome::says(&flows::deny("no")));
    assert_eq!(asking(&world, "make clean").outcome(), Outcome::says(ALLOW));

    let folder = world.folder().display().to_string();
    let setting = Setting::Project(ProjectSettings { folder, review: Some(Review::Ask), ..ProjectSettings::default() });
    world.flow.app.wait(world.flow.app.app.change(setting)).unwrap();
    let relay = asking(&world, "make");
    let card = world.is_asked_by(relay);
    assert_eq!(card.shown.reviewer, ReviewerView::AutoReview);
    assert_eq!(plain(card.shown.project.as_ref().unwrap()), world.folder().display().to_string());
}

#[test]
fn where_the_transcript_names_no_reviewer_the_agents_configuration_does() {
    let mut world = World::new();
    let codex = world.flow.home.path().join("codex");
    let trusted = format!("[projects.{:?}]\ntrust_level = \"trusted\"\n", world.folder());
    let configure = |folder: &std::path::Path, text: &str| {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("config.toml"), text).unwrap();
    };
    let reviewer = |world: &mut World| world.is_asked("make").shown.reviewer;
    assert_eq!(reviewer(&mut world), ReviewerView::Unknown, "there is none");
    configure(&codex, &trusted);
    assert_eq!(reviewer(&mut world), ReviewerView::Unknown, "it does not say");
    configure(&codex, &format!("approvals_reviewer = \"user\"\n{trusted}"));
    assert_eq!(reviewer(&mut world), ReviewerView::User);
    configure(&codex, &format!("approvals_reviewer = \"somebody\"\n{trusted}"));
    assert_eq!(reviewer(&mut world), ReviewerView::Other);
    configure(&codex, &format!("approvals_reviewer = \"auto_review\"\n{trusted}"));
    assert_eq!(world.ask("make").outcome(), Outcome::silent());
    assert_eq!(world.ended().by, ByView::Reviewer);

    // The project's own file has the last word where the project is trusted; nothing that stands in its place holds anybody up.
    let project = world.folder().join(".codex");
    configure(&project, "approvals_reviewer = \"user\"\n");
    assert_eq!(reviewer(&mut world), ReviewerView::User);
    for place in ["/dev/zero", "/dev/random"] {
        fs::remove_file(project.join("config.toml")).unwrap();
        symlink(place, project.join("config.toml")).unwrap();
        assert_eq!(reviewer(&mut world), ReviewerView::Unknown, "{place}");
    }
    fs::remove_file(project.join("config.toml")).unwrap();
    let made = Command::new("mkfifo").arg(project.join("config.toml")).status().unwrap();
    assert!(made.success());
    assert_eq!(world.ask("make").outcome(), Outcome::silent());
    assert_eq!(world.ended().by, ByView::Reviewer, "an empty file says nothing");
}

#[test]
fn what_edit_and_write_change_are_files_to_rules() {
    let mut world = World::new();
    let folder = world.folder();
    let other = Home::new();
    fs::create_dir_all(folder.join("docs")).unwrap();
    symlink(other.path(), folder.join("docs/link")).unwrap();
    let pattern = |below: &str| WhatDraft::Files { pattern: folder.join(below).display().to_string() };
    world.keep(&world.draft(pattern("docs/**"), SaysDraft::Allow));
    world.keep(&world.draft(pattern("docs/final.md"), SaysDraft::Deny { message: "no".to_owned() }));
    let asking = |world: &World, tool: &str, path: &str, more: Value| {
        let mut input = json!({ "file_path": folder.join(path) });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.ask_with(SESSION, json!({ "cwd": folder, "tool_name": tool, "tool_input": input }))
    };
    let edit = json!({ "old_string": "old", "new_string": "new" });
    let edits = json!({ "edits": [edit] });
    let content = json!({ "content": "new" });
    for (tool, more) in [("Edit", &edit), ("MultiEdit", &edits), ("Write", &content)] {
        let answer = |path: &str| asking(&world, tool, path, more.clone()).outcome();
        assert_eq!(answer("docs/a.md"), Outcome::says(ALLOW), "{tool}");
        assert_eq!(answer("docs/final.md"), Outcome::says(&flows::deny("no")), "{tool}");
        for path in ["a.md", "docs/../a.md", "docs/link/a.md", "docs/.git/hooks/pre-commit"] {
            let relay = asking(&world, tool, path, more.clone());
            let card = world.is_asked_by(relay);
            assert!(matches!(card.shown.action, ActionView::Patch { ref files, .. } if files.len() == 1), "{card:?}");
        }
        // What is not understood of it is no file to any rule.
        let relay = asking(&world, tool, "docs/a.md", json!({ "content": "new", "mode": "0755" }));
        assert!(matches!(world.is_asked_by(relay).shown.action, ActionView::Unknown { .. }));
    }
}
