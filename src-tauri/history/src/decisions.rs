//! Table `decisions`: how a request ended, by whom, and whether the agent took the reply. At most one row per request.

use std::time::Duration;

use model::{Answer, By, Decision, HookKey, RequestId, RuleId, Timestamp, Why};
use rusqlite::{Connection, Row, params};

use crate::query::{ByKind, DecisionKind, sql_limit};
use crate::{Error, row};

// No foreign key: a decision is kept even where its request had to be dropped.
pub(crate) const CREATE: &str = "
    CREATE TABLE decisions (
        request TEXT NOT NULL PRIMARY KEY,
        at INTEGER NOT NULL,
        decision TEXT NOT NULL,
        message TEXT,
        by TEXT NOT NULL,
        rule TEXT,
        waited_ms INTEGER NOT NULL,
        taken INTEGER
    ) STRICT;
";

/// Decisions get a number in the order of their commits that is never given again, also when old rows are deleted.
pub(crate) const NUMBER: &str = "
    ALTER TABLE decisions RENAME TO old_decisions;
    CREATE TABLE decisions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        request TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        decision TEXT NOT NULL,
        message TEXT,
        by TEXT NOT NULL,
        rule TEXT,
        waited_ms INTEGER NOT NULL,
        taken INTEGER
    ) STRICT;
    INSERT INTO decisions (request, at, decision, message, by, rule, waited_ms, taken)
        SELECT request, at, decision, message, by, rule, waited_ms, taken FROM old_decisions ORDER BY rowid;
    DROP TABLE old_decisions;
    CREATE INDEX decisions_at ON decisions (at);
";

/// Which hosted hook decided.
pub(crate) const HOOK: &str = "ALTER TABLE decisions ADD COLUMN hook TEXT;";

/// What the rule was about that decided, and the way to the decisions of one rule.
pub(crate) const RULE: &str = "
    ALTER TABLE decisions ADD COLUMN rule_about TEXT;
    CREATE INDEX decisions_rule ON decisions (rule, at) WHERE rule IS NOT NULL;
";

/// Which of the agent's own answers was chosen.
pub(crate) const OFFERED: &str = "ALTER TABLE decisions ADD COLUMN offered TEXT;";

/// How many rows one call of [`prune`] deletes, and the requests' part with it.
pub(crate) const PRUNED: i64 = 50;

/// The first decision of a request counts; a second one changes nothing.
pub(crate) fn insert(connection: &Connection, row: &row::Decision) -> rusqlite::Result<()> {
    let (decision, message) = match row.answer.decision() {
        Decision::Allow => (DecisionKind::Allow, None),
        Decision::Deny { message } => (DecisionKind::Deny, Some(message)),
        Decision::NoDecision => (DecisionKind::NoDecision, None),
    };
    let (by, rule, hook) = match row.answer.by() {
        By::Person => (ByKind::Person, None, None),
        By::Rule(id) => (ByKind::Rule, Some(id.as_str()), None),
        By::Hook(key) => (ByKind::Hook, None, Some(key.as_str())),
        By::Nobody(why) => (ByKind::Nobody(*why), None, None),
    };
    let waited = i64::try_from(row.waited.as_millis()).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT INTO decisions (request, at, decision, message, by, rule, hook, waited_ms, rule_about, offered)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (request) DO NOTHING",
        )?
        .execute(params![
            row.request.as_str(),
            row.at.0,
            decision.name(),
            message,
            by.name(),
            rule,
            hook,
            waited,
            row.rule,
            row.offered
        ])?;
    Ok(())
}

pub(crate) fn update_taken(connection: &Connection, request: &RequestId, taken: bool) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE decisions SET taken = ?2 WHERE request = ?1")?;
    statement.execute(params![request.as_str(), taken])?;
    Ok(())
}

