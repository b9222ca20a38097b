//! Table `requests`: every permission request and what was shown of it. Reads join `decisions`.

use std::path::PathBuf;

use model::{Agent, RequestId, SessionId, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use crate::{Cursor, Error, Page, Query, decisions, row};

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

/// A second row of the same id changes nothing.
pub(crate) fn insert(connection: &Connection, row: &row::Request) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO requests (id, at, agent, session, turn, project, runs_in, tool, summary, digest, shown)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (id) DO NOTHING",
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
        ])?;
    Ok(())
}

/// The newest requests first, one page of them.
pub(crate) fn past(connection: &Connection, query: &Query) -> Result<Page, Error> {
    let (conditions, mut values) = conditions(query);
    // One row more than asked for tells whether there is a next page.
    let limit = query.limit.max(1);
    values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)));
    let sql = format!(
        "SELECT r.id, r.at, r.agent, r.session, r.project, r.tool, r.summary,
                d.at, d.decision, d.message, d.by, d.rule, d.waited_ms, d.taken
         FROM requests r LEFT JOIN decisions d ON d.request = r.id
         WHERE {} ORDER BY r.at DESC, r.id DESC LIMIT ?",
        conditions.join(" AND ")
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query(params_from_iter(values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        if rows.len() == limit {
            let next = rows.last().map(|last: &row::Past| Cursor::after(last.at, &last.id));
            return Ok(Page { rows, next });
        }
        rows.push(read(row)?);
    }
    Ok(Page { rows, next: None })
}

fn conditions(query: &Query) -> (Vec<&'static str>, Vec<Value>) {
    let mut conditions = vec!["TRUE"];
    let mut values = Vec::new();
    let mut add = |condition, operands: Vec<Value>| {
        conditions.push(condition);
        values.extend(operands);
    };
    if let Some(before) = &query.before {
        add("(r.at, r.id) < (?, ?)", vec![before.at().0.into(), before.id().to_owned().into()]);
    }
    if let Some(decision) = query.decision {
        add("d.decision = ?", vec![decision.name().to_owned().into()]);
    }
    if let Some(by) = query.by {
        add("d.by = ?", vec![by.name().to_owned().into()]);
    }
    if let Some(agent) = query.agent {
        add("r.agent = ?", vec![agent.name().to_owned().into()]);
    }
    if let Some(project) = &query.project {
        add("r.project = ?", vec![project.to_string_lossy().into_owned().into()]);
    }
    let words: Vec<String> = query.text.split_whitespace().map(str::to_ascii_lowercase).collect();
    if !words.is_empty() {
        add(
            "NOT EXISTS (SELECT 1 FROM json_each(?) word WHERE 0 = instr(
                lower(r.summary || char(10) || coalesce(r.project, '') || char(10) || coalesce(d.message, '')), word.value))",
            vec![serde_json::Value::from(words).to_string().into()],
        );
    }
    (conditions, values)
}

fn read(row: &Row<'_>) -> Result<row::Past, Error> {
    let id = RequestId::new(row.get::<_, String>(0)?);
    let agent: String = row.get(2)?;
    let (decision, taken) = decisions::read(row, 7, &id)?;
    Ok(row::Past {
        at: Timestamp(row.get(1)?),
        agent: agent.parse::<Agent>().map_err(|unknown| Error::UnknownWord { column: "agent", word: unknown.0 })?,
        session: SessionId::new(row.get::<_, String>(3)?),
        project: row.get::<_, Option<String>>(4)?.map(PathBuf::from),
        tool: row.get(5)?,
        summary: row.get(6)?,
        decision,
        taken,
        id,
    })
}

/// The JSON of what was shown.
pub(crate) fn shown(connection: &Connection, id: &RequestId) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT shown FROM requests WHERE id = ?1")?;
    Ok(statement.query_row([id.as_str()], |row| row.get(0)).optional()?)
}

/// Every project that occurs, in order of name.
pub(crate) fn projects(connection: &Connection) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT project FROM requests WHERE project IS NOT NULL ORDER BY project";
    let mut statement = connection.prepare_cached(sql)?;
    let projects = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(projects)
}
