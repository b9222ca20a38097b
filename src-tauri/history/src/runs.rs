//! Table `runs`: every run of a handler; table `outputs`: what it read and wrote. At most one row per id.

mod join;
mod page;
mod read;

use model::{Entry, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use crate::packed::{Packed, Unpacked};
use crate::row::{self, Applied, Output, RunFrom, Told};
use crate::sums::Sums;
use crate::{Error, decisions, events, words};

use join::Joined;
pub(crate) use page::page;
pub(crate) use read::{last, of_event, of_turn, one, session_of, since, word};

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

/// Every run, not of hosted hooks alone. Its number tells when it began, so that each index has its rows in the order in which
/// they are listed.
// An output's number is given in the order of commits and never again: followers read by it. Few runs end other than well, so
// indexes of those few are small. No foreign key, as before.
pub(crate) const EVERY: &str = "
    DROP INDEX runs_started;
    ALTER TABLE runs RENAME TO old_runs;
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        output INTEGER NOT NULL,
        came TEXT NOT NULL,
        reported TEXT NOT NULL,
        event_id TEXT,
        place INTEGER NOT NULL,
        agent TEXT NOT NULL,
        session TEXT,
        turn TEXT,
        tool TEXT,
        tool_use TEXT,
        project TEXT,
        cwd TEXT,
        hook TEXT,
        hash TEXT,
        name TEXT NOT NULL,
        event TEXT NOT NULL,
        kind TEXT NOT NULL,
        mode TEXT NOT NULL,
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        plugin TEXT,
        status_message TEXT,
        started INTEGER NOT NULL,
        completed INTEGER,
        took_us INTEGER,
        status TEXT NOT NULL,
        exit_code INTEGER,
        signal INTEGER,
        applied TEXT NOT NULL,
        masked INTEGER NOT NULL,
        input_bytes INTEGER NOT NULL,
        stdout_bytes INTEGER NOT NULL,
        stderr_bytes INTEGER NOT NULL,
        command TEXT NOT NULL,
        entries TEXT NOT NULL
    ) STRICT;
    CREATE TABLE outputs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL,
        input ANY NOT NULL,
        stdout ANY NOT NULL,
        stderr ANY NOT NULL
    ) STRICT;
    INSERT INTO outputs (number, run, input, stdout, stderr)
        SELECT rowid, max(started, 0) * 1024 + row_number() OVER (PARTITION BY max(started, 0) ORDER BY rowid) - 1,
            '', stdout, stderr
        FROM old_runs;
    INSERT INTO runs
        SELECT o.run, r.event || ':' || r.place, r.rowid, 'hosted', coalesce(e.reported, 'live'), r.event, r.place,
            coalesce(e.agent, 'codex'), e.session, e.turn, e.tool, NULL, NULL, e.cwd, r.hook, r.hash, r.id, r.name, r.kind,
            r.mode, 'hosted', r.path, NULL, r.status_message, r.started, r.completed, r.duration_ms * 1000, r.status,
            r.exit_code, NULL, r.applied, 0, 0, r.stdout_bytes, r.stderr_bytes, '', r.entries
        FROM old_runs r JOIN outputs o ON o.number = r.rowid LEFT JOIN events e ON e.id = r.event;
    DROP TABLE old_runs;
    CREATE INDEX runs_of_event ON runs (event_id) WHERE event_id IS NOT NULL;
    CREATE INDEX runs_session ON runs (session) WHERE session IS NOT NULL;
    CREATE INDEX runs_event ON runs (event);
    CREATE INDEX runs_project ON runs (project) WHERE project IS NOT NULL;
    CREATE INDEX runs_hook ON runs (hook) WHERE hook IS NOT NULL;
    CREATE INDEX runs_status ON runs (status) WHERE status <> 'completed';
    CREATE INDEX runs_project_status ON runs (project, status) WHERE status <> 'completed';
    CREATE INDEX runs_hook_status ON runs (hook, status) WHERE status <> 'completed';
    CREATE INDEX runs_slow ON runs (number) WHERE took_us > 1000000;
";

/// The words of a run: of its command, its project, what it wrote and what it left.
pub(crate) const WORDS: &str = "
    CREATE VIRTUAL TABLE run_words USING fts5 (
        words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
    );
";

/// Which words there are. And the index of words is put in order in larger pieces, so that storing costs less.
pub(crate) const TERMS: &str = "
    CREATE VIRTUAL TABLE run_terms USING fts5vocab (run_words, row);
    INSERT INTO run_words (run_words, rank) VALUES ('automerge', 8);
";

/// The way to the runs of one turn.
pub(crate) const TURNS: &str = "CREATE INDEX runs_turn ON runs (turn) WHERE turn IS NOT NULL;";

