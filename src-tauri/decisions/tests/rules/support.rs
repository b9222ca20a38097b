//! Rules and facts as tests need them.

use std::path::{Path, PathBuf};

use decisions::command::{self, Line};
use decisions::order::{Order, order};
use decisions::rules::{Facts, pattern, verdicts};
use model::{Action, Agent, Decision, Rule, RuleId, RuleSays, Scope, SessionId, Timestamp, What};

/// What becomes of a request by rules alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Allow,
    Deny,
    Ask,
    /// No rule speaks.
    Person,
}

impl Fate {
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "allow" => Some(Self::Allow),
            "deny" => Some(Self::Deny),
            "ask" => Some(Self::Ask),
            "person" => Some(Self::Person),
            _ => None,
        }
    }
}

/// Everything [`Facts`] borrows.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) session: SessionId,
    pub(crate) project: Option<PathBuf>,
    pub(crate) runs_in: Option<PathBuf>,
    pub(crate) tool: String,
    pub(crate) action: Action,
    pub(crate) line: Option<Line>,
    pub(crate) files: Option<Vec<PathBuf>>,
    pub(crate) exposed: bool,
    pub(crate) now: Timestamp,
}

impl Case {
    pub(crate) fn of(tool: &str, action: Action) -> Self {
        let line = match &action {
            Action::Shell { command } | Action::Network { command, .. } => Some(command::read(command)),
            _ => None,
        };
        Self {
            session: SessionId::new("s"),
            project: Some(PathBuf::from("/code/site")),
            runs_in: Some(PathBuf::from("/code/site")),
            tool: tool.to_owned(),
            action,
            line,
            files: None,
            exposed: false,
            now: Timestamp(1000),
        }
    }

    pub(crate) fn shell(command: &str) -> Self {
        Self::of("Bash", Action::Shell { command: command.to_owned() })
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            agent: Agent::Codex,
            session: &self.session,
            project: self.project.as_deref(),
            runs_in: self.runs_in.as_deref(),
            tool: &self.tool,
            action: &self.action,
            line: self.line.as_ref(),
            files: self.files.as_deref(),
            exposed: self.exposed,
            now: self.now,
        }
    }

    pub(crate) fn fate(&self, rules: &[Rule]) -> Fate {
        let said = verdicts(rules, &self.facts());
        match order(&[], &said) {
            Order::Decided(answer) => match answer.decision() {
                Decision::Allow => Fate::Allow,
                Decision::Deny { .. } => Fate::Deny,
                Decision::NoDecision => panic!("a rule decides or does not"),
            },
            Order::Ask { .. } if said.iter().any(|said| said.says == RuleSays::Ask) => Fate::Ask,
            Order::Ask { .. } => Fate::Person,
        }
    }
}

pub(crate) fn rule(says: RuleSays, what: What) -> Rule {
    Rule {
        id: RuleId::new("r"),
        made: Timestamp(0),
        from: None,
        enabled: true,
        scope: Scope { agent: None, project: None, session: None, what },
        says,
        until: None,
    }
}

pub(crate) fn deny() -> RuleSays {
    RuleSays::Deny { message: "no".to_owned() }
}

pub(crate) fn command(says: RuleSays, words: &str) -> Rule {
    rule(says, What::Command { pattern: pattern(words).unwrap() })
}

/// `allow git status`, as tables say it.
pub(crate) fn command_rule(text: &str) -> Rule {
    worded(text, command)
}

fn worded(text: &str, rule: impl Fn(RuleSays, &str) -> Rule) -> Rule {
    let (says, what) = text.trim().split_once(' ').unwrap();
    let says = match says {
        "allow" => RuleSays::Allow,
        "ask" => RuleSays::Ask,
        "deny" => deny(),
        other => panic!("{other:?} is no decision"),
    };
    rule(says, what.trim())
}

/// The rows of a table, each with the rules of its block: what happens, and to what. Rules stand at the head of a
/// block.
pub(crate) fn rows(table: &str, rule: impl Fn(RuleSays, &str) -> Rule) -> Vec<(Vec<Rule>, Fate, String)> {
    let (mut rules, mut rows, mut in_head) = (Vec::new(), Vec::new(), true);
    for row in table.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let (word, rest) = row.split_once(' ').unwrap();
        if word == "rule" {
            if !in_head {
                rules.clear();
            }
            in_head = true;
            rules.push(worded(rest, &rule));
        } else {
            in_head = false;
            let fate = Fate::read(word).unwrap_or_else(|| panic!("{row:?}"));
            // The word's column is eight wide.
            rows.push((rules.clone(), fate, unescaped(&row[8..])));
        }
    }
    rows
}

pub(crate) fn in_project(mut rule: Rule, project: &str) -> Rule {
    rule.scope.project = Some(Path::new(project).to_owned());
    rule
}

/// Takes `\n`, `\r`, `\t`, `\0`, `\\` and `\u{…}` for the characters they stand for.
pub(crate) fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('0') => plain.push('\0'),
            Some('\\') => plain.push('\\'),
            Some('u') => {
                let digits: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                plain.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap());
            }
            other => panic!("{other:?} is no escape, in {text:?}"),
        }
    }
    plain
}
