//! Rules: what a person decided beforehand.

use std::path::PathBuf;

use crate::{Agent, RequestId, RuleId, SessionId, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub id: RuleId,
    pub made: Timestamp,
    /// The request from whose card it was made.
    pub from: Option<RequestId>,
    pub enabled: bool,
    pub scope: Scope,
    pub says: RuleSays,
    /// Then it ends; `None`: it holds until it is revoked, or its session ends.
    pub until: Option<Timestamp>,
}

/// What a rule is about. `None` does not narrow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub agent: Option<Agent>,
    /// The session's own folder is this one or below it. An allow needs that of the folder in which the agent acts, too.
    pub project: Option<PathBuf>,
    /// Only this session, and it ends with it.
    pub session: Option<SessionId>,
    pub what: What,
}

/// The requests a rule speaks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Simple commands, word by word. A word is literal; `*` stands for one word, and `**` at the end for any words, none too.
    Command { pattern: Vec<String> },
    /// Changes of files whose full path matches: `*` within a name, `**` for any folders.
    Files { pattern: String },
    /// A tool of an MCP server, or all of them.
    Mcp { server: String, tool: Option<String> },
    /// A host, without a port; `*.example.org` is everything below it.
    Network { host: String },
    /// A tool by the agent's own name for it, whatever its input.
    Tool { name: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSays {
    Allow,
    /// A person wants to be asked, whatever would allow it.
    Ask,
    Deny {
        message: String,
    },
}
