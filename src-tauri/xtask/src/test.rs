//! `cargo xtask test` and `soak`: everything, cheap steps first, going on after a failure; the last line is the sum.

use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};
use lexopt::prelude::*;

use crate::artifacts::Programs;
use crate::stream::{End, stream};
use crate::suite::{self, Program, SELECTION, Seal, Stage};
use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{artifacts, npm, process, provision};

const MINUTE: Duration = Duration::from_secs(60);

/// How long the campaigns are that try many cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Campaigns {
    Short,
    Full,
}

#[derive(Debug)]
pub(crate) struct Options {
    campaigns: Campaigns,
    latest: bool,
    filter: Option<String>,
}

impl Options {
    pub(crate) fn parse(mut parser: lexopt::Parser, campaigns: Campaigns) -> Result<Self, lexopt::Error> {
        let mut options = Self { campaigns, latest: false, filter: None };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("latest") => options.latest = true,
                Value(filter) if options.filter.is_none() => options.filter = Some(filter.string()?),
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }
}

pub(crate) fn test(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let mut session =
        Session { workspace, options, seal: Seal::new()?, programs: None, tally: Tally::default(), broken: Vec::new() };
    if let Err(error) = session.everything() {
        session.broke("the tests", &error.to_string());
    }
    for broken in &session.broken {
        println!("xtask: failed: {broken}");
    }
    let passed = session.tally.failed == 0 && session.tally.passed > 0;
    println!("{}", session.tally);
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Session<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    seal: Seal,
    programs: Option<Programs>,
    tally: Tally,
    broken: Vec<String>,
}

