//! The one loop: it owns the queue of open requests, gives every change its number, and tells who listens.

mod guarded;
mod open;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bridge::Incoming;
use decisions::{Digest, Queue, Refusal, Surface};
use model::{Answer, Decision, EventId, PermissionRequest, RequestId, Rule, SessionId, Timestamp, Why};
use protocol::Window;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

use crate::asking::{self, Desk};
use crate::attach::{self, Beside};
use crate::compose::Asked;
use crate::dto::{self, ChangeOf};
use crate::happened::Stream;
use crate::recorded::Recorded;
use crate::spool::Intake;
use crate::{Attended, Settings};
use open::Open;
pub(crate) use open::{Arrived, Chosen, Settled};

/// The history is looked through for what is too old or too much so often, while anything happens.
const PRUNED_EVERY: Duration = Duration::from_secs(60 * 60);

/// How long a quit waits for replies to be taken.
const QUIT_WITHIN: Duration = Duration::from_secs(4);

/// What the loop is told.
pub(crate) enum Message {
    /// A question of an agent's server, which its terminals ask as well.
    Beside(Box<Beside>),
    /// What there is to see of agents' servers is another now.
    Attached,
    /// Events, in their order.
    Happened(Vec<dto::EventView>),
    /// The newest events of earlier runs, oldest first.
    Earlier(Vec<dto::EventView>),
    Asked(Box<Asked>, Arrived, oneshot::Sender<Settled>),
    /// A request is over without us.
    Gone(RequestId, Why),
    Taken(RequestId, bool),
    Unrecorded(String),
    /// Runs of hosted hooks for this event are in the history.
    Ran(EventId),
    /// A recorded hook runs, or has ended and is in the history.
    Recorded(Box<dto::RecordedView>),
    Painted(Surface, RequestId, Digest, oneshot::Sender<Result<Duration, Refusal>>),
    Disturbed(Surface),
    Hidden(Surface),
    Decide(Surface, RequestId, Digest, Decision, oneshot::Sender<Result<(), Refusal>>),
    /// A person chose one of the agent's own answers.
    Choose(Surface, RequestId, Digest, Chosen, oneshot::Sender<Result<(), Refusal>>),
    /// What *Allow for this session* would make, where it could be pressed now.
    SessionRule(Surface, RequestId, Digest, oneshot::Sender<Result<Option<Rule>, Refusal>>),
    /// A request that waits.
    Waiting(RequestId, oneshot::Sender<Option<Arc<PermissionRequest>>>),
    /// Rules were made, and answer a request that waits.
    Ruled(RequestId, Answer, Option<String>),
    /// What counts of rules is another now.
    Rules,
    DenySession(SessionId, String, oneshot::Sender<u32>),
    Pause(Option<Duration>),
    Resume,
    Pick(RequestId),
    AskRule(RequestId),
    AskToQuit(oneshot::Sender<u32>),
    Stay,
    Note(dto::Note),
    ClearNote(&'static str),
    /// Something happened to the files of the endpoint.
    KeepEndpoint,
    Settings(Settings, Box<dto::SettingsView>),
    Subscribe(oneshot::Sender<(dto::Snapshot, broadcast::Receiver<dto::Update>)>),
    Live(oneshot::Sender<(dto::LiveSnapshot, broadcast::Receiver<dto::LiveUpdate>)>),
    Quit(oneshot::Sender<()>),
}

/// Until when requests are passed straight back.
#[derive(Clone, Copy)]
enum Pause {
    Until(Instant, Timestamp),
    UntilResumed,
}

pub(crate) struct Live {
    settings: Settings,
    settings_view: dto::SettingsView,
    attended: Attended,
    desk: Desk,
    show: mpsc::Sender<Window>,
    queue: Queue,
    open: HashMap<RequestId, Open>,
    pause: Option<Pause>,
    notes: Vec<dto::Note>,
    picked: Option<RequestId>,
    /// The request from which a person wants to make a rule, until the main window is put away.
    rule_asked: Option<RequestId>,
    quit_asked: bool,
    happened: Stream,
    pruned: Instant,
    endpoint: Option<bridge::Endpoint>,
    seq: u64,
    updates: broadcast::Sender<dto::Update>,
    calls: JoinSet<()>,
}

impl Live {
    pub(crate) fn new(
        settings: Settings,
        settings_view: dto::SettingsView,
        attended: Attended,
        desk: Desk,
        show: mpsc::Sender<Window>,
    ) -> Self {
        Self {
            settings,
            settings_view,
            attended,
            desk,
            show,
            queue: Queue::default(),
            open: HashMap::new(),
            pause: None,
            notes: Vec::new(),
            picked: None,
            rule_asked: None,
            quit_asked: false,
            happened: Stream::default(),
            pruned: Instant::now(),
            endpoint: None,
            seq: 0,
            updates: broadcast::Sender::new(1024),
            calls: JoinSet::new(),
        }
    }

