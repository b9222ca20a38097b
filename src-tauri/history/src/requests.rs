//! Table `requests`: every permission request and what was shown of it. Reads join `decisions`.

use std::path::PathBuf;

use model::agent::UnknownAgent;
use model::{Agent, Reported, RequestId, RuleId, SessionId, Timestamp, TurnId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params, Row, params, params_from_iter};

use crate::conditions::Conditions;
use crate::events::{LISTED, reported_name};
use crate::query::sql_limit;
use crate::{ByKind, Cursor, DecisionKind, Error, Page, Query, decisions, events, row};

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

/// A request knows how it was reported, and how it ended: those that ended in one way are found without looking at all others.
// What is asked for stands first in each index, then the order of pages.
pub(crate) const ENDED: &str = "
    ALTER TABLE requests ADD COLUMN reported TEXT NOT NULL DEFAULT 'live';
    ALTER TABLE requests ADD COLUMN decision TEXT;
    ALTER TABLE requests ADD COLUMN by TEXT;
    ALTER TABLE requests ADD COLUMN rule TEXT;
    UPDATE requests SET (decision, by, rule) = (SELECT decision, by, rule FROM decisions WHERE request = requests.id);
    CREATE TRIGGER request_ended AFTER INSERT ON decisions BEGIN
        UPDATE requests SET decision = new.decision, by = new.by, rule = new.rule WHERE id = new.request;
    END;
    DROP INDEX requests_project;
    CREATE INDEX requests_open ON requests (at, id) WHERE decision IS NULL;
    CREATE INDEX requests_project ON requests (project, at, id) WHERE project IS NOT NULL;
    CREATE INDEX requests_session ON requests (session, at, id);
    CREATE INDEX requests_decision ON requests (decision, at, id) WHERE decision IS NOT NULL;
    CREATE INDEX requests_by ON requests (by, at, id) WHERE by IS NOT NULL;
    CREATE INDEX requests_rule ON requests (rule, at, id) WHERE rule IS NOT NULL;
";

/// A second row of the same id changes nothing; returns whether it was the first. `masked` secrets were masked in it.
pub(crate) fn insert(
    connection: &Connection,
    row: &row::Request,
    reported: Reported,
    masked: u32,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "INSERT INTO requests (id, at, agent, session, turn, project, runs_in, tool, summary, digest, shown,
                masked, reported, decision, by, rule)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
                (SELECT decision FROM decisions WHERE request = ?1), (SELECT by FROM decisions WHERE request = ?1),
                (SELECT rule FROM decisions WHERE request = ?1)) ON CONFLICT (id) DO NOTHING",
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
            reported_name(reported),
        ])
        .map(|rows| rows > 0)
}

const COLUMNS: &str = "
    r.id, r.at, r.agent, r.session, r.project, r.tool, r.summary,
    d.at, d.decision, d.message, d.by, d.rule, d.hook, d.waited_ms, d.taken, d.rule_about, d.offered, r.masked, r.reported";
const PAST: &str = "FROM requests r LEFT JOIN decisions d ON d.request = r.id";

/// The newest requests first, one page of them.
pub(crate) fn past(connection: &Connection, query: &Query) -> Result<Page, Error> {
    // One row more than asked for tells whether there is a next page.
    let limit = query.limit.max(1);
    let (sql, values) = page(query, limit.saturating_add(1));
    let mut rows = rows(connection, &sql, params_from_iter(values))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| Cursor::after(last.at, &last.id));
    Ok(Page { rows, next })
}

fn page(query: &Query, limit: usize) -> (String, Vec<Value>) {
    let mut conditions = conditions(query);
    conditions.values.push(sql_limit(limit).into());
    (select(&format!("{} ORDER BY r.at DESC, r.id DESC LIMIT ?", conditions.sql())), conditions.values)
}

fn conditions(query: &Query) -> Conditions {
    let mut conditions = Conditions::new();
    if let Some(before) = &query.before {
        conditions.add("(r.at, r.id) < (?, ?)", [before.at().0.into(), before.id().to_owned().into()]);
    }
    conditions.equal("r.decision", query.decision.map(DecisionKind::name));
    conditions.equal("r.by", query.by.map(ByKind::name));
    conditions.equal("r.rule", query.rule.as_ref().map(RuleId::as_str));
    conditions.equal("r.agent", query.agent.map(Agent::name));
    conditions.equal("r.session", query.session.as_ref().map(SessionId::as_str));
    conditions.equal("r.project", query.project.as_ref().map(|path| path.to_string_lossy()).as_deref());
    let within = "r.summary || char(10) || coalesce(r.project, '') || char(10) || coalesce(d.message, '')";
    conditions.words(&query.text, within);
    conditions
}

const OPEN: &str = "r.decision IS NULL ORDER BY r.at, r.id";

/// Every request without a decision, the oldest first.
pub(crate) fn open(connection: &Connection) -> Result<Vec<row::Past>, Error> {
    rows(connection, &select(OPEN), [])
}

