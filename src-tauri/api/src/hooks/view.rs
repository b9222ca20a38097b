//! Hooks and their runs as a window draws them: every text from outside in pieces.

use std::collections::HashMap;
use std::path::Path;

use config::discover::{Discovery, FileError, Skipped};
use engine::Finished;
use model::{
    Agent, ArgvHook, Entry, Handler, Hook, HookEvent, HookKey, HookRun, Outcome, RunStatus, SourceKind, Verdict,
};

use super::why_not;
use crate::card::{pieces, prose};
use crate::dto;

/// Longer output is cut there, in characters.
const OUTPUT: usize = 20_000;

/// What a session of this agent in a folder has. `grants` are those of hosted hooks, `since` how hooks differ from what was trusted.
pub(crate) fn hooks(
    agent: Agent,
    folder: &Path,
    discovery: &Discovery,
    grants: &HashMap<HookKey, dto::GrantView>,
    mut since: HashMap<HookKey, dto::SinceTrusted>,
    folders: Vec<String>,
) -> dto::HooksView {
    // By event, as an agent's life goes; within one event the configured order stays.
    let mut sorted: Vec<&Hook> = discovery.hooks.iter().collect();
    sorted.sort_by_key(|hook| HookEvent::KNOWN.iter().position(|event| *event == hook.event));
    // What is said of one handler stands where that handler stands.
    let told = |warning: &&String| discovery.skipped.iter().any(|skipped| skipped.why == **warning);
    let warnings = discovery.warnings.iter().filter(|warning| !told(warning));
    dto::HooksView {
        folder: folder.to_string_lossy().into_owned(),
        agent_title: agent.title().to_owned(),
        hooks_off: discovery.hooks_off,
        hooks: sorted.into_iter().map(|one| hook(one, grants.get(&one.key), since.remove(&one.key))).collect(),
        argv: discovery.argv.iter().map(argv).collect(),
        skipped: discovery.skipped.iter().map(skipped).collect(),
        warnings: warnings.map(|warning| pieces(warning)).collect(),
        errors: discovery.errors.iter().map(error).collect(),
        required: discovery.required.as_deref().map(pieces),
        folders,
    }
}

/// Whether it is an entry of ours, by which an agent is connected.
pub(crate) fn is_ours(hook: &Hook) -> bool {
    match &hook.handler {
        Handler::Command { command, .. } => agents::codex::install::ours(command).is_some(),
        Handler::McpTool { .. } => false,
    }
}

fn hook(hook: &Hook, grant: Option<&dto::GrantView>, since: Option<dto::SinceTrusted>) -> dto::HookView {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    dto::HookView {
        key: hook.key.to_string(),
        key_shown: pieces(hook.key.as_str()),
        event: hook.event.name().to_owned(),
        matcher: hook.matcher.as_ref().map(|matcher| pieces(matcher.text())),
        kind: hook.handler.kind().name().to_owned(),
        runs: runs(&hook.handler),
        mode: hook.handler.mode().name().to_owned(),
        timeout: number(hook.timeout),
        context_limit: hook.context_limit.map(number),
        status_message: hook.status_message.as_deref().map(prose),
        source: hook.source.kind.name().to_owned(),
        path: path(&hook.source.path),
        plugin: hook.source.plugin.as_deref().map(pieces),
        hash: hook.hash.clone(),
        enabled: hook.enabled,
        trust: hook.trust.name().to_owned(),
        why_not: why_not(hook),
        since,
        ours: is_ours(hook),
        hosted: (hook.source.kind == SourceKind::Hosted).then(|| dto::HostedView {
            agents: hook.agents.as_ref().map(|agents| agents.iter().map(|agent| agent.title().to_owned()).collect()),
            grant: grant.cloned().unwrap_or(dto::GrantView::None),
        }),
    }
}

/// The command, or the tool and its server.
pub(super) fn runs(handler: &Handler) -> Vec<dto::Piece> {
    match handler {
        Handler::Command { command, .. } => pieces(command),
        Handler::McpTool { server, tool, .. } => pieces(&format!("{server} / {tool}")),
    }
}

