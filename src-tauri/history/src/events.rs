//! Table `events`: every hook event, with its payload.

use rusqlite::{Connection, params};

use crate::row;

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

pub(crate) fn insert(connection: &Connection, row: &row::Event) -> rusqlite::Result<()> {
    let event = &row.event;
    connection
        .prepare_cached(
            "INSERT INTO events (at, agent, event, session, turn, subagent, role, tool, cwd, prompt, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            row.at.0,
            event.agent.name(),
            event.event.name(),
            event.session.as_ref().map(|id| id.as_str()),
            event.turn.as_ref().map(|id| id.as_str()),
            event.subagent.as_ref().map(|subagent| subagent.id.as_str()),
            event.subagent.as_ref().map(|subagent| subagent.role.as_str()),
            event.tool,
            event.cwd.as_ref().map(|path| path.to_string_lossy()),
            event.prompt,
            event.payload,
        ])?;
    Ok(())
}
