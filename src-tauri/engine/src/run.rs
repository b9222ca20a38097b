//! The engine: one event from selection to outcome.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::join_all;
use model::{Handler, Hook, HookEvent, HookRun, McpServer, Mode, Outcome, RunId, RunStatus, Timestamp};
use tokio::process::Command;
use tokio::time::timeout;

use crate::background::Background;
use crate::command::{self, Given};
use crate::mcp::{Call, Servers};
use crate::reading::{Effect, Part, Reading};
use crate::spill::Spill;
use crate::{Finished, Late, Payload, Progress, Ran, Report, Shell, Stream, events, placeholder};

/// Runs hooks. Clones are the same one. Dropping a run's future kills what it started; dropping the last clone kills what runs in
/// the background and closes the MCP servers.
#[derive(Clone)]
pub struct Engine {
    background: Arc<Background>,
    runner: Arc<Runner>,
}

/// What a hook finds around it.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub shell: Shell,
    /// All of the child's environment, but for what is scrubbed and what a plugin adds.
    pub environment: Vec<(OsString, OsString)>,
    /// Where long outputs go (`hook_outputs/` below it). Codex 0.169: the folder for temporary files.
    pub scratch: PathBuf,
    pub mcp_servers: BTreeMap<String, McpServer>,
}

/// Runs one handler at a time.
struct Runner {
    surroundings: Surroundings,
    servers: Servers,
}

impl Engine {
    /// Must be used within a tokio runtime with time and input and output.
    pub fn new(surroundings: Surroundings) -> Self {
        let servers = Servers::of(&surroundings);
        Self { background: Arc::default(), runner: Arc::new(Runner { surroundings, servers }) }
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.runner.surroundings
    }

    /// The hooks that run for this payload, in configured order.
    pub fn selected<'a>(hooks: &'a [Hook], payload: &Payload) -> Vec<&'a Hook> {
        let subjects = events::subjects(payload);
        let meant = |hook: &&Hook| {
            let matches = hook.matcher.as_ref().is_none_or(|matcher| matcher.matches(&subjects));
            hook.will_run() && hook.event == *payload.event() && matches
        };
        let mut selected: Vec<_> = hooks.iter().filter(meant).collect();
        selected.sort_by_key(|hook| hook.display_order);
        selected
    }

    /// Runs them. `watch` must not block. Dropping the future kills every process group it started.
    pub async fn run(&self, hooks: &[Hook], payload: &Payload, watch: impl Fn(Progress) + Send + Sync) -> Report {
        let selected = Self::selected(hooks, payload);
        let (awaited, unawaited): (Vec<_>, Vec<_>) =
            selected.into_iter().partition(|hook| hook.handler.mode() == Mode::Sync);
        for hook in unawaited {
            self.submit(hook, payload);
        }
        let begun: Vec<_> = awaited.iter().map(|hook| begun(hook, payload)).collect();
        for (run, summary) in begun.iter().enumerate() {
            watch(Progress::Started { run, summary: summary.clone() });
        }
        let ended = AtomicUsize::new(0);
        let runs = awaited.iter().zip(begun).enumerate().map(async |(at, (hook, begun))| {
            let told = |stream, bytes: &[u8]| watch(Progress::Output { run: at, stream, bytes: bytes.to_vec() });
            let (run, finished, effect) = self.runner.run(hook, payload, begun, told).await;
            let order = ended.fetch_add(1, Ordering::Relaxed);
            watch(Progress::Ended { run: at, summary: run.clone() });
            let verdict = effect.verdict.clone();
            let part = Part { run: run.id.clone(), effect, finished: order };
            (Ran { run, finished, order, verdict }, part)
        });
        let (runs, parts): (Vec<_>, _) = join_all(runs).await.into_iter().unzip();
        let outcome = self.outcome(payload, &awaited, &runs, parts);
        Report { runs, outcome }
    }

    /// Long texts for the model are cut here, where each one's limit is known; runs keep them whole.
    fn outcome(&self, payload: &Payload, hooks: &[&Hook], runs: &[Ran], mut parts: Vec<Part>) -> Outcome {
        let spill = self.runner.spill(payload);
        for ((part, hook), ran) in parts.iter_mut().zip(hooks).zip(runs) {
            let (effect, whole) = (&mut part.effect, ran.finished.stdout.whole.as_ref());
            effect.context = effect.context.take().map(|text| spill.output(hook.context_limit, text, whole));
            effect.continuation = effect.continuation.take().map(|text| spill.within(None, text));
        }
        let mut outcome = events::outcome(payload.event(), &parts);
        outcome.feedback = outcome.feedback.map(|text| spill.within(None, text));
        outcome
    }

    fn submit(&self, hook: &Hook, payload: &Payload) {
        let (runner, hook, payload) = (Arc::clone(&self.runner), hook.clone(), payload.clone());
        self.background.submit(Box::pin(async move {
            let (run, finished, effect) = runner.run(&hook, &payload, begun(&hook, &payload), |_, _| {}).await;
            let spill = runner.spill(&payload);
            let whole = finished.stdout.whole.as_ref();
            let context = effect.context.map(|text| spill.output(hook.context_limit, text, whole));
            let session = payload.session().map(str::to_owned);
            Late { session, event: payload.name().cloned(), run, finished, context }
        }));
    }

    /// What asynchronous runs of this session have left since the last call.
    pub fn delivered(&self, session: Option<&str>) -> Vec<Late> {
        self.background.delivered(session)
    }

    /// Waits until an asynchronous run of any session has left something.
    pub async fn next_late(&self) -> Late {
        self.background.next().await
    }

    /// Waits for everything that runs in the background, and gives what it left.
    pub async fn finish_background(&self) -> Vec<Late> {
        self.background.finish().await
    }
}

