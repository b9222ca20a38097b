//! A Hookwright in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_headless");

/// It is killed with this value.
pub(crate) struct Headless(Child);

impl Headless {
    /// Requests wait for a person who never comes.
    pub(crate) fn attended(home: &Path) -> Self {
        Self::start(Command::new(PROGRAM).arg(home).arg("window"))
    }

    /// Requests go straight back.
    pub(crate) fn unattended(home: &Path) -> Self {
        Self::start(Command::new(PROGRAM).arg(home))
    }

    fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut headless = Self(child);
        let mut line = String::new();
        let stdout = headless.0.stdout.as_mut().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says something");
        assert_eq!(line, "ready\n");
        headless
    }

    /// The processor time that all of it has used.
    pub(crate) fn worked(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).expect("it runs");
        // After the name in parentheses: user and system time in clock ticks are the 12th and 13th.
        let after = stat.rsplit_once(')').expect("a name stands there").1;
        after.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("it is a number")).sum()
    }

    /// The memory that it has, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
        line.trim_end_matches("kB").trim().parse().expect("it is a number")
    }

    /// Stops it in its tracks, every thread of it.
    pub(crate) fn stop(&self) {
        kill_process(Pid::from_child(&self.0), Signal::STOP).expect("it is our child");
        // One thread takes the signal; the others run on until then.
        let threads = Path::new("/proc").join(self.0.id().to_string()).join("task");
        let stopped = |thread: fs::DirEntry| {
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" T"))
        };
        flows::until("it to stop", || {
            let mut threads = fs::read_dir(&threads).expect("it is our child").flatten();
            threads.all(stopped).then_some(())
        });
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        kill_process(Pid::from_child(&self.0), Signal::CONT).expect("it is our child");
    }
}

impl Drop for Headless {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
