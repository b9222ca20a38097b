//! What can be typed. Help is in English, as that of every command line; everything else speaks the person's language.

mod history;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use model::Agent;

pub(crate) use history::{Filters, Format, History, HistoryCommand, Past};

/// Hooks and permission requests of coding agents.
///
/// Exit codes: 0 fine, 1 the check found problems, 2 wrong usage, 3 the environment lacks something (no app, no file).
/// No command decides a permission request: that is done in the app's own window.
#[derive(Parser)]
#[command(name = "hookwright", version = crate::VERSION)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Put Hookwright's entries into an agent's hook file
    Connect(Connect),
    /// Take Hookwright's entries out of an agent's hook file
    Disconnect(Disconnect),
    /// Run the hooks that match the payload on stdin, as the agent would, and print what they say
    Run(Run),
    /// List the hooks that an agent has, or check hook files
    Hooks {
        #[command(subcommand)]
        command: HooksCommand,
    },
    /// List the permission requests that wait now
    Requests(Output),
    /// Check the installation and every agent, and say what to do
    Doctor(Output),
    /// Read the history of events, requests, decisions and runs of hooks
    History(History),
    /// Take events and requests without a window; nobody is there to ask, so requests get no decision
    Serve,
}

#[derive(Args)]
pub(crate) struct Connect {
    #[arg(value_parser = agent())]
    pub(crate) agent: Agent,
    #[command(flatten)]
    consent: ConsentFlags,
    /// Put back what was taken out of the file by hand
    #[arg(long)]
    put_back: bool,
}

impl Connect {
    pub(crate) fn consent(&self) -> Consent {
        self.consent.consent()
    }

    pub(crate) fn aim(&self) -> api::dto::Aim {
        if self.put_back { api::dto::Aim::PutBack } else { api::dto::Aim::Connect }
    }
}

#[derive(Args)]
pub(crate) struct Disconnect {
    #[arg(value_parser = agent())]
    pub(crate) agent: Agent,
    #[command(flatten)]
    consent: ConsentFlags,
}

impl Disconnect {
    pub(crate) fn consent(&self) -> Consent {
        self.consent.consent()
    }
}

#[derive(Args)]
struct ConsentFlags {
    /// Show what would change and change nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl ConsentFlags {
    fn consent(&self) -> Consent {
        match (self.dry_run, self.yes) {
            (true, _) => Consent::OnlyLook,
            (false, true) => Consent::Given,
            (false, false) => Consent::Ask,
        }
    }
}

/// Whether files may be changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    OnlyLook,
    Ask,
    Given,
}

#[derive(Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) session: Session,
    /// Take the hooks of this file only, as if it were the person's own; may be given more than once
    #[arg(long = "config", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Also run hooks that nobody has approved
    #[arg(long)]
    pub(crate) trust_all: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Subcommand)]
pub(crate) enum HooksCommand {
    /// List the hooks of a session: where they stand, and whether they will run
    List {
        #[command(flatten)]
        session: Session,
        #[command(flatten)]
        output: Output,
    },
    /// Say what is wrong in hook files, where, and what to do
    Check {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
}

/// A session as hooks see it.
#[derive(Args)]
pub(crate) struct Session {
    /// Whose hooks
    #[arg(long, value_parser = agent(), default_value = Agent::Codex.name())]
    pub(crate) agent: Agent,
    /// The folder of the session
    #[arg(long, value_name = "DIR")]
    pub(crate) cwd: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Output {
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

impl Output {
    pub(crate) fn form(&self) -> Form {
        if self.json { Form::Json } else { Form::Text }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
}

fn agent() -> impl TypedValueParser<Value = Agent> {
    PossibleValuesParser::new(Agent::ALL.map(Agent::name))
        .try_map(|name| name.parse::<Agent>().map_err(|error| error.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
