//! What rules could be about, for a request.

use std::path::Path;

use model::{Action, RequestId, Rule, RuleId, RuleSays, Scope, Timestamp, What};

use super::{Facts, check, verdicts};
use crate::command::Step;

/// What rules could be about, for the request: the narrowest first. Empty where no rule fits such a request.
///
/// Of a line with several steps each one has its own; all of them need a rule before the line is allowed.
pub fn proposals(facts: &Facts<'_>) -> Vec<What> {
    let found = match facts.action {
        Action::Shell { .. } => steps(facts),
        Action::Network { target, .. } => {
            super::places::host(target).map(|host| What::Network { host }).into_iter().collect()
        }
        Action::Patch { .. } => facts.files.unwrap_or_default().iter().filter_map(|file| path(file)).collect(),
        Action::Mcp { server, tool, .. } => vec![What::Mcp { server: server.clone(), tool: Some(tool.clone()) }],
        Action::Unknown { .. } => vec![What::Tool { name: facts.tool.to_owned() }],
        Action::Stdin { .. } | Action::Permissions { .. } => Vec::new(),
    };
    let mut kept: Vec<What> = Vec::new();
    for what in found {
        if !kept.contains(&what) && check(&allow(&what)).is_ok() {
            kept.push(what);
        }
    }
    // A rule that is enough by itself is the better offer.
    kept.sort_by_key(|what| !is_enough(what, facts));
    kept
}

fn is_enough(what: &What, facts: &Facts<'_>) -> bool {
    !verdicts(&[allow(what)], facts).is_empty()
}

fn allow(what: &What) -> Rule {
    Rule {
        id: RuleId::new(""),
        made: Timestamp(0),
        from: None::<RequestId>,
        enabled: true,
        scope: Scope { agent: None, project: None, session: None, what: what.clone() },
        says: RuleSays::Allow,
        until: None,
    }
}

fn steps(facts: &Facts<'_>) -> Vec<What> {
    let Some(line) = facts.line.filter(|line| line.plain) else { return Vec::new() };
    let exact = line.steps.iter().filter_map(words);
    let below = line.steps.iter().filter_map(words).filter_map(|words| subcommand(&words));
    exact.chain(below).map(|pattern| What::Command { pattern }).collect()
}

/// The words of a step as a pattern that fits nothing else; `None` where a word would stand for others.
fn words(step: &Step) -> Option<Vec<String>> {
    let words: Option<Vec<String>> = step.words.iter().cloned().collect();
    words.filter(|words| !words.iter().any(|word| word == "*" || word == "**"))
}

/// Programs whose first word says what they do.
const TOLD: [&str; 24] = [
    "apt",
    "apt-get",
    "brew",
    "bundle",
    "cargo",
    "composer",
    "dotnet",
    "gh",
    "git",
    "go",
    "gradle",
    "helm",
    "kubectl",
    "make",
    "mvn",
    "npm",
    "pip",
    "pip3",
    "pnpm",
    "poetry",
    "rustup",
    "systemctl",
    "terraform",
    "yarn",
];

/// `cargo test **` for `cargo test -p x`.
fn subcommand(words: &[String]) -> Option<Vec<String>> {
    let [program, verb, ..] = words else { return None };
    let told = TOLD.contains(&program.as_str()) && verb.starts_with(|c: char| c.is_ascii_alphabetic());
    told.then(|| vec![program.clone(), verb.clone(), "**".to_owned()])
}

fn path(file: &Path) -> Option<What> {
    let pattern = file.to_str().filter(|path| !path.contains('*'))?.to_owned();
    Some(What::Files { pattern })
}
