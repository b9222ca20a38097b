//! Threads, turns and items as the server tells of them. What a newer Codex adds is kept in `raw` or passes as `Other`.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct ThreadId(pub String);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct TurnId(pub String);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct ItemId(pub String);

/// A conversation; hooks know its id as `session_id`, or as `agent_id` where it is a sub-agent's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    pub id: ThreadId,
    /// The thread that started this one as its sub-agent.
    pub parent_thread_id: Option<ThreadId>,
    pub cwd: Option<PathBuf>,
    /// Where its transcript is.
    pub path: Option<PathBuf>,
    /// It is kept nowhere, as one in which Codex looks for a title. It cannot be followed.
    #[serde(default)]
    pub ephemeral: bool,
    /// `cli`, `appServer` and others; an object for sub-agents.
    #[serde(default)]
    pub source: Value,
    #[serde(default)]
    pub status: ThreadStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Value")]
pub enum ThreadStatus {
    /// Known from its file only.
    NotLoaded,
    Idle,
    /// In a turn, with flags such as `waitingOnApproval`.
    Active(Vec<String>),
    SystemError,
    Other(Value),
    /// Not told.
    #[default]
    Unknown,
}

impl From<Value> for ThreadStatus {
    fn from(status: Value) -> Self {
        match status["type"].as_str() {
            Some("notLoaded") => Self::NotLoaded,
            Some("idle") => Self::Idle,
            Some("systemError") => Self::SystemError,
            Some("active") => {
                let flags = status["activeFlags"].as_array().map(Vec::as_slice).unwrap_or_default();
                Self::Active(flags.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            _ => Self::Other(status),
        }
    }
}

/// One turn of a thread, when it starts and when it is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub thread: ThreadId,
    pub id: TurnId,
    pub status: TurnStatus,
    pub raw: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnStatus {
    InProgress,
    Completed,
    Interrupted,
    Failed,
    Other(String),
}

impl From<&str> for TurnStatus {
    fn from(status: &str) -> Self {
        match status {
            "inProgress" => Self::InProgress,
            "completed" => Self::Completed,
            "interrupted" => Self::Interrupted,
            "failed" => Self::Failed,
            _ => Self::Other(status.to_owned()),
        }
    }
}

/// One thing in a turn: a message, a command, a change of files.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub thread: ThreadId,
    pub turn: Option<TurnId>,
    pub id: ItemId,
    /// `commandExecution`, `fileChange`, `agentMessage` and others.
    pub kind: String,
    /// Of what is done in steps: `inProgress`, `completed`, `failed`, `declined`.
    pub status: Option<String>,
    pub raw: Value,
}
