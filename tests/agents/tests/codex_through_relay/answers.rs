//! What a person answers is what Codex does, and each question gets its own answer.

use std::fs;

use api::dto::{DecisionView, Taken};
use fixtures::codex::Setup;
use fixtures::model_server::{Call, Turn};
use serde_json::json;

use crate::world::{COMMAND, World, command, home};

#[test]
fn allow_runs_exactly_the_command_that_was_shown() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    assert_eq!(command(&card), COMMAND);
    assert_eq!(world.runs(), 0, "nothing runs while the person is asked");
    app.allow(&card);

    assert_eq!(world.codex.finish_turn(), "completed", "the client is not asked");
    assert_eq!(world.runs(), 1);
    assert_eq!(world.permission_run(), ("completed".to_owned(), vec![]));
    assert_eq!(app.taken(&card.id), Taken::Yes);
    assert_eq!(
        app.past_where(&card.id, |past| past.taken == Taken::Yes).outcome.unwrap().decision,
        DecisionView::Allow
    );
    assert_eq!(world.lab.model.refused(), Vec::<String>::new());
}

#[test]
fn deny_runs_nothing_and_the_model_reads_the_message() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    app.deny(&card, "not on my \"watch\"\nuse the other branch – bitte");

    assert_eq!(world.codex.finish_turn(), "completed", "the client is not asked");
    assert_eq!(world.runs(), 0);
    let outputs = world.lab.model.tool_outputs();
    assert!(matches!(outputs.as_slice(), [output] if output.contains("use the other branch – bitte")), "{outputs:?}");
    assert_eq!(world.permission_run().0, "blocked");
    assert_eq!(app.taken(&card.id), Taken::Yes);
}

#[test]
fn two_sessions_at_once_get_each_their_own_answer() {
    let mut worlds = [World::calling(Call::shell(COMMAND)), World::calling(Call::shell(COMMAND))];
    // Both ask the Hookwright of the first.
    let [first, second] = &mut worlds;
    second.lab.connect(&second.relay, &home(&first.lab));
    second.codex.trust_all();
    second.codex.start_thread("untrusted");
    let mut app = first.hookwright();
    first.codex.start_turn("the first");
    let allowed = app.card();
    second.codex.start_turn("the second");
    let denied = app.card();
    assert_eq!(command(&allowed), command(&denied));
    assert_ne!(allowed.shown.session, denied.shown.session);

    app.deny(&denied, "no to the second");
    app.allow(&allowed);
    assert_eq!(second.codex.finish_turn(), "completed");
    assert_eq!(first.codex.finish_turn(), "completed");
    assert_eq!((first.runs(), second.runs()), (1, 0));
}

#[test]
fn two_calls_of_one_turn_get_each_their_own_answer() {
    let calls = [Call::shell("echo one >> made.txt"), Call::shell("echo two >> made.txt")];
    let thread = json!({ "approvalPolicy": "untrusted" });
    let mut world = World::with(&Setup::default(), thread, [Turn::calls(calls), Turn::says("done")]);
    let mut app = world.hookwright();
    world.codex.start_turn("please do both");
    let cards = [app.card(), app.card()];
    let place = |text: &str| cards.iter().find(|card| command(card).contains(text)).expect("both are shown");
    app.allow(place("two"));
    app.deny(place("one"), "no to one");
    assert_eq!(world.codex.finish_turn(), "completed");
    assert_eq!(fs::read_to_string(world.lab.repo().join("made.txt")).unwrap(), "two\n");
    let outputs = world.lab.model.tool_outputs();
    assert!(outputs[0].contains("no to one") && !outputs[1].contains("no to one"), "{outputs:?}");
}

#[test]
fn a_command_within_a_script_of_the_model_is_asked_for() {
    let setup = Setup { model: "gpt-6-astra", ..Setup::default() };
    let script = format!(
        "for (const n of [1, 2]) {{ try {{ await tools.exec_command({{cmd: {COMMAND:?}}}) }} catch (e) {{ text(`CAUGHT ${{e}}`) }} }}"
    );
    let thread = json!({ "approvalPolicy": "untrusted" });
    let mut world = World::with(&setup, thread, [Turn::calls([Call::script(&script)]), Turn::says("done")]);
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    assert_eq!(command(&card), COMMAND);
    app.deny(&card, "not the first");
    let card = app.card();
    assert_eq!(world.runs(), 0);
    app.allow(&card);
    assert_eq!(world.codex.finish_turn(), "completed");
    assert_eq!(world.runs(), 1);
    let outputs = world.lab.model.tool_outputs().concat();
    assert!(outputs.contains("CAUGHT") && outputs.contains("not the first"), "{outputs}");
}
