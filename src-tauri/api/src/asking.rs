//! From a call at the endpoint to what the loop understands, and the answer back. One task per call.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use agents::{Ask, Parsed};
use bridge::{Call, Line};
use history::row::{self, Applied};
use model::{
    Agent, Answer, Decision, Event, EventId, HookEvent, Outcome, Reported, RequestId, SessionId, Timestamp, Verdict,
    Why,
};
use protocol::event::new_id;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::Paths;
use crate::attach::Attach;
use crate::compose::{self, Asked};
use crate::happened;
use crate::hosted::{Came, Ended, Hosted, Work};
use crate::live::{Arrived, Message, Settled};
use crate::memory::Memory;
use crate::rules::{Judged, Rules, Subject};

/// How far back a relay may say that its event was, in milliseconds.
const OLDEST: i64 = 10 * 60 * 1000;

/// Everything a call's task needs.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) paths: Paths,
    pub(crate) memory: Arc<Memory>,
    pub(crate) hosted: Arc<Hosted>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) attach: Arc<Attach>,
    pub(crate) history: history::Writer,
    pub(crate) live: mpsc::Sender<Message>,
    /// Notified when a relay is left to keep its event itself.
    pub(crate) missed: Arc<Notify>,
}

/// What is known of a request when its hosted hooks begin.
struct Opened {
    id: RequestId,
    agent: Agent,
    ask: Ask,
    transcript: Option<PathBuf>,
    received: Timestamp,
    since: Instant,
}

/// Carries one call from beginning to end. Whatever fails, fails to no decision.
pub(crate) async fn attend(call: Call, desk: Desk) {
    let Call { agent, event: id, at, payload, line } = call;
    let (received, since) = (SystemTime::now().into(), Instant::now());
    let parsed = match parse(agent, &payload) {
        Ok(parsed) => parsed,
        Err(error) => {
            tracing::warn!(%agent, %error, "a payload was not understood; the agent gets no decision");
            let _ = line.reply.send(Vec::new());
            return;
        }
    };
    drop(payload);
    desk.remember(&parsed);
    let Parsed { event, request, transcript } = parsed;
    let ids = id.map_or_else(|| new_id().map(EventId::new), Ok).and_then(|id| Ok((id, new_id().map(RequestId::new)?)));
    let (event_id, id) = match ids {
        Ok(ids) => ids,
        Err(error) => {
            tracing::error!(%error, "an event got no id; the agent gets no decision");
            return;
        }
    };
    desk.end_session(&event, received).await;
    let work = desk.hosted.work(&event_id, &event, &desk.memory);
    let row = row::Event {
        id: event_id,
        at: happened_at(at, received),
        reported: Reported::Live,
        event,
        request: request.is_some().then(|| id.clone()),
    };
    match (request, work) {
        (Some(ask), work) => {
            desk.queue(row).await;
            desk.settle(Opened { id, agent, ask, transcript, received, since }, work, line).await;
        }
        (None, Some(work)) => desk.store_and_run(row, work, line, since).await,
        (None, None) => desk.store(row, line).await,
    }
}

/// The relay's time where it can be, else now.
fn happened_at(at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    at.map_or(now, |at| at.clamp(Timestamp(now.0 - OLDEST), now))
}

pub(crate) fn parse(agent: Agent, payload: &[u8]) -> Result<Parsed, agents::Error> {
    match agent {
        Agent::Codex => agents::codex::parse(payload),
    }
}

/// The session that ended with this event.
pub(crate) fn ended(event: &Event) -> Option<&SessionId> {
    event.session.as_ref().filter(|_| event.event == HookEvent::SessionEnd)
}

/// The bytes for the agent; empty is silence.
pub(crate) fn reply(agent: Agent, event: &HookEvent, outcome: &Outcome, warnings: &[String]) -> Vec<u8> {
    match agent {
        Agent::Codex => agents::codex::reply(event, outcome, warnings).unwrap_or_default().into_bytes(),
    }
}

/// What is said to a permission request, whoever said it.
fn outcome(decision: &Decision) -> Outcome {
    let verdict = match decision {
        Decision::Allow => Some(Verdict::Allow),
        Decision::Deny { message } => Some(Verdict::Deny { message: message.clone() }),
        Decision::NoDecision => None,
    };
    Outcome { verdict, ..Outcome::default() }
}

/// What became of a hosted hook's verdict, once the request is settled.
fn applied(verdict: Option<&Verdict>, answer: &Answer) -> Applied {
    match (verdict, answer.decision()) {
        (None, _) => Applied::Nothing,
        (Some(Verdict::Allow), Decision::Allow) | (Some(Verdict::Deny { .. }), Decision::Deny { .. }) => Applied::Sent,
        (Some(_), _) => Applied::HeldBack,
    }
}

impl Desk {
    fn remember(&self, parsed: &Parsed) {
        let event = &parsed.event;
        let Some(session) = &event.session else { return };
        if event.event == HookEvent::SessionStart
            && let Some(folder) = &event.cwd
        {
            self.memory.started(session, folder.clone());
        }
        // A subagent's prompt was written by an agent, not by the person.
        if let Some(prompt) = &event.prompt
            && event.subagent.is_none()
        {
            self.memory.prompted(session, event.turn.clone(), prompt.clone());
        }
    }

    /// Rules that were made for a session end with it.
    async fn end_session(&self, event: &Event, now: Timestamp) {
        if let Some(session) = ended(event).cloned() {
            let rules = self.rules.clone();
            // Fails only where Hookwright ends.
            let _ = tokio::task::spawn_blocking(move || rules.session_ended(&session, now)).await;
        }
    }

