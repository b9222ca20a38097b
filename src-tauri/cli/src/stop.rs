//! How a command ends when it does not end fine: the exit code, and what a person is told.

use std::io;
use std::process::ExitCode;

use api::dto::{Failure, Piece};
use api::text::text;

use crate::draw;

/// Why a command ends.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Who read our output went away, as `head` does.
    Closed,
    /// The check found problems; they are printed.
    Problems,
    /// A signal of this number ended it.
    Signalled(u8),
    /// It was called in a way that cannot be done.
    Usage(String),
    /// Something that it needs is not there.
    Environment(String),
    Failed(api::Error),
}

impl Stop {
    /// The same for a command that was to change something: where nobody read its output, it did not come to its end.
    pub(crate) fn unfinished(self) -> Self {
        match self {
            Self::Closed => Self::Environment(io::Error::from(io::ErrorKind::BrokenPipe).to_string()),
            other => other,
        }
    }

    /// Tells it on stderr. Gives the exit code.
    pub(crate) fn tell(self) -> ExitCode {
        match self {
            Self::Closed => ExitCode::SUCCESS,
            Self::Problems => ExitCode::from(1),
            // As a shell tells of it.
            Self::Signalled(number) => ExitCode::from(128 + number),
            Self::Usage(message) => {
                draw::warn(&message);
                ExitCode::from(2)
            }
            Self::Environment(message) => {
                draw::warn(&message);
                ExitCode::from(3)
            }
            Self::Failed(error) => {
                draw::warn(&told(error));
                ExitCode::from(3)
            }
        }
    }
}

/// An error in the person's words, with the technical detail and what to do.
pub(crate) fn told(error: api::Error) -> String {
    let Failure { code, detail } = error.into();
    explained(&format!("error.{code}"), &[], &api::pieces(&detail))
}

/// What `<key>.text` and `<key>.hint` say, with the detail between them.
pub(crate) fn explained(key: &str, values: &[(&str, &str)], detail: &[Piece]) -> String {
    let mut parts = vec![text(&format!("{key}.text"), values)];
    if !detail.is_empty() {
        parts.push(draw::block(detail, "  "));
    }
    parts.push(format!("  {}", text(&format!("{key}.hint"), values)));
    parts.join("\n")
}

impl From<api::Error> for Stop {
    fn from(error: api::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Environment(error.to_string()),
        }
    }
}
