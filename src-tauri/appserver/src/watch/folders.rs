//! The folder of the control socket, watched even before there is one.

use std::path::{Path, PathBuf};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::socket::control_socket;

/// Watches the deepest folder that there is on the way to the socket, and no other: what else happens in a person's home wakes
/// nobody.
pub(super) struct Folders {
    watcher: RecommendedWatcher,
    /// The socket's folder, and all above it.
    way: Vec<PathBuf>,
    watched: PathBuf,
}

impl Folders {
    pub(super) fn new(home: &Path, wake: mpsc::Sender<()>) -> notify::Result<Self> {
        let socket = control_socket(home);
        let way: Vec<_> = socket.ancestors().skip(1).map(Path::to_owned).collect();
        let ours: Vec<_> = socket.ancestors().map(Path::to_owned).collect();
        let watcher = notify::recommended_watcher(move |told: notify::Result<Event>| {
            let ours = |event: &Event| event.need_rescan() || event.paths.iter().any(|path| ours.contains(path));
            if told.map_or(true, |event| !event.kind.is_access() && ours(&event)) {
                // Full: it wakes already.
                let _ = wake.try_send(());
            }
        })?;
        Ok(Self { watcher, way, watched: PathBuf::new() })
    }

    /// To be called before each look: a folder may have come or gone, or be another than it was.
    pub(super) fn arm(&mut self) -> notify::Result<()> {
        loop {
            let deepest = self.deepest();
            if deepest != self.watched {
                // It may be gone.
                let _ = self.watcher.unwatch(&self.watched);
            }
            let watched = self.watcher.watch(&deepest, RecursiveMode::NonRecursive);
            let still = self.deepest() == deepest;
            self.watched = deepest;
            match watched {
                Ok(()) if still => return Ok(()),
                Err(error) if still => return Err(error),
                // The way changed meanwhile.
                Ok(()) | Err(_) => {}
            }
        }
    }

    fn deepest(&self) -> PathBuf {
        let there = self.way.iter().find(|folder| folder.is_dir());
        there.map_or_else(|| PathBuf::from("/"), Clone::clone)
    }
}
