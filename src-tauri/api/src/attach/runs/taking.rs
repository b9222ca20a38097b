//! What goes on at one server, and what becomes of it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use appserver::{HookNews, ThreadId, TurnId};
use config::discover::Places;
use history::row;
use model::{Agent, Hook, HookRun, RunId, RunStatus};
use protocol::event::new_id;

use super::{Heard, is_over, row as told};
use crate::attach::Whose;
use crate::hooks::{self, view};
use crate::recorded::{Configured, recorded};
use crate::{dto, happened};

/// Runs that go on at once; of more the oldest is forgotten.
const RUNNING: usize = 4_096;
/// So many that were thought to be over may still turn out to have ended otherwise, as after a reconnect.
const GONE: usize = 256;
/// Turns that go on side by side.
const TURNS: usize = 32;

/// The runs of one server that go on. Everything of it blocks.
pub(super) struct Taking {
    codex: Places,
    running: VecDeque<Began>,
    gone: VecDeque<Began>,
    /// The latest of which was told.
    turns: VecDeque<Turn>,
}

/// A turn with the hooks that it has: each reads them anew.
struct Turn {
    thread: ThreadId,
    id: Option<TurnId>,
    configured: Configured,
}

/// A run that was told to have begun.
struct Began {
    thread: ThreadId,
    turn: Option<TurnId>,
    row: row::Run,
    shown: Shown,
}

/// Who shows a run while it goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Here,
    /// The recorder around its command tells more of it.
    ByRecorder,
}

/// What came of news.
#[derive(Default)]
pub(super) struct Came {
    /// For Live, in its order.
    pub(super) views: Vec<dto::RecordedView>,
    /// For the history.
    pub(super) over: Vec<row::Run>,
}

impl Taking {
    /// `home`: the server's own folder.
    pub(super) fn at(home: PathBuf) -> Self {
        let codex = Places { codex: home, system: hooks::system() };
        Self { codex, running: VecDeque::new(), gone: VecDeque::new(), turns: VecDeque::new() }
    }

    pub(super) fn take(&mut self, heard: Heard, came: &mut Came) {
        match heard {
            Heard::Run(news, whose) if is_over(&news) => self.ended(&news, &whose, came),
            Heard::Run(news, whose) => self.began(&news, &whose, came),
            Heard::Over(thread, turn) => {
                let of_it = |began: &Began| began.thread == thread && (turn.is_none() || began.turn == turn);
                self.gone(of_it, came);
            }
            Heard::Lost => self.gone(|_| true, came),
        }
    }

    fn began(&mut self, news: &HookNews, whose: &Whose, came: &mut Came) {
        let Some(began) = self.read(news, whose) else { return };
        if self.running.len() == RUNNING
            && let Some(oldest) = self.running.pop_front()
        {
            self.unknown(oldest, came);
        }
        began.show(came);
        self.running.push_back(began);
    }

    fn ended(&mut self, news: &HookNews, whose: &Whose, came: &mut Came) {
        let known = |began: &Began| {
            began.thread == news.thread && began.turn == news.turn && began.row.run.id.as_str() == news.run.id
        };
        let began = [&mut self.running, &mut self.gone]
            .into_iter()
            .find_map(|all| all.iter().position(known).and_then(|place| all.remove(place)));
        let Some(mut began) = began.or_else(|| self.read(news, whose)) else { return };
        told::end(&mut began.row, &news.run);
        began.over(came);
    }

    /// These are over, and nobody said how they ended.
    fn gone(&mut self, which: impl Fn(&Began) -> bool, came: &mut Came) {
        let (gone, running) = std::mem::take(&mut self.running).into_iter().partition(which);
        self.running = running;
        VecDeque::into_iter(gone).for_each(|began| self.unknown(began, came));
    }

    fn unknown(&mut self, mut began: Began, came: &mut Came) {
        let now = SystemTime::now().into();
        began.row.run = HookRun { status: RunStatus::Unknown, completed: Some(now), ..began.row.run };
        began.over(came);
        if self.gone.len() == GONE {
            self.gone.pop_front();
        }
        self.gone.push_back(began);
    }

    /// What the files say that a thread with this turn has.
    fn hooks(&mut self, thread: &ThreadId, turn: Option<&TurnId>, whose: &Whose) -> &[Hook] {
        let folder = whose.project.as_deref().unwrap_or(Path::new("/"));
        let place = self.turns.iter().position(|known| known.thread == *thread && known.id.as_ref() == turn);
        let place = place.unwrap_or_else(|| {
            if self.turns.len() == TURNS {
                self.turns.pop_front();
            }
            self.turns.push_back(Turn { thread: thread.clone(), id: turn.cloned(), configured: Configured::default() });
            self.turns.len() - 1
        });
        self.turns[place].configured.hooks(&self.codex, Agent::Codex, folder)
    }

    /// The run as it began. `None`: it is of our own entry, which is the request itself.
    fn read(&mut self, news: &HookNews, whose: &Whose) -> Option<Began> {
        let (thread, turn) = (news.thread.clone(), news.turn.clone());
        let hook = told::hook(self.hooks(&thread, turn.as_ref(), whose), &news.run);
        let ours = hook.map_or_else(|| told::is_of_ours(&news.run), view::is_ours);
        let by_recorder = hook.and_then(told::command).is_some_and(|line| recorded(line).is_some());
        let id = RunId::new(new_id().inspect_err(|error| tracing::error!(%error, "a run has no id")).ok()?);
        let row = told::began(id, news, whose, hook);
        let shown = if by_recorder { Shown::ByRecorder } else { Shown::Here };
        (!ours).then_some(Began { thread, turn, row, shown })
    }
}

impl Began {
    fn show(&self, came: &mut Came) {
        match self.shown {
            Shown::Here => came.views.push(happened::recorded(&self.row)),
            Shown::ByRecorder => {}
        }
    }

    fn over(&self, came: &mut Came) {
        self.show(came);
        came.over.push(self.row.clone());
    }
}
