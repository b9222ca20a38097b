//! What of a request a rule is about.

use std::path::Path;

use model::{Action, Rule, RuleId, RuleSays, What};

use super::{Facts, counts, never, pattern, places};
use crate::command::Step;

/// One of the things that all have to be allowed.
enum Part<'a> {
    Step(&'a Step),
    Host(String),
    File(&'a Path),
    Call { server: &'a str, tool: &'a str },
    Tool,
}

/// The rules that allow the request, together if need be: no part of it is without one.
pub(super) fn allows<'a>(rules: &'a [Rule], facts: &Facts<'_>) -> Vec<&'a RuleId> {
    if facts.exposed || facts.runs_in.is_none() {
        return Vec::new();
    }
    let rules: Vec<_> = rules.iter().filter(|rule| rule.says == RuleSays::Allow && counts(rule, facts)).collect();
    let mut used = Vec::new();
    for part in parts(facts).unwrap_or_default() {
        let before = used.len();
        used.extend(rules.iter().filter(|rule| part.is_allowed(&rule.scope.what, facts)).map(|rule| &rule.id));
        if used.len() == before {
            return Vec::new();
        }
    }
    used
}

/// Whether the rule is about the request or a part of it.
pub(super) fn mentions(what: &What, facts: &Facts<'_>) -> bool {
    match what {
        What::Command { pattern } => {
            facts.line.is_some_and(|line| line.steps.iter().any(|step| pattern::fits(pattern, &step.words)))
        }
        What::Files { pattern } => {
            let files = facts.files.unwrap_or_default();
            places::files(pattern).is_ok_and(|pattern| files.iter().any(|file| pattern.is_match(file)))
        }
        What::Mcp { server, tool } => match facts.action {
            Action::Mcp { server: asked, tool: called, .. } => {
                asked == server && tool.as_ref().is_none_or(|tool| tool == called)
            }
            _ => false,
        },
        What::Network { host } => match facts.action {
            Action::Network { target, .. } => places::host(target).is_some_and(|asked| places::host_fits(host, &asked)),
            _ => false,
        },
        What::Tool { name } => name == facts.tool,
    }
}

/// Everything that has to be allowed; `None` where no rule can allow such a request.
fn parts<'a>(facts: &Facts<'a>) -> Option<Vec<Part<'a>>> {
    match facts.action {
        Action::Shell { .. } => steps(facts),
        // Allowing it may run the command: that it asks for the network is only the agent's word.
        Action::Network { target, .. } => {
            let mut parts = steps(facts)?;
            parts.push(Part::Host(places::host(target)?));
            Some(parts)
        }
        Action::Patch { .. } => Some(facts.files?.iter().map(|file| Part::File(file)).collect()),
        Action::Mcp { server, tool, .. } => Some(vec![Part::Call { server, tool }]),
        Action::Unknown { .. } => (!never::tool(facts.tool)).then(|| vec![Part::Tool]),
        Action::Stdin { .. } | Action::Permissions { .. } => None,
    }
}

fn steps<'a>(facts: &Facts<'a>) -> Option<Vec<Part<'a>>> {
    let line = facts.line.filter(|line| line.plain)?;
    let allowable = line.steps.iter().all(|step| never::program(&step.words).is_none());
    allowable.then(|| line.steps.iter().map(Part::Step).collect())
}

impl Part<'_> {
    fn is_allowed(&self, what: &What, facts: &Facts<'_>) -> bool {
        match (self, what) {
            (Self::Step(step), What::Command { pattern }) => pattern::fits(pattern, &step.words),
            (Self::Host(asked), What::Network { host }) => places::host_fits(host, asked),
            (Self::File(file), What::Files { pattern }) => places::file_allowed(pattern, file),
            (Self::Call { server: asked, tool: called }, What::Mcp { server, tool }) => {
                asked == server && tool.as_ref().is_none_or(|tool| tool == called)
            }
            (Self::Call { .. } | Self::Tool, What::Tool { name }) => name == facts.tool,
            _ => false,
        }
    }
}
