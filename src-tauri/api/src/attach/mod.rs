//! The other screen of conversations that run in terminals: we are a client of the server that an agent's terminals share, see its
//! hook runs, and answer beside them.
//!
//! ```text
//! Watch (appserver) ── Told ──> run::Loop ──> home::Home ── runs ──> history, Live
//!                                                  └ a question ──> asked::attend ──> the queue of requests
//!                                                                        └ what a person or a rule chose ──> the server
//! ```
//!
//! To a server's request nothing is said unless a person or a rule chose one of its own answers.

mod asked;
mod carried;
mod home;
mod question;
mod run;
mod runs;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use agents::Ask;
use appserver::{Attachment, Client, Schema, Thread, ThreadId};
use model::{RequestId, SessionId, Subagent, SubagentId, Timestamp};
use tokio::sync::watch;

use crate::card::pieces;
use crate::mutex::lock;
use crate::{Paths, Settings, dto};
pub(crate) use asked::{Beside, attend};
use carried::{Carried, How};
pub(crate) use run::Loop;

/// Where a thread belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    /// Of the root thread.
    pub(crate) session: SessionId,
    /// The thread itself, where it is a sub-agent's.
    pub(crate) subagent: Option<Subagent>,
    /// The root thread's folder.
    pub(crate) project: Option<PathBuf>,
}

/// What may be answered to a server.
#[derive(Clone, Debug)]
enum Answers {
    /// The installed agent is being asked.
    Unread,
    Known(Arc<Schema>),
    /// Nothing; the text says why.
    Unknown(String),
}

/// Our place at the servers of all homes that are watched.
pub(crate) struct Attach {
    usual: PathBuf,
    wanted: watch::Sender<BTreeSet<PathBuf>>,
    places: Mutex<BTreeMap<PathBuf, Place>>,
    carried: Carried,
}

/// What there is of one home's server.
#[derive(Default)]
struct Place {
    standing: Standing,
    /// Those whose events come here, with the root's of each.
    followed: BTreeMap<ThreadId, SessionId>,
}

#[derive(Default)]
enum Standing {
    #[default]
    NoServer,
    Attached {
        attachment: Attachment,
        answers: watch::Receiver<Answers>,
        since: Timestamp,
    },
    Failed(String),
    Unwatched(String),
}

impl Attach {
    pub(crate) fn new(paths: &Paths, settings: &Settings) -> Arc<Self> {
        let usual = paths.codex().to_owned();
        let wanted = watch::Sender::new(homes(&usual, settings));
        Arc::new(Self { usual, wanted, places: Mutex::default(), carried: Carried::default() })
    }

    /// Lets these settings hold from now on.
    pub(crate) fn set(&self, settings: &Settings) {
        let homes = homes(&self.usual, settings);
        self.wanted.send_if_modified(|wanted| {
            let other = *wanted != homes;
            *wanted = homes;
            other
        });
    }

    /// What there is to see of each home that is watched; of the usual one also where none is.
    pub(crate) fn views(&self) -> Vec<dto::AttachedView> {
        let places = lock(&self.places);
        let wanted = self.wanted.borrow().clone();
        let off = (!wanted.contains(&self.usual)).then(|| view(&self.usual, dto::AttachState::Off));
        let unseen = Place::default();
        let seen = wanted.iter().map(|home| places.get(home).unwrap_or(&unseen).view(home));
        off.into_iter().chain(seen).collect()
    }

    /// The client of the server of this home, where there is one.
    pub(crate) fn client(&self, home: &Path) -> Option<Client> {
        match &lock(&self.places).get(home)?.standing {
            Standing::Attached { attachment, .. } => Some(attachment.client()),
            Standing::NoServer | Standing::Failed(_) | Standing::Unwatched(_) => None,
        }
    }

    /// The connection to the server of the usual home, and the sessions that are followed there.
    pub(crate) fn sessions(&self) -> Option<(Attachment, BTreeSet<SessionId>)> {
        let places = lock(&self.places);
        let Place { standing, followed } = places.get(&self.usual)?;
        match standing {
            Standing::Attached { attachment, .. } => Some((attachment.clone(), followed.values().cloned().collect())),
            Standing::NoServer | Standing::Failed(_) | Standing::Unwatched(_) => None,
        }
    }

