//! Requests as they come to the loop and leave it.

use std::time::{Duration, Instant, SystemTime};

use history::row;
use model::{Answer, Decision, RequestId, Timestamp, Why};
use tokio::sync::oneshot;

use super::Live;
use crate::compose::Asked;
use crate::dto::{self, ChangeOf};
use crate::{Attended, past};

/// How a request comes to the loop.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// When its frame had come in.
    pub(crate) since: Instant,
    /// What hosted hooks settled already.
    pub(crate) decided: Option<Answer>,
}

/// How a request ended, for the task that waits for it.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) answer: Answer,
    pub(crate) at: Timestamp,
    pub(crate) waited: Duration,
}

pub(super) struct Open {
    pub(super) card: dto::Card,
    /// When its frame had come in.
    pub(super) received: SystemTime,
    since: Instant,
    settle: oneshot::Sender<Settled>,
}

impl Live {
    pub(super) fn asked(&mut self, asked: Asked, arrived: Arrived, settle: oneshot::Sender<Settled>, now: Instant) {
        let Arrived { since, decided } = arrived;
        let waiting = self.settings.waiting(asked.request.agent);
        let Asked { request, shown, shown_json, digest, summary } = asked;
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
            id: request.id,
            at: received,
            agent: request.agent,
            session: request.session,
            turn: request.turn,
            project: request.project,
            runs_in: request.runs_in,
            tool: request.tool,
            summary,
            shown: shown_json,
            digest: card.digest.clone(),
        };
        if let Err(error) = self.desk.history.record_request(row) {
            tracing::error!(%error, request = %id, "a request could not be recorded");
        }
        if let Some(answer) = decided.map(|answer| self.unless_paused(answer)) {
            let settled =
                Settled { answer, at: SystemTime::now().into(), waited: now.saturating_duration_since(since) };
            self.tell_ended(&id, &settled);
            // The call's task may be gone with its connection; then nobody waits.
            let _ = settle.send(settled);
            return;
        }
        let nobody = match self.attended {
            Attended::Nobody => Some(Why::Unattended),
            Attended::Window => self.pause.is_some().then_some(Why::Paused),
        };
        if let Some(why) = nobody {
            let answer = Answer::nobody(why);
            let _ = settle.send(Settled { answer, at: SystemTime::now().into(), waited: Duration::ZERO });
            return;
        }
        self.queue.open(id.clone(), session, digest, since + waiting);
        let received = SystemTime::UNIX_EPOCH + Duration::from_millis(received.0.try_into().unwrap_or_default());
        self.open.insert(id, Open { card: card.clone(), received, since, settle });
        self.tell(ChangeOf::RequestOpened { card: Box::new(card) });
    }

    /// While Hookwright is paused nothing is allowed in a person's name. A guard still guards.
    fn unless_paused(&self, answer: Answer) -> Answer {
        match answer.decision() {
            Decision::Allow if self.pause.is_some() => Answer::nobody(Why::Paused),
            Decision::Allow | Decision::Deny { .. } | Decision::NoDecision => answer,
        }
    }

    /// Gives a request that has left the queue its answer.
    pub(super) fn settle(&mut self, id: &RequestId, answer: Answer, now: Instant) {
        let Some(open) = self.open.remove(id) else { return };
        let waited = now.saturating_duration_since(open.since);
        let settled = Settled { answer, at: SystemTime::now().into(), waited };
        self.tell_ended(id, &settled);
        // The call's task may be gone with its connection; then nobody waits.
        let _ = open.settle.send(settled);
    }

    fn tell_ended(&mut self, id: &RequestId, settled: &Settled) {
        let Settled { answer, at, waited } = settled;
        tracing::info!(request = %id, by = ?answer.by(), "a request ended");
        self.tell(ChangeOf::RequestEnded { id: id.to_string(), outcome: past::outcome(answer, *at, *waited) });
    }

    /// Gives every open request back to its agent.
    pub(super) fn settle_all(&mut self, why: Why, now: Instant) {
        for id in self.queue.ids().cloned().collect::<Vec<_>>() {
            self.queue.close(&id);
            self.settle(&id, Answer::nobody(why), now);
        }
    }
}
