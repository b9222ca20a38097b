//! A run that an agent tells of as the history has it. What it does not tell stays empty, and what is not known here stays in its
//! own words.

use std::time::Duration;

use agents::codex::install::STATUS_MESSAGE;
use appserver::{HookNews, HookRun as News, RunStatus as Said};
use engine::events::camel;
use history::row::{self, Applied, Output, RunFrom, Told};
use model::{
    Agent, Entry, EntryKind, Handler, HandlerKind, Hook, HookEvent, HookKey, HookRun, Mode, Reported, RunId, RunStatus,
    Source, SourceKind, Timestamp, TurnId,
};

use crate::attach::Whose;
use crate::recorded::recorded;

/// The configured hook that runs, as the files are now: of its file, for its event, in its place.
pub(super) fn hook<'h>(hooks: &'h [Hook], run: &News) -> Option<&'h Hook> {
    hooks.iter().find(|hook| {
        camel(&hook.event) == run.event_name
            && hook.source.path.to_string_lossy() == run.source_path
            && i64::from(hook.display_order) == run.display_order
            && hook.status_message == run.status_message
            && hook.handler.kind().name() == run.handler_type
    })
}

/// Whether it is of an entry of ours that was taken out of the file since: open sessions keep it.
pub(super) fn is_of_ours(run: &News) -> bool {
    run.status_message.as_deref() == Some(STATUS_MESSAGE)
}

/// The command line of a hook that has one.
pub(super) fn command(hook: &Hook) -> Option<&str> {
    match &hook.handler {
        Handler::Command { command, .. } => Some(command),
        Handler::McpTool { .. } => None,
    }
}

/// A run that began, or of which the beginning was not heard.
pub(super) fn began(id: RunId, news: &HookNews, whose: &Whose, hook: Option<&Hook>) -> row::Run {
    let run = &news.run;
    // The run's own time is in whole seconds.
    let said = || run.started_at.saturating_mul(1_000);
    let emitted = news.emitted_at_ms.filter(|_| run.status == Said::Running);
    row::Run {
        id,
        from: RunFrom::Told,
        reported: Reported::Live,
        event: None,
        agent: Agent::Codex,
        session: Some(whose.session.clone()),
        turn: news.turn.as_ref().map(|turn| TurnId::new(&*turn.0)),
        tool: None,
        tool_use: call(run).map(str::to_owned),
        project: whose.project.clone(),
        cwd: None,
        command: hook.map(runs).unwrap_or_default(),
        hook: hook.map(|hook| hook.key.clone()),
        hash: hook.map(|hook| hook.hash.clone()),
        run: HookRun {
            id: RunId::new(&*run.id),
            hook: hook.map_or(HookKey::new(""), |hook| hook.key.clone()),
            event: event(&run.event_name),
            kind: known(&run.handler_type, HandlerKind::ALL, HandlerKind::name).unwrap_or(HandlerKind::Unknown),
            // Agents tell only of what they wait for.
            mode: known(&run.execution_mode, MODES, Mode::name).unwrap_or(Mode::Sync),
            source: Source {
                kind: source(&run.source).unwrap_or(SourceKind::Unknown),
                path: run.source_path.clone().into(),
                plugin: hook.and_then(|hook| hook.source.plugin.clone()),
            },
            display_order: u32::try_from(run.display_order).unwrap_or(u32::MAX),
            status_message: run.status_message.clone(),
            started: Timestamp(emitted.unwrap_or_else(said)),
            status: RunStatus::Running,
            completed: None,
            duration_ms: None,
            entries: Vec::new(),
        },
        took: None,
        exit_code: None,
        signal: None,
        input: Output::default(),
        stdout: Output::default(),
        stderr: Output::default(),
        applied: Applied::Nothing,
        masked: 0,
        told: None,
    }
}

/// How it ended.
pub(super) fn end(row: &mut row::Run, run: &News) {
    let entries = run.entries.iter().filter_map(|said| {
        let kind = known(&said.kind, EntryKind::ALL, EntryKind::name)?;
        Some(Entry { kind, text: said.text.clone() })
    });
    let duration_ms = run.duration_ms.and_then(|ms| u64::try_from(ms).ok());
    let (started, took) = (row.run.started.0, duration_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)));
    let by_itself = run.completed_at.map_or(started, |at| at.saturating_mul(1_000).max(started));
    row.run = HookRun {
        status: match &run.status {
            // Whoever says so tells of its beginning.
            Said::Running => RunStatus::Running,
            Said::Completed => RunStatus::Completed,
            Said::Failed => RunStatus::Failed,
            Said::Blocked => RunStatus::Blocked,
            Said::Stopped => RunStatus::Stopped,
            Said::Other(_) => RunStatus::Unknown,
        },
        completed: Some(Timestamp(took.map_or(by_itself, |took| started.saturating_add(took)))),
        duration_ms,
        entries: entries.collect(),
        ..row.run.clone()
    };
    row.took = duration_ms.map(Duration::from_millis);
    let asks = |entry: &Entry| match entry.kind {
        EntryKind::Stop | EntryKind::Feedback | EntryKind::Context => true,
        EntryKind::Warning | EntryKind::Error => false,
    };
    row.applied = if row.run.entries.iter().any(asks) { Applied::Sent } else { Applied::Nothing };
    let words = words(run);
    row.told = (words != Told::of(&row.run)).then_some(words);
}

fn words(run: &News) -> Told {
    let status = match &run.status {
        Said::Running => RunStatus::Running.name(),
        Said::Completed => RunStatus::Completed.name(),
        Said::Failed => RunStatus::Failed.name(),
        Said::Blocked => RunStatus::Blocked.name(),
        Said::Stopped => RunStatus::Stopped.name(),
        Said::Other(word) => word,
    };
    Told {
        status: status.to_owned(),
        kind: run.handler_type.clone(),
        mode: run.execution_mode.clone(),
        source: run.source.clone(),
        took_ms: run.duration_ms.and_then(|ms| u64::try_from(ms).ok()),
        entries: run.entries.iter().map(|said| (said.kind.clone(), said.text.clone())).collect(),
    }
}

const MODES: [Mode; 2] = [Mode::Sync, Mode::Async];

fn known<T: Copy>(word: &str, all: impl IntoIterator<Item = T>, name: fn(T) -> &'static str) -> Option<T> {
    all.into_iter().find(|one| name(*one) == word)
}

/// A source of the agent's: none of these is ours.
fn source(word: &str) -> Option<SourceKind> {
    known(word, SourceKind::ALL.iter().copied(), SourceKind::name).filter(|kind| *kind != SourceKind::Hosted)
}

fn event(listed: &str) -> HookEvent {
    let known = HookEvent::KNOWN.iter().find(|event| camel(event) == listed);
    known.cloned().unwrap_or_else(|| HookEvent::Other(listed.to_owned()))
}

/// What ran: behind a recorder the command itself.
fn runs(hook: &Hook) -> String {
    match &hook.handler {
        Handler::Command { command, .. } => recorded(command).unwrap_or_else(|| command.clone()),
        Handler::McpTool { server, tool, .. } => format!("{server} / {tool}"),
    }
}

/// The call for which it ran: it stands behind the name of the run.
fn call(run: &News) -> Option<&str> {
    let (_, behind) = run.id.split_once(&format!(":{}:{}:", run.display_order, run.source_path))?;
    (!behind.is_empty()).then_some(behind)
}
