//! Why a hook file was not read or not written. Where it is refused, nothing was changed.

use std::io;
use std::path::PathBuf;

/// Reads after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read {path}: {source}", path = .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("read {}: it is not a regular file", .0.display())]
    NotAFile(PathBuf),
    #[error("read {}: it belongs to another user", .0.display())]
    NotOurs(PathBuf),
    #[error("read {}: it is a symbolic link to nothing", .0.display())]
    Dangling(PathBuf),
    #[error("read {}: it is larger than 4 MiB", .0.display())]
    TooLarge(PathBuf),
    #[error("read {}: it is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    /// Codex would not read it, so it has to be mended first. Line and column count from 1, in characters.
    #[error("understand {path}, line {line}, column {column}: {reason}", path = .path.display())]
    Refused { path: PathBuf, line: usize, column: usize, reason: String },
    /// Taking our handler out would give the handlers after it another key, and so take their trust.
    #[error(
        "take our handler out of {path}, line {line}, column {column}: another handler follows it in its group",
        path = .path.display()
    )]
    Entangled { path: PathBuf, line: usize, column: usize },
    /// The edited text did not say what it should; it was thrown away.
    #[error("edit {} without touching anything else in it", .0.display())]
    NotSafe(PathBuf),
    #[error("write {}: it changed meanwhile", .0.display())]
    Changed(PathBuf),
    #[error("write {path}: {source}", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("keep a backup in {path}: {source}", path = .path.display())]
    Backup { path: PathBuf, source: io::Error },
    /// One file was written, the next could not be, and the first could not be put back. Its backup has the old text.
    #[error("put {path} back ({source}) after a failure to {first}", path = .path.display())]
    HalfDone { path: PathBuf, source: Box<Error>, first: Box<Error> },
}

/// A place in a text and what is wrong there.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// In bytes from the beginning.
    pub(crate) at: usize,
    pub(crate) reason: String,
}

impl Refusal {
    pub(crate) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}

/// Line and column of a place, from 1, in characters.
pub(crate) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
