//! What goes into the tables and comes out of them.

use std::path::PathBuf;
use std::time::Duration;

use model::{
    Agent, Answer, EventId, HookKey, HookRun, Reported, RequestId, RuleId, RunId, SessionId, Timestamp, TurnId,
};

/// One hook event as an agent reported it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub at: Timestamp,
    pub reported: Reported,
    pub event: model::Event,
    /// The permission request that it opened.
    pub request: Option<RequestId>,
}

/// One run of a handler.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Of this run alone, unlike [`HookRun::id`]. A second row of the same id changes nothing.
    pub id: RunId,
    pub from: RunFrom,
    pub reported: Reported,
    /// For which it ran. It tells the agent, and of session, turn, tool and folder what is not told.
    pub event: Option<EventId>,
    pub agent: Agent,
    pub session: Option<SessionId>,
    pub turn: Option<TurnId>,
    pub tool: Option<String>,
    /// The agent's id of the call.
    pub tool_use: Option<String>,
    pub project: Option<PathBuf>,
    pub cwd: Option<PathBuf>,
    /// What ran, as it is shown.
    pub command: String,
    /// `None`: no configured hook has this command. Then [`HookRun::hook`] is empty.
    pub hook: Option<HookKey>,
    /// Of the entry as it stood, where that is known.
    pub hash: Option<String>,
    /// As the agent sums it up.
    pub run: HookRun,
    /// By the monotonic clock. [`HookRun::duration_ms`] is the same in whole milliseconds.
    pub took: Option<Duration>,
    /// `None` where there was none, such as after a signal.
    pub exit_code: Option<i32>,
    /// That ended it.
    pub signal: Option<i32>,
    pub input: Output,
    pub stdout: Output,
    pub stderr: Output,
    pub applied: Applied,
    /// How many secrets were masked in it.
    pub masked: u32,
    /// In the agent's own words: of a recorded run what the agent says of it as well, of [`RunFrom::Told`] only where a word is not
    /// known here, as the rest of the row is the agent's word then.
    pub told: Option<Told>,
}

/// A run in the words of its agent, whether or not they are known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub status: String,
    /// Of the handler.
    pub kind: String,
    pub mode: String,
    /// The kind of its source.
    pub source: String,
    /// Milliseconds.
    pub took_ms: Option<u64>,
    /// What it left: the kind of it, and the text.
    pub entries: Vec<(String, String)>,
}

impl Told {
    /// The words of a summary.
    pub fn of(run: &HookRun) -> Self {
        Self {
            status: run.status.name().to_owned(),
            kind: run.kind.name().to_owned(),
            mode: run.mode.name().to_owned(),
            source: run.source.kind.name().to_owned(),
            took_ms: run.duration_ms,
            entries: run.entries.iter().map(|entry| (entry.kind.name().to_owned(), entry.text.clone())).collect(),
        }
    }
}

/// Who told of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunFrom {
    /// Our engine ran it, for an agent.
    Hosted,
    /// The recorder around its command left a file.
    Recorded,
    /// An agent's app-server.
    Told,
    /// Our engine ran it because a person wanted to see it run.
    Tried,
}

/// What a run wrote or read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// All of it or its beginning.
    pub text: String,
    /// The length of all of it.
    pub bytes: u64,
}

/// What became of what the runs of an event asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It went to the agent.
    Sent,
    /// It asked for nothing, or there was nobody to tell.
    Nothing,
    /// Hookwright did not pass it on: a limit was reached, or its *allow* is only advice.
    HeldBack,
}

/// One permission request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: RequestId,
    pub at: Timestamp,
    pub agent: Agent,
    pub session: SessionId,
    pub turn: Option<TurnId>,
    pub project: Option<PathBuf>,
    pub runs_in: PathBuf,
    pub tool: String,
    /// The first line of what was asked.
    pub summary: String,
    /// JSON of what was shown.
    pub shown: String,
    /// Digest over `shown`.
    pub digest: String,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub request: RequestId,
    pub at: Timestamp,
    pub answer: Answer,
    /// What the rule is about that decided; it may be gone or another later.
    pub rule: Option<String>,
    /// Which of the agent's own answers was chosen; `None` where it offers none.
    pub offered: Option<String>,
    /// From the request's arrival to the decision.
    pub waited: Duration,
}

/// A request of the past with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub id: RequestId,
    pub at: Timestamp,
    pub agent: Agent,
    pub session: SessionId,
    pub project: Option<PathBuf>,
    pub tool: String,
    pub summary: String,
    /// How many secrets were masked in what was shown, before it was stored.
    pub masked: u32,
    /// [`Reported::Live`], or [`Reported::Imported`]: what is reported later asks nothing.
    pub reported: Reported,
    /// `None` while it waits.
    pub decision: Option<Decision>,
    /// Whether the agent took the reply; `None` while that is not known.
    pub taken: Option<bool>,
}

/// A request of the past with the payload in which it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub past: Past,
    /// Empty where it is over 64 KiB, and where secrets were masked in it: it is not what was asked then.
    pub payload: String,
}

/// A row of an export.
#[derive(Clone, Debug, PartialEq)]
pub enum Exported {
    Event(Event),
    Request {
        request: Request,
        /// `None` where it waited then: nobody will ever decide it here.
        decision: Option<Decision>,
        /// Whether the agent took the reply.
        taken: Option<bool>,
    },
    Run(Box<Run>),
}

/// How often a rule decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    pub rule: RuleId,
    pub count: u64,
    pub last: Timestamp,
}

/// Rows that could not be written and had to be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When writing worked again.
    pub at: Timestamp,
    /// How many rows are missing.
    pub lost: u64,
}
