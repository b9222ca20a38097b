//! The history for whoever has no running app, such as the command line. Changes nothing in it.

mod exported;
mod filter;
mod following;
mod imported;
mod pages;

use std::iter;

use history::{EventQuery, Mark, Query, Reader, RunQuery, row};
use model::{EventId, HookEvent, RequestId, RunId, SessionId, Timestamp, TurnId};
use serde::Serialize;
use serde_json::Value;

use crate::{Error, Paths, dto, happened, past, runs};
pub use exported::Whole;
pub use filter::{Filter, Kind, RunFilter};
pub use following::{Committed, Following, Notified};
pub use imported::{BadLine, NotImported, import};
use pages::Pages;

/// Rows read at a time.
const PAGE: usize = 200;

/// What the history holds. The JSON of it is printed by `hookwright history` and is stable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Record {
    Event(Box<dto::EventView>),
    /// A request with how it ended, where it has.
    Request(Box<dto::Past>),
    /// A run of a hook that has ended.
    Run(Box<dto::PastRun>),
}

/// One event, request or run with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Detail {
    Event(Box<dto::EventDetail>),
    /// `shown` is the JSON of what a person was shown.
    Request {
        request: Box<dto::Past>,
        shown: Value,
        #[serde(flatten)]
        detail: Option<dto::PastDetail>,
    },
    Run(Box<dto::PastRunDetail>),
}

/// The history on disk, whether or not an app writes to it.
pub struct Records {
    reader: Reader,
}

/// A record and when it was.
type Dated = (Timestamp, Record);

impl Records {
    /// `None`: there is no history yet.
    pub fn open(paths: &Paths) -> Option<Self> {
        let path = paths.history();
        // What cannot be looked at is there; reading it tells what is wrong.
        path.try_exists().unwrap_or(true).then(|| Self { reader: history::read(&path) })
    }

    /// The requests that have no decision, the oldest first. They wait only while an app runs.
    pub fn waiting(&self) -> Result<Vec<dto::Past>, Error> {
        Ok(self.reader.open_requests()?.into_iter().map(past::past).collect())
    }

    /// Events, requests and runs, the newest first, read bit by bit; of a turn its runs in the order in which they began. All of
    /// the words in `text` must occur; nothing is older than `since`. Neither holds for a turn.
    pub fn newest<'r>(
        &'r self,
        filter: &Filter,
        text: &str,
        since: Option<Timestamp>,
    ) -> impl Iterator<Item = Result<Record, Error>> + use<'r> {
        // Of one moment, what came of an event stands above it.
        let mut lists = Vec::new();
        if filter.has_events() {
            lists.push(self.events(filter, text));
        }
        if filter.has_runs() {
            let dated = |row: row::Run| (row.run.started, Record::Run(Box::new(runs::row(&row))));
            lists.push(self.runs(filter, text, since).map(dated));
        }
        if filter.has_requests() {
            lists.push(self.requests(filter, text));
        }
        let next = move || pages::greatest(&mut lists, |(at, _)| *at).transpose();
        iter::from_fn(next)
            .take_while(move |found| match (found, since) {
                (Ok((at, _)), Some(since)) => *at >= since,
                (Ok(_), None) | (Err(_), _) => true,
            })
            .map(|found| found.map(|(_, record)| record))
    }

    /// The runs of [`Records::newest`] as lines of a table, the names of its columns first.
    pub fn table<'r>(
        &'r self,
        filter: &Filter,
        text: &str,
        since: Option<Timestamp>,
    ) -> impl Iterator<Item = Result<String, Error>> + use<'r> {
        let rows = self.runs(filter, text, since).map(|row| history::csv::run(&row));
        iter::once(Ok(history::csv::header())).chain(rows)
    }

    fn events<'r>(&'r self, filter: &Filter, text: &str) -> Pages<'r, Dated> {
        let query = EventQuery {
            text: text.to_owned(),
            agent: filter.agent,
            event: filter.event.as_deref().map(HookEvent::from_name),
            session: filter.session.as_deref().map(SessionId::new),
            before: None,
            limit: PAGE,
        };
        Pages::new(move |before| {
            let page = self.reader.events(&EventQuery { before, ..query.clone() })?;
            let dated = |row: &row::Event| (row.at, Record::Event(Box::new(happened::view(row))));
            Ok((page.rows.iter().map(dated).collect(), page.next))
        })
    }

    fn requests<'r>(&'r self, filter: &Filter, text: &str) -> Pages<'r, Dated> {
        let session = filter.session.as_deref().map(SessionId::new);
        let query = Query { text: text.to_owned(), agent: filter.agent, session, limit: PAGE, ..Query::default() };
        Pages::new(move |before| {
            let page = self.reader.past(&Query { before, ..query.clone() })?;
            let dated = |row: row::Past| (row.at, Record::Request(Box::new(past::past(row))));
            Ok((page.rows.into_iter().map(dated).collect(), page.next))
        })
    }

    /// Of a turn in its own order.
    fn runs<'r>(&'r self, filter: &Filter, text: &str, since: Option<Timestamp>) -> Pages<'r, row::Run> {
        if let Some(turn) = filter.ran.turn.as_deref().map(TurnId::new) {
            let filter = filter.clone();
            return Pages::new(move |_: Option<()>| {
                let mut rows = self.of_turn(&turn, filter.session.as_deref())?;
                rows.retain(|row| filter.is_of_run(row));
                Ok((rows, None))
            });
        }
        let query = RunQuery { text: text.to_owned(), since, limit: PAGE, ..filter.query() };
        Pages::new(move |before| {
            let page = self.reader.run_page(&RunQuery { before, ..query.clone() })?;
            Ok((page.rows, page.next))
        })
    }

    fn of_turn(&self, turn: &TurnId, session: Option<&str>) -> Result<Vec<row::Run>, Error> {
        let session = match session {
            Some(session) => Some(SessionId::new(session)),
            None => self.reader.session_of_turn(turn)?,
        };
        Ok(session.map_or_else(|| Ok(Vec::new()), |session| self.reader.runs_of_turn(&session, turn))?)
    }

    /// The record with what an export adds.
    pub fn whole(&self, record: Record) -> Result<Whole, Error> {
        Whole::of(&self.reader, record)
    }

    /// The event, request or run of this id.
    pub fn one(&self, id: &str) -> Result<Option<Detail>, Error> {
        if let Some(detail) = happened::detail(&self.reader, &EventId::new(id))? {
            return Ok(Some(Detail::Event(Box::new(detail))));
        }
        if let Some(detail) = runs::detail(&self.reader, &RunId::new(id))? {
            return Ok(Some(Detail::Run(Box::new(detail))));
        }
        let id = RequestId::new(id);
        let Some(row) = self.reader.request(&id)? else { return Ok(None) };
        let (request, shown) = (Box::new(past::past(row)), self.shown(&id)?);
        Ok(Some(Detail::Request { request, shown, detail: past::detail(&self.reader, &id)? }))
    }

    fn shown(&self, id: &RequestId) -> Result<Value, Error> {
        let shown = self.reader.shown(id)?;
        Ok(shown.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
    }

    /// The end as it is now.
    pub(crate) fn mark(&self) -> Result<Mark, Error> {
        Ok(self.reader.mark()?)
    }

    /// Hears of what is committed from now on, and of recorded hooks that run.
    pub fn follow(&self, paths: &Paths, filter: Filter) -> Result<Following<'_>, Error> {
        Following::begin(self, paths, filter)
    }
}
