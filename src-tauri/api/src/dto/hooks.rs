//! Hooks and their runs: the Hooks screen, *Try it*, the detail of an event.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Failure, FileView, Piece};

/// The hooks that a session in one folder has, in configured order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HooksView {
    /// The folder that was asked for, or the newest of `folders`.
    pub folder: String,
    /// The agent's own name.
    pub agent_title: String,
    /// Codex has switched hooks off: nothing of Codex's runs.
    pub hooks_off: bool,
    pub hooks: Vec<HookView>,
    /// Those of the older form. The agent runs them its own way.
    pub argv: Vec<ArgvView>,
    pub skipped: Vec<SkippedHook>,
    /// In the agent's own words.
    pub warnings: Vec<Vec<Piece>>,
    pub errors: Vec<HookFileError>,
    /// What keeps a session from starting, in the agent's own words.
    pub required: Option<Vec<Piece>>,
    /// Folders of past sessions, the newest first, to choose from.
    pub folders: Vec<String>,
}

/// One handler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HookView {
    pub key: String,
    /// The same, to be read.
    pub key_shown: Vec<Piece>,
    pub event: String,
    pub matcher: Option<Vec<Piece>>,
    /// `command` or `mcpTool`.
    pub kind: String,
    /// The command, or the tool and its server.
    pub runs: Vec<Piece>,
    /// `sync` or `async`.
    pub mode: String,
    /// Seconds, as it applies.
    pub timeout: u32,
    /// In approximate tokens, 0 for no limit; null is the usual one.
    pub context_limit: Option<u32>,
    pub status_message: Option<Vec<Piece>>,
    /// Codex's name of the source's kind, or `hosted`.
    pub source: String,
    pub path: Vec<Piece>,
    pub plugin: Option<Vec<Piece>>,
    pub hash: String,
    pub enabled: bool,
    /// `managed`, `trusted`, `modified` or `untrusted`.
    pub trust: String,
    /// Null: it will run.
    pub why_not: Option<WhyNot>,
    /// How it differs from what was trusted; null where it does not, or was never trusted.
    pub since: Option<SinceTrusted>,
    /// It is an entry of Hookwright's own, by which the agent is connected.
    pub ours: bool,
    /// Null where it is not a hosted hook.
    pub hosted: Option<HostedView>,
}

/// How a hook differs from what was trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SinceTrusted {
    /// When it was trusted here, in milliseconds since the Unix epoch; null where that is not known.
    pub at: Option<String>,
    /// What of its definition is another; null where it is not known what was trusted.
    pub fields: Option<Vec<FieldChange>>,
    /// The scripts it names that are not what was shown.
    pub scripts: Vec<ScriptChange>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// As files have it.
    pub name: String,
    /// Null: it was not said.
    pub before: Option<Vec<Piece>>,
    pub now: Option<Vec<Piece>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScriptChange {
    pub path: Vec<Piece>,
    /// Null: what it was is not kept, or what it is is no text.
    pub diff: Option<FileView>,
}

/// Why a hook will not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum WhyNot {
    HooksOff,
    Disabled,
    Untrusted,
    Modified,
}

/// What only hosted hooks have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HostedView {
    /// Null: every agent.
    pub agents: Option<Vec<String>>,
    pub grant: GrantView,
}

/// Whether its *allow* counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum GrantView {
    None,
    Given,
    /// Something it covers is not what it was.
    Suspended {
        changed: Vec<Vec<Piece>>,
    },
}

/// A hook of the older argv form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArgvView {
    /// The key in the file, such as `notify`.
    pub name: String,
    /// The program and its arguments.
    pub runs: Vec<Piece>,
    pub source: String,
    pub path: Vec<Piece>,
}

/// A handler the agent leaves out, and why, in the agent's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SkippedHook {
    pub key: String,
    pub event: String,
    pub path: Vec<Piece>,
    pub why: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HookFileError {
    pub path: Vec<Piece>,
    pub message: Vec<Piece>,
}

/// What a person says of a hosted hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum HostedWish {
    /// What stands there now is approved.
    Trust,
    Enable,
    Disable,
    /// Its *allow* counts from now on.
    Grant,
    Revoke,
}

/// What to try: one handler, or everything that matches.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrialWish {
    pub folder: String,
    /// Null: all hooks of the payload's event that will run.
    pub hook: Option<SeenHook>,
    pub payload: String,
}

/// A handler as the person saw it: another one at its place is not meant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SeenHook {
    pub key: String,
    pub hash: String,
}

/// Payloads to try hooks of one event with, as JSON to be edited. What would hide in it is escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrialPayloads {
    pub sample: String,
    /// The newest that an agent sent.
    pub recorded: Option<RecordedPayload>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecordedPayload {
    /// Milliseconds since the Unix epoch.
    pub at: String,
    pub payload: String,
}

/// What happens while hooks are tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum TrialUpdate {
    Started {
        run: u32,
        summary: RunView,
    },
    /// What it wrote so far, from its beginning; at most the first 20,000 characters.
    Output {
        run: u32,
        stream: StreamView,
        text: Vec<Piece>,
    },
    Ended {
        run: u32,
        summary: RunView,
    },
    /// The last: all runs in configured order, and what they add up to.
    Finished {
        runs: Vec<RunView>,
        outcome: OutcomeView,
    },
    /// The last, where a person stopped it.
    Stopped,
    /// The last, where it could not be tried.
    Failed {
        failure: Failure,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum StreamView {
    Stdout,
    Stderr,
}

/// One run of a hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    pub hook: String,
    pub event: String,
    pub source: String,
    pub path: Vec<Piece>,
    pub mode: String,
    pub status: RunStatusView,
    pub status_message: Option<Vec<Piece>>,
    /// Milliseconds since the Unix epoch.
    pub started_at: String,
    /// Milliseconds; null while it runs.
    pub duration_ms: Option<u32>,
    pub exit_code: Option<i32>,
    pub entries: Vec<RunEntry>,
    /// At most the first 20,000 characters; empty while it runs.
    pub stdout: Vec<Piece>,
    pub stderr: Vec<Piece>,
    /// There is more output than is here.
    pub cut: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RunStatusView {
    Running,
    Completed,
    Failed,
    Blocked,
    Stopped,
    /// It is over; how it ended is not known, or told in a word of a newer agent.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunEntry {
    /// `warning`, `stop`, `feedback`, `context` or `error`, or a word of a newer agent.
    pub kind: String,
    pub text: Vec<Piece>,
}

/// What all runs add up to. Everything null or empty: the agent goes on as if there were no hook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeView {
    pub should_stop: bool,
    pub stop_reason: Option<Vec<Piece>>,
    pub should_block: bool,
    pub block_reason: Option<Vec<Piece>>,
    /// `allow` or `deny`.
    pub decision: Option<String>,
    pub message: Option<Vec<Piece>>,
    pub contexts: Vec<Vec<Piece>>,
    /// Indented JSON.
    pub updated_input: Option<Vec<Piece>>,
    pub feedback: Option<Vec<Piece>>,
    pub continuation: Vec<Vec<Piece>>,
}
