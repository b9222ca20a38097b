//! Requests as they come to the loop and leave it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use history::row;
use model::{Answer, Decision, PermissionRequest, RequestId, Reviewer, Rule, Timestamp, Why};
use tokio::sync::oneshot;

use super::Live;
use crate::compose::Asked;
use crate::dto::{self, ChangeOf, Review};
use crate::{Attended, past};

/// How a request comes to the loop.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// When its frame had come in.
    pub(crate) since: Instant,
    /// What hosted hooks or rules settled already, and what the rule is about.
    pub(crate) decided: Option<(Answer, Option<String>)>,
}

pub(super) struct Open {
    pub(super) card: dto::Card,
    /// When its frame had come in.
    pub(super) received: SystemTime,
    pub(super) request: Arc<PermissionRequest>,
    /// What *Allow for this session* makes.
    pub(super) session_rule: Option<Rule>,
    since: Instant,
    settle: oneshot::Sender<row::Decision>,
}

impl Live {
    pub(super) fn asked(
        &mut self,
        asked: Asked,
        arrived: Arrived,
        settle: oneshot::Sender<row::Decision>,
        now: Instant,
    ) {
        let Arrived { since, decided } = arrived;
        let Asked { request, shown, shown_json, digest, summary, session_rule } = asked;
        let waiting = self.settings.waiting_in(request.agent, request.project.as_deref());
        let received = request.received;
        let deadline = Timestamp(received.0.saturating_add(i64::try_from(waiting.as_millis()).unwrap_or(i64::MAX)));
        let card = dto::Card {
            id: request.id.to_string(),
            digest: digest.to_string(),
            shown,
            received_at: received.0.to_string(),
            deadline_at: deadline.0.to_string(),
        };
        let (id, session) = (request.id.clone(), request.session.clone());
        let row = row::Request {
            id: id.clone(),
            at: received,
            agent: request.agent,
            session: session.clone(),
            turn: request.turn.clone(),
            project: request.project.clone(),
            runs_in: request.runs_in.clone(),
            tool: request.tool.clone(),
            summary,
            shown: shown_json,
            digest: card.digest.clone(),
        };
        if let Err(error) = self.desk.history.record_request(row) {
            tracing::error!(%error, request = %id, "a request could not be recorded");
        }
        let nobody = self.nobody_asks();
        if let Some((answer, rule)) = decided {
            let (answer, rule) = match (answer.decision(), nobody) {
                // Nothing is allowed in a person's name then. A guard still guards.
                (Decision::Allow, Some(why)) => (Answer::nobody(why), None),
                (Decision::Allow | Decision::Deny { .. } | Decision::NoDecision, _) => (answer, rule),
            };
            let waited = now.saturating_duration_since(since);
            self.end(row::Decision { request: id, at: SystemTime::now().into(), answer, rule, waited }, settle);
            return;
        }
        if let Some(why) = nobody.or_else(|| self.reviewed(&request)) {
            let (answer, at) = (Answer::nobody(why), SystemTime::now().into());
            let _ = settle.send(row::Decision { request: id, at, answer, rule: None, waited: Duration::ZERO });
            return;
        }
        let arming = Duration::from_millis(card.shown.arming_ms.into());
        self.queue.open(id.clone(), session, digest, since + waiting, arming);
        let received = SystemTime::UNIX_EPOCH + Duration::from_millis(received.0.try_into().unwrap_or_default());
        let request = Arc::new(request);
        self.open.insert(id, Open { card: card.clone(), received, request, session_rule, since, settle });
        self.tell(ChangeOf::RequestOpened { card: Box::new(card) });
    }

    /// Why nobody is asked now, whatever is asked.
    fn nobody_asks(&self) -> Option<Why> {
        match self.attended {
            Attended::Nobody => Some(Why::Unattended),
            Attended::Window => self.pause.is_some().then_some(Why::Paused),
        }
    }

    /// Whether the agent's own reviewer decides, and the person wants it so.
    fn reviewed(&self, request: &PermissionRequest) -> Option<Why> {
        let by_agent = match &request.reviewer {
            Reviewer::AutoReview => true,
            Reviewer::User | Reviewer::Other(_) | Reviewer::Unknown => false,
        };
        let wanted = self.settings.review_in(request.project.as_deref());
        (by_agent && wanted == Review::Agent).then_some(Why::Reviewer)
    }

    /// Gives a request that has left the queue its answer.
    pub(super) fn settle(&mut self, id: &RequestId, answer: Answer, now: Instant) {
        self.settle_by(id, answer, None, now);
    }

    /// The same, with what the rule is about that answers.
    pub(super) fn settle_by(&mut self, id: &RequestId, answer: Answer, rule: Option<String>, now: Instant) {
        let Some(open) = self.open.remove(id) else { return };
        let waited = now.saturating_duration_since(open.since);
        let at = SystemTime::now().into();
        self.end(row::Decision { request: id.clone(), at, answer, rule, waited }, open.settle);
    }

    fn end(&mut self, row: row::Decision, settle: oneshot::Sender<row::Decision>) {
        tracing::info!(request = %row.request, by = ?row.answer.by(), "a request ended");
        self.tell(ChangeOf::RequestEnded { id: row.request.to_string(), outcome: past::outcome(&row) });
        // The call's task may be gone with its connection; then nobody waits.
        let _ = settle.send(row);
    }

    /// Gives every open request back to its agent.
    pub(super) fn settle_all(&mut self, why: Why, now: Instant) {
        for id in self.queue.ids().cloned().collect::<Vec<_>>() {
            self.queue.close(&id);
            self.settle(&id, Answer::nobody(why), now);
        }
    }
}
