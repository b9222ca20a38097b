//! What asynchronous hooks leave: their runs go into the history at once, their words wait for the next reply of the session.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use engine::{Engine, Late};
use history::row::{self, Applied};
use model::EntryKind;
use tokio::task::AbortHandle;

use super::{Hosted, came};
use crate::mutex::lock;

/// The words of so many runs are kept; the oldest is forgotten.
const MOST: usize = 256;

/// Words that wait, the oldest first.
#[derive(Default)]
pub(super) struct Left(VecDeque<Words>);

pub(super) struct Words {
    session: String,
    pub(super) context: Option<String>,
    pub(super) warnings: Vec<String>,
}

impl Left {
    fn add(&mut self, words: Words) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(words);
    }

    pub(super) fn take(&mut self, session: &str) -> Vec<Words> {
        let (taken, left): (Vec<_>, Vec<_>) =
            mem::take(&mut self.0).into_iter().partition(|words| words.session == session);
        self.0 = left.into();
        taken
    }

    pub(super) fn has(&self, session: &str) -> bool {
        self.0.iter().any(|words| words.session == session)
    }
}

/// Takes what asynchronous hooks leave, as long as the app runs.
pub(super) fn collect(hosted: &Arc<Hosted>, engine: Engine) -> AbortHandle {
    let hosted = Arc::downgrade(hosted);
    let collecting = tokio::spawn(async move {
        loop {
            let late = engine.next_late().await;
            let Some(hosted) = hosted.upgrade() else { return };
            hosted.take_in(late).await;
        }
    });
    collecting.abort_handle()
}

impl Hosted {
    async fn take_in(&self, late: Late) {
        let Late { session, event, run, finished, context } = late;
        let warnings = came::texts(&run, EntryKind::Warning);
        let says_something = context.is_some() || !warnings.is_empty();
        let applied = if says_something { Applied::Sent } else { Applied::Nothing };
        if let Some(session) = session.filter(|_| says_something) {
            lock(&self.left).add(Words { session, context, warnings });
        }
        if let Some(event) = event {
            self.record(vec![row::Run { applied, ..came::row(&event, run, &[], Some(&finished)) }]).await;
        }
    }
}
