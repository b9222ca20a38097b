//! What a server asks, as a permission request; and what it lets one answer.

use std::path::PathBuf;

use appserver::{About, Choice, Decision, Question};
use model::{Action, Agent, Change, FileChange, Line, LineKind, PermissionRequest, RequestId, Reviewer, Timestamp};
use serde_json::Value;

use super::Whose;
use crate::card::pieces;
use crate::dto::{OfferEffect, OfferView};

/// What else is known of a question.
pub(super) struct Known {
    pub(super) whose: Whose,
    /// The item that it is about, as it began.
    pub(super) item: Option<Value>,
    /// The person's prompt of this turn.
    pub(super) prompt: Option<String>,
}

/// The question in our words. Its tool is called as hooks call it, so that rules know it.
pub(super) fn request(id: RequestId, question: &Question, known: Known, received: Timestamp) -> PermissionRequest {
    let Known { whose, item, prompt } = known;
    let (tool, action) = action(question, item.as_ref());
    let (cwd, said) = match &question.about {
        About::Command { cwd, reason, .. } | About::Permissions { cwd, reason, .. } => (cwd.clone(), reason.clone()),
        About::FileChange { reason, .. } => (None, reason.clone()),
        About::Other => (None, None),
    };
    let Whose { session, subagent, project } = whose;
    PermissionRequest {
        id,
        agent: Agent::Codex,
        turn: question.turn.as_ref().map(|turn| model::TurnId::new(&*turn.0)),
        runs_in: cwd.map(PathBuf::from).or_else(|| project.clone()).unwrap_or_default(),
        tool: tool.to_owned(),
        action,
        said: said.filter(|said| !said.is_empty()),
        // That of a sub-agent was written by an agent.
        asked: prompt.filter(|_| subagent.is_none()),
        session,
        subagent,
        project,
        // It asks its clients: its own reviewer does not decide.
        reviewer: Reviewer::User,
        approval_policy: None,
        received,
    }
}

/// The tool's name in hooks, and what it is to do. What is not exactly as we know it is shown as it came, and no rule knows it.
fn action(question: &Question, item: Option<&Value>) -> (&'static str, Action) {
    let params = &question.params;
    let unknown = || Action::Unknown { input: indented(params) };
    match &question.about {
        About::Command { command: Some(command), .. } if is_plain(params) => {
            let command = inner(command).unwrap_or_else(|| command.clone());
            match target(&params["networkApprovalContext"]) {
                Some(target) => ("Bash", Action::Network { target, command }),
                None if params["networkApprovalContext"].is_null() => ("Bash", Action::Shell { command }),
                None => ("Bash", unknown()),
            }
        }
        About::Command { .. } => ("Bash", unknown()),
        About::FileChange { grant_root: None, .. } => ("apply_patch", item.and_then(changes).unwrap_or_else(unknown)),
        // It would open a folder, besides what is changed now.
        About::FileChange { .. } => ("apply_patch", unknown()),
        About::Permissions { reason, permissions, .. } => {
            let permissions = indented(permissions);
            ("request_permissions", Action::Permissions { reason: reason.clone(), permissions })
        }
        About::Other => ("", unknown()),
    }
}

/// Whether it runs one command on this machine and asks for nothing besides.
fn is_plain(params: &Value) -> bool {
    let absent_or = |name: &str, usual: &str| params[name].is_null() || params[name] == usual;
    let kind = params["kind"].as_str().unwrap_or("command");
    matches!(kind, "command" | "network")
        && absent_or("environmentId", "local")
        && params["additionalPermissions"].is_null()
}

fn target(context: &Value) -> Option<String> {
    let (protocol, host) = (context["protocol"].as_str()?, context["host"].as_str()?);
    let plain = !host.is_empty() && !host.contains(char::is_whitespace);
    plain.then(|| format!("{protocol}://{host}"))
}

/// The command that a shell gets as its one word, as hooks are told it: Codex runs `/bin/bash -lc '…'`.
fn inner(command: &str) -> Option<String> {
    let words = shlex::split(command)?;
    let [shell, flag, line] = words.as_slice() else { return None };
    let shell = shell.rsplit('/').next()?;
    let known = ["bash", "sh", "zsh"].contains(&shell) && ["-lc", "-c"].contains(&flag.as_str());
    known.then(|| line.clone())
}

