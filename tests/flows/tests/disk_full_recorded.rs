//! A disk that takes no more bytes while recorded hooks run. Alone in its process: the limit on file sizes holds for all of it,
//! and for the hooks that it starts.

use std::process::{Command, Output, Stdio};

use api::Paths;
use api::dto::{PastRun, RunFilter};
use fixtures::relay::recorded;
use fixtures::{Home, Hosted};
use flows::until;
use rusqlite::Connection;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

const SIGXFSZ: i32 = 25;

/// What it writes is more than a full disk takes.
const HOOK: &str = "head -c 100000 /dev/zero | tr '\\0' x; echo err >&2; exit 7";

fn run(home: &Home) -> Output {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(recorded(home.path(), HOOK)).stdin(Stdio::null());
    command.output().expect("there is a shell")
}

#[track_caller]
fn runs_unharmed(home: &Home) {
    let Output { status, stdout, stderr } = run(home);
    assert_eq!((status.code(), stdout, stderr.as_slice()), (Some(7), vec![b'x'; 100_000], &b"err\n"[..]));
}

/// What the history lists, once it is so much.
fn listed(app: &Hosted, count: usize) -> Vec<PastRun> {
    let rows = || app.wait(app.app.runs(RunFilter::default(), None)).expect("the history can be read").rows;
    until(&format!("{count} runs"), || Some(rows()).filter(|rows| rows.len() >= count))
}

fn missing(home: &Home) -> i64 {
    let sum =
        |connection: Connection| connection.query_row("SELECT total(lost) FROM gaps", [], |row| row.get::<_, f64>(0));
    Connection::open(Paths::below(home.path()).history()).and_then(sum).unwrap_or_default() as i64
}

#[test]
fn hooks_run_on_and_what_is_missing_is_told() {
    let home = Home::new();
    let app = Hosted::start(home.path());
    // Caught, the signal does not end this process and the write fails. What it starts finds the signal as usual.
    let _caught = app.wait(async { signal(SignalKind::from_raw(SIGXFSZ)) }).unwrap();
    runs_unharmed(&home);
    listed(&app, 1);

    let free = getrlimit(Resource::Fsize);
    let limit = |current| setrlimit(Resource::Fsize, Rlimit { current: Some(current), ..free }).unwrap();
    // The account of what is missing has its room, nothing else has.
    limit(24);
    for _ in 0..3 {
        runs_unharmed(&home);
    }
    let told = |code: &str| app.wait(app.app.subscribe()).unwrap().0.notes.into_iter().find(|note| note.code == code);
    until("what is missing", || told("runsDropped").filter(|note| note.detail == "3"));
    until("the history to tell", || told("historyFailing"));
    assert_eq!(missing(&home), 0, "it takes nothing");
    // Room for a beginning and an end, not for what was written.
    limit(2000);
    runs_unharmed(&home);
    assert_eq!(listed(&app, 1).len(), 1);

    setrlimit(Resource::Fsize, free).unwrap();
    let rows = listed(&app, 2);
    let detail = app.wait(app.app.run(&rows[0].id)).unwrap().unwrap();
    assert_eq!((detail.run.exit_code, detail.stdout.bytes.as_str(), detail.stdout.cut), (Some(7), "100000", true));
    until("the gap to be noted", || (missing(&home) == 3).then_some(()));
    runs_unharmed(&home);
    let rows = listed(&app, 3);
    assert_eq!((rows.len(), missing(&home)), (3, 3));
}
