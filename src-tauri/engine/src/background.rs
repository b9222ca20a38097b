//! Runs nobody waits for: at most eight at once, the others in the order in which they came.

use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Late;

/// Codex 0.169.
const AT_ONCE: usize = 8;

pub(crate) type Job = Pin<Box<dyn Future<Output = Late> + Send>>;

/// What still runs is killed when this is dropped.
#[derive(Default)]
pub(crate) struct Background {
    shared: Arc<Shared>,
    workers: Mutex<JoinSet<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// How many have not ended.
    open: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    workers: usize,
    left: Vec<Late>,
}

impl Background {
    pub(crate) fn submit(&self, job: Job) {
        self.shared.open.send_modify(|open| *open += 1);
        let mut state = lock(&self.shared.state);
        state.queue.push_back(job);
        if state.workers < AT_ONCE {
            state.workers += 1;
            let mut workers = lock(&self.workers);
            while workers.try_join_next().is_some() {}
            workers.spawn(work(Arc::clone(&self.shared)));
        }
    }

    /// What the runs of this session have left since the last call, in the order in which they ended.
    pub(crate) fn delivered(&self, session: Option<&str>) -> Vec<Late> {
        lock(&self.shared.state).left.extract_if(.., |late| late.session.as_deref() == session).collect()
    }

    /// Waits for what the next run leaves, whatever its session.
    pub(crate) async fn next(&self) -> Late {
        let mut open = self.shared.open.subscribe();
        loop {
            let next = {
                let left = &mut lock(&self.shared.state).left;
                (!left.is_empty()).then(|| left.remove(0))
            };
            if let Some(late) = next {
                return late;
            }
            // The sender is ours: it cannot be gone.
            let _ = open.changed().await;
        }
    }

    /// Waits until none runs, and gives what all sessions have left.
    pub(crate) async fn finish(&self) -> Vec<Late> {
        let mut open = self.shared.open.subscribe();
        // The sender is ours: it cannot be gone.
        let _ = open.wait_for(|open| *open == 0).await;
        mem::take(&mut lock(&self.shared.state).left)
    }
}

async fn work(shared: Arc<Shared>) {
    while let Some(job) = shared.next() {
        let late = job.await;
        lock(&shared.state).left.push(late);
        shared.open.send_modify(|open| *open -= 1);
    }
}

impl Shared {
    /// `None` ends the worker that asks.
    fn next(&self) -> Option<Job> {
        let mut state = lock(&self.state);
        let job = state.queue.pop_front();
        if job.is_none() {
            state.workers -= 1;
        }
        job
    }
}

/// A panic elsewhere leaves nothing half done in here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
