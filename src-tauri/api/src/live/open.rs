//! Requests as they come to the loop and leave it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use decisions::{Digest, Refusal, Surface};
use history::row;
use model::{Answer, Decision, PermissionRequest, RequestId, Reviewer, Rule, SessionId, Timestamp, Why};
use tokio::sync::oneshot;

use super::Live;
use crate::compose::Asked;
use crate::dto::{self, ChangeOf, OfferEffect, Review};
use crate::{Attended, past};

/// The refusal that lets the turn go on.
const DECLINE: &str = "decline";

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
    settle: oneshot::Sender<Settled>,
}

/// One of the agent's own answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) place: usize,
    /// For the model; empty where there is nothing to say.
    pub(crate) message: String,
}

/// How a request left the loop.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) row: row::Decision,
    /// The agent's own answer that was chosen, by its place.
    pub(crate) place: Option<usize>,
}

impl Live {
    pub(super) fn asked(&mut self, asked: Asked, arrived: Arrived, settle: oneshot::Sender<Settled>, now: Instant) {
        let Arrived { since, decided } = arrived;
        let Asked { request, shown, shown_json, digest, summary, session_rule } = asked;
        let waiting = self.settings.waiting_in(request.agent, request.project.as_deref());
        let received = request.received;
        let deadline = Timestamp(received.0.saturating_add(i64::try_from(waiting.as_millis()).unwrap_or(i64::MAX)));
        // What the agent's terminal asks as well waits as long as it does there.
        let waits = shown.offers.is_none();
        let card = dto::Card {
            id: request.id.to_string(),
            digest: digest.to_string(),
            shown,
            received_at: received.0.to_string(),
            deadline_at: waits.then(|| deadline.0.to_string()),
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
            let offer = offer_for(&card.shown, answer.decision());
            if waits || offer.is_some() || *answer.decision() == Decision::NoDecision {
                let waited = now.saturating_duration_since(since);
                self.end(ended(&id, answer, rule, waited, offer), settle);
                return;
            }
        }
        if let Some(why) = nobody.or_else(|| self.reviewed(&request)) {
            let _ = settle.send(ended(&id, Answer::nobody(why), None, Duration::ZERO, None));
            return;
        }
        let arming = Duration::from_millis(card.shown.arming_ms.into());
        self.queue.open(id.clone(), session, digest, waits.then(|| since + waiting), arming);
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

    /// A person said allow, deny, or neither.
    pub(super) fn decide(
        &mut self,
        surface: Surface,
        id: &RequestId,
        digest: &Digest,
        decision: Decision,
        now: Instant,
    ) -> Result<(), Refusal> {
        let beside = self.open.get(id).is_some_and(|open| open.card.shown.offers.is_some());
        if beside && decision != Decision::NoDecision {
            return Err(Refusal::NotOffered);
        }
        let answer = self.queue.decide(surface, id, digest, decision, now)?;
        self.settle(id, answer, now);
        Ok(())
    }

    /// A person chose one of the agent's own answers.
    pub(super) fn choose(
        &mut self,
        surface: Surface,
        id: &RequestId,
        digest: &Digest,
        chosen: Chosen,
        now: Instant,
    ) -> Result<(), Refusal> {
        let offers = self.open.get(id).and_then(|open| open.card.shown.offers.as_deref());
        let Chosen { place, message } = chosen;
        let offer = offers.and_then(|offers| offers.get(place)).ok_or(Refusal::NotOffered)?;
        // Nobody reads it where nothing goes on.
        if !message.is_empty() && offer.code != DECLINE {
            return Err(Refusal::NotOffered);
        }
        let (code, decision) = (offer.code.clone(), meant(offer.effect, message).ok_or(Refusal::NotOffered)?);
        let answer = self.queue.decide(surface, id, digest, decision, now)?;
        self.settle_as(id, answer, None, Some((place, code)), now);
        Ok(())
    }

    /// Rules were made and answer a request that waits.
    pub(super) fn ruled(&mut self, id: &RequestId, answer: Answer, rule: Option<String>, now: Instant) {
        let Some(open) = self.open.get(id) else { return };
        let offer = offer_for(&open.card.shown, answer.decision());
        if open.card.shown.offers.is_some() && offer.is_none() {
            return;
        }
        if self.queue.close(id) {
            self.settle_as(id, answer, rule, offer, now);
        }
    }

    /// Denies every request of a session, but for those whose agent takes no refusal that lets it go on. Returns how many.
    pub(super) fn deny_session(&mut self, session: &SessionId, message: &str, now: Instant) -> u32 {
        let mut denied = 0;
        for id in self.queue.of_session(session) {
            let Some(open) = self.open.get(&id) else { continue };
            let decision = Decision::Deny { message: message.to_owned() };
            let offer = offer_for(&open.card.shown, &decision);
            if open.card.shown.offers.is_some() && offer.is_none() {
                continue;
            }
            self.queue.close(&id);
            self.settle_as(&id, Answer::person(decision), None, offer, now);
            denied += 1;
        }
        denied
    }

    /// Gives a request that has left the queue its answer.
    pub(super) fn settle(&mut self, id: &RequestId, answer: Answer, now: Instant) {
        self.settle_as(id, answer, None, None, now);
    }

    /// The same, with what the rule is about that answers, and which of the agent's own answers it is.
    fn settle_as(
        &mut self,
        id: &RequestId,
        answer: Answer,
        rule: Option<String>,
        offer: Option<(usize, String)>,
        now: Instant,
    ) {
        let Some(open) = self.open.remove(id) else { return };
        let waited = now.saturating_duration_since(open.since);
        self.end(ended(id, answer, rule, waited, offer), open.settle);
    }

    fn end(&mut self, settled: Settled, settle: oneshot::Sender<Settled>) {
        let row = &settled.row;
        tracing::info!(request = %row.request, by = ?row.answer.by(), "a request ended");
        self.tell(ChangeOf::RequestEnded { id: row.request.to_string(), outcome: past::outcome(row) });
        // The call's task may be gone with its connection; then nobody waits.
        let _ = settle.send(settled);
    }

    /// Gives every open request back to its agent.
    pub(super) fn settle_all(&mut self, why: Why, now: Instant) {
        for id in self.queue.ids().cloned().collect::<Vec<_>>() {
            self.queue.close(&id);
            self.settle(&id, Answer::nobody(why), now);
        }
    }
}

fn ended(
    id: &RequestId,
    answer: Answer,
    rule: Option<String>,
    waited: Duration,
    offer: Option<(usize, String)>,
) -> Settled {
    let (place, offered) = offer.unzip();
    let at = SystemTime::now().into();
    Settled { row: row::Decision { request: id.clone(), at, answer, rule, offered, waited }, place }
}

/// What choosing it decides.
fn meant(effect: OfferEffect, message: String) -> Option<Decision> {
    match effect {
        OfferEffect::Allows => Some(Decision::Allow),
        OfferEffect::Refuses => Some(Decision::Deny { message }),
        OfferEffect::Unknown => None,
    }
}

/// The agent's own answer that says just this and no more, where it offers that.
fn offer_for(shown: &dto::Shown, decision: &Decision) -> Option<(usize, String)> {
    let code = match decision {
        Decision::Allow => "accept",
        Decision::Deny { .. } => DECLINE,
        Decision::NoDecision => return None,
    };
    let place = shown.offers.as_ref()?.iter().position(|offer| offer.code == code)?;
    Some((place, code.to_owned()))
}