/// One request.
pub(crate) fn one(connection: &Connection, id: &RequestId) -> Result<Option<row::Past>, Error> {
    Ok(rows(connection, &select("r.id = ?1"), [id.as_str()])?.pop())
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

const SINCE: &str = "r.at >= ?1 ORDER BY r.at DESC, r.id DESC LIMIT ?2";

/// Up to `limit` requests since then that were asked live, the newest first.
pub(crate) fn asked_since(connection: &Connection, since: Timestamp, limit: usize) -> Result<Vec<row::Asked>, Error> {
    asked(connection, SINCE, [since.0, sql_limit(limit)])
}

/// One request as it was asked live.
pub(crate) fn asked_once(connection: &Connection, id: &RequestId) -> Result<Option<row::Asked>, Error> {
    Ok(asked(connection, "r.id = ?1", [id.as_str()])?.pop())
}

fn asked(connection: &Connection, condition: &str, params: impl Params) -> Result<Vec<row::Asked>, Error> {
    let row = |row: &Row<'_>| Ok(row::Asked { past: read(row)?, payload: row.get(19)? });
    connection.prepare_cached(&select_asked(condition))?.query_and_then(params, row)?.collect()
}

fn select_asked(condition: &str) -> String {
    // CROSS JOIN keeps the order of the tables: otherwise SQLite reads every event there is and sorts them.
    format!(
        "SELECT {COLUMNS}, CASE WHEN e.masked = 0 AND octet_length(e.payload) <= {LISTED} THEN e.payload ELSE '' END
         {PAST} CROSS JOIN events e ON e.request = r.id AND e.reported = 'live'
         WHERE r.reported = 'live' AND {condition}"
    )
}

fn rows(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<row::Past>, Error> {
    connection.prepare_cached(sql)?.query_and_then(params, read)?.collect()
}

fn select(condition: &str) -> String {
    format!("SELECT {COLUMNS} {PAST} WHERE {condition}")
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
        masked: row.get(17)?,
        reported: events::reported(row.get(18)?)?,
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

/// One request as it was recorded.
pub(crate) fn whole(connection: &Connection, id: &RequestId) -> Result<Option<row::Request>, Error> {
    let sql =
        "SELECT at, agent, session, turn, project, runs_in, tool, summary, shown, digest FROM requests WHERE id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let whole = |row: &Row<'_>| {
        Ok(row::Request {
            id: id.clone(),
            at: Timestamp(row.get(0)?),
            agent: agent(row.get(1)?)?,
            session: SessionId::new(row.get::<_, String>(2)?),
            turn: row.get::<_, Option<String>>(3)?.map(TurnId::new),
            project: row.get::<_, Option<String>>(4)?.map(PathBuf::from),
            runs_in: PathBuf::from(row.get::<_, String>(5)?),
            tool: row.get(6)?,
            summary: row.get(7)?,
            shown: row.get(8)?,
            digest: row.get(9)?,
        })
    };
    statement.query_and_then([id.as_str()], whole)?.next().transpose()
}

/// The digest of what was shown, and the turn.
pub(crate) fn place(connection: &Connection, id: &RequestId) -> Result<Option<(String, Option<TurnId>)>, Error> {
    let mut statement = connection.prepare_cached("SELECT digest, turn FROM requests WHERE id = ?1")?;
    let place = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.map(TurnId::new)));
    Ok(statement.query_row([id.as_str()], place).optional()?)
}

// From each to the next, not from row to row.
const PROJECTS: &str = "
    WITH RECURSIVE projects (project) AS (
        SELECT min(project) FROM requests WHERE project IS NOT NULL
        UNION ALL
        SELECT (SELECT min(r.project) FROM requests r WHERE r.project > projects.project) FROM projects
        WHERE projects.project IS NOT NULL
    )
    SELECT project FROM projects WHERE project IS NOT NULL";

/// Every project that occurs, in order of name.
pub(crate) fn projects(connection: &Connection) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare_cached(PROJECTS)?;
    let projects = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(projects)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{self, plan};

    #[test]
    fn what_a_screen_asks_for_first_is_read_from_an_index_in_its_order() {
        let (_folder, connection) = plan::empty();
        let check = |query: Query, expected: &str| {
            let (sql, values) = page(&query, 100);
            assert_eq!(plan(&connection, &sql, params_from_iter(values))[0], expected);
        };
        let all = Query::default;
        let before = Some(Cursor::after(Timestamp(1), &RequestId::new("r")));
        check(all(), "SCAN r USING INDEX requests_order");
        check(Query { before, ..all() }, "SEARCH r USING INDEX requests_order ((at,id)<(?,?))");
        let (decision, by) = (Some(DecisionKind::Deny), Some(ByKind::Hook));
        check(Query { decision, ..all() }, "SEARCH r USING INDEX requests_decision (decision=?)");
        check(Query { by, ..all() }, "SEARCH r USING INDEX requests_by (by=?)");
        let rule = Some(RuleId::new("r"));
        check(Query { rule, ..all() }, "SEARCH r USING INDEX requests_rule (rule=?)");
        check(Query { project: Some("/p".into()), ..all() }, "SEARCH r USING INDEX requests_project (project=?)");
        let session = Some(SessionId::new("s"));
        check(Query { session, ..all() }, "SEARCH r USING INDEX requests_session (session=?)");
    }

    #[test]
    fn no_row_is_looked_at_in_vain() {
        let (_folder, connection) = plan::empty();
        let first = |sql: &str, params: &[i64]| plan(&connection, sql, params_from_iter(params))[0].clone();
        assert_eq!(first(&select(OPEN), &[]), "SCAN r USING INDEX requests_open");
        assert_eq!(first(&select_asked(SINCE), &[1, 100]), "SEARCH r USING INDEX requests_order (at>?)");
        let projects = plan(&connection, PROJECTS, []);
        assert!(projects.iter().all(|step| !step.contains("SCAN r")), "{projects:?}");
    }
}
