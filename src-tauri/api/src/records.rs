//! The history for whoever has no running app, such as the command line. Changes nothing in it.

use std::collections::VecDeque;
use std::iter;

use history::{Cursor, EventCursor, EventQuery, Mark, Query, Reader};
use model::{Agent, EventId, HookEvent, RequestId, SessionId, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::{Error, Paths, dto, happened, past};

/// Rows read at a time.
const PAGE: usize = 200;

/// What the history holds. The JSON of it is printed by `hookwright history` and is stable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Record {
    Event(Box<dto::EventView>),
    /// A request with how it ended, where it has.
    Request(Box<dto::Past>),
}

/// What a follower hears of. The JSON of it is printed by `hookwright history follow` and is stable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Committed {
    Event(Box<dto::EventView>),
    Decision { request: String, outcome: dto::Outcome },
}

/// One event or request with everything that is known of it.
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
}

/// A record as it is exported: an event with its payload as the agent sent it, a request with what was shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Whole {
    #[serde(flatten)]
    record: Record,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<Value>,
}

/// Which records. Every condition that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub agent: Option<Agent>,
    /// By the agent's own name of the event. Requests and decisions belong to `PermissionRequest`.
    pub event: Option<String>,
    pub session: Option<String>,
}

impl Filter {
    fn has_requests(&self) -> bool {
        self.event.as_deref().is_none_or(|event| event == HookEvent::PermissionRequest.name())
    }

    fn fits(&self, agent: Agent, session: Option<&SessionId>) -> bool {
        self.agent.is_none_or(|wanted| wanted == agent)
            && self.session.as_deref().is_none_or(|wanted| session.is_some_and(|session| session.as_str() == wanted))
    }

    fn is_any(&self) -> bool {
        self.agent.is_none() && self.session.is_none()
    }
}

