//! What the runs of hosted hooks for one event add up to, and which of it is passed on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use decisions::order::{Grant, HookVerdict};
use engine::{Captured, End, Finished, Payload, Report};
use history::row::{self, Applied, Output, RunFrom};
use model::{
    Agent, Entry, EntryKind, EventId, Handler, Hook, HookEvent, HookKey, HookRun, Outcome, Reported, RunId, RunStatus,
    Verdict,
};
use tokio::task::spawn_blocking;

use super::Hosted;
use super::continued::Turn;
use super::grant::Files;
use crate::live::Message;
use crate::mutex::lock;
use crate::{card, dto};

/// How much of an output the history keeps, in bytes.
const KEPT: usize = 64 << 10;

/// The files of granted hooks as they were before these ran.
pub(super) type Held = BTreeMap<HookKey, Files>;

/// What came of it.
pub(crate) struct Came {
    pub(crate) ended: Ended,
    /// Without anything that is not passed on. Neutral unless all ended.
    pub(crate) outcome: Outcome,
    /// For the person, where the agent shows them.
    pub(crate) warnings: Vec<String>,
    /// What each hook says to a permission request, in configured order.
    pub(crate) verdicts: Vec<HookVerdict>,
    /// Those that say *allow*, as the card names them.
    allowing: Vec<(HookKey, dto::AdviceView)>,
    runs: Vec<row::Run>,
}

/// Why the runs are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    All,
    /// The agent went away.
    Gone,
    OutOfTime,
    Quitting,
}

impl Came {
    /// Of runs that did not all end: nothing they said counts.
    pub(super) fn cut_off(ended: Ended, runs: impl Iterator<Item = row::Run>) -> Self {
        Self {
            ended,
            outcome: Outcome::default(),
            warnings: Vec::new(),
            verdicts: Vec::new(),
            allowing: Vec::new(),
            runs: runs.collect(),
        }
    }

    pub(super) fn in_project(mut self, project: Option<&Path>) -> Self {
        for row in &mut self.runs {
            row.project = project.map(Path::to_owned);
        }
        self
    }

    /// As the card shows it.
    pub(crate) fn advice(&self, of: &[HookKey]) -> Vec<dto::AdviceView> {
        self.allowing.iter().filter(|(key, _)| of.contains(key)).map(|(_, view)| view.clone()).collect()
    }

    /// What the history keeps, once it is known what became of each run's words.
    pub(crate) fn rows(self, applied: impl Fn(&HookRun, Option<&Verdict>) -> Applied) -> Vec<row::Run> {
        let verdict = |key: &HookKey| self.verdicts.iter().find(|said| said.hook == *key).map(|said| &said.verdict);
        let mut runs = self.runs;
        for row in &mut runs {
            if row.applied == Applied::Nothing {
                row.applied = applied(&row.run, verdict(&row.run.hook));
            }
        }
        runs
    }
}

impl Hosted {
    pub(super) async fn came(
        self: &Arc<Self>,
        event: &EventId,
        hooks: &[Hook],
        payload: &Payload,
        report: Report,
        held: Held,
    ) -> Came {
        let Report { runs, mut outcome } = report;
        let said: Vec<_> = runs.iter().filter_map(|ran| Some((ran.run.hook.clone(), ran.verdict.clone()?))).collect();
        let (verdicts, allowing) = self.judge(hooks, said, held).await;
        let mut rows: Vec<_> = runs.into_iter().map(|ran| row(event, ran.run, hooks, Some(&ran.finished))).collect();
        self.limit(payload, &mut outcome, &mut rows);
        let warnings = rows.iter().flat_map(|row| texts(&row.run, EntryKind::Warning)).collect();
        Came { ended: Ended::All, outcome, warnings, verdicts, allowing, runs: rows }
    }

    /// Holds back what would keep a turn from ending more often than a person wants.
    fn limit(&self, payload: &Payload, outcome: &mut Outcome, rows: &mut [row::Run]) {
        let goes_on = matches!(payload.event(), HookEvent::Stop | HookEvent::SubagentStop)
            && outcome.should_block
            && !outcome.should_stop;
        let (true, Some(most)) = (goes_on, lock(&self.limits).continuations) else { return };
        let text = |text: Option<&str>| text.map(str::to_owned);
        let turn = Turn { session: text(payload.session()), turn: text(payload.turn()) };
        if lock(&self.continued).again(turn, most) {
            return;
        }
        *outcome = Outcome::default();
        let text = format!("Hookwright lets the turn end: it was continued {most} times, which is the limit");
        for row in rows.iter_mut().filter(|row| row.run.status == RunStatus::Blocked) {
            row.run.entries.insert(0, Entry { kind: EntryKind::Warning, text: text.clone() });
            row.applied = Applied::HeldBack;
        }
    }

