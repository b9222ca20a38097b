//! Tables `sums` and `classes`: runs of an hour, a hook and a status, and runs of a day and a hook that took about the same
//! time, counted as they are stored. What people want to know of weeks is read from them in no time. Runs that a person tried
//! are not counted.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{HookKey, Mode, RunStatus, Timestamp};
use rusqlite::{Connection, params};

use crate::insights::{Day, HookSum, Insights};
use crate::row::{self, RunFrom};
use crate::runs::word;
use crate::{ByKind, Error};

// `hook` is empty where no configured hook ran.
pub(crate) const CREATE: &str = "
    CREATE TABLE sums (
        hour INTEGER NOT NULL,
        hook TEXT NOT NULL,
        status TEXT NOT NULL,
        mode TEXT NOT NULL,
        runs INTEGER NOT NULL,
        took_us INTEGER NOT NULL,
        PRIMARY KEY (hour, hook, status, mode)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE classes (
        day INTEGER NOT NULL,
        hook TEXT NOT NULL,
        class INTEGER NOT NULL,
        runs INTEGER NOT NULL,
        took_us INTEGER NOT NULL,
        PRIMARY KEY (day, hook, class)
    ) STRICT, WITHOUT ROWID;
";

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// In minutes.
const WHOLE_DAY: i64 = 1_440;

/// Of each class how many runs there were and how long they took.
type Classes = BTreeMap<i64, (u64, u64)>;

/// Times of one class differ by less than a tenth.
fn class(us: i64) -> i64 {
    // Of any number of microseconds the logarithm is small.
    (8.0 * (us.max(0) as f64 + 1.0).log2()) as i64
}

/// What the runs of one transaction add to the tables: many of them go into the same rows.
#[derive(Default)]
pub(crate) struct Sums {
    sums: BTreeMap<(i64, String, &'static str, &'static str), Sum>,
    classes: BTreeMap<(i64, String, i64), Sum>,
}

#[derive(Default)]
struct Sum {
    runs: i64,
    us: i64,
}

impl Sum {
    /// `runs` more of this time, or fewer.
    fn add(&mut self, runs: i64, us: i64) {
        self.runs += runs;
        self.us = self.us.saturating_add(us.saturating_mul(runs));
    }
}

impl Sums {
    /// A run that took so long.
    pub(crate) fn add(&mut self, row: &row::Run, us: Option<i64>) {
        self.change(row, 1, us);
    }

    /// One that was added, and is no row of its own any more.
    pub(crate) fn take_back(&mut self, row: &row::Run, us: Option<i64>) {
        self.change(row, -1, us);
    }

    fn change(&mut self, row: &row::Run, runs: i64, us: Option<i64>) {
        let (run, us) = (&row.run, us.unwrap_or_default());
        if row.from != RunFrom::Tried {
            let hook = row.hook.as_ref().map_or("", |key| key.as_str());
            self.change_by(run.started, hook, run.status, run.mode, runs, us);
        }
    }

    fn change_by(&mut self, started: Timestamp, hook: &str, status: RunStatus, mode: Mode, runs: i64, us: i64) {
        let hour = (started.0.div_euclid(HOUR), hook.to_owned(), status.name(), mode.name());
        self.sums.entry(hour).or_default().add(runs, us);
        self.classes.entry((started.0.div_euclid(DAY), hook.to_owned(), class(us))).or_default().add(runs, us);
    }

    pub(crate) fn store(self, connection: &Connection) -> rusqlite::Result<()> {
        let again = "ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, took_us = took_us + excluded.took_us";
        let sql = "INSERT INTO sums (hour, hook, status, mode, runs, took_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut statement = connection.prepare_cached(&format!("{sql} {again}"))?;
        let empty = "DELETE FROM sums WHERE hour = ?1 AND hook = ?2 AND status = ?3 AND mode = ?4 AND runs <= 0";
        let mut taken_back = connection.prepare_cached(empty)?;
        for ((hour, hook, status, mode), sum) in self.sums {
            statement.execute(params![hour, hook, status, mode, sum.runs, sum.us])?;
            if sum.runs <= 0 {
                taken_back.execute(params![hour, hook, status, mode])?;
            }
        }
        let sql = "INSERT INTO classes (day, hook, class, runs, took_us) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut statement = connection.prepare_cached(&format!("{sql} {again}"))?;
        let empty = "DELETE FROM classes WHERE day = ?1 AND hook = ?2 AND class = ?3 AND runs <= 0";
        let mut taken_back = connection.prepare_cached(empty)?;
        for ((day, hook, class), sum) in self.classes {
            statement.execute(params![day, hook, class, sum.runs, sum.us])?;
            if sum.runs <= 0 {
                taken_back.execute(params![day, hook, class])?;
            }
        }
        Ok(())
    }
}

/// Counts the runs that are there.
pub(crate) fn count(connection: &Connection) -> Result<(), Error> {
    let sql = "SELECT started, coalesce(hook, ''), status, mode, coalesce(took_us, 0) FROM runs WHERE came <> 'tried'";
    let mut statement = connection.prepare(sql)?;
    let mut found = statement.query([])?;
    let mut sums = Sums::default();
    while let Some(row) = found.next()? {
        let mode = word("mode", row.get(3)?, [Mode::Sync, Mode::Async], Mode::name)?;
        sums.change_by(Timestamp(row.get(0)?), &row.get::<_, String>(1)?, status(row.get(2)?)?, mode, 1, row.get(4)?);
    }
    Ok(sums.store(connection)?)
}

/// Deletes what is older, to the hour and the day.
pub(crate) fn prune(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    connection.prepare_cached("DELETE FROM classes WHERE day < ?1")?.execute([before.0.div_euclid(DAY)])?;
    connection.prepare_cached("DELETE FROM sums WHERE hour < ?1")?.execute([before.0.div_euclid(HOUR)])
}

/// What the sums tell of the hours from `since` to before `until`. Days are those of a clock that is so many minutes ahead of
/// UTC.
pub(crate) fn insights(
    connection: &Connection,
    since: Timestamp,
    until: Timestamp,
    ahead: i32,
) -> Result<Insights, Error> {
    let hours = [since.0.div_euclid(HOUR), until.0.div_euclid(HOUR) + i64::from(until.0.rem_euclid(HOUR) > 0)];
    Ok(Insights {
        days: days(connection, hours, ahead)?,
        hooks: hooks(connection, hours)?,
        waited_for_hooks: waited_for_hooks(connection, hours)?,
        waited_for_people: waited_for_people(connection, since, until)?,
    })
}

fn days(connection: &Connection, hours: [i64; 2], ahead: i32) -> Result<Vec<Day>, Error> {
    // Times before 1970 do not occur where clocks are right; there the division rounds up.
    let sql = "SELECT (hour * 60 + ?3) / ?4 AS day, status, sum(runs) FROM sums WHERE hour >= ?1 AND hour < ?2
        GROUP BY day, status ORDER BY day, status";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_and_then(params![hours[0], hours[1], ahead, WHOLE_DAY], |row| {
        Ok::<_, Error>(Day { day: row.get(0)?, status: status(row.get(1)?)?, runs: unsigned(row.get(2)?) })
    })?;
    found.collect()
}

