//! Recorded hooks: whatever they do comes into the history once, whether the app is there or not, and it does nothing else.

use std::fs;
use std::io::{Read, Write};
use std::iter;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use api::Paths;
use api::dto::{RunFilter, RunFromView, RunStatusView};
use fixtures::relay::{Outcome, recorded};
use fixtures::{Home, Hosted, in_parallel, payload, plain};
use flows::{Chance, Flow, until};
use protocol::journal::{How, Journal, Runs, Start, Stream};
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

use crate::headless::Headless;
use crate::stored;

fn folder(home: &Home) -> PathBuf {
    home.path().join("state/runs")
}

/// Starts the hook as Codex does.
fn start(home: &Home, text: &str, payload: &[u8]) -> Child {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(recorded(home.path(), text)).process_group(0);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("there is a shell");
    // What a hook does not read is lost with its pipe.
    let _ = child.stdin.take().expect("it is piped").write_all(payload);
    child
}

fn run(home: &Home, text: &str, payload: &[u8]) -> Option<i32> {
    start(home, text, payload).wait_with_output().expect("it is our child").status.code()
}

fn stop(session: &str) -> Vec<u8> {
    payload::bytes(session, "Stop", json!({ "stop_hook_active": false }))
}

/// A row of the runs.
#[derive(Debug, PartialEq)]
struct Row {
    id: String,
    came: String,
    reported: String,
    session: Option<String>,
    event: String,
    hook: Option<String>,
    command: String,
    status: String,
    exit_code: Option<i64>,
    entries: Value,
}

/// In the order in which they began.
fn rows(home: &Home) -> Vec<Row> {
    let read = |connection: Connection| {
        let sql = "SELECT id, came, reported, session, event, hook, command, status, exit_code, entries FROM runs
            ORDER BY number";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Row {
                id: row.get(0)?,
                came: row.get(1)?,
                reported: row.get(2)?,
                session: row.get(3)?,
                event: row.get(4)?,
                hook: row.get(5)?,
                command: row.get(6)?,
                status: row.get(7)?,
                exit_code: row.get(8)?,
                entries: serde_json::from_str(&row.get::<_, String>(9)?).unwrap_or_default(),
            })
        };
        connection.prepare(sql)?.query_map([], read)?.collect::<Result<_, _>>()
    };
    Connection::open(Paths::below(home.path()).history()).and_then(read).unwrap_or_default()
}

#[track_caller]
fn rows_in(home: &Home, count: usize) -> Vec<Row> {
    until(&format!("{count} runs"), || Some(rows(home)).filter(|rows| rows.len() >= count))
}

fn files(home: &Home) -> usize {
    fs::read_dir(folder(home)).into_iter().flatten().flatten().filter(|file| file.file_name() != "ledger").count()
}

/// Codex's own file has these hooks, each for every `Stop`.
fn configure(home: &Home, commands: &[&str]) {
    let hooks: Vec<_> = commands
        .iter()
        .map(|text| json!({ "type": "command", "command": recorded(home.path(), text), "timeout": 60 }))
        .collect();
    let codex = home.path().join("codex");
    fs::create_dir_all(&codex).unwrap();
    fs::write(codex.join("hooks.json"), json!({ "hooks": { "Stop": [{ "hooks": hooks }] } }).to_string()).unwrap();
}

const BLOCKS: &str = "cat >/dev/null; echo 'go on' >&2; exit 2";
const QUOTED: &str = r#"echo "it's"; exit 3"#;

