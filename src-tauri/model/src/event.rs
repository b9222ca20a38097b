//! Hook events: the points in an agent's life at which hooks run.

use std::path::PathBuf;

use crate::{Agent, SessionId, Subagent, TurnId};

macro_rules! hook_events {
    ($($name:ident),+ $(,)?) => {
        /// A point in an agent's life. Names are Codex's own (Codex 0.169 knows these fourteen).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum HookEvent {
            $($name,)+
            /// An event of a newer agent, by its own name.
            Other(String),
        }

        impl HookEvent {
            /// Every event known by name.
            pub const KNOWN: &'static [Self] = &[$(Self::$name,)+];

            pub fn name(&self) -> &str {
                match self {
                    $(Self::$name => stringify!($name),)+
                    Self::Other(name) => name,
                }
            }

            /// Case-sensitive, as in Codex.
            pub fn from_name(name: &str) -> Self {
                match name {
                    $(stringify!($name) => Self::$name,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }
    };
}

hook_events!(
    SessionStart,
    SessionEnd,
    UserPromptSubmit,
    PreModelRequest,
    PostModelRequest,
    PreToolUse,
    PermissionRequest,
    PostToolUse,
    PreCompact,
    PostCompact,
    SubagentStart,
    SubagentStop,
    Stop,
    Interrupt,
);

/// One event as an agent reported it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub agent: Agent,
    pub event: HookEvent,
    pub session: Option<SessionId>,
    pub turn: Option<TurnId>,
    pub subagent: Option<Subagent>,
    pub tool: Option<String>,
    /// What the payload calls the working directory. For tool events the model chose it.
    pub cwd: Option<PathBuf>,
    /// The prompt of a `UserPromptSubmit`.
    pub prompt: Option<String>,
    /// The payload as it came.
    pub payload: String,
}

impl Event {
    /// An event of which no more is known.
    pub fn bare(agent: Agent, event: HookEvent, payload: String) -> Self {
        Self { agent, event, session: None, turn: None, subagent: None, tool: None, cwd: None, prompt: None, payload }
    }
}

/// How Hookwright heard of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// While it ran.
    Live,
    /// Nobody took it then; the relay kept it in a file.
    WhileClosed,
    /// A person took it in from an export. It is not known to be true.
    Imported,
}
