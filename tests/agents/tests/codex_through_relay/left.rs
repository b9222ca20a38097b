//! No decision, for whatever reason: Codex goes on by itself.

use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

use api::dto::ByView;
use fixtures::Hosted;
use fixtures::codex::Step;
use fixtures::model_server::{Call, Turn};

use crate::world::{COMMAND, World, home};

#[test]
fn leaving_it_makes_codex_ask_its_client() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    app.leave(&card);
    world.codex_asks_its_client();
    assert_eq!(app.ended(&card.id).by, ByView::Person);
    assert_eq!(world.permission_run(), ("completed".to_owned(), vec![]));
}

#[test]
fn when_the_waiting_time_is_over_codex_asks_its_client() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = Hosted::waiting(&home(&world.lab), Duration::from_millis(300));
    world.codex.start_turn("please do it");
    let card = app.card();
    world.codex_asks_its_client();
    assert_eq!(app.ended(&card.id).by, ByView::Expired);
}

#[test]
fn a_paused_hookwright_leaves_it_to_codex() {
    let mut world = World::calling(Call::shell(COMMAND));
    let app = world.hookwright();
    app.wait(app.app.pause(None));
    world.codex.start_turn("please do it");
    world.codex_asks_its_client();
    let [past] = app.past().try_into().unwrap();
    assert_eq!(past.outcome.unwrap().by, ByView::Paused);
}

#[test]
fn quitting_leaves_it_to_codex() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    app.card();
    app.quit();
    world.codex_asks_its_client();
}

#[test]
fn a_hookwright_that_dies_leaves_it_to_codex() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    drop(app);
    world.codex_asks_its_client();
    assert_eq!(world.hookwright().past_of(&card.id).outcome.unwrap().by, ByView::Lost);
}

#[test]
fn without_hookwright_codex_is_as_it_always_was() {
    let mut world = World::calling(Call::shell(COMMAND));
    world.codex.start_turn("please do it");
    world.codex_asks_its_client();
    assert_eq!(world.permission_run(), ("completed".to_owned(), vec![]));
}

#[test]
fn without_even_the_relay_codex_is_as_it_always_was() {
    let mut world = World::calling(Call::shell(COMMAND));
    fs::remove_file(world.relay.path()).unwrap();
    world.codex.start_turn("please do it");
    world.codex_asks_its_client();
    assert_eq!(world.permission_run(), ("completed".to_owned(), vec![]));
}

#[test]
fn a_hookwright_that_hangs_holds_codex_up_for_moments_only() {
    let mut world = World::calling(Call::shell(COMMAND));
    let run = home(&world.lab).join("run");
    fs::create_dir_all(&run).unwrap();
    let _never_accepts = UnixListener::bind(run.join("bridge.sock")).unwrap();
    let started = Instant::now();
    world.codex.start_turn("please do it");
    world.codex_asks_its_client();
    // A second for each of the session's start, the prompt and the request.
    assert!(started.elapsed() > Duration::from_secs(3) && started.elapsed() < Duration::from_secs(30));
}

#[test]
fn after_accept_for_session_leaving_it_runs_the_command_and_no_text_says_otherwise() {
    let mut world = World::calling(Call::shell(COMMAND));
    world.lab.model.script([Turn::calls([Call::shell(COMMAND)]), Turn::says("done")]);
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    app.leave(&card);
    let approval = world.codex.approval();
    world.codex.answer(&approval, "acceptForSession");
    assert_eq!(world.codex.finish_turn(), "completed");

    world.codex.start_turn("again");
    let card = app.card();
    app.leave(&card);
    assert!(matches!(world.codex.step(), Step::Ended(status) if status == "completed"), "Codex asks nobody this time");
    assert_eq!(world.runs(), 2);

    let messages = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap().join("../../ui/src/messages/en.json");
    let messages: serde_json::Value = serde_json::from_str(&fs::read_to_string(messages).unwrap()).unwrap();
    for (key, text) in messages.as_object().unwrap() {
        let text = text.as_str().unwrap().to_lowercase();
        for promise in ["{agent} will ask", "it will ask", "codex will ask", "asks you", "be asked", "ask you again"] {
            assert!(!text.contains(promise), "{key} promises that the agent asks: {text}");
        }
    }
    for reason in ["person", "expired", "paused", "quit"] {
        let text = api::text::text(&format!("answer.none.{reason}"), &[("agent", "Codex")]);
        assert!(text.contains("may ask"), "{reason}: {text}");
    }
}
