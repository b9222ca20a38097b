//! One edit of what a hook file declares, told as changes of its text, whichever way it is written.
//!
//! The text is the one truth: nothing is kept here, nothing is printed anew. Comments, order and spellings stay; what cannot be done
//! without touching anything else is refused.

mod blocks;
mod change;
mod doc;
mod item;
mod meaning;
mod outline;
mod relocate;
mod trust;
mod write;

use std::path::Path;

use serde_json::Value;

pub use crate::layer::Notation;
pub use outline::{Field, GroupAt, HandlerAt, Outline, outline};
pub use trust::{Effect, TrustChange, keeping, trust_effects};

use crate::Error;
use crate::error::{Refusal, position};
use crate::replace::{Replace, replace_all};
use doc::Doc;

/// A group, or a handler in it. Counted from 0, as in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Group { event: String, group: usize },
    Handler { event: String, group: usize, handler: usize },
}

/// What a person does. Events are named as they are written, also those that no agent knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A group with one handler, as the last of its event.
    AddGroup { event: String, matcher: Option<String>, handler: Vec<(String, Value)> },
    /// The last handler of its group.
    AddHandler { event: String, group: usize, handler: Vec<(String, Value)> },
    /// `None` takes it out.
    SetMatcher { event: String, group: usize, matcher: Option<String> },
    /// `None` takes it out.
    SetField { place: Place, name: String, value: Option<Value> },
    /// The last group of an event goes with the event.
    Remove(Place),
    /// `{}` stays in the place of a group, so that those behind it keep theirs.
    Vacate { event: String, group: usize },
    /// `to` is the place before which it is to stand, counted before it moves; one past the last is the end.
    Move { place: Place, to: Place },
    /// As the last of its event or group.
    Duplicate(Place),
}

/// What an edit does to the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Sorted and apart from each other. Empty: it already stands there so.
    pub changes: Vec<Replace>,
    /// Where what was meant stands then; `None` where it is gone.
    pub place: Option<Place>,
}

/// Why a text was not edited, or not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Line and column count from 1, in characters.
    #[error("line {line}, column {column}: {reason}")]
    Here { line: usize, column: usize, reason: String },
    /// The edited text did not say what it should; it was thrown away.
    #[error("it cannot be done without touching anything else in the file")]
    NotSafe,
}

impl Refused {
    fn new(text: &str, Refusal { at, reason }: Refusal) -> Self {
        let (line, column) = position(text, at);
        Self::Here { line, column, reason }
    }

    /// As an error about this file.
    pub fn of(self, path: &Path) -> Error {
        let path = path.to_owned();
        match self {
            Self::Here { line, column, reason } => Error::Refused { path, line, column, reason },
            Self::NotSafe => Error::NotSafe(path),
        }
    }
}

/// What an edit does to this text. It is read again afterwards: just what was meant has changed, and nothing else.
pub fn edit(notation: Notation, text: &str, edit: &Edit) -> Result<Edited, Refused> {
    let refused = |refusal| Refused::new(text, refusal);
    let doc = Doc::read(notation, text).map_err(refused)?;
    let edited = change::changes(&doc, edit).map_err(refused)?;
    checked(&doc, edited, |meant| meaning::apply(meant, edit))
}

/// Where the text after the changes means just what is meant.
fn checked(
    doc: &Doc<'_>,
    Edited { mut changes, place }: Edited,
    mean: impl FnOnce(&mut Value) -> Option<()>,
) -> Result<Edited, Refused> {
    changes.sort_by_key(|change| (change.range.start, change.range.end));
    if changes.windows(2).any(|pair| pair[0].range.end > pair[1].range.start) {
        return Err(Refused::NotSafe);
    }
    let text = replace_all(doc.text, &changes);
    let after = Doc::read(doc.notation, &text).map_err(|_| Refused::NotSafe)?;
    let mut meant = doc.value();
    mean(&mut meant).ok_or(Refused::NotSafe)?;
    if meaning::tidy(meant) == meaning::tidy(after.value()) {
        Ok(Edited { changes, place })
    } else {
        Err(Refused::NotSafe)
    }
}
