//! The vocabulary every other crate speaks: agents, hook events, hooks and their runs, permission requests, decisions.
//!
//! Plain data without input or output. What outside text means is decided where it is parsed (`agents`), how it is shown in
//! `api::dto`.

pub mod action;
pub mod agent;
pub mod decision;
pub mod event;
pub mod hook;
pub mod id;
pub mod matcher;
pub mod request;
pub mod rule;
pub mod run;
pub mod time;

pub use action::{Action, Change, FileChange, Line, LineKind};
pub use agent::Agent;
pub use decision::{Answer, By, Decision, Why};
pub use event::{Event, HookEvent, Reported};
pub use hook::{ArgvHook, Handler, HandlerKind, Hook, McpServer, Mode, Source, SourceKind, Trust, Unapproved};
pub use id::{EventId, HookKey, RequestId, RuleId, RunId, SessionId, SubagentId, TurnId};
pub use matcher::Matcher;
pub use request::{PermissionRequest, Reviewer, Subagent};
pub use rule::{Rule, RuleSays, Scope, What};
pub use run::{Entry, EntryKind, Fragment, HookRun, Outcome, RunStatus, Verdict};
pub use time::Timestamp;
