//! Reading the past over a read-only connection.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use model::{Agent, EventId, RequestId, RunId, SessionId, Timestamp, TurnId};
use rusqlite::Connection;

use crate::shared::Shared;
use crate::{
    Error, EventPage, EventQuery, Insights, Mark, Page, Query, RunPage, RunQuery, decisions, events, files, gaps,
    requests, row, runs, schema, sums,
};

/// Reads the past. Its calls block the thread: call them where that is allowed.
#[derive(Clone)]
pub struct Reader(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// The writer of this process, where there is one.
    shared: Option<Arc<Shared>>,
    connection: Mutex<Option<Connection>>,
}

impl Reader {
    pub(crate) fn new(path: PathBuf, shared: Option<Arc<Shared>>) -> Self {
        Self(Arc::new(Inner { path, shared, connection: Mutex::new(None) }))
    }

    /// One page of the requests that `query` describes, the newest first.
    pub fn past(&self, query: &Query) -> Result<Page, Error> {
        self.read(|connection| requests::past(connection, query))
    }

    /// The JSON of what was shown of a request; `None` where there is no such request.
    pub fn shown(&self, id: &RequestId) -> Result<Option<String>, Error> {
        self.read(|connection| requests::shown(connection, id))
    }

    /// The digest of what was shown of a request, and its turn; `None` where there is no such request.
    pub fn place(&self, id: &RequestId) -> Result<Option<(String, Option<TurnId>)>, Error> {
        self.read(|connection| requests::place(connection, id))
    }

    /// Up to `limit` requests since then that were asked live, the newest first.
    pub fn asked_since(&self, since: Timestamp, limit: usize) -> Result<Vec<row::Asked>, Error> {
        self.read(|connection| requests::asked_since(connection, since, limit))
    }

    /// One request as it was asked; `None` where there is no such request or it was not asked live.
    pub fn asked(&self, id: &RequestId) -> Result<Option<row::Asked>, Error> {
        self.read(|connection| requests::asked_once(connection, id))
    }

    /// The events of a tool's calls in one turn, in their order.
    pub fn calls(
        &self,
        session: &SessionId,
        turn: &TurnId,
        tool: &str,
        limit: usize,
    ) -> Result<Vec<row::Event>, Error> {
        self.read(|connection| events::calls(connection, session, turn, tool, limit))
    }

    /// How often each rule decided.
    pub fn rule_hits(&self) -> Result<Vec<row::Hits>, Error> {
        self.read(decisions::hits)
    }

    /// Every project that occurs, in order of name.
    pub fn projects(&self) -> Result<Vec<String>, Error> {
        self.read(requests::projects)
    }

    /// Every request without a decision, the oldest first. After a crash they are there until the application starts again.
    pub fn open_requests(&self) -> Result<Vec<row::Past>, Error> {
        self.read(requests::open)
    }

    /// One request; `None` where there is no such request.
    pub fn request(&self, id: &RequestId) -> Result<Option<row::Past>, Error> {
        self.read(|connection| requests::one(connection, id))
    }

    /// One request as it was recorded; `None` where there is no such request.
    pub fn whole_request(&self, id: &RequestId) -> Result<Option<row::Request>, Error> {
        self.read(|connection| requests::whole(connection, id))
    }

    /// One page of the events that `query` describes, the newest first.
    pub fn events(&self, query: &EventQuery) -> Result<EventPage, Error> {
        self.read(|connection| events::page(connection, query))
    }

    /// One event, whole; `None` where there is no such event.
    pub fn event(&self, id: &EventId) -> Result<Option<row::Event>, Error> {
        self.read(|connection| events::one(connection, id))
    }

    /// How many secrets were masked in an event; none where there is no such event.
    pub fn masked(&self, id: &EventId) -> Result<u32, Error> {
        self.read(|connection| events::masked(connection, id))
    }

    /// The runs for one event, in configured order.
    pub fn runs(&self, event: &EventId) -> Result<Vec<row::Run>, Error> {
        self.read(|connection| runs::of_event(connection, event))
    }

    /// The runs of one turn, in the order in which they began and then in configured order.
    pub fn runs_of_turn(&self, session: &SessionId, turn: &TurnId) -> Result<Vec<row::Run>, Error> {
        self.read(|connection| runs::of_turn(connection, session, turn))
    }

