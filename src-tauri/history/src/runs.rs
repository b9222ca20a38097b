//! Table `runs`: every run of a hosted hook. At most one row per event and hook.

use model::{
    Entry, EntryKind, EventId, HandlerKind, HookEvent, HookKey, HookRun, Mode, RunId, RunStatus, SessionId, Source,
    SourceKind, Timestamp, TurnId,
};
use rusqlite::{Connection, Params, Row, params};
use serde_json::{Value, json};

use crate::row::{self, Applied, Output};
use crate::{Error, decisions};

// No foreign key: a run is kept even where its event had to be dropped. What may be long stands last.
pub(crate) const CREATE: &str = "
    CREATE TABLE runs (
        event TEXT NOT NULL,
        place INTEGER NOT NULL,
        id TEXT NOT NULL,
        hook TEXT NOT NULL,
        hash TEXT,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        mode TEXT NOT NULL,
        path TEXT NOT NULL,
        status_message TEXT,
        started INTEGER NOT NULL,
        completed INTEGER,
        duration_ms INTEGER,
        status TEXT NOT NULL,
        exit_code INTEGER,
        applied TEXT NOT NULL,
        entries TEXT NOT NULL,
        stdout_bytes INTEGER NOT NULL,
        stderr_bytes INTEGER NOT NULL,
        stdout TEXT NOT NULL,
        stderr TEXT NOT NULL,
        PRIMARY KEY (event, place)
    ) STRICT;
    CREATE INDEX runs_started ON runs (started);
";

/// A second row of the same event and place changes nothing.
pub(crate) fn insert(connection: &Connection, row: &row::Run) -> rusqlite::Result<()> {
    let run = &row.run;
    let entries: Vec<_> = run.entries.iter().map(|entry| json!([entry.kind.name(), entry.text])).collect();
    connection
        .prepare_cached(
            "INSERT INTO runs (event, place, id, hook, hash, name, kind, mode, path, status_message, started, completed,
                duration_ms, status, exit_code, applied, entries, stdout_bytes, stderr_bytes, stdout, stderr)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
             ON CONFLICT (event, place) DO NOTHING",
        )?
        .execute(params![
            row.event.as_str(),
            run.display_order,
            run.id.as_str(),
            run.hook.as_str(),
            row.hash,
            run.event.name(),
            run.kind.name(),
            run.mode.name(),
            run.source.path.to_string_lossy(),
            run.status_message,
            run.started.0,
            run.completed.map(|at| at.0),
            run.duration_ms.map(sql_number),
            run.status.name(),
            row.exit_code,
            applied_name(row.applied),
            Value::from(entries).to_string(),
            sql_number(row.stdout.bytes),
            sql_number(row.stderr.bytes),
            row.stdout.text,
            row.stderr.text,
        ])?;
    Ok(())
}

fn sql_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

const SELECT: &str = "
    SELECT r.event, r.place, r.id, r.hook, r.hash, r.name, r.kind, r.mode, r.path, r.status_message, r.started,
        r.completed, r.duration_ms, r.status, r.exit_code, r.applied, r.entries, r.stdout_bytes, r.stderr_bytes,
        r.stdout, r.stderr
    FROM runs r";

/// The runs for one event, in configured order.
pub(crate) fn of_event(connection: &Connection, event: &EventId) -> Result<Vec<row::Run>, Error> {
    select(connection, &format!("{SELECT} WHERE r.event = ?1 ORDER BY r.place"), [event.as_str()])
}

/// The runs of one turn, in the order of its events.
pub(crate) fn of_turn(connection: &Connection, session: &SessionId, turn: &TurnId) -> Result<Vec<row::Run>, Error> {
    let sql = format!(
        "{SELECT} JOIN events e ON e.id = r.event WHERE e.session = ?1 AND e.turn = ?2 ORDER BY e.at, e.number, r.place"
    );
    select(connection, &sql, [session.as_str(), turn.as_str()])
}

/// Deletes some of what is older, the oldest first.
pub(crate) fn prune(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM runs WHERE rowid IN
                (SELECT rowid FROM runs WHERE started < ?1 ORDER BY started LIMIT ?2)",
        )?
        .execute([before.0, decisions::PRUNED])
}

fn select(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<row::Run>, Error> {
    connection.prepare_cached(sql)?.query_and_then(params, read)?.collect()
}

fn read(row: &Row<'_>) -> Result<row::Run, Error> {
    let output = |text: usize, bytes: usize| {
        let bytes = row.get::<_, i64>(bytes)?.try_into().unwrap_or_default();
        Ok::<_, Error>(Output { text: row.get(text)?, bytes })
    };
    let run = HookRun {
        display_order: row.get(1)?,
        id: RunId::new(row.get::<_, String>(2)?),
        hook: HookKey::new(row.get::<_, String>(3)?),
        event: HookEvent::from_name(&row.get::<_, String>(5)?),
        kind: word("kind", row.get(6)?, [HandlerKind::Command, HandlerKind::McpTool], HandlerKind::name)?,
        mode: word("mode", row.get(7)?, [Mode::Sync, Mode::Async], Mode::name)?,
        source: Source { kind: SourceKind::Hosted, path: row.get::<_, String>(8)?.into(), plugin: None },
        status_message: row.get(9)?,
        started: Timestamp(row.get(10)?),
        completed: row.get::<_, Option<i64>>(11)?.map(Timestamp),
        duration_ms: row.get::<_, Option<i64>>(12)?.map(|ms| ms.try_into().unwrap_or_default()),
        status: word("status", row.get(13)?, RunStatus::ALL, RunStatus::name)?,
        entries: entries(&row.get::<_, String>(16)?)?,
    };
    Ok(row::Run {
        event: EventId::new(row.get::<_, String>(0)?),
        run,
        hash: row.get(4)?,
        exit_code: row.get(14)?,
        stdout: output(19, 17)?,
        stderr: output(20, 18)?,
        applied: word("applied", row.get(15)?, [Applied::Sent, Applied::Nothing, Applied::HeldBack], applied_name)?,
    })
}

/// The value that a word in the database names.
fn word<T: Copy>(
    column: &'static str,
    word: String,
    known: impl IntoIterator<Item = T>,
    name: fn(T) -> &'static str,
) -> Result<T, Error> {
    known.into_iter().find(|known| name(*known) == word).ok_or(Error::UnknownWord { column, word })
}

fn entries(json: &str) -> Result<Vec<Entry>, Error> {
    let unknown = || Error::UnknownWord { column: "entries", word: json.to_owned() };
    let pairs: Vec<(String, String)> = serde_json::from_str(json).map_err(|_| unknown())?;
    let entry = |(kind, text)| Ok(Entry { kind: word("entries", kind, EntryKind::ALL, EntryKind::name)?, text });
    pairs.into_iter().map(entry).collect()
}

/// The word in the database.
fn applied_name(applied: Applied) -> &'static str {
    match applied {
        Applied::Sent => "sent",
        Applied::Nothing => "nothing",
        Applied::HeldBack => "heldBack",
    }
}
