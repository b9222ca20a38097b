//! Watches our own files while the app runs: what other programs do to them counts for nothing, is told, and is undone where only
//! we write. Sleeps until the system tells of a change.

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::hosted::Hosted;
use crate::live::Message;
use crate::mutex::lock;
use crate::rules::Rules;
use crate::whole::{self, Kept};
use crate::{Error, Lock, Paths, agents, dto};

/// From one look to the next: who changes a file again and again keeps nobody busy.
const A_MOMENT: Duration = Duration::from_millis(250);

pub(crate) struct Guard {
    paths: Paths,
    hosted: Arc<Hosted>,
    rules: Arc<Rules>,
    lock: Arc<Lock>,
    live: mpsc::Sender<Message>,
    /// The settings' file as it was read or written last.
    settings: Mutex<Option<String>>,
    /// The installed relay was that of this program.
    relay: AtomicBool,
}

impl Guard {
    pub(crate) fn new(
        paths: &Paths,
        hosted: Arc<Hosted>,
        rules: Arc<Rules>,
        lock: Arc<Lock>,
        live: mpsc::Sender<Message>,
    ) -> Arc<Self> {
        Arc::new(Self {
            paths: paths.clone(),
            hosted,
            rules,
            lock,
            live,
            settings: Mutex::new(settings(paths)),
            relay: AtomicBool::new(agents::is_current(paths)),
        })
    }

    /// Looks now, and again after every change. What happened between our own reading and now is seen by the first look.
    pub(crate) async fn run(self: Arc<Self>) {
        let (wake, mut woken) = mpsc::channel(1);
        let mut watch = match Watch::new(&self.paths, &self.lock, wake) {
            Ok(watch) => watch,
            Err(error) => return self.unwatched(error).await,
        };
        loop {
            let guard = Arc::clone(&self);
            let looked = spawn_blocking(move || {
                let watched = watch.begin();
                guard.look();
                (watch, watched)
            });
            let Ok((back, watched)) = looked.await else { return };
            watch = back;
            if let Err(error) = watched {
                self.unwatched(error).await;
            }
            sleep(A_MOMENT).await;
            if woken.recv().await.is_none() {
                return;
            }
        }
    }

    /// Finds what others changed. Reads and writes files.
    pub(crate) fn look(&self) {
        // With the whole home gone there is no file to keep.
        if !self.paths.state().parent().is_some_and(Path::is_dir) {
            return;
        }
        let (paths, mut failed) = (&self.paths, Vec::new());
        let mut note = |code, path: &Path, kept: Result<Kept, Error>| match kept {
            Ok(Kept::Untouched) => {}
            Ok(Kept::PutBack) => self.note(code, path.display().to_string()),
            Err(error) => failed.push(format!("failed to {error}")),
        };
        note("hostedTampered", &paths.hosted(), self.hosted.keep());
        note("rulesTampered", &paths.confirmed_rules(), self.rules.keep());
        note("lockTampered", self.lock.path().unwrap_or(paths.state()), self.lock.keep());
        if self.relay.load(Ordering::Relaxed) {
            note("relayTampered", &paths.relay(), agents::keep_relay(paths));
        }
        self.relay.fetch_or(agents::is_current(paths), Ordering::Relaxed);
        if failed.is_empty() {
            self.send(Message::ClearNote("keepFailed"));
        } else {
            self.note("keepFailed", failed.join("\n"));
        }
        self.look_at_settings();
        self.send(Message::KeepEndpoint);
    }

    /// Does what writes the settings' file. From then on it is as it should be.
    pub(crate) fn change_settings<T>(&self, change: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let mut held = lock(&self.settings);
        let changed = change()?;
        *held = settings(&self.paths);
        self.send(Message::ClearNote("settingsChanged"));
        Ok(changed)
    }

    fn look_at_settings(&self) {
        let held = lock(&self.settings);
        if *held == settings(&self.paths) {
            self.send(Message::ClearNote("settingsChanged"));
        } else {
            self.note("settingsChanged", self.paths.settings().display().to_string());
        }
    }

    fn note(&self, code: &str, detail: String) {
        self.send(Message::Note(dto::Note { code: code.to_owned(), detail }));
    }

    fn send(&self, message: Message) {
        // After the end nobody needs to know.
        let _ = self.live.blocking_send(message);
    }

    async fn unwatched(&self, error: notify::Error) {
        let note = dto::Note { code: "unwatched".to_owned(), detail: format!("failed to watch files: {error}") };
        let _ = self.live.send(Message::Note(note)).await;
    }
}

/// What the settings' file says, where it can be read.
fn settings(paths: &Paths) -> Option<String> {
    whole::read(&paths.settings()).ok()
}

/// The folders of our files, watched.
struct Watch {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
}

impl Watch {
    /// Wakes for our files, and for their folders themselves.
    fn new(paths: &Paths, lock: &Lock, wake: mpsc::Sender<()>) -> notify::Result<Self> {
        let mut ours: BTreeSet<_> = [
            paths.hosted(),
            paths.confirmed_rules(),
            paths.rules(),
            paths.hooks(),
            paths.settings(),
            paths.relay(),
            agents::relay_list(paths),
        ]
        .into();
        ours.extend(lock.path().map(Path::to_owned));
        ours.extend(paths.socket());
        let folders: BTreeSet<_> = ours.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
        ours.extend(folders.iter().cloned());
        let watcher = notify::recommended_watcher(move |told: notify::Result<Event>| {
            let changed = |event: Event| event.need_rescan() || event.paths.iter().any(|path| ours.contains(path));
            if told.map_or(true, |event| !is_reading(&event) && changed(event)) {
                // Full: it wakes already.
                let _ = wake.try_send(());
            }
        })?;
        for folder in &folders {
            // Where it cannot be made it cannot be watched either.
            let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        }
        Ok(Self { watcher, folders })
    }

    /// Watches what has these names now: a folder may be another than it was.
    fn begin(&mut self) -> notify::Result<()> {
        for folder in &self.folders {
            // Fails where it is there.
            let _ = DirBuilder::new().mode(0o700).create(folder);
            self.watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        Ok(())
    }
}

/// Reading is no change; our own would wake us for ever. Who had the lock's file open for writing may have had the lock.
fn is_reading(event: &Event) -> bool {
    event.kind.is_access() && event.kind != EventKind::Access(AccessKind::Close(AccessMode::Write))
}
