//! Which threads of a server we follow: every one that can be, one call after the other.

use std::collections::{HashMap, VecDeque};

use tokio::task::JoinSet;

use super::News;
use crate::{Attachment, Error, Event, Thread, ThreadId, ThreadStatus};

pub(super) struct Following {
    threads: HashMap<ThreadId, Standing>,
    waiting: VecDeque<ThreadId>,
    /// At most one.
    call: JoinSet<Done>,
    attachment: Attachment,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is its turn soon, or now.
    Wanted,
    /// And something has happened to it since.
    WantedAgain,
    Followed,
    /// Maybe it has had no turn. Whenever something happens to it, it may have.
    NotYet,
    /// Nobody's conversation.
    Ephemeral,
}

enum Done {
    Listed(Result<Vec<ThreadId>, Error>),
    Tried(ThreadId, Tried),
}

enum Tried {
    Followed(Box<Thread>),
    Ephemeral,
    /// It has left the memory meanwhile: following it would load it.
    Gone,
    Refused(ThreadStatus, Error),
}

/// What became of one thread, or of the list of them.
pub(super) enum Followed {
    Yes(Thread),
    No(Option<ThreadId>, Error),
}

impl Following {
    pub(super) fn start(attachment: Attachment) -> Self {
        let mut call = JoinSet::new();
        let lists = attachment.clone();
        call.spawn(async move { Done::Listed(lists.loaded().await) });
        Self { threads: HashMap::new(), waiting: VecDeque::new(), call, attachment }
    }

    /// A thread that opens is followed from its first turn on, one that is loaded at once.
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::ThreadStarted(Thread { id, ephemeral: true, .. }) => self.set(id, Standing::Ephemeral),
            Event::ThreadStarted(Thread { id, status: ThreadStatus::Idle, .. }) => {
                self.threads.entry(id.clone()).or_insert(Standing::NotYet);
            }
            Event::ThreadStarted(thread) => self.want_new(&thread.id),
            Event::ThreadStatus { thread, status: ThreadStatus::NotLoaded } | Event::ThreadClosed(thread) => {
                self.threads.remove(thread);
                self.waiting.retain(|waits| waits != thread);
            }
            Event::ThreadStatus { thread, .. } => match self.threads.get(thread) {
                None | Some(Standing::NotYet) => self.want(thread),
                Some(Standing::Wanted) => self.set(thread, Standing::WantedAgain),
                Some(Standing::WantedAgain | Standing::Followed | Standing::Ephemeral) => {}
            },
            _ => {}
        }
    }

    /// What became of the next thread. Never comes back while there is none.
    pub(super) async fn next(&mut self) -> Followed {
        loop {
            let done = match self.call.join_next().await {
                Some(Ok(done)) => done,
                Some(Err(_)) => continue,
                None => std::future::pending().await,
            };
            let followed = self.settle(done);
            self.call_next();
            if let Some(followed) = followed {
                return followed;
            }
        }
    }

    fn settle(&mut self, done: Done) -> Option<Followed> {
        match done {
            Done::Listed(Ok(threads)) => threads.iter().for_each(|thread| self.want_new(thread)),
            // The loss is told already.
            Done::Listed(Err(Error::Ended(_))) | Done::Tried(_, Tried::Refused(_, Error::Ended(_))) => {}
            Done::Listed(Err(error)) => return Some(Followed::No(None, error)),
            Done::Tried(id, Tried::Followed(thread)) => {
                // Unless it was closed meanwhile.
                self.threads.entry(id).and_modify(|standing| *standing = Standing::Followed);
                return Some(Followed::Yes(*thread));
            }
            Done::Tried(id, Tried::Ephemeral) => self.set(&id, Standing::Ephemeral),
            Done::Tried(id, Tried::Gone) => drop(self.threads.remove(&id)),
            Done::Tried(id, Tried::Refused(status, error)) => {
                let before = self.threads.insert(id.clone(), Standing::NotYet);
                match (before, status) {
                    (Some(Standing::WantedAgain), _) => self.want(&id),
                    (_, ThreadStatus::Idle) => {}
                    (_, _) => return Some(Followed::No(Some(id), error)),
                }
            }
        }
        None
    }

    fn set(&mut self, thread: &ThreadId, standing: Standing) {
        self.threads.insert(thread.clone(), standing);
    }

    fn want_new(&mut self, thread: &ThreadId) {
        if !self.threads.contains_key(thread) {
            self.want(thread);
        }
    }

    fn want(&mut self, thread: &ThreadId) {
        self.set(thread, Standing::Wanted);
        self.waiting.push_back(thread.clone());
        self.call_next();
    }

    fn call_next(&mut self) {
        if self.call.is_empty()
            && let Some(thread) = self.waiting.pop_front()
        {
            let attachment = self.attachment.clone();
            self.call.spawn(async move {
                let tried = follow(&attachment, &thread).await;
                Done::Tried(thread, tried)
            });
        }
    }
}

async fn follow(attachment: &Attachment, thread: &ThreadId) -> Tried {
    let status = match attachment.thread(thread).await {
        Ok(Thread { ephemeral: true, .. }) => return Tried::Ephemeral,
        Ok(Thread { status: ThreadStatus::NotLoaded, .. }) => return Tried::Gone,
        Ok(Thread { status, .. }) => status,
        Err(error) => return Tried::Refused(ThreadStatus::Unknown, error),
    };
    let followed = attachment.follow(thread).await;
    match followed {
        Ok(thread) => Tried::Followed(Box::new(thread)),
        Err(error) => Tried::Refused(status, error),
    }
}

impl From<Followed> for News {
    fn from(followed: Followed) -> Self {
        match followed {
            Followed::Yes(thread) => Self::Following(thread),
            Followed::No(thread, error) => Self::NotFollowed { thread, error },
        }
    }
}
