//! A run of which both the recorder around its command and the agent told: they become one row, whichever comes first. What was
//! recorded stands in it, and what the agent says of it beside that.

use model::{Reported, RunStatus, SessionId, Timestamp, TurnId};
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::{first_number, insert_new, read, remove, told_text, took_us};
use crate::Error;
use crate::row::{self, RunFrom, Told};
use crate::sums::Sums;

/// Two accounts of one run say that it began so far apart at most, in milliseconds. The agent tells that it starts it, the recorder
/// that it has started.
const APART: i64 = 5_000;

/// Of which there is no other account yet.
const RECORDED: &str = "r.came = 'recorded' AND r.told IS NULL";
const TOLD: &str = "r.came = 'told'";

/// What became of a row that is to be stored.
pub(super) enum Joined {
    /// There is no other account of the run.
    Not,
    /// It was put into the one that is there.
    Into,
    /// The one that was there is in this one.
    With(Box<row::Run>),
}

pub(super) fn join(connection: &Connection, row: &row::Run, sums: &mut Sums) -> Result<Joined, Error> {
    match row.from {
        RunFrom::Told if happened_here(row) => into_recorded(connection, row),
        RunFrom::Recorded if happened_here(row) && row.told.is_none() => with_told(connection, row, sums),
        RunFrom::Told | RunFrom::Recorded | RunFrom::Hosted | RunFrom::Tried => Ok(Joined::Not),
    }
}

fn happened_here(row: &row::Run) -> bool {
    match row.reported {
        Reported::Live | Reported::WhileClosed => true,
        Reported::Imported => false,
    }
}

fn into_recorded(connection: &Connection, row: &row::Run) -> Result<Joined, Error> {
    let Some(number) = nearest(connection, row, "runs_session", RECORDED)? else {
        return Ok(Joined::Not);
    };
    connection
        .prepare_cached("UPDATE runs SET told = ?2, masked = masked + ?3 WHERE number = ?1")?
        .execute(params![number, told_text(&words(row)), row.masked])?;
    Ok(Joined::Into)
}

fn with_told(connection: &Connection, row: &row::Run, sums: &mut Sums) -> Result<Joined, Error> {
    let Some(number) = nearest(connection, row, "runs_told", TOLD)? else {
        return Ok(Joined::Not);
    };
    let Some(told) = read::rows(connection, "runs r {outputs} WHERE r.number = ?1", [number])?.pop() else {
        return Ok(Joined::Not);
    };
    remove(connection, number)?;
    sums.take_back(&told, took_us(&told));
    let masked = row.masked.saturating_add(told.masked);
    Ok(Joined::With(Box::new(row::Run { told: Some(words(&told)), masked, ..row.clone() })))
}

/// Puts a row in the place of this one of the same run, where that does not know how it ended. Returns whether it did.
pub(super) fn end(connection: &Connection, number: i64, row: &row::Run, sums: &mut Sums) -> Result<bool, Error> {
    if row.from != RunFrom::Told || !happened_here(row) || row.run.status == RunStatus::Unknown {
        return Ok(false);
    }
    let open = "runs r {outputs} WHERE r.number = ?1 AND r.came = 'told' AND r.status = 'unknown' AND r.told IS NULL";
    let Some(unknown) = read::rows(connection, open, [number])?.pop() else { return Ok(false) };
    remove(connection, number)?;
    sums.take_back(&unknown, took_us(&unknown));
    insert_new(connection, row, sums)?;
    Ok(true)
}

/// What the agent said, whether or not all of it is known here.
fn words(row: &row::Run) -> Told {
    row.told.clone().unwrap_or_else(|| Told::of(&row.run))
}

/// The other account of this run: for the same event of the same turn, of the same command, for the same call where both tell of
/// one. A hook that runs again in a turn has several: that which began at about the same time.
fn nearest(connection: &Connection, row: &row::Run, index: &str, other: &str) -> rusqlite::Result<Option<i64>> {
    let (Some(session), false) = (&row.session, row.command.is_empty()) else { return Ok(None) };
    let at = |apart: i64| first_number(Timestamp(row.run.started.0.saturating_add(apart)));
    let params = named_params! {
        ":session": SessionId::as_str(session),
        ":first": at(-APART),
        ":last": at(APART + 1),
        ":event": row.run.event.name(),
        ":command": row.command,
        ":turn": row.turn.as_ref().map(TurnId::as_str),
        ":call": row.tool_use,
        ":started": row.run.started.0,
    };
    connection.prepare_cached(&other_account(index, other))?.query_row(params, |row| row.get(0)).optional()
}

fn other_account(index: &str, other: &str) -> String {
    format!(
        "SELECT r.number FROM runs r INDEXED BY {index}
         WHERE r.session = :session AND r.number >= :first AND r.number < :last AND {other} AND r.reported <> 'imported'
            AND r.event = :event AND r.command = :command
            AND (r.turn IS NULL OR :turn IS NULL OR r.turn = :turn)
            AND (r.tool_use IS NULL OR :call IS NULL OR r.tool_use = :call)
         ORDER BY abs(r.started - :started), r.number LIMIT 1"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan;

    #[test]
    fn the_other_account_is_found_by_its_session_and_time() {
        let (_folder, connection) = plan::empty();
        let check = |index: &str, other: &str| {
            let steps = plan::plan(&connection, &other_account(index, other), [None::<i64>; 8]);
            let expected = format!("SEARCH r USING INDEX {index} (session=? AND rowid>? AND rowid<?)");
            assert!(steps.contains(&expected), "{steps:?}");
        };
        check("runs_session", RECORDED);
        check("runs_told", TOLD);
    }
}
