//! Requests of the past, and how they ended.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Piece, ReportedView, RuleRef};

/// How a request ended. `decision` and `by` say what was decided and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    pub decision: DecisionView,
    pub by: ByView,
    /// Milliseconds since the Unix epoch.
    pub at: String,
    pub waited_ms: String,
    /// The message of a deny.
    pub message: Option<String>,
    /// The key of the hosted hook that decided.
    pub hook: Option<Vec<Piece>>,
    /// The rule that decided.
    pub rule: Option<RuleRef>,
    /// Which of the agent's own answers was chosen: its `code` on the card. Where `taken` is *no*, it did not count.
    pub offered: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DecisionView {
    Allow,
    Deny,
    None,
}

/// Who decided, or why nobody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ByView {
    Person,
    Rule,
    /// A hosted hook.
    Hook,
    Expired,
    Withdrawn,
    Paused,
    Quit,
    Lost,
    /// No window was there to decide in (`hookwright serve`).
    Unattended,
    /// The agent's own reviewer decides, as its settings say.
    Reviewer,
    /// It was answered in the agent's own terminal.
    Terminal,
}

/// Whether the agent took the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Taken {
    Waiting,
    Yes,
    No,
}

/// A request of the past, one row of the Requests screen. `outcome` is null while it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Past {
    pub id: String,
    pub at: String,
    pub agent: String,
    pub agent_title: String,
    pub session: String,
    pub project: Option<Vec<Piece>>,
    pub tool: String,
    /// The first line of what was asked.
    pub summary: Vec<Piece>,
    pub outcome: Option<Outcome>,
    pub taken: Taken,
    /// `live`, or `imported`.
    pub reported: ReportedView,
}

/// What is kept of a request of the past besides its row and what was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PastDetail {
    /// Of what was shown.
    pub digest: String,
    /// What the agent reported of it afterwards; null: nothing was seen.
    pub result: Option<ResultView>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ResultView {
    /// The id of the agent's event.
    pub event: String,
    /// Milliseconds since the Unix epoch.
    pub at: String,
    /// The first lines of what the tool gave back.
    pub text: Vec<Piece>,
    /// There is more of it.
    pub cut: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PastFilter {
    /// Words that must all occur in what was asked, the project or the deny message.
    pub text: String,
    pub decision: Option<DecisionView>,
    pub by: Option<ByView>,
    pub agent: Option<String>,
    pub project: Option<String>,
    /// The id of the rule that decided.
    pub rule: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PastPage {
    pub rows: Vec<Past>,
    /// Pass it back to get older rows; null at the end.
    pub next: Option<String>,
    /// Every project that occurs in the history, for the filter.
    pub projects: Vec<String>,
}
