//! What each agent says and how it is answered: payload in, reply out. One module per agent.
//!
//! Outside text is parsed here, once, into the words of `model`. Nothing here decides, waits or keeps state.

pub mod codex;
mod error;

use std::path::PathBuf;

use model::{Action, Event, Reviewer, SessionId, Subagent, TurnId};

pub use error::Error;

/// A payload, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub event: Event,
    /// What a `PermissionRequest` asks; no other event asks anything.
    pub request: Option<Ask>,
    /// The file in which the agent keeps the conversation.
    pub transcript: Option<PathBuf>,
}

/// What the payload of a permission request says, before it has an id and its project and reviewer are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub session: SessionId,
    pub turn: Option<TurnId>,
    pub subagent: Option<Subagent>,
    pub tool: String,
    pub action: Action,
    /// The agent's justification, in its own words.
    pub said: Option<String>,
    /// The payload's `cwd`. The model may have chosen it.
    pub runs_in: PathBuf,
}

/// What an event is about, for a line in a list.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// What a tool does, is asked to do or did.
    Action(Action),
    /// What the person or the agent said.
    Words(String),
}

/// What a transcript tells about a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The session's own folder, always absolute. The model does not choose it.
    pub cwd: Option<PathBuf>,
    pub approval_policy: Option<String>,
    pub reviewer: Reviewer,
    /// The person's last prompt of this turn. Never one that an agent wrote for its subagent.
    pub prompt: Option<String>,
}
