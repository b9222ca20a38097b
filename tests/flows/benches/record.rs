//! What recording adds to a hook that does nothing, with the app open and closed, in interleaved rounds.
//!
//! Started by `cargo xtask bench record`. Prints medians of spawn to exit; never fails by time.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fixtures::{Home, payload};
use flows::until;
use rusqlite::Connection;

const ROUNDS: usize = 300;

/// How many times as long as `BASE` a recorded hook may take.
const GOAL: f64 = 1.3;
const BASE: usize = 1;

struct Contender {
    name: &'static str,
    line: String,
    has_goal: bool,
    times: Vec<Duration>,
}

/// A Hookwright in a process of its own. It ends with this value.
struct Running(Child);

impl Running {
    fn start(home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headless"));
        let mut child = command.arg(home).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says something");
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    // cargo adds `--bench`; its absence means that the tests only see whether this can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let [open, closed, without] = [(); 3].map(|()| Home::new());
    let _app = Running::start(open.path());
    drop(Running::start(closed.path()));
    let mut contenders = [
        contender("sh -c true", "true".to_owned(), false),
        contender("sh -c '/usr/bin/env sh -c true'", "/usr/bin/env sh -c true".to_owned(), false),
        contender("recorded, app open", recorded(&open), true),
        contender("recorded, app closed", recorded(&closed), true),
        contender("recorded, never installed", recorded(&without), false),
    ];
    let payload = payload::shell(&"x".repeat(1600));
    println!("{ROUNDS} rounds, one of each in turn; {} bytes on standard input", payload.len());
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            contender.times.push(time(&contender.line, &payload));
        }
    }
    // One file is the account of the others.
    let kept = fs::read_dir(closed.path().join("state/runs")).expect("the folder is there").count() - 1;
    assert_eq!(kept, ROUNDS, "not every run was recorded: nothing was measured");
    until("every run to be in the history", || (stored(&open) == ROUNDS as i64).then_some(()));
    print_table(&mut contenders);
}

fn contender(name: &'static str, line: String, has_goal: bool) -> Contender {
    Contender { name, line, has_goal, times: Vec::with_capacity(ROUNDS) }
}

fn recorded(home: &Home) -> String {
    fixtures::relay::recorded(home.path(), "true")
}

fn stored(home: &Home) -> i64 {
    let count = |connection: Connection| connection.query_row("SELECT count(*) FROM runs", [], |row| row.get(0));
    Connection::open(home.path().join("state/history.db")).and_then(count).unwrap_or_default()
}

/// From spawn to exit, with the payload already in the pipe.
fn time(line: &str, payload: &[u8]) -> Duration {
    let (input, mut agent) = io::pipe().expect("a pipe can be had");
    agent.write_all(payload).expect("it fits into a pipe");
    drop(agent);
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line).stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.spawn().and_then(|mut child| child.wait()).expect("there is a shell");
    let time = start.elapsed();
    assert!(status.success(), "{line}: {status}");
    time
}

fn print_table(contenders: &mut [Contender]) {
    let medians: Vec<f64> = contenders.iter_mut().map(|contender| median(&mut contender.times)).collect();
    println!("{:<32} {:>10} {:>8}   goal", "hook", "median µs", "× env sh");
    for (contender, median) in contenders.iter().zip(&medians) {
        let ratio = median / medians[BASE];
        let verdict = if ratio <= GOAL { "reached" } else { "missed" };
        let goal = if contender.has_goal { format!("≤ {GOAL} {verdict}") } else { String::new() };
        println!("{}", format!("{:<32} {median:>10.0} {ratio:>8.2}   {goal}", contender.name).trim_end());
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}
