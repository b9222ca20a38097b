//! A client of servers that come and go, have many threads, and tell much. None of them hears anything that it could take for an
//! answer.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use api::dto::{AttachState, Setting};
use fixtures::codex::FakeServer;
use fixtures::{Home, Hosted, plain, until};
use serde_json::{Value, json};

use crate::headless::Headless;
use crate::stored;

const THREADS: usize = 20;

fn threads() -> impl Iterator<Item = String> {
    (0..THREADS).map(|number| format!("thread-{number}"))
}

/// The `CODEX_HOME` of a home.
fn codex(home: &Home) -> PathBuf {
    home.path().join("codex")
}

/// A Hookwright that is a client of this home's servers. No agent is installed: it sees, and answers nothing.
fn hookwright(home: &Home) -> Hosted {
    Hosted::attached(home.path(), &codex(home), &home.path().join("no-codex"))
}

/// Waits until so many sessions of this home's server are followed.
#[track_caller]
fn follows(app: &Hosted, home: &Path, sessions: usize) {
    stands(app, home, AttachState::SeesOnly, sessions);
}

/// Waits until a client follows every thread of this server.
#[track_caller]
fn has_resumed(server: &FakeServer) {
    until("every thread to be followed", || (server.calls("thread/resume") == THREADS).then_some(()));
}

#[track_caller]
fn stands(app: &Hosted, home: &Path, state: AttachState, sessions: usize) {
    let home = home.display().to_string();
    let expected = |seen: &api::dto::AttachedView| seen.state == state && seen.sessions as usize == sessions;
    until(&format!("{home} to be {state:?} with {sessions} sessions"), || {
        app.app.attached().iter().any(|seen| plain(&seen.home) == home && expected(seen)).then_some(())
    });
}

fn asks(number: usize) -> Value {
    json!({ "id": number, "method": "item/commandExecution/requestApproval", "params": {
        "threadId": format!("thread-{}", number % THREADS), "turnId": "turn", "itemId": format!("item-{number}"),
        "command": "make", "cwd": "/repo", "availableDecisions": ["accept", "cancel"],
    } })
}

#[test]
fn servers_are_found_whatever_becomes_of_them() {
    let home = Home::new();
    let app = hookwright(&home);
    let at = codex(&home);
    stands(&app, &at, AttachState::NoServer, 0);

    let killed = FakeServer::listen(&at, threads());
    follows(&app, &at, THREADS);
    assert_eq!(killed.uncalled(), Vec::<Value>::new());
    drop(killed);
    stands(&app, &at, AttachState::NoServer, 0);

    let replaced = FakeServer::listen(&at, threads());
    follows(&app, &at, THREADS);
    let second = FakeServer::listen(&at, threads().take(3));
    follows(&app, &at, 3);

    let other = home.path().join("other");
    let elsewhere = FakeServer::listen(&other, threads().take(2));
    let homes = Setting::CodexHomes { value: vec![other.display().to_string()] };
    app.wait(app.app.change(homes)).expect("the setting is written");
    follows(&app, &other, 2);
    follows(&app, &at, 3);

    second.stop();
    stands(&app, &at, AttachState::NoServer, 0);
    follows(&app, &other, 2);
    app.wait(app.app.change(Setting::Attach { value: false })).expect("the setting is written");
    stands(&app, &at, AttachState::Off, 0);
    for server in [replaced, elsewhere] {
        assert_eq!(server.uncalled(), Vec::<Value>::new());
    }
    app.quit();
}

/// What was asked already is asked again after a reconnect.
#[test]
fn each_question_of_many_threads_is_one_card_also_after_a_reconnect() {
    let home = Home::new();
    let mut app = hookwright(&home);
    let server = FakeServer::listen(&codex(&home), threads());
    has_resumed(&server);
    (0..THREADS).for_each(|number| server.say(&asks(number)));
    for _ in 0..THREADS {
        let card = app.card();
        assert_eq!(card.shown.offers, Some(Vec::new()), "nobody has said what may be answered");
    }
    assert_eq!(server.uncalled(), Vec::<Value>::new());
    drop(server);

    let server = FakeServer::listen(&codex(&home), threads());
    has_resumed(&server);
    (0..THREADS).for_each(|number| server.say(&asks(number)));
    server.say(&asks(THREADS));
    app.card();
    app.quit();
    assert_eq!(stored::count(home.path(), "requests"), 21, "one row for each");
    assert_eq!(server.uncalled(), Vec::<Value>::new());
}