fn argv(hook: &ArgvHook) -> dto::ArgvView {
    dto::ArgvView {
        name: hook.name.clone(),
        runs: pieces(&hook.argv.join(" ")),
        source: hook.source.kind.name().to_owned(),
        path: path(&hook.source.path),
    }
}

fn skipped(skipped: &Skipped) -> dto::SkippedHook {
    dto::SkippedHook {
        key: skipped.key.to_string(),
        event: skipped.event.name().to_owned(),
        path: path(&skipped.source.path),
        why: pieces(&skipped.why),
    }
}

fn error(error: &FileError) -> dto::HookFileError {
    dto::HookFileError { path: path(&error.path), message: pieces(&error.message) }
}

fn path(path: &Path) -> Vec<dto::Piece> {
    pieces(&path.to_string_lossy())
}

/// The beginning of an output, and whether there is more.
pub(crate) fn output(text: &str) -> (Vec<dto::Piece>, bool) {
    let end = text.char_indices().nth(OUTPUT).map(|(at, _)| at);
    (pieces(&text[..end.unwrap_or(text.len())]), end.is_some())
}

/// One run; without its end while it goes on.
pub(crate) fn run(run: &HookRun, finished: Option<&Finished>) -> dto::RunView {
    let (stdout, stderr) = finished.map_or(("", ""), |end| (end.stdout.text.as_str(), end.stderr.text.as_str()));
    let ((stdout, stdout_cut), (stderr, stderr_cut)) = (output(stdout), output(stderr));
    let kept_elsewhere = finished.is_some_and(|end| end.stdout.whole.is_some() || end.stderr.whole.is_some());
    dto::RunView {
        hook: run.hook.to_string(),
        event: run.event.name().to_owned(),
        source: run.source.kind.name().to_owned(),
        path: path(&run.source.path),
        mode: run.mode.name().to_owned(),
        status: status(run.status),
        status_message: run.status_message.as_deref().map(prose),
        started_at: run.started.0.to_string(),
        duration_ms: run.duration_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
        exit_code: finished.and_then(|end| match end.end {
            engine::End::Exited(code) => Some(code),
            engine::End::Signalled | engine::End::Failed(_) => None,
        }),
        entries: run.entries.iter().map(entry).collect(),
        stdout,
        stderr,
        cut: kept_elsewhere || stdout_cut || stderr_cut,
    }
}

/// What all runs add up to.
pub(crate) fn outcome(outcome: &Outcome) -> dto::OutcomeView {
    let Outcome {
        should_stop,
        stop_reason,
        should_block,
        block_reason,
        verdict,
        additional_contexts,
        updated_input,
        feedback,
        continuation,
    } = outcome;
    let said = |text: &Option<String>| text.as_deref().map(pieces);
    let (decision, message) = match verdict {
        None => (None, None),
        Some(Verdict::Allow) => (Some("allow"), None),
        Some(Verdict::Deny { message }) => (Some("deny"), Some(pieces(message))),
    };
    dto::OutcomeView {
        should_stop: *should_stop,
        stop_reason: said(stop_reason),
        should_block: *should_block,
        block_reason: said(block_reason),
        decision: decision.map(str::to_owned),
        message,
        contexts: additional_contexts.iter().map(|text| pieces(text)).collect(),
        updated_input: updated_input.as_ref().map(|input| pieces(&format!("{input:#}"))),
        feedback: said(feedback),
        continuation: continuation.iter().map(|fragment| pieces(&fragment.text)).collect(),
    }
}

pub(crate) fn status(status: RunStatus) -> dto::RunStatusView {
    match status {
        RunStatus::Running => dto::RunStatusView::Running,
        RunStatus::Completed => dto::RunStatusView::Completed,
        RunStatus::Failed => dto::RunStatusView::Failed,
        RunStatus::Blocked => dto::RunStatusView::Blocked,
        RunStatus::Stopped => dto::RunStatusView::Stopped,
        RunStatus::Unknown => dto::RunStatusView::Unknown,
    }
}

fn entry(entry: &Entry) -> dto::RunEntry {
    dto::RunEntry { kind: entry.kind.name().to_owned(), text: prose(&entry.text) }
}
