//! A permission request: an agent's question "may I do this?".

use std::path::PathBuf;

use crate::{Action, Agent, RequestId, SessionId, SubagentId, Timestamp, TurnId};

#[derive(Clone, Debug, PartialEq)]
pub struct PermissionRequest {
    pub id: RequestId,
    pub agent: Agent,
    pub session: SessionId,
    pub turn: Option<TurnId>,
    pub subagent: Option<Subagent>,
    /// The session's own folder, from a source the model does not choose; `None` where it is not known.
    pub project: Option<PathBuf>,
    /// The payload's `cwd`. The model may have chosen it.
    pub runs_in: PathBuf,
    pub tool: String,
    pub action: Action,
    /// The agent's justification, in its own words.
    pub said: Option<String>,
    /// The person's last prompt of this turn, when known.
    pub asked: Option<String>,
    pub reviewer: Reviewer,
    pub approval_policy: Option<String>,
    pub received: Timestamp,
}

/// Who answers where no hook does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reviewer {
    User,
    AutoReview,
    /// A reviewer of a newer agent, by its own name.
    Other(String),
    Unknown,
}

/// An agent inside a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subagent {
    pub id: SubagentId,
    /// The role it was spawned with.
    pub role: String,
}
