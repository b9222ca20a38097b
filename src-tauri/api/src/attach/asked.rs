//! One question of a server from beginning to end: its card, the answer that is chosen, and what counted.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use appserver::{About, Attachment, Error, Question, Schema, ThreadId};
use model::{Answer, Decision, RequestId, Timestamp, Why};
use protocol::event::new_id;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::carried::How;
use super::question::{self, Known};
use super::{Answers, Whose, whose};
use crate::asking::Desk;
use crate::compose::Asked;
use crate::dto;
use crate::live::{Arrived, Message, Settled};

/// How long a question is kept whose connection was lost: a new one brings it again.
const ADRIFT: Duration = Duration::from_secs(5);

/// A refusal ends its item at once. When nothing was heard of the item for so long after the question was closed, it was allowed.
const EVIDENCE: Duration = Duration::from_secs(2);

/// A sub-agent's sub-agent and so on: no conversation is deeper.
const DEPTH: usize = 16;

/// What a question's task is told by the connection.
#[derive(Debug)]
pub(super) enum Heard {
    /// Somebody answered it, or nobody needs to any more.
    Resolved,
    /// Its item came to an end, with this status.
    ItemEnded(Option<String>),
    /// The connection was lost.
    Adrift,
    /// It was asked again, on this connection.
    Again(Attachment, Box<Question>),
    /// Its turn is over; whether it was interrupted.
    TurnOver(Interrupted),
    /// Its thread is closed, or we are no client any more.
    Over,
}

/// Whether a turn ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interrupted {
    Yes,
    No,
}

/// A question, and what was known when it came.
pub(crate) struct Beside {
    pub(super) question: Question,
    pub(super) attachment: Attachment,
    pub(super) answers: watch::Receiver<Answers>,
    /// None: the thread has to be asked for.
    pub(super) whose: Option<Whose>,
    pub(super) item: Option<Value>,
    pub(super) prompt: Option<String>,
    pub(super) heard: mpsc::UnboundedReceiver<Heard>,
    /// Its connection was lost and has not come back yet.
    pub(super) adrift: bool,
}

/// What was heard of a question that is answered.
#[derive(Default)]
struct Evidence {
    resolved: bool,
    /// Whether its item was refused.
    refused: Option<bool>,
}

/// Carries a question from beginning to end. Only a chosen answer says anything to the server.
pub(crate) async fn attend(mut beside: Beside, desk: Desk) {
    let since = Instant::now();
    let received = SystemTime::now().into();
    let schema = beside.schema().await;
    let Some((id, asked, decided)) = beside.compose(&desk, schema.is_some(), received).await else { return };
    let (settle, settled) = oneshot::channel();
    if desk.live.send(Message::Asked(Box::new(asked), Arrived { since, decided }, settle)).await.is_err() {
        return;
    }
    let Some(Settled { row, place }) = beside.wait(&desk, &id, settled).await else { return };
    let decision = row.answer.decision().clone();
    if let Err(error) = desk.history.record_decision(row).await {
        tracing::error!(%error, request = %id, "a decision could not be recorded in time");
        let _ = desk.live.send(Message::Unrecorded(error.to_string())).await;
    }
    if let Some(place) = place {
        beside.answer(&desk, &id, place, schema.as_deref(), &decision).await;
    }
}

impl Beside {
    /// What may be answered to this server, once that is known.
    async fn schema(&mut self) -> Option<Arc<Schema>> {
        let known = self.answers.wait_for(|answers| !matches!(answers, Answers::Unread)).await.ok()?;
        match &*known {
            Answers::Known(schema) => Some(Arc::clone(schema)),
            Answers::Unread | Answers::Unknown(_) => None,
        }
    }

    /// The card, and what rules settle of it. None: a relay's card has asked it already, or it is over.
    async fn compose(
        &mut self,
        desk: &Desk,
        answerable: bool,
        received: Timestamp,
    ) -> Option<(RequestId, Asked, Option<(Answer, Option<String>)>)> {
        let whose = match self.whose.take() {
            Some(whose) => whose,
            None => self.find_whose().await?,
        };
        let new =
            new_id().map(RequestId::new).inspect_err(|error| tracing::error!(%error, "a question got no id")).ok()?;
        let known = Known { whose, item: self.item.take(), prompt: self.prompt.take() };
        let mut request = question::request(new, &self.question, known, received);
        let thread = self.question.thread.as_ref().map_or("", |thread| thread.0.as_str());
        match desk.attach.carried.take(thread, request.turn.as_ref(), &request.action) {
            Some((_, How::Shown)) => return None,
            Some((id, How::Abstained)) => request.id = id,
            None => {}
        }
        let offers = if answerable { question::offers(&self.question.choices) } else { Vec::new() };
        let (id, rules) = (request.id.clone(), desk.rules.clone());
        let compose = move || {
            let subject = rules.subject(&request);
            let mut judged = rules.judge(&subject, &[], received);
            let decided = judged.decided.take().map(|answer| (answer, judged.rule));
            (Asked::of(request, &subject, Vec::new(), Some(offers), &rules, received), decided)
        };
        let composed = tokio::task::spawn_blocking(compose).await;
        let composed = composed.inspect_err(|error| tracing::error!(%error, "a question could not be composed"));
        composed.ok().map(|(asked, decided)| (id, asked, decided))
    }

    async fn find_whose(&self) -> Option<Whose> {
        let mut threads = Vec::new();
        let mut next: Option<ThreadId> = self.question.thread.clone();
        while let Some(id) = next.take().filter(|_| threads.len() < DEPTH) {
            let thread = self.attachment.thread(&id).await.ok()?;
            next = thread.parent_thread_id.clone();
            threads.push(thread);
        }
        whose(&threads)
    }

