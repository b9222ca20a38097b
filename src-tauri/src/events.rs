//! From the one order of `api` to the windows and the tray, and the end of it all.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use api::dto::{ChangeOf, LiveUpdate, Notice, Snapshot, Update};
use api::{App, Window};
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{mpsc, watch};

use crate::surroundings::{self, Surroundings};
use crate::windows::Shows;
use crate::{notify, shortcut, tray, windows};

/// How many events go to a page at once, and how long the next ones gather meanwhile: pages paint no more often than that.
const BATCH: usize = 500;
const BETWEEN_BATCHES: Duration = Duration::from_millis(100);

/// How long a quit waits for notifications to be taken away.
const END_WITHIN: Duration = Duration::from_secs(1);

/// The streams of updates to the windows: one of each kind per window.
#[derive(Default)]
pub(crate) struct Streams(Mutex<HashMap<(String, Kind), JoinHandle<()>>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Updates,
    Live,
}

impl Streams {
    /// Sends updates to a window from now on; an earlier stream to it ends.
    pub(crate) fn open(&self, window: &str, mut updates: broadcast::Receiver<Update>, channel: Channel<Update>) {
        let stream = tauri::async_runtime::spawn(async move {
            loop {
                match updates.recv().await {
                    Ok(update) => {
                        if channel.send(update).is_err() {
                            break;
                        }
                    }
                    // The page sees the gap in the numbers and takes a new snapshot.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => break,
                }
            }
        });
        self.replace(window, Kind::Updates, Some(stream));
    }

    /// The same for hook events, which may come by the thousand.
    pub(crate) fn open_live(
        &self,
        window: &str,
        mut updates: broadcast::Receiver<LiveUpdate>,
        channel: Channel<LiveUpdate>,
    ) {
        let stream = tauri::async_runtime::spawn(async move {
            loop {
                let mut batch = match updates.recv().await {
                    Ok(update) => update,
                    // The page sees the gap in the numbers and takes a new snapshot.
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => break,
                };
                while batch.events.len() < BATCH
                    && let Ok(next) = updates.try_recv()
                {
                    batch.events.extend(next.events);
                    batch.recorded.extend(next.recorded);
                }
                if channel.send(batch).is_err() {
                    break;
                }
                tokio::time::sleep(BETWEEN_BATCHES).await;
            }
        });
        self.replace(window, Kind::Live, Some(stream));
    }

    pub(crate) fn close(&self, window: &str) {
        self.replace(window, Kind::Updates, None);
        self.replace(window, Kind::Live, None);
    }

    fn replace(&self, window: &str, kind: Kind, stream: Option<JoinHandle<()>>) {
        let mut streams = self.0.lock().expect("nobody panics while holding it");
        let key = (window.to_owned(), kind);
        let before = match stream {
            Some(stream) => streams.insert(key, stream),
            None => streams.remove(&key),
        };
        if let Some(before) = before {
            before.abort();
        }
    }
}

