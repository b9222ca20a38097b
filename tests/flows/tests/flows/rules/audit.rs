//! What is kept of a request, and what came of it.

use api::dto::{PastDetail, PastFilter};
use fixtures::plain;
use fixtures::relay::Outcome;
use flows::until;
use serde_json::json;

use super::{SESSION, World};

impl World {
    /// The agent reports that the command gave this back.
    fn reports(&self, command: &str, result: &str) {
        let fields = json!({
            "cwd": self.folder(), "tool_name": "Bash", "tool_use_id": "call",
            "tool_input": { "command": command }, "tool_response": result,
        });
        let event = fixtures::payload::bytes(SESSION, "PostToolUse", fields);
        assert_eq!(self.flow.ask(&event).outcome(), Outcome::silent());
    }

    fn detail(&self, id: &str) -> PastDetail {
        self.flow.app.wait(self.flow.app.app.past_detail(id)).unwrap().expect("it is in the history")
    }

    fn result(&self, id: &str) -> Option<String> {
        self.detail(id).result.map(|result| plain(&result.text))
    }
}

#[test]
fn what_came_of_a_request_is_found_in_the_order_of_equal_ones() {
    let mut world = World::new();
    let open = |world: &mut World| {
        let relay = world.ask("make all");
        (relay, world.flow.app.card())
    };
    let (mut denied, no) = open(&mut world);
    let (mut first, one) = open(&mut world);
    let (mut second, two) = open(&mut world);
    world.flow.app.deny(&no, "no");
    world.flow.app.leave(&two);
    world.flow.app.allow(&one);
    for relay in [&mut denied, &mut first, &mut second] {
        relay.outcome();
    }
    for card in [&no, &one, &two] {
        world.flow.app.past_where(&card.id, |past| past.outcome.is_some());
    }
    assert_eq!(world.detail(&one.id).digest, one.digest, "of what was shown");
    assert_eq!(world.result(&one.id), None, "nothing was seen of it yet");
    world.reports("make other", "other");
    world.reports("make all", "first\nlines");
    world.reports("make all", &"second\n".repeat(100));
    assert_eq!(world.result(&one.id).as_deref(), Some("first\nlines"));
    let result = world.detail(&two.id).result.unwrap();
    assert!(result.cut && plain(&result.text).lines().count() == 12, "{result:?}");
    assert_eq!(world.result(&no.id), None);
    assert!(world.flow.app.wait(world.flow.app.app.past_detail("gone")).unwrap().is_none());
}

#[test]
fn decisions_of_a_rule_are_found_by_it_also_when_it_is_gone() {
    let mut world = World::new();
    world.allow("make **");
    let id = world.rules().rules[0].id.clone();
    world.ask("make all").outcome();
    world.is_asked("ls");
    let app = &world.flow.app;
    app.wait(app.app.wish_rule(&id, api::dto::RuleWish::Delete)).unwrap();
    let of_it = || {
        let filter = PastFilter { rule: Some(id.clone()), ..PastFilter::default() };
        app.wait(app.app.past(filter, None)).unwrap().rows
    };
    let [past] = until("the decision", || of_it().try_into().ok());
    assert_eq!(plain(&past.summary), "make all");
    assert_eq!(plain(&past.outcome.unwrap().rule.unwrap().what), "make **");
}
