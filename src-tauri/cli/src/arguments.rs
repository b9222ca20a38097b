//! What can be typed. Help is in English, as that of every command line; everything else speaks the person's language.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use model::Agent;

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
    /// Read the history of events, requests and decisions
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

#[derive(Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: HistoryCommand,
}

#[derive(Subcommand)]
pub(crate) enum HistoryCommand {
    /// List events and requests, the newest first
    List {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        past: Past,
        /// The most to list
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Print everything about one event or request
    Show {
        /// As `list` names it
        id: String,
    },
    /// Print events and requests with their payloads as JSON lines, the newest first
    Export {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        past: Past,
    },
    /// Print events and decisions as JSON lines from now on, as they are committed
    Follow {
        #[command(flatten)]
        filter: Filter,
    },
}

#[derive(Args)]
pub(crate) struct Filter {
    /// Only those of this agent
    #[arg(long, value_parser = agent())]
    agent: Option<Agent>,
    /// Only this hook event, such as PreToolUse; requests belong to PermissionRequest
    #[arg(long)]
    event: Option<String>,
    /// Only those of this session
    #[arg(long)]
    session: Option<String>,
}

impl From<Filter> for api::Filter {
    fn from(filter: Filter) -> Self {
        Self { agent: filter.agent, event: filter.event, session: filter.session }
    }
}

#[derive(Args)]
pub(crate) struct Past {
    /// Only where all of these words occur
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) text: String,
    /// Only what is not older, such as 90s, 30m, 2h or 7d
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) since: Option<Duration>,
}

fn agent() -> impl TypedValueParser<Value = Agent> {
    PossibleValuesParser::new(Agent::ALL.map(Agent::name))
        .try_map(|name| name.parse::<Agent>().map_err(|error| error.0))
}

fn age(text: &str) -> Result<Duration, String> {
    let parts = text.split_at_checked(text.len().saturating_sub(1));
    let seconds = parts.and_then(|(number, unit)| {
        let number: u64 = number.parse().ok()?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            _ => return None,
        };
        number.checked_mul(unit)
    });
    seconds.map(Duration::from_secs).ok_or_else(|| "an age is a number and s, m, h or d, such as 30m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("2h", 7200), ("7d", 604_800)] {
            assert_eq!(age(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "m", "5", "-1h", "1w", "1 h", "1ü", "99999999999999999999d", "99999999999999999d"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
