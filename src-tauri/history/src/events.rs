//! Table `events`: every hook event, with its payload.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::{Agent, EventId, HookEvent, Reported, RequestId, SessionId, Subagent, SubagentId, Timestamp, TurnId};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use crate::conditions::Conditions;
use crate::query::{EventCursor, EventPage, EventQuery, sql_limit};
use crate::{Error, requests, row, runs};

pub(crate) const CREATE: &str = "
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        agent TEXT NOT NULL,
        event TEXT NOT NULL,
        session TEXT,
        turn TEXT,
        subagent TEXT,
        role TEXT,
        tool TEXT,
        cwd TEXT,
        prompt TEXT,
        payload TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_at ON events (at);
";

/// Events get the id under which the relay sent them, so that none is stored twice, and a number in the order of their commits
/// that is never given again. Those from before get an id made of their number.
// `prompt` and `payload` stand last: they may be long, and SQLite need not read past the columns a list asks for.
pub(crate) const NAME: &str = "
    DROP INDEX events_at;
    ALTER TABLE events RENAME TO old_events;
    CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        reported TEXT NOT NULL,
        agent TEXT NOT NULL,
        event TEXT NOT NULL,
        session TEXT,
        turn TEXT,
        subagent TEXT,
        role TEXT,
        tool TEXT,
        cwd TEXT,
        request TEXT,
        prompt TEXT,
        payload TEXT NOT NULL
    ) STRICT;
    INSERT INTO events
        SELECT id, 'unnamed-' || id, at, 'live', agent, event, session, turn, subagent, role, tool, cwd, NULL, prompt, payload
        FROM old_events ORDER BY id;
    DROP TABLE old_events;
    CREATE INDEX events_at ON events (at);
    CREATE INDEX events_session ON events (session, at);
";

/// The way from a request to its event.
pub(crate) const REQUEST: &str = "CREATE INDEX events_request ON events (request) WHERE request IS NOT NULL;";

/// How many secrets were masked in it.
pub(crate) const MASKED: &str = "ALTER TABLE events ADD COLUMN masked INTEGER NOT NULL DEFAULT 0;";

/// The way to the events of one name.
pub(crate) const NAMES: &str = "CREATE INDEX events_event ON events (event, at);";

/// Longer payloads are left out of lists, longer prompts are cut there. In bytes and in characters.
pub(crate) const LISTED: usize = 64 << 10;
const NEWEST_FIRST: &str = "ORDER BY at DESC, number DESC";
/// How much one call of [`prune`] deletes: a payload's pages are visited one by one.
const PRUNED_ROWS: i64 = 200;
const PRUNED_BYTES: i64 = 8 << 20;

/// A second row of the same id changes nothing; returns whether it was the first. `masked` secrets were masked in it.
pub(crate) fn insert(connection: &Connection, row: &row::Event, masked: u32) -> rusqlite::Result<bool> {
    let event = &row.event;
    connection
        .prepare_cached(
            "INSERT INTO events (id, at, reported, agent, event, session, turn, subagent, role, tool, cwd, request,
                prompt, payload, masked)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            row.id.as_str(),
            row.at.0,
            reported_name(row.reported),
            event.agent.name(),
            event.event.name(),
            event.session.as_ref().map(|id| id.as_str()),
            event.turn.as_ref().map(|id| id.as_str()),
            event.subagent.as_ref().map(|subagent| subagent.id.as_str()),
            event.subagent.as_ref().map(|subagent| subagent.role.as_str()),
            event.tool,
            event.cwd.as_ref().map(|path| path.to_string_lossy()),
            row.request.as_ref().map(|id| id.as_str()),
            event.prompt,
            event.payload,
            masked,
        ])
        .map(|rows| rows > 0)
}

/// The newest events first, one page of them.
pub(crate) fn page(connection: &Connection, query: &EventQuery) -> Result<EventPage, Error> {
    let mut conditions = conditions(query);
    // One row more than asked for tells whether there is a next page.
    let limit = query.limit.max(1);
    conditions.values.push(sql_limit(limit.saturating_add(1)).into());
    let sql = select(Length::Listed, &format!("{} {NEWEST_FIRST} LIMIT ?", conditions.sql()));
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_and_then(params_from_iter(conditions.values), numbered)?;
    let mut rows = found.collect::<Result<Vec<_>, Error>>()?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(number, last)| EventCursor::after(last.at, *number));
    Ok(EventPage { rows: rows.into_iter().map(|(_, row)| row).collect(), next })
}

