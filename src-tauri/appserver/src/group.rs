//! A program in a process group of its own, so that what it starts can be ended with it: npm's `codex` is a script that starts
//! the real program.

use std::io;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// The whole group is killed when this is dropped.
#[derive(Debug)]
pub struct Group(Child);

impl Group {
    /// Starts the command. What is piped can be taken.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        Self::spawn_leader(command.process_group(0))
    }

    /// Starts a command that makes itself the leader of a group, as `setsid` does.
    pub fn spawn_leader(command: &mut Command) -> io::Result<Self> {
        command.kill_on_drop(true).spawn().map(Self)
    }

    pub fn take_input(&mut self) -> Option<ChildStdin> {
        self.0.stdin.take()
    }

    pub fn take_output(&mut self) -> Option<ChildStdout> {
        self.0.stdout.take()
    }

    pub fn take_errors(&mut self) -> Option<ChildStderr> {
        self.0.stderr.take()
    }

    /// Kills what is left of the group, and waits for the program itself.
    pub async fn end(mut self) -> io::Result<()> {
        self.kill();
        // Killed, so this is short; a process that hangs in the kernel is left to it.
        timeout(Duration::from_secs(1), self.0.wait()).await?.map(drop)
    }

    /// A group that has already ended is no failure.
    fn kill(&self) {
        // There is a number only until the program was waited for; later it may be somebody else's.
        let group = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