#[test]
fn runs_are_read_as_the_agent_reads_them() {
    let home = Home::new();
    configure(&home, &["true", BLOCKS, QUOTED]);
    let app = Hosted::start(home.path());
    let codes = ["true", BLOCKS, QUOTED].map(|text| run(&home, text, &stop("s")));
    assert_eq!(codes[..2], [Some(0), Some(2)]);
    run(&home, "echo nobody configured this", &stop("s"));
    let rows = rows_in(&home, 4);
    let status: Vec<_> = rows.iter().map(|row| row.status.as_str()).collect();
    assert_eq!(status, ["completed", "blocked", "failed", "failed"], "{rows:#?}");
    assert!(rows.iter().all(|row| (row.came.as_str(), row.event.as_str()) == ("recorded", "Stop")), "{rows:#?}");
    assert!(rows.iter().all(|row| row.session.as_deref() == Some("s") && row.reported == "live"));
    assert_eq!(rows[1].entries, json!([["feedback", "go on"]]));
    let known: Vec<_> = rows.iter().map(|row| row.hook.is_some()).collect();
    assert_eq!(known, [true, true, true, false], "what stands in no file is marked");
    until("the files to be gone", || (files(&home) == 0).then_some(()));

    let (snapshot, _) = app.wait(app.app.live()).unwrap();
    let shown: Vec<_> = snapshot.recorded.iter().map(|run| (run.id.clone(), run.configured)).collect();
    assert_eq!(shown, rows.iter().map(|row| (row.id.clone(), row.hook.is_some())).collect::<Vec<_>>());

    let blocked = RunFilter { status: vec![RunStatusView::Blocked], text: "go".to_owned(), ..RunFilter::default() };
    let found = app.wait(app.app.runs(blocked, None)).unwrap().rows;
    assert_eq!(found.iter().map(|run| &run.id).collect::<Vec<_>>(), [&rows[1].id]);
    let detail = app.wait(app.app.run(&rows[1].id)).unwrap().expect("it is in the history");
    assert_eq!((detail.run.from, detail.run.exit_code), (RunFromView::Recorded, Some(2)));
    assert_eq!((plain(&detail.command).as_str(), plain(&detail.stderr.text).as_str()), (BLOCKS, "go on\n"));
    let fixture: Value = serde_json::from_str(&detail.fixture.expect("all of it is kept")).unwrap();
    let given: Value = serde_json::from_slice(&stop("s")).unwrap();
    assert_eq!((&fixture["payload"], &fixture["expected"]["status"]), (&given, &json!("blocked")));
}

