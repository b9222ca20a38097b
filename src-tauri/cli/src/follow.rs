//! `history follow`: a line for every event, decision and run as it is committed, and for recorded hooks as they begin. Sleeps until
//! the system tells that the files of the history or of recorded hooks changed.

use std::time::Duration;

use api::text::text;
use api::{Filter, Paths, Records};
use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::draw;
use crate::stop::Stop;

/// When to look once more after a change. The last thing a commit writes is memory that is shared with us, of which the system tells
/// nothing; before it the disk may have been waited for.
const LOOK_AGAIN: [Duration; 4] =
    [Duration::from_millis(20), Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(4)];

pub(crate) async fn run(paths: &Paths, filter: Filter, records: &Records) -> Result<(), Stop> {
    let (wake, mut woken) = mpsc::channel(1);
    let unwatched = |error: notify::Error| Stop::Environment(error.to_string());
    let mut watcher = watch(paths, wake).map_err(unwatched)?;
    let mut recorded = watch_recorded(&mut watcher, paths).map_err(unwatched)?;
    // After the watch began, so that nothing falls between.
    let mut following = records.follow(paths, filter)?;
    // Listened to without a break: one that came while we read would be missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    draw::warn(&text("cli.history.following", &[]));
    // What runs already is told as well.
    let mut again = LOOK_AGAIN.iter();
    loop {
        let pause = again.next();
        let later = async {
            match pause {
                Some(pause) => sleep(*pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            Some(()) = woken.recv() => again = LOOK_AGAIN.iter(),
            () = later => {}
        }
        if recorded == Folder::Missing {
            recorded = watch_recorded(&mut watcher, paths).map_err(unwatched)?;
        }
        for committed in following.came()? {
            draw::json_line(&committed)?;
        }
    }
}

/// The folder of recorded hooks, which an app makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Folder {
    Watched,
    Missing,
}

fn watch_recorded(watcher: &mut RecommendedWatcher, paths: &Paths) -> notify::Result<Folder> {
    let Ok(path) = paths.runs() else { return Ok(Folder::Missing) };
    match watcher.watch(&path, RecursiveMode::NonRecursive) {
        Ok(()) => Ok(Folder::Watched),
        Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => Ok(Folder::Missing),
        Err(error) => Err(error),
    }
}

fn watch(paths: &Paths, wake: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let history = paths.history();
    let mut watcher = notify::recommended_watcher(move |told: notify::Result<Event>| {
        if told.is_ok_and(|event| tells_of_a_change(&event)) {
            // Full: it wakes already.
            let _ = wake.try_send(());
        }
    })?;
    watcher.watch(history.parent().unwrap_or(&history), RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// Reading the files is no change; our own reading would wake us for ever.
fn tells_of_a_change(event: &Event) -> bool {
    let known = |name: &str| ["history.db", "history.db-wal", "runs"].contains(&name) || name.ends_with(".run");
    let ours = || event.paths.iter().filter_map(|path| path.file_name()?.to_str()).any(known);
    event.need_rescan() || (!event.kind.is_access() && ours())
}
