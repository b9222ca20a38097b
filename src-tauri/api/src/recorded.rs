//! Takes in the journals of recorded hooks: into the history, and into the stream of what happens. The hook was the agent's to
//! run and its answer the agent's to take: nothing here asks, decides or runs anything.

mod row;
mod running;
mod whose;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::discover::Places;
use model::{Agent, Reported};
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use protocol::journal::{Runs, State, Stream};
use tokio::sync::{Notify, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::live::Message;
use crate::memory::Memory;
use crate::mutex::lock;
use crate::{Paths, dto, happened, hooks};
pub(crate) use running::Running;
pub(crate) use whose::{Configured, recorded};

/// The most that is read at once.
const STEP_FILES: usize = 500;
const STEP_BYTES: usize = 8 << 20;

/// From one look to the next, so that a hook that writes and writes keeps nobody busy.
const A_MOMENT: Duration = Duration::from_millis(10);

/// The system tells that a journal was closed just before it lets go of the lock on it: so often is looked again.
const LOOKS: usize = 5;

/// Somebody who could write is done.
const CLOSED: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));

/// Makes the folder without which nothing is recorded.
pub(crate) fn make(paths: &Paths) {
    let Ok(path) = paths.runs() else { return };
    // What is in the way shows when the folder is read; a state folder that takes none is told of by itself.
    if let Err(error) = Runs::make(&path) {
        tracing::error!(%error, "no hook is recorded");
    }
}

/// The task that takes in, beside everything else.
pub(crate) struct Recorded {
    history: history::Writer,
    live: mpsc::Sender<Message>,
    path: Option<PathBuf>,
    reading: Arc<Mutex<Reading>>,
}

/// What the system told of the folder.
#[derive(Default)]
struct Changes {
    any: Notify,
    closed: AtomicBool,
}

/// Why the files are left for another time.
enum Later {
    History(history::Error),
    Runs(protocol::Error),
    Ending,
}

impl Recorded {
    pub(crate) fn new(
        paths: &Paths,
        memory: Arc<Memory>,
        history: history::Writer,
        live: mpsc::Sender<Message>,
    ) -> Self {
        let reading = Reading {
            codex: Places { codex: paths.codex().to_owned(), system: hooks::system() },
            memory,
            // What is over when we begin.
            reported: Reported::WhileClosed,
            running: BTreeSet::new(),
            refused: BTreeMap::new(),
        };
        Self { history, live, path: paths.runs().ok(), reading: Arc::new(Mutex::new(reading)) }
    }

    /// Takes in what is there, and later whatever comes. Ends with the history.
    pub(crate) async fn run(self) {
        let Some(path) = &self.path else { return };
        let changes = Arc::new(Changes::default());
        let _watching = match watch(path, Arc::clone(&changes)) {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                tracing::error!(%error, "recorded runs are taken in at the next start");
                None
            }
        };
        let mut dropped = 0;
        loop {
            let looks = if changes.closed.swap(false, Ordering::Relaxed) { LOOKS } else { 1 };
            for _ in 0..looks {
                match self.take_in(path, &mut dropped).await {
                    Ok(()) => {}
                    Err(Later::Ending | Later::History(history::Error::Closed)) => return,
                    Err(Later::Runs(error)) => self.note("runsRefused", format!("failed to {error}")).await,
                    Err(Later::History(error)) => {
                        tracing::warn!(%error, "recorded runs stay in their files for now");
                        // Fails only with the history; then the next try ends.
                        let _ = self.history.health().wait_for(|health| health.failing.is_none()).await;
                        changes.any.notify_one();
                    }
                }
                sleep(A_MOMENT).await;
                if lock(&self.reading).running.is_empty() {
                    break;
                }
            }
            changes.any.notified().await;
        }
    }

    /// One pass over the folder. A file goes only when its run is committed, so that nothing is lost whenever this ends; the
    /// ids see to it that nothing comes twice.
    async fn take_in(&self, path: &Path, dropped: &mut u64) -> Result<(), Later> {
        let mut removed = false;
        loop {
            let Some(step) = self.blocking(path, Reading::step).await? else { return Ok(()) };
            let nothing_over = step.over.is_empty();
            let views: Vec<_> =
                step.over.iter().filter(|row| row.reported == Reported::Live).map(happened::recorded).collect();
            let recorded = self.history.record_runs(step.over).await;
            // What is over began before what still runs.
            for view in views.into_iter().filter(|_| recorded.is_ok()).chain(step.began) {
                self.tell(view).await?;
            }
            recorded.map_err(Later::History)?;
            if nothing_over {
                break;
            }
            let names = step.names;
            self.blocking(path, move |_, runs| names.iter().try_for_each(|name| runs.remove(name))).await?;
            removed = true;
        }
        self.tell_refused(path).await;
        let Some(more) = self.blocking(path, |_, runs| Ok(runs.dropped())).await? else { return Ok(()) };
        if more > 0 {
            self.history.record_gap(more).map_err(Later::History)?;
            *dropped += more;
            self.note("runsDropped", dropped.to_string()).await;
        }
        if more > 0 || removed {
            self.blocking(path, move |_, runs| runs.settle(more)).await?;
        }
        lock(&self.reading).reported = Reported::Live;
        Ok(())
    }

    async fn tell(&self, view: dto::RecordedView) -> Result<(), Later> {
        self.live.send(Message::Recorded(Box::new(view))).await.map_err(|_| Later::Ending)
    }

    async fn tell_refused(&self, path: &Path) {
        let told =
            lock(&self.reading).refused.first_key_value().map(|(name, why)| format!("{name:?}: failed to {why}"));
        match told {
            Some(first) => {
                let (count, folder) = (lock(&self.reading).refused.len(), path.display());
                self.note("runsRefused", format!("{count} in {folder}; the first, {first}")).await;
            }
            None => {
                let _ = self.live.send(Message::ClearNote("runsRefused")).await;
            }
        }
    }

    async fn note(&self, code: &'static str, detail: String) {
        // After the end nobody needs to know.
        let _ = self.live.send(Message::Note(dto::Note { code: code.to_owned(), detail })).await;
    }

    /// `None`: there is no folder, so nothing is recorded.
    async fn blocking<T: Send + 'static>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut Reading, &Runs) -> Result<T, protocol::Error> + Send + 'static,
    ) -> Result<Option<T>, Later> {
        let (path, reading) = (path.to_owned(), Arc::clone(&self.reading));
        let working = move || match Runs::open(&path) {
            Err(protocol::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            runs => work(&mut lock(&reading), &runs?).map(Some),
        };
        spawn_blocking(working).await.map_err(|_| Later::Ending)?.map_err(Later::Runs)
    }
}