    /// Whether the server will ask us what this hook asks, in a way that we can answer. Then the relay has to go back at once.
    /// Either way the question is known when it comes.
    pub(crate) fn carries(&self, id: &RequestId, ask: &Ask) -> bool {
        let thread = ThreadId(carried::thread(ask).to_owned());
        let beside = lock(&self.places).values().any(|place| place.answers_in(&thread));
        self.carried.add(id, ask, if beside { How::Abstained } else { How::Shown });
        beside
    }

    /// What a relay carried was allowed or denied: it is asked nowhere else.
    pub(crate) fn decided(&self, id: &RequestId) {
        self.carried.settled(id);
    }

    fn place(&self, home: &Path, change: impl FnOnce(&mut Place)) {
        change(lock(&self.places).entry(home.to_owned()).or_default());
    }
}

/// Which homes are to be watched.
fn homes(usual: &Path, settings: &Settings) -> BTreeSet<PathBuf> {
    let all = settings.codex_homes().iter().cloned().chain([usual.to_owned()]);
    all.filter(|home| settings.attach() && home.is_absolute()).collect()
}

impl Place {
    fn answers_in(&self, thread: &ThreadId) -> bool {
        match &self.standing {
            Standing::Attached { answers, .. } => {
                matches!(*answers.borrow(), Answers::Known(_)) && self.followed.contains_key(thread)
            }
            Standing::NoServer | Standing::Failed(_) | Standing::Unwatched(_) => false,
        }
    }

    fn view(&self, home: &Path) -> dto::AttachedView {
        use dto::AttachState::{Attached, Connecting, Failed, NoServer, SeesOnly, Unwatched};
        let detailed = |state, detail: &str| dto::AttachedView { detail: Some(pieces(detail)), ..view(home, state) };
        match &self.standing {
            Standing::NoServer => view(home, NoServer),
            Standing::Failed(why) => detailed(Failed, why),
            Standing::Unwatched(why) => detailed(Unwatched, why),
            Standing::Attached { attachment, answers, since } => {
                let sessions: BTreeSet<_> = self.followed.values().collect();
                let seen = match &*answers.borrow() {
                    Answers::Unread => view(home, Connecting),
                    Answers::Known(_) => view(home, Attached),
                    Answers::Unknown(why) => detailed(SeesOnly, why),
                };
                dto::AttachedView {
                    version: attachment.server().version.as_ref().map(ToString::to_string),
                    since: Some(since.0.to_string()),
                    sessions: u32::try_from(sessions.len()).unwrap_or(u32::MAX),
                    ..seen
                }
            }
        }
    }
}

/// Of a server of which nothing is known but this.
pub(crate) fn view(home: &Path, state: dto::AttachState) -> dto::AttachedView {
    let home = pieces(&home.to_string_lossy());
    dto::AttachedView { home, state, version: None, since: None, sessions: 0, detail: None }
}

impl Whose {
    /// Of a thread of which nothing is known.
    fn alone(thread: &ThreadId) -> Self {
        Self { session: SessionId::new(&*thread.0), subagent: None, project: None }
    }
}

/// Where the first of these belongs; each is followed by the one that started it.
fn whose<'a>(line: impl IntoIterator<Item = &'a Thread>) -> Option<Whose> {
    let line: Vec<_> = line.into_iter().collect();
    let (thread, root) = (line.first()?, line.last()?);
    let session = root.parent_thread_id.as_ref().unwrap_or(&root.id);
    let inside = thread.parent_thread_id.is_some();
    let subagent = inside.then(|| Subagent { id: SubagentId::new(&*thread.id.0), role: role(thread) });
    Some(Whose { session: SessionId::new(&*session.0), subagent, project: root.cwd.clone() })
}

/// As hooks call it: the role, else `default`.
fn role(thread: &Thread) -> String {
    let spawned = &thread.source["subAgent"]["thread_spawn"];
    spawned["agent_role"].as_str().unwrap_or("default").to_owned()
}
