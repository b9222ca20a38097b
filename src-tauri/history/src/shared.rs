//! What the writer's handles and its thread share: the backlog, the wake-up and the health.

use std::collections::BTreeMap;
use std::mem;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::Timestamp;
use tokio::sync::watch;

use crate::Error;
use crate::backlog::{Backlog, Batch};
use crate::secrets::{Plain, Secrets};

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// How long a reader waits for the first try to open the database.
const FIRST_TRY: Duration = Duration::from_secs(3);

/// How writing goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Why the last write failed; `None` while writing works.
    pub failing: Option<String>,
    /// Rows that wait in memory because of that.
    pub kept: usize,
    /// Rows given up since the start.
    pub lost: u64,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    health: watch::Sender<Health>,
}

#[derive(Default)]
struct State {
    backlog: Backlog,
    /// Something came since the last try.
    fresh: bool,
    closing: bool,
    failing: Option<Failing>,
    /// What is older is to be deleted.
    prune: Option<Timestamp>,
    /// The oldest is to be deleted until the rest takes no more bytes.
    shrink: Option<u64>,
    /// Room is free that is to be given back.
    free: bool,
    /// Where secrets are not masked.
    plain: Plain,
    /// The first try to open the database is over.
    tried: bool,
    lost: u64,
}

impl State {
    /// What is done while nothing is to be written.
    fn tidy(&mut self) -> Option<Step> {
        let prune = self.prune.take().map(Step::Prune);
        let shrink = prune.or_else(|| self.shrink.take().map(Step::Shrink));
        shrink.or_else(|| mem::take(&mut self.free).then_some(Step::GiveBack))
    }
}

struct Failing {
    reason: String,
    pause: Duration,
    retry_at: Instant,
}

/// What the thread does next.
pub(crate) enum Step {
    Write(Batch),
    Prune(Timestamp),
    Shrink(u64),
    GiveBack,
    End,
}

impl Default for Shared {
    fn default() -> Self {
        Self { state: Mutex::default(), wake: Condvar::new(), health: watch::Sender::default() }
    }
}

impl Shared {
    pub(crate) fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    /// Adds a row that may be refused: while writing works, a full backlog is the caller's affair.
    pub(crate) fn offer(&self, add: impl FnOnce(&mut Backlog)) -> Result<(), Error> {
        let state = self.lock();
        if state.failing.is_none() && state.backlog.is_full() {
            return Err(Error::Full);
        }
        self.add(state, add)
    }

    /// Adds a row that must not be refused. There are never more of them than requests were taken and hooks were run.
    pub(crate) fn insist(&self, add: impl FnOnce(&mut Backlog)) -> Result<(), Error> {
        self.add(self.lock(), add)
    }

    fn add(&self, mut state: MutexGuard<'_, State>, add: impl FnOnce(&mut Backlog)) -> Result<(), Error> {
        if state.closing {
            return Err(Error::Closed);
        }
        add(&mut state.backlog);
        state.fresh = true;
        if state.failing.is_some() {
            state.lost += state.backlog.trim();
            self.publish(&state);
        }
        self.wake.notify_all();
        Ok(())
    }

    /// Has the thread delete what is older, once nothing else is to be written.
    pub(crate) fn prune(&self, before: Timestamp) -> Result<(), Error> {
        let mut state = self.lock();
        if state.closing {
            return Err(Error::Closed);
        }
        state.prune = state.prune.max(Some(before));
        self.wake.notify_all();
        Ok(())
    }

    /// Has the thread delete the oldest until the rest takes no more bytes, once nothing else is to be done.
    pub(crate) fn shrink(&self, bytes: u64) -> Result<(), Error> {
        let mut state = self.lock();
        if state.closing {
            return Err(Error::Closed);
        }
        state.shrink = Some(bytes);
        self.wake.notify_all();
        Ok(())
    }

    /// Has the thread give free room back to the disk, last of all.
    pub(crate) fn give_back(&self) {
        self.lock().free = true;
    }

    pub(crate) fn set_secrets(&self, projects: BTreeMap<PathBuf, Secrets>) {
        self.lock().plain = Plain(projects);
    }

    pub(crate) fn plain(&self) -> Plain {
        self.lock().plain.clone()
    }

    /// No more rows; the thread tries once more and ends.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.fresh |= !state.closing;
        state.closing = true;
        self.wake.notify_all();
    }

    /// Sleeps until there is something to do. A timer runs only while rows are kept after a failure.
    pub(crate) fn next(&self) -> Step {
        let mut state = self.lock();
        loop {
            let waiting = !state.backlog.is_empty();
            let retry_in =
                state.failing.as_ref().map(|failing| failing.retry_at.saturating_duration_since(Instant::now()));
            if waiting && (state.fresh || retry_in.is_none_or(|left| left.is_zero())) {
                state.fresh = false;
                return Step::Write(state.backlog.take());
            }
            if state.closing {
                return Step::End;
            }
            if state.failing.is_none()
                && let Some(step) = state.tidy()
            {
                return step;
            }
            state = match retry_in {
                Some(left) if waiting => self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                _ => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// The first try to open the database is over.
    pub(crate) fn tried(&self) {
        self.lock().tried = true;
        self.wake.notify_all();
    }

    /// Lets a reader wait for that, so that it finds the file it will read.
    pub(crate) fn wait_until_tried(&self) {
        let wait = self.wake.wait_timeout_while(self.lock(), FIRST_TRY, |state| !state.tried);
        drop(wait);
    }

    pub(crate) fn succeeded(&self) {
        let mut state = self.lock();
        state.failing = None;
        self.publish(&state);
    }

    /// Keeps what could not be written and sets the next try. The health tells before those who wait hear of it.
    pub(crate) fn failed(&self, batch: Batch, reason: String) {
        let mut state = self.lock();
        state.backlog.put_back(batch);
        state.lost += state.backlog.trim();
        let now = Instant::now();
        let (pause, retry_at) = match &state.failing {
            // A new row brought this try forward; the timer's turn is still to come.
            Some(failing) if failing.retry_at > now => (failing.pause, failing.retry_at),
            Some(failing) => {
                let pause = (failing.pause * 2).min(LONGEST_RETRY);
                (pause, now + pause)
            }
            None => (FIRST_RETRY, now + FIRST_RETRY),
        };
        state.failing = Some(Failing { reason: reason.clone(), pause, retry_at });
        self.publish(&state);
        state.backlog.tell(&reason);
    }

    /// How many rows the thread leaves behind.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().backlog.len()
    }

    fn publish(&self, state: &State) {
        let now = Health {
            failing: state.failing.as_ref().map(|failing| failing.reason.clone()),
            kept: if state.failing.is_some() { state.backlog.len() } else { 0 },
            lost: state.lost,
        };
        self.health.send_if_modified(|health| {
            let changed = *health != now;
            *health = now;
            changed
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
