//! The vocabulary every other crate speaks: agents, hook events, permission requests, decisions.
//!
//! Plain data without input or output. What outside text means is decided where it is parsed (`agents`), how it is shown in
//! `api::dto`.

pub mod action;
pub mod agent;
pub mod decision;
pub mod event;
pub mod id;
pub mod request;
pub mod time;

pub use action::{Action, Change, FileChange, Line, LineKind};
pub use agent::Agent;
pub use decision::{Answer, By, Decision, Why};
pub use event::{Event, HookEvent, Reported};
pub use id::{EventId, RequestId, RuleId, SessionId, SubagentId, TurnId};
pub use request::{PermissionRequest, Reviewer, Subagent};
pub use time::Timestamp;
