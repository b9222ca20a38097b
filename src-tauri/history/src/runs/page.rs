//! Pages of runs: which index leads to them, and what else must hold.

use model::{Agent, HookEvent, HookKey, RunStatus, SessionId, TurnId};
use rusqlite::{Connection, params, params_from_iter};

use super::read::{Texts, read, select};
use super::{first_number, from_name};
use crate::conditions::Conditions;
use crate::query::{RunCursor, RunPage, RunQuery, sql_limit};
use crate::{Error, row, words};

/// The newest runs first, one page of them.
pub(crate) fn page(connection: &Connection, query: &RunQuery) -> Result<RunPage, Error> {
    // One row more than asked for tells whether there is a next page.
    let limit = query.limit.max(1);
    let mut rows = Vec::new();
    let ways = match words::asked(&query.text) {
        Some(asked) => vec![way_of_words(connection, query, asked)?],
        None => ways(query),
    };
    for (way, conditions) in ways {
        rows.extend(newest(connection, way, conditions, limit.saturating_add(1))?);
    }
    rows.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(number, _)| RunCursor::after(*number));
    Ok(RunPage { rows: rows.into_iter().map(|(_, row)| row).collect(), next })
}

fn newest(
    connection: &Connection,
    way: Way,
    mut conditions: Conditions,
    limit: usize,
) -> Result<Vec<(i64, row::Run)>, Error> {
    conditions.values.push(sql_limit(limit).into());
    let mut statement = connection.prepare_cached(&sql(way, &conditions))?;
    statement.query_and_then(params_from_iter(conditions.values), read)?.collect()
}

fn sql(way: Way, conditions: &Conditions) -> String {
    let conditions = conditions.sql();
    let from = match way {
        Way::Index(index) => format!("runs r {index} WHERE {conditions} ORDER BY r.number DESC LIMIT ?"),
        Way::Words => format!(
            "run_words CROSS JOIN runs r ON r.number = run_words.rowid
             WHERE {conditions} ORDER BY run_words.rowid DESC LIMIT ?"
        ),
    };
    select(Texts::Left, &from)
}

/// What leads to runs, in the order of pages.
#[derive(Clone, Copy)]
enum Way {
    Index(&'static str),
    /// The full-text index.
    Words,
}

impl Way {
    /// The number of a run, where it bounds the way.
    fn number(self) -> &'static str {
        match self {
            Self::Index(_) => "r.number",
            Self::Words => "run_words.rowid",
        }
    }
}

/// So many words that begin alike are looked for, in the order of the alphabet.
const BEGUN: i64 = 200;

/// The way to runs that hold these words. A last word that no run has is taken for the beginning of some.
fn way_of_words(connection: &Connection, query: &RunQuery, asked: words::Asked) -> Result<(Way, Conditions), Error> {
    let mut last = vec![asked.last.clone()];
    let mut known = connection.prepare_cached("SELECT 1 FROM run_words WHERE run_words MATCH ?1 LIMIT 1")?;
    if asked.last_is == words::Last::WholeOrBegun && !known.exists([format!("\"{}\"", asked.last)])? {
        last.extend(begun_with(connection, &asked.last)?);
    }
    let mut conditions = conditions(query, Way::Words);
    conditions.add("run_words MATCH ?", [asked.with_last(&last).into()]);
    Ok((Way::Words, conditions))
}