impl Session<'_> {
    fn everything(&mut self) -> Result<()> {
        self.prepare();
        process::go_on()?;
        self.user_interface();
        process::go_on()?;
        println!("xtask: compiling the tests");
        let (programs, complete) = suite::build(self.workspace)?;
        if !complete {
            self.broke("compiling the tests", "see above; what did compile is run all the same");
        }
        for stage in [Stage::Crates, Stage::Flows, Stage::RealAgents, Stage::Windows] {
            process::go_on()?;
            let chosen = self.chosen(&programs, stage)?;
            self.prepare_stage(stage, &chosen);
            for program in &chosen {
                process::go_on()?;
                self.run_program(program);
            }
            if stage == Stage::Crates && self.options.filter.is_none() {
                let mut examples = self.workspace.cargo(&["test", "--doc", "--quiet"]);
                self.seal.apply(examples.args(SELECTION));
                self.step("examples in the documentation", examples, MINUTE * 20);
            }
        }
        process::go_on()?;
        if self.options.latest {
            self.newest_agents(&programs);
        }
        Ok(())
    }

    fn prepare(&mut self) {
        match self.options.campaigns {
            Campaigns::Short => self.seal.set("PROPTEST_CASES", "64"),
            Campaigns::Full => {
                self.seal.set("PROPTEST_CASES", "20000");
                self.seal.set("HOOKWRIGHT_SOAK", "1");
            }
        }
        self.attempt("installing what the tests need", |session| provision::tests(session.workspace));
        self.attempt("building the user interface", |session| artifacts::ui(session.workspace));
    }

    fn user_interface(&mut self) {
        if let Some(filter) = self.options.filter.clone() {
            let npm = self.npm(&["test", "--silent", "--", "-t", &filter]);
            self.step("user interface: tests", npm, MINUTE * 5);
            return;
        }
        for (name, script) in [("check", "check"), ("lint", "lint"), ("tests", "test")] {
            let npm = self.npm(&["run", "--silent", script]);
            self.step(&format!("user interface: {name}"), npm, MINUTE * 5);
        }
    }

    fn npm(&self, arguments: &[&str]) -> Command {
        let mut npm = self.workspace.npm(arguments);
        self.seal.apply(&mut npm);
        npm
    }

    /// What only this stage needs is built when it comes, so that the cheap ones do not wait for it.
    fn prepare_stage(&mut self, stage: Stage, programs: &[&Program]) {
        if programs.is_empty() {
            return;
        }
        if stage != Stage::Crates {
            self.attempt("building relay and command line", Self::build_programs);
        }
        match stage {
            Stage::Crates | Stage::Flows => {}
            Stage::RealAgents => self.attempt("installing the agent programs", Self::install_agents),
            Stage::Windows => self.attempt("building the application for the window suite", |session| {
                session.install_agents()?;
                let released = artifacts::build_released_for_tests(session.workspace)?;
                session.seal.set("HOOKWRIGHT_TEST_RELEASED_APP", released);
                let app = artifacts::build_for_tests(session.workspace)?;
                session.seal.set("HOOKWRIGHT_TEST_APP", app);
                Ok(())
            }),
        }
    }

    /// Once is enough: nothing changes them meanwhile.
    fn build_programs(&mut self) -> Result<()> {
        if self.programs.is_none() {
            let programs = artifacts::programs_for_tests(self.workspace)?;
            self.seal.set("HOOKWRIGHT_TEST_RELAY", &programs.relay);
            self.seal.set("HOOKWRIGHT_TEST_CLI", &programs.cli);
            self.seal.set("HOOKWRIGHT_TEST_NEXT", &programs.next);
            self.programs = Some(programs);
        }
        Ok(())
    }

    fn install_agents(&mut self) -> Result<()> {
        let codex = npm::install_agents(self.workspace)?;
        self.seal.set("HOOKWRIGHT_TEST_CODEX", codex);
        Ok(())
    }

    fn chosen<'p>(&self, programs: &'p [Program], stage: Stage) -> Result<Vec<&'p Program>> {
        let mut chosen = Vec::new();
        for program in programs.iter().filter(|program| program.stage == stage) {
            let wanted = self.options.filter.as_ref().map(|filter| program.has(filter, &self.seal));
            if wanted.transpose()?.unwrap_or(true) {
                chosen.push(program);
            }
        }
        Ok(chosen)
    }

    fn run_program(&mut self, program: &Program) {
        let limit = match program.stage {
            Stage::Crates | Stage::Flows => MINUTE * 10,
            Stage::RealAgents => MINUTE * 15,
            Stage::Windows => MINUTE * 20,
        };
        let command = self.command_of(program);
        self.step(&self.name_of(program), command, limit);
    }

    fn command_of(&self, program: &Program) -> Command {
        let mut command = program.command(&self.seal);
        command.args(&self.options.filter);
        command
    }

    fn name_of(&self, program: &Program) -> String {
        let folder = program.folder.strip_prefix(&self.workspace.root).unwrap_or(&program.folder);
        let folder = if folder.as_os_str().is_empty() { "the application".into() } else { folder.to_string_lossy() };
        format!("{folder}: {}", program.name)
    }

    /// Runs one step and counts what it says.
    fn step(&mut self, name: &str, mut command: Command, limit: Duration) {
        println!("xtask: {name}");
        match self.run_counting(&mut command, limit) {
            Ok(tally) => self.tally += tally,
            Err(Broken { tally, error }) => {
                self.tally += tally;
                println!("xtask: {name}: {error:#}");
                self.broken.push(format!("{name}: {error:#}"));
            }
        }
    }

    fn run_counting(&self, command: &mut Command, limit: Duration) -> Result<Tally, Broken> {
        let limit = match self.options.campaigns {
            Campaigns::Short => limit,
            Campaigns::Full => limit * 12,
        };
        let mut tally = Tally::default();
        let end = stream(command, limit, |line| {
            println!("{line}");
            tally += Tally::of_line(line);
        });
        let result = match end {
            Ok(End::Exited(status)) if status.success() => Ok(()),
            Ok(End::Exited(status)) => Err(anyhow::anyhow!("ended with {status}")),
            Ok(End::Leaked(_)) => Err(anyhow::anyhow!("left a process behind; it was ended")),
            Ok(End::TimedOut) => {
                Err(anyhow::anyhow!("took longer than {} minutes; it was ended", limit.as_secs() / 60))
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(()) if tally.failed == 0 => Ok(tally),
            Ok(()) => Err(Broken { tally, error: anyhow::anyhow!("tests failed") }),
            Err(error) => {
                if tally.failed == 0 {
                    tally += Tally::BROKEN;
                }
                Err(Broken { tally, error })
            }
        }
    }

    /// The real-agent tests with the newest programs, for information only.
    fn newest_agents(&mut self, programs: &[Program]) {
        let tried = npm::install_latest_agents(self.workspace).and_then(|(codex, version)| {
            let mut sum = Tally::default();
            for program in programs.iter().filter(|program| program.stage == Stage::RealAgents) {
                let mut command = self.command_of(program);
                command.env("HOOKWRIGHT_TEST_CODEX", &codex);
                sum += self.run_counting(&mut command, MINUTE * 15).unwrap_or_else(|broken| broken.tally);
            }
            if sum == Tally::default() {
                bail!("there are no tests with real agents");
            }
            Ok((version, sum))
        });
        match tried {
            Ok((version, sum)) => println!("xtask: for information, with {version}: {sum}"),
            Err(error) => println!("xtask: for information, the newest agent programs could not be tried: {error:#}"),
        }
    }

    fn attempt(&mut self, what: &str, prepare: impl FnOnce(&mut Self) -> Result<()>) {
        if let Err(error) = prepare(self) {
            self.broke(what, &format!("{error:#}"));
        }
    }

    fn broke(&mut self, what: &str, why: &str) {
        println!("xtask: {what}: {why}");
        self.broken.push(format!("{what}: {why}"));
        self.tally += Tally::BROKEN;
    }
}

/// A step that did not end well, and what it counted until then.
struct Broken {
    tally: Tally,
    error: anyhow::Error,
}