/// `changes` of a `fileChange` item of Codex 0.169: whole contents of what is added or deleted, else a unified diff.
fn changes(item: &Value) -> Option<Action> {
    let changes = item["changes"].as_array().filter(|changes| !changes.is_empty())?;
    let files = changes.iter().map(file).collect::<Option<Vec<_>>>()?;
    Some(Action::Patch { files, text: indented(&item["changes"]) })
}

fn file(change: &Value) -> Option<FileChange> {
    let (path, diff, kind) = (change["path"].as_str()?, change["diff"].as_str()?, &change["kind"]);
    let whole = |kind: LineKind| diff.lines().map(|text| Line { kind, text: text.to_owned() }).collect();
    let (change, lines) = match kind["type"].as_str()? {
        "add" => (Change::Add, whole(LineKind::Added)),
        "delete" => (Change::Delete, whole(LineKind::Removed)),
        "update" => {
            let moved = kind["move_path"].as_str().map(str::to_owned);
            (moved.map_or(Change::Update, |to| Change::Move { to }), lines(diff))
        }
        _ => return None,
    };
    Some(FileChange { path: path.to_owned(), change, lines })
}

/// Of a unified diff. Before its first place stand the names of the files, if anything.
fn lines(diff: &str) -> Vec<Line> {
    let head = diff.lines().take_while(|text| !text.starts_with("@@")).count();
    let in_head = |at: usize, text: &str| at < head && (text.starts_with("--- ") || text.starts_with("+++ "));
    let line = |(at, text)| if in_head(at, text) { of_place(text) } else { line(text) };
    diff.lines().enumerate().map(line).collect()
}

fn of_place(text: &str) -> Line {
    Line { kind: LineKind::Hunk, text: text.to_owned() }
}

/// What is none of a diff's lines stands as a mark of a place, whole.
fn line(text: &str) -> Line {
    let (kind, text) = match text.split_at_checked(1) {
        Some(("+", added)) => (LineKind::Added, added),
        Some(("-", removed)) => (LineKind::Removed, removed),
        Some((" ", context)) => (LineKind::Context, context),
        _ => return of_place(text),
    };
    Line { kind, text: text.to_owned() }
}

