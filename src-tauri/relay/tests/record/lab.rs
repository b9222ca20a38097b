//! Hooks started as an agent starts them, bare and recorded, and what it sees of them.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use protocol::journal::{How, Run, Runs, State};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// After this a wait has failed. Generous: machines are busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const SH: &str = "/bin/sh";

/// Stands in the environment of a hook and of all that it starts.
pub(crate) const MARK: &str = "HOOKWRIGHT_TEST_MARK";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Bare,
    Recorded,
}

pub(crate) const WAYS: [Way; 2] = [Way::Bare, Way::Recorded];

/// A home with a folder for journals, and a folder for the hooks to run in.
pub(crate) struct Lab {
    pub(crate) folder: TempDir,
}

/// What an agent sees of a hook.
#[derive(PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) end: How,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
        let (stdout, stderr) = (start(&self.stdout), start(&self.stderr));
        write!(out, "{:?}, {} bytes {stdout:?}, {} bytes {stderr:?}", self.end, self.stdout.len(), self.stderr.len())
    }
}

impl Lab {
    pub(crate) fn new() -> Self {
        let lab = Self { folder: TempDir::with_prefix("hw-record-").unwrap() };
        Runs::make(&lab.home().join("state/runs")).unwrap();
        fs::create_dir(lab.work()).unwrap();
        lab
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The line that stands in the hook file.
    pub(crate) fn line(&self, way: Way, text: &str) -> String {
        match way {
            Way::Bare => text.to_owned(),
            Way::Recorded => {
                let (relay, home) = (env!("CARGO_BIN_EXE_hookwright-relay"), self.home());
                let quoted = text.replace('\'', r"'\''");
                format!(r#"exec '{relay}' record --home '{}' --shell "$0" codex -- '{quoted}'"#, home.display())
            }
        }
    }

    /// As Codex starts a hook: in a group of its own, with pipes.
    pub(crate) fn command(&self, way: Way, shell: &str, text: &str) -> Command {
        let mut command = Command::new(shell);
        command.arg("-c").arg(self.line(way, text));
        self.prepare(&mut command);
        command
    }

    pub(crate) fn prepare(&self, command: &mut Command) {
        command.current_dir(self.work()).env(MARK, self.folder.path()).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    }

    /// Nothing that was started here still runs.
    pub(crate) fn nothing_is_left(&self) {
        until("the hook's processes to be gone", || self.processes().is_empty().then_some(()));
    }

    /// The folders in `/proc` of everything that was started here and runs.
    pub(crate) fn processes(&self) -> Vec<PathBuf> {
        let mark = format!("{MARK}={}", self.folder.path().display());
        let marked = |process: &PathBuf| {
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|entry| entry == mark.as_bytes())
        };
        fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path()).filter(marked).collect()
    }

    /// The journals, read and removed.
    pub(crate) fn journals(&self) -> Vec<Run> {
        let runs = Runs::open(&self.home().join("state/runs")).unwrap();
        let names = runs.list().unwrap();
        let read = names.iter().map(|name| {
            let run = runs.read(name).unwrap();
            runs.remove(name).unwrap();
            run
        });
        read.collect()
    }

    #[track_caller]
    pub(crate) fn journal(&self) -> Run {
        let [run] = self.journals().try_into().expect("one run was recorded");
        run
    }

    /// Runs it both ways, with this input; what an agent sees must be the same, and what the journal says.
    #[track_caller]
    pub(crate) fn check_in(&self, shell: &str, text: &str, input: &[u8]) -> (Seen, Run) {
        let [bare, recorded] = WAYS.map(|way| see(&mut self.command(way, shell, text), input));
        assert_eq!(bare, recorded, "{text}");
        self.nothing_is_left();
        let run = self.journal();
        assert_eq!((run.start.command.as_str(), run.start.shell.as_str()), (text, shell));
        let State::Ended(end) = &run.state else { panic!("{text}: {:?}", run.state) };
        let said = (end.how, end.stdout, end.stderr);
        assert_eq!(said, (bare.end, bare.stdout.len() as u64, bare.stderr.len() as u64), "{text}");
        (recorded, run)
    }

    #[track_caller]
    pub(crate) fn check(&self, text: &str, input: &[u8]) -> (Seen, Run) {
        self.check_in(SH, text, input)
    }
}

impl Drop for Lab {
    /// What a failed test leaves.
    fn drop(&mut self) {
        if thread::panicking() {
            for process in self.processes() {
                let number = process.file_name().and_then(OsStr::to_str).and_then(|number| number.parse().ok());
                let _ = number.and_then(Pid::from_raw).map(|pid| kill_process(pid, Signal::KILL));
            }
        }
    }
}

pub(crate) fn how(status: ExitStatus) -> How {
    status.code().map_or_else(|| How::Signalled(status.signal().unwrap()), How::Exited)
}

/// Starts a hook, gives it the input, and waits for the end of its output and for its own.
#[track_caller]
pub(crate) fn see(command: &mut Command, input: &[u8]) -> Seen {
    listen_after(command.spawn().unwrap(), input)
}

/// The same of one that was started.
#[track_caller]
pub(crate) fn listen_after(mut child: Child, input: &[u8]) -> Seen {
    let mut stdin = child.stdin.take();
    thread::scope(|scope| {
        // A hook that does not read its stdin closes it.
        scope.spawn(move || stdin.take().map(|mut stdin| stdin.write_all(input)));
        listen(child)
    })
}

#[track_caller]
pub(crate) fn listen(mut child: Child) -> Seen {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let stdout = scope.spawn(|| all_of(stdout));
        let stderr = all_of(stderr);
        let end = how(child.wait().unwrap());
        Seen { stdout: stdout.join().unwrap(), stderr, end }
    })
}

pub(crate) fn all_of(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).unwrap();
    }
    bytes
}

/// Waits for what tells nobody when it happens.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn exists(program: impl AsRef<OsStr>) -> bool {
    Path::new(&program).exists()
}
