//! *Try it*: hooks run by hand, with a payload a person gave, and told of while they run. One trial at a time.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::Future;
use std::path::PathBuf;
use std::str;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::discover::Discovery;
use engine::{Finished, Payload, Progress, Stream};
use history::row::{self, RunFrom};
use model::{EventId, Handler, Hook, HookRun};
use protocol::event::new_id;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::dto::{SeenHook, StreamView, TrialUpdate, TrialWish};
use crate::hooks::{Hooks, Tried, screen, view};
use crate::hosted::{self, Hosted};
use crate::mutex::lock;
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
    folder: PathBuf,
    history: history::Writer,
}

impl Prepared {
    /// Finds what is wished for as it stands in the files now. Runs nothing.
    pub(crate) async fn of(
        paths: &Paths,
        history: &history::Writer,
        hosted: &Arc<Hosted>,
        wish: &TrialWish,
    ) -> Result<Self, Error> {
        let payload = Payload::parse(&wish.payload)?;
        let mut discovery = screen::find(paths, hosted, wish.folder.as_ref()).await?.discovery;
        // Our own entries would ask this very program.
        discovery.hooks.retain(|hook| !view::is_ours(hook));
        if let Some(seen) = &wish.hook {
            only(&mut discovery, seen)?;
        }
        for hook in &mut discovery.hooks {
            unrecorded(hook);
        }
        let (hooks, folder) = (Hooks::of(paths), PathBuf::from(&wish.folder));
        Ok(Self { hooks, discovery, payload, folder, history: history.clone() })
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
                self.keep(&tried).await;
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

    /// Puts its runs into the history, as what a person tried: no session and no turn had them.
    async fn keep(&self, tried: &Tried) {
        let Ok(id) = new_id().map(EventId::new) else { return };
        let runs = tried.report.runs.iter().map(|ran| (&ran.run, &ran.finished));
        let late = tried.late.iter().map(|late| (&late.run, &late.finished));
        let input = self.payload.text();
        let row = |(run, finished): (&HookRun, &Finished)| row::Run {
            from: RunFrom::Tried,
            event: None,
            agent: screen::AGENT,
            tool: self.payload.string("tool_name").map(str::to_owned),
            project: Some(self.folder.clone()),
            cwd: self.payload.cwd(),
            input: row::Output { text: input.to_owned(), bytes: input.len() as u64 },
            ..hosted::row(&id, run.clone(), &self.discovery.hooks, Some(finished))
        };
        if let Err(error) = self.history.record_runs(runs.chain(late).map(row).collect()).await {
            tracing::error!(%error, "what was tried is not in the history yet");
        }
    }
}

/// A recorder around its command records nothing: this is no run of the agent's.
fn unrecorded(hook: &mut Hook) {
    match &mut hook.handler {
        Handler::Command { environment, .. } => environment.push(("HOOKWRIGHT_SKIP".to_owned(), "1".to_owned())),
        Handler::McpTool { .. } => {}
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
        let mut kept = lock(&self.kept);
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
            for kept in lock(&self.kept).iter_mut().filter(|kept| !kept.told) {
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use model::{HookEvent, HookKey, Mode, Source, SourceKind, Trust};
    use tempfile::TempDir;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::time::timeout;

    use super::*;
    use crate::dto::RunStatusView;

    fn hook(command: &str) -> model::Hook {
        model::Hook {
            key: HookKey::new("/x/hooks.json:stop:0:0"),
            event: HookEvent::Stop,
            matcher: None,
            handler: Handler::Command { command: command.to_owned(), environment: Vec::new(), mode: Mode::Sync },
            source: Source { kind: SourceKind::User, path: "/x/hooks.json".into(), plugin: None },
            display_order: 0,
            timeout: 60,
            status_message: None,
            context_limit: None,
            hash: "sha256:1".to_owned(),
            enabled: false,
            trust: Trust::Untrusted,
            agents: None,
        }
    }

    /// A trial of this command, and what it tells.
    async fn trial(folder: &Path, command: &str) -> (Trial, UnboundedReceiver<TrialUpdate>) {
        let mut discovery = Discovery { hooks: vec![hook(command)], ..Discovery::default() };
        let seen = SeenHook { key: "/x/hooks.json:stop:0:0".to_owned(), hash: "sha256:1".to_owned() };
        only(&mut discovery, &seen).unwrap();
        let text = format!(r#"{{"hook_event_name":"Stop","cwd":"{}"}}"#, folder.display());
        let prepared = Prepared {
            hooks: Hooks::of(&Paths::below(folder)),
            discovery,
            payload: Payload::parse(&text).unwrap(),
            folder: folder.to_owned(),
            history: history::open(&folder.join("history.db")).0,
        };
        let (tell, told) = unbounded_channel();
        let trial = Trial::default();
        trial.start(prepared, move |update| drop(tell.send(update))).await;
        (trial, told)
    }

    async fn next(told: &mut UnboundedReceiver<TrialUpdate>) -> TrialUpdate {
        timeout(Duration::from_secs(30), told.recv()).await.expect("something is told").expect("it is not over")
    }

    #[tokio::test]
    async fn it_tells_of_output_before_the_end_and_of_the_outcome_at_the_end() {
        let folder = TempDir::new().unwrap();
        let command = "printf going >&2; while [ ! -e go ]; do sleep 0.02; done; printf '{\"decision\":\"block\",\"reason\":\"go on\"}'";
        let (_trial, mut told) = trial(folder.path(), command).await;
        assert!(matches!(next(&mut told).await, TrialUpdate::Started { run: 0, .. }));
        let TrialUpdate::Output { run: 0, stream: StreamView::Stderr, text } = next(&mut told).await else {
            panic!("no output")
        };
        assert_eq!(text, crate::pieces("going"));
        fs::write(folder.path().join("go"), "").unwrap();
        let (runs, outcome) = loop {
            match next(&mut told).await {
                TrialUpdate::Finished { runs, outcome } => break (runs, outcome),
                TrialUpdate::Output { .. } | TrialUpdate::Ended { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((runs.len(), runs[0].status, runs[0].exit_code), (1, RunStatusView::Blocked, Some(0)));
        assert_eq!((outcome.should_block, outcome.block_reason), (true, Some(crate::pieces("go on"))));
        let kept =
            history::read(&folder.path().join("history.db")).run_page(&history::RunQuery::default()).unwrap().rows;
        let [kept] = &kept[..] else { panic!("{kept:?}") };
        assert_eq!((kept.from, kept.session.clone(), kept.exit_code), (RunFrom::Tried, None, Some(0)));
        assert_eq!(kept.project.as_deref(), Some(folder.path()));
    }

    #[test]
    fn a_recorder_around_the_command_is_told_to_record_nothing() {
        let mut hook = hook("true");
        unrecorded(&mut hook);
        let Handler::Command { environment, .. } = hook.handler else { panic!() };
        assert_eq!(environment, [("HOOKWRIGHT_SKIP".to_owned(), "1".to_owned())]);
    }

    #[tokio::test]
    async fn stopping_leaves_no_process() {
        let folder = TempDir::new().unwrap();
        let (trial, mut told) = trial(folder.path(), "sleep 300 & echo $! >&2; wait").await;
        let child = loop {
            if let TrialUpdate::Output { text, .. } = next(&mut told).await {
                let crate::dto::Piece::Text { text } = &text[0] else { panic!("{text:?}") };
                break text.trim().to_owned();
            }
        };
        let runs = || fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        assert!(runs());
        trial.stop().await;
        assert!(matches!(next(&mut told).await, TrialUpdate::Stopped));
        // The kernel ends a killed process when it comes to it.
        let gone = async {
            while runs() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(30), gone).await.expect("the child is gone");
        assert!(told.recv().await.is_none(), "stopped is the last thing told");
    }

    #[test]
    fn another_hook_at_the_same_place_is_not_meant() {
        let mut discovery = Discovery { hooks: vec![hook("true")], ..Discovery::default() };
        let seen = SeenHook { key: "/x/hooks.json:stop:0:0".to_owned(), hash: "sha256:2".to_owned() };
        assert!(matches!(only(&mut discovery, &seen), Err(Error::HookChanged(_))));
    }

    #[test]
    fn a_character_that_has_only_begun_waits_for_its_end() {
        let text = "né".as_bytes();
        assert_eq!(whole_characters(&text[..2]), "n");
        assert_eq!(whole_characters(text), "né");
        assert_eq!(whole_characters(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn output_is_kept_up_to_its_limit() {
        let outputs = Outputs::default();
        for _ in 0..3 {
            outputs.add(0, Stream::Stdout, &vec![b'x'; KEEP / 2 + 1]);
        }
        outputs.add(0, Stream::Stderr, b"y");
        let lengths: Vec<_> = outputs.kept.lock().unwrap().iter().map(|kept| kept.bytes.len()).collect();
        assert_eq!(lengths, [KEEP, 1]);
    }
}
