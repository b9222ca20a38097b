//! What one handler's end means for its event.

use model::{Entry, EntryKind, RunStatus, Verdict};
use serde_json::Value;

/// A run as its event reads it. Made in the order of its entries: warning, context, then how it came out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) status: RunStatus,
    pub(crate) entries: Vec<Entry>,
    pub(crate) effect: Effect,
}

/// What one run asks for. Empty where it asks for nothing or failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Effect {
    pub(crate) stop: Option<Stop>,
    /// Why it blocks.
    pub(crate) block: Option<String>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) context: Option<String>,
    pub(crate) updated_input: Option<Value>,
    /// What the model reads instead of a tool's result.
    pub(crate) feedback: Option<String>,
    /// What the model is told to go on with.
    pub(crate) continuation: Option<String>,
}

/// `continue: false`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) reason: Option<String>,
}

/// One run's part in the outcome, in configured order.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) run: model::RunId,
    pub(crate) effect: Effect,
    /// 0 finished first.
    pub(crate) finished: usize,
}

impl Reading {
    /// A run that says and asks for nothing.
    pub(crate) fn silent() -> Self {
        Self { status: RunStatus::Completed, entries: Vec::new(), effect: Effect::default() }
    }

    pub(crate) fn failed_silently() -> Self {
        Self { status: RunStatus::Failed, ..Self::silent() }
    }

    pub(crate) fn warning(self, text: Option<String>) -> Self {
        self.with_any(EntryKind::Warning, text)
    }

    pub(crate) fn error(self, text: Option<String>) -> Self {
        self.with_any(EntryKind::Error, text)
    }

    pub(crate) fn context(mut self, text: Option<String>) -> Self {
        self.effect.context.clone_from(&text);
        self.with_any(EntryKind::Context, text)
    }

    pub(crate) fn blocked(mut self, reason: String) -> Self {
        self.status = RunStatus::Blocked;
        self.effect.block = Some(reason.clone());
        self.with(EntryKind::Feedback, reason)
    }

    /// What the model reads instead of a tool's result.
    pub(crate) fn feedback(mut self, text: String) -> Self {
        self.effect.feedback = Some(text);
        self
    }

    /// What the model is told to go on with.
    pub(crate) fn continued(mut self, reason: String) -> Self {
        self.effect.continuation = Some(reason.clone());
        self.blocked(reason)
    }

    pub(crate) fn rewriting(mut self, input: Value) -> Self {
        self.effect.updated_input = Some(input);
        self
    }

    pub(crate) fn allowed(mut self) -> Self {
        self.effect.verdict = Some(Verdict::Allow);
        self
    }

    pub(crate) fn denied(mut self, message: String) -> Self {
        self.effect.verdict = Some(Verdict::Deny { message: message.clone() });
        self.blocked(message)
    }

    /// `shown` is the entry; `reason` is what the agent is told.
    pub(crate) fn stopped(mut self, reason: Option<String>, shown: Option<String>) -> Self {
        self.status = RunStatus::Stopped;
        self.effect.stop = Some(Stop { reason });
        self.with_any(EntryKind::Stop, shown)
    }

    /// Whatever it asked for has no effect; its warning stays.
    pub(crate) fn failed(mut self, error: impl Into<String>) -> Self {
        self.status = RunStatus::Failed;
        self.effect = Effect::default();
        self.entries.retain(|entry| entry.kind == EntryKind::Warning);
        self.with(EntryKind::Error, error.into())
    }

    fn with(self, kind: EntryKind, text: String) -> Self {
        self.with_any(kind, Some(text))
    }

    fn with_any(mut self, kind: EntryKind, text: Option<String>) -> Self {
        self.entries.extend(text.map(|text| Entry { kind, text }));
        self
    }
}