fn status(name: String) -> Result<RunStatus, Error> {
    word("status", name, RunStatus::ALL, RunStatus::name)
}

/// The hours tell how many runs there were, the days they belong to how long those took.
fn hooks(connection: &Connection, hours: [i64; 2]) -> Result<Vec<HookSum>, Error> {
    let sql =
        "SELECT hook, status, sum(runs), sum(took_us) FROM sums WHERE hour >= ?1 AND hour < ?2 GROUP BY hook, status";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(hours)?;
    let mut hooks: BTreeMap<String, HookSum> = BTreeMap::new();
    while let Some(row) = found.next()? {
        let (key, runs) = (row.get::<_, String>(0)?, unsigned(row.get(2)?));
        let sum = hooks.entry(key.clone()).or_default();
        sum.hook = (!key.is_empty()).then(|| HookKey::new(key));
        sum.runs += runs;
        sum.failed += if status(row.get(1)?)? == RunStatus::Failed { runs } else { 0 };
        sum.took += Duration::from_micros(unsigned(row.get(3)?));
    }
    let mut classes = classes(connection, hours)?;
    let quantiles = |(key, sum): (String, HookSum)| {
        let classes = classes.remove(&key).unwrap_or_default();
        let runs: u64 = classes.values().map(|(runs, _)| runs).sum();
        let (half, most) = (quantile(&classes, runs.div_ceil(2)), quantile(&classes, (runs * 95).div_ceil(100)));
        HookSum { half, most, ..sum }
    };
    let mut hooks: Vec<_> = hooks.into_iter().map(quantiles).collect();
    hooks.sort_by_key(|sum| std::cmp::Reverse(sum.most));
    Ok(hooks)
}

fn classes(connection: &Connection, hours: [i64; 2]) -> Result<BTreeMap<String, Classes>, Error> {
    let sql =
        "SELECT hook, class, sum(runs), sum(took_us) FROM classes WHERE day >= ?1 AND day <= ?2 GROUP BY hook, class";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query([hours[0].div_euclid(24), hours[1].saturating_sub(1).div_euclid(24)])?;
    let mut classes: BTreeMap<String, Classes> = BTreeMap::new();
    while let Some(row) = found.next()? {
        let class = (unsigned(row.get(2)?), unsigned(row.get(3)?));
        classes.entry(row.get(0)?).or_default().insert(row.get(1)?, class);
    }
    Ok(classes)
}

/// How long the run of this place took, about: as long as those of its class on average.
fn quantile(classes: &Classes, place: u64) -> Duration {
    let mut before = 0;
    let found = classes.values().find(|(runs, _)| {
        before += runs;
        before >= place
    });
    found.map_or(Duration::ZERO, |(runs, us)| Duration::from_micros(us / runs.max(&1)))
}

fn waited_for_hooks(connection: &Connection, hours: [i64; 2]) -> Result<Duration, Error> {
    let sql = "SELECT coalesce(sum(took_us), 0) FROM sums WHERE hour >= ?1 AND hour < ?2 AND mode = ?3";
    let us =
        connection.prepare_cached(sql)?.query_row(params![hours[0], hours[1], Mode::Sync.name()], |row| row.get(0))?;
    Ok(Duration::from_micros(unsigned(us)))
}

fn waited_for_people(connection: &Connection, since: Timestamp, until: Timestamp) -> Result<Duration, Error> {
    let sql = "SELECT coalesce(sum(waited_ms), 0) FROM decisions WHERE at >= ?1 AND at < ?2 AND by NOT IN (?3, ?4)";
    let operands = params![since.0, until.0, ByKind::Rule.name(), ByKind::Hook.name()];
    Ok(Duration::from_millis(unsigned(connection.prepare_cached(sql)?.query_row(operands, |row| row.get(0))?)))
}

fn unsigned(number: i64) -> u64 {
    number.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_narrow() {
        let mut us = 1;
        while us < 1 << 40 {
            let same = (us..).step_by((us / 200).max(1) as usize).take_while(|other| class(*other) == class(us)).last();
            assert!(same.unwrap() as f64 <= us as f64 * 1.1 + 1.0, "{us}");
            us = us * 3 / 2 + 1;
        }
        assert_eq!((class(-5), class(0)), (0, 0));
        assert!(class(i64::MAX) < 512);
    }
}
