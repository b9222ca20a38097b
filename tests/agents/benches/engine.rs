//! What a hook costs in our engine, side by side with a bare spawn of the same command and with the real Codex.
//!
//! `cargo xtask bench engine` builds it and says where Codex is. In every round each side runs once; the medians of all rounds count.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use engine::{Engine, Payload, Shell, Surroundings};
use fixtures::codex::{AppServer, Lab};
use model::{Handler, Hook, HookEvent, HookKey, Mode, Source, SourceKind, Trust};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const ROUNDS: usize = 100;
/// Rounds at the start that do not count: Codex's first turns are slower.
const WARM_UP: usize = 3;
/// What runs at once.
const SIZES: [usize; 2] = [1, 16];
const COMMAND: &str = "true";
/// How many times as long as the bare spawn the engine may take.
const GOAL: f64 = 1.25;

/// One number of hooks on one event, on every side.
struct Contest {
    hooks: Vec<Hook>,
    // The server ends before its lab is removed.
    server: AppServer,
    lab: Lab,
    bare: Vec<Duration>,
    engine: Vec<Duration>,
    /// The longest run of a round as each engine reports it, in milliseconds.
    ours: Vec<u64>,
    codex: Vec<u64>,
}

fn main() {
    if std::env::var_os("HOOKWRIGHT_TEST_CODEX").is_none() {
        println!("nothing to measure: `cargo xtask bench engine` says where Codex is");
        return;
    }
    let mut contests = SIZES.map(Contest::new);
    let shell = contests[0].shell();
    println!("{ROUNDS} rounds of `{} -c {COMMAND}`, one of each in turn", shell.path().display());
    let runtime = Runtime::new().expect("a runtime starts");
    for round in 0..WARM_UP + ROUNDS {
        for contest in &mut contests {
            contest.round(round, &runtime, &shell);
            if round + 1 == WARM_UP {
                contest.forget();
            }
        }
    }
    println!(
        "{:>5} {:>12} {:>12} {:>8}   {:>14} {:>14}",
        "hooks", "bare spawn", "engine", "ratio", "engine's run", "Codex's run"
    );
    let mut missed = 0;
    for contest in &mut contests {
        missed += usize::from(!contest.print());
    }
    let word = if missed == 0 { "reached" } else { "missed" };
    println!("goal: at most {GOAL} × the bare spawn, and the longest run not longer than Codex's: {word}");
}

impl Contest {
    fn new(size: usize) -> Self {
        let lab = Lab::new([]);
        lab.set_hooks(std::iter::repeat_n(("UserPromptSubmit", COMMAND, 600), size));
        let mut server = lab.app_server();
        server.trust_all();
        server.start_thread("never");
        let hooks = (0..size).map(|at| hook(at, lab.codex_home().join("hooks.json"))).collect();
        Self { hooks, server, lab, bare: Vec::new(), engine: Vec::new(), ours: Vec::new(), codex: Vec::new() }
    }

    /// The shell that Codex itself uses here.
    fn shell(&self) -> Shell {
        let (lab, told) = (Lab::new([]), self.lab.path("shell"));
        lab.set_hooks([("UserPromptSubmit", format!("printf %s \"$0\" > {}", told.display()).as_str(), 600)]);
        let mut server = lab.app_server();
        server.trust_all();
        server.start_thread("never");
        server.start_turn("which shell?");
        server.finish_turn();
        let path = fs::read_to_string(&told).expect("the hook told its shell");
        let shell = Shell::of(Some(Path::new(&path)));
        assert_eq!(shell.path(), Path::new(&path), "our engine would use another shell than Codex");
        shell
    }

    /// One of each. Who goes first changes, for what Codex still does after its turn.
    fn round(&mut self, round: usize, runtime: &Runtime, shell: &Shell) {
        if round.is_multiple_of(2) {
            self.run_bare(shell);
            self.run_engine(runtime, shell);
        } else {
            self.run_engine(runtime, shell);
            self.run_bare(shell);
        }
        self.run_codex();
    }

    fn payload(&self) -> Payload {
        let payload = json!({
            "session_id": "00000000-0000-7000-8000-000000000001", "turn_id": "00000000-0000-7000-8000-000000000002",
            "transcript_path": self.lab.codex_home().join("sessions/rollout.jsonl"), "cwd": self.lab.repo(),
            "hook_event_name": "UserPromptSubmit", "model": "gpt-5.5", "permission_mode": "default", "prompt": "please do it",
        });
        Payload::parse(&payload.to_string()).expect("a payload")
    }

