//! *Try it*: hooks run by hand, with a payload a person gave, and told of while they run. One trial at a time.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::Future;
use std::str;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use config::discover::Discovery;
use engine::{Payload, Progress, Stream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::dto::{SeenHook, StreamView, TrialUpdate, TrialWish};
use crate::hooks::{Hooks, screen, view};
use crate::hosted::Hosted;
use crate::{Error, Paths};

/// How long output gathers before it is told of: nobody reads faster.
const GATHER: Duration = Duration::from_millis(50);
/// So much of an output is kept to be told of, in bytes; more than is ever shown.
const KEEP: usize = 80_000;

/// The trial that runs, if any. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Trial(Arc<tokio::sync::Mutex<Option<Running>>>);

struct Running {
    /// Dropped: stop.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Returns when nothing of it is left.
    async fn end(self) {
        drop(self.stop);
        // An error would mean that it panicked, and so ended.
        let _ = self.task.await;
    }
}

/// What is to be tried, found and checked.
pub(crate) struct Prepared {
    hooks: Hooks,
    discovery: Discovery,
    payload: Payload,
}

impl Prepared {
    /// Finds what is wished for as it stands in the files now. Runs nothing.
    pub(crate) async fn of(paths: &Paths, hosted: &Arc<Hosted>, wish: &TrialWish) -> Result<Self, Error> {
        let payload = Payload::parse(&wish.payload)?;
        let mut discovery = screen::find(paths, hosted, wish.folder.as_ref()).await?.discovery;
        // Our own entries would ask this very program.
        discovery.hooks.retain(|hook| !view::is_ours(hook));
        if let Some(seen) = &wish.hook {
            only(&mut discovery, seen)?;
        }
        Ok(Self { hooks: Hooks::of(paths), discovery, payload })
    }

    /// Runs it to its end.
    async fn run(self, tell: &(impl Fn(TrialUpdate) + Send + Sync)) {
        let outputs = Outputs::default();
        let watch = |progress: Progress| match progress {
            Progress::Started { run, summary } => {
                tell(TrialUpdate::Started { run: number(run), summary: view::run(&summary, None) });
            }
            Progress::Output { run, stream, bytes } => outputs.add(run, stream, &bytes),
            Progress::Ended { run, summary } => {
                tell(TrialUpdate::Ended { run: number(run), summary: view::run(&summary, None) });
            }
        };
        let tried = tokio::select! {
            tried = self.hooks.run(&self.discovery, &self.payload, watch) => tried,
            never = outputs.tell(tell) => match never {},
        };
        tell(match tried {
            Ok(tried) => {
                let runs = tried.report.runs.iter().map(|ran| view::run(&ran.run, Some(&ran.finished)));
                let late = tried.late.iter().map(|late| view::run(&late.run, Some(&late.finished)));
                TrialUpdate::Finished {
                    runs: runs.chain(late).collect(),
                    outcome: view::outcome(&tried.report.outcome),
                }
            }
            Err(error) => TrialUpdate::Failed { failure: error.into() },
        });
    }
}

impl Trial {
    /// Starts in place of one that runs. The last thing told is how it ended.
    pub(crate) async fn start(&self, prepared: Prepared, tell: impl Fn(TrialUpdate) + Send + Sync + 'static) {
        let mut running = self.0.lock().await;
        if let Some(before) = running.take() {
            before.end().await;
        }
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            // Dropping the run kills what it started.
            if until(stopped, prepared.run(&tell)).await.is_none() {
                tell(TrialUpdate::Stopped);
            }
        });
        *running = Some(Running { stop, task });
    }

    /// Returns when nothing of it is left.
    pub(crate) async fn stop(&self) {
        if let Some(running) = self.0.lock().await.take() {
            running.end().await;
        }
    }
}

/// What the future gives, or `None` and no future any more.
async fn until<T>(stopped: oneshot::Receiver<()>, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = future => Some(done),
        _ = stopped => None,
    }
}

/// Leaves the one handler that was seen, ready to run whatever its trust: a person asked for this one.
fn only(discovery: &mut Discovery, seen: &SeenHook) -> Result<(), Error> {
    discovery.hooks.retain(|hook| hook.key.as_str() == seen.key && hook.hash == seen.hash);
    let hook = discovery.hooks.first_mut().ok_or_else(|| Error::HookChanged(seen.key.clone()))?;
    hook.enabled = true;
    hook.trust = hook.trust.bypassed();
    Ok(())
}

/// What runs wrote so far.
#[derive(Default)]
struct Outputs {
    kept: Mutex<Vec<Kept>>,
    news: Notify,
}

struct Kept {
    run: usize,
    stream: Stream,
    bytes: Vec<u8>,
    told: bool,
}

impl Outputs {
    fn add(&self, run: usize, stream: Stream, bytes: &[u8]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|kept| kept.run == run && kept.stream == stream).unwrap_or_else(|| {
            kept.push(Kept { run, stream, bytes: Vec::new(), told: true });
            kept.len() - 1
        });
        let fits = bytes.len().min(KEEP - kept[at].bytes.len());
        if fits > 0 {
            kept[at].bytes.extend_from_slice(&bytes[..fits]);
            kept[at].told = false;
            self.news.notify_one();
        }
    }

    /// Tells of what is new, many writes at a time.
    async fn tell(&self, tell: &impl Fn(TrialUpdate)) -> Infallible {
        loop {
            self.news.notified().await;
            for kept in self.kept.lock().unwrap_or_else(PoisonError::into_inner).iter_mut().filter(|kept| !kept.told) {
                kept.told = true;
                let (text, _) = view::output(&whole_characters(&kept.bytes));
                tell(TrialUpdate::Output { run: number(kept.run), stream: stream(kept.stream), text });
            }
            sleep(GATHER).await;
        }
    }
}

/// Without a character that has only begun.
fn whole_characters(bytes: &[u8]) -> Cow<'_, str> {
    let end = match str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Ok(_) | Err(_) => bytes.len(),
    };
    String::from_utf8_lossy(&bytes[..end])
}

fn stream(stream: Stream) -> StreamView {
    match stream {
        Stream::Stdout => StreamView::Stdout,
        Stream::Stderr => StreamView::Stderr,
    }
}

fn number(run: usize) -> u32 {
    u32::try_from(run).unwrap_or(u32::MAX)
}