    pub(crate) async fn run(
        mut self,
        endpoint: Option<bridge::Endpoint>,
        mut incoming: mpsc::Receiver<Incoming>,
        mut messages: mpsc::Receiver<Message>,
        intake: Intake,
        recorded: Recorded,
    ) {
        self.endpoint = endpoint;
        let mut taking_in = JoinSet::new();
        // Before anything is taken in: what is masked depends on it.
        self.desk.history.set_secrets(self.settings.secrets());
        taking_in.spawn(intake.run());
        taking_in.spawn(recorded.run());
        self.prune(Instant::now());
        let mut health = self.desk.history.health();
        // The history may have failed before anybody watched.
        health.mark_changed();
        let done = loop {
            let wake = self.next_wake();
            let timer = async {
                match wake {
                    Some(at) => sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                // First, so that no flood of messages holds up a deadline.
                () = timer => self.tick(Instant::now()),
                Some(message) = messages.recv() => match message {
                    Message::Quit(done) => break done,
                    other => self.handle(other),
                },
                Some(call) = incoming.recv() => self.take_in(call),
                Ok(()) = health.changed() => self.history_changed(&mut health),
                Some(_) = self.calls.join_next() => {}
            }
        };
        self.endpoint = None;
        taking_in.shutdown().await;
        while let Ok(call) = incoming.try_recv() {
            self.take_in(call);
        }
        self.hand_back(messages).await;
        let _ = done.send(());
    }

    fn take_in(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Call(call) => {
                self.calls.spawn(asking::attend(call, self.desk.clone()));
            }
            Incoming::Show(window) => {
                // Already asked for, when the channel is full.
                let _ = self.show.try_send(window);
            }
        }
    }

