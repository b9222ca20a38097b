//! One case: a hook, and what comes of it.

use std::fs;
use std::path::Path;

use engine::events::output_schema;
use engine::{Payload, Ran};
use model::{EntryKind, Hook, HookEvent, HookRun, Mode, Outcome, RunStatus, Verdict};
use serde_json::{Value, json};

use crate::world::{World, command, hook, unawaited};

/// One named test for each line `name: event, says => expected;`.
macro_rules! cases {
    ($($(#[$meta:meta])* $name:ident: $event:ident, $says:expr => $expected:expr;)+) => {$(
        $(#[$meta])*
        #[tokio::test]
        async fn $name() {
            $crate::conformance::case::check(&model::HookEvent::$event, &$says, &$expected).await;
        }
    )+};
}
pub(crate) use cases;

/// What a hook does.
pub(crate) struct Says {
    stdout: String,
    /// The shell's words, where printing is not all.
    script: Option<String>,
    timeout: u64,
    /// It answers what the schema of its event refuses, and Codex takes.
    lax: bool,
}

/// Prints this and ends well.
pub(crate) fn prints(stdout: impl ToString) -> Says {
    Says { stdout: stdout.to_string(), script: None, timeout: 30, lax: false }
}

/// `hookSpecificOutput` for this event.
pub(crate) fn specific(event: &str, fields: Value) -> Says {
    prints(json!({ "hookSpecificOutput": specific_output(event, fields) }))
}

/// The object below `hookSpecificOutput`.
pub(crate) fn specific_output(event: &str, fields: Value) -> Value {
    let mut output = json!({ "hookEventName": event });
    output.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    output
}

/// Runs this script.
pub(crate) fn does(script: impl ToString) -> Says {
    Says { script: Some(script.to_string()), ..prints("") }
}

/// Writes this to stderr and ends with this code.
pub(crate) fn exits(code: u8, stderr: &str) -> Says {
    does(format!("{} >&2; exit {code}", printing(stderr)))
}

impl Says {
    pub(crate) fn within(self, timeout: u64) -> Self {
        Self { timeout, ..self }
    }

    /// The schema is stricter than Codex.
    pub(crate) fn although_the_schema_refuses(self) -> Self {
        Self { lax: true, ..self }
    }

    fn script(&self) -> String {
        self.script.clone().unwrap_or_else(|| printing(&self.stdout))
    }

    fn hook(&self, event: &HookEvent, mode: Mode) -> Hook {
        let script = self.script();
        let handler = match mode {
            Mode::Sync => command(&script),
            Mode::Async => unawaited(&script),
        };
        Hook { timeout: self.timeout, ..hook(event.clone(), 0, handler) }
    }
}

/// The shell's words that print exactly this.
pub(crate) fn printing(text: &str) -> String {
    format!("printf %s '{}'", text.replace('\'', r"'\''"))
}

/// What comes of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Expected {
    status: RunStatus,
    entries: Vec<(EntryKind, String)>,
    outcome: Outcome,
}

impl Expected {
    fn new(status: RunStatus) -> Self {
        Self { status, entries: Vec::new(), outcome: Outcome::default() }
    }

    pub(crate) fn entry(mut self, kind: EntryKind, text: &str) -> Self {
        self.entries.push((kind, text.to_owned()));
        self
    }

    /// Comes first.
    pub(crate) fn warning(mut self, text: &str) -> Self {
        self.entries.insert(0, (EntryKind::Warning, text.to_owned()));
        self
    }

    /// Comes before all but a warning, and reaches the model.
    pub(crate) fn context(mut self, text: &str) -> Self {
        self.entries.insert(0, (EntryKind::Context, text.to_owned()));
        self.outcome.additional_contexts.push(text.to_owned());
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Outcome)) -> Self {
        change(&mut self.outcome);
        self
    }
}

/// Nothing is said and nothing changes.
pub(crate) fn completed() -> Expected {
    Expected::new(RunStatus::Completed)
}

/// The agent goes on as if there were no hook.
pub(crate) fn failed(error: &str) -> Expected {
    Expected::new(RunStatus::Failed).entry(EntryKind::Error, error)
}

/// The same, and nobody is told why.
pub(crate) fn failed_silently() -> Expected {
    Expected::new(RunStatus::Failed)
}

/// What the hook was asked about is blocked.
pub(crate) fn blocked(reason: &str) -> Expected {
    told(reason).with(|outcome| {
        outcome.should_block = true;
        outcome.block_reason = Some(reason.to_owned());
    })
}

