//! A disk that takes no more bytes while a person decides. Alone in its process: the limit on file sizes holds for all of it.

use std::time::Duration;

use api::dto::{Choice, DecisionView, Surface, Taken};
use fixtures::relay::Outcome;
use fixtures::{Home, payload};
use flows::{ALLOW, Flow};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

const SIGXFSZ: i32 = 25;

#[test]
fn a_full_disk_holds_no_reply_back_and_the_history_is_written_later() {
    let mut flow = Flow::start();
    // Caught, the signal does not end the process and the write fails.
    let _caught = flow.app.wait(async { signal(SignalKind::from_raw(SIGXFSZ)) }).unwrap();
    let mut relay = flow.ask(&payload::shell("true"));
    let card = flow.app.card();
    flow.app.past_where(&card.id, |_| true);

    let (session, project) = ("01a1b2c3-0000-7000-8000-000000000007", Home::new());
    let begins = json!({ "cwd": project.path(), "source": "startup" });
    assert_eq!(flow.ask(&payload::bytes(session, "SessionStart", begins)).outcome(), Outcome::silent());
    let make = json!({ "cwd": project.path(), "tool_name": "Bash", "tool_input": { "command": "make" } });
    let mut ruled = flow.ask(&payload::bytes(session, "PermissionRequest", make));
    let make = flow.app.card();
    assert!(make.shown.session_rule.is_some());

    let free = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: Some(0), ..free }).unwrap();
    flow.app.allow(&card);
    assert_eq!(relay.outcome(), Outcome::says(ALLOW));
    flow.app.note("decisionUnrecorded");
    flow.app.note("historyFailing");
    assert_eq!(flow.app.taken(&card.id), Taken::Yes);
    assert_eq!(flow.app.past_of(&card.id).outcome, None, "the history does not know yet");

    // Where no rule can be kept nothing is allowed in its name, and the request waits on.
    let arming = flow.app.wait(flow.app.app.painted(Surface::Popup, &make.id, &make.digest)).unwrap();
    std::thread::sleep(Duration::from_millis(arming.left_ms.into()));
    let decided = flow.app.app.decide(Surface::Popup, &make.id, &make.digest, Choice::AllowSession);
    assert_eq!(flow.app.wait(decided).unwrap_err().code(), "files");
    assert!(flow.app.wait(flow.app.app.subscribe()).unwrap().0.waiting.iter().any(|card| card.id == make.id));
    flow.app.leave(&make);
    assert_eq!(ruled.outcome(), Outcome::silent());

    setrlimit(Resource::Fsize, free).unwrap();
    assert!(flow.app.wait(flow.app.app.rules()).unwrap().rules.is_empty());
    let past = flow.app.past_where(&card.id, |past| past.taken == Taken::Yes);
    assert_eq!(past.outcome.unwrap().decision, DecisionView::Allow);
}
