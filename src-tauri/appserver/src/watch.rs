//! Keeps one connection to whatever server a `CODEX_HOME` has, and follows every thread of it. Sleeps until the server or the
//! system says something.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::socket::{Place, control_socket};
use crate::{Attachment, Error, Event, Events, Loss, Thread, ThreadId};

use folders::Folders;
use following::{Followed, Following};

mod folders;
mod following;
#[cfg(test)]
mod tests;

/// A server that is about to listen may refuse for a moment: the first new try comes after this, each further one after twice the
/// time, and this often, in 10 s. Then only a change of its socket leads to another.
const SOON: Duration = Duration::from_millis(20);
const TRIES: u32 = 9;

/// A connection that lasted this long was a good one: after it, tries are counted anew.
const STEADY: Duration = Duration::from_secs(10);

/// What is told of one `CODEX_HOME`.
#[derive(Debug)]
pub struct Told {
    pub home: Arc<Path>,
    pub news: News,
}

#[derive(Debug)]
pub enum News {
    /// There is a connection. It lasts until [`Event::Lost`].
    Attached(Attachment),
    /// Events of this thread come from now on. The first of them may be told before this.
    Following(Thread),
    /// Events of this thread, or of all that there are, do not come. It is tried again when its status changes.
    NotFollowed {
        thread: Option<ThreadId>,
        error: Error,
    },
    Event(Event),
    /// There is a server to which we cannot connect. It is tried again when its socket changes.
    Failed(Error),
    /// A server that starts later will not be noticed.
    Unwatched(notify::Error),
}

/// Ends, with its connection, when it is dropped.
#[derive(Debug)]
pub struct Watch(JoinHandle<()>);

impl Watch {
    /// Watches over the server of this `CODEX_HOME`, an absolute path, whether or not there is one or the folder exists yet. Several
    /// can tell the same receiver; who does not take what is told makes servers end their connections.
    pub fn start(home: PathBuf, told: mpsc::Sender<Told>) -> Self {
        Self::start_with(home, told, Tries::after(SOON))
    }

    fn start_with(home: PathBuf, told: mpsc::Sender<Told>, tries: Tries) -> Self {
        Self(tokio::spawn(async move {
            let (wake, woken) = mpsc::channel(1);
            let teller = Teller { home: home.into(), told };
            let folders = match Folders::new(&teller.home, wake) {
                Ok(folders) => Some(folders),
                Err(error) => {
                    teller.tell(News::Unwatched(error)).await;
                    None
                }
            };
            Watcher { teller, folders, woken, tries, connected: None }.run().await;
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Teller {
    home: Arc<Path>,
    told: mpsc::Sender<Told>,
}

impl Teller {
    async fn tell(&self, news: News) {
        // Nobody listens: we are dropped soon.
        let _ = self.told.send(Told { home: Arc::clone(&self.home), news }).await;
    }
}

struct Watcher {
    teller: Teller,
    /// None where folders cannot be watched: then only the server that is there now is found.
    folders: Option<Folders>,
    woken: mpsc::Receiver<()>,
    tries: Tries,
    connected: Option<Connected>,
}

struct Connected {
    /// Which socket it went through.
    place: Place,
    since: Instant,
    events: Events,
    following: Following,
}

/// When to look again though nothing was heard of.
struct Tries {
    first: Duration,
    done: u32,
    next: Option<Instant>,
}

enum Step {
    Look,
    Event(Option<Event>),
    Followed(Followed),
}

impl Watcher {
    async fn run(mut self) {
        self.look().await;
        loop {
            match self.step().await {
                Step::Look => self.look().await,
                Step::Event(Some(event)) => self.hear(event).await,
                Step::Event(None) => self.lose().await,
                Step::Followed(followed) => self.teller.tell(followed.into()).await,
            }
            if self.teller.told.is_closed() {
                return;
            }
        }
    }

    async fn step(&mut self) -> Step {
        let Self { woken, tries, connected, .. } = self;
        tokio::select! {
            Some(()) = woken.recv() => {
                *tries = Tries::after(tries.first);
                Step::Look
            }
            () = tries.wait() => Step::Look,
            step = Connected::step(connected.as_mut()) => step,
        }
    }

    /// Connects to the server that is there now, unless it is the one we have.
    async fn look(&mut self) {
        self.tries.next = None;
        if let Some(Err(error)) = self.folders.as_mut().map(Folders::arm) {
            self.teller.tell(News::Unwatched(error)).await;
        }
        let Some(place) = Place::of(&control_socket(&self.teller.home)) else { return };
        match &self.connected {
            Some(connected) if connected.place == place => return,
            Some(_) => {
                self.connected = None;
                self.teller.tell(News::Event(Event::Lost(Loss::Replaced))).await;
            }
            None => {}
        }
        match Attachment::open(&self.teller.home).await {
            Ok((attachment, events)) => {
                let following = Following::start(attachment.clone());
                self.connected = Some(Connected { place: attachment.place, since: Instant::now(), events, following });
                self.teller.tell(News::Attached(attachment)).await;
            }
            Err(error) => self.try_again(Some(error)).await,
        }
    }

    async fn hear(&mut self, event: Event) {
        if let Some(Connected { following, .. }) = &mut self.connected {
            following.hear(&event);
        }
        self.teller.tell(News::Event(event)).await;
    }

    async fn lose(&mut self) {
        if self.connected.take().is_some_and(|connected| connected.since.elapsed() >= STEADY) {
            self.tries = Tries::after(self.tries.first);
        }
        self.try_again(None).await;
    }

    async fn try_again(&mut self, error: Option<Error>) {
        if self.tries.again() {
            return;
        }
        match error {
            // What it left behind when it was killed.
            None | Some(Error::NoServer(_)) => {}
            Some(error) => self.teller.tell(News::Failed(error)).await,
        }
    }
}

impl Connected {
    async fn step(this: Option<&mut Self>) -> Step {
        let Some(Self { events, following, .. }) = this else { return std::future::pending().await };
        tokio::select! {
            event = events.next() => Step::Event(event),
            followed = following.next() => Step::Followed(followed),
        }
    }
}

impl Tries {
    fn after(first: Duration) -> Self {
        Self { first, done: 0, next: None }
    }

    /// False when it was tried often enough.
    fn again(&mut self) -> bool {
        if self.done == TRIES {
            return false;
        }
        self.next = Some(Instant::now() + self.first * 2_u32.pow(self.done));
        self.done += 1;
        true
    }

    async fn wait(&self) {
        match self.next {
            Some(next) => sleep_until(next).await,
            None => std::future::pending().await,
        }
    }
}
