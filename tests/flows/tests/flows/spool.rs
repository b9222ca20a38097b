//! The app is closed, hung or cannot write: relays keep what happens, and it comes in later, once.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use api::dto::ReportedView;
use fixtures::relay::{Asking, Installed, Outcome};
use fixtures::{Home, Hosted, payload};
use flows::{spool, spooled, until};
use rusqlite::Connection;
use serde_json::json;

use crate::headless::{self, Headless};
use crate::stored;

/// A home whose app ran once and is closed now.
fn closed() -> (Home, Installed) {
    let (home, relay) = (Home::new(), Installed::trusting(&[Path::new(headless::PROGRAM)]));
    drop(Headless::unattended(home.path()));
    assert!(spool(home.path()).is_dir());
    (home, relay)
}

fn stop(session: &str) -> Vec<u8> {
    payload::bytes(session, "Stop", json!({ "stop_hook_active": false }))
}

/// The relay runs and says nothing.
#[track_caller]
fn tell(relay: &Installed, home: &Home, payload: &[u8]) {
    assert_eq!(relay.ask(home.path(), payload).outcome(), Outcome::silent());
}

/// Files, bytes, dropped.
fn ledger(home: &Home) -> [u64; 3] {
    let bytes = fs::read(spool(home.path()).join("ledger")).expect("there is an account");
    let numbers = bytes.chunks_exact(8).map(|number| u64::from_le_bytes(number.try_into().expect("eight bytes")));
    numbers.collect::<Vec<_>>().try_into().expect("three numbers")
}

fn set_ledger(home: &Home, numbers: [u64; 3]) {
    fs::write(spool(home.path()).join("ledger"), numbers.map(u64::to_le_bytes).concat()).expect("it is ours");
}

/// Recordings of Codex, one of each event at least.
fn recordings() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/codex");
    let files = fs::read_dir(folder).expect("they are in the checkout").flatten();
    let recording = |file: fs::DirEntry| {
        let name = file.file_name().into_string().ok()?;
        let event = name.strip_suffix(".json")?.split('.').next()?.to_owned();
        Some((event, fs::read(file.path()).ok()?))
    };
    files.filter_map(recording).collect()
}

#[test]
fn events_of_each_kind_come_in_once_and_are_marked() {
    let (home, relay) = closed();
    let mut told: Vec<String> = Vec::new();
    let recordings = recordings();
    assert!(recordings.len() > 14, "{} recordings", recordings.len());
    for (event, payload) in recordings {
        tell(&relay, &home, &payload);
        told.push(event);
    }
    told.push("FromANewerCodex".to_owned());
    tell(&relay, &home, &payload::bytes("s", "FromANewerCodex", json!({})));
    assert_eq!(spooled(home.path()).len(), told.len());
    assert_eq!(ledger(&home)[0], told.len() as u64);
    for name in spooled(home.path()) {
        assert_eq!(fs::metadata(spool(home.path()).join(name)).unwrap().mode() & 0o777, 0o600);
    }

    let mut app = Hosted::start(home.path());
    let events = stored::events_in(home.path(), told.len());
    assert!(events.is_sorted_by_key(|event| event.at), "in their order: {events:?}");
    let mut names: Vec<_> = events.iter().map(|event| event.name.clone()).collect();
    names.sort();
    told.sort();
    assert_eq!(names, told);
    assert!(events.iter().all(|event| event.reported == "closed" && event.request.is_none()), "{events:?}");
    until("the spool to be empty", || spooled(home.path()).is_empty().then_some(()));
    until("the account to be settled", || (ledger(&home) == [0, 0, 0]).then_some(()));

    let live = until("the events to be shown", || Some(app.events()).filter(|events| events.len() == told.len()));
    assert!(live.iter().all(|event| event.reported == ReportedView::WhileClosed));
    assert!(app.past().is_empty(), "no request was asked");
    let _relay = Installed::ours().ask(home.path(), &payload::shell("true"));
    let asked = app.card();
    assert_eq!(app.wait(app.app.ask_to_quit()), 1, "{asked:?} is the only one");

    drop(app);
    let _again = Hosted::start(home.path());
    stored::events_in(home.path(), told.len() + 1);
}

