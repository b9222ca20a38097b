//! Rules as the windows see them. What a person types is a plain string; what is shown of others' words is in pieces.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Past, Piece};

/// The Rules screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RulesView {
    pub rules: Vec<RuleView>,
    /// The file was changed by somebody else than this window, and nobody has looked at that yet.
    pub changed: Option<RulesChanged>,
    /// Where rules stand.
    pub file: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    pub id: String,
    /// Milliseconds since the Unix epoch.
    pub made_at: String,
    /// The request from whose card it was made.
    pub from: Option<String>,
    pub draft: RuleDraft,
    /// What the draft is about, drawn safely.
    pub what: Vec<Piece>,
    pub project: Option<Vec<Piece>>,
    /// Milliseconds since the Unix epoch; null: until it is revoked, or its session ends.
    pub until: Option<String>,
    pub state: RuleState,
    pub hits: u32,
    pub last_hit: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RuleState {
    Active,
    Off,
    /// Its time is over, or its session has ended.
    Over,
    /// The file says something else about it now, and nobody has looked at that yet: it allows nothing.
    Unconfirmed,
}

/// How the file differs from what a person confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RulesChanged {
    /// Names this very content; confirming names it.
    pub digest: String,
    /// As a diff, line by line.
    pub diff: Vec<super::LineView>,
    /// The file cannot be read as rules: it can only be put back.
    pub error: Option<Vec<Piece>>,
}

/// A rule as a person writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleDraft {
    /// Null: every agent.
    pub agent: Option<String>,
    /// Null: every folder.
    pub project: Option<String>,
    /// Null: every session.
    pub session: Option<String>,
    pub what: WhatDraft,
    pub says: SaysDraft,
    pub lasts: Lasts,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum WhatDraft {
    /// Words as on a command line; `*` is one word, `**` at the end any words.
    Command {
        pattern: String,
    },
    Files {
        pattern: String,
    },
    Mcp {
        server: String,
        tool: Option<String>,
    },
    Network {
        host: String,
    },
    Tool {
        name: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum SaysDraft {
    Allow,
    Ask,
    Deny { message: String },
}

/// How long a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Lasts {
    UntilRevoked,
    /// Minutes from now.
    Minutes {
        minutes: u32,
    },
    /// Until midnight here.
    Today,
    /// An end that was set before, left as it is. Milliseconds since the Unix epoch.
    Kept,
}

/// What a draft would do, before it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RulePreview {
    /// Why it can't be kept, by key of the catalogue (`rule.unfit.<code>`) with the word it is about.
    pub unfit: Option<Unfit>,
    /// What it would be about, drawn safely; empty where it can't be kept.
    pub what: Vec<Piece>,
    pub project: Option<Vec<Piece>>,
    /// Requests of the last 30 days, seen live, that it would have spoken about: the newest 20.
    pub fits: Vec<Past>,
    /// How many there are of those.
    pub count: u32,
    /// How many requests were looked at.
    pub of: u32,
    /// Whether it speaks about the request it is made from; null where it is made from none.
    pub speaks: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Unfit {
    pub code: String,
    pub about: Vec<Piece>,
}

/// What a person wants of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RuleWish {
    Enable,
    Disable,
    Delete,
}

/// A rule as a line of a history, where the rule itself may be gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuleRef {
    pub id: String,
    pub what: Vec<Piece>,
}