/// The same for a permission request.
pub(crate) fn denied(message: &str) -> Expected {
    told(message).with(|outcome| outcome.verdict = Some(Verdict::Deny { message: message.to_owned() }))
}

/// The same for a prompt, which then is not submitted.
pub(crate) fn kept_back(reason: &str) -> Expected {
    told(reason).with(|outcome| {
        outcome.should_stop = true;
        outcome.stop_reason = Some(reason.to_owned());
    })
}

fn told(feedback: &str) -> Expected {
    Expected::new(RunStatus::Blocked).entry(EntryKind::Feedback, feedback)
}

/// `continue: false` with this reason, which is also what is shown.
pub(crate) fn stopped(reason: Option<&str>) -> Expected {
    let expected = Expected::new(RunStatus::Stopped).with(|outcome| {
        outcome.should_stop = true;
        outcome.stop_reason = reason.map(str::to_owned);
    });
    match reason {
        Some(reason) => expected.entry(EntryKind::Stop, reason),
        None => expected,
    }
}

/// The same without a reason, where something is shown all the same.
pub(crate) fn stopped_showing(shown: &str) -> Expected {
    stopped(None).entry(EntryKind::Stop, shown)
}

/// Runs the hook for a payload as Codex sent it.
pub(crate) async fn check(event: &HookEvent, says: &Says, expected: &Expected) {
    let world = World::new();
    let report = world.run(&[says.hook(event, Mode::Sync)], &recorded(&world, event)).await;
    let [Ran { run, .. }] = report.runs.as_slice() else { panic!("one run: {report:?}") };
    let outcome = without_run_ids(report.outcome.clone());
    assert_eq!(&seen(run, outcome), expected, "{}: {}", event.name(), says.script());
    agrees_with_schema(event, says, run);
}

/// The same, but nobody waits for it: its part in the outcome is the context that comes later.
pub(crate) async fn check_unawaited(event: &HookEvent, says: &Says, expected: &Expected) {
    let world = World::new();
    let engine = world.engine();
    let report = engine.run(&[says.hook(event, Mode::Async)], &recorded(&world, event), |_| {}).await;
    assert!(report.runs.is_empty(), "nobody waits for it");
    assert_eq!(report.outcome, Outcome::default());
    let late = engine.finish_background().await;
    let [late] = late.as_slice() else { panic!("one run: {late:?}") };
    let outcome = Outcome { additional_contexts: late.context.clone().into_iter().collect(), ..Outcome::default() };
    assert_eq!(&seen(&late.run, outcome), expected, "{}: {}", event.name(), says.script());
}

fn seen(run: &HookRun, outcome: Outcome) -> Expected {
    let entries = run.entries.iter().map(|entry| (entry.kind, entry.text.clone())).collect();
    Expected { status: run.status, entries, outcome }
}

/// Which run gave a reason to go on is held elsewhere.
fn without_run_ids(mut outcome: Outcome) -> Outcome {
    for fragment in &mut outcome.continuation {
        fragment.run = model::RunId::new("");
    }
    outcome
}

/// What is read as an answer, and nothing else, is what the published schema allows.
fn agrees_with_schema(event: &HookEvent, says: &Says, run: &HookRun) {
    let (Some(schema), None) = (output_schema(event), &says.script) else { return };
    if !says.stdout.trim_start().starts_with(['{', '[']) {
        return;
    }
    let refused = run.entries.iter().any(|entry| entry.text.starts_with("hook returned invalid "));
    let valid = serde_json::from_str(says.stdout.trim())
        .is_ok_and(|answer: Value| jsonschema::is_valid(&schema.to_value(), &answer));
    assert_eq!(valid || says.lax, !refused, "read and schema differ: {}", says.stdout);
    assert!(!(valid && says.lax), "the schema allows it: {}", says.stdout);
}

/// The payload of an event as Codex 0.169 sent it, but for the folder.
pub(crate) fn recorded(world: &World, event: &HookEvent) -> Payload {
    let variant = match event {
        HookEvent::PreCompact | HookEvent::PostCompact => "manual",
        HookEvent::SubagentStart | HookEvent::SubagentStop => "subagent",
        _ => "shell",
    };
    let file = format!("../../tests/fixtures/codex/{}.{variant}.json", event.name());
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let mut payload: Value = serde_json::from_str(&text).unwrap();
    payload["cwd"] = world.folder.path().to_str().into();
    Payload::parse(&payload.to_string()).unwrap()
}
