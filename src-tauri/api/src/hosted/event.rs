//! Hosted hooks for one event: which ones there are, and running them.

use std::collections::BTreeMap;
use std::mem;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use engine::{Engine, Payload, Progress};
use model::{Agent, Entry, EntryKind, EventId, Hook, HookRun, RunStatus};
use tokio::sync::oneshot;
use tokio::time::sleep_until;

use super::came::{Came, Ended, row};
use super::{Hosted, is_for};
use crate::memory::Memory;
use crate::mutex::lock;

/// What there is to do for an event.
pub(crate) struct Work {
    event: EventId,
    hooks: Vec<Hook>,
    payload: Payload,
    project: Option<PathBuf>,
    /// The session that hears with the reply what asynchronous hooks left.
    hears: Option<String>,
}

impl Hosted {
    /// What is to be done for an event; `None`: nothing at all.
    pub(crate) fn work(&self, id: &EventId, event: &model::Event, memory: &Memory) -> Option<Work> {
        let discovery = self.discovery();
        let meant = |hook: &&Hook| hook.event == event.event && hook.will_run() && is_for(hook, event.agent);
        let hooks: Vec<_> = discovery.hooks.iter().filter(meant).cloned().collect();
        let project = event.session.as_ref().and_then(|session| memory.folder(session));
        let session = event.session.as_ref().filter(|_| may_hear(event)).map(|session| session.as_str().to_owned());
        let words_wait = session.as_ref().is_some_and(|session| lock(&self.left).has(session));
        if hooks.is_empty() && !words_wait {
            return None;
        }
        let payload = match Payload::parse(&event.payload) {
            Ok(payload) => payload.named(id.clone()).run_in(folder(event, memory)),
            Err(error) => {
                tracing::error!(%error, "hosted hooks do not run");
                return None;
            }
        };
        let selected = !Engine::selected(&hooks, &payload).is_empty();
        (selected || words_wait).then(|| Work { event: id.clone(), hooks, payload, project, hears: session })
    }

    /// Runs the hooks until all have ended, the agent is gone, or there is no time left for it to hear of them.
    pub(crate) async fn run(self: &Arc<Self>, work: Work, gone: &mut oneshot::Receiver<()>, since: Instant) -> Came {
        let Work { event, hooks, payload, project, hears } = work;
        let summaries = Mutex::new(BTreeMap::new());
        let watch = |progress| match progress {
            Progress::Started { run, summary } | Progress::Ended { run, summary } => {
                lock(&summaries).insert(run, summary);
            }
            Progress::Output { .. } => {}
        };
        let running = async {
            let held = self.held(&hooks).await;
            let report = self.engine(&hooks).await?.run(&hooks, &payload, watch).await;
            Some((report, held))
        };
        let mut ending = self.ending.subscribe();
        let deadline = since + lock(&self.limits).within;
        let ended = tokio::select! {
            biased;
            _ = gone => Err(Ended::Gone),
            _ = ending.wait_for(|ending| *ending) => Err(Ended::Quitting),
            () = sleep_until(deadline.into()) => Err(Ended::OutOfTime),
            report = running => report.ok_or(Ended::Quitting),
        };
        let came = match ended {
            Ok((report, held)) => {
                let mut came = self.came(&event, &hooks, &payload, report, held).await;
                for words in hears.map(|session| lock(&self.left).take(&session)).unwrap_or_default() {
                    came.outcome.additional_contexts.extend(words.context);
                    came.warnings.extend(words.warnings);
                }
                came
            }
            Err(ended) => {
                let summaries = mem::take(&mut *lock(&summaries)).into_values();
                Came::cut_off(ended, summaries.map(|run| row(&event, unfinished(run, ended), &hooks, None)))
            }
        };
        came.in_project(project.as_deref())
    }
}

/// Where hooks run: the session's own folder, as with the agent itself. What the payload says counts where that is not known.
fn folder(event: &model::Event, memory: &Memory) -> PathBuf {
    let own = event.session.as_ref().and_then(|session| memory.folder(session));
    let folders = own.into_iter().chain(event.cwd.clone());
    folders.into_iter().find(|folder| folder.is_absolute() && folder.is_dir()).unwrap_or_else(|| "/".into())
}

/// Whether the reply to this event can carry words to who they are meant for, which is never a subagent.
fn may_hear(event: &model::Event) -> bool {
    let takes_context = match event.agent {
        Agent::Codex => agents::codex::takes_context(&event.event),
    };
    takes_context && event.subagent.is_none()
}

/// A run that did not end by itself, as the history has it.
fn unfinished(mut run: HookRun, ended: Ended) -> HookRun {
    if run.status == RunStatus::Running {
        let text = match ended {
            Ended::Gone => "the agent went away before it ended",
            Ended::OutOfTime => "the agent could not be kept waiting any longer",
            Ended::Quitting | Ended::All => "Hookwright was quit before it ended",
        };
        run.status = RunStatus::Failed;
        run.completed = Some(SystemTime::now().into());
        run.entries.push(Entry { kind: EntryKind::Error, text: text.to_owned() });
    }
    run
}