    fn handle(&mut self, message: Message) {
        let now = Instant::now();
        match message {
            Message::Beside(beside) => {
                self.calls.spawn(attach::attend(*beside, self.desk.clone()));
            }
            Message::Attached => self.tell(ChangeOf::AttachedChanged),
            Message::Happened(events) => {
                events.into_iter().for_each(|event| self.happened.push(event));
                if now.saturating_duration_since(self.pruned) > PRUNED_EVERY {
                    self.prune(now);
                }
            }
            Message::Earlier(events) => self.happened.begin(events),
            Message::Asked(asked, arrived, settle) => self.asked(*asked, arrived, settle, now),
            Message::Gone(id, why) => {
                if self.queue.close(&id) {
                    self.settle(&id, Answer::nobody(why), now);
                }
            }
            Message::Taken(id, taken) => {
                let taken = if taken { dto::Taken::Yes } else { dto::Taken::No };
                self.tell(ChangeOf::ReplyTaken { id: id.to_string(), taken });
            }
            Message::Ran(event) => self.tell(ChangeOf::HooksRan { event: event.to_string() }),
            Message::Unrecorded(detail) => self.note(dto::Note { code: "decisionUnrecorded".to_owned(), detail }),
            Message::Recorded(run) => self.happened.ran(*run),
            Message::Painted(surface, id, digest, reply) => {
                if let Some(open) = self.open.get(&id) {
                    let after: Duration = SystemTime::now().duration_since(open.received).unwrap_or_default();
                    tracing::debug!(request = %id, after_us = after.as_micros(), "request painted");
                }
                let _ = reply.send(self.queue.painted(surface, &id, &digest, now));
            }
            Message::Disturbed(surface) => {
                self.queue.disturbed(surface, now);
                self.tell(ChangeOf::Rearmed { window: surface.into() });
            }
            Message::Hidden(surface) => {
                if surface == Surface::Main {
                    self.rule_asked = None;
                }
                self.queue.hidden(surface);
            }
            Message::Decide(surface, id, digest, decision, reply) => {
                let _ = reply.send(self.decide(surface, &id, &digest, decision, now));
            }
            Message::Choose(surface, id, digest, chosen, reply) => {
                let _ = reply.send(self.choose(surface, &id, &digest, chosen, now));
            }
            Message::SessionRule(surface, id, digest, reply) => {
                let ready = self.queue.ready(surface, &id, &digest, now);
                let rule = || self.open.get(&id).and_then(|open| open.session_rule.clone());
                let _ = reply.send(ready.map(|()| rule()));
            }
            Message::Waiting(id, reply) => {
                let _ = reply.send(self.open.get(&id).map(|open| Arc::clone(&open.request)));
            }
            Message::Ruled(id, answer, rule) => {
                self.ruled(&id, answer, rule, now);
            }
            Message::Rules => {
                let allow_rules = self.desk.rules.allowing(SystemTime::now().into());
                self.tell(ChangeOf::RulesChanged { allow_rules });
            }
            Message::DenySession(session, message, reply) => {
                let _ = reply.send(self.deny_session(&session, &message, now));
            }
            Message::Pause(length) => self.pause(length, now),
            Message::Resume => self.resume(),
            Message::Pick(id) => {
                self.tell(ChangeOf::RequestPicked { id: id.to_string() });
                self.picked = Some(id);
            }
            Message::AskRule(id) => {
                self.tell(ChangeOf::RuleAsked { id: id.to_string() });
                self.rule_asked = Some(id);
            }
            Message::AskToQuit(reply) => {
                let waiting = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
                if waiting > 0 {
                    self.quit_asked = true;
                    self.tell(ChangeOf::QuitAsked { waiting });
                }
                let _ = reply.send(waiting);
            }
            Message::Stay => self.quit_asked = false,
            Message::Note(note) => self.note(note),
            Message::ClearNote(code) => self.clear_note(code),
            Message::KeepEndpoint => self.keep_endpoint(),
            Message::Settings(settings, view) => {
                if let Some(endpoint) = &self.endpoint {
                    endpoint.set_answer_within(limits(&settings).answer_within);
                }
                self.settings = settings;
                self.settings_view = (*view).clone();
                self.desk.history.set_secrets(self.settings.secrets());
                self.prune(now);
                self.tell(ChangeOf::SettingsChanged { settings: view });
            }
            Message::Subscribe(reply) => {
                let _ = reply.send((self.snapshot(), self.updates.subscribe()));
            }
            Message::Live(reply) => self.happened.subscribe(reply),
            Message::Quit(_) => unreachable!("the loop takes it"),
        }
    }

    /// Gives up what is older, and more, than a person wants kept.
    fn prune(&mut self, now: Instant) {
        self.pruned = now;
        let history = &self.desk.history;
        let before = self.settings.keep().and_then(|age| SystemTime::now().checked_sub(age));
        let pruned = before.map_or(Ok(()), |before| history.prune(before.into()));
        let shrunk = self.settings.keep_bytes().map_or(Ok(()), |bytes| history.shrink(bytes));
        if let Err(error) = pruned.and(shrunk) {
            tracing::warn!(%error, "old rows of the history stay");
        }
    }

    fn next_wake(&self) -> Option<Instant> {
        let resume = match self.pause {
            Some(Pause::Until(at, _)) => Some(at),
            Some(Pause::UntilResumed) | None => None,
        };
        self.queue.next_deadline().into_iter().chain(resume).min()
    }

    fn tick(&mut self, now: Instant) {
        for id in self.queue.expire(now) {
            self.settle(&id, Answer::nobody(Why::Expired), now);
        }
        if matches!(self.pause, Some(Pause::Until(at, _)) if at <= now) {
            self.resume();
        }
    }