    /// Records the event of a request. Its answer never depends on that.
    async fn queue(&self, row: row::Event) {
        let view = happened::view(&row);
        if let Err(error) = self.history.record_event(row) {
            tracing::error!(%error, "the event of a request could not be recorded");
        }
        let _ = self.live.send(Message::Happened(vec![view])).await;
    }

    /// Lets hosted hooks speak, then has the loop ask the person what they left open.
    async fn settle(&self, opened: Opened, work: Option<Work>, mut line: Line) {
        let Opened { id, agent, ask, transcript, received, since } = opened;
        let hooks = async {
            match work {
                Some(work) => Some(self.hosted.run(work, &mut line.gone, since).await),
                None => None,
            }
        };
        let beside = self.attach.carries(&id, &ask);
        let (context, mut came) = tokio::join!(compose::context(agent, transcript, ask.turn.clone()), hooks);
        let gone = came.as_ref().is_some_and(|came| came.ended == Ended::Gone);
        let warnings = came.as_mut().map(|came| std::mem::take(&mut came.warnings)).unwrap_or_default();
        let runs = |came: Option<Came>, answer: &Answer| {
            came.map(|came| came.rows(|_, verdict| applied(verdict, answer))).unwrap_or_default()
        };
        let (memory, paths, rules, of) = (self.memory.clone(), self.paths.clone(), self.rules.clone(), id.clone());
        let compose = move || {
            let request = compose::request(of, agent, ask, context, &memory, &paths, received);
            let subject = rules.subject(&request);
            let mut judged = judged(&rules, &subject, came.as_ref(), received);
            let advice = came.as_ref().map(|came| came.advice(&judged.advice)).unwrap_or_default();
            let decided = judged.decided.take().map(|answer| (answer, judged.rule));
            (Asked::of(request, &subject, advice, None, &rules, received), decided, came)
        };
        let (asked, decided, mut came) = match tokio::task::spawn_blocking(compose).await {
            Ok(composed) => composed,
            Err(error) => {
                tracing::error!(%error, "a request could not be composed; the agent gets no decision");
                return;
            }
        };
        if beside && decided.is_none() {
            self.abstain(agent, line, &warnings, came).await;
            return;
        }
        // A person sees what ran while the question is open.
        let open = if decided.is_none() { runs(came.take(), &Answer::nobody(Why::Expired)) } else { Vec::new() };
        let (settle, settled) = oneshot::channel();
        if self.live.send(Message::Asked(Box::new(asked), Arrived { since, decided }, settle)).await.is_err() {
            return;
        }
        let answer = async {
            if gone { settled.await.ok().map(|settled| settled.row) } else { self.wait(&id, &mut line, settled).await }
        };
        let (settled, ()) = tokio::join!(answer, self.hosted.record(open));
        let Some(settled) = settled else { return };
        if *settled.answer.decision() != Decision::NoDecision {
            self.attach.decided(&id);
        }
        let decided = runs(came, &settled.answer);
        self.deliver(agent, line, settled, &warnings).await;
        self.hosted.record(decided).await;
    }

    /// Goes back at once: the agent's server asks the same beside its terminal, and that question makes the card.
    async fn abstain(&self, agent: Agent, line: Line, warnings: &[String], came: Option<Came>) {
        let silence = outcome(&Decision::NoDecision);
        // The relay may be gone.
        let _ = line.reply.send(reply(agent, &HookEvent::PermissionRequest, &silence, warnings));
        let runs = came.map(|came| came.rows(|_, verdict| applied(verdict, &Answer::nobody(Why::Terminal))));
        self.hosted.record(runs.unwrap_or_default()).await;
    }

    /// Waits for the loop's answer, or for the agent to go and then for the answer to that.
    async fn wait(
        &self,
        id: &RequestId,
        line: &mut Line,
        mut settled: oneshot::Receiver<Settled>,
    ) -> Option<row::Decision> {
        let settled = tokio::select! {
            biased;
            answer = &mut settled => answer,
            _ = &mut line.gone => {
                self.live.send(Message::Gone(id.clone(), Why::Withdrawn)).await.ok()?;
                settled.await
            }
        };
        settled.ok().map(|settled| settled.row)
    }

    /// Commits the decision, then lets the reply leave.
    async fn deliver(&self, agent: Agent, line: Line, row: row::Decision, warnings: &[String]) {
        let Line { reply: line, taken, .. } = line;
        let id = row.request.clone();
        let bytes = reply(agent, &HookEvent::PermissionRequest, &outcome(row.answer.decision()), warnings);
        if let Err(error) = self.history.record_decision(row).await {
            tracing::error!(%error, request = %id, "a decision could not be recorded in time; the reply leaves all the same");
            let _ = self.live.send(Message::Unrecorded(error.to_string())).await;
        }
        let taken = line.send(bytes).is_ok() && taken.await.unwrap_or(false);
        // Told after it is committed: who hears of it reads it.
        if let Err(error) = self.history.record_taken(id.clone(), taken).await {
            tracing::error!(%error, request = %id, "could not record whether the reply was taken");
        }
        let _ = self.live.send(Message::Taken(id, taken)).await;
    }
}

/// What rules and hosted hooks settle by themselves, else what hooks advise.
fn judged(rules: &Rules, subject: &Subject, came: Option<&Came>, now: Timestamp) -> Judged {
    match came.map(|came| came.ended) {
        Some(Ended::Gone) => Judged { decided: Some(Answer::nobody(Why::Withdrawn)), ..Judged::default() },
        ended => {
            let mut judged = rules.judge(subject, came.map_or(&[], |came| &came.verdicts), now);
            // A guard that was not heard to its end might have denied it.
            let unheard = ended.is_some_and(|ended| ended != Ended::All);
            judged.decided.take_if(|answer| unheard && *answer.decision() == Decision::Allow);
            judged
        }
    }
}
