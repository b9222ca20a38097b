//! What earlier events of a session tell about a later request.

use fixtures::{payload, plain};
use flows::Flow;
use serde_json::json;

#[test]
fn session_and_prompt_are_remembered_for_the_request() {
    let mut flow = Flow::start();
    let events = [
        payload::bytes("one", "SessionStart", json!({ "source": "startup", "cwd": "/elsewhere/project" })),
        payload::bytes("one", "UserPromptSubmit", json!({ "prompt": "please build it" })),
        payload::bytes("two", "UserPromptSubmit", json!({ "prompt": "another person's words" })),
    ];
    for event in events {
        assert_eq!(flow.ask(&event).outcome(), fixtures::relay::Outcome::silent());
    }
    let asks = [("one", Some("/elsewhere/project"), "please build it"), ("two", None, "another person's words")];
    for (session, project, asked) in asks {
        let _relay = flow.ask(&payload::shell_in(session, "make"));
        let shown = flow.app.card().shown;
        assert_eq!(shown.project.as_deref().map(plain).as_deref(), project);
        assert_eq!(shown.asked.as_deref().map(plain).as_deref(), Some(asked));
        assert_eq!(plain(&shown.runs_in), "/repo");
        assert_eq!(shown.runs_outside, project.is_some(), "outside of a project that is known");
    }
}

#[test]
fn the_prompt_of_an_earlier_turn_is_not_shown() {
    let mut flow = Flow::start();
    let earlier = json!({ "prompt": "something else", "turn_id": "an earlier turn" });
    flow.ask(&payload::bytes("one", "UserPromptSubmit", earlier)).outcome();
    let _relay = flow.ask(&payload::shell_in("one", "make"));
    assert_eq!(flow.app.card().shown.asked, None);
}