fn indented(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// The answers that are offered, in the server's order. None where nothing can be answered here.
pub(super) fn offers(choices: &[Choice]) -> Vec<OfferView> {
    choices.iter().map(|choice| offer(&choice.decision)).collect()
}

fn offer(decision: &Decision) -> OfferView {
    use OfferEffect::{Allows, Refuses, Unknown};
    let (code, about, effect) = match decision {
        Decision::Accept => ("accept", None, Allows),
        Decision::AcceptForSession => ("acceptForSession", None, Allows),
        Decision::AcceptWithExecpolicyAmendment(words) => {
            let words = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "));
            ("acceptWithExecpolicyAmendment", Some(words), Allows)
        }
        Decision::ApplyNetworkPolicyAmendment { host, action } => match action.as_str() {
            "allow" => ("networkAllow", Some(host.clone()), Allows),
            "deny" => ("networkDeny", Some(host.clone()), Refuses),
            _ => ("other", Some(format!("{action} {host}")), Unknown),
        },
        Decision::Decline => ("decline", None, Refuses),
        Decision::Cancel => ("cancel", None, Refuses),
        Decision::GrantForTurn => ("grantForTurn", None, Allows),
        Decision::GrantForSession => ("grantForSession", None, Allows),
        Decision::GrantNothing => ("grantNothing", None, Refuses),
        Decision::Other(raw) => ("other", Some(raw.to_string()), Unknown),
    };
    OfferView { code: code.to_owned(), about: about.as_deref().map(pieces), effect }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asks(about: About, params: Value) -> Question {
        Question {
            id: None,
            method: String::new(),
            thread: None,
            turn: None,
            item: None,
            approval: None,
            about,
            choices: Vec::new(),
            params,
        }
    }

    fn command(command: &str, params: Value) -> Action {
        let about = About::Command { command: Some(command.to_owned()), cwd: None, reason: None };
        action(&asks(about, params), None).1
    }

    fn is_unknown(action: &Action) -> bool {
        matches!(action, Action::Unknown { .. })
    }

    #[test]
    fn a_command_is_what_hooks_are_told_of_it() {
        for (line, told) in [
            ("/bin/bash -lc 'touch made.txt && echo ran'", "touch made.txt && echo ran"),
            ("zsh -c ls", "ls"),
            (r#"/bin/bash -lc "it's \"it\"""#, r#"it's "it""#),
            // What is no shell with one line is shown whole.
            ("/bin/bash -lc 'ls' extra", "/bin/bash -lc 'ls' extra"),
            ("/bin/bash -x 'ls'", "/bin/bash -x 'ls'"),
            ("env bash -lc ls", "env bash -lc ls"),
            ("python3 -c 'print()'", "python3 -c 'print()'"),
            ("bash -lc 'open", "bash -lc 'open"),
        ] {
            assert_eq!(command(line, json!({})), Action::Shell { command: told.to_owned() }, "{line}");
        }
    }

    #[test]
    fn what_is_more_than_a_command_is_shown_as_it_came() {
        for params in [
            json!({ "kind": "stdin" }),
            json!({ "kind": "novelty" }),
            json!({ "environmentId": "remote" }),
            json!({ "additionalPermissions": { "network": true } }),
            json!({ "networkApprovalContext": { "host": "a b", "protocol": "https" } }),
            json!({ "networkApprovalContext": { "host": "" } }),
        ] {
            assert!(is_unknown(&command("bash -lc ls", params.clone())), "{params}");
        }
        let context = json!({ "networkApprovalContext": { "host": "example.org", "protocol": "https" } });
        let network = Action::Network { target: "https://example.org".to_owned(), command: "ls".to_owned() };
        assert_eq!(command("bash -lc ls", context), network);
        let nothing = About::Command { command: None, cwd: None, reason: None };
        assert!(is_unknown(&action(&asks(nothing, json!({})), None).1));
        let folder = About::FileChange { reason: None, grant_root: Some("/".to_owned()) };
        let item = json!({ "changes": [{ "path": "a", "kind": { "type": "add" }, "diff": "x" }] });
        assert!(is_unknown(&action(&asks(folder, json!({})), Some(&item)).1), "it opens a folder besides");
    }

    #[test]
    fn a_change_is_read_whole_or_not_at_all() {
        let change = |kind: Value, diff: &str| json!({ "path": "a", "kind": kind, "diff": diff });
        let read = |changes: Value| changes_of(&json!({ "changes": changes }));
        let moved = read(json!([change(
            json!({ "type": "update", "move_path": "b" }),
            "--- a\n+++ b\n@@ -1 +1 @@\n--- x\n+y\n z\n"
        )]));
        let kinds: Vec<_> = moved[0].lines.iter().map(|line| (line.kind, line.text.as_str())).collect();
        assert_eq!(moved[0].change, Change::Move { to: "b".to_owned() });
        let expected = [
            (LineKind::Hunk, "--- a"),
            (LineKind::Hunk, "+++ b"),
            (LineKind::Hunk, "@@ -1 +1 @@"),
            (LineKind::Removed, "-- x"),
            (LineKind::Added, "y"),
            (LineKind::Context, "z"),
        ];
        assert_eq!(kinds, expected);
        let deleted = read(json!([change(json!({ "type": "delete" }), "x\n")]));
        assert_eq!((deleted[0].change.clone(), deleted[0].lines[0].kind), (Change::Delete, LineKind::Removed));
        for broken in
            [json!([]), json!(null), json!([{ "path": "a" }]), json!([change(json!({ "type": "melt" }), "x")])]
        {
            assert_eq!(changes(&json!({ "changes": broken.clone() })), None, "{broken}");
        }
    }

    fn changes_of(item: &Value) -> Vec<FileChange> {
        match changes(item) {
            Some(Action::Patch { files, .. }) => files,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_is_known_can_be_chosen() {
        let network = |action: &str| Decision::ApplyNetworkPolicyAmendment {
            host: "example.org".to_owned(),
            action: action.to_owned(),
        };
        for (decision, code, effect) in [
            (Decision::Accept, "accept", OfferEffect::Allows),
            (Decision::Decline, "decline", OfferEffect::Refuses),
            (Decision::Cancel, "cancel", OfferEffect::Refuses),
            (Decision::GrantNothing, "grantNothing", OfferEffect::Refuses),
            (network("allow"), "networkAllow", OfferEffect::Allows),
            (network("deny"), "networkDeny", OfferEffect::Refuses),
            (network("later"), "other", OfferEffect::Unknown),
            (Decision::Other(json!({ "accept": {} })), "other", OfferEffect::Unknown),
        ] {
            let offer = offer(&decision);
            assert_eq!((offer.code.as_str(), offer.effect), (code, effect), "{decision:?}");
        }
        let words = offer(&Decision::AcceptWithExecpolicyAmendment(vec!["git".to_owned(), "commit -a".to_owned()]));
        assert_eq!(words.about, Some(pieces("git 'commit -a'")));
    }
}
