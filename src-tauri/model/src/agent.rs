//! The coding agents that can ask.

use std::fmt;
use std::str::FromStr;

/// A coding agent program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Agent {
    Codex,
}

impl Agent {
    pub const ALL: [Self; 1] = [Self::Codex];

    /// The word used in files, arguments and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Codex => "codex",
        }
    }

    /// The agent's own name, as a person reads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Codex => "Codex",
        }
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no agent we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAgent(pub String);

impl FromStr for Agent {
    type Err = UnknownAgent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|agent| agent.name() == text).ok_or_else(|| UnknownAgent(text.to_owned()))
    }
}
