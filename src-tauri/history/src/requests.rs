//! Table `requests`: every permission request and what was shown of it. Reads join `decisions`.

use std::path::PathBuf;

use model::agent::UnknownAgent;
use model::{Agent, RequestId, RuleId, SessionId, Timestamp, TurnId};
use rusqlite::{Connection, OptionalExtension, Params, Row, params, params_from_iter};

use crate::conditions::Conditions;
use crate::events::LISTED;
use crate::query::sql_limit;
use crate::{ByKind, Cursor, DecisionKind, Error, Page, Query, decisions, row};

// `shown` stands last: it may be long, and SQLite need not read past the columns a list asks for.
pub(crate) const CREATE: &str = "
    CREATE TABLE requests (
        id TEXT NOT NULL PRIMARY KEY,
        at INTEGER NOT NULL,
        agent TEXT NOT NULL,
        session TEXT NOT NULL,
        turn TEXT,
        project TEXT,
        runs_in TEXT NOT NULL,
        tool TEXT NOT NULL,
        summary TEXT NOT NULL,
        digest TEXT NOT NULL,
        shown TEXT NOT NULL
    ) STRICT;
    CREATE INDEX requests_order ON requests (at, id);
    CREATE INDEX requests_project ON requests (project);
";

/// How many secrets were masked in it.
pub(crate) const MASKED: &str = "ALTER TABLE requests ADD COLUMN masked INTEGER NOT NULL DEFAULT 0;";

/// A second row of the same id changes nothing. `masked` secrets were masked in it.
pub(crate) fn insert(connection: &Connection, row: &row::Request, masked: u32) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO requests (id, at, agent, session, turn, project, runs_in, tool, summary, digest, shown,
                masked)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            row.id.as_str(),
            row.at.0,
            row.agent.name(),
            row.session.as_str(),
            row.turn.as_ref().map(|id| id.as_str()),
            row.project.as_ref().map(|path| path.to_string_lossy()),
            row.runs_in.to_string_lossy(),
            row.tool,
            row.summary,
            row.digest,
            row.shown,
            masked,
        ])?;
    Ok(())
}

const COLUMNS: &str = "
    r.id, r.at, r.agent, r.session, r.project, r.tool, r.summary,
    d.at, d.decision, d.message, d.by, d.rule, d.hook, d.waited_ms, d.taken, d.rule_about, r.masked";
const PAST: &str = "FROM requests r LEFT JOIN decisions d ON d.request = r.id";

/// The newest requests first, one page of them.
pub(crate) fn past(connection: &Connection, query: &Query) -> Result<Page, Error> {
    let mut conditions = conditions(query);
    // One row more than asked for tells whether there is a next page.
    let limit = query.limit.max(1);
    conditions.values.push(sql_limit(limit.saturating_add(1)).into());
    let sql = format!("{} ORDER BY r.at DESC, r.id DESC LIMIT ?", conditions.sql());
    let mut rows = select(connection, &sql, params_from_iter(conditions.values))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| Cursor::after(last.at, &last.id));
    Ok(Page { rows, next })
}

fn conditions(query: &Query) -> Conditions {
    let mut conditions = Conditions::new();
    if let Some(before) = &query.before {
        conditions.add("(r.at, r.id) < (?, ?)", [before.at().0.into(), before.id().to_owned().into()]);
    }
    conditions.equal("d.decision", query.decision.map(DecisionKind::name));
    conditions.equal("d.by", query.by.map(ByKind::name));
    conditions.equal("d.rule", query.rule.as_ref().map(RuleId::as_str));
    conditions.equal("r.agent", query.agent.map(Agent::name));
    conditions.equal("r.project", query.project.as_ref().map(|path| path.to_string_lossy()).as_deref());
    let within = "r.summary || char(10) || coalesce(r.project, '') || char(10) || coalesce(d.message, '')";
    conditions.words(&query.text, within);
    conditions
}

/// Every request without a decision, the oldest first.
pub(crate) fn open(connection: &Connection) -> Result<Vec<row::Past>, Error> {
    select(connection, "d.request IS NULL ORDER BY r.at, r.id", [])
}

