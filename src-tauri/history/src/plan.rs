//! How SQLite goes about a query, for tests.

use rusqlite::{Connection, Params};
use tempfile::TempDir;

use crate::schema;

/// A history without rows.
pub(crate) fn empty() -> (TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let connection = schema::writer(&folder.path().join("history.db")).unwrap();
    (folder, connection)
}

/// Its steps.
pub(crate) fn plan(connection: &Connection, sql: &str, params: impl Params) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.query_map(params, |row| row.get(3)).unwrap();
    steps.collect::<Result<_, _>>().unwrap()
}
