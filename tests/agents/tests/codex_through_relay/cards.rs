//! What the card says of a question.

use std::fs;

use api::dto::{ActionView, ProjectSettings, Review, ReviewerView, Setting};
use fixtures::codex::Setup;
use fixtures::model_server::{Call, Turn};
use fixtures::plain;
use serde_json::json;

use crate::world::{COMMAND, World};

const PATCH: &str = "*** Begin Patch\n*** Add File: made.txt\n+hello\n*** End Patch";

#[test]
fn a_patch_is_shown_as_a_patch_and_applied_when_allowed() {
    let mut world = World::calling(Call::patch(PATCH));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    let ActionView::Patch { files, text } = &card.shown.action else { panic!("{card:?}") };
    assert_eq!(plain(text), PATCH);
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!((plain(&file.path).as_str(), file.added, file.removed), ("made.txt", 1, 0));
    app.allow(&card);
    assert_eq!(world.codex.finish_turn(), "completed");
    assert_eq!(fs::read_to_string(world.lab.repo().join("made.txt")).unwrap(), "hello\n");
}

#[test]
fn an_mcp_call_is_shown_with_its_server_tool_and_arguments() {
    let server = env!("CARGO_BIN_EXE_mcp-echo");
    let setup = Setup { config: format!("[mcp_servers.lab]\ncommand = {server:?}\n"), ..Setup::default() };
    let call = Call::mcp("lab", "echo", json!({ "text": "hi" }));
    let thread = json!({ "approvalPolicy": "untrusted" });
    let mut world = World::with(&setup, thread, [Turn::calls([call]), Turn::says("done")]);
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    let ActionView::Mcp { server, tool, arguments } = &card.shown.action else { panic!("{card:?}") };
    let arguments: Vec<_> = arguments.iter().map(|pair| (plain(&pair.name), plain(&pair.value))).collect();
    assert_eq!((plain(server).as_str(), plain(tool).as_str()), ("lab", "echo"));
    assert_eq!(arguments, [("text".to_owned(), "hi".to_owned())]);
    app.allow(&card);
    assert_eq!(world.codex.finish_turn(), "completed");
    assert!(world.lab.model.tool_outputs().concat().contains("echo: "), "{:?}", world.lab.model.tool_outputs());
}

#[test]
fn the_card_knows_project_prompt_and_reviewer() {
    let mut world = World::calling(Call::shell_in("/", COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    let shown = &card.shown;
    assert_eq!(plain(shown.project.as_ref().unwrap()), world.lab.repo().canonicalize().unwrap().to_str().unwrap());
    assert_eq!(plain(shown.asked.as_ref().unwrap()), "please do it");
    assert_eq!((plain(&shown.runs_in).as_str(), shown.runs_outside), ("/", true));
    assert_eq!(shown.reviewer, ReviewerView::User);
    assert_eq!(shown.approval_policy.as_deref(), Some("untrusted"));
    app.deny(&card, "no");
    assert_eq!(world.codex.finish_turn(), "completed");
}

#[test]
fn the_card_knows_that_a_reviewer_program_decides_otherwise() {
    let setup = Setup { sandbox: "workspace-write", ..Setup::default() };
    let thread = json!({ "approvalPolicy": "on-request", "approvalsReviewer": "auto_review" });
    let call = Call::escalated(COMMAND, "May I?");
    let mut world = World::with(&setup, thread, [Turn::calls([call]), Turn::says("done")]);
    let mut app = world.hookwright();
    let folder = world.lab.repo().display().to_string();
    let ask = Setting::Project(ProjectSettings { folder, review: Some(Review::Ask), ..ProjectSettings::default() });
    app.wait(app.app.change(ask)).expect("the setting can be kept");
    world.codex.start_turn("please do it");
    let card = app.card();
    assert_eq!(card.shown.reviewer, ReviewerView::AutoReview);
    assert_eq!(plain(card.shown.said.as_ref().unwrap()), "May I?");
    app.deny(&card, "no");
    assert_eq!(world.codex.finish_turn(), "completed");
    assert_eq!(world.runs(), 0);
}
