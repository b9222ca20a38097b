//! A disk that takes no more bytes while a person decides. Alone in its process: the limit on file sizes holds for all of it.

use api::dto::{DecisionView, Taken};
use fixtures::payload;
use fixtures::relay::Outcome;
use flows::{ALLOW, Flow};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
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

    let free = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: Some(0), ..free }).unwrap();
    flow.app.allow(&card);
    assert_eq!(relay.outcome(), Outcome::says(ALLOW));
    flow.app.note("decisionUnrecorded");
    flow.app.note("historyFailing");
    assert_eq!(flow.app.taken(&card.id), Taken::Yes);
    assert_eq!(flow.app.past_of(&card.id).outcome, None, "the history does not know yet");

    setrlimit(Resource::Fsize, free).unwrap();
    let past = flow.app.past_where(&card.id, |past| past.taken == Taken::Yes);
    assert_eq!(past.outcome.unwrap().decision, DecisionView::Allow);
}
