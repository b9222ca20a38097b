//! Records as they are exported, and what of it makes rows of the history again: nothing of that is drawn.

use std::path::PathBuf;

use history::Reader;
use history::row::{self, Output};
use model::{By, Event, EventId, RequestId, RunId, Subagent};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Record;
use crate::dto::AppliedView;
use crate::{Error, runs};

/// A record as it is exported: an event with its payload as the agent sent it, a request with what was shown, a run with what it
/// was given and what it wrote.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Whole {
    #[serde(flatten)]
    record: Record,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<Asked>,
    #[serde(flatten)]
    ran: Option<Box<WholeRun>>,
}

/// What an event told, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    pub(super) event: String,
    pub(super) tool: Option<String>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) prompt: Option<String>,
    pub(super) subagent: Option<Inside>,
}

/// The subagent in which it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Inside {
    pub(super) id: String,
    pub(super) role: String,
}

/// What is kept of a request besides its row of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub(super) turn: Option<String>,
    pub(super) project: Option<PathBuf>,
    pub(super) runs_in: PathBuf,
    pub(super) summary: String,
    pub(super) digest: String,
    /// The key of the hosted hook that decided.
    pub(super) hook: Option<String>,
    /// What the rule is about that decided.
    pub(super) rule: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct WholeRun {
    /// As Codex sums it up.
    run: Value,
    stdout: String,
    stderr: String,
    ran: Ran,
}

/// What is kept of a run besides its row of a list, what it read and wrote, and Codex's summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ran {
    /// All of what ran.
    pub(super) command: String,
    /// The event for which it ran, where that is in the history.
    pub(super) event: Option<String>,
    pub(super) tool: Option<String>,
    /// The agent's id of the call.
    pub(super) tool_use: Option<String>,
    pub(super) cwd: Option<PathBuf>,
    /// Of the entry in the hook file as it stood.
    pub(super) hash: Option<String>,
    pub(super) plugin: Option<String>,
    pub(super) applied: AppliedView,
    /// Milliseconds since the Unix epoch.
    pub(super) completed_at: Option<String>,
    pub(super) took_us: Option<String>,
    /// Lengths of all there was; less of it may be kept.
    pub(super) input_bytes: String,
    pub(super) stdout_bytes: String,
    pub(super) stderr_bytes: String,
    /// What the agent itself says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) told: Option<SaysAgent>,
}

/// A run in the words of its agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SaysAgent {
    pub(super) status: String,
    pub(super) handler_type: String,
    pub(super) execution_mode: String,
    pub(super) source: String,
    pub(super) duration_ms: Option<u64>,
    pub(super) entries: Vec<SaidEntry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SaidEntry {
    pub(super) kind: String,
    pub(super) text: String,
}

impl Whole {
    /// Of what was deleted meanwhile only the record itself is left.
    pub(super) fn of(reader: &Reader, record: Record) -> Result<Self, Error> {
        let (mut payload, mut told, mut shown, mut asked, mut ran) = (None, None, None, None, None);
        match &record {
            Record::Event(view) => {
                if let Some(row) = reader.event(&EventId::new(&view.id))? {
                    told = Some(Told::of(&row.event));
                    payload = Some(row.event.payload);
                }
            }
            Record::Request(past) => {
                let id = RequestId::new(&past.id);
                if let (Some(request), Some(past)) = (reader.whole_request(&id)?, reader.request(&id)?) {
                    shown = Some(serde_json::from_str(&request.shown).unwrap_or_default());
                    asked = Some(Asked::of(request, past.decision));
                }
            }
            Record::Run(run) => {
                if let Some(row) = reader.run(&RunId::new(&run.id))? {
                    payload = Some(runs::given(reader, &row)?.0.text);
                    ran = Some(Box::new(WholeRun::of(row)));
                }
            }
        }
        Ok(Self { record, payload, told, shown, asked, ran })
    }
}

impl Told {
    fn of(event: &Event) -> Self {
        let inside = |subagent: &Subagent| Inside { id: subagent.id.to_string(), role: subagent.role.clone() };
        Self {
            event: event.event.name().to_owned(),
            tool: event.tool.clone(),
            cwd: event.cwd.clone(),
            prompt: event.prompt.clone(),
            subagent: event.subagent.as_ref().map(inside),
        }
    }
}

impl Asked {
    fn of(request: row::Request, decision: Option<row::Decision>) -> Self {
        let hook = decision.as_ref().and_then(|decision| match decision.answer.by() {
            By::Hook(key) => Some(key.to_string()),
            By::Person | By::Rule(_) | By::Nobody(_) => None,
        });
        Self {
            turn: request.turn.map(|id| id.to_string()),
            project: request.project,
            runs_in: request.runs_in,
            summary: request.summary,
            digest: request.digest,
            hook,
            rule: decision.and_then(|decision| decision.rule),
        }
    }
}

impl WholeRun {
    fn of(row: row::Run) -> Self {
        let bytes = |output: &Output| output.bytes.to_string();
        let ran = Ran {
            command: row.command,
            event: row.event.map(|id| id.to_string()),
            tool: row.tool,
            tool_use: row.tool_use,
            cwd: row.cwd,
            hash: row.hash,
            plugin: row.run.source.plugin.clone(),
            applied: runs::applied(row.applied),
            completed_at: row.run.completed.map(|at| at.0.to_string()),
            took_us: row.took.map(|took| took.as_micros().to_string()),
            input_bytes: bytes(&row.input),
            stdout_bytes: bytes(&row.stdout),
            stderr_bytes: bytes(&row.stderr),
            told: row.told.map(SaysAgent::of),
        };
        Self { run: engine::summary(&row.run), stdout: row.stdout.text, stderr: row.stderr.text, ran }
    }
}

impl SaysAgent {
    fn of(told: row::Told) -> Self {
        let row::Told { status, kind, mode, source, took_ms, entries } = told;
        let entries = entries.into_iter().map(|(kind, text)| SaidEntry { kind, text }).collect();
        Self { status, handler_type: kind, execution_mode: mode, source, duration_ms: took_ms, entries }
    }

    pub(super) fn row(self) -> row::Told {
        let Self { status, handler_type, execution_mode, source, duration_ms, entries } = self;
        row::Told {
            status,
            kind: handler_type,
            mode: execution_mode,
            source,
            took_ms: duration_ms,
            entries: entries.into_iter().map(|SaidEntry { kind, text }| (kind, text)).collect(),
        }
    }
}