/// What is known of the files in the folder. Everything of it blocks.
struct Reading {
    codex: Places,
    memory: Arc<Memory>,
    reported: Reported,
    /// What was told to run.
    running: BTreeSet<OsString>,
    /// What no relay left there so, and why that is thought.
    refused: BTreeMap<OsString, String>,
}

/// What came of reading some of the files.
#[derive(Default)]
struct Step {
    began: Vec<dto::RecordedView>,
    names: Vec<OsString>,
    over: Vec<history::row::Run>,
}

impl Reading {
    /// Reads the next runs that are over, and those that began. No more are over when it finds none.
    fn step(&mut self, runs: &Runs) -> Result<Step, protocol::Error> {
        runs.remove_stale_parts()?;
        let names = runs.list()?;
        self.running.retain(|name| names.binary_search(name).is_ok());
        self.refused.retain(|name, _| names.binary_search(name).is_ok());
        let (mut step, mut bytes) = (Step::default(), 0);
        let mut configured = Configured::default();
        for name in names {
            if step.names.len() == STEP_FILES || bytes >= STEP_BYTES {
                break;
            }
            let waits = self.running.contains(&name) && runs.is_running(&name).unwrap_or(false);
            if waits || self.refused.contains_key(&name) {
                continue;
            }
            match self.read(runs, &name, &mut configured) {
                Ok((State::Running, row)) => {
                    // Until the hook has taken what it is given, nobody knows what it is for.
                    if row.input.bytes > 0 {
                        step.began.push(happened::recorded(&row));
                        self.running.insert(name);
                    }
                }
                Ok((State::Killed | State::Ended(_), row)) => {
                    bytes += row.input.text.len() + row.stdout.text.len() + row.stderr.text.len();
                    step.over.push(row);
                    step.names.push(name);
                }
                Err(why) => {
                    tracing::warn!(file = ?name, why, "a file among the recorded runs was left alone");
                    self.refused.insert(name, why);
                }
            }
        }
        Ok(step)
    }

    /// Reads one run, or says why not.
    fn read(
        &self,
        runs: &Runs,
        name: &OsString,
        configured: &mut Configured,
    ) -> Result<(State, history::row::Run), String> {
        let run = runs.read(name).map_err(|error| error.to_string())?;
        let agent: Agent = run.start.agent.parse().map_err(|_| "know the agent".to_owned())?;
        let event = row::event(agent, &run.all_of(Stream::Input));
        let hook = configured.of(&self.codex, agent, &run, &event);
        let state = run.state.clone();
        Ok((state, row::of(run, event, hook, self.reported, &self.memory)))
    }
}

fn watch(path: &Path, changes: Arc<Changes>) -> notify::Result<RecommendedWatcher> {
    let told = move |event: notify::Result<Event>| {
        if let Ok(event) = &event
            && event.kind.is_access()
        {
            // All else is reading, as we do ourselves: that would wake us for ever. So would the account of what was dropped, which
            // is open for writing whenever it is read; that it changed is told by itself.
            let journal = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "run");
            if event.kind != CLOSED || !event.paths.iter().any(journal) {
                return;
            }
            changes.closed.store(true, Ordering::Relaxed);
        }
        changes.any.notify_one();
    };
    let mut watcher = notify::recommended_watcher(told)?;
    watcher.watch(path, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
