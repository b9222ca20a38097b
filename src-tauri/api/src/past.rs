//! The requests of the past, as the Requests screen lists them.

use std::path::PathBuf;
use std::time::Duration;

use history::{ByKind, DecisionKind, Query, Reader, row};
use model::{Answer, By, Decision, Timestamp, Why};

use crate::dto::{self, ByView, DecisionView};
use crate::{Error, card};

/// Rows of one page.
const PAGE: usize = 100;

pub(crate) fn page(reader: &Reader, filter: dto::PastFilter, cursor: Option<String>) -> Result<dto::PastPage, Error> {
    let before = cursor.map(|text| text.parse().map_err(|_| Error::Cursor(text))).transpose()?;
    let agent = filter.agent.as_deref().map(str::parse).transpose();
    let Ok(agent) = agent else { return Ok(dto::PastPage { rows: Vec::new(), next: None, projects: Vec::new() }) };
    let query = Query {
        text: filter.text,
        decision: filter.decision.map(decision_kind),
        by: filter.by.map(by_kind),
        agent,
        project: filter.project.map(PathBuf::from),
        before,
        limit: PAGE,
    };
    let page = reader.past(&query)?;
    Ok(dto::PastPage {
        rows: page.rows.into_iter().map(past).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        projects: reader.projects()?,
    })
}

/// How a request ended, for the windows.
pub(crate) fn outcome(answer: &Answer, at: Timestamp, waited: Duration) -> dto::Outcome {
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
    };
    let hook = match answer.by() {
        By::Hook(key) => Some(card::pieces(key.as_str())),
        By::Person | By::Rule(_) | By::Nobody(_) => None,
    };
    dto::Outcome { decision, by, at: at.0.to_string(), waited_ms: waited.as_millis().to_string(), message, hook }
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
        outcome: row.decision.map(|decision| outcome(&decision.answer, decision.at, decision.waited)),
        taken,
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
    }
}
