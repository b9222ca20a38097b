//! A permission request as it is drawn: every text from outside in pieces, and the digest over all of it.

use std::path::Path;

use decisions::command::{Line, Obscured, Step};
use decisions::risk::{self, Hint};
use decisions::{ARMING, ARMING_HIGH, Digest, plain};
use model::{Action, Change, FileChange, LineKind, PermissionRequest, Reviewer, Rule};

use crate::{dto, rules};

/// The longest summary kept for lists, in characters.
const SUMMARY: usize = 300;

/// Steps of a line that are shown apart; the line itself is shown whole.
const STEPS: usize = 200;

/// What is shown of a request. `runs_outside` is told by the caller, who may ask the file system; `line` is the command, read.
pub(crate) fn shown(
    request: &PermissionRequest,
    runs_outside: bool,
    advice: Vec<dto::AdviceView>,
    line: Option<&Line>,
    session_rule: Option<&Rule>,
) -> dto::Shown {
    let hints = risk::hints(&request.action, line, &request.runs_in, request.project.as_deref());
    let steps = steps(line);
    let arming = if hints.iter().any(|hint| hint.risk.is_high()) { ARMING_HIGH } else { ARMING };
    let path = |path: &Path| pieces(&path.to_string_lossy());
    dto::Shown {
        agent: request.agent.name().to_owned(),
        agent_title: request.agent.title().to_owned(),
        session: request.session.as_str().to_owned(),
        subagent: request.subagent.as_ref().map(|subagent| pieces(&subagent.role)),
        project: request.project.as_deref().map(path),
        project_name: request.project.as_deref().and_then(Path::file_name).map(|name| path(Path::new(name))),
        runs_in: path(&request.runs_in),
        runs_outside,
        action: action(&request.action, &request.tool),
        said: request.said.as_deref().map(prose),
        asked: request.asked.as_deref().map(prose),
        reviewer: match &request.reviewer {
            Reviewer::User => dto::ReviewerView::User,
            Reviewer::AutoReview => dto::ReviewerView::AutoReview,
            Reviewer::Other(_) => dto::ReviewerView::Other,
            Reviewer::Unknown => dto::ReviewerView::Unknown,
        },
        approval_policy: request.approval_policy.clone(),
        advice,
        hints: hints.into_iter().map(|hint| view_of(hint, steps.len())).collect(),
        steps,
        session_rule: session_rule.map(|rule| pieces(&rules::about(&rule.scope.what))),
        offers: None,
        arming_ms: u32::try_from(arming.as_millis()).unwrap_or(u32::MAX),
    }
}

/// The steps of a line that has more than one.
fn steps(line: Option<&Line>) -> Vec<dto::StepView> {
    let steps = line.map(|line| line.steps.as_slice()).filter(|steps| steps.len() > 1).unwrap_or_default();
    let step = |step: &Step| dto::StepView {
        text: pieces(&step.text),
        obscured: step.obscured.map(|obscured| obscured_code(obscured).to_owned()),
    };
    steps.iter().take(STEPS).map(step).collect()
}

fn obscured_code(obscured: Obscured) -> &'static str {
    match obscured {
        Obscured::Expansion => "expansion",
        Obscured::Substitution => "substitution",
        Obscured::Redirection => "redirection",
        Obscured::Pattern => "pattern",
        Obscured::Assignment => "assignment",
        Obscured::Control => "control",
        Obscured::Character => "character",
        Obscured::Unreadable => "unreadable",
    }
}

/// A hint, beside its step where that is shown.
fn view_of(hint: Hint, steps: usize) -> dto::HintView {
    let step = hint.step.filter(|step| *step < steps).and_then(|step| u32::try_from(step).ok());
    dto::HintView { code: hint.risk.name().to_owned(), words: pieces(&hint.words), step, high: hint.risk.is_high() }
}

/// The digest of what is shown, and what is shown as JSON.
pub(crate) fn digest(shown: &dto::Shown) -> (Digest, String) {
    let json = serde_json::to_string(shown).expect("plain data serialises");
    (Digest::of(json.as_bytes()), json)
}

/// The first line of what is asked, for lists.
pub(crate) fn summary(request: &PermissionRequest) -> String {
    let (mut line, more) = first_line(&gist(&request.action, &request.tool));
    if more {
        line.push('…');
    }
    line
}

/// The part of an action that tells most of it.
pub(crate) fn gist(action: &Action, tool: &str) -> String {
    match action {
        Action::Shell { command } => command.clone(),
        Action::Network { target, .. } => target.clone(),
        Action::Patch { files, text } if files.is_empty() => text.clone(),
        Action::Patch { files, .. } => files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>().join(", "),
        Action::Mcp { server, tool, .. } => format!("{server} · {tool}"),
        Action::Stdin { chars, .. } => chars.clone(),
        Action::Permissions { reason, permissions } => reason.clone().unwrap_or_else(|| permissions.clone()),
        Action::Unknown { .. } => tool.to_owned(),
    }
}

/// The first line of a text, for lists. The mark for what is left out is ours; one in the text is drawn as a mark.
pub(crate) fn line(text: &str) -> Vec<dto::Piece> {
    let (line, more) = first_line(text);
    let mut pieces = pieces(&line);
    if more {
        pieces.push(dto::Piece::Text { text: "…".to_owned() });
    }
    pieces
}