/// What the agent itself says of a run, and the way to the runs of which only the agent told.
pub(crate) const TOLD: &str = "
    ALTER TABLE runs ADD COLUMN told TEXT;
    CREATE INDEX runs_told ON runs (session) WHERE came = 'told' AND session IS NOT NULL;
";

/// So many runs may have begun in one millisecond, each with a number of its own.
const NUMBERS: i64 = 1024;

/// The first number of a run that began then.
fn first_number(started: Timestamp) -> i64 {
    started.0.clamp(0, i64::MAX / NUMBERS - 1) * NUMBERS
}

/// The number of the next run that began then. Where there are more than can be told apart it stands last of all.
fn next_number(connection: &Connection, started: Timestamp) -> rusqlite::Result<i64> {
    let first = first_number(started);
    let last = |sql: &str, from: i64, to: i64| -> rusqlite::Result<Option<i64>> {
        connection.prepare_cached(sql)?.query_row([from, to], |row| row.get(0))
    };
    let within = "SELECT max(number) FROM runs WHERE number >= ?1 AND number < ?2";
    Ok(match last(within, first, first + NUMBERS)? {
        None => first,
        Some(last) if last + 1 < first + NUMBERS => last + 1,
        Some(_) => last(within, 0, i64::MAX)?.unwrap_or(first) + 1,
    })
}

/// A second row of the same id changes nothing, but that it tells how a run ended of which that was not known; returns whether the
/// row was new. What it adds to `sums` is stored apart. What
/// is recorded of a run and what its agent tells of it become one row, whichever comes first.
pub(crate) fn insert(connection: &Connection, row: &row::Run, sums: &mut Sums) -> Result<bool, Error> {
    let mut there = connection.prepare_cached("SELECT number FROM runs WHERE id = ?1")?;
    if let Some(number) = there.query_row([row.id.as_str()], |row| row.get(0)).optional()? {
        return join::end(connection, number, row, sums);
    }
    match join::join(connection, row, sums)? {
        Joined::Not => insert_new(connection, row, sums)?,
        Joined::Into => {}
        Joined::With(whole) => insert_new(connection, &whole, sums)?,
    }
    Ok(true)
}

fn insert_new(connection: &Connection, row: &row::Run, sums: &mut Sums) -> rusqlite::Result<()> {
    let number = next_number(connection, row.run.started)?;
    connection
        .prepare_cached("INSERT INTO outputs (run, input, stdout, stderr) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![number, Packed(&row.input.text), Packed(&row.stdout.text), Packed(&row.stderr.text)])?;
    let output = connection.last_insert_rowid();
    let took = took_us(row);
    insert_facts(connection, row, number, output, took)?;
    sums.add(row, took);
    let project = row.project.as_ref().map(|path| path.to_string_lossy());
    let texts = [row.command.as_str(), project.as_deref().unwrap_or_default(), &row.stdout.text, &row.stderr.text];
    insert_words(connection, number, texts, &row.run.entries)
}

/// Its time in microseconds, to the millisecond where no more is known.
fn took_us(row: &row::Run) -> Option<i64> {
    let took = row.took.map(|took| took.as_micros()).or(row.run.duration_ms.map(|ms| u128::from(ms) * 1000));
    took.map(|us| i64::try_from(us).unwrap_or(i64::MAX))
}

/// The words of a run, with its number.
fn insert_words<'t>(
    connection: &Connection,
    number: i64,
    texts: [&'t str; 4],
    entries: &'t [Entry],
) -> rusqlite::Result<()> {
    let words = words::of(texts.into_iter().chain(entries.iter().map(|entry| entry.text.as_str())));
    let mut statement = connection.prepare_cached("INSERT INTO run_words (rowid, words) VALUES (?1, ?2)")?;
    statement.execute(params![number, words])?;
    Ok(())
}

/// Finds the words of the runs that are there.
pub(crate) fn find_words(connection: &Connection) -> Result<(), Error> {
    let sql = "SELECT r.number, r.command, coalesce(r.project, ''), o.stdout, o.stderr, r.entries
        FROM runs r JOIN outputs o ON o.number = r.output ORDER BY r.number";
    let mut statement = connection.prepare(sql)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let text = |column: usize| row.get::<_, Unpacked>(column).map(|text| text.0);
        let (texts, entries) = ([text(1)?, text(2)?, text(3)?, text(4)?], read::entries(&row.get::<_, String>(5)?)?);
        insert_words(connection, row.get(0)?, texts.each_ref().map(String::as_str), &entries)?;
    }
    Ok(())
}