#[test]
fn a_run_is_shown_while_it_runs_and_when_it_was_killed() {
    let home = Home::new();
    configure(&home, &["echo begun; exec sleep 1000"]);
    let app = Hosted::start(home.path());
    let (_, mut updates) = app.wait(app.app.live()).unwrap();
    let mut child = start(&home, "echo begun; exec sleep 1000", &stop("s"));
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
    let shown = |status: &str| {
        until(status, || {
            let (snapshot, _) = app.wait(app.app.live()).unwrap();
            let run = snapshot.recorded.into_iter().next()?;
            (format!("{:?}", run.run.status).to_lowercase() == status).then_some(run)
        })
    };
    let running = shown("running");
    assert!(running.configured);
    kill_process_group(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    let ended = shown("failed");
    assert_eq!(ended.id, running.id);
    let [row] = rows_in(&home, 1).try_into().unwrap();
    assert_eq!((row.id, row.exit_code), (running.id, None));
    assert_eq!(row.entries, json!([["error", "hook exited without a status code"]]));
    let numbers: Vec<_> = iter::from_fn(|| updates.try_recv().ok()).map(|update| update.seq).collect();
    assert_eq!(numbers, ["1", "2"], "who listens takes the next event for a known one otherwise");
}

#[test]
fn what_ran_while_the_app_was_closed_comes_in_later() {
    let home = Home::new();
    configure(&home, &["true"]);
    assert_eq!(run(&home, "true", &stop("never")), Some(0), "without a folder nothing is recorded");
    Hosted::start(home.path()).quit();
    for session in ["one", "two"] {
        assert_eq!(run(&home, "true", &stop(session)), Some(0));
    }
    assert_eq!(files(&home), 2);
    let _app = Hosted::start(home.path());
    let rows = rows_in(&home, 2);
    let seen: Vec<_> = rows.iter().map(|row| (row.session.as_deref(), row.reported.as_str())).collect();
    assert_eq!(seen, [(Some("one"), "closed"), (Some("two"), "closed")]);
    until("the files to be gone", || (files(&home) == 0).then_some(()));
}

#[test]
fn what_had_no_room_is_told() {
    let home = Home::new();
    Hosted::start(home.path()).quit();
    let ledger = [20_000_u64, 0, 0].map(u64::to_le_bytes).concat();
    fs::write(folder(&home).join("ledger"), ledger).unwrap();
    for _ in 0..3 {
        assert_eq!(run(&home, "exit 7", b"{}"), Some(7));
    }
    let mut app = Hosted::start(home.path());
    assert_eq!(app.note("runsDropped").detail, "3");
    until("the gap to be noted", || (stored::lost(home.path()) == 3).then_some(()));
    assert_eq!(run(&home, "exit 7", b"{}"), Some(7));
    rows_in(&home, 1);
}

/// A journal that no relay wrote, as any program of this user can leave one.
fn plant(home: &Home, id: usize, command: &str, payload: &[u8]) {
    let start = Start {
        v: protocol::journal::VERSION,
        id: format!("{id:032x}"),
        at: 1_700_000_000_000,
        agent: "codex".to_owned(),
        shell: "/bin/sh".to_owned(),
        command: command.to_owned(),
        cwd: Some("/".to_owned()),
        pid: 1,
        version: "9".to_owned(),
    };
    let mut journal = Journal::begin(Runs::open(&folder(home)).unwrap(), &start).unwrap();
    journal.add(Stream::Input, payload);
    let allow = br#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}}}"#;
    journal.add(Stream::Stdout, allow);
    journal.end(How::Exited(0), std::time::Duration::ZERO);
}

#[test]
fn a_planted_run_is_marked_and_does_nothing() {
    let home = Home::new();
    let trace = home.path().join("it-ran");
    let app = Hosted::start(home.path());
    let touch = format!("touch {}", trace.display());
    plant(&home, 1, &touch, &payload::shell("make"));
    plant(&home, 2, &touch, b"no payload at all");
    let rows = rows_in(&home, 2);
    assert!(rows.iter().all(|row| row.hook.is_none() && row.command == touch), "{rows:#?}");
    assert_eq!([&rows[0].event, &rows[1].event], ["PermissionRequest", "unknown"]);
    until("the files to be gone", || (files(&home) == 0).then_some(()));
    for row in &rows {
        let refused = app.wait(app.app.run_again(&row.id)).unwrap_err();
        assert_eq!(refused.code(), "hookGone", "a command of the history is never run");
    }
    assert!(!trace.exists());
    // Rules are previewed against requests; none came of it, and no event either.
    assert_eq!(["events", "requests", "decisions"].map(|table| stored::count(home.path(), table)), [0; 3]);
    assert!(app.past().is_empty() && app.events().is_empty());
    assert_eq!(stored::previewed(&app, "make"), (0, 0));
    let (snapshot, _) = app.wait(app.app.live()).unwrap();
    assert!(snapshot.recorded.len() == 2 && snapshot.recorded.iter().all(|run| !run.configured), "{snapshot:#?}");
    // The same once more changes nothing.
    plant(&home, 1, "another", b"{}");
    until("the file to be gone", || (files(&home) == 0).then_some(()));
    assert_eq!(self::rows(&home), rows);
}

/// Nothing tells it from a run of that hook, and still it is no more than history.
#[test]
fn a_planted_run_of_a_configured_hook_does_nothing_either() {
    let home = Home::new();
    let trace = home.path().join("it-ran");
    let touch = format!("touch {}", trace.display());
    configure(&home, &[&touch]);
    let app = Hosted::start(home.path());
    plant(&home, 1, &touch, &stop("planted"));
    let [row] = rows_in(&home, 1).try_into().unwrap();
    assert!(row.hook.is_some(), "{row:#?}");
    until("the file to be gone", || (files(&home) == 0).then_some(()));
    assert_eq!(["events", "requests", "decisions"].map(|table| stored::count(home.path(), table)), [0; 3]);
    assert_eq!(stored::previewed(&app, "make"), (0, 0));
    assert!(!trace.exists());
    assert_eq!(rows(&home), [row]);
}

#[test]
fn a_run_of_an_export_is_not_run_again() {
    let home = Home::new();
    configure(&home, &["true"]);
    let app = Hosted::start(home.path());
    plant(&home, 1, "true", &stop("s"));
    let [row] = rows_in(&home, 1).try_into().unwrap();
    let other = Connection::open(Paths::below(home.path()).history()).unwrap();
    other.execute("UPDATE runs SET reported = 'imported'", []).unwrap();
    assert_eq!(app.wait(app.app.run_again(&row.id)).unwrap_err().code(), "imported");
}

#[test]
fn a_client_that_reports_a_run_makes_none() {
    let flow = Flow::start();
    let run = json!({ "id": "stop:0:/h", "eventName": "stop", "status": "completed", "entries": [] });
    let told = json!({ "threadId": "s", "turnId": "t", "run": run });
    for payload in [
        json!({ "method": "hook/completed", "params": told }).to_string().into_bytes(),
        payload::bytes("s", "hook/completed", json!({ "params": told })),
        payload::bytes("s", "Stop", json!({ "run": run, "stop_hook_active": false })),
    ] {
        assert_eq!(flow.ask(&payload).outcome(), Outcome::silent());
    }
    // The first is no payload, the others are events of an agent that nobody knows.
    let events = stored::events_in(flow.home.path(), 2);
    assert!(events.iter().all(|event| event.request.is_none()), "{events:#?}");
    assert_eq!(["runs", "requests"].map(|table| stored::count(flow.home.path(), table)), [0; 2]);
    assert!(flow.app.wait(flow.app.app.live()).unwrap().0.recorded.is_empty());
    assert_eq!(stored::previewed(&flow.app, "make"), (0, 0));
}

#[test]
fn what_no_relay_wrote_stays_and_is_told() {
    let home = Home::new();
    let mut app = Hosted::start(home.path());
    let odd = folder(&home).join("odd.run");
    fs::write(&odd, "garbage").unwrap();
    let note = app.note("runsRefused");
    assert!(note.detail.contains("odd.run"), "{note:?}");
    assert!(odd.exists());
    assert_eq!(run(&home, "true", &stop("s")), Some(0));
    rows_in(&home, 1);
    fs::remove_file(odd).unwrap();
    until("the note to go", || {
        let (snapshot, _) = app.wait(app.app.subscribe()).unwrap();
        snapshot.notes.iter().all(|note| note.code != "runsRefused").then_some(())
    });
}

#[test]
fn an_app_that_is_killed_again_and_again_loses_no_run_and_takes_none_twice() {
    let soak = std::env::var_os("HOOKWRIGHT_SOAK").is_some();
    let (count, kills) = if soak { (10_000, 20) } else { (300, 3) };
    let home = Home::new();
    configure(&home, &["cat >/dev/null"]);
    drop(Headless::unattended(home.path()));
    let (begun, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    in_parallel(17, |writer| {
        if writer == 16 {
            let mut chance = Chance::seeded(20_261_121);
            for kill in 0..kills {
                let app = Headless::unattended(home.path());
                let many = kill * count / kills + chance.below(count / kills);
                until("some to run", || (done.load(Ordering::Relaxed) >= many).then_some(()));
                drop(app);
            }
            return;
        }
        loop {
            let number = begun.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            assert_eq!(run(&home, "cat >/dev/null", &stop(&number.to_string())), Some(0));
            done.fetch_add(1, Ordering::Relaxed);
        }
    });
    let _app = Headless::unattended(home.path());
    until("the folder to be empty", || (files(&home) == 0).then_some(()));
    let rows = rows(&home);
    let mut sessions: Vec<usize> = rows.iter().map(|row| row.session.as_ref().unwrap().parse().unwrap()).collect();
    sessions.sort_unstable();
    assert!(sessions.into_iter().eq(0..count), "{} of {count}", rows.len());
    assert!(rows.iter().all(|row| row.status == "completed" && row.hook.is_some()));
    assert_eq!(stored::lost(home.path()), 0);
    assert_eq!(Path::new(&folder(&home)).join("ledger").metadata().unwrap().len(), 24);
}

#[test]
fn with_nothing_to_take_in_the_app_sleeps() {
    let home = Home::new();
    configure(&home, &["true"]);
    let app = Headless::attended(home.path());
    run(&home, "true", &stop("s"));
    rows_in(&home, 1);
    until("a second without work", || {
        let before = app.worked();
        thread::sleep(Duration::from_secs(1));
        (app.worked() == before).then_some(())
    });
}
