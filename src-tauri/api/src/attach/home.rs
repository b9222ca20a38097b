//! What one watched server tells, as it comes: threads, runs, and the questions of each.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;

use appserver::{Attachment, Event, HookNews, Item, ItemId, Question, RequestId, Thread, ThreadId, Turn, TurnStatus};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::asked::{Beside, Heard, Interrupted};
use super::runs::Runs;
use super::{Answers, Whose, whose};

/// So many questions are kept in mind; more can only be answered in the terminal.
const QUESTIONS: usize = 1024;
/// Items that may be asked about, the oldest is forgotten.
const ITEMS: usize = 256;
/// Threads of which a prompt is known.
const PROMPTS: usize = 256;

/// One question of one server, also when it is asked again after a reconnect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    id: RequestId,
    thread: Option<ThreadId>,
    item: Option<ItemId>,
    approval: Option<String>,
}

pub(super) struct Home {
    pub(super) path: PathBuf,
    connected: Option<Connected>,
    threads: BTreeMap<ThreadId, Thread>,
    /// Those whose events come here.
    followed: BTreeSet<ThreadId>,
    /// Changes of files as they began: their questions do not say what they are.
    items: VecDeque<(ItemId, Value)>,
    prompts: VecDeque<(ThreadId, String)>,
    questions: HashMap<Key, mpsc::UnboundedSender<Heard>>,
    pub(super) runs: Runs,
}

pub(super) struct Connected {
    pub(super) attachment: Attachment,
    pub(super) answers: watch::Receiver<Answers>,
}

impl Home {
    pub(super) fn new(path: PathBuf, runs: Runs) -> Self {
        Self {
            path,
            connected: None,
            threads: BTreeMap::new(),
            followed: BTreeSet::new(),
            items: VecDeque::new(),
            prompts: VecDeque::new(),
            questions: HashMap::new(),
            runs,
        }
    }

    pub(super) fn attached(&mut self, connected: Connected) {
        self.connected = Some(connected);
    }

    /// Every thread whose events come here, and where it belongs.
    pub(super) fn followed(&self) -> impl Iterator<Item = (&ThreadId, Whose)> {
        self.followed.iter().map(|id| (id, self.whose(id)))
    }

    pub(super) fn following(&mut self, thread: Thread) {
        self.followed.insert(thread.id.clone());
        self.threads.insert(thread.id.clone(), thread);
    }

    pub(super) fn closed(&mut self, thread: &ThreadId) {
        self.runs.over(thread, None);
        self.threads.remove(thread);
        self.followed.remove(thread);
        self.prompts.retain(|(of, _)| of != thread);
        self.end_questions(|key| key.thread.as_ref() == Some(thread), || Heard::Over);
    }

    pub(super) fn ran(&mut self, news: HookNews) {
        let whose = self.whose(&news.thread);
        self.runs.heard(news, &whose);
    }

    pub(super) fn item_started(&mut self, item: Item) {
        if item.kind != "fileChange" {
            return;
        }
        if self.items.len() == ITEMS {
            self.items.pop_front();
        }
        self.items.push_back((item.id, item.raw));
    }

    pub(super) fn item_completed(&mut self, item: &Item) {
        self.items.retain(|(id, _)| *id != item.id);
        if item.kind == "userMessage" {
            self.prompted(item);
        }
        let of_it = |key: &Key| key.item.as_ref() == Some(&item.id) && key.thread.as_ref() == Some(&item.thread);
        self.tell(of_it, || Heard::ItemEnded(item.status.clone()));
    }