/// One request.
pub(crate) fn one(connection: &Connection, id: &RequestId) -> Result<Option<row::Past>, Error> {
    Ok(select(connection, "r.id = ?1", [id.as_str()])?.pop())
}

/// Deletes those that [`decisions::prune`] will delete the decisions of. Requests without a decision stay.
pub(crate) fn prune(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM requests WHERE id IN
                (SELECT request FROM decisions WHERE at < ?1 ORDER BY at, number LIMIT ?2)",
        )?
        .execute([before.0, decisions::PRUNED])
}

/// Up to `limit` requests since then that were asked live, the newest first.
pub(crate) fn asked_since(connection: &Connection, since: Timestamp, limit: usize) -> Result<Vec<row::Asked>, Error> {
    asked(connection, "r.at >= ?1 ORDER BY r.at DESC, r.id DESC LIMIT ?2", [since.0, sql_limit(limit)])
}

/// One request as it was asked live.
pub(crate) fn asked_once(connection: &Connection, id: &RequestId) -> Result<Option<row::Asked>, Error> {
    Ok(asked(connection, "r.id = ?1", [id.as_str()])?.pop())
}

fn asked(connection: &Connection, condition: &str, params: impl Params) -> Result<Vec<row::Asked>, Error> {
    // CROSS JOIN keeps the order of the tables: otherwise SQLite reads every event there is and sorts them.
    let sql = format!(
        "SELECT {COLUMNS}, CASE WHEN e.masked = 0 AND octet_length(e.payload) <= {LISTED} THEN e.payload ELSE '' END
         {PAST} CROSS JOIN events e ON e.request = r.id AND e.reported = 'live' WHERE {condition}"
    );
    let row = |row: &Row<'_>| Ok(row::Asked { past: read(row)?, payload: row.get(17)? });
    connection.prepare_cached(&sql)?.query_and_then(params, row)?.collect()
}

fn select(connection: &Connection, condition: &str, params: impl Params) -> Result<Vec<row::Past>, Error> {
    let sql = format!("SELECT {COLUMNS} {PAST} WHERE {condition}");
    connection.prepare_cached(&sql)?.query_and_then(params, read)?.collect()
}

fn read(row: &Row<'_>) -> Result<row::Past, Error> {
    let id = RequestId::new(row.get::<_, String>(0)?);
    let (decision, taken) = decisions::read(row, 7, &id)?;
    Ok(row::Past {
        at: Timestamp(row.get(1)?),
        agent: agent(row.get(2)?)?,
        session: SessionId::new(row.get::<_, String>(3)?),
        project: row.get::<_, Option<String>>(4)?.map(PathBuf::from),
        tool: row.get(5)?,
        summary: row.get(6)?,
        masked: row.get(16)?,
        decision,
        taken,
        id,
    })
}

/// The agent that a word in the database names.
pub(crate) fn agent(word: String) -> Result<Agent, Error> {
    word.parse().map_err(|UnknownAgent(word)| Error::UnknownWord { column: "agent", word })
}

/// The JSON of what was shown.
pub(crate) fn shown(connection: &Connection, id: &RequestId) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT shown FROM requests WHERE id = ?1")?;
    Ok(statement.query_row([id.as_str()], |row| row.get(0)).optional()?)
}

/// The digest of what was shown, and the turn.
pub(crate) fn place(connection: &Connection, id: &RequestId) -> Result<Option<(String, Option<TurnId>)>, Error> {
    let mut statement = connection.prepare_cached("SELECT digest, turn FROM requests WHERE id = ?1")?;
    let place = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.map(TurnId::new)));
    Ok(statement.query_row([id.as_str()], place).optional()?)
}

/// Every project that occurs, in order of name.
pub(crate) fn projects(connection: &Connection) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT project FROM requests WHERE project IS NOT NULL ORDER BY project";
    let mut statement = connection.prepare_cached(sql)?;
    let projects = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(projects)
}