/// The first line that is not blank, cut where it is long, and whether there is more.
fn first_line(text: &str) -> (String, bool) {
    let line = text.trim_start().lines().next().unwrap_or_default();
    let first: String = line.chars().take(SUMMARY).collect();
    let more = first.len() < text.trim().len();
    (first, more)
}

/// A text from outside, as it has to be drawn.
pub fn pieces(text: &str) -> Vec<dto::Piece> {
    plain::pieces(text).into_iter().map(piece).collect()
}

/// The same for words meant for people.
pub fn prose(text: &str) -> Vec<dto::Piece> {
    plain::prose(text).into_iter().map(piece).collect()
}

fn piece(piece: plain::Piece) -> dto::Piece {
    match piece {
        plain::Piece::Text(text) => dto::Piece::Text { text },
        plain::Piece::Mark { label, name, .. } => dto::Piece::Mark { label, name },
        plain::Piece::Fold { text, count, of } => {
            let of = match of {
                plain::Folded::Blanks => dto::Folded::Blanks,
                plain::Folded::LineBreaks => dto::Folded::LineBreaks,
            };
            dto::Piece::Fold { text, count, of }
        }
    }
}

fn action(action: &Action, tool: &str) -> dto::ActionView {
    match action {
        Action::Shell { command } => dto::ActionView::Shell { command: pieces(command) },
        Action::Network { target, command } => {
            dto::ActionView::Network { target: pieces(target), command: pieces(command) }
        }
        Action::Patch { files, text } => {
            dto::ActionView::Patch { files: files.iter().map(file).collect(), text: pieces(text) }
        }
        Action::Mcp { server, tool, arguments } => {
            dto::ActionView::Mcp { server: pieces(server), tool: pieces(tool), arguments: pairs(arguments) }
        }
        Action::Stdin { chars, process, cwd, details } => dto::ActionView::Stdin {
            chars: pieces(chars),
            process: process.as_deref().map(pieces),
            cwd: cwd.as_deref().map(|cwd| pieces(&cwd.to_string_lossy())),
            details: pairs(details),
        },
        Action::Permissions { reason, permissions } => {
            dto::ActionView::Permissions { reason: reason.as_deref().map(pieces), permissions: pieces(permissions) }
        }
        Action::Unknown { input } => dto::ActionView::Unknown { tool: pieces(tool), input: pieces(input) },
    }
}

fn pairs(pairs: &[(String, String)]) -> Vec<dto::Pair> {
    pairs.iter().map(|(name, value)| dto::Pair { name: pieces(name), value: pieces(value) }).collect()
}

fn file(file: &FileChange) -> dto::FileView {
    let count = |kind| {
        let lines = file.lines.iter().filter(|line| line.kind == kind).count();
        u32::try_from(lines).unwrap_or(u32::MAX)
    };
    let (change, to) = match &file.change {
        Change::Add => (dto::ChangeView::Add, None),
        Change::Delete => (dto::ChangeView::Delete, None),
        Change::Update => (dto::ChangeView::Update, None),
        Change::Move { to } => (dto::ChangeView::Move, Some(pieces(to))),
        Change::Write => (dto::ChangeView::Write, None),
    };
    let line = |line: &model::Line| dto::LineView {
        kind: match line.kind {
            LineKind::Hunk => dto::LineKindView::Hunk,
            LineKind::Context => dto::LineKindView::Context,
            LineKind::Added => dto::LineKindView::Added,
            LineKind::Removed => dto::LineKindView::Removed,
        },
        text: pieces(&line.text),
    };
    dto::FileView {
        path: pieces(&file.path),
        change,
        to,
        binary: is_binary(file),
        lines: file.lines.iter().map(line).collect(),
        added: count(LineKind::Added),
        removed: count(LineKind::Removed),
    }
}

/// Whether its lines are hardly text: one has a NUL, or every tenth character is a sign of control or of bytes that could not be read.
fn is_binary(file: &FileChange) -> bool {
    let chars = || file.lines.iter().flat_map(|line| line.text.chars());
    let unreadable = |c: &char| c.is_control() && !c.is_whitespace() || *c == char::REPLACEMENT_CHARACTER;
    chars().any(|c| c == '\0') || chars().filter(unreadable).count() * 10 > chars().count()
}

#[cfg(test)]
mod tests {
    use model::Line;

    use super::*;

    #[test]
    fn what_is_hardly_text_is_told_and_nothing_of_it_left_out() {
        for (text, binary) in [
            ("", false),
            ("plain\ttext \u{1b}[0m with a bit of colour, \u{fffd} and 汉字 🎉\r", false),
            ("GIF89a\0", true),
            ("\u{fffd}PNG\u{fffd}\u{fffd}", true),
            ("\u{1}\u{2}\u{3}abc", true),
            // Bash reads over a NUL.
            ("rm -rf ~ #\0 a long line of harmless words", true),
        ] {
            let lines = vec![Line { kind: LineKind::Added, text: text.to_owned() }];
            let drawn = file(&FileChange { path: "a".to_owned(), change: Change::Write, lines });
            assert_eq!((drawn.binary, drawn.added), (binary, 1), "{text:?}");
            assert_eq!(drawn.lines[0].text, pieces(text));
        }
    }
}
