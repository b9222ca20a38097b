//! From a call at the endpoint to what the loop understands, and the answer back. One task per call.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use agents::{Ask, Context, Parsed};
use bridge::{Call, Line};
use decisions::Digest;
use history::row;
use model::{Agent, EventId, HookEvent, PermissionRequest, Reported, RequestId, Reviewer, Timestamp, TurnId};
use protocol::event::new_id;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;

use crate::live::{Message, Settled};
use crate::memory::Memory;
use crate::{card, dto, happened};

/// How long reading the agent's transcript may hold up a request.
const TRANSCRIPT_WITHIN: Duration = Duration::from_millis(500);

/// How far back a relay may say that its event was, in milliseconds.
const OLDEST: i64 = 10 * 60 * 1000;

/// A permission request, ready to be shown.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: PermissionRequest,
    pub(crate) shown: dto::Shown,
    pub(crate) shown_json: String,
    pub(crate) digest: Digest,
    pub(crate) summary: String,
}

/// Everything a call's task needs.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) memory: Arc<Memory>,
    pub(crate) history: history::Writer,
    pub(crate) live: mpsc::Sender<Message>,
    /// Notified when a relay is left to keep its event itself.
    pub(crate) missed: Arc<Notify>,
}

/// Carries one call from beginning to end. Whatever fails, fails to no decision.
pub(crate) async fn attend(call: Call, desk: Desk) {
    let Call { agent, event: id, at, payload, line } = call;
    let received = SystemTime::now().into();
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
    let row = row::Event {
        id: event_id,
        at: happened_at(at, received),
        reported: Reported::Live,
        event,
        request: request.is_some().then(|| id.clone()),
    };
    let Some(ask) = request else {
        desk.store(row, line).await;
        return;
    };
    desk.queue(row).await;
    let asked = match desk.understand(id.clone(), agent, ask, transcript, received).await {
        Ok(asked) => asked,
        Err(error) => {
            tracing::error!(%error, "a request could not be composed; the agent gets no decision");
            return;
        }
    };
    let (settle, settled) = oneshot::channel();
    if desk.live.send(Message::Asked(Box::new(asked), settle)).await.is_ok() {
        desk.answer(agent, id, line, settled).await;
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

fn render(agent: Agent, decision: &model::Decision) -> Vec<u8> {
    match agent {
        Agent::Codex => agents::codex::render(decision).unwrap_or_default().into_bytes(),
    }
}

fn transcript_context(agent: Agent, path: &Path, turn: &TurnId) -> Option<Context> {
    match agent {
        Agent::Codex => agents::codex::transcript::context(path, turn),
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

    /// Answers an event that asks nothing, once it is in the history. What is not is kept by the relay, which hears nothing;
    /// the same id makes it harmless that the history may have it after all.
    async fn store(&self, row: row::Event, line: Line) {
        let view = happened::view(&row);
        let stored = self.history.record_event_committed(row).await;
        match &stored {
            Ok(()) => {
                let _ = line.reply.send(Vec::new());
            }
            Err(error) => {
                tracing::error!(%error, "an event is left to the relay to keep");
                drop(line);
                self.missed.notify_one();
            }
        }
        // Refused altogether, it happens for us when it comes in from the spool.
        if !matches!(stored, Err(history::Error::Full | history::Error::Closed)) {
            let _ = self.live.send(Message::Happened(vec![view])).await;
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

    async fn understand(
        &self,
        id: RequestId,
        agent: Agent,
        ask: Ask,
        transcript: Option<PathBuf>,
        received: Timestamp,
    ) -> io::Result<Asked> {
        let memory = self.memory.clone();
        let turn = ask.turn.clone();
        let context = match (transcript, turn) {
            (Some(path), Some(turn)) => {
                let reading = tokio::task::spawn_blocking(move || transcript_context(agent, &path, &turn));
                timeout(TRANSCRIPT_WITHIN, reading).await.ok().and_then(Result::ok).flatten()
            }
            _ => None,
        };
        let compose = move || compose(id, agent, ask, context, &memory, received);
        tokio::task::spawn_blocking(compose).await.map_err(io::Error::other)
    }

    /// Waits for the loop's answer or for the agent to go; commits the decision, then lets the reply leave.
    async fn answer(&self, agent: Agent, id: RequestId, line: Line, mut settled: oneshot::Receiver<Settled>) {
        let Line { reply, mut gone, taken } = line;
        let answer = tokio::select! {
            biased;
            answer = &mut settled => answer,
            _ = &mut gone => {
                if self.live.send(Message::Gone(id.clone())).await.is_err() {
                    return;
                }
                settled.await
            }
        };
        let Ok(Settled { answer, at, waited }) = answer else { return };
        let bytes = render(agent, answer.decision());
        let row = row::Decision { request: id.clone(), at, answer, waited };
        if let Err(error) = self.history.record_decision(row).await {
            tracing::error!(%error, request = %id, "a decision could not be recorded in time; the reply leaves all the same");
            let _ = self.live.send(Message::Unrecorded(error.to_string())).await;
        }
        let taken = reply.send(bytes).is_ok() && taken.await.unwrap_or(false);
        if let Err(error) = self.history.record_taken(id.clone(), taken) {
            tracing::error!(%error, request = %id, "could not record whether the reply was taken");
        }
        let _ = self.live.send(Message::Taken(id, taken)).await;
    }
}

fn compose(
    id: RequestId,
    agent: Agent,
    ask: Ask,
    context: Option<Context>,
    memory: &Memory,
    received: Timestamp,
) -> Asked {
    let Context { cwd, approval_policy, reviewer, prompt } =
        context.unwrap_or(Context { cwd: None, approval_policy: None, reviewer: Reviewer::Unknown, prompt: None });
    let project = cwd.or_else(|| memory.folder(&ask.session)).map(resolved);
    let runs_outside = match &project {
        Some(project) => !resolved(ask.runs_in.clone()).starts_with(project),
        None => false,
    };
    let asked = match ask.subagent {
        Some(_) => None,
        None => prompt.or_else(|| memory.prompt(&ask.session, ask.turn.as_ref())),
    };
    let request = PermissionRequest {
        id,
        agent,
        session: ask.session,
        turn: ask.turn,
        subagent: ask.subagent,
        project,
        runs_in: ask.runs_in,
        tool: ask.tool,
        action: ask.action,
        said: ask.said,
        asked,
        reviewer,
        approval_policy,
        received,
    };
    let shown = card::shown(&request, runs_outside);
    let (digest, shown_json) = card::digest(&shown);
    let summary = card::summary(&request);
    Asked { request, shown, shown_json, digest, summary }
}

/// Without symbolic links, where that can be told.
fn resolved(path: PathBuf) -> PathBuf {
    path.canonicalize().unwrap_or(path)
}
