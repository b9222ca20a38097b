//! Which records are wanted.

use std::path::PathBuf;
use std::time::Duration;

use history::{RunQuery, row};
use model::{Agent, HookEvent, HookKey, SessionId};

use crate::dto::{RunFromView, RunStatusView};
use crate::runs;

/// Which records. Every condition that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these; `None`: all of them.
    pub kind: Option<Kind>,
    pub agent: Option<Agent>,
    /// By the agent's own name of the event. Requests and decisions belong to `PermissionRequest`.
    pub event: Option<String>,
    pub session: Option<String>,
    pub ran: RunFilter,
}

/// What a record is, by the word in its JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Event,
    /// With the decision on it.
    Request,
    Run,
}

/// What only runs of hooks have: where something of it is set, nothing else is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    pub turn: Option<String>,
    /// One of these; empty: any.
    pub status: Vec<RunStatusView>,
    /// The key of the hook.
    pub hook: Option<String>,
    pub project: Option<PathBuf>,
    pub from: Option<RunFromView>,
    pub slower_than: Option<Duration>,
}

impl Filter {
    pub(super) fn has_events(&self) -> bool {
        self.has(Kind::Event) && self.ran == RunFilter::default()
    }

    pub(super) fn has_requests(&self) -> bool {
        let asks = self.event.as_deref().is_none_or(|event| event == HookEvent::PermissionRequest.name());
        self.has(Kind::Request) && asks && self.ran == RunFilter::default()
    }

    pub(super) fn has_runs(&self) -> bool {
        self.has(Kind::Run)
    }

    fn has(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
    }

    pub(super) fn is_of(&self, agent: Agent, session: Option<&SessionId>) -> bool {
        self.agent.is_none_or(|wanted| wanted == agent) && is(&self.session, session.map(SessionId::as_str))
    }

    /// Whether agent and session are left open.
    pub(super) fn is_of_anybody(&self) -> bool {
        self.agent.is_none() && self.session.is_none()
    }

    pub(super) fn is_of_event(&self, row: &row::Event) -> bool {
        self.has_events()
            && is(&self.event, Some(row.event.event.name()))
            && self.is_of(row.event.agent, row.event.session.as_ref())
    }

    /// The same as [`Filter::query`] for a run that is read already.
    pub(super) fn is_of_run(&self, row: &row::Run) -> bool {
        let RunFilter { turn, status, hook, project, from, slower_than } = &self.ran;
        self.has_runs()
            && is(&self.event, Some(row.run.event.name()))
            && self.is_of(row.agent, row.session.as_ref())
            && is(turn, row.turn.as_ref().map(|id| id.as_str()))
            && (status.is_empty() || status.iter().any(|status| runs::status(*status) == row.run.status))
            && is(hook, row.hook.as_ref().map(|key| key.as_str()))
            && project.as_ref().is_none_or(|wanted| row.project.as_ref() == Some(wanted))
            && from.is_none_or(|wanted| runs::from(wanted) == row.from)
            && slower_than.is_none_or(|least| row.took.is_some_and(|took| took > least))
    }

    /// The runs of no particular turn.
    pub(super) fn query(&self) -> RunQuery {
        RunQuery {
            agent: self.agent,
            event: self.event.as_deref().map(HookEvent::from_name),
            status: self.ran.status.iter().copied().map(runs::status).collect(),
            from: self.ran.from.map(runs::from),
            project: self.ran.project.clone(),
            session: self.session.as_deref().map(SessionId::new),
            hook: self.ran.hook.as_deref().map(HookKey::new),
            longer_than: self.ran.slower_than,
            ..RunQuery::default()
        }
    }
}

/// Whether what is wanted is there, where something is.
fn is(wanted: &Option<String>, there: Option<&str>) -> bool {
    wanted.as_deref().is_none_or(|wanted| there == Some(wanted))
}
