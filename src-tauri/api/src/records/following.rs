//! Who follows hears of what is committed from then on, and of recorded hooks that run.

use std::collections::BTreeSet;

use history::{Mark, row};
use model::{HookRun, Reported, RunId, RunStatus};
use serde::Serialize;
use serde_json::Value;

use super::{Filter, PAGE, Records};
use crate::recorded::Running;
use crate::{Error, Paths, dto, happened, past};

/// What a follower hears of. The JSON of it is printed by `hookwright history follow` and is stable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Committed {
    Event(Box<dto::EventView>),
    Decision { request: String, outcome: dto::Outcome },
    Run(Notified),
}

/// A run that began or ended, as Codex tells its clients of it (`hook/started`, `hook/completed`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notified {
    /// Of the run in the history; unlike that of the notification it is of this run alone.
    id: String,
    #[serde(flatten)]
    notification: Value,
}

impl Notified {
    fn of(row: &row::Run, run: &HookRun) -> Self {
        let session = row.session.as_ref().map_or("", |id| id.as_str());
        let turn = row.turn.as_ref().map(|id| id.as_str());
        Self { id: row.id.to_string(), notification: engine::notification(session, turn, run) }
    }
}

/// How far a follower has heard. What was taken in from an export is not told: it did not happen here.
pub struct Following<'r> {
    records: &'r Records,
    filter: Filter,
    mark: Mark,
    running: Running,
    /// Runs that were told to have begun and not yet to have ended.
    began: BTreeSet<RunId>,
}

impl<'r> Following<'r> {
    /// From the end as it is now.
    pub(super) fn begin(records: &'r Records, paths: &Paths, filter: Filter) -> Result<Self, Error> {
        let (mark, running) = (records.mark()?, Running::of(paths));
        Ok(Self { records, filter, mark, running, began: BTreeSet::new() })
    }

    /// What came since it was last asked for. Of each run first that it began and then that it ended; where nobody could know
    /// that it runs, both at its end. Blocks.
    pub fn came(&mut self) -> Result<Vec<Committed>, Error> {
        let mut told = Vec::new();
        self.look_for_running(&mut told);
        let reader = &self.records.reader;
        loop {
            let events = reader.events_since(&mut self.mark, PAGE)?;
            let runs = reader.runs_since(&mut self.mark, PAGE)?;
            let decisions = reader.decisions_since(&mut self.mark, PAGE)?;
            if events.is_empty() && runs.is_empty() && decisions.is_empty() {
                return Ok(told);
            }
            let events = events.iter().filter(|row| happened_here(row.reported) && self.filter.is_of_event(row));
            told.extend(events.map(|row| Committed::Event(Box::new(happened::view(row)))));
            for row in runs.iter().filter(|row| happened_here(row.reported)) {
                self.ended(row, &mut told);
            }
            for row in decisions {
                if self.is_wanted(&row)? {
                    let outcome = past::outcome(&row);
                    told.push(Committed::Decision { request: row.request.to_string(), outcome });
                }
            }
        }
    }

    fn look_for_running(&mut self, told: &mut Vec<Committed>) {
        for row in self.running.began() {
            if self.filter.is_of_run(&row) {
                told.push(Committed::Run(Notified::of(&row, &row.run)));
                self.began.insert(row.id);
            }
        }
    }

    fn ended(&mut self, row: &row::Run, told: &mut Vec<Committed>) {
        let known = self.began.remove(&row.id);
        if !known && !self.filter.is_of_run(row) {
            return;
        }
        if !known {
            let run = &row.run;
            let (status, entries) = (RunStatus::Running, Vec::new());
            let began = HookRun { status, entries, completed: None, duration_ms: None, ..run.clone() };
            told.push(Committed::Run(Notified::of(row, &began)));
        }
        told.push(Committed::Run(Notified::of(row, &row.run)));
    }

    fn is_wanted(&self, decision: &row::Decision) -> Result<bool, Error> {
        if !self.filter.has_requests() {
            return Ok(false);
        }
        let request = self.records.reader.request(&decision.request)?;
        Ok(match request {
            Some(row) => happened_here(row.reported) && self.filter.is_of(row.agent, Some(&row.session)),
            // It had to be dropped.
            None => self.filter.is_of_anybody(),
        })
    }
}

fn happened_here(reported: Reported) -> bool {
    match reported {
        Reported::Live | Reported::WhileClosed => true,
        Reported::Imported => false,
    }
}