    /// The session of the newest run of this turn; `None` where there is no such run.
    pub fn session_of_turn(&self, turn: &TurnId) -> Result<Option<SessionId>, Error> {
        self.read(|connection| runs::session_of(connection, turn))
    }

    /// One run, whole; `None` where there is no such run.
    pub fn run(&self, id: &RunId) -> Result<Option<row::Run>, Error> {
        self.read(|connection| runs::one(connection, id))
    }

    /// One page of the runs that `query` describes, the newest first.
    pub fn run_page(&self, query: &RunQuery) -> Result<RunPage, Error> {
        self.read(|connection| runs::page(connection, query))
    }

    /// What the runs and requests from `since` to before `until` add up to, to the hour. Days are those of a clock that is so
    /// many minutes ahead of UTC.
    pub fn insights(&self, since: Timestamp, until: Timestamp, ahead: i32) -> Result<Insights, Error> {
        self.read(|connection| sums::insights(connection, since, until, ahead))
    }

    /// When the agent's last event happened.
    pub fn last_event(&self, agent: Agent) -> Result<Option<Timestamp>, Error> {
        self.read(|connection| events::last_at(connection, agent))
    }

    /// Those of the agent's `sessions` of which there is an event, in the same order.
    pub fn sessions_with_events(&self, agent: Agent, sessions: &[SessionId]) -> Result<Vec<SessionId>, Error> {
        self.read(|connection| events::seen(connection, agent, sessions))
    }

    /// Names of the tools that the agent used since then, as far as the newest `each` events of each kind tell.
    pub fn tools(&self, agent: Agent, since: Timestamp, each: usize) -> Result<BTreeSet<String>, Error> {
        self.read(|connection| Ok(events::tools(connection, agent, since, each)?))
    }

    /// The end as it is now: what is committed later comes after it.
    pub fn mark(&self) -> Result<Mark, Error> {
        let mark = |connection: &Connection| {
            Ok(Mark {
                events: events::last(connection)?,
                decisions: decisions::last(connection)?,
                runs: runs::last(connection)?,
            })
        };
        self.read(mark)
    }

    /// Up to `limit` events committed after the mark, in that order and as short as on a page. Moves the mark behind them.
    pub fn events_since(&self, mark: &mut Mark, limit: usize) -> Result<Vec<row::Event>, Error> {
        let (rows, last) = self.read(|connection| events::since(connection, mark.events, limit))?;
        mark.events = last;
        Ok(rows)
    }

    /// Up to `limit` decisions committed after the mark, in that order. Moves the mark behind them.
    pub fn decisions_since(&self, mark: &mut Mark, limit: usize) -> Result<Vec<row::Decision>, Error> {
        let (rows, last) = self.read(|connection| decisions::since(connection, mark.decisions, limit))?;
        mark.decisions = last;
        Ok(rows)
    }

    /// Up to `limit` runs committed after the mark, in that order and as short as on a page. Moves the mark behind them.
    pub fn runs_since(&self, mark: &mut Mark, limit: usize) -> Result<Vec<row::Run>, Error> {
        let (rows, last) = self.read(|connection| runs::since(connection, mark.runs, limit))?;
        mark.runs = last;
        Ok(rows)
    }

    /// What is missing from the history, the newest gap first.
    pub fn gaps(&self) -> Result<Vec<row::Gap>, Error> {
        self.read(gaps::all)
    }

    /// After an error the next call connects anew.
    fn read<T>(&self, read: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let mut slot = self.0.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            if let Some(shared) = &self.0.shared {
                shared.wait_until_tried();
            }
            if let Some(found) = self.read_at_rest(&read)? {
                return Ok(found);
            }
        }
        let connection = match slot.take() {
            Some(connection) => connection,
            None => schema::reader(&self.0.path)?,
        };
        let found = read(&connection)?;
        *slot = Some(connection);
        Ok(found)
    }

    /// Reads while nobody writes, without leaving a trace in the folder. `None` when somebody does, or began to meanwhile.
    fn read_at_rest<T>(&self, read: impl Fn(&Connection) -> Result<T, Error>) -> Result<Option<T>, Error> {
        while let Some(before) = files::rest(&self.0.path)? {
            let found = schema::reader_at_rest(&self.0.path).and_then(|connection| read(&connection));
            if files::rest(&self.0.path)? == Some(before) {
                return found.map(Some);
            }
        }
        Ok(None)
    }
}
