//! The handle through which rows are recorded.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{RequestId, Timestamp};
use tokio::sync::{oneshot, watch};

use crate::backlog::{Happened, Write};
use crate::shared::{Health, Shared};
use crate::{Error, Secrets, row};

/// The longest a caller waits for a decision's commit.
const DECISION: Duration = Duration::from_secs(2);
/// The longest a caller waits for an event's commit; meanwhile the agent waits.
const EVENT: Duration = Duration::from_secs(1);

/// Records what happens. Clones write to the same history; it ends when the last one is gone or one was closed.
#[derive(Clone)]
pub struct Writer(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    ended: watch::Receiver<()>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, ended: watch::Receiver<()>) -> Self {
        Self(Arc::new(Inner { shared, ended }))
    }

    /// Queues an event. Returns at once. A second row of one id changes nothing.
    pub fn record_event(&self, row: row::Event) -> Result<(), Error> {
        self.0.shared.offer(|backlog| backlog.push_happened(Happened::Event(Box::new(row), None)))
    }

    /// Records an event and returns once it is committed, or was so before, or with an error after one second. With
    /// [`Error::Kept`] and [`Error::Slow`] the row is kept and written later, unless it must be given up. What is committed
    /// outlives this process; a power cut may take events that no decision followed.
    ///
    /// Needs a tokio runtime with a timer.
    pub async fn record_event_committed(&self, row: row::Event) -> Result<(), Error> {
        let (committed, answer) = oneshot::channel();
        self.0.shared.offer(|backlog| backlog.push_happened(Happened::Event(Box::new(row), Some(committed))))?;
        wait(answer, EVENT).await
    }

    /// Records runs and returns once they are committed, or with an error after one second. With [`Error::Kept`] and
    /// [`Error::Slow`] they are kept and written later. A second row of one id changes nothing.
    ///
    /// Needs a tokio runtime with a timer.
    pub async fn record_runs(&self, mut rows: Vec<row::Run>) -> Result<(), Error> {
        // Rows are committed in their order.
        let Some(last) = rows.pop() else { return Ok(()) };
        let (committed, answer) = oneshot::channel();
        self.0.shared.insist(|backlog| {
            for row in rows {
                backlog.push_happened(Happened::Run(Box::new(row), None));
            }
            backlog.push_happened(Happened::Run(Box::new(last), Some(committed)));
        })?;
        wait(answer, EVENT).await
    }

    /// Queues a request. Returns at once. A second row of one id changes nothing.
    pub fn record_request(&self, row: row::Request) -> Result<(), Error> {
        self.0.shared.offer(|backlog| backlog.push(Write::Request(row)))
    }

    /// Records a decision and returns once it is committed, or with an error after two seconds. With [`Error::Kept`] and
    /// [`Error::Slow`] the row is kept and written later. A second decision on one request changes nothing.
    ///
    /// Needs a tokio runtime with a timer.
    pub async fn record_decision(&self, row: row::Decision) -> Result<(), Error> {
        let (committed, answer) = oneshot::channel();
        self.0.shared.insist(|backlog| backlog.push(Write::Decision(row, Some(committed))))?;
        wait(answer, DECISION).await
    }

    /// Records whether the agent took the reply to a request that was decided, and returns as [`Writer::record_decision`] does.
    ///
    /// Needs a tokio runtime with a timer.
    pub async fn record_taken(&self, id: RequestId, taken: bool) -> Result<(), Error> {
        let (committed, answer) = oneshot::channel();
        self.0.shared.insist(|backlog| backlog.push(Write::Taken(id, taken, Some(committed))))?;
        wait(answer, DECISION).await
    }

    /// Queues a note that `lost` rows are missing, which somebody else had to drop. Returns at once.
    pub fn record_gap(&self, lost: u64) -> Result<(), Error> {
        self.0.shared.offer(|backlog| backlog.push_lost(lost))
    }

    /// Deletes events, their runs, gaps and decided requests that are older, a request by its decision. Returns at once; it happens bit by
    /// bit while nothing else is to be written, and what is not done when the history ends is left for the next time.
    pub fn prune(&self, before: Timestamp) -> Result<(), Error> {
        self.0.shared.prune(before)
    }

    /// Deletes the oldest of what may be deleted by age, until the rest takes no more than so many bytes. Returns at once; it
    /// happens bit by bit, as with [`Writer::prune`].
    pub fn shrink(&self, bytes: u64) -> Result<(), Error> {
        self.0.shared.shrink(bytes)
    }

    /// From now on secrets are kept so in these projects; the longest folder that fits says it. Elsewhere they are masked.
    pub fn set_secrets(&self, projects: BTreeMap<PathBuf, Secrets>) {
        self.0.shared.set_secrets(projects);
    }

    /// How writing goes, now and whenever it changes.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.0.shared.health()
    }

    /// Writes what can be written, folds the log into the database and ends the thread. Later rows are refused.
    pub async fn close(&self) {
        self.0.shared.close();
        let mut ended = self.0.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

async fn wait(answer: oneshot::Receiver<Result<(), Error>>, within: Duration) -> Result<(), Error> {
    match tokio::time::timeout(within, answer).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::Closed),
        Err(_) => Err(Error::Slow(within)),
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.close();
    }
}