/// Ends the requests that an earlier process left open: nobody decided, they are lost. When that happened is not known; the
/// row carries the time of finding out and no waiting time.
pub(crate) fn insert_lost(connection: &Connection) -> rusqlite::Result<usize> {
    connection.execute(
        "INSERT INTO decisions (request, at, decision, by, waited_ms)
         SELECT id, CAST(unixepoch('subsec') * 1000 AS INTEGER), ?1, ?2, 0
         FROM requests WHERE decision IS NULL",
        params![DecisionKind::NoDecision.name(), ByKind::Nobody(Why::Lost).name()],
    )
}

/// Reads `at, decision, message, by, rule, hook, waited_ms, taken, rule_about, offered` of a left join from column `first` on.
pub(crate) fn read(
    row: &Row<'_>,
    first: usize,
    request: &RequestId,
) -> Result<(Option<row::Decision>, Option<bool>), Error> {
    let Some(at) = row.get::<_, Option<i64>>(first)? else { return Ok((None, None)) };
    let decision = match DecisionKind::from_name(&row.get::<_, String>(first + 1)?)? {
        DecisionKind::Allow => Decision::Allow,
        DecisionKind::Deny => Decision::Deny { message: row.get::<_, Option<String>>(first + 2)?.unwrap_or_default() },
        DecisionKind::NoDecision => Decision::NoDecision,
    };
    let answer = match ByKind::from_name(&row.get::<_, String>(first + 3)?)? {
        ByKind::Person => Answer::person(decision),
        ByKind::Rule => Answer::rule(RuleId::new(row.get::<_, String>(first + 4)?), decision),
        ByKind::Hook => Answer::hook(HookKey::new(row.get::<_, String>(first + 5)?), decision),
        ByKind::Nobody(why) => Answer::nobody(why),
    };
    let waited = Duration::from_millis(row.get::<_, i64>(first + 6)?.try_into().unwrap_or_default());
    let (rule, offered) = (row.get(first + 8)?, row.get(first + 9)?);
    let decision = row::Decision { request: request.clone(), at: Timestamp(at), answer, rule, offered, waited };
    Ok((Some(decision), row.get(first + 7)?))
}

/// The decisions committed after `mark`, in that order, and the mark behind them.
pub(crate) fn since(connection: &Connection, mark: i64, limit: usize) -> Result<(Vec<row::Decision>, i64), Error> {
    let mut statement = connection.prepare_cached(
        "SELECT at, decision, message, by, rule, hook, waited_ms, taken, rule_about, offered, request, number
         FROM decisions WHERE number > ?1 ORDER BY number LIMIT ?2",
    )?;
    let mut found = statement.query(params![mark, sql_limit(limit)])?;
    let (mut rows, mut last) = (Vec::new(), mark);
    while let Some(row) = found.next()? {
        let request = RequestId::new(row.get::<_, String>(10)?);
        rows.extend(read(row, 0, &request)?.0);
        last = row.get(11)?;
    }
    Ok((rows, last))
}

/// How often each rule decided.
pub(crate) fn hits(connection: &Connection) -> Result<Vec<row::Hits>, Error> {
    let sql = "SELECT rule, count(*), max(at) FROM decisions WHERE rule IS NOT NULL GROUP BY rule";
    let mut statement = connection.prepare_cached(sql)?;
    let hits = statement.query_map([], |row| {
        let count = row.get::<_, i64>(1)?.try_into().unwrap_or_default();
        Ok(row::Hits { rule: RuleId::new(row.get::<_, String>(0)?), count, last: Timestamp(row.get(2)?) })
    })?;
    Ok(hits.collect::<Result<_, _>>()?)
}

/// The number of the last decision.
pub(crate) fn last(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(number), 0) FROM decisions", [], |row| row.get(0))
}

/// Deletes some of what is older; their requests are deleted before.
pub(crate) fn prune(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM decisions WHERE number IN
                (SELECT number FROM decisions WHERE at < ?1 ORDER BY at, number LIMIT ?2)",
        )?
        .execute([before.0, PRUNED])
}
