//! The history cannot be written. The decision reaches the agent all the same, and the person is told.

use std::fs;

use api::dto::{DecisionView, Taken};
use fixtures::relay::{Installed, Outcome};
use fixtures::{Home, Hosted, payload};
use flows::{ALLOW, Flow, deny};
use rusqlite::Connection;

#[test]
fn a_locked_database_holds_no_reply_back_and_is_written_later() {
    let mut flow = Flow::start();
    let mut relay = flow.ask(&payload::shell("true"));
    let card = flow.app.card();
    flow.app.past_where(&card.id, |_| true);
    let other = Connection::open(api::Paths::below(flow.home.path()).history()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();

    flow.app.allow(&card);
    assert_eq!(relay.outcome(), Outcome::says(ALLOW));
    let note = flow.app.note("decisionUnrecorded");
    assert!(!note.detail.is_empty());
    assert_eq!(flow.app.taken(&card.id), Taken::Yes);
    assert_eq!(flow.app.past_of(&card.id).outcome, None, "the history does not know yet");

    other.execute_batch("ROLLBACK").unwrap();
    let past = flow.app.past_where(&card.id, |past| past.taken == Taken::Yes);
    assert_eq!(past.outcome.unwrap().decision, DecisionView::Allow);
}

/// A state folder where the database cannot be made, and a file that is none.
#[test]
fn a_history_that_cannot_be_opened_holds_no_reply_back() {
    let spoil: [fn(&std::path::Path); 2] =
        [|path| fs::create_dir(path).unwrap(), |path| fs::write(path, "not a database at all".repeat(100)).unwrap()];
    for spoil in spoil {
        let (home, relay) = (Home::new(), Installed::ours());
        let path = api::Paths::below(home.path()).history();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        spoil(&path);
        let mut app = Hosted::start(home.path());
        app.note("historyFailing");
        for _ in 0..2 {
            let mut asking = relay.ask(home.path(), &payload::shell("true"));
            let card = app.card();
            app.deny(&card, "no");
            assert_eq!(asking.outcome(), Outcome::says(&deny("no")));
            assert_eq!(app.taken(&card.id), Taken::Yes);
        }
        app.note("decisionUnrecorded");
        let mut waiting = relay.ask(home.path(), &payload::shell("true"));
        app.card();
        app.quit();
        assert_eq!(waiting.outcome(), Outcome::silent(), "quitting decides nothing");
    }
}
