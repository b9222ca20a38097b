//! A home, an installed command line, and what it says.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

use ::history::Writer;
use ::history::row::{self, Applied, Output as Kept, RunFrom};
use fixtures::{Home, PATIENCE, place};
use model::{
    Agent, Answer, Entry, EntryKind, EventId, HandlerKind, HookEvent, HookKey, HookRun, Mode, Reported, RequestId,
    RunId, RunStatus, SessionId, Source, SourceKind, Timestamp, TurnId,
};
use protocol::client;
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime::Runtime;

/// Sees nothing of the machine's own home.
pub(crate) struct World {
    home: Home,
}

impl World {
    /// With a Codex that only fails.
    pub(crate) fn new() -> Self {
        let world = Self::without_codex();
        world.script("bin/codex", "#!/bin/sh\nexit 7\n");
        world
    }

    pub(crate) fn without_codex() -> Self {
        let world = Self { home: Home::new() };
        for folder in ["bin", "codex", "person"] {
            fs::create_dir(world.path(folder)).unwrap();
        }
        place(Path::new(env!("CARGO_BIN_EXE_hookwright")), &world.program());
        world.script("bin/hookwright-relay", "#!/bin/sh\n");
        world
    }

    fn script(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o700)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn program(&self) -> PathBuf {
        self.path("bin/hookwright")
    }

    /// A file in Codex's own folder.
    pub(crate) fn codex(&self, name: &str) -> PathBuf {
        self.path("codex").join(name)
    }

    /// Everything that lies in Codex's own folder.
    pub(crate) fn codex_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = fs::read_dir(self.path("codex")).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program());
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()))
            .env("HOME", self.path("person"))
            .env("HOOKWRIGHT_HOME", self.home.path())
            .env("CODEX_HOME", self.path("codex"))
            .env("HOOKWRIGHT_ETC_CODEX", self.path("etc-codex"))
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// The same with this on its stdin.
    pub(crate) fn feed(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Whoever is called wrongly does not read it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Said::of(child.wait_with_output().unwrap())
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Starts it and hears what it says, line by line.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments))
    }

    /// Writes to the history as an app does.
    pub(crate) fn record(&self, work: impl AsyncFnOnce(&Writer)) {
        let runtime = Runtime::new().unwrap();
        let _inside = runtime.enter();
        let (writer, _reader) = ::history::open(&self.path("state/history.db"));
        runtime.block_on(async {
            work(&writer).await;
            writer.close().await;
        });
    }
}

/// What a relay gets for this payload.
pub(crate) fn ask(world: &World, payload: Vec<u8>) -> Vec<u8> {
    let (_agent, out) = std::io::pipe().unwrap();
    let event = protocol::Event::now("codex", payload).unwrap();
    let reply = client::ask(&[world.path("run/bridge.sock")], "0", &event, &out).unwrap();
    let bytes = reply.bytes.clone();
    reply.taken().unwrap();
    bytes
}

pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It ended so; otherwise all that it said is shown.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// A command that runs until it is told to end. It ends with this value.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdout: Receiver<String>,
    pub(crate) stderr: Receiver<String>,
}

impl Running {
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { child, stdout, stderr }
    }

    /// The next line of stdout, or of stderr.
    #[track_caller]
    pub(crate) fn line(lines: &Receiver<String>) -> String {
        lines.recv_timeout(PATIENCE).expect("it says another line")
    }

    /// Sends the signal and waits for the end. Gives the exit code.
    pub(crate) fn end(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        // Its end closes the pipe.
        let rest = std::iter::repeat_with(|| self.stdout.recv_timeout(PATIENCE)).find_map(Result::err);
        assert_eq!(rest, Some(RecvTimeoutError::Disconnected), "it ends in time");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error means that it ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

pub(crate) fn event(id: &str, at: i64, name: &str, command: &str) -> row::Event {
    let input = serde_json::json!({ "hook_event_name": name, "tool_input": { "command": command } });
    row::Event {
        id: EventId::new(id),
        at: Timestamp(at),
        reported: Reported::Live,
        request: None,
        event: model::Event {
            agent: Agent::Codex,
            event: HookEvent::from_name(name),
            session: Some(SessionId::new("one")),
            turn: None,
            subagent: None,
            tool: Some("Bash".to_owned()),
            cwd: Some(PathBuf::from("/repo")),
            prompt: None,
            payload: input.to_string(),
        },
    }
}

pub(crate) fn request(id: &str, at: i64, summary: &str) -> row::Request {
    row::Request {
        id: RequestId::new(id),
        at: Timestamp(at),
        agent: Agent::Codex,
        session: SessionId::new("one"),
        turn: None,
        project: Some(PathBuf::from("/repo")),
        runs_in: PathBuf::from("/repo"),
        tool: "Bash".to_owned(),
        summary: summary.to_owned(),
        shown:
            serde_json::json!({ "action": { "kind": "shell", "command": [{ "kind": "text", "text": "make\nall" }] } })
                .to_string(),
        digest: "d".to_owned(),
    }
}

pub(crate) fn decision(id: &str, at: i64, answer: Answer) -> row::Decision {
    row::Decision {
        request: RequestId::new(id),
        at: Timestamp(at),
        answer,
        rule: None,
        offered: None,
        waited: std::time::Duration::from_secs(1),
    }
}

/// A recorded run of `.codex/hooks.json`'s first hook, with everything it can have.
pub(crate) fn run(id: &str, at: i64, status: RunStatus) -> row::Run {
    let path = "/repo/.codex/hooks.json";
    let kept = |text: &str| Kept { text: text.to_owned(), bytes: text.len() as u64 };
    let key = HookKey::new(format!("{path}:pre_tool_use:0:0"));
    row::Run {
        id: RunId::new(id),
        from: RunFrom::Recorded,
        reported: Reported::Live,
        event: None,
        agent: Agent::Codex,
        session: Some(SessionId::new("one")),
        turn: Some(TurnId::new("t1")),
        tool: Some("Bash".to_owned()),
        tool_use: Some("call_1".to_owned()),
        project: Some(PathBuf::from("/repo")),
        cwd: Some(PathBuf::from("/repo/src")),
        command: "python3 guard.py\n--all".to_owned(),
        hook: Some(key.clone()),
        hash: Some("sha256:1".to_owned()),
        run: HookRun {
            id: RunId::new(format!("pre-tool-use:0:{path}:call_1")),
            hook: key,
            event: HookEvent::PreToolUse,
            kind: HandlerKind::Command,
            mode: Mode::Sync,
            source: Source { kind: SourceKind::Project, path: path.into(), plugin: None },
            display_order: 0,
            status_message: Some("looking".to_owned()),
            started: Timestamp(at),
            status,
            completed: Some(Timestamp(at + 12)),
            duration_ms: Some(12),
            entries: vec![Entry { kind: EntryKind::Feedback, text: "not\u{1b}[2J so".to_owned() }],
        },
        took: Some(std::time::Duration::from_micros(12_345)),
        exit_code: Some(2),
        signal: None,
        input: kept(r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"make"}}"#),
        stdout: kept("out\u{202e}put\n"),
        stderr: kept("\u{9b}31mred"),
        applied: Applied::Sent,
        masked: 0,
        told: None,
    }
}
