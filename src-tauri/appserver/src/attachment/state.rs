//! What the reader of a connection and its handles share: calls that wait for a reply, and questions that are open.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::oneshot;

use crate::rpc::{CallId, Refusal, RequestId};
use crate::{Error, Question};

/// So many questions can be open. More than a person could ever answer can only be answered in the terminal.
const OPEN: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct State(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    calls: u64,
    replies: HashMap<u64, oneshot::Sender<Result<Value, Refusal>>>,
    /// As they were asked here and are not yet settled.
    open: HashMap<RequestId, Question>,
    over: bool,
}

/// A call that waits for its reply. Given up when this is dropped.
pub(super) struct Call<'a> {
    state: &'a State,
    pub(super) id: CallId,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.state.lock().replies.remove(&self.id.0);
    }
}

pub(super) type Reply = oneshot::Receiver<Result<Value, Refusal>>;

impl State {
    pub(super) fn begin(&self) -> Result<(Call<'_>, Reply), Error> {
        let mut inner = self.lock();
        if inner.over {
            return Err(Error::Ended(String::new()));
        }
        inner.calls += 1;
        let (sender, reply) = oneshot::channel();
        let id = inner.calls;
        inner.replies.insert(id, sender);
        Ok((Call { state: self, id: CallId(id) }, reply))
    }

    pub(super) fn reply(&self, call: CallId, outcome: Result<Value, Refusal>) {
        if let Some(waits) = self.lock().replies.remove(&call.0) {
            // Given up in this moment.
            let _ = waits.send(outcome);
        }
    }

    pub(super) fn ask(&self, question: &Question) {
        let mut inner = self.lock();
        if let Some(id) = &question.id
            && inner.open.len() < OPEN
        {
            inner.open.insert(id.clone(), question.clone());
        }
    }

    pub(super) fn resolve(&self, id: &RequestId) {
        self.lock().open.remove(id);
    }

    pub(super) fn asks(&self, question: &Question) -> bool {
        question.id.as_ref().is_some_and(|id| self.lock().open.get(id) == Some(question))
    }

    /// Takes the question away from everybody else. It must be the one that was asked here, to the letter.
    pub(super) fn close(&self, id: &RequestId, question: &Question) -> Result<(), Error> {
        let mut inner = self.lock();
        if inner.open.get(id) != Some(question) {
            return Err(Error::NotOpen);
        }
        inner.open.remove(id);
        Ok(())
    }

    pub(super) fn end(&self) {
        let mut inner = self.lock();
        inner.over = true;
        inner.replies.clear();
        inner.open.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No panic can leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
