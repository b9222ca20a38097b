//! Files that a person drags over the main window and drops there. The page hears what they are; what they are is said by `api`.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use api::App;
use api::dto::{DropUpdate, Surface};
use tauri::ipc::Channel;
use tauri::{AppHandle, DragDropEvent, Manager, Window};

use crate::windows;

/// The page that hears of them, where there is one.
#[derive(Default)]
pub(crate) struct Drops(Mutex<Listening>);

#[derive(Default)]
struct Listening {
    page: Option<Channel<DropUpdate>>,
    /// What came before there was a page.
    missed: Option<DropUpdate>,
}

impl Drops {
    /// Tells this page from now on.
    pub(crate) fn open(&self, page: Channel<DropUpdate>) {
        let mut listening = self.listening();
        if let Some(missed) = listening.missed.take() {
            let _ = page.send(missed);
        }
        listening.page = Some(page);
    }

    pub(crate) fn close(&self) {
        *self.listening() = Listening::default();
    }

    fn tell(&self, update: DropUpdate) {
        let mut listening = self.listening();
        match &listening.page {
            // A page that is gone needs no news.
            Some(page) => drop(page.send(update)),
            None => listening.missed = Some(update),
        }
    }

    fn listening(&self) -> MutexGuard<'_, Listening> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

pub(crate) fn dragged(window: &Window, event: &DragDropEvent) {
    let handle = window.app_handle();
    if windows::surface(window.label()) != Some(Surface::Main) {
        return;
    }
    match event {
        DragDropEvent::Enter { .. } => handle.state::<Drops>().tell(DropUpdate::Over),
        DragDropEvent::Leave => handle.state::<Drops>().tell(DropUpdate::Left),
        DragDropEvent::Drop { paths, .. } => {
            tauri::async_runtime::spawn(dropped(handle.clone(), paths.clone()));
        }
        _ => {}
    }
}

async fn dropped(handle: AppHandle, paths: Vec<PathBuf>) {
    let dropped = handle.state::<App>().editor().dropped(paths).await;
    let refused = |error: api::Error| DropUpdate::Dropped { files: Vec::new(), refused: Some(error.into()) };
    handle.state::<Drops>().tell(dropped.unwrap_or_else(refused));
}
