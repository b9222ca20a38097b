//! What can be typed behind `history`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use api::dto::{RunFromView, RunStatusView};
use clap::{Args, Subcommand, ValueEnum};
use model::Agent;

use super::{Output, agent};

#[derive(Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: HistoryCommand,
}

#[derive(Subcommand)]
pub(crate) enum HistoryCommand {
    /// List events, requests and runs of hooks, the newest first
    List {
        #[command(flatten)]
        past: Past,
        /// The most to list [default: 50, of a turn all]
        #[arg(long)]
        limit: Option<usize>,
        #[command(flatten)]
        filter: Filters,
    },
    /// Print everything about one event, request or run
    Show {
        /// As `list` names it
        id: String,
    },
    /// Print events, requests and runs with payloads and outputs as JSON lines, the newest first
    ///
    /// With `--format csv` runs only, without what they read and wrote, in these columns: id, from, reported, started_ms, agent,
    /// event, session, turn, tool, project, hook, command, status, exit_code, signal, took_us, input_bytes, stdout_bytes,
    /// stderr_bytes, masked, entries. New columns may come behind them.
    Export {
        #[command(flatten)]
        past: Past,
        /// How to print it; csv is for runs
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
        #[command(flatten)]
        filter: Filters,
    },
    /// Print events, decisions and runs as JSON lines from now on, as they are committed
    ///
    /// A run is told of as Codex tells its clients: `hook/started` and `hook/completed`. Recorded hooks are told to have
    /// started while they run, others when they ended.
    Follow {
        #[command(flatten)]
        filter: Filters,
    },
    /// Take in what `export` printed, of this computer or another
    ///
    /// What is there already stays as it is. What is taken in is marked: it feeds no preview of a rule and is never run again.
    /// A file with a line that is none of an export changes nothing.
    Import { file: PathBuf },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Jsonl,
    Csv,
}

#[derive(Args)]
pub(crate) struct Filters {
    /// Only what is one of these
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only those of this agent
    #[arg(long, value_parser = agent())]
    agent: Option<Agent>,
    /// Only this hook event, such as PreToolUse; requests belong to PermissionRequest
    #[arg(long)]
    event: Option<String>,
    /// Only those of this session
    #[arg(long)]
    session: Option<String>,
    #[command(flatten, next_help_heading = "Only runs of hooks")]
    ran: Ran,
}

#[derive(Args)]
struct Ran {
    /// That ended so; may be given more than once
    #[arg(long, value_enum)]
    status: Vec<Status>,
    /// Of this hook, by its key
    #[arg(long, value_name = "KEY")]
    hook: Option<String>,
    /// In sessions of this folder
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Of this turn, in the order in which they began
    #[arg(long, value_name = "ID")]
    turn: Option<String>,
    /// Known from there
    #[arg(long, value_enum)]
    from: Option<Origin>,
    /// That took longer, such as 500ms, 2s or 1m
    #[arg(long, value_name = "TIME", value_parser = time)]
    slower_than: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Event,
    Request,
    Run,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Status {
    Completed,
    Failed,
    Blocked,
    Stopped,
    /// How it ended is not known
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Origin {
    /// Hookwright ran it for an agent
    Hosted,
    /// The recorder around the command told of it
    Recorded,
    /// The agent itself told of it
    Told,
    /// A person tried it
    Tried,
}

impl Filters {
    /// `None`: events or requests are asked for by what only runs have.
    pub(crate) fn wanted(self) -> Option<api::Filter> {
        let Ran { status, hook, project, turn, from, slower_than } = self.ran;
        let ran = api::RunFilter {
            turn,
            status: status.into_iter().map(Status::view).collect(),
            hook,
            project: project.as_deref().map(folder),
            from: from.map(Origin::view),
            slower_than,
        };
        let kind = self.kind.map(|kind| match kind {
            Kind::Event => api::Kind::Event,
            Kind::Request => api::Kind::Request,
            Kind::Run => api::Kind::Run,
        });
        let fits = kind.is_none_or(|kind| kind == api::Kind::Run) || ran == api::RunFilter::default();
        fits.then_some(api::Filter { kind, agent: self.agent, event: self.event, session: self.session, ran })
    }
}

impl Status {
    fn view(self) -> RunStatusView {
        match self {
            Self::Completed => RunStatusView::Completed,
            Self::Failed => RunStatusView::Failed,
            Self::Blocked => RunStatusView::Blocked,
            Self::Stopped => RunStatusView::Stopped,
            Self::Unknown => RunStatusView::Unknown,
        }
    }
}

impl Origin {
    fn view(self) -> RunFromView {
        match self {
            Self::Hosted => RunFromView::Hosted,
            Self::Recorded => RunFromView::Recorded,
            Self::Told => RunFromView::Told,
            Self::Tried => RunFromView::Tried,
        }
    }
}

/// The folder as the history names it; one that is gone as it was written.
fn folder(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

#[derive(Args)]
pub(crate) struct Past {
    /// Only where all of these words occur
    #[arg(long, default_value = "", hide_default_value = true, conflicts_with = "turn")]
    pub(crate) text: String,
    /// Only what is not older, such as 90s, 30m, 2h or 7d
    #[arg(long, value_name = "AGE", value_parser = age, conflicts_with = "turn")]
    pub(crate) since: Option<Duration>,
}

fn age(text: &str) -> Result<Duration, String> {
    let units = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];
    let seconds = counted(text, &units).map(Duration::from_secs);
    seconds.ok_or_else(|| "an age is a number and s, m, h or d, such as 30m".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    let ms = counted(text, &[("ms", 1), ("s", 1_000), ("m", 60_000)]).map(Duration::from_millis);
    ms.ok_or_else(|| "a time is a number and ms, s or m, such as 500ms".to_owned())
}

/// A number and one of these units.
fn counted(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    units.iter().find_map(|(unit, worth)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(*worth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("2h", 7200), ("7d", 604_800)] {
            assert_eq!(age(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "m", "5", "-1h", "1w", "1 h", "1ü", "99999999999999999999d", "99999999999999999d"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, ms) in [("500ms", 500), ("2s", 2_000), ("1m", 60_000), ("0s", 0)] {
            assert_eq!(time(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for wrong in ["", "ms", "5", "-1s", "1h", "1.5s", "99999999999999999999ms", "9999999999999999999m"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
