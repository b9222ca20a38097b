//! A permission request as it is drawn.

use serde::Serialize;
use ts_rs::TS;

use super::{GrantView, Piece};

/// One permission request as the popup and the Requests screen draw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    pub id: String,
    /// Over everything in `shown`. A decision names it.
    pub digest: String,
    pub shown: Shown,
    /// Milliseconds since the Unix epoch.
    pub received_at: String,
    /// Milliseconds since the Unix epoch: then the request goes back to the agent. Null: it waits as long as the agent's terminal does.
    pub deadline_at: Option<String>,
}

/// What a person decides about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    pub agent: String,
    /// The agent's own name.
    pub agent_title: String,
    pub session: String,
    /// The role of the subagent that asks.
    pub subagent: Option<Vec<Piece>>,
    /// The session's folder; null where it is not known.
    pub project: Option<Vec<Piece>>,
    /// The last part of `project`.
    pub project_name: Option<Vec<Piece>>,
    pub runs_in: Vec<Piece>,
    /// `runs_in` is neither the project nor below it.
    pub runs_outside: bool,
    pub action: ActionView,
    /// The agent's words.
    pub said: Option<Vec<Piece>>,
    /// The person's last prompt of this turn.
    pub asked: Option<Vec<Piece>>,
    pub reviewer: ReviewerView,
    pub approval_policy: Option<String>,
    /// Hosted hooks that would allow it, though their word does not count.
    pub advice: Vec<AdviceView>,
    /// What of it deserves a second look.
    pub hints: Vec<HintView>,
    /// The simple commands of a shell line, where there is more than one.
    pub steps: Vec<StepView>,
    /// What *Allow for this session* would allow, where a rule can say that.
    pub session_rule: Option<Vec<Piece>>,
    /// The agent's terminal asks the same, and whoever answers first wins. These answers it takes, in its order; none of them: it is
    /// answered in the terminal alone. Null: a hook asks, which takes allow and deny.
    pub offers: Option<Vec<OfferView>>,
    /// How long it takes before it can be allowed.
    pub arming_ms: u32,
}

/// One of the answers that an agent offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OfferView {
    /// The last part of `offer.<code>` and `offer.<code>.effect`.
    pub code: String,
    /// What it is about besides the request: the first words of commands, a host.
    pub about: Option<Vec<Piece>>,
    pub effect: OfferEffect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum OfferEffect {
    /// Something is allowed: the card has to be armed.
    Allows,
    Refuses,
    /// A newer agent's. It cannot be chosen here.
    Unknown,
}

/// One simple command of a shell line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    pub text: Vec<Piece>,
    /// Why no rule can allow it: the last part of `step.obscured.<code>`.
    pub obscured: Option<String>,
}

/// Something to look at twice. It informs and never decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HintView {
    /// The last part of `risk.<code>`.
    pub code: String,
    /// The words that say so.
    pub words: Vec<Piece>,
    /// The place in `steps`; null: the whole request.
    pub step: Option<u32>,
    /// It takes longer before it can be allowed.
    pub high: bool,
}

/// A hosted hook that would allow a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AdviceView {
    /// Its status message, or the first line of what it runs.
    pub hook: Vec<Piece>,
    /// Why its word does not count.
    pub grant: GrantView,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ReviewerView {
    User,
    AutoReview,
    Other,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ActionView {
    Shell { command: Vec<Piece> },
    Network { target: Vec<Piece>, command: Vec<Piece> },
    Patch { files: Vec<FileView>, text: Vec<Piece> },
    Mcp { server: Vec<Piece>, tool: Vec<Piece>, arguments: Vec<Pair> },
    Stdin { chars: Vec<Piece>, process: Option<Vec<Piece>>, cwd: Option<Vec<Piece>>, details: Vec<Pair> },
    Permissions { reason: Option<Vec<Piece>>, permissions: Vec<Piece> },
    Unknown { tool: Vec<Piece>, input: Vec<Piece> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    pub name: Vec<Piece>,
    pub value: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FileView {
    pub path: Vec<Piece>,
    pub change: ChangeView,
    /// Set for `move`.
    pub to: Option<Vec<Piece>>,
    /// What is put into it is hardly text.
    pub binary: bool,
    pub lines: Vec<LineView>,
    pub added: u32,
    pub removed: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ChangeView {
    Add,
    Delete,
    Update,
    Move,
    /// Its whole content, whether it is there or not.
    Write,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LineView {
    pub kind: LineKindView,
    pub text: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum LineKindView {
    Hunk,
    Context,
    Added,
    Removed,
}

impl ActionView {
    /// What is asked, for a line in a menu.
    pub fn gist(&self) -> &[Piece] {
        match self {
            Self::Shell { command } => command,
            Self::Network { target, .. } => target,
            Self::Patch { files, text } => files.first().map_or(text, |file| &file.path),
            Self::Mcp { tool, .. } | Self::Unknown { tool, .. } => tool,
            Self::Stdin { chars, .. } => chars,
            Self::Permissions { reason, permissions } => reason.as_ref().unwrap_or(permissions),
        }
    }
}
