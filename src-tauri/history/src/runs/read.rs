//! Runs as rows.

use std::path::PathBuf;
use std::time::Duration;

use model::{
    Entry, EntryKind, EventId, HandlerKind, HookEvent, HookKey, HookRun, Mode, RunId, RunStatus, SessionId, Source,
    SourceKind, Timestamp, TurnId,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::{applied_name, from_name};
use crate::packed::Unpacked;
use crate::query::sql_limit;
use crate::row::{self, Applied, Output, RunFrom, Told};
use crate::{Error, events, requests};

/// Whether the text of what a run read and wrote comes with it.
#[derive(Clone, Copy)]
pub(super) enum Texts {
    Left,
    Whole,
}

/// Selects runs `r`; `from` tells where they come from and which ones.
pub(super) fn select(texts: Texts, from: &str) -> String {
    let (texts, outputs) = match texts {
        Texts::Left => ("'', '', ''", ""),
        Texts::Whole => ("o.input, o.stdout, o.stderr", "JOIN outputs o ON o.number = r.output"),
    };
    format!(
        "SELECT r.number, r.id, r.came, r.reported, r.event_id, r.place, r.agent, r.session, r.turn, r.tool, r.tool_use,
            r.project, r.cwd, r.hook, r.hash, r.name, r.event, r.kind, r.mode, r.source, r.path, r.plugin,
            r.status_message, r.started, r.completed, r.took_us, r.status, r.exit_code, r.signal, r.applied, r.masked,
            r.input_bytes, r.stdout_bytes, r.stderr_bytes, r.command, r.entries, r.output, {texts}, r.told
         FROM {}",
        from.replacen("{outputs}", outputs, 1)
    )
}

/// The runs for one event, in configured order.
pub(crate) fn of_event(connection: &Connection, event: &EventId) -> Result<Vec<row::Run>, Error> {
    rows(connection, "runs r {outputs} WHERE r.event_id = ?1 ORDER BY r.place, r.number", [event.as_str()])
}

/// The runs of one turn, in the order in which they began.
pub(crate) fn of_turn(connection: &Connection, session: &SessionId, turn: &TurnId) -> Result<Vec<row::Run>, Error> {
    let from = "runs r INDEXED BY runs_turn {outputs} WHERE r.session = ?1 AND r.turn = ?2 ORDER BY r.started, r.place, r.number";
    rows(connection, from, [session.as_str(), turn.as_str()])
}

/// The session of the newest run of this turn.
pub(crate) fn session_of(connection: &Connection, turn: &TurnId) -> Result<Option<SessionId>, Error> {
    let sql = "SELECT session FROM runs INDEXED BY runs_turn WHERE turn = ?1 AND session IS NOT NULL
        ORDER BY number DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let session = statement.query_row([turn.as_str()], |row| row.get::<_, String>(0)).optional()?;
    Ok(session.map(SessionId::new))
}

/// One run, whole.
pub(crate) fn one(connection: &Connection, id: &RunId) -> Result<Option<row::Run>, Error> {
    Ok(rows(connection, "runs r {outputs} WHERE r.id = ?1", [id.as_str()])?.pop())
}

/// The runs committed after `mark`, in that order and without their texts, and the mark behind them.
pub(crate) fn since(connection: &Connection, mark: i64, limit: usize) -> Result<(Vec<row::Run>, i64), Error> {
    let from = "outputs n CROSS JOIN runs r ON r.number = n.run WHERE n.number > ?1 ORDER BY n.number LIMIT ?2";
    let mut statement = connection.prepare_cached(&select(Texts::Left, from))?;
    let mut found = statement.query(params![mark, sql_limit(limit)])?;
    let (mut rows, mut last) = (Vec::new(), mark);
    while let Some(row) = found.next()? {
        rows.push(read(row)?.1);
        last = row.get(36)?;
    }
    Ok((rows, last))
}

/// The number of the run that was committed last.
pub(crate) fn last(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(number), 0) FROM outputs", [], |row| row.get(0))
}

pub(super) fn rows(connection: &Connection, from: &str, params: impl Params) -> Result<Vec<row::Run>, Error> {
    let mut statement = connection.prepare_cached(&select(Texts::Whole, from))?;
    let found = statement.query_and_then(params, read)?;
    found.map(|found| found.map(|(_, row)| row)).collect()
}