/// Ten thousand notifications at once, and what a newer Codex may say between them.
#[test]
fn a_storm_is_taken_in_and_nothing_is_said_to_it() {
    const RUNS: u32 = 5_000;
    let home = Home::new();
    let server = FakeServer::listen(&codex(&home), threads());
    let app = Headless::attended(home.path());
    has_resumed(&server);
    let before = app.memory();
    let began = Instant::now();
    for number in 0..RUNS {
        server.say(&ran("hook/started", "running", number));
        server.say(&ran("hook/completed", "completed", number));
        if number % 500 == 0 {
            server.say(&json!({ "id": number, "method": "item/newer/ask", "params": { "how": ["?"] } }));
            server.say(&json!({ "method": "newer/told", "params": null }));
        }
    }
    let said = began.elapsed();
    until("every run to be in the history", || (stored::count(home.path(), "runs") == i64::from(RUNS)).then_some(()));
    println!("{} notifications were said in {said:?} and kept after {:?}", 2 * RUNS, began.elapsed());
    let after = app.memory();
    println!("memory: {before} KiB before, {after} KiB after");
    assert!(after < before + 128 * 1024, "{before} KiB before, {after} KiB after");
    assert_eq!(server.calls("initialize"), 1, "the connection was not lost");
    if std::env::var_os("HOOKWRIGHT_SOAK").is_some() {
        rests(&app);
    }
    assert_eq!(server.uncalled(), Vec::<Value>::new());
}

fn ran(method: &str, status: &str, number: u32) -> Value {
    let over = method == "hook/completed";
    json!({ "method": method, "params": {
        "threadId": format!("thread-{}", number % 20), "turnId": format!("turn-{number}"), "run": {
            "id": format!("pre-tool-use:0:/home/user/.codex/hooks.json:call_{number}"), "eventName": "preToolUse",
            "handlerType": "command", "executionMode": "sync", "scope": "turn", "source": "user", "displayOrder": 0,
            "sourcePath": "/home/user/.codex/hooks.json", "status": status, "statusMessage": null,
            "startedAt": 1_795_227_085, "completedAt": over.then_some(1_795_227_086), "durationMs": over.then_some(207),
            "entries": if over { json!([{ "kind": "feedback", "text": "not on my watch" }]) } else { json!([]) },
        },
    } })
}

/// Attached, with nothing to hear: it sleeps.
fn rests(app: &Headless) {
    const LONG: Duration = Duration::from_secs(10);
    let before = app.worked();
    // The time is what is waited for.
    sleep(LONG);
    let ticks = app.worked() - before;
    println!("at rest: {ticks} clock ticks of processor time in {LONG:?}");
    assert!(ticks <= 10, "{ticks} clock ticks");
}

/// What is no message, or is longer than any is: nothing is said to it, and a connection that is lost by it is told of.
#[test]
fn a_connection_that_is_lost_by_what_was_said_is_told_of() {
    let home = Home::new();
    let mut app = hookwright(&home);
    let at = codex(&home);
    let server = FakeServer::listen(&at, threads().take(1));
    follows(&app, &at, 1);
    for odd in [json!(null), json!([]), json!("text"), json!({ "id": 1 }), json!({ "method": 7, "params": [] })] {
        server.say(&odd);
    }
    // Longer than any message that is read.
    server.say(&json!({ "method": "novelty", "params": { "text": "x".repeat(40 << 20) } }));
    assert!(app.note("serverLost").detail.contains(&at.display().to_string()));
    follows(&app, &at, 1);
    assert_eq!(server.uncalled(), Vec::<Value>::new());
    app.quit();
}
