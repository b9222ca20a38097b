//! Who asked is gone: the card goes, and the history says why.

use api::dto::{ByView, DecisionView, Taken};
use fixtures::model_server::Call;
use rustix::process::{Signal, kill_process};

use crate::world::{COMMAND, World};

#[test]
fn interrupting_the_turn_withdraws_the_card() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    world.codex.interrupt();
    assert_eq!(world.codex.finish_turn(), "interrupted");

    let ended = app.ended(&card.id);
    assert_eq!((ended.decision, ended.by), (DecisionView::None, ByView::Withdrawn));
    let past = app.past_where(&card.id, |past| past.taken != Taken::Waiting);
    assert_eq!((past.outcome.unwrap().by, past.taken), (ByView::Withdrawn, Taken::No));
    assert_eq!(world.runs(), 0);
    assert_eq!(world.relay.running(), [], "no relay stays behind");
}

#[test]
fn a_codex_that_is_killed_withdraws_its_card() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    world.codex.kill();
    assert_eq!(app.ended(&card.id).by, ByView::Withdrawn);
    assert_eq!(app.taken(&card.id), Taken::No);
    assert_eq!(world.runs(), 0);
}

#[test]
fn a_relay_that_is_killed_makes_codex_ask_its_client() {
    let mut world = World::calling(Call::shell(COMMAND));
    let mut app = world.hookwright();
    world.codex.start_turn("please do it");
    let card = app.card();
    let [relay] = world.relay.running().try_into().unwrap();
    kill_process(relay, Signal::KILL).unwrap();
    world.codex_asks_its_client();
    assert_eq!(world.permission_run().0, "failed");
    assert_eq!(app.ended(&card.id).by, ByView::Withdrawn);
}
