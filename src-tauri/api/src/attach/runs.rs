//! Hook runs that the server tells of, for Live and the history. Taken in beside the connection, which must not wait.

mod row;
mod taking;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use appserver::{HookEntry, HookNews, RunStatus, ThreadId, TurnId};
use history::{Error, Writer};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::Whose;
use crate::live::Message;
use taking::{Came, Taking};

/// So much that was heard waits at most to be taken in; what comes on top of that is missing in the history, with a note.
const MOST: usize = 16_384;
const MOST_BYTES: usize = 32 << 20;
/// What waits is taken in together.
const TOGETHER: usize = 500;
/// Of what a run left so many bytes are kept.
const KEPT: usize = 64 << 10;

/// The runs of one server.
pub(super) struct Runs {
    heard: mpsc::Sender<Heard>,
    /// Of what waits.
    bytes: Arc<AtomicUsize>,
    history: Writer,
}

enum Heard {
    Run(Box<HookNews>, Whose),
    Over(ThreadId, Option<TurnId>),
    Lost,
}

impl Runs {
    /// `home` is the folder whose server it is: its hook files are read.
    pub(super) fn new(home: PathBuf, history: Writer, live: mpsc::Sender<Message>) -> Self {
        let ((heard, waiting), bytes) = (mpsc::channel(MOST), Arc::new(AtomicUsize::new(0)));
        tokio::spawn(take_in(Taking::at(home), waiting, Arc::clone(&bytes), history.clone(), live));
        Self { heard, bytes, history }
    }

    /// A run began or ended. Waits for nobody.
    pub(super) fn heard(&self, mut news: HookNews, whose: &Whose) {
        cut(&mut news);
        let ended = is_over(&news);
        let bytes = size(&news);
        let fits = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= MOST_BYTES;
        if fits && self.heard.try_send(Heard::Run(Box::new(news), whose.clone())).is_ok() {
            return;
        }
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        if ended {
            // Refused only when the history closes.
            let _ = self.history.record_gap(1);
        }
    }

    /// A turn is over: what of it still runs was ended without a word. `None`: the thread is closed.
    pub(super) fn over(&self, thread: &ThreadId, turn: Option<&TurnId>) {
        // Where there is no room, its runs are over with the connection.
        let _ = self.heard.try_send(Heard::Over(thread.clone(), turn.cloned()));
    }

    /// The connection is over: how the runs end that go on is not known.
    pub(super) async fn lost(&self) {
        // Fails only when Hookwright ends.
        let _ = self.heard.send(Heard::Lost).await;
    }
}

/// Until nobody tells any more, or nobody listens.
async fn take_in(
    mut taking: Taking,
    mut waiting: mpsc::Receiver<Heard>,
    bytes: Arc<AtomicUsize>,
    history: Writer,
    live: mpsc::Sender<Message>,
) {
    loop {
        let mut heard = Vec::new();
        let open = waiting.recv_many(&mut heard, TOGETHER).await > 0;
        if !open {
            heard.push(Heard::Lost);
        }
        let taken: usize = heard.iter().map(Heard::bytes).sum();
        bytes.fetch_sub(taken, Ordering::Relaxed);
        // Hook files are read.
        let reading = spawn_blocking(move || {
            let mut came = Came::default();
            heard.into_iter().for_each(|heard| taking.take(heard, &mut came));
            (taking, came)
        });
        let Ok((again, Came { views, over })) = reading.await else { return };
        taking = again;
        match history.record_runs(over).await {
            Ok(()) => {}
            Err(Error::Closed) => return,
            Err(error) => tracing::warn!(%error, "runs that were told are not in the history yet"),
        }
        for view in views {
            if live.send(Message::Recorded(Box::new(view))).await.is_err() {
                return;
            }
        }
        if !open {
            return;
        }
    }
}

impl Heard {
    fn bytes(&self) -> usize {
        match self {
            Self::Run(news, _) => size(news),
            Self::Over(..) | Self::Lost => 0,
        }
    }
}

/// A newer Codex may have other words for how a run ended.
fn is_over(news: &HookNews) -> bool {
    match news.run.status {
        RunStatus::Running => false,
        RunStatus::Completed | RunStatus::Failed | RunStatus::Blocked | RunStatus::Stopped => true,
        RunStatus::Other(_) => news.run.completed_at.is_some(),
    }
}

fn size(news: &HookNews) -> usize {
    let run = &news.run;
    let entries: usize = run.entries.iter().map(|entry| entry.kind.len() + entry.text.len()).sum();
    size_of::<HookNews>() + entries + run.id.len() + run.source_path.len()
}

/// Leaves no more of what a run left than is kept.
fn cut(news: &mut HookNews) {
    let mut room = KEPT;
    for HookEntry { text, .. } in &mut news.run.entries {
        if text.len() > room {
            text.truncate(text.floor_char_boundary(room));
            text.push('…');
        }
        room = room.saturating_sub(text.len());
    }
}