impl Runner {
    async fn run(
        &self,
        hook: &Hook,
        payload: &Payload,
        begun: HookRun,
        told: impl Fn(Stream, &[u8]),
    ) -> (HookRun, Finished, Effect) {
        let clock = Instant::now();
        let finished = self.finish(hook, payload, told).await;
        let took = clock.elapsed();
        let Reading { status, entries, effect } = events::read(&hook.event, hook.handler.mode(), &finished);
        let run = HookRun {
            status,
            completed: Some(Timestamp::from(SystemTime::now())),
            duration_ms: Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            entries,
            ..begun
        };
        (run, finished, effect)
    }

    async fn finish(&self, hook: &Hook, payload: &Payload, told: impl Fn(Stream, &[u8])) -> Finished {
        let limit = Duration::from_secs(hook.timeout);
        let cwd = payload.folder();
        let cwd = cwd.as_deref();
        match &hook.handler {
            Handler::Command { command: text, environment, .. } => {
                let Surroundings { shell, scratch, environment: all, .. } = &self.surroundings;
                let mut command = Command::new(shell.path());
                command.arg("-c").arg(text);
                command::environment(&mut command, all, environment);
                command::run(command, Given { cwd, input: payload.text(), limit, scratch }, told).await
            }
            Handler::McpTool { server, tool, input } => {
                let arguments = match placeholder::fill(input, payload.fields()) {
                    Ok(arguments) => arguments,
                    Err(words) => return Finished::failed(words),
                };
                let call = Call { server, tool, arguments: &arguments, session: payload.session(), cwd };
                timeout(limit, self.servers.call(call)).await.unwrap_or_else(|_| Finished::failed("MCP hook timed out"))
            }
        }
    }

    fn spill(&self, payload: &Payload) -> Spill {
        Spill::of(&self.surroundings.scratch, payload.session())
    }
}

/// A run that the agent itself started, as it sums it up, and whether it asked for anything. `None`: it has not ended. The times are
/// the caller's to tell.
pub fn told(hook: &Hook, payload: &Payload, finished: Option<&Finished>) -> (HookRun, bool) {
    let begun = begun(hook, payload);
    let Some(finished) = finished else { return (begun, false) };
    let Reading { status, entries, effect } = events::read(&hook.event, hook.handler.mode(), finished);
    (HookRun { status, entries, ..begun }, effect != Effect::default())
}

/// A run that starts now.
fn begun(hook: &Hook, payload: &Payload) -> HookRun {
    HookRun {
        id: run_id(hook, payload),
        hook: hook.key.clone(),
        event: hook.event.clone(),
        kind: hook.handler.kind(),
        mode: hook.handler.mode(),
        source: hook.source.clone(),
        display_order: hook.display_order,
        status_message: hook.status_message.clone(),
        started: Timestamp::from(SystemTime::now()),
        status: RunStatus::Running,
        completed: None,
        duration_ms: None,
        entries: Vec::new(),
    }
}

/// Codex 0.169: tool events have the call behind it. A `PermissionRequest` has too, but its payload does not say which.
fn run_id(hook: &Hook, payload: &Payload) -> RunId {
    let (event, order, path) = (events::kebab(&hook.event), hook.display_order, hook.source.path.display());
    let call = payload.call().filter(|_| matches!(hook.event, HookEvent::PreToolUse | HookEvent::PostToolUse));
    RunId::new(call.map_or_else(|| format!("{event}:{order}:{path}"), |call| format!("{event}:{order}:{path}:{call}")))
}