/// A run with its number.
pub(super) fn read(row: &Row<'_>) -> Result<(i64, row::Run), Error> {
    let text = |column: usize| row.get::<_, Option<String>>(column);
    let output = |bytes: usize, text: usize| {
        let bytes = row.get::<_, i64>(bytes)?.try_into().unwrap_or_default();
        Ok::<_, Error>(Output { text: row.get::<_, Unpacked>(text)?.0, bytes })
    };
    let hook = text(13)?.map(HookKey::new);
    let took = row.get::<_, Option<i64>>(25)?.map(|us| Duration::from_micros(us.try_into().unwrap_or_default()));
    let run = HookRun {
        display_order: row.get(5)?,
        id: RunId::new(row.get::<_, String>(15)?),
        hook: hook.clone().unwrap_or(HookKey::new("")),
        event: HookEvent::from_name(&row.get::<_, String>(16)?),
        kind: word("kind", row.get(17)?, HandlerKind::ALL, HandlerKind::name)?,
        mode: word("mode", row.get(18)?, [Mode::Sync, Mode::Async], Mode::name)?,
        source: Source {
            kind: word("source", row.get(19)?, SourceKind::ALL.iter().copied(), SourceKind::name)?,
            path: row.get::<_, String>(20)?.into(),
            plugin: text(21)?,
        },
        status_message: text(22)?,
        started: Timestamp(row.get(23)?),
        completed: row.get::<_, Option<i64>>(24)?.map(Timestamp),
        duration_ms: took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        status: word("status", row.get(26)?, RunStatus::ALL, RunStatus::name)?,
        entries: entries(&row.get::<_, String>(35)?)?,
    };
    let number = row.get(0)?;
    let row = row::Run {
        id: RunId::new(row.get::<_, String>(1)?),
        from: word("came", row.get(2)?, FROM, from_name)?,
        reported: events::reported(row.get(3)?)?,
        event: text(4)?.map(EventId::new),
        agent: requests::agent(row.get(6)?)?,
        session: text(7)?.map(SessionId::new),
        turn: text(8)?.map(TurnId::new),
        tool: text(9)?,
        tool_use: text(10)?,
        project: text(11)?.map(PathBuf::from),
        cwd: text(12)?.map(PathBuf::from),
        command: row.get(34)?,
        hook,
        hash: text(14)?,
        run,
        took,
        exit_code: row.get(27)?,
        signal: row.get(28)?,
        input: output(31, 37)?,
        stdout: output(32, 38)?,
        stderr: output(33, 39)?,
        applied: word("applied", row.get(29)?, [Applied::Sent, Applied::Nothing, Applied::HeldBack], applied_name)?,
        masked: row.get(30)?,
        told: text(40)?.as_deref().map(told).transpose()?,
    };
    Ok((number, row))
}

const FROM: [RunFrom; 4] = [RunFrom::Hosted, RunFrom::Recorded, RunFrom::Told, RunFrom::Tried];

/// The value that a word in the database names.
pub(crate) fn word<T: Copy>(
    column: &'static str,
    word: String,
    known: impl IntoIterator<Item = T>,
    name: fn(T) -> &'static str,
) -> Result<T, Error> {
    known.into_iter().find(|known| name(*known) == word).ok_or(Error::UnknownWord { column, word })
}

pub(super) fn entries(json: &str) -> Result<Vec<Entry>, Error> {
    let unknown = || Error::UnknownWord { column: "entries", word: json.to_owned() };
    let pairs: Vec<(String, String)> = serde_json::from_str(json).map_err(|_| unknown())?;
    let entry = |(kind, text)| Ok(Entry { kind: word("entries", kind, EntryKind::ALL, EntryKind::name)?, text });
    pairs.into_iter().map(entry).collect()
}

fn told(json: &str) -> Result<Told, Error> {
    let unknown = |_| Error::UnknownWord { column: "told", word: json.to_owned() };
    let (status, kind, mode, source, took_ms, entries) = serde_json::from_str(json).map_err(unknown)?;
    Ok(Told { status, kind, mode, source, took_ms, entries })
}
