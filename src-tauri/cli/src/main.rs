//! `hookwright`, the command line: for scripts, for SSH sessions, and `serve` for machines without a window.
//!
//! Everything it can do is a use case of `api`. No command decides a request: that is done in the app's own window.

mod arguments;
mod check;
mod connect;
mod doctor;
mod draw;
mod follow;
mod history;
mod hooks;
mod requests;
mod run;
mod serve;
mod stop;

use std::process::ExitCode;

use api::{Agents, Hooks, Paths, Settings, text};
use arguments::{Arguments, Command, HooksCommand};
use clap::Parser;
use stop::Stop;

/// A build may be given another number, so that updates can be tested.
const VERSION: &str = match option_env!("HOOKWRIGHT_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    text::speak(text::of_system());
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.tell(),
    }
}

fn run(command: Command) -> Result<(), Stop> {
    let paths = Paths::from_environment()?;
    let settings = Settings::read(&paths);
    if let Ok(settings) = &settings {
        text::speak(settings.speaks());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let agents = || Agents::of(&paths);
        match command {
            Command::Connect(wish) => connect::connect(&agents(), &wish).await.map_err(Stop::unfinished),
            Command::Disconnect(wish) => connect::disconnect(&agents(), &wish).await.map_err(Stop::unfinished),
            Command::Run(wish) => run::run(&Hooks::of(&paths), wish).await,
            Command::Hooks { command: HooksCommand::List { session, output } } => {
                hooks::list(&Hooks::of(&paths), &session, output.form()).await
            }
            Command::Hooks { command: HooksCommand::Check { files, output } } => {
                check::check(&Hooks::of(&paths), &files, output.form())
            }
            Command::Requests(form) => requests::list(&paths, form.form()),
            Command::Doctor(form) => doctor::examine(&paths, settings.err(), form.form()).await,
            Command::History(wish) => history::run(&paths, wish).await,
            Command::Serve => serve::run(paths, settings?).await,
        }
    })
}
