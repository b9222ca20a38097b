//! Why a payload was not understood. Never holds any of its text: errors are logged, payloads are not.

/// Messages read after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("read the payload: it is not UTF-8")]
    NotUtf8,
    #[error("read the payload: it is not JSON (line {line}, column {column})")]
    NotJson { line: usize, column: usize },
    #[error("read the payload: it is not a JSON object")]
    NotAnObject,
    #[error("read the payload: it has no `{0}`")]
    Missing(&'static str),
    #[error("read the payload: `{0}` has the wrong type")]
    WrongType(&'static str),
    #[error("read the payload: `{0}` is there twice")]
    Twice(&'static str),
}
