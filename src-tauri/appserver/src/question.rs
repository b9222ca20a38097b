//! What the server asks its clients, and what may be answered.

use serde_json::{Value, json};

use crate::event::part;
use crate::rpc::{Request, RequestId};
use crate::{Error, ItemId, ThreadId, TurnId};

/// A request of the server. Every client of the thread gets it; the first answer counts, and anything that is no proper answer
/// counts as a refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// None: it has no id that could be answered.
    pub id: Option<RequestId>,
    pub method: String,
    pub thread: Option<ThreadId>,
    pub turn: Option<TurnId>,
    /// What it is about: the id of the command's or the change's [`Item`](crate::Item).
    pub item: Option<ItemId>,
    /// Tells several questions about one item apart.
    pub approval: Option<String>,
    pub about: About,
    /// What may be answered here, in the server's order. Empty: only in the terminal.
    pub choices: Vec<Choice>,
    pub params: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Command {
        command: Option<String>,
        cwd: Option<String>,
        reason: Option<String>,
    },
    FileChange {
        reason: Option<String>,
        /// The folder that could be written to from now on.
        grant_root: Option<String>,
    },
    Permissions {
        cwd: Option<String>,
        reason: Option<String>,
        /// What is asked for, as the server has it.
        permissions: Value,
    },
    /// Nothing that we answer: a tool's form, a newer Codex's question.
    Other,
}

/// One possible answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub decision: Decision,
    /// The result that is sent for it.
    result: Value,
}

/// Named and meant as Codex 0.169 does.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    Accept,
    /// And the same again without a question, until the session ends.
    AcceptForSession,
    /// And commands that begin with these words, from now on and in other sessions.
    AcceptWithExecpolicyAmendment(Vec<String>),
    /// What is to become of this host, from now on: `allow` or `deny`.
    ApplyNetworkPolicyAmendment {
        host: String,
        action: String,
    },
    /// No, and the turn goes on.
    Decline,
    /// No, and the turn ends.
    Cancel,
    /// The asked permissions, until the turn ends.
    GrantForTurn,
    /// The asked permissions, until the session ends.
    GrantForSession,
    /// None of the asked permissions; the turn goes on.
    GrantNothing,
    /// A newer Codex's. It cannot be chosen: what it does is not known.
    Other(Value),
}

impl Question {
    pub(crate) fn read(request: Request) -> Self {
        let Request { id, method, params } = request;
        let (about, choices) = match method.as_str() {
            "item/commandExecution/requestApproval" => (command(&params), offered(&params["availableDecisions"])),
            "item/fileChange/requestApproval" => (file_change(&params), of_a_change()),
            "item/permissions/requestApproval" => (permissions(&params), grants(&params["permissions"])),
            _ => (About::Other, Vec::new()),
        };
        Self {
            id,
            thread: part(&params["threadId"]),
            turn: part(&params["turnId"]),
            item: part(&params["itemId"]),
            approval: text(&params["approvalId"]),
            about,
            choices,
            method,
            params,
        }
    }

    /// The id and the result to be sent for this decision.
    pub(crate) fn answer(&self, decision: &Decision) -> Result<(&RequestId, &Value), Error> {
        let not_offered = || Error::NotOffered(decision.name());
        let id = self.id.as_ref().ok_or_else(not_offered)?;
        let known = !matches!(decision, Decision::Other(_));
        let choice = self.choices.iter().find(|choice| known && choice.decision == *decision);
        choice.map(|choice| (id, &choice.result)).ok_or_else(not_offered)
    }
}

impl Decision {
    /// Codex's own name for it, where it has one.
    pub fn name(&self) -> String {
        match self {
            Self::Accept => "accept",
            Self::AcceptForSession => "acceptForSession",
            Self::AcceptWithExecpolicyAmendment(_) => "acceptWithExecpolicyAmendment",
            Self::ApplyNetworkPolicyAmendment { .. } => "applyNetworkPolicyAmendment",
            Self::Decline => "decline",
            Self::Cancel => "cancel",
            Self::GrantForTurn => "grant for the turn",
            Self::GrantForSession => "grant for the session",
            Self::GrantNothing => "grant nothing",
            Self::Other(raw) => return raw.to_string(),
        }
        .to_owned()
    }

    /// Only what is exactly as we know it, with nothing beside it.
    fn read(raw: &Value) -> Self {
        let known = match raw.as_str() {
            Some("accept") => Some(Self::Accept),
            Some("acceptForSession") => Some(Self::AcceptForSession),
            Some("decline") => Some(Self::Decline),
            Some("cancel") => Some(Self::Cancel),
            Some(_) => None,
            None => Self::amendment(raw),
        };
        known.unwrap_or_else(|| Self::Other(raw.clone()))
    }

