//! Decisions and who made them.

use crate::{HookKey, RuleId};

/// What becomes of a permission request.
///
/// There is no default and no conversion from an error: whatever fails is [`Decision::NoDecision`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Allow,
    /// The message goes to the model; empty means the agent's own words.
    Deny {
        message: String,
    },
    /// The agent goes on by itself.
    NoDecision,
}

/// A decision together with who made it. Nobody never allows and never denies: only [`Answer::person`], [`Answer::rule`] and
/// [`Answer::hook`] carry a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    decision: Decision,
    by: By,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    Person,
    Rule(RuleId),
    /// A hosted hook: its deny, or its allow by a person's grant.
    Hook(HookKey),
    Nobody(Why),
}

/// Why nobody decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The waiting time was over.
    Expired,
    /// The agent or the relay went away.
    Withdrawn,
    /// Hookwright was paused.
    Paused,
    /// Hookwright was quit while the request waited.
    Quit,
    /// Hookwright ended without a word while the request waited; found at the next start.
    Lost,
    /// Hookwright ran without a window: nobody was there to ask.
    Unattended,
    /// The agent's own reviewer decides, as its settings say.
    Reviewer,
    /// It was answered in the agent's own terminal.
    Terminal,
}

impl Why {
    pub const ALL: [Self; 8] = [
        Self::Expired,
        Self::Withdrawn,
        Self::Paused,
        Self::Quit,
        Self::Lost,
        Self::Unattended,
        Self::Reviewer,
        Self::Terminal,
    ];

    /// The word used in the database and for the texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Paused => "paused",
            Self::Quit => "quit",
            Self::Lost => "lost",
            Self::Unattended => "unattended",
            Self::Reviewer => "reviewer",
            Self::Terminal => "terminal",
        }
    }
}

impl Answer {
    pub fn person(decision: Decision) -> Self {
        Self { decision, by: By::Person }
    }

    pub fn rule(rule: RuleId, decision: Decision) -> Self {
        Self { decision, by: By::Rule(rule) }
    }

    pub fn hook(hook: HookKey, decision: Decision) -> Self {
        Self { decision, by: By::Hook(hook) }
    }

    pub fn nobody(why: Why) -> Self {
        Self { decision: Decision::NoDecision, by: By::Nobody(why) }
    }

    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    pub fn by(&self) -> &By {
        &self.by
    }
}
