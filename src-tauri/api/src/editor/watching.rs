//! Watches the file that is open: whoever changes it, and however, is told of at once. Sleeps until the system tells of a change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::sleep;

use super::digest;
use crate::mutex::lock;

/// Editors write in several steps.
const A_MOMENT: Duration = Duration::from_millis(30);

/// The file that is watched, if any.
#[derive(Clone, Default)]
pub(super) struct Watched(Arc<Mutex<Option<Watch>>>);

struct Watch {
    path: PathBuf,
    known: Known,
    looking: AbortHandle,
}

/// The digest of what was told, or written by ourselves, last.
type Known = Arc<Mutex<Option<String>>>;

impl Watched {
    /// Watches this file in place of the one before. Every change that is not our own is told with the new digest.
    pub(super) fn begin(&self, path: &Path, tell: impl Fn(Option<String>) + Send + Sync + 'static) {
        let known = Known::new(Mutex::new(read(path)));
        let looking = tokio::spawn(look(path.to_owned(), known.clone(), tell)).abort_handle();
        if let Some(before) = lock(&self.0).replace(Watch { path: path.to_owned(), known, looking }) {
            before.looking.abort();
        }
    }

    /// Does what writes the file to `after`: that is not told.
    pub(super) fn while_saving<T, E>(
        &self,
        path: &Path,
        after: &str,
        write: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let known = lock(&self.0).as_ref().filter(|watch| watch.path == path).map(|watch| watch.known.clone());
        // While this is held nobody is told.
        let mut known = known.as_deref().map(lock);
        let written = write()?;
        if let Some(known) = &mut known {
            **known = digest(Some(after));
        }
        Ok(written)
    }
}

async fn look(path: PathBuf, known: Known, tell: impl Fn(Option<String>) + Send + Sync + 'static) {
    let (wake, mut woken) = mpsc::channel(1);
    let waking = move |told: notify::Result<Event>| {
        if told.map_or(true, |event| !event.kind.is_access()) {
            // Full: it wakes already.
            let _ = wake.try_send(());
        }
    };
    let Ok(mut watcher) = notify::recommended_watcher(waking) else { return };
    loop {
        let (path, known) = (path.clone(), known.clone());
        let looked = spawn_blocking(move || {
            watch(&mut watcher, &path);
            let mut known = lock(&known);
            let now = read(&path);
            let news = (*known != now).then(|| now.clone());
            *known = now;
            drop(known);
            (watcher, news)
        });
        let Ok((back, news)) = looked.await else { return };
        watcher = back;
        if let Some(now) = news {
            tell(now);
        }
        if woken.recv().await.is_none() {
            return;
        }
        sleep(A_MOMENT).await;
        let _ = woken.try_recv();
    }
}

/// The folders in which something can happen to the file: its own, or the nearest that is there, and that of what it links to.
fn watch(watcher: &mut RecommendedWatcher, path: &Path) {
    let own = path.ancestors().skip(1).find(|folder| folder.is_dir());
    let target = path.canonicalize().ok();
    let folders =
        own.map(Path::to_owned).into_iter().chain(target.and_then(|target| Some(target.parent()?.to_owned())));
    for folder in folders {
        // What cannot be watched is seen when it is saved.
        let _ = watcher.watch(&folder, RecursiveMode::NonRecursive);
    }
}

/// Of what is there; a file that cannot be read counts as none.
fn read(path: &Path) -> Option<String> {
    digest(config::read(path).ok().flatten().as_deref())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    async fn heard(news: &mut mpsc::UnboundedReceiver<Option<String>>) -> Option<String> {
        tokio::time::timeout(Duration::from_secs(20), news.recv()).await.expect("a change is told").expect("it goes on")
    }

    #[tokio::test]
    async fn every_way_to_change_a_file_is_told_but_our_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("project/.codex/hooks.json");
        let (tell, mut news) = mpsc::unbounded_channel();
        let watched = Watched::default();
        watched.begin(&path, move |now| drop(tell.send(now)));
        let of = |text: &str| digest(Some(text));

        // The folder comes later.
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "1").unwrap();
        // A file may be seen before it is filled.
        while heard(&mut news).await != of("1") {}
        // In place, by another file, and taken away.
        fs::write(&path, "22").unwrap();
        while heard(&mut news).await != of("22") {}
        fs::write(path.with_extension("new"), "3").unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
        assert_eq!(heard(&mut news).await, of("3"));
        fs::remove_file(&path).unwrap();
        assert_eq!(heard(&mut news).await, None);
        // Through a link.
        let target = folder.path().join("elsewhere.json");
        fs::write(&target, "4").unwrap();
        symlink(&target, &path).unwrap();
        assert_eq!(heard(&mut news).await, of("4"));
        fs::write(folder.path().join("part"), "5").unwrap();
        fs::rename(folder.path().join("part"), &target).unwrap();
        assert_eq!(heard(&mut news).await, of("5"));

        watched.while_saving(&path, "ours", || fs::write(&target, "ours")).unwrap();
        fs::write(&target, "theirs").unwrap();
        loop {
            let now = heard(&mut news).await;
            assert_ne!(now, of("ours"), "our own is no news");
            if now == of("theirs") {
                break;
            }
        }
    }
}
