//! Starting other programs and ending them. Only processes started here are ever signalled, by their own group.

use std::io::{BufRead, BufReader};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a polite signal may take before the group is killed.
const GRACE: Duration = Duration::from_secs(3);

static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Lets Ctrl-C and its kind end what we started. Whoever waits for it then sees it gone and cleans up.
pub(crate) fn end_children_when_interrupted() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("watching for signals")?;
    thread::spawn(move || {
        for _ in signals.forever() {
            INTERRUPTED.store(true, Ordering::SeqCst);
            for group in GROUPS.lock().expect("nothing panics while it holds the list of groups").iter() {
                signal(*group, Signal::TERM);
            }
        }
    });
    Ok(())
}

/// Fails once the person asked us to stop.
pub(crate) fn go_on() -> Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) {
        bail!("interrupted");
    }
    Ok(())
}

/// What a person would have typed, for messages.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Runs a command in the foreground, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    go_on()?;
    let status = command.status().with_context(|| format!("starting `{}`", shown(command)))?;
    if !status.success() {
        go_on()?;
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a command and returns its standard output; its errors go where ours go.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    go_on()?;
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting `{}`", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program in a process group of its own, which ends with this value.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    pid: Pid,
    exit: OwnedFd,
    name: String,
}

impl Group {
    /// Starts the command without standard input.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        Self::spawn_reading(command, Stdio::null())
    }

    /// Starts the command with this standard input.
    pub(crate) fn spawn_reading(command: &mut Command, input: impl Into<Stdio>) -> Result<Self> {
        go_on()?;
        let name = shown(command);
        let child = command.process_group(0).stdin(input).spawn().with_context(|| format!("starting `{name}`"))?;
        let pid = Pid::from_child(&child);
        let exit = pidfd_open(pid, PidfdFlags::empty()).with_context(|| format!("watching `{name}`"))?;
        GROUPS.lock().expect("nothing panics while it holds the list of groups").push(pid);
        Ok(Self { child, pid, exit, name })
    }

    /// Readable once the program has exited; it is not reaped by that.
    pub(crate) fn exit(&self) -> &OwnedFd {
        &self.exit
    }

    /// The other end of a piped standard output.
    pub(crate) fn take_output(&mut self) -> Result<std::process::ChildStdout> {
        self.child.stdout.take().with_context(|| format!("`{}` was started without a pipe", self.name))
    }

    /// The first line the program prints: its sign that it is ready.
    pub(crate) fn first_line(&mut self, limit: Duration) -> Result<String> {
        let mut output = BufReader::new(self.take_output()?);
        if !readable(output.get_ref(), limit)? {
            bail!("`{}` was not ready after {} s", self.name, limit.as_secs());
        }
        let mut line = String::new();
        output.read_line(&mut line).with_context(|| format!("reading what `{}` prints", self.name))?;
        // Reading on keeps the program from blocking, or from dying of a closed pipe.
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        if line.is_empty() {
            bail!("`{}` ended before it was ready", self.name);
        }
        Ok(line.trim_end().to_owned())
    }

    /// Whether the program has exited within the limit; without a limit, waits for it.
    pub(crate) fn exited(&self, limit: Option<Duration>) -> Result<bool> {
        wait(&self.exit, limit)
    }

    /// Asks the group to end, and waits for nothing.
    pub(crate) fn ask_to_end(&self) {
        signal(self.pid, Signal::TERM);
    }

    /// Ends the group, politely first, and tells how the program itself ended.
    pub(crate) fn end(mut self) -> Result<ExitStatus> {
        self.finish()
    }

    fn finish(&mut self) -> Result<ExitStatus> {
        if !self.exited(Some(Duration::ZERO))? {
            signal(self.pid, Signal::TERM);
            self.exited(Some(GRACE))?;
        }
        // Not reaped yet, so the number still means our group.
        signal(self.pid, Signal::KILL);
        GROUPS.lock().expect("nothing panics while it holds the list of groups").retain(|pid| *pid != self.pid);
        self.child.wait().with_context(|| format!("waiting for `{}`", self.name))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait()
            && let Err(error) = self.finish()
        {
            eprintln!("xtask: {error:#}");
        }
    }
}

/// A group that has already ended is no failure.
fn signal(group: Pid, signal: Signal) {
    let _ = kill_process_group(group, signal);
}

fn readable(source: impl AsFd, limit: Duration) -> Result<bool> {
    wait(source, Some(limit))
}

fn wait(source: impl AsFd, limit: Option<Duration>) -> Result<bool> {
    let mut sources = [PollFd::new(&source, PollFlags::IN)];
    loop {
        match poll(&mut sources, limit.map(timespec).as_ref()) {
            Ok(ready) => return Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("waiting for a process"),
        }
    }
}

/// A duration as poll takes it.
pub(crate) fn timespec(duration: Duration) -> Timespec {
    Timespec::try_from(duration).expect("our limits are hours, not ages")
}
