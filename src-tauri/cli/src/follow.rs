//! `history follow`: a line for every event and decision as it is committed. Sleeps until the system tells that the history's files
//! changed.

use std::time::Duration;

use api::text::text;
use api::{Filter, Paths, Records};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::draw;
use crate::stop::Stop;

/// When to look once more after a change. The last thing a commit writes is memory that is shared with us, of which the system tells
/// nothing; before it the disk may have been waited for.
const LOOK_AGAIN: [Duration; 4] =
    [Duration::from_millis(20), Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(4)];

pub(crate) async fn run(paths: &Paths, records: &Records, filter: &Filter) -> Result<(), Stop> {
    let (wake, mut woken) = mpsc::channel(1);
    let _watcher = watch(paths, wake).map_err(|error| Stop::Environment(error.to_string()))?;
    // After the watch began, so that nothing falls between.
    let mut mark = records.mark()?;
    // Listened to without a break: one that came while we read would be missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    draw::warn(&text("cli.history.following", &[]));
    let mut again = [].iter();
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
        for committed in records.since(&mut mark, filter)? {
            draw::json_line(&committed)?;
        }
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
    let of_history = |name: &str| name == "history.db" || name == "history.db-wal";
    let ours = || event.paths.iter().filter_map(|path| path.file_name()?.to_str()).any(of_history);
    event.need_rescan() || (!event.kind.is_access() && ours())
}
