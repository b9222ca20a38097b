//! Processes of a test: each in a group of its own, ended by id when dropped, also when the test itself is killed.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::wait::until;

/// Between a polite signal and the last one.
const GRACE: Duration = Duration::from_secs(2);

/// A shell that outlives a killed test process and then ends every group it was told of.
pub(crate) struct Guard {
    shell: Child,
    ids: Option<ChildStdin>,
}

impl Guard {
    pub(crate) fn start() -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", "while read -r id; do ids=\"$ids -$id\"; done; [ -z \"$ids\" ] || kill -s KILL -- $ids"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let ids = shell.stdin.take();
        Ok(Self { shell, ids })
    }

    fn watch(&self, id: u32) -> Result<()> {
        let mut ids = self.ids.as_ref().context("the guard takes ids")?;
        Ok(writeln!(ids, "{id}")?)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Whatever it watched has ended by now: it must not signal ids that others may have got since.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

/// Where the processes of one world start: cleared environment, logs in one folder.
pub(crate) struct Starter {
    pub(crate) folder: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
}

impl Starter {
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().envs(self.environment.iter().cloned()).current_dir(&self.folder);
        command
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    /// Starts `command`; what it prints goes to `NAME.log`.
    pub(crate) fn start(&self, guard: &Guard, name: &str, command: Command) -> Result<Process> {
        self.start_with(guard, name, command, Stdio::null(), self.log(name)?.into())
    }

    /// Starts `command` and returns the first line it prints.
    pub(crate) fn start_and_read(&self, guard: &Guard, name: &str, command: Command) -> Result<(Process, String)> {
        let mut process = self.start_with(guard, name, command, Stdio::null(), Stdio::piped())?;
        let stdout = process.child.stdout.take().context("stdout is piped")?;
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            let _ = sender.send(read.map(|_| line));
        });
        let line = receiver.recv_timeout(crate::PATIENCE).with_context(|| format!("{name} says nothing"))??;
        Ok((process, line.trim().to_owned()))
    }

    pub(crate) fn start_with(
        &self,
        guard: &Guard,
        name: &str,
        mut command: Command,
        stdin: Stdio,
        stdout: Stdio,
    ) -> Result<Process> {
        command.stdin(stdin).stdout(stdout).stderr(self.log(name)?).process_group(0);
        let child = command.spawn().with_context(|| format!("failed to start {:?}", command.get_program()))?;
        let process = Process { name: name.to_owned(), child };
        guard.watch(process.id())?;
        Ok(process)
    }

    fn log(&self, name: &str) -> Result<File> {
        Ok(File::options().create(true).append(true).open(self.folder.join(format!("{name}.log")))?)
    }

    /// The ends of all logs, for a test that failed.
    pub(crate) fn logs(&self) -> String {
        let files = |folder: &Path| -> Vec<PathBuf> {
            fs::read_dir(folder).map(|found| found.flatten().map(|file| file.path()).collect()).unwrap_or_default()
        };
        let mut logs = files(&self.folder);
        logs.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.extend(files(&self.folder.join("hw/state/logs")));
        logs.sort();
        let tail = |path: &PathBuf| {
            let bytes = fs::read(path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(3000)..]).into_owned();
            (!text.is_empty()).then(|| format!("--- {}\n{text}\n", path.display()))
        };
        logs.iter().filter_map(tail).collect()
    }
}

/// A running program with everything it started in its group.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    pub async fn end(&mut self) -> Result<ExitStatus> {
        let what = format!("{} ends", self.name);
        until(&what, async || self.ended()).await
    }

    /// Ends it like a crash: no handler runs.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL);
        self.child.wait()?;
        Ok(())
    }

    /// Lets it hang: it lives and does nothing.
    pub fn hang(&self) {
        self.signal(Signal::STOP);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        let end = Instant::now() + GRACE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

/// The ids of all processes with `variable` in their environment that run `program`.
pub(crate) fn running(program: &Path, variable: &str) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let same_program = fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == program);
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if same_program && environment.split(|&byte| byte == 0).any(|one| one == variable.as_bytes()) {
            found.push(id);
        }
    }
    Ok(found)
}

/// A program that must be there, by its full path.
pub(crate) fn program(name: &str, package: &str) -> Result<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let found = path.split(':').map(|folder| Path::new(folder).join(name)).find(|file| file.is_file());
    match found {
        Some(file) => Ok(file),
        None => bail!("{name} is missing; it comes with the Debian package {package}"),
    }
}
