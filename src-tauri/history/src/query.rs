//! What can be asked of the past, and the pages it comes back in.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use model::{Agent, HookEvent, HookKey, RequestId, RuleId, RunStatus, SessionId, Timestamp, TurnId, Why};

use crate::row::RunFrom;
use crate::{Error, row};

/// Which requests of the past, the newest first. Every condition that is set must hold.
#[derive(Clone, Debug)]
pub struct Query {
    /// Words that must all occur in the summary, the project or the deny message; ASCII letters in any case.
    pub text: String,
    pub decision: Option<DecisionKind>,
    pub by: Option<ByKind>,
    /// That decided.
    pub rule: Option<RuleId>,
    pub agent: Option<Agent>,
    pub session: Option<SessionId>,
    pub project: Option<PathBuf>,
    /// From the page before: only what is older.
    pub before: Option<Cursor>,
    /// Rows of a page, at least one.
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            text: String::new(),
            decision: None,
            by: None,
            rule: None,
            agent: None,
            session: None,
            project: None,
            before: None,
            limit: 100,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionKind {
    Allow,
    Deny,
    NoDecision,
}

impl DecisionKind {
    const ALL: [Self; 3] = [Self::Allow, Self::Deny, Self::NoDecision];

    /// The word in the database.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::NoDecision => "none",
        }
    }

    pub(crate) fn from_name(word: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == word);
        known.ok_or_else(|| Error::UnknownWord { column: "decision", word: word.to_owned() })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByKind {
    Person,
    Rule,
    Hook,
    Nobody(Why),
}

impl ByKind {
    /// The word in the database.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Rule => "rule",
            Self::Hook => "hook",
            Self::Nobody(why) => why.name(),
        }
    }

    pub(crate) fn from_name(word: &str) -> Result<Self, Error> {
        let nobody = Why::ALL.into_iter().map(Self::Nobody);
        let known = [Self::Person, Self::Rule, Self::Hook].into_iter().chain(nobody).find(|kind| kind.name() == word);
        known.ok_or_else(|| Error::UnknownWord { column: "by", word: word.to_owned() })
    }
}

/// One page of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub rows: Vec<row::Past>,
    /// [`Query::before`] of the next page; `None` at the end.
    pub next: Option<Cursor>,
}

/// A place in the order of requests. Stays valid while rows come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: Timestamp,
    id: String,
}

impl Cursor {
    pub(crate) fn after(at: Timestamp, id: &RequestId) -> Self {
        Self { at, id: id.as_str().to_owned() }
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.at.0, self.id)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.split_once(':').and_then(|(at, id)| Some((at.parse().ok()?, id)));
        let (at, id) = parts.ok_or_else(|| Error::Cursor(text.to_owned()))?;
        Ok(Self { at: Timestamp(at), id: id.to_owned() })
    }
}

/// Which events, the newest first. Every condition that is set must hold.
#[derive(Clone, Debug)]
pub struct EventQuery {
    /// Words that must all occur in the event's name, the tool, the folder, the prompt or a payload of up to 64 KiB, as the
    /// agent wrote it; ASCII letters in any case.
    pub text: String,
    pub agent: Option<Agent>,
    pub event: Option<HookEvent>,
    pub session: Option<SessionId>,
    /// From the page before: only what is older.
    pub before: Option<EventCursor>,
    /// Rows of a page, at least one.
    pub limit: usize,
}

impl Default for EventQuery {
    fn default() -> Self {
        Self { text: String::new(), agent: None, event: None, session: None, before: None, limit: 100 }
    }
}

/// One page of events. A payload over 64 KiB is empty here, a prompt over 65,536 characters is cut.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    pub rows: Vec<row::Event>,
    /// [`EventQuery::before`] of the next page; `None` at the end.
    pub next: Option<EventCursor>,
}

/// A place in the order of events. Stays valid while rows come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCursor {
    at: Timestamp,
    number: i64,
}

impl EventCursor {
    pub(crate) fn after(at: Timestamp, number: i64) -> Self {
        Self { at, number }
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    pub(crate) fn number(&self) -> i64 {
        self.number
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.at.0, self.number)
    }
}

impl FromStr for EventCursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.split_once(':').and_then(|(at, number)| Some((at.parse().ok()?, number.parse().ok()?)));
        let (at, number) = parts.ok_or_else(|| Error::Cursor(text.to_owned()))?;
        Ok(Self { at: Timestamp(at), number })
    }
}

/// Which runs, the newest first. Every condition that is set must hold.
#[derive(Clone, Debug)]
pub struct RunQuery {
    /// Words that must all occur in the command, the project, the first 16 KiB of an output or what the run left for person and
    /// model. Letters in any case; a last word that no run has may be the beginning of one.
    pub text: String,
    pub agent: Option<Agent>,
    pub event: Option<HookEvent>,
    /// One of these; empty: any.
    pub status: Vec<RunStatus>,
    pub from: Option<RunFrom>,
    pub project: Option<PathBuf>,
    pub session: Option<SessionId>,
    /// One of that session.
    pub turn: Option<TurnId>,
    pub hook: Option<HookKey>,
    /// That took longer. From [`RunQuery::SLOW`] on there is a quick way to them.
    pub longer_than: Option<Duration>,
    /// That began then or later.
    pub since: Option<Timestamp>,
    /// That began earlier.
    pub until: Option<Timestamp>,
    /// From the page before: only what is older.
    pub before: Option<RunCursor>,
    /// Rows of a page, at least one.
    pub limit: usize,
}

impl RunQuery {
    /// Runs that took longer are called slow.
    pub const SLOW: Duration = Duration::from_secs(1);
}

impl Default for RunQuery {
    fn default() -> Self {
        Self {
            text: String::new(),
            agent: None,
            event: None,
            status: Vec::new(),
            from: None,
            project: None,
            session: None,
            turn: None,
            hook: None,
            longer_than: None,
            since: None,
            until: None,
            before: None,
            limit: 100,
        }
    }
}

/// One page of runs, without the text of what they read and wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPage {
    pub rows: Vec<row::Run>,
    /// [`RunQuery::before`] of the next page; `None` at the end.
    pub next: Option<RunCursor>,
}

/// A place in the order of runs. Stays valid while rows come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunCursor(i64);

impl RunCursor {
    pub(crate) fn after(number: i64) -> Self {
        Self(number)
    }

    pub(crate) fn number(&self) -> i64 {
        self.0
    }
}

impl fmt::Display for RunCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RunCursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(Self).map_err(|_| Error::Cursor(text.to_owned()))
    }
}

/// How far a follower has read, in the order of commits: events that were kept while the application was closed come in late,
/// with old times. The default is the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    pub(crate) events: i64,
    pub(crate) decisions: i64,
    pub(crate) runs: i64,
}

/// An operand of `LIMIT`.
pub(crate) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
