//! The requests of the past, as the Requests screen lists them.

use std::collections::VecDeque;
use std::path::PathBuf;

use agents::About;
use history::{ByKind, DecisionKind, Query, Reader, row};
use model::{Action, Agent, By, Decision, Event, HookEvent, RequestId, RuleId, Subagent, Why};

use crate::dto::{self, ByView, DecisionView};
use crate::{Error, card, happened};

/// Rows of one page.
const PAGE: usize = 100;
/// Calls of one turn that are looked at.
pub(crate) const CALLS: usize = 1_000;
/// How much of a result is shown, in lines and characters.
const RESULT_LINES: usize = 12;
const RESULT: usize = 2_000;

pub(crate) fn page(reader: &Reader, filter: dto::PastFilter, cursor: Option<String>) -> Result<dto::PastPage, Error> {
    let before = cursor.map(|text| text.parse().map_err(|_| Error::Cursor(text))).transpose()?;
    let agent = filter.agent.as_deref().map(str::parse).transpose();
    let Ok(agent) = agent else { return Ok(dto::PastPage { rows: Vec::new(), next: None, projects: Vec::new() }) };
    let query = Query {
        text: filter.text,
        decision: filter.decision.map(decision_kind),
        by: filter.by.map(by_kind),
        rule: filter.rule.map(RuleId::new),
        agent,
        project: filter.project.map(PathBuf::from),
        before,
        limit: PAGE,
        ..Query::default()
    };
    let page = reader.past(&query)?;
    Ok(dto::PastPage {
        rows: page.rows.into_iter().map(past).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        projects: reader.projects()?,
    })
}

/// How a request ended, for the windows.
pub(crate) fn outcome(row: &row::Decision) -> dto::Outcome {
    let row::Decision { answer, at, rule, offered, waited, .. } = row;
    let (decision, message) = match answer.decision() {
        Decision::Allow => (DecisionView::Allow, None),
        Decision::Deny { message } => (DecisionView::Deny, Some(message.clone()).filter(|text| !text.is_empty())),
        Decision::NoDecision => (DecisionView::None, None),
    };
    let by = match answer.by() {
        By::Person => ByView::Person,
        By::Rule(_) => ByView::Rule,
        By::Hook(_) => ByView::Hook,
        By::Nobody(Why::Expired) => ByView::Expired,
        By::Nobody(Why::Withdrawn) => ByView::Withdrawn,
        By::Nobody(Why::Paused) => ByView::Paused,
        By::Nobody(Why::Quit) => ByView::Quit,
        By::Nobody(Why::Lost) => ByView::Lost,
        By::Nobody(Why::Unattended) => ByView::Unattended,
        By::Nobody(Why::Reviewer) => ByView::Reviewer,
        By::Nobody(Why::Terminal) => ByView::Terminal,
    };
    let hook = match answer.by() {
        By::Hook(key) => Some(card::pieces(key.as_str())),
        By::Person | By::Rule(_) | By::Nobody(_) => None,
    };
    let rule = match answer.by() {
        By::Rule(id) => {
            Some(dto::RuleRef { id: id.to_string(), what: card::pieces(rule.as_deref().unwrap_or_default()) })
        }
        By::Person | By::Hook(_) | By::Nobody(_) => None,
    };
    let (at, waited_ms) = (at.0.to_string(), waited.as_millis().to_string());
    dto::Outcome { decision, by, at, waited_ms, message, hook, rule, offered: offered.clone() }
}

pub(crate) fn past(row: row::Past) -> dto::Past {
    let taken = match row.taken {
        None => dto::Taken::Waiting,
        Some(true) => dto::Taken::Yes,
        Some(false) => dto::Taken::No,
    };
    dto::Past {
        id: row.id.to_string(),
        at: row.at.0.to_string(),
        agent: row.agent.name().to_owned(),
        agent_title: row.agent.title().to_owned(),
        session: row.session.to_string(),
        project: row.project.map(|path| card::pieces(&path.to_string_lossy())),
        tool: row.tool,
        summary: card::pieces(&row.summary),
        outcome: row.decision.as_ref().map(outcome),
        taken,
        reported: happened::reported(row.reported),
    }
}

