//! `cargo xtask`: everything a newcomer and CI run. Reads the arguments and hands over; no step is written here.

mod agent;
mod artifacts;
mod bench;
mod check;
mod debian;
mod demo;
mod display;
mod elf;
mod npm;
mod opening;
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

use crate::artifacts::Profile;
use crate::opening::Opening;
use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  run [--release] [--headless-display [--keep]] [-- ARGS]
                         install what is missing, build, open the application;
                         with --headless-display on a virtual screen, leaving a screenshot
  demo [--release] [--headless-display [--keep]]
                         the same with a pretended agent at work: events and requests, no account needed;
                         with --headless-display leaving screenshots
  test [--latest] [FILTER]
                         every test, cheap ones first; --latest also tries the newest agent programs
  soak [FILTER]          the same with the long campaigns at full length
  check                  formatting, clippy, dependency directions, user interface check and lint
  gen                    write the generated files
  bench relay            what a hook costs, side by side with other ways to ask
  bench engine           what running hooks costs, side by side with bare spawns and with Codex
  bench record           what recording adds to a hook, with the app open and closed
  bench history          what a history of a million runs costs: storing, pages, search
  bench app [--debug]    what the application costs while idle, and how soon its windows are there
";

/// The exit code of a missing environment, here: no display.
const NO_ENVIRONMENT: u8 = 3;

enum Task {
    Run(Opening),
    Demo(Opening),
    Test(test::Options),
    Check,
    Generate,
    BenchRelay,
    BenchEngine,
    BenchRecord,
    BenchHistory,
    BenchApp(Profile),
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
        "run" => Opening::parse(arguments).map(Task::Run),
        "demo" => Opening::parse(arguments).map(Task::Demo),
        "test" => test::Options::parse(arguments, test::Campaigns::Short).map(Task::Test),
        "soak" => test::Options::parse(arguments, test::Campaigns::Full).map(Task::Test),
        "check" => nothing_more(arguments, Task::Check),
        "gen" => nothing_more(arguments, Task::Generate),
        "bench" => match arguments.value()?.string()?.as_str() {
            "relay" => nothing_more(arguments, Task::BenchRelay),
            "engine" => nothing_more(arguments, Task::BenchEngine),
            "record" => nothing_more(arguments, Task::BenchRecord),
            "history" => nothing_more(arguments, Task::BenchHistory),
            "app" => bench::profile(arguments).map(Task::BenchApp),
            other => {
                Err(format!("no benchmark {other:?}: there are `relay`, `engine`, `record`, `history` and `app`")
                    .into())
            }
        },
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
        Task::Run(opening) => run::run(&workspace, &opening),
        Task::Demo(opening) => demo::demo(&workspace, &opening),
        Task::Test(options) => test::test(&workspace, &options),
        Task::Check => check::check(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Generate => artifacts::generate(&workspace).map(|()| ExitCode::SUCCESS),
        Task::BenchRelay => bench::relay(&workspace).map(|()| ExitCode::SUCCESS),
        Task::BenchEngine => bench::engine(&workspace).map(|()| ExitCode::SUCCESS),
        Task::BenchRecord => bench::record(&workspace).map(|()| ExitCode::SUCCESS),
        Task::BenchHistory => bench::history(&workspace).map(|()| ExitCode::SUCCESS),
        Task::BenchApp(profile) => bench::app(&workspace, profile).map(|()| ExitCode::SUCCESS),
        Task::Help => Ok(ExitCode::SUCCESS),
    }
}