/// The index of words itself would first gather every run that has any of them.
fn begun_with(connection: &Connection, word: &str) -> Result<Vec<String>, Error> {
    let mut known = connection.prepare_cached("SELECT term FROM run_terms WHERE term >= ?1 AND term < ?2 LIMIT ?3")?;
    let found = known.query_map(params![word, format!("{word}{}", char::MAX), BEGUN], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The ways to all that is asked for, where no words are.
fn ways(query: &RunQuery) -> Vec<(Way, Conditions)> {
    let few = query.session.is_some() || query.turn.is_some();
    let rare = !few && !query.status.is_empty() && query.status.iter().all(|status| *status != RunStatus::Completed);
    let way = match (&query.hook, &query.project) {
        (Some(_), _) if rare => Way::Index("INDEXED BY runs_hook_status"),
        (None, Some(_)) if rare => Way::Index("INDEXED BY runs_project_status"),
        (None, None) if rare => Way::Index("INDEXED BY runs_status"),
        _ => {
            let way = Way::Index(common_index(query));
            return vec![(way, conditions(query, way))];
        }
    };
    let one = |status: &RunStatus| {
        let mut conditions = conditions(&RunQuery { status: Vec::new(), ..query.clone() }, way);
        // The words of the index.
        conditions.add("r.status <> 'completed'", []);
        conditions.equal("r.status", Some(status.name()));
        (way, conditions)
    };
    query.status.iter().map(one).collect()
}

fn common_index(query: &RunQuery) -> &'static str {
    if query.turn.is_some() {
        "INDEXED BY runs_turn"
    } else if query.session.is_some() {
        "INDEXED BY runs_session"
    } else if query.hook.is_some() {
        "INDEXED BY runs_hook"
    } else if is_slow(query) {
        "INDEXED BY runs_slow"
    } else if query.project.is_some() {
        "INDEXED BY runs_project"
    } else if query.event.is_some() {
        "INDEXED BY runs_event"
    } else {
        "NOT INDEXED"
    }
}

fn is_slow(query: &RunQuery) -> bool {
    query.longer_than.is_some_and(|least| least >= RunQuery::SLOW)
}

fn conditions(query: &RunQuery, way: Way) -> Conditions {
    let number = way.number();
    let mut conditions = Conditions::new();
    if let Some(before) = &query.before {
        conditions.add(&format!("{number} < ?"), [before.number().into()]);
    }
    if let Some(since) = query.since {
        conditions.add(&format!("{number} >= ? AND r.started >= ?"), [first_number(since).into(), since.0.into()]);
    }
    if let Some(until) = query.until {
        conditions.add(&format!("{number} < ? AND r.started < ?"), [first_number(until).into(), until.0.into()]);
    }
    conditions.equal("r.session", query.session.as_ref().map(SessionId::as_str));
    conditions.equal("r.turn", query.turn.as_ref().map(TurnId::as_str));
    conditions.equal("r.hook", query.hook.as_ref().map(HookKey::as_str));
    conditions.equal("r.project", query.project.as_ref().map(|path| path.to_string_lossy()).as_deref());
    conditions.equal("r.event", query.event.as_ref().map(HookEvent::name));
    conditions.equal("r.agent", query.agent.map(Agent::name));
    conditions.equal("r.came", query.from.map(from_name));
    if let Some(least) = query.longer_than {
        if is_slow(query) {
            // The words of the index.
            conditions.add("r.took_us > 1000000", []);
        }
        conditions.add("r.took_us > ?", [i64::try_from(least.as_micros()).unwrap_or(i64::MAX).into()]);
    }
    if !query.status.is_empty() {
        let words: Vec<_> = query.status.iter().map(|status| status.name()).collect();
        let list = vec!["?"; words.len()].join(", ");
        conditions.add(&format!("r.status IN ({list})"), words.into_iter().map(|word| word.to_owned().into()));
    }
    conditions
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;
    use crate::plan;

    fn plan(connection: &Connection, (way, mut conditions): (Way, Conditions)) -> String {
        conditions.values.push(100.into());
        plan::plan(connection, &sql(way, &conditions), params_from_iter(conditions.values)).join("; ")
    }

    #[test]
    fn each_preset_is_read_from_an_index_in_its_order() {
        let (_folder, connection) = plan::empty();
        let plans =
            |query: &RunQuery| -> Vec<_> { ways(query).into_iter().map(|way| plan(&connection, way)).collect() };
        let check = |query: RunQuery, expected: &str| assert_eq!(plans(&query), [expected]);
        let all = RunQuery::default;
        let (failed, hook, project) = (vec![RunStatus::Failed], Some(HookKey::new("k")), Some("/p".into()));
        check(all(), "SCAN r");
        check(RunQuery { before: Some(RunCursor::after(7)), ..all() }, "SEARCH r USING INTEGER PRIMARY KEY (rowid<?)");
        check(RunQuery { status: failed.clone(), ..all() }, "SEARCH r USING INDEX runs_status (status=?)");
        check(RunQuery { longer_than: Some(RunQuery::SLOW), ..all() }, "SCAN r USING INDEX runs_slow");
        check(RunQuery { project: project.clone(), ..all() }, "SEARCH r USING INDEX runs_project (project=?)");
        check(RunQuery { hook: hook.clone(), ..all() }, "SEARCH r USING INDEX runs_hook (hook=?)");
        let session = Some(SessionId::new("s"));
        check(RunQuery { session, ..all() }, "SEARCH r USING INDEX runs_session (session=?)");
        let turn = Some(TurnId::new("t"));
        check(RunQuery { turn, ..all() }, "SEARCH r USING INDEX runs_turn (turn=?)");
        let event = Some(HookEvent::Stop);
        check(RunQuery { event, ..all() }, "SEARCH r USING INDEX runs_event (event=?)");
        let since = Some(Timestamp(5));
        check(
            RunQuery { since, status: failed.clone(), ..all() },
            "SEARCH r USING INDEX runs_status (status=? AND rowid>?)",
        );
        let one_hook = RunQuery { hook, status: failed.clone(), ..all() };
        check(one_hook.clone(), "SEARCH r USING INDEX runs_hook_status (hook=? AND status=?)");
        let one_project = RunQuery { project, status: failed, ..all() };
        check(one_project, "SEARCH r USING INDEX runs_project_status (project=? AND status=?)");
        assert_eq!(plans(&RunQuery { status: vec![RunStatus::Failed, RunStatus::Blocked], ..one_hook }).len(), 2);
    }

    #[test]
    fn words_are_found_the_newest_first_without_sorting() {
        let (_folder, connection) = plan::empty();
        let way = way_of_words(&connection, &RunQuery::default(), words::asked("word").unwrap()).unwrap();
        let plan = plan(&connection, way);
        assert!(plan.starts_with("SCAN run_words VIRTUAL TABLE INDEX") && !plan.contains("B-TREE"), "{plan:?}");
    }
}