    /// The files of hooks that have a grant, before they run.
    pub(super) async fn held(self: &Arc<Self>, hooks: &[Hook]) -> Held {
        let granted: Vec<_> = hooks.iter().filter(|hook| self.granted(&hook.key).is_some()).cloned().collect();
        if granted.is_empty() {
            return Held::new();
        }
        let hosted = Arc::clone(self);
        let read = move || granted.iter().filter_map(|hook| Some((hook.key.clone(), hosted.files(hook)?))).collect();
        spawn_blocking(read).await.unwrap_or_default()
    }

    /// What the hook's grant covers, where all of it is as it was granted.
    fn files(&self, hook: &Hook) -> Option<Files> {
        self.granted(&hook.key)?.check(hook, &self.search).ok()
    }

    /// Which of the verdicts count. A grant holds where it did before the run and does now, with the very same files, and where
    /// the hook is still the one that ran.
    async fn judge(
        self: &Arc<Self>,
        hooks: &[Hook],
        said: Vec<(HookKey, Verdict)>,
        held: Held,
    ) -> (Vec<HookVerdict>, Vec<(HookKey, dto::AdviceView)>) {
        if said.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let (hosted, hooks) = (Arc::clone(self), hooks.to_vec());
        let judge = move || {
            let now = hosted.discovery();
            let (mut verdicts, mut allowing) = (Vec::new(), Vec::new());
            for (key, verdict) in said {
                let ran = hooks.iter().find(|hook| hook.key == key);
                let same = ran.filter(|ran| now.hooks.iter().any(|hook| hook == *ran));
                let holds =
                    |before: &Files| same.and_then(|hook| hosted.files(hook)).is_some_and(|after| after == *before);
                let grant = if verdict == Verdict::Allow && held.get(&key).is_some_and(holds) {
                    Grant::Holds
                } else {
                    Grant::Missing
                };
                if let (Verdict::Allow, Some(ran)) = (&verdict, ran) {
                    let name = ran.status_message.as_deref().unwrap_or(named(&ran.handler));
                    let view = dto::AdviceView { hook: card::line(name), grant: hosted.grant_of(ran) };
                    allowing.push((key.clone(), view));
                }
                verdicts.push(HookVerdict { hook: key, verdict, grant });
            }
            (verdicts, allowing)
        };
        spawn_blocking(judge).await.unwrap_or_default()
    }

    /// Puts the runs for one event into the history, and has the windows told of them.
    pub(crate) async fn record(&self, rows: Vec<row::Run>) {
        let Some(event) = rows.first().and_then(|row| row.event.clone()) else { return };
        if let Err(error) = self.history.record_runs(rows).await {
            tracing::error!(%error, %event, "runs of hosted hooks are not in the history yet");
        }
        let _ = self.live.send(Message::Ran(event)).await;
    }
}

fn named(handler: &Handler) -> &str {
    match handler {
        Handler::Command { command, .. } => command,
        Handler::McpTool { tool, .. } => tool,
    }
}

/// A run as the history has it; nothing of it is passed on yet.
pub(crate) fn row(event: &EventId, run: HookRun, hooks: &[Hook], finished: Option<&Finished>) -> row::Run {
    let hook = hooks.iter().find(|hook| hook.key == run.hook);
    let exit_code = finished.and_then(|finished| match finished.end {
        End::Exited(code) => Some(code),
        End::Signalled | End::Failed(_) => None,
    });
    row::Run {
        id: RunId::new(format!("{event}:{}", run.display_order)),
        from: RunFrom::Hosted,
        reported: Reported::Live,
        event: Some(event.clone()),
        // Like the session it is what the event says, where the history has that.
        agent: Agent::Codex,
        session: None,
        turn: None,
        tool: None,
        tool_use: None,
        project: None,
        cwd: None,
        command: hook.map(|hook| named(&hook.handler).to_owned()).unwrap_or_default(),
        hook: Some(run.hook.clone()),
        hash: hook.map(|hook| hook.hash.clone()),
        took: run.duration_ms.map(Duration::from_millis),
        exit_code,
        signal: None,
        input: Output::default(),
        stdout: finished.map(|finished| output(&finished.stdout)).unwrap_or_default(),
        stderr: finished.map(|finished| output(&finished.stderr)).unwrap_or_default(),
        applied: Applied::Nothing,
        masked: 0,
        told: None,
        run,
    }
}

fn output(captured: &Captured) -> Output {
    let text = &captured.text;
    let bytes = captured.whole.as_ref().map_or(text.len() as u64, |whole| whole.bytes());
    Output { text: text[..text.floor_char_boundary(KEPT)].to_owned(), bytes }
}

pub(super) fn texts(run: &HookRun, kind: EntryKind) -> Vec<String> {
    run.entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.text.clone()).collect()
}