#[test]
fn what_was_told_while_closed_is_no_prompt_of_a_later_request() {
    let (home, relay) = closed();
    tell(&relay, &home, &payload::bytes("one", "SessionStart", json!({ "source": "startup", "cwd": "/elsewhere" })));
    tell(&relay, &home, &payload::bytes("one", "UserPromptSubmit", json!({ "prompt": "planted words" })));
    let mut app = Hosted::start(home.path());
    stored::events_in(home.path(), 2);
    let _relay = Installed::ours().ask(home.path(), &payload::shell_in("one", "make"));
    let shown = app.card().shown;
    assert_eq!((shown.asked, shown.project), (None, None));
}

#[test]
fn a_reply_to_an_event_comes_after_its_commit() {
    let (home, relay) = (Home::new(), Installed::ours());
    let _app = Hosted::start(home.path());
    for n in 0..20 {
        tell(&relay, &home, &stop(&format!("session {n}")));
        let events = stored::events(home.path());
        assert_eq!(events.len(), n + 1, "the relay has ended");
        assert_eq!(events[n].reported, "live");
    }
    assert!(spooled(home.path()).is_empty());
}

#[test]
fn a_hung_app_is_left_and_gets_it_when_it_goes_on() {
    let (home, relay) = closed();
    let app = Headless::unattended(home.path());
    app.stop();
    let started = Instant::now();
    fixtures::in_parallel(5, |n| tell(&relay, &home, &stop(&n.to_string())));
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(10), "{took:?}");
    assert_eq!(spooled(home.path()).len(), 5);

    app.go_on();
    until("the spool to be empty", || spooled(home.path()).is_empty().then_some(()));
    let mut sessions: Vec<_> = stored::events(home.path()).into_iter().map(|event| event.session).collect();
    sessions.sort();
    assert_eq!(sessions, ["0", "1", "2", "3", "4"]);
}

#[test]
fn a_request_that_the_app_had_when_it_died_is_there_once() {
    let (home, relay) = closed();
    let app = Headless::attended(home.path());
    let mut asking = relay.ask(home.path(), &payload::shell("make"));
    let [event] = stored::events_in(home.path(), 1).try_into().unwrap();
    assert!(event.request.is_some());
    drop(app);
    assert_eq!(asking.outcome(), Outcome::silent());
    let [name] = spooled(home.path()).try_into().unwrap();
    assert!(name.contains(&event.id), "{name} is not {}", event.id);

    let _app = Hosted::start(home.path());
    until("the spool to be empty", || spooled(home.path()).is_empty().then_some(()));
    assert_eq!(stored::events(home.path()), [event]);
}

