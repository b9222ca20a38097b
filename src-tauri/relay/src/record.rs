//! `hookwright-relay record [--home DIR] --shell "$0" AGENT -- COMMAND`: runs a hook's own command as the agent would, and keeps
//! a journal of it.
//!
//! A hook may be a guard, so **it runs whatever is wrong here**: without a journal, and bare, when nothing can be recorded. What
//! flows through is passed on unchanged, and the end is the hook's own, be it an exit code or a signal.

mod pump;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus};
use std::time::Instant;

use protocol::journal::{self, How, Journal, Runs, Start};
use protocol::{Error, event, place};
use pump::{HookEnds, Pump};
use rustix::process::geteuid;

use crate::os::{self, Signals};

/// Where the shell that we are told cannot be started.
const OTHER_SHELL: &str = "/bin/sh";

/// What a shell exits with that does not find a command, and with one that it cannot run.
const NOT_FOUND: i32 = 127;
const NOT_RUN: i32 = 126;

pub(crate) fn main(words: &[OsString]) -> ! {
    std::panic::set_hook(Box::new(|panic| fail(1, &format!("failed to go on: {panic}"))));
    let Some(asked) = Asked::parse(words) else { fail(NOT_FOUND, "failed to find a command behind --") };
    match Signals::hold().ok().and_then(|signals| Some((asked.journal().ok()?, signals))) {
        Some((journal, signals)) => asked.run_recorded(journal, signals),
        None => asked.run_bare(),
    }
}

/// What agents see of a hook that cannot run. Never 2, which some read as a decision.
fn fail(code: i32, what: &str) -> ! {
    let _ = writeln!(io::stderr(), "hookwright-relay: {what}");
    process::exit(code)
}

struct Asked<'a> {
    shell: &'a OsStr,
    command: &'a OsStr,
    /// Nothing is recorded without.
    agent: Option<&'a str>,
    home: Option<&'a Path>,
}

impl<'a> Asked<'a> {
    /// Only the command must be there: what else is odd costs the journal, not the hook.
    fn parse(words: &'a [OsString]) -> Option<Self> {
        let (options, command) = words.split_at(words.iter().position(|word| word == "--")?);
        let [_, command] = command else { return None };
        let mut asked = Self { shell: OTHER_SHELL.as_ref(), command, agent: None, home: None };
        let mut options = options.iter();
        let mut agents = Vec::new();
        while let Some(word) = options.next() {
            match word.to_str() {
                Some("--shell") => asked.shell = options.next().map_or(asked.shell, OsString::as_os_str),
                Some("--home") => asked.home = options.next().map(Path::new),
                other => agents.push(other.filter(|agent| !agent.is_empty() && !agent.starts_with('-'))),
            }
        }
        if let [agent] = agents[..] {
            asked.agent = agent;
        }
        Some(asked)
    }

    fn journal(&self) -> Result<Journal, Error> {
        if env::var_os("HOOKWRIGHT_SKIP").is_some_and(|value| value == "1") {
            return Err(Error::NobodyListens);
        }
        let agent = self.agent.ok_or(Error::NobodyListens)?;
        let runs: PathBuf = place::runs(self.home, geteuid().as_raw()).ok_or(Error::NobodyListens)?;
        let runs = Runs::open_or_make(&runs)?;
        let start = Start {
            v: journal::VERSION,
            id: event::new_id()?,
            at: event::now(),
            agent: agent.to_owned(),
            shell: self.shell.to_string_lossy().into_owned(),
            command: self.command.to_string_lossy().into_owned(),
            cwd: env::current_dir().ok().map(|folder| folder.to_string_lossy().into_owned()),
            pid: process::id(),
            version: crate::VERSION.to_owned(),
        };
        Journal::begin(runs, &start)
    }

    /// As agents start it: the shell under its own name, `-c`, the command.
    fn in_shell(&self, shell: &OsStr) -> Command {
        let mut command = Command::new(shell);
        command.arg("-c").arg(self.command);
        os::as_we_were(&mut command);
        command
    }

    /// We become the hook.
    fn run_bare(&self) -> ! {
        let error = self.in_shell(self.shell).exec();
        let _ = self.in_shell(OTHER_SHELL.as_ref()).exec();
        self.not_started(&error)
    }

    fn not_started(&self, error: &io::Error) -> ! {
        let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN };
        fail(code, &format!("failed to start {}: {error}", self.shell.display()))
    }

    fn run_recorded(&self, journal: Journal, mut signals: Signals) -> ! {
        let clock = Instant::now();
        let Ok((mut hook, ends)) = self.start(&signals) else {
            // What we need besides the hook, such as pipes, could not be had.
            journal.give_up();
            drop(signals);
            self.run_bare()
        };
        let mut pump = Pump::new(journal, ends);
        let how = how(pump.run(&mut hook, &mut signals));
        pump.journal.end(how, clock.elapsed());
        signals.tell_no_more();
        match how {
            How::Exited(code) => process::exit(code),
            How::Signalled(signal) => os::die_of(signal),
        }
    }

    fn start(&self, signals: &Signals) -> io::Result<(Child, HookEnds)> {
        let start = |shell: &OsStr| {
            let mut command = self.in_shell(shell);
            signals.tie(&mut command);
            let ends = HookEnds::of(&mut command)?;
            Ok((command.spawn()?, ends))
        };
        start(self.shell).or_else(|_| start(OTHER_SHELL.as_ref()))
    }
}

fn how(status: ExitStatus) -> How {
    match (status.code(), status.signal()) {
        (Some(code), _) => How::Exited(code),
        (None, Some(signal)) => How::Signalled(signal),
        (None, None) => unreachable!("a process that ended exited or was killed"),
    }
}