fn insert_facts(
    connection: &Connection,
    row: &row::Run,
    number: i64,
    output: i64,
    took: Option<i64>,
) -> rusqlite::Result<()> {
    let run = &row.run;
    let entries: Vec<_> = run.entries.iter().map(|entry| json!([entry.kind.name(), entry.text])).collect();
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    connection
        .prepare_cached(
            "INSERT INTO runs (number, id, output, came, reported, event_id, place, agent, session, turn, tool, tool_use,
                project, cwd, hook, hash, name, event, kind, mode, source, path, plugin, status_message, started,
                completed, took_us, status, exit_code, signal, applied, masked, input_bytes, stdout_bytes, stderr_bytes,
                command, entries, told)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce((SELECT agent FROM events WHERE id = ?6), ?8),
                coalesce(?9, (SELECT session FROM events WHERE id = ?6)),
                coalesce(?10, (SELECT turn FROM events WHERE id = ?6)),
                coalesce(?11, (SELECT tool FROM events WHERE id = ?6)), ?12, ?13,
                coalesce(?14, (SELECT cwd FROM events WHERE id = ?6)),
                ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35,
                ?36, ?37, ?38)",
        )?
        .execute(params![
            number,
            row.id.as_str(),
            output,
            from_name(row.from),
            events::reported_name(row.reported),
            row.event.as_ref().map(|id| id.as_str()),
            run.display_order,
            row.agent.name(),
            row.session.as_ref().map(|id| id.as_str()),
            row.turn.as_ref().map(|id| id.as_str()),
            row.tool,
            row.tool_use,
            path(&row.project),
            path(&row.cwd),
            row.hook.as_ref().map(|key| key.as_str()),
            row.hash,
            run.id.as_str(),
            run.event.name(),
            run.kind.name(),
            run.mode.name(),
            run.source.kind.name(),
            run.source.path.to_string_lossy(),
            run.source.plugin,
            run.status_message,
            run.started.0,
            run.completed.map(|at| at.0),
            took,
            run.status.name(),
            row.exit_code,
            row.signal,
            applied_name(row.applied),
            row.masked,
            bytes(&row.input),
            bytes(&row.stdout),
            bytes(&row.stderr),
            row.command,
            Value::from(entries).to_string(),
            row.told.as_ref().map(told_text),
        ])?;
    Ok(())
}

fn told_text(told: &Told) -> String {
    let Told { status, kind, mode, source, took_ms, entries } = told;
    json!([status, kind, mode, source, took_ms, entries]).to_string()
}

fn bytes(output: &Output) -> i64 {
    i64::try_from(output.bytes).unwrap_or(i64::MAX)
}

/// Takes out one run.
fn remove(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM outputs WHERE number = (SELECT output FROM runs WHERE number = ?1)",
        "DELETE FROM run_words WHERE rowid = ?1",
        "DELETE FROM runs WHERE number = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([number])?;
    }
    Ok(())
}

/// Makes the index of words forget what was deleted, bit by bit.
pub(crate) fn tidy_words(connection: &Connection) -> rusqlite::Result<usize> {
    connection.prepare_cached("INSERT INTO run_words (run_words, rank) VALUES ('merge', 200)")?.execute([])
}

/// Deletes some of what is older, the oldest first.
pub(crate) fn prune(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    let oldest = "SELECT number FROM runs WHERE number < ?1 ORDER BY number LIMIT ?2";
    let operands = [first_number(before), decisions::PRUNED];
    let outputs = format!("DELETE FROM outputs WHERE number IN (SELECT output FROM runs WHERE number IN ({oldest}))");
    connection.prepare_cached(&outputs)?.execute(operands)?;
    connection.prepare_cached(&format!("DELETE FROM run_words WHERE rowid IN ({oldest})"))?.execute(operands)?;
    connection.prepare_cached(&format!("DELETE FROM runs WHERE number IN ({oldest})"))?.execute(operands)
}

/// When the last of a few that began first began.
pub(crate) fn oldest(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT max(started) FROM (SELECT started FROM runs ORDER BY number LIMIT ?1)";
    connection.prepare_cached(sql)?.query_row([decisions::PRUNED], |row| row.get(0))
}

/// The word in the database.
pub(crate) fn from_name(from: RunFrom) -> &'static str {
    match from {
        RunFrom::Hosted => "hosted",
        RunFrom::Recorded => "recorded",
        RunFrom::Told => "told",
        RunFrom::Tried => "tried",
    }
}

/// The word in the database.
fn applied_name(applied: Applied) -> &'static str {
    match applied {
        Applied::Sent => "sent",
        Applied::Nothing => "nothing",
        Applied::HeldBack => "heldBack",
    }
}