#[test]
fn while_the_history_is_locked_relays_keep_events() {
    let (home, relay) = (Home::new(), Installed::ours());
    let mut app = Hosted::start(home.path());
    let other = Connection::open(api::Paths::below(home.path()).history()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let started = Instant::now();
    fixtures::in_parallel(10, |n| tell(&relay, &home, &stop(&n.to_string())));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(spooled(home.path()).len(), 10);
    app.note("historyFailing");
    other.execute_batch("ROLLBACK").unwrap();
    until("the spool to be empty", || spooled(home.path()).is_empty().then_some(()));
    assert_eq!(stored::events(home.path()).len(), 10);
}

#[test]
fn what_is_kept_while_no_history_can_be_made_comes_in_when_it_can() {
    let (home, relay) = (Home::new(), Installed::ours());
    let in_the_way = api::Paths::below(home.path()).history();
    fs::create_dir_all(&in_the_way).unwrap();
    let mut app = Hosted::start(home.path());
    app.note("historyFailing");
    for n in 0..3 {
        tell(&relay, &home, &stop(&n.to_string()));
    }
    assert_eq!(spooled(home.path()).len(), 3);
    fs::remove_dir(in_the_way).unwrap();
    until("the spool to be empty", || spooled(home.path()).is_empty().then_some(()));
    stored::events_in(home.path(), 3);
}

#[test]
fn a_full_spool_keeps_the_oldest_and_the_person_is_told_of_the_rest() {
    let (home, relay) = closed();
    tell(&relay, &home, &stop("oldest"));
    set_ledger(&home, [protocol::spool::MOST_FILES - 1, 0, 0]);
    tell(&relay, &home, &stop("last"));
    tell(&relay, &home, &stop("too late"));
    tell(&relay, &home, &stop("too late"));
    tell(&relay, &home, &vec![b'x'; protocol::LIMIT]);
    assert_eq!(spooled(home.path()).len(), 2);
    assert_eq!(ledger(&home)[2], 3);

    let mut app = Hosted::start(home.path());
    assert_eq!(app.note("spoolDropped").detail, "3");
    let sessions: Vec<_> = stored::events(home.path()).into_iter().map(|event| event.session).collect();
    assert_eq!(sessions, ["oldest", "last"]);
    until("the gap to be noted", || (stored::lost(home.path()) == 3).then_some(()));
    until("the account to be settled", || (ledger(&home) == [0, 0, 0]).then_some(()));
    app.quit();
    tell(&relay, &home, &stop("next"));
    assert_eq!(spooled(home.path()).len(), 1, "there is room again");
}

#[test]
fn a_disk_that_takes_nothing_leaves_nothing_behind() {
    let (home, relay) = closed();
    // Ignored, the signal of the limit does not end the relay, and the write fails as on a full disk.
    let script = r#"trap '' XFSZ; ulimit -f 1; exec "$0" --home "$1" codex"#;
    let long = payload::bytes("s", "Stop", json!({ "last_assistant_message": "x".repeat(100_000) }));
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).arg(relay.path()).arg(home.path());
    assert_eq!(Asking::start(&mut command, &long).outcome(), Outcome::silent());
    let left: Vec<_> = fs::read_dir(spool(home.path())).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["ledger"]);
    assert_eq!(ledger(&home), [0, 0, 1]);
}

#[test]
fn whatever_the_umask_is_the_app_can_read_it() {
    let (home, relay) = closed();
    let mut command = Command::new("/bin/sh");
    let script = r#"umask 777; exec "$0" --home "$1" codex"#;
    command.args(["-c", script]).arg(relay.path()).arg(home.path());
    assert_eq!(Asking::start(&mut command, &stop("s")).outcome(), Outcome::silent());
    let [name] = spooled(home.path()).try_into().unwrap();
    assert_eq!(fs::metadata(spool(home.path()).join(name)).unwrap().mode() & 0o777, 0o600);
}

/// Runs a relay in a home that was prepared so, and gives what is in the home afterwards.
fn kept_in(prepare: impl FnOnce(&Path)) -> Vec<String> {
    let (home, relay) = (Home::new(), Installed::ours());
    prepare(home.path());
    tell(&relay, &home, &stop("s"));
    let mut found = Vec::new();
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the home is ours").flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else {
                found.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    found
}

#[test]
fn without_a_folder_of_ours_nothing_is_kept() {
    let make = |path: &Path, mode: u32| {
        DirBuilder::new().recursive(true).mode(mode).create(path).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    assert_eq!(kept_in(|home| make(&spool(home), 0o700)).len(), 2, "with one it is");
    assert!(kept_in(|_| {}).is_empty());
    assert!(kept_in(|home| make(&home.join("state"), 0o700)).is_empty());
    assert!(kept_in(|home| make(&spool(home), 0o770)).is_empty(), "others may write");
    let link = |home: &Path| {
        make(&home.join("elsewhere"), 0o700);
        make(&home.join("state"), 0o700);
        symlink(home.join("elsewhere"), spool(home)).unwrap();
    };
    assert_eq!(kept_in(link), ["spool"], "the link is followed");
}

#[test]
fn a_relay_that_carries_nothing_keeps_nothing() {
    let (home, relay) = closed();
    let mut skipping = relay.command(home.path());
    let mut lines = vec![Asking::start(skipping.env("HOOKWRIGHT_SKIP", "1"), &stop("s"))];
    let at = home.path().to_str().unwrap();
    for words in [&["--home", at][..], &["--home", at, "codex", "more"], &["--socket", "/nowhere", "codex"]] {
        lines.push(Asking::start(Command::new(relay.path()).env_clear().args(words), &stop("s")));
    }
    for mut line in lines {
        assert_eq!(line.outcome(), Outcome::silent());
    }
    assert!(spooled(home.path()).is_empty());
}