fn conditions(query: &EventQuery) -> Conditions {
    let mut conditions = Conditions::new();
    if let Some(before) = &query.before {
        conditions.add("(at, number) < (?, ?)", [before.at().0.into(), before.number().into()]);
    }
    conditions.equal("agent", query.agent.map(Agent::name));
    conditions.equal("event", query.event.as_ref().map(HookEvent::name));
    conditions.equal("session", query.session.as_ref().map(SessionId::as_str));
    let payload = format!("CASE WHEN octet_length(payload) <= {LISTED} THEN payload END");
    let within = format!("concat_ws(char(10), event, tool, cwd, prompt, {payload})");
    conditions.words(&query.text, &within);
    conditions
}

/// The events committed after `mark`, in that order, and the mark behind them.
pub(crate) fn since(connection: &Connection, mark: i64, limit: usize) -> Result<(Vec<row::Event>, i64), Error> {
    let sql = select(Length::Listed, "number > ?1 ORDER BY number LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_and_then(params![mark, sql_limit(limit)], numbered)?;
    let rows = found.collect::<Result<Vec<_>, Error>>()?;
    let last = rows.last().map_or(mark, |(number, _)| *number);
    Ok((rows.into_iter().map(|(_, row)| row).collect(), last))
}

/// The number of the last event.
pub(crate) fn last(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(number), 0) FROM events", [], |row| row.get(0))
}

/// One event, whole.
pub(crate) fn one(connection: &Connection, id: &EventId) -> Result<Option<row::Event>, Error> {
    let mut statement = connection.prepare_cached(&select(Length::Whole, "id = ?1"))?;
    let found = statement.query_and_then([id.as_str()], numbered)?.next().transpose()?;
    Ok(found.map(|(_, row)| row))
}

/// How many secrets were masked in it; none where there is no such event.
pub(crate) fn masked(connection: &Connection, id: &EventId) -> Result<u32, Error> {
    let mut statement = connection.prepare_cached("SELECT masked FROM events WHERE id = ?1")?;
    Ok(statement.query_row([id.as_str()], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// The events of this tool's calls in one turn, whole and in their order.
pub(crate) fn calls(
    connection: &Connection,
    session: &SessionId,
    turn: &TurnId,
    tool: &str,
    limit: usize,
) -> Result<Vec<row::Event>, Error> {
    let names = [HookEvent::PreToolUse, HookEvent::PermissionRequest, HookEvent::PostToolUse];
    let sql = "session = ?1 AND turn = ?2 AND tool = ?3 AND event IN (?4, ?5, ?6) ORDER BY at, number LIMIT ?7";
    let mut statement = connection.prepare_cached(&select(Length::Whole, sql))?;
    let names = names.each_ref().map(HookEvent::name);
    let operands = params![session.as_str(), turn.as_str(), tool, names[0], names[1], names[2], sql_limit(limit)];
    let found = statement.query_and_then(operands, numbered)?;
    found.map(|found| found.map(|(_, row)| row)).collect()
}

/// When the agent's last event happened.
pub(crate) fn last_at(connection: &Connection, agent: Agent) -> Result<Option<Timestamp>, Error> {
    let mut statement = connection.prepare_cached("SELECT at FROM events WHERE agent = ?1 ORDER BY at DESC LIMIT 1")?;
    Ok(statement.query_row([agent.name()], |row| row.get(0).map(Timestamp)).optional()?)
}

/// Those of `sessions` of which there is an event.
pub(crate) fn seen(connection: &Connection, agent: Agent, sessions: &[SessionId]) -> Result<Vec<SessionId>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE session = ?1 AND agent = ?2)")?;
    let mut seen = Vec::new();
    for session in sessions {
        if statement.query_row([session.as_str(), agent.name()], |row| row.get(0))? {
            seen.push(session.clone());
        }
    }
    Ok(seen)
}

/// Names of the tools in the newest `each` events of each kind that is about tools, sorted.
pub(crate) fn tools(
    connection: &Connection,
    agent: Agent,
    since: Timestamp,
    each: usize,
) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT tool FROM (
            SELECT agent, tool FROM events WHERE event = ?1 AND at >= ?2 ORDER BY at DESC LIMIT ?3)
         WHERE agent = ?4 AND tool IS NOT NULL",
    )?;
    let mut tools = BTreeSet::new();
    for event in [HookEvent::PreToolUse, HookEvent::PermissionRequest, HookEvent::PostToolUse] {
        let found =
            statement.query_map(params![event.name(), since.0, sql_limit(each), agent.name()], |row| row.get(0))?;
        for tool in found {
            tools.insert(tool?);
        }
    }
    Ok(tools)
}

