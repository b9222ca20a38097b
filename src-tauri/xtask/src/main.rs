//! `cargo xtask`: everything a newcomer and CI run. Reads the arguments and hands over; no step is written here.

mod artifacts;
mod bench;
mod check;
mod debian;
mod display;
mod elf;
mod npm;
mod process;
mod provision;
mod run;
mod stream;
mod suite;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use lexopt::prelude::*;

use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  run [--release] [--headless-display [--keep]] [-- ARGS]
                         install what is missing, build, open the application;
                         with --headless-display on a virtual screen, leaving a screenshot
  test [--latest] [FILTER]
                         every test, cheap ones first; --latest also tries the newest agent programs
  soak [FILTER]          the same with the long campaigns at full length
  check                  formatting, clippy, dependency directions, user interface check and lint
  gen                    write the generated files
  bench relay            what a hook costs, side by side with other ways to ask
";

/// The exit code of a missing environment, here: no display.
const NO_ENVIRONMENT: u8 = 3;

enum Task {
    Run(run::Options),
    Test(test::Options),
    Check,
    Generate,
    BenchRelay,
    Help,
}

fn main() -> ExitCode {
    let task = match parse(lexopt::Parser::from_env()) {
        Ok(task) => task,
        Err(error) => {
            eprintln!("xtask: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match perform(task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: lexopt::Parser) -> Result<Task, lexopt::Error> {
    let command = match arguments.next()? {
        Some(Value(command)) => command.string()?,
        Some(Short('h') | Long("help")) | None => return Ok(Task::Help),
        Some(other) => return Err(other.unexpected()),
    };
    match command.as_str() {
        "run" => run::Options::parse(arguments).map(Task::Run),
        "test" => test::Options::parse(arguments, test::Campaigns::Short).map(Task::Test),
        "soak" => test::Options::parse(arguments, test::Campaigns::Full).map(Task::Test),
        "check" => nothing_more(arguments, Task::Check),
        "gen" => nothing_more(arguments, Task::Generate),
        "bench" => {
            let subject = arguments.value()?;
            if subject != "relay" {
                return Err("the only benchmark is `bench relay`".into());
            }
            nothing_more(arguments, Task::BenchRelay)
        }
        "help" => Ok(Task::Help),
        other => Err(format!("no command {other:?}").into()),
    }
}

fn nothing_more(mut arguments: lexopt::Parser, task: Task) -> Result<Task, lexopt::Error> {
    match arguments.next()? {
        Some(extra) => Err(extra.unexpected()),
        None => Ok(task),
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    if let Task::Help = task {
        print!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    }
    process::end_children_when_interrupted()?;
    let workspace = Workspace::locate()?;
    match task {
        Task::Run(options) => run::run(&workspace, options),
        Task::Test(options) => test::test(&workspace, &options),
        Task::Check => check::check(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Generate => artifacts::generate(&workspace).map(|()| ExitCode::SUCCESS),
        Task::BenchRelay => bench::relay(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Help => Ok(ExitCode::SUCCESS),
    }
}
