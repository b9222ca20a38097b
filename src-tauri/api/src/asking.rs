//! From a call at the endpoint to what the loop understands, and the answer back. One task per call.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use agents::{Ask, Context, Parsed};
use bridge::{Call, Line};
use decisions::Digest;
use history::row;
use model::{Agent, HookEvent, PermissionRequest, RequestId, Reviewer, TurnId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::live::{Message, Settled};
use crate::memory::Memory;
use crate::{card, dto};

/// How long reading the agent's transcript may hold up a request.
const TRANSCRIPT_WITHIN: Duration = Duration::from_millis(500);

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
}

/// Carries one call from beginning to end. Whatever fails, fails to no decision.
pub(crate) async fn attend(call: Call, desk: Desk) {
    let Call { agent, payload, line } = call;
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
    if desk.live.send(Message::Happened(row::Event { at: received, event })).await.is_err() {
        return;
    }
    let Some(ask) = request else {
        let _ = line.reply.send(Vec::new());
        return;
    };
    let asked = match desk.understand(agent, ask, transcript, received).await {
        Ok(asked) => asked,
        Err(error) => {
            tracing::error!(%error, "a request got no id; the agent gets no decision");
            return;
        }
    };
    let id = asked.request.id.clone();
    let (settle, settled) = oneshot::channel();
    if desk.live.send(Message::Asked(Box::new(asked), settle)).await.is_ok() {
        desk.answer(agent, id, line, settled).await;
    }
}

fn parse(agent: Agent, payload: &[u8]) -> Result<Parsed, agents::Error> {
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

    async fn understand(
        &self,
        agent: Agent,
        ask: Ask,
        transcript: Option<PathBuf>,
        received: model::Timestamp,
    ) -> io::Result<Asked> {
        let id = new_id()?;
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
    received: model::Timestamp,
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

/// 128 random bits.
fn new_id() -> io::Result<RequestId> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(RequestId::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}