/// Deletes some of what is older, the oldest first.
pub(crate) fn prune(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM events WHERE number IN (
                SELECT number FROM (
                    SELECT number, sum(bytes) OVER (ORDER BY at, number) - bytes AS ahead FROM (
                        SELECT number, at, octet_length(payload) AS bytes
                        FROM events WHERE at < ?1 ORDER BY at, number LIMIT ?2))
                WHERE ahead < ?3)",
        )?
        .execute([before.0, PRUNED_ROWS, PRUNED_BYTES])
}

enum Length {
    Listed,
    Whole,
}

fn select(length: Length, condition: &str) -> String {
    let texts = match length {
        Length::Listed => {
            format!("substr(prompt, 1, {LISTED}), CASE WHEN octet_length(payload) <= {LISTED} THEN payload ELSE '' END")
        }
        Length::Whole => "prompt, payload".to_owned(),
    };
    format!(
        "SELECT number, id, at, reported, agent, event, session, turn, subagent, role, tool, cwd, request, {texts}
         FROM events WHERE {condition}"
    )
}

fn numbered(row: &Row<'_>) -> Result<(i64, row::Event), Error> {
    let subagent = row.get::<_, Option<String>>(8)?.zip(row.get::<_, Option<String>>(9)?);
    let event = model::Event {
        agent: requests::agent(row.get(4)?)?,
        event: HookEvent::from_name(&row.get::<_, String>(5)?),
        session: row.get::<_, Option<String>>(6)?.map(SessionId::new),
        turn: row.get::<_, Option<String>>(7)?.map(TurnId::new),
        subagent: subagent.map(|(id, role)| Subagent { id: SubagentId::new(id), role }),
        tool: row.get(10)?,
        cwd: row.get::<_, Option<String>>(11)?.map(PathBuf::from),
        prompt: row.get(13)?,
        payload: row.get(14)?,
    };
    let number = row.get(0)?;
    let row = row::Event {
        id: EventId::new(row.get::<_, String>(1)?),
        at: Timestamp(row.get(2)?),
        reported: reported(row.get(3)?)?,
        event,
        request: row.get::<_, Option<String>>(12)?.map(RequestId::new),
    };
    Ok((number, row))
}

/// The word in the database.
pub(crate) fn reported_name(reported: Reported) -> &'static str {
    match reported {
        Reported::Live => "live",
        Reported::WhileClosed => "closed",
        Reported::Imported => "imported",
    }
}

/// The value that a word in the database names.
pub(crate) fn reported(word: String) -> Result<Reported, Error> {
    let known = [Reported::Live, Reported::WhileClosed, Reported::Imported];
    runs::word("reported", word, known, reported_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{self, plan};

    #[test]
    fn a_little_is_deleted_at_a_time() {
        let check = |rows: i64, bytes: i64, expected: &[usize]| {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(CREATE).unwrap();
            connection.execute_batch(NAME).unwrap();
            let insert = "
                WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?1)
                INSERT INTO events SELECT value, value, 7, 'live', 'codex', 'Stop', NULL, NULL, NULL, NULL,
                NULL, NULL, NULL, NULL, printf('%*c', ?2, 'x') FROM numbers";
            connection.execute(insert, [rows, bytes]).unwrap();
            for expected in expected {
                assert_eq!(prune(&connection, Timestamp(8)).unwrap(), *expected);
            }
            assert_eq!(prune(&connection, Timestamp(8)).unwrap(), 0);
        };
        check(450, 10, &[200, 200, 50]);
        check(10, 1 << 20, &[8, 2]);
        check(2, 20 << 20, &[1, 1]);
    }

    #[test]
    fn pages_and_sessions_are_read_from_an_index() {
        let (_folder, connection) = plan::empty();
        let check = |query: EventQuery, expected: &str| {
            let conditions = conditions(&query);
            let sql = select(Length::Listed, &format!("{} {NEWEST_FIRST} LIMIT 1", conditions.sql()));
            assert_eq!(plan(&connection, &sql, params_from_iter(conditions.values)), [expected]);
        };
        let before = Some(EventCursor::after(Timestamp(1), 2));
        let session = Some(SessionId::new("s"));
        let all = EventQuery::default;
        check(all(), "SCAN events USING INDEX events_at");
        check(EventQuery { before: before.clone(), ..all() }, "SEARCH events USING INDEX events_at (at<?)");
        check(EventQuery { session: session.clone(), ..all() }, "SEARCH events USING INDEX events_session (session=?)");
        let event = Some(HookEvent::Stop);
        check(EventQuery { event, ..all() }, "SEARCH events USING INDEX events_event (event=?)");
        check(EventQuery { session, before, ..all() }, "SEARCH events USING INDEX events_session (session=? AND at<?)");
    }
}