    /// Waits until a person or a rule has chosen, or it is over without us. None: Hookwright ends.
    async fn wait(&mut self, desk: &Desk, id: &RequestId, mut settled: oneshot::Receiver<Settled>) -> Option<Settled> {
        loop {
            let heard = tokio::select! {
                biased;
                settled = &mut settled => return settled.ok(),
                heard = self.hear() => heard,
            };
            let why = match heard {
                Heard::Resolved => Why::Terminal,
                Heard::TurnOver(_) | Heard::Over | Heard::Adrift => Why::Withdrawn,
                Heard::ItemEnded(_) | Heard::Again(..) => continue,
            };
            desk.live.send(Message::Gone(id.clone(), why)).await.ok()?;
            return settled.await.ok();
        }
    }

    /// What is heard next. A lost connection is told when it did not come back in time.
    async fn hear(&mut self) -> Heard {
        loop {
            let heard =
                if self.adrift { timeout(ADRIFT, self.heard.recv()).await } else { Ok(self.heard.recv().await) };
            match heard {
                Ok(Some(Heard::Adrift)) => self.adrift = true,
                Ok(Some(Heard::Again(attachment, question))) => {
                    self.adrift = false;
                    (self.attachment, self.question) = (attachment.clone(), (*question).clone());
                    return Heard::Again(attachment, question);
                }
                Ok(Some(heard)) => return heard,
                Ok(None) => return Heard::Over,
                Err(_) => return Heard::Adrift,
            }
        }
    }

    /// Says what was chosen, and finds out whether it counted.
    async fn answer(
        &mut self,
        desk: &Desk,
        id: &RequestId,
        place: usize,
        schema: Option<&Schema>,
        decision: &Decision,
    ) {
        self.explain(desk, decision).await;
        match self.say(place, schema).await {
            Ok(()) => {
                let allows = *decision == Decision::Allow;
                let Some(taken) = self.counted(allows).await else { return };
                taken_by(desk, id, taken).await;
            }
            Err(Error::NotOpen) => taken_by(desk, id, false).await,
            Err(error) => {
                tracing::warn!(%error, request = %id, "an answer was not sent");
                let detail = format!("failed to {error}");
                let _ = desk.live.send(Message::Note(dto::Note { code: "answerUnsent".to_owned(), detail })).await;
                taken_by(desk, id, false).await;
            }
        }
    }

    /// Tells the model why it is refused: the answer itself takes no message. First, so that it reads both at once.
    async fn explain(&self, desk: &Desk, decision: &Decision) {
        let Decision::Deny { message } = decision else { return };
        let (Some(thread), Some(turn)) = (&self.question.thread, &self.question.turn) else { return };
        if message.is_empty() || !self.attachment.asks(&self.question) {
            return;
        }
        if let Err(error) = self.attachment.steer(thread, turn, message).await {
            tracing::warn!(%error, "the words for the model were not taken");
            let detail = format!("failed to {error}");
            let _ = desk.live.send(Message::Note(dto::Note { code: "wordsUnsent".to_owned(), detail })).await;
        }
    }

    async fn say(&mut self, place: usize, schema: Option<&Schema>) -> Result<(), Error> {
        let unsaid = || Error::NotOffered(String::new());
        let schema = schema.ok_or_else(unsaid)?;
        let decision = self.question.choices.get(place).ok_or_else(unsaid)?.decision.clone();
        match self.attachment.answer(&self.question, &decision, schema).await {
            // The connection may come back, with the same question.
            Err(Error::Ended(_)) => match self.hear().await {
                Heard::Again(..) => self.attachment.answer(&self.question, &decision, schema).await,
                Heard::Resolved | Heard::ItemEnded(_) | Heard::TurnOver(_) => Err(Error::NotOpen),
                Heard::Adrift | Heard::Over => Err(Error::Ended(String::new())),
            },
            said => said,
        }
    }

    /// Whether what we said is what counted. The server does not say whose answer it took, but what came of it does, where the
    /// two differ. None: that was not heard.
    async fn counted(&mut self, allows: bool) -> Option<bool> {
        let mut evidence = Evidence::default();
        loop {
            if let (true, Some(refused)) = (evidence.resolved, evidence.refused) {
                return Some(refused != allows);
            }
            if evidence.resolved && !self.tells() {
                return Some(true);
            }
            let waited = async { if evidence.resolved { sleep(EVIDENCE).await } else { std::future::pending().await } };
            let heard = tokio::select! {
                heard = self.hear() => heard,
                () = waited => return Some(allows),
            };
            match heard {
                Heard::Resolved => evidence.resolved = true,
                Heard::ItemEnded(status) => evidence.refused = Some(status.as_deref() == Some("declined")),
                Heard::Again(..) => {}
                // A refusal that ends the turn may leave its item without an end.
                Heard::TurnOver(Interrupted::Yes) => {
                    evidence = Evidence { resolved: true, refused: evidence.refused.or(Some(true)) };
                }
                Heard::TurnOver(Interrupted::No) => evidence.resolved = true,
                Heard::Over if evidence.resolved => return Some(allows),
                Heard::Over | Heard::Adrift => return None,
            }
        }
    }

    /// Whether the end of its item tells what was answered: that of a command which runs already does not.
    fn tells(&self) -> bool {
        let whole = matches!(self.question.about, About::Command { .. } | About::FileChange { .. });
        whole && self.question.approval.is_none()
    }
}

async fn taken_by(desk: &Desk, id: &RequestId, taken: bool) {
    // Told after it is committed: who hears of it reads it.
    if let Err(error) = desk.history.record_taken(id.clone(), taken).await {
        tracing::error!(%error, request = %id, "could not record whether an answer was taken");
    }
    let _ = desk.live.send(Message::Taken(id.clone(), taken)).await;
}