    fn prompted(&mut self, item: &Item) {
        let parts = item.raw["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<_> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
        self.prompts.retain(|(of, _)| *of != item.thread);
        if self.prompts.len() == PROMPTS {
            self.prompts.pop_front();
        }
        self.prompts.push_back((item.thread.clone(), texts.join("\n")));
    }

    pub(super) fn turn_over(&mut self, turn: &Turn) {
        self.runs.over(&turn.thread, Some(&turn.id));
        let interrupted = if turn.status == TurnStatus::Interrupted { Interrupted::Yes } else { Interrupted::No };
        self.end_questions(|key| key.thread.as_ref() == Some(&turn.thread), || Heard::TurnOver(interrupted));
    }

    /// A new question; None: it was asked before, or cannot be taken.
    pub(super) fn asked(&mut self, question: Question) -> Option<Beside> {
        let Connected { attachment, answers } = self.connected.as_ref()?;
        let key = Key {
            id: question.id.clone()?,
            thread: question.thread.clone(),
            item: question.item.clone(),
            approval: question.approval.clone(),
        };
        if let Some(known) = self.questions.get(&key) {
            // A person may have put its card away.
            let _ = known.send(Heard::Again(attachment.clone(), Box::new(question)));
            return None;
        }
        if self.questions.len() == QUESTIONS {
            self.questions.retain(|_, task| !task.is_closed());
        }
        if self.questions.len() == QUESTIONS {
            tracing::warn!("a server asks more than can be shown");
            return None;
        }
        // Its task is told a handful of things at most.
        let (tell, heard) = mpsc::unbounded_channel();
        self.questions.insert(key, tell);
        let thread = question.thread.as_ref()?;
        let item = question.item.as_ref().and_then(|id| self.items.iter().find(|(of, _)| of == id));
        let prompt = self.prompts.iter().find(|(of, _)| of == thread);
        Some(Beside {
            attachment: attachment.clone(),
            answers: answers.clone(),
            whose: self.threads.contains_key(thread).then(|| self.whose(thread)),
            item: item.map(|(_, raw)| raw.clone()),
            prompt: prompt.map(|(_, prompt)| prompt.clone()),
            question,
            heard,
            adrift: false,
        })
    }

    pub(super) fn resolved(&mut self, thread: &ThreadId, id: &RequestId) {
        let it = |key: &Key| key.id == *id && key.thread.as_ref() == Some(thread);
        // Its item is still waited for.
        self.tell(it, || Heard::Resolved);
    }

    /// The connection is over.
    pub(super) async fn lost(&mut self) {
        self.connected = None;
        self.threads.clear();
        self.followed.clear();
        self.items.clear();
        self.tell(|_| true, || Heard::Adrift);
        self.runs.lost().await;
    }

    /// We are no client any more.
    pub(super) async fn end(&mut self) {
        self.lost().await;
        self.end_questions(|_| true, || Heard::Over);
    }

    fn tell(&self, which: impl Fn(&Key) -> bool, heard: impl Fn() -> Heard) {
        for (_, task) in self.questions.iter().filter(|(key, _)| which(key)) {
            // It may be answered and done.
            let _ = task.send(heard());
        }
    }

    fn end_questions(&mut self, which: impl Fn(&Key) -> bool, heard: impl Fn() -> Heard) {
        self.tell(&which, heard);
        self.questions.retain(|key, _| !which(key));
    }

    fn whose(&self, thread: &ThreadId) -> Whose {
        let mut line = Vec::new();
        let mut next = self.threads.get(thread);
        while let Some(found) = next.filter(|found| line.iter().all(|known: &&Thread| known.id != found.id)) {
            line.push(found);
            next = found.parent_thread_id.as_ref().and_then(|parent| self.threads.get(parent));
        }
        whose(line).unwrap_or_else(|| Whose::alone(thread))
    }
}

/// What is heard of events that concern more than one thing.
pub(super) enum Concerns {
    /// A conversation began or ended to be followed.
    Threads,
    Question(Box<Beside>),
    TurnOver(Turn),
    Nothing,
}

impl Home {
    pub(super) async fn hear(&mut self, event: Event) -> Concerns {
        match event {
            Event::HookStarted(news) | Event::HookCompleted(news) => self.ran(news),
            Event::ItemStarted(item) => self.item_started(item),
            Event::ItemCompleted(item) => self.item_completed(&item),
            Event::TurnCompleted(turn) => {
                self.turn_over(&turn);
                return Concerns::TurnOver(turn);
            }
            // Whose sub-agent it is, before it is followed.
            Event::ThreadStarted(thread) if !thread.ephemeral => {
                self.threads.insert(thread.id.clone(), thread);
            }
            Event::ThreadClosed(thread) => {
                self.closed(&thread);
                return Concerns::Threads;
            }
            Event::Asked(question) => {
                return self.asked(question).map_or(Concerns::Nothing, |beside| Concerns::Question(Box::new(beside)));
            }
            Event::Resolved { thread, id } => self.resolved(&thread, &id),
            Event::Lost(loss) => {
                tracing::info!(home = %self.path.display(), ?loss, "the connection to a server is over");
                self.lost().await;
                return Concerns::Threads;
            }
            Event::Unreadable(why) => tracing::warn!(why, "a server's message was not understood"),
            Event::ThreadStarted(_) | Event::ThreadStatus { .. } | Event::TurnStarted(_) | Event::Other { .. } => {}
        }
        Concerns::Nothing
    }
}
