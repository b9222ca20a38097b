//! Which rules speak about a request, and what they say. Pure: folders and files are resolved by the caller.

mod covers;
mod never;
mod pattern;
mod places;
mod proposals;

use std::path::{Path, PathBuf};

use model::{Action, Agent, Rule, RuleSays, SessionId, Timestamp, What};

pub use pattern::{pattern, pattern_text};
pub use proposals::proposals;

use crate::command::Line;
use crate::order::RuleVerdict;

/// What is known of a request, with every path canonical.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub agent: Agent,
    pub session: &'a SessionId,
    /// The session's own folder; `None` where it is not known.
    pub project: Option<&'a Path>,
    /// The folder in which the agent acts; `None` where it cannot be resolved.
    pub runs_in: Option<&'a Path>,
    pub tool: &'a str,
    pub action: &'a Action,
    /// The command of the action, read.
    pub line: Option<&'a Line>,
    /// Every file that the action changes; `None` where that cannot be told for all of them.
    pub files: Option<&'a [PathBuf]>,
    /// The agent may write where our own files are.
    pub exposed: bool,
    pub now: Timestamp,
}

/// What rules say, in their order. Rules that are off or over say nothing.
///
/// A deny or an ask needs one simple command that fits, wherever it stands; an allow needs the whole line plain and
/// every simple command allowed by some rule. Nothing is allowed where the agent may write our own files.
pub fn verdicts(rules: &[Rule], facts: &Facts<'_>) -> Vec<RuleVerdict> {
    let allows = covers::allows(rules, facts);
    let speaks = |rule: &&Rule| match rule.says {
        RuleSays::Allow => allows.contains(&&rule.id),
        RuleSays::Ask | RuleSays::Deny { .. } => counts(rule, facts) && covers::mentions(&rule.scope.what, facts),
    };
    let said = |rule: &Rule| RuleVerdict { rule: rule.id.clone(), says: rule.says.clone() };
    rules.iter().filter(speaks).map(said).collect()
}

/// Whether the rule holds now, for this agent, session and project.
///
/// The model may choose the folder it acts in, so an allow needs it in the project too, and a deny or an ask does not.
fn counts(rule: &Rule, facts: &Facts<'_>) -> bool {
    let scope = &rule.scope;
    let inside = |folder: Option<&Path>, project: &Path| folder.is_some_and(|folder| folder.starts_with(project));
    let acts_inside = |project: &Path| match rule.says {
        RuleSays::Allow => inside(facts.runs_in, project),
        RuleSays::Ask | RuleSays::Deny { .. } => true,
    };
    rule.enabled
        && rule.until.is_none_or(|until| facts.now < until)
        && scope.agent.is_none_or(|agent| agent == facts.agent)
        && scope.session.as_ref().is_none_or(|session| session == facts.session)
        && scope.project.as_deref().is_none_or(|project| inside(facts.project, project) && acts_inside(project))
}

/// Why a rule cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("a pattern needs at least one word")]
    Empty,
    #[error("{0:?} is no plain word")]
    NotPlain(String),
    #[error("`**` stands at the end only")]
    RestNotLast,
    #[error("{0} runs what its arguments say, so it can't be allowed by a rule")]
    RunsOthers(String),
    #[error("an allow needs the first word written out")]
    AnyCommand,
    #[error("{0:?} is no full path")]
    NotAbsolute(String),
    #[error("the path pattern cannot be read: {0}")]
    Path(String),
    #[error("{0:?} is no host name")]
    Host(String),
    #[error("{0} can't be allowed by a rule")]
    NeverAllowed(String),
}

/// Whether a rule can be, before it is kept.
pub fn check(rule: &Rule) -> Result<(), Unfit> {
    if let Some(project) = rule.scope.project.as_deref().filter(|project| !project.is_absolute()) {
        return Err(Unfit::NotAbsolute(project.display().to_string()));
    }
    let allow = match rule.says {
        RuleSays::Allow => Some(()),
        RuleSays::Ask | RuleSays::Deny { .. } => None,
    };
    match &rule.scope.what {
        What::Command { pattern } => {
            pattern::check(pattern)?;
            allow.map_or(Ok(()), |()| pattern::check_allow(pattern))
        }
        What::Files { pattern } => places::files(pattern).map(|_| ()),
        What::Mcp { server, tool } => {
            if server.is_empty() || tool.as_ref().is_some_and(String::is_empty) {
                Err(Unfit::Empty)
            } else {
                Ok(())
            }
        }
        What::Network { host } => places::check_host(host),
        What::Tool { name } if name.is_empty() => Err(Unfit::Empty),
        What::Tool { name } if allow.is_some() && never::tool(name) => Err(Unfit::NeverAllowed(name.clone())),
        What::Tool { .. } => Ok(()),
    }
}