/// The history on disk, whether or not an app writes to it.
pub struct Records {
    reader: Reader,
}

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

    /// Events and requests, the newest first, read bit by bit. All of the words in `text` must occur; nothing is older than
    /// `since`.
    pub fn newest<'r>(
        &'r self,
        filter: &Filter,
        text: &str,
        since: Option<Timestamp>,
    ) -> impl Iterator<Item = Result<Record, Error>> + use<'r> {
        let mut events = Pages::new(self.events(filter, text));
        let mut requests = Pages::new(self.requests(filter, text));
        iter::from_fn(move || {
            let next = newer(&mut events, &mut requests).transpose()?;
            Some(next)
        })
        .take_while(move |found| match (found, since) {
            (Ok((at, _)), Some(since)) => *at >= since,
            (Ok(_), None) | (Err(_), _) => true,
        })
        .map(|found| found.map(|(_, record)| record))
    }

    /// Pages of events.
    fn events<'r>(&'r self, filter: &Filter, text: &str) -> impl FnMut() -> Result<Vec<Dated>, Error> + use<'r> {
        let mut query = EventQuery {
            text: text.to_owned(),
            agent: filter.agent,
            event: filter.event.as_deref().map(HookEvent::from_name),
            session: filter.session.as_deref().map(SessionId::new),
            before: None,
            limit: PAGE,
        };
        let mut place: Place<EventCursor> = Place::Before(None);
        move || {
            let Place::Before(before) = std::mem::replace(&mut place, Place::End) else { return Ok(Vec::new()) };
            query.before = before;
            let page = self.reader.events(&query)?;
            place = Place::after(page.next);
            Ok(page.rows.iter().map(|row| (row.at, Record::Event(Box::new(happened::view(row))))).collect())
        }
    }

    /// Pages of requests. The history has no filter for their session.
    fn requests<'r>(&'r self, filter: &Filter, text: &str) -> impl FnMut() -> Result<Vec<Dated>, Error> + use<'r> {
        let filter = filter.clone();
        let mut query = Query { text: text.to_owned(), agent: filter.agent, limit: PAGE, ..Query::default() };
        let mut place: Place<Cursor> = if filter.has_requests() { Place::Before(None) } else { Place::End };
        move || {
            let mut found = Vec::new();
            while found.is_empty()
                && let Place::Before(before) = std::mem::replace(&mut place, Place::End)
            {
                query.before = before;
                let mut page = self.reader.past(&query)?;
                place = Place::after(page.next);
                page.rows.retain(|row| filter.fits(row.agent, Some(&row.session)));
                found = page.rows.into_iter().map(|row| (row.at, Record::Request(Box::new(past::past(row))))).collect();
            }
            Ok(found)
        }
    }

    /// The record with what an export adds.
    pub fn whole(&self, record: Record) -> Result<Whole, Error> {
        let (payload, shown) = match &record {
            Record::Event(view) => {
                let event = self.reader.event(&EventId::new(&view.id))?;
                (event.map(|row| row.event.payload), None)
            }
            Record::Request(past) => (None, Some(self.shown(&RequestId::new(&past.id))?)),
        };
        Ok(Whole { record, payload, shown })
    }

    /// The event or request of this id.
    pub fn one(&self, id: &str) -> Result<Option<Detail>, Error> {
        if let Some(detail) = happened::detail(&self.reader, &EventId::new(id))? {
            return Ok(Some(Detail::Event(Box::new(detail))));
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

    /// The end as it is now, for [`Records::since`].
    pub fn mark(&self) -> Result<Mark, Error> {
        Ok(self.reader.mark()?)
    }

    /// Events and decisions committed after the mark. Moves the mark behind them.
    pub fn since(&self, mark: &mut Mark, filter: &Filter) -> Result<Vec<Committed>, Error> {
        let mut committed = Vec::new();
        loop {
            let events = self.reader.events_since(mark, PAGE)?;
            let decisions = self.reader.decisions_since(mark, PAGE)?;
            if events.is_empty() && decisions.is_empty() {
                return Ok(committed);
            }
            let named = |name: &str| filter.event.as_deref().is_none_or(|wanted| wanted == name);
            let fits = |row: &&history::row::Event| {
                named(row.event.event.name()) && filter.fits(row.event.agent, row.event.session.as_ref())
            };
            committed.extend(events.iter().filter(fits).map(|row| Committed::Event(Box::new(happened::view(row)))));
            for row in decisions {
                if self.decided(filter, &row.request)? {
                    let outcome = past::outcome(&row);
                    committed.push(Committed::Decision { request: row.request.to_string(), outcome });
                }
            }
        }
    }

    /// Whether a decision on this request is wanted.
    fn decided(&self, filter: &Filter, id: &RequestId) -> Result<bool, Error> {
        if filter.is_any() || !filter.has_requests() {
            return Ok(filter.has_requests());
        }
        let request = self.reader.request(id)?;
        Ok(request.is_some_and(|row| filter.fits(row.agent, Some(&row.session))))
    }
}

/// A record and when it was.
type Dated = (Timestamp, Record);

/// How far a list was read.
enum Place<C> {
    Before(Option<C>),
    End,
}

impl<C> Place<C> {
    fn after(next: Option<C>) -> Self {
        next.map_or(Self::End, |cursor| Self::Before(Some(cursor)))
    }
}

/// Rows that come in pages; an empty page is the end.
struct Pages<F> {
    read: F,
    rows: VecDeque<Dated>,
}

impl<F: FnMut() -> Result<Vec<Dated>, Error>> Pages<F> {
    fn new(read: F) -> Self {
        Self { read, rows: VecDeque::new() }
    }

    fn peek(&mut self) -> Result<Option<Timestamp>, Error> {
        if self.rows.is_empty() {
            self.rows = (self.read)()?.into();
        }
        Ok(self.rows.front().map(|(at, _)| *at))
    }
}

/// The newer one of what comes next.
fn newer(
    events: &mut Pages<impl FnMut() -> Result<Vec<Dated>, Error>>,
    requests: &mut Pages<impl FnMut() -> Result<Vec<Dated>, Error>>,
) -> Result<Option<Dated>, Error> {
    // Of one moment, what came of an event stands above it.
    let request_next = requests.peek()? >= events.peek()?;
    Ok(if request_next { requests.rows.pop_front() } else { events.rows.pop_front() })
}
