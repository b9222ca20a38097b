//! Takes in what relays kept while no app took it: into the history and the stream of events. It never becomes a request, and
//! no later request is told of it: files can be planted. Only that a session ended ends what was allowed for it.

use std::ffi::OsString;
use std::future::poll_fn;
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};
use std::{io, vec};

use history::row;
use model::{EventId, Reported, Timestamp};
use protocol::spool::Spool;
use tokio::sync::{Notify, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::live::Message;
use crate::rules::Rules;
use crate::{Paths, asking, dto, happened};

/// The most that is read at once.
const STEP_FILES: usize = 500;
const STEP_BYTES: usize = 8 << 20;

/// How long a relay that was sent away may need to keep its event, and how long a slow history is left alone.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Makes the folder without which relays keep nothing. For the start and for connecting an agent; nothing else brings it back
/// after it was removed.
pub(crate) fn make(paths: &Paths) {
    let Ok(path) = paths.spool() else { return };
    // What is in the way shows when the folder is read; a state folder that takes none is told of by itself.
    if let Err(error) = Spool::make(&path) {
        tracing::error!(%error, "relays keep nothing");
    }
}

/// The task that takes in, beside everything else.
pub(crate) struct Intake {
    pub(crate) paths: Paths,
    pub(crate) history: history::Writer,
    pub(crate) rules: Arc<Rules>,
    pub(crate) live: mpsc::Sender<Message>,
    /// A relay may have kept an event although we run.
    pub(crate) missed: Arc<Notify>,
}

/// Why the files are left for another time.
enum Later {
    History(history::Error),
    Spool(protocol::Error),
    Ending,
}

impl Intake {
    /// Takes in what is there, and later whatever was missed. Ends with the history.
    pub(crate) async fn run(self) {
        let Ok(path) = self.paths.spool() else { return };
        let mut dropped = 0;
        loop {
            match self.take_in(&path, &mut dropped).await {
                Ok(()) => self.missed.notified().await,
                Err(Later::Ending | Later::History(history::Error::Closed)) => return,
                Err(Later::Spool(error)) => {
                    self.note("spoolRefused", format!("failed to {error}")).await;
                    self.missed.notified().await;
                }
                Err(Later::History(error)) => {
                    tracing::warn!(%error, "what relays kept stays in the spool for now");
                    // Fails only with the history; then the next try ends.
                    let _ = self.history.health().wait_for(|health| health.failing.is_none()).await;
                }
            }
            sleep(A_MOMENT).await;
        }
    }

    /// One pass over the folder. A file goes only when its event is committed, so that nothing is lost whenever this ends; the
    /// ids see to it that nothing comes twice.
    async fn take_in(&self, path: &Path, dropped: &mut u64) -> Result<(), Later> {
        let path = path.to_owned();
        let Some(mut pass) = blocking(move || Pass::open(&path)).await? else { return Ok(()) };
        loop {
            let (back, step) = blocking(move || Ok(pass.step())).await?;
            pass = back;
            if step.is_empty() {
                break;
            }
            let views = step.iter().map(|kept| kept.view.clone()).collect();
            let (names, rows) = step.into_iter().map(|kept| (kept.name, kept.row)).unzip::<_, _, Vec<_>, Vec<_>>();
            let ended: Vec<_> = rows.iter().filter_map(|row: &row::Event| asking::ended(&row.event)).cloned().collect();
            commit(&self.history, rows).await.map_err(Later::History)?;
            let rules = self.rules.clone();
            blocking(move || {
                ended.iter().for_each(|session| rules.session_ended(session, SystemTime::now().into()));
                Ok(())
            })
            .await?;
            self.live.send(Message::Happened(views)).await.map_err(|_| Later::Ending)?;
            pass = blocking(move || pass.remove(&names).map(|()| pass)).await?;
        }
        self.tell_refused(&pass).await;
        self.settle(pass, dropped).await
    }

    async fn tell_refused(&self, pass: &Pass) {
        match &pass.first_refused {
            Some((name, why)) => {
                let (count, folder) = (pass.refused, pass.spool.path().display());
                self.note("spoolRefused", format!("{count} in {folder}; the first, {name:?}: failed to {why}")).await;
            }
            None => {
                let _ = self.live.send(Message::ClearNote("spoolRefused")).await;
            }
        }
    }

    /// Tells of what had no room, and brings the account up to date.
    async fn settle(&self, pass: Pass, dropped: &mut u64) -> Result<(), Later> {
        let spool = pass.spool;
        let (more, spool) = blocking(move || Ok((spool.dropped(), spool))).await?;
        if more > 0 {
            self.history.record_gap(more).map_err(Later::History)?;
            *dropped += more;
            self.note("spoolDropped", dropped.to_string()).await;
        }
        blocking(move || spool.settle(more)).await
    }

    async fn note(&self, code: &'static str, detail: String) {
        // After the end nobody needs to know.
        let _ = self.live.send(Message::Note(dto::Note { code: code.to_owned(), detail })).await;
    }
}

/// An event of the spool, understood.
struct Kept {
    name: OsString,
    row: row::Event,
    view: dto::EventView,
}

/// One pass over the folder. Everything of it blocks.
struct Pass {
    spool: Spool,
    names: vec::IntoIter<OsString>,
    refused: usize,
    first_refused: Option<(OsString, String)>,
}

impl Pass {
    /// `None`: there is no folder, so nothing is kept.
    fn open(path: &Path) -> Result<Option<Self>, protocol::Error> {
        let spool = match Spool::open(path) {
            Err(protocol::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            spool => spool?,
        };
        spool.remove_stale_parts()?;
        let names = spool.list()?.into_iter();
        Ok(Some(Self { spool, names, refused: 0, first_refused: None }))
    }

    /// The next events. None are left when there are none.
    fn step(mut self) -> (Self, Vec<Kept>) {
        let (mut step, mut bytes) = (Vec::new(), 0);
        while step.len() < STEP_FILES
            && bytes < STEP_BYTES
            && let Some(name) = self.names.next()
        {
            match read(&self.spool, &name) {
                Ok(row) => {
                    bytes += row.event.payload.len();
                    step.push(Kept { name, view: happened::view(&row), row });
                }
                Err(why) => {
                    tracing::warn!(file = ?name, why, "a file of the spool was left alone");
                    self.refused += 1;
                    self.first_refused.get_or_insert((name, why));
                }
            }
        }
        (self, step)
    }

    fn remove(&self, names: &[OsString]) -> Result<(), protocol::Error> {
        names.iter().try_for_each(|name| self.spool.remove(name))
    }
}

/// Reads one event, or says why not.
fn read(spool: &Spool, name: &OsString) -> Result<row::Event, String> {
    let kept = spool.read(name).map_err(|error| error.to_string())?;
    let agent = kept.agent.parse().map_err(|_| "know the agent".to_owned())?;
    let parsed = asking::parse(agent, &kept.payload).map_err(|error| error.to_string())?;
    let now: Timestamp = SystemTime::now().into();
    let at = Timestamp(kept.at).min(now);
    Ok(row::Event {
        id: EventId::new(kept.id),
        at,
        reported: Reported::WhileClosed,
        event: parsed.event,
        request: None,
    })
}

/// Waits until all of them are committed. They are queued in their order, which a task for each would not do.
async fn commit(history: &history::Writer, rows: Vec<row::Event>) -> Result<(), history::Error> {
    let mut commits: Vec<_> = rows.into_iter().map(|row| Box::pin(history.record_event_committed(row))).collect();
    poll_fn(|context| {
        let mut failed = None;
        commits.retain_mut(|commit| match commit.as_mut().poll(context) {
            Poll::Pending => true,
            Poll::Ready(result) => {
                failed = failed.take().or(result.err());
                false
            }
        });
        match failed {
            Some(error) => Poll::Ready(Err(error)),
            None if commits.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, protocol::Error> + Send + 'static,
) -> Result<T, Later> {
    spawn_blocking(work).await.map_err(|_| Later::Ending)?.map_err(Later::Spool)
}
