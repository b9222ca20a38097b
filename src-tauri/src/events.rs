//! From the one order of `api` to the windows and the tray, and the end of it all.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use api::App;
use api::dto::{ChangeOf, LiveUpdate, Update};
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{mpsc, watch};

use crate::{tray, windows};

/// How many events go to a page at once, and how long the next ones gather meanwhile: pages paint no more often than that.
const BATCH: usize = 500;
const BETWEEN_BATCHES: Duration = Duration::from_millis(30);

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

/// Keeps tray and popup in step, opens the main window when a second instance asks, and hands back on a signal to end.
pub(crate) fn follow(handle: AppHandle, mut shown: mpsc::Receiver<()>) {
    let showing = handle.clone();
    tauri::async_runtime::spawn(async move {
        while shown.recv().await.is_some() {
            windows::show_main(&showing);
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
        // Apart, so that a tray or bus that hangs holds up no popup.
        let (views, seen) = watch::channel(tray::View::default());
        tauri::async_runtime::spawn(tray::run(handle.clone(), seen));
        loop {
            let Ok((mut snapshot, mut updates)) = app.subscribe().await else { return };
            loop {
                windows::settings(&handle, &snapshot.settings);
                windows::waiting(&handle, snapshot.waiting.len());
                views.send_replace(tray::View::of(&snapshot));
                let update = match updates.recv().await {
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
                    ChangeOf::SettingsChanged { settings } => snapshot.settings = *settings,
                    ChangeOf::RequestPicked { .. } => windows::show_popup(&handle),
                    ChangeOf::QuitAsked { .. } => windows::show_main(&handle),
                    ChangeOf::ReplyTaken { .. } | ChangeOf::HooksRan { .. } | ChangeOf::Rearmed { .. } => {}
                }
            }
        }
    });
}

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
    handle.exit(0);
}
