//! What can be wrong before any hook runs.

/// Reads after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read the payload: it is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    #[error("read the payload: it is not a JSON object")]
    NotAnObject,
    #[error("read the payload: {0} is missing or not a string")]
    Missing(&'static str),
}