    fn amendment(raw: &Value) -> Option<Self> {
        let words = &raw["acceptWithExecpolicyAmendment"]["execpolicy_amendment"];
        let network = &raw["applyNetworkPolicyAmendment"]["network_policy_amendment"];
        let (host, action) = (&network["host"], &network["action"]);
        let rule = json!({ "execpolicy_amendment": words });
        if *raw == json!({ "acceptWithExecpolicyAmendment": rule }) {
            return part(words).map(Self::AcceptWithExecpolicyAmendment);
        }
        let rule = json!({ "network_policy_amendment": { "host": host, "action": action } });
        if *raw == json!({ "applyNetworkPolicyAmendment": rule }) {
            return Some(Self::ApplyNetworkPolicyAmendment { host: text(host)?, action: text(action)? });
        }
        None
    }
}

fn command(params: &Value) -> About {
    About::Command { command: text(&params["command"]), cwd: text(&params["cwd"]), reason: text(&params["reason"]) }
}

fn file_change(params: &Value) -> About {
    About::FileChange { reason: text(&params["reason"]), grant_root: text(&params["grantRoot"]) }
}

fn permissions(params: &Value) -> About {
    About::Permissions {
        cwd: text(&params["cwd"]),
        reason: text(&params["reason"]),
        permissions: params["permissions"].clone(),
    }
}

/// A command's question names its decisions.
fn offered(decisions: &Value) -> Vec<Choice> {
    let decisions = decisions.as_array().map(Vec::as_slice).unwrap_or_default();
    decisions.iter().map(|raw| Choice { decision: Decision::read(raw), result: json!({ "decision": raw }) }).collect()
}

/// A change's question does not, in Codex 0.169: these are the ones it takes.
fn of_a_change() -> Vec<Choice> {
    offered(&json!(["accept", "acceptForSession", "decline", "cancel"]))
}

fn grants(asked: &Value) -> Vec<Choice> {
    if !asked.is_object() {
        return Vec::new();
    }
    let choice = |decision, permissions: &Value, scope: &str| Choice {
        decision,
        result: json!({ "permissions": permissions, "scope": scope }),
    };
    vec![
        choice(Decision::GrantForTurn, asked, "turn"),
        choice(Decision::GrantForSession, asked, "session"),
        choice(Decision::GrantNothing, &json!({}), "turn"),
    ]
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, params: Value, expected: &[(Decision, Value)]) {
        let question = Question::read(Request { id: None, method: method.to_owned(), params });
        let choices: Vec<_> = question.choices.into_iter().map(|choice| (choice.decision, choice.result)).collect();
        assert_eq!(choices, expected);
    }

    #[test]
    fn a_choice_is_sent_back_as_it_was_offered() {
        let words = json!({ "acceptWithExecpolicyAmendment": { "execpolicy_amendment": ["git", "push"] } });
        let network = |extra: Value| {
            let mut rule = json!({ "network_policy_amendment": { "host": "example.org", "action": "deny" } });
            rule["network_policy_amendment"]["extra"] = extra;
            json!({ "applyNetworkPolicyAmendment": rule })
        };
        let mut known = network(json!(1));
        known["applyNetworkPolicyAmendment"]["network_policy_amendment"].as_object_mut().unwrap().remove("extra");
        let host = Decision::ApplyNetworkPolicyAmendment { host: "example.org".to_owned(), action: "deny".to_owned() };
        let decisions = [
            (Decision::Cancel, json!("cancel")),
            (Decision::AcceptWithExecpolicyAmendment(vec!["git".to_owned(), "push".to_owned()]), words),
            (host, known),
            (Decision::Other(network(json!(1))), network(json!(1))),
            (Decision::Other(json!("later")), json!("later")),
            (Decision::Other(json!({ "accept": {} })), json!({ "accept": {} })),
        ];
        let offered: Vec<_> = decisions.iter().map(|(_, raw)| raw.clone()).collect();
        let expected = decisions.map(|(decision, raw)| (decision, json!({ "decision": raw })));
        check("item/commandExecution/requestApproval", json!({ "availableDecisions": offered }), &expected);
    }

    #[test]
    fn what_offers_nothing_cannot_be_answered() {
        for offered in [json!(null), json!("accept"), json!({ "accept": true }), json!([])] {
            check("item/commandExecution/requestApproval", json!({ "availableDecisions": offered }), &[]);
        }
        check("item/permissions/requestApproval", json!({ "permissions": ["network"] }), &[]);
        check("item/tool/call", json!({ "availableDecisions": ["accept"] }), &[]);
    }

    #[test]
    fn permissions_are_granted_to_the_letter_or_not_at_all() {
        let asked = json!({ "network": { "enabled": true }, "novelty": [1] });
        let expected = [
            (Decision::GrantForTurn, json!({ "permissions": asked, "scope": "turn" })),
            (Decision::GrantForSession, json!({ "permissions": asked, "scope": "session" })),
            (Decision::GrantNothing, json!({ "permissions": {}, "scope": "turn" })),
        ];
        check("item/permissions/requestApproval", json!({ "permissions": asked }), &expected);
    }
}
