//! What waits is listed, and only listed.

use std::thread;

use fixtures::{Hosted, payload};
use serde_json::json;

use crate::support::{World, ask};

#[test]
fn what_waits_is_listed_until_it_is_answered() {
    let world = World::new();
    let mut app = Hosted::start(&world.path(""));
    thread::scope(|scope| {
        let agent = scope.spawn(|| ask(&world, payload::shell("make install\u{9b}2J")));
        let card = app.card();

        let waiting = world.run(&["requests", "--json"]).ends(0).json();
        assert_eq!(waiting.as_array().unwrap().len(), 1, "{waiting}");
        assert_eq!((&waiting[0]["id"], &waiting[0]["outcome"]), (&json!(card.id), &json!(null)));
        let said = world.run(&["requests"]).ends(0);
        assert!(said.stdout.contains(&card.id) && said.stdout.contains("make install["), "{}", said.stdout);
        assert!(!said.stdout.contains('\u{9b}'));

        app.leave(&card);
        assert_eq!(agent.join().unwrap(), b"");
    });
    assert_eq!(world.run(&["requests"]).ends(0).stdout, "No request waits.\n");
    app.quit();
    world.run(&["requests"]).ends(3);
}