/// Keeps tray and popup in step, opens the window that a second instance asks for, and hands back on a signal to end.
pub(crate) fn follow(handle: AppHandle, mut shown: mpsc::Receiver<Window>) {
    let showing = handle.clone();
    tauri::async_runtime::spawn(async move {
        while let Some(window) = shown.recv().await {
            windows::show_for_another(&showing, window);
        }
    });
    let ending = handle.clone();
    tauri::async_runtime::spawn(async move {
        let (Ok(mut end), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            tracing::error!("signals to end are not heard");
            return;
        };
        tokio::select! {
            _ = end.recv() => {}
            _ = interrupt.recv() => {}
        }
        quit(ending).await;
    });
    tauri::async_runtime::spawn(async move {
        let app = handle.state::<App>().inner().clone();
        let mut around = handle.state::<Surroundings>().watch();
        let told = Told::start(&handle);
        loop {
            let Ok((mut snapshot, mut updates)) = app.subscribe().await else { return };
            loop {
                windows::settings(&handle, &snapshot.settings);
                shortcut::settings(&handle, &snapshot.settings);
                told.tell(&handle, &snapshot, &around.borrow_and_update());
                let update = tokio::select! {
                    update = updates.recv() => update,
                    Ok(()) = around.changed() => continue,
                };
                let update = match update {
                    Ok(update) => update,
                    // Too far behind: begin with a new snapshot.
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return,
                };
                match update.change {
                    ChangeOf::RequestOpened { card } => snapshot.waiting.push(*card),
                    ChangeOf::RequestEnded { id, .. } => snapshot.waiting.retain(|card| card.id != id),
                    ChangeOf::PauseChanged { paused } => snapshot.paused = paused,
                    ChangeOf::NotesChanged { notes } => snapshot.notes = notes,
                    ChangeOf::RulesChanged { allow_rules } => snapshot.allow_rules = allow_rules,
                    ChangeOf::SettingsChanged { settings } => snapshot.settings = *settings,
                    ChangeOf::RequestPicked { .. } => windows::show_popup(&handle),
                    ChangeOf::QuitAsked { .. } | ChangeOf::RuleAsked { .. } => windows::show_main(&handle),
                    ChangeOf::ReplyTaken { .. }
                    | ChangeOf::HooksRan { .. }
                    | ChangeOf::AttachedChanged
                    | ChangeOf::Rearmed { .. } => {}
                }
            }
        }
    });
}

/// Whatever tells a person of requests, beside the pages. Each is apart, so that a tray or bus that hangs holds up no popup.
struct Told {
    tray: watch::Sender<tray::View>,
    notifications: watch::Sender<notify::View>,
}

impl Told {
    fn start(handle: &AppHandle) -> Self {
        let (tray, seen) = watch::channel(tray::View::default());
        tauri::async_runtime::spawn(tray::run(handle.clone(), seen));
        let (notifications, seen) = watch::channel(notify::View::default());
        let running = tauri::async_runtime::spawn(notify::run(handle.clone(), seen));
        handle.state::<Ending>().0.lock().expect("nobody panics while holding it").replace(running);
        Self { tray, notifications }
    }

    fn tell(&self, handle: &AppHandle, snapshot: &Snapshot, around: &surroundings::View) {
        let notices = &snapshot.settings.notices;
        let quiet = notices.follow_do_not_disturb && around.quiet();
        let shows = match notices.by {
            Notice::Popup | Notice::Both if !quiet => Shows::ByItself,
            Notice::Popup | Notice::Both | Notice::Notification => Shows::WhenAsked,
        };
        windows::waiting(handle, snapshot.waiting.len(), shows);
        let notifies = match notices.by {
            Notice::Popup => around.covered,
            Notice::Both | Notice::Notification => true,
        };
        let view =
            if notifies && !quiet { notify::View::of(&snapshot.waiting, notices) } else { notify::View::default() };
        changed(&self.notifications, view);
        changed(&self.tray, tray::View::of(snapshot));
    }
}

fn changed<T: PartialEq>(sender: &watch::Sender<T>, view: T) {
    sender.send_if_modified(|before| {
        let differs = *before != view;
        *before = view;
        differs
    });
}

/// The notifications that are still there: a quit takes them away.
#[derive(Default)]
pub(crate) struct Ending(Mutex<Option<JoinHandle<()>>>);

/// A person wants to quit: at once where nothing waits, else the main window asks.
pub(crate) async fn ask_to_quit(handle: AppHandle) {
    let app = handle.state::<App>().inner().clone();
    if app.ask_to_quit().await == 0 {
        quit(handle).await;
    }
}

/// Hands waiting requests back to their agents and ends.
pub(crate) async fn quit(handle: AppHandle) {
    let app = handle.state::<App>().inner().clone();
    app.quit().await;
    let running = handle.state::<Ending>().0.lock().expect("nobody panics while holding it").take();
    if let Some(running) = running {
        // Without an answer of the desktop they go with us, or stay as they are.
        let _ = tokio::time::timeout(END_WITHIN, running).await;
    }
    handle.exit(0);
}