    fn pause(&mut self, length: Option<Duration>, now: Instant) {
        self.pause = Some(match length {
            Some(length) => Pause::Until(now + length, (SystemTime::now() + length).into()),
            None => Pause::UntilResumed,
        });
        self.settle_all(Why::Paused, now);
        self.tell(ChangeOf::PauseChanged { paused: self.paused() });
    }

    fn resume(&mut self) {
        self.pause = None;
        self.tell(ChangeOf::PauseChanged { paused: None });
    }

    fn paused(&self) -> Option<dto::Paused> {
        self.pause.map(|pause| dto::Paused {
            until: match pause {
                Pause::Until(_, at) => Some(at.0.to_string()),
                Pause::UntilResumed => None,
            },
        })
    }

    fn history_changed(&mut self, health: &mut watch::Receiver<history::Health>) {
        let health = health.borrow_and_update().clone();
        match health.failing {
            Some(detail) => self.note(dto::Note { code: "historyFailing".to_owned(), detail }),
            None => self.clear_note("historyFailing"),
        }
        if health.lost > 0 {
            self.note(dto::Note { code: "historyLost".to_owned(), detail: health.lost.to_string() });
        }
    }

    /// One note per code; a newer one replaces the older.
    fn note(&mut self, note: dto::Note) {
        if self.notes.contains(&note) {
            return;
        }
        self.notes.retain(|other| other.code != note.code);
        self.notes.push(note);
        self.tell(ChangeOf::NotesChanged { notes: self.notes.clone() });
    }

    fn clear_note(&mut self, code: &str) {
        let before = self.notes.len();
        self.notes.retain(|note| note.code != code);
        if self.notes.len() < before {
            self.tell(ChangeOf::NotesChanged { notes: self.notes.clone() });
        }
    }

    fn snapshot(&self) -> dto::Snapshot {
        dto::Snapshot {
            seq: self.seq.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            waiting: self.queue.ids().filter_map(|id| self.open.get(id)).map(|open| open.card.clone()).collect(),
            paused: self.paused(),
            notes: self.notes.clone(),
            picked: self.picked.as_ref().filter(|id| self.open.contains_key(id)).map(RequestId::to_string),
            rule_asked: self.rule_asked.as_ref().map(RequestId::to_string),
            quit_asked: self.quit_asked,
            allow_rules: self.desk.rules.allowing(SystemTime::now().into()),
            settings: self.settings_view.clone(),
        }
    }

    fn tell(&mut self, change: ChangeOf) {
        self.seq += 1;
        let at: Timestamp = SystemTime::now().into();
        // Nobody listening is fine: the next one takes a snapshot.
        let _ = self.updates.send(dto::Update { seq: self.seq.to_string(), at: at.0.to_string(), change });
    }

    /// Gives every open request back and waits for the replies to be taken; the history is closed last.
    async fn hand_back(&mut self, mut messages: mpsc::Receiver<Message>) {
        self.desk.hosted.end();
        self.settle_all(Why::Quit, Instant::now());
        let finish = async {
            loop {
                tokio::select! {
                    next = self.calls.join_next() => if next.is_none() { break },
                    // A call that was on its way in gets no decision; its task ends when its answer cannot come any more.
                    Some(_) = messages.recv() => {}
                }
            }
        };
        if timeout(QUIT_WITHIN, finish).await.is_err() {
            tracing::warn!("some replies were not taken before the end");
        }
        self.desk.history.close().await;
    }
}

impl From<Surface> for dto::Surface {
    fn from(surface: Surface) -> Self {
        match surface {
            Surface::Popup => Self::Popup,
            Surface::Main => Self::Main,
        }
    }
}

impl From<dto::Surface> for Surface {
    fn from(surface: dto::Surface) -> Self {
        match surface {
            dto::Surface::Popup => Self::Popup,
            dto::Surface::Main => Self::Main,
        }
    }
}

/// Relays are told the longest waiting time of any agent.
pub(crate) fn limits(settings: &Settings) -> bridge::Limits {
    bridge::Limits { answer_within: settings.longest_waiting() + Duration::from_secs(3), ..bridge::Limits::default() }
}
