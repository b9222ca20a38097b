//! What an agent waits for at every hook: the relay beside other ways to ask, in interleaved rounds.
//!
//! Started by `cargo xtask bench relay` with the path of the relay. Prints medians of spawn to exit; never fails by time.

use std::fs::{self, DirBuilder};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bridge::{Endpoint, Incoming, Limits};
use tempfile::TempDir;
use tokio::sync::mpsc;

const ROUNDS: usize = 200;

/// The bytes of a payload with a patch or a longer command in it.
const PAYLOAD: usize = 2_000;

const PYTHON: &str = r#"
import socket, sys
body = sys.stdin.buffer.read()
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"POST /codex HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
while s.recv(65536): pass
"#;

const NODE: &str = r#"
const http = require("node:http"), fs = require("node:fs");
const body = fs.readFileSync(0);
const options = { socketPath: process.argv[1], method: "POST", path: "/codex", headers: { "content-length": body.length } };
http.request(options, (answer) => answer.resume()).end(body);
"#;

struct Contender {
    name: &'static str,
    /// How many times as long as `/bin/true` it may take, where there is a goal.
    goal: Option<f64>,
    command: Command,
    times: Vec<Duration>,
}

fn main() -> Result<()> {
    // cargo adds `--bench` to the arguments it hands over.
    let Some(relay) = std::env::args_os().skip(1).find(|argument| argument != "--bench") else {
        println!("nothing to measure: `cargo xtask bench relay` passes the relay");
        return Ok(());
    };
    let folder = TempDir::with_prefix("hookwright-bench-")?;
    let home = folder.path().join("home");
    let http = folder.path().join("http.sock");
    let runtime = tokio::runtime::Runtime::new()?;
    let asked = Arc::new(AtomicUsize::new(0));
    let _endpoint = answer_without_an_opinion(&runtime, &home, asked.clone())?;
    serve_http(&http)?;

    let payload = payload();
    let spool = folder.path().join("closed/state/spool");
    DirBuilder::new().recursive(true).mode(0o700).create(&spool)?;
    let mut contenders = contenders(Path::new(&relay), folder.path(), &home, &http);
    println!("{ROUNDS} rounds, one of each in turn; {} bytes on standard input", payload.len());
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            let time = time(&mut contender.command, &payload).with_context(|| format!("running {}", contender.name))?;
            contender.times.push(time);
        }
    }
    let asked = asked.load(Ordering::SeqCst);
    if asked != ROUNDS {
        bail!("the relay reached the app {asked} times in {ROUNDS} rounds: nothing was measured");
    }
    // One file is the account of the others.
    let spooled = fs::read_dir(&spool)?.count() - 1;
    if spooled != ROUNDS {
        bail!("the relay spooled {spooled} events in {ROUNDS} rounds: nothing was measured");
    }
    print_table(&mut contenders);
    Ok(())
}

/// An endpoint of the real bridge that answers every request with no decision.
fn answer_without_an_opinion(
    runtime: &tokio::runtime::Runtime,
    home: &Path,
    asked: Arc<AtomicUsize>,
) -> Result<Endpoint> {
    let (sender, mut incoming) = mpsc::channel(16);
    let socket = home.join("run/bridge.sock");
    let endpoint = runtime.block_on(async { Endpoint::open(&socket, Limits::default(), sender, Arc::default()) })?;
    runtime.spawn(async move {
        while let Some(came) = incoming.recv().await {
            match came {
                Incoming::Call(call) => {
                    asked.fetch_add(1, Ordering::SeqCst);
                    // A relay that is already gone needs no answer.
                    let _ = call.line.reply.send(Vec::new());
                }
                Incoming::Show(_) => {}
            }
        }
    });
    Ok(endpoint)
}

/// The least an HTTP server can do: read a request, answer with nothing.
fn serve_http(path: &Path) -> Result<()> {
    let listener = UnixListener::bind(path)?;
    thread::spawn(move || {
        for stream in listener.incoming() {
            if let Err(error) = stream.and_then(answer_http) {
                eprintln!("the HTTP responder: {error}");
            }
        }
    });
    Ok(())
}

fn answer_http(mut stream: UnixStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    io::copy(&mut reader.take(length), &mut io::sink())?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn contenders(relay: &Path, folder: &Path, home: &Path, http: &Path) -> Vec<Contender> {
    let relay_at = |home: &Path| {
        let mut command = Command::new(relay);
        command.arg("--home").arg(home).arg("codex");
        command
    };
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--data-binary", "@-", "http://localhost/codex", "--unix-socket"]).arg(http);
    let mut python = Command::new(system_python());
    python.args(["-c", PYTHON]).arg(http);
    let mut node = Command::new("node");
    node.args(["-e", NODE]).arg(http);
    let contender = |name, goal, command| Contender { name, goal, command, times: Vec::with_capacity(ROUNDS) };
    vec![
        contender("/bin/true", None, Command::new("/bin/true")),
        contender("relay, no app", Some(1.1), relay_at(&folder.join("nobody"))),
        contender("relay, spooled", Some(1.1), relay_at(&folder.join("closed"))),
        contender("relay, no opinion", Some(1.5), relay_at(home)),
        contender("curl --unix-socket", None, curl),
        contender("python3", None, python),
        contender("node", None, node),
    ]
}

/// The system's own: a version manager's shim would be measured with it.
fn system_python() -> &'static str {
    if Path::new("/usr/bin/python3").is_file() { "/usr/bin/python3" } else { "python3" }
}

/// From spawn to exit, with the payload already in the pipe.
fn time(command: &mut Command, payload: &[u8]) -> Result<Duration> {
    let (input, mut agent) = io::pipe()?;
    agent.write_all(payload)?;
    drop(agent);
    command.stdin(input).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.spawn()?.wait()?;
    let time = start.elapsed();
    if !status.success() {
        bail!("it ended with {status}");
    }
    Ok(time)
}

fn payload() -> Vec<u8> {
    let frame = |command: &str| {
        format!(
            r#"{{"session_id":"00000000-0000-7000-8000-000000000001","turn_id":"00000000-0000-7000-8000-000000000002","transcript_path":null,"cwd":"/repo","hook_event_name":"PermissionRequest","model":"gpt-5.5","permission_mode":"default","tool_name":"Bash","tool_input":{{"command":"{command}"}}}}"#
        )
    };
    let rest = PAYLOAD - frame("").len();
    frame(&"x".repeat(rest)).into_bytes()
}

fn print_table(contenders: &mut [Contender]) {
    let medians: Vec<f64> = contenders.iter_mut().map(|contender| median(&mut contender.times)).collect();
    println!("{:<20} {:>10} {:>12}   goal", "program", "median µs", "× /bin/true");
    for (contender, median) in contenders.iter().zip(&medians) {
        let ratio = median / medians[0];
        let goal = contender
            .goal
            .map_or(String::new(), |goal| format!("≤ {goal} {}", if ratio <= goal { "reached" } else { "missed" }));
        println!("{}", format!("{:<20} {median:>10.0} {ratio:>12.2}   {goal}", contender.name).trim_end());
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    let middle = times.len() / 2;
    let middle = if times.len().is_multiple_of(2) { (times[middle - 1] + times[middle]) / 2 } else { times[middle] };
    middle.as_secs_f64() * 1e6
}
