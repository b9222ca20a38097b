//! Reading the past over a read-only connection.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use model::RequestId;
use rusqlite::Connection;

use crate::shared::Shared;
use crate::{Error, Page, Query, gaps, requests, row, schema};

/// Reads the past. Its calls block the thread: call them where that is allowed.
#[derive(Clone)]
pub struct Reader(Arc<Inner>);

struct Inner {
    path: PathBuf,
    shared: Arc<Shared>,
    connection: Mutex<Option<Connection>>,
}

impl Reader {
    pub(crate) fn new(path: PathBuf, shared: Arc<Shared>) -> Self {
        Self(Arc::new(Inner { path, shared, connection: Mutex::new(None) }))
    }

    /// One page of the requests that `query` describes, the newest first.
    pub fn past(&self, query: &Query) -> Result<Page, Error> {
        self.read(|connection| requests::past(connection, query))
    }

    /// The JSON of what was shown of a request; `None` where there is no such request.
    pub fn shown(&self, id: &RequestId) -> Result<Option<String>, Error> {
        self.read(|connection| requests::shown(connection, id))
    }

    /// Every project that occurs, in order of name.
    pub fn projects(&self) -> Result<Vec<String>, Error> {
        self.read(requests::projects)
    }

    /// What is missing from the history, the newest gap first.
    pub fn gaps(&self) -> Result<Vec<row::Gap>, Error> {
        self.read(gaps::all)
    }

    /// After an error the next call connects anew.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let mut slot = self.0.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match slot.take() {
            Some(connection) => connection,
            None => {
                self.0.shared.wait_until_tried();
                schema::reader(&self.0.path)?
            }
        };
        let found = read(&connection)?;
        *slot = Some(connection);
        Ok(found)
    }
}