/// What is kept of a request besides its row. Blocks.
pub(crate) fn detail(reader: &Reader, id: &RequestId) -> Result<Option<dto::PastDetail>, Error> {
    let (Some(row), Some((digest, turn))) = (reader.request(id)?, reader.place(id)?) else { return Ok(None) };
    let result = match turn {
        Some(turn) => result(&reader.calls(&row.session, &turn, &row.tool, CALLS)?, id, reader)?,
        None => None,
    };
    Ok(Some(dto::PastDetail { digest, result }))
}

/// The result of the request among the calls of its turn. Equal calls give their results in the order in which they were asked for;
/// what was denied gives none.
fn result(calls: &[row::Event], id: &RequestId, reader: &Reader) -> Result<Option<dto::ResultView>, Error> {
    let asked = calls.iter().find(|row| row.request.as_ref() == Some(id)).and_then(|row| call(&row.event));
    let Some(asked) = asked else { return Ok(None) };
    let mut open = VecDeque::new();
    for event in calls.iter().filter(|row| call(&row.event).is_some_and(|call| call == asked)) {
        match &event.request {
            Some(request) if !was_denied(reader, request)? => open.push_back(request),
            Some(_) => {}
            None if event.event.event != HookEvent::PostToolUse => {}
            None if open.pop_front() == Some(id) => return Ok(Some(result_view(event))),
            None => {}
        }
    }
    Ok(None)
}

/// What a call does, and who makes it.
pub(crate) fn call(event: &Event) -> Option<(String, Option<Subagent>)> {
    let about = match event.agent {
        Agent::Codex => agents::codex::about(event),
    };
    let what = match about? {
        // What reaches out is asked for by its host, and reported as the command that it is.
        About::Action(Action::Network { command, .. } | Action::Shell { command }) => command,
        About::Action(action) => format!("{action:?}"),
        About::Words(_) => return None,
    };
    Some((what, event.subagent.clone()))
}

fn was_denied(reader: &Reader, id: &RequestId) -> Result<bool, Error> {
    let decision = reader.request(id)?.and_then(|row| row.decision);
    Ok(decision.is_some_and(|decision| matches!(decision.answer.decision(), Decision::Deny { .. })))
}

pub(crate) fn result_view(row: &row::Event) -> dto::ResultView {
    let text = match row.event.agent {
        Agent::Codex => agents::codex::result(&row.event).unwrap_or_default(),
    };
    let first: String = text.lines().take(RESULT_LINES).collect::<Vec<_>>().join("\n");
    let end = first.char_indices().nth(RESULT).map_or(first.len(), |(at, _)| at);
    dto::ResultView {
        event: row.id.to_string(),
        at: row.at.0.to_string(),
        text: card::pieces(&first[..end]),
        cut: end < text.trim_end().len(),
    }
}

fn decision_kind(view: DecisionView) -> DecisionKind {
    match view {
        DecisionView::Allow => DecisionKind::Allow,
        DecisionView::Deny => DecisionKind::Deny,
        DecisionView::None => DecisionKind::NoDecision,
    }
}

fn by_kind(view: ByView) -> ByKind {
    match view {
        ByView::Person => ByKind::Person,
        ByView::Rule => ByKind::Rule,
        ByView::Hook => ByKind::Hook,
        ByView::Expired => ByKind::Nobody(Why::Expired),
        ByView::Withdrawn => ByKind::Nobody(Why::Withdrawn),
        ByView::Paused => ByKind::Nobody(Why::Paused),
        ByView::Quit => ByKind::Nobody(Why::Quit),
        ByView::Lost => ByKind::Nobody(Why::Lost),
        ByView::Unattended => ByKind::Nobody(Why::Unattended),
        ByView::Reviewer => ByKind::Nobody(Why::Reviewer),
        ByView::Terminal => ByKind::Nobody(Why::Terminal),
    }
}