    fn run_bare(&mut self, shell: &Shell) {
        self.bare.push(bare(shell, &self.lab.repo(), self.payload().text(), self.hooks.len()));
    }

    fn run_engine(&mut self, runtime: &Runtime, shell: &Shell) {
        let payload = self.payload();
        let surroundings = Surroundings {
            shell: shell.clone(),
            environment: path().collect(),
            scratch: self.lab.path("tmp"),
            mcp_servers: Default::default(),
        };
        let (time, report) = runtime.block_on(async {
            let engine = Engine::new(surroundings);
            let start = Instant::now();
            let report = engine.run(&self.hooks, &payload, |_| ()).await;
            (start.elapsed(), report)
        });
        assert_eq!(report.runs.len(), self.hooks.len(), "every hook runs");
        self.engine.push(time);
        let runs = report.runs.iter().map(|ran| ran.run.duration_ms.expect("it ended"));
        self.ours.push(runs.max().expect("a hook ran"));
    }

    fn run_codex(&mut self) {
        self.server.start_turn("please do it");
        self.server.finish_turn();
        self.server.take_all("hook/started");
        let runs = self.server.take_all("hook/completed");
        assert_eq!(runs.len(), self.hooks.len(), "every hook runs");
        let duration = |params: &Value| params["run"]["durationMs"].as_u64().expect("it ended");
        self.codex.push(runs.iter().map(duration).max().expect("a hook ran"));
    }

    fn forget(&mut self) {
        self.bare.clear();
        self.engine.clear();
        self.ours.clear();
        self.codex.clear();
    }

    /// Prints its line, and tells whether the goal is met.
    fn print(&mut self) -> bool {
        let (bare, engine) = (median(&mut self.bare).as_secs_f64() * 1e3, median(&mut self.engine).as_secs_f64() * 1e3);
        let (ours, codex) = (median(&mut self.ours), median(&mut self.codex));
        let ratio = engine / bare;
        let hooks = self.hooks.len();
        println!("{hooks:>5} {bare:>9.2} ms {engine:>9.2} ms {ratio:>8.2}   {ours:>11} ms {codex:>11} ms");
        ratio <= GOAL && ours <= codex
    }
}

fn hook(at: usize, path: PathBuf) -> Hook {
    Hook {
        key: HookKey::new(format!("{}:user_prompt_submit:{at}:0", path.display())),
        event: HookEvent::UserPromptSubmit,
        matcher: None,
        handler: Handler::Command { command: COMMAND.to_owned(), environment: Vec::new(), mode: Mode::Sync },
        source: Source { kind: SourceKind::User, path, plugin: None },
        display_order: u32::try_from(at).expect("a few hooks"),
        timeout: 600,
        status_message: None,
        context_limit: None,
        hash: String::new(),
        enabled: true,
        trust: Trust::Trusted,
        agents: None,
    }
}

fn path() -> impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)> {
    std::env::vars_os().filter(|(name, _)| name == "PATH")
}

/// The least that can be done: spawn all with pipes in groups of their own, give each its payload, read what they write, wait.
fn bare(shell: &Shell, cwd: &Path, payload: &str, count: usize) -> Duration {
    let start = Instant::now();
    let mut children: Vec<Child> = (0..count).map(|_| spawn(shell, cwd)).collect();
    for child in &mut children {
        let mut stdin = child.stdin.take().expect("piped");
        // `true` may have ended already.
        drop(stdin.write_all(payload.as_bytes()));
    }
    for child in &mut children {
        let mut output = Vec::new();
        child.stdout.take().expect("piped").read_to_end(&mut output).expect("a pipe can be read");
        child.stderr.take().expect("piped").read_to_end(&mut output).expect("a pipe can be read");
        let status = child.wait().expect("it is our child");
        assert!(status.success() && output.is_empty(), "`true` says nothing");
    }
    start.elapsed()
}

fn spawn(shell: &Shell, cwd: &Path) -> Child {
    let mut command = Command::new(shell.path());
    command.arg("-c").arg(COMMAND).current_dir(cwd).env_clear().envs(path()).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the shell starts")
}

/// The upper one of the middle two.
fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}
