//! A line of an export as a row of the history. What does not fit is told by the name of its member.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use history::row::{self, Applied, Exported, Output};
use model::{
    Agent, Answer, Decision, Entry, EntryKind, EventId, HandlerKind, HookEvent, HookKey, HookRun, Mode, Reported,
    RequestId, RuleId, RunId, SessionId, Source, SourceKind, Subagent, SubagentId, Timestamp, TurnId, Why,
};
use serde::Deserialize;
use serde_json::Value;

use crate::dto::{AppliedView, ByView, DecisionView, RunFromView, RunStatusView, Taken};
use crate::records::exported::{Asked, Ran, SaysAgent, Told};
use crate::runs;

/// Why it is none reads after the number of the line.
pub(super) fn row(line: &[u8]) -> Result<Exported, String> {
    let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    match line {
        Line::Event(event) => event.row(),
        Line::Request(request) => request.row(),
        Line::Run(run) => run.row(),
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Line {
    Event(Box<Event>),
    Request(Box<Request>),
    Run(Box<Run>),
}

#[derive(Deserialize)]
struct Event {
    id: String,
    at: String,
    agent: String,
    session: Option<String>,
    turn: Option<String>,
    request: Option<String>,
    payload: String,
    told: Told,
}

#[derive(Deserialize)]
struct Request {
    id: String,
    at: String,
    agent: String,
    session: String,
    tool: String,
    outcome: Option<Outcome>,
    taken: Taken,
    shown: Value,
    asked: Asked,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    decision: DecisionView,
    by: ByView,
    at: String,
    waited_ms: String,
    message: Option<String>,
    rule: Option<Rule>,
    offered: Option<String>,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    id: String,
    from: RunFromView,
    agent: String,
    event: String,
    session: Option<String>,
    turn: Option<String>,
    project: Option<PathBuf>,
    hook: Option<String>,
    status: RunStatusView,
    started_at: String,
    exit_code: Option<i32>,
    signal: Option<i32>,
    masked: u32,
    payload: String,
    run: Summary,
    stdout: String,
    stderr: String,
    ran: Ran,
}

/// Of `HookRunSummary` what stands nowhere else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    id: String,
    handler_type: String,
    execution_mode: String,
    source_path: PathBuf,
    source: String,
    display_order: u32,
    status_message: Option<String>,
    duration_ms: Option<u64>,
    entries: Vec<Said>,
}

#[derive(Deserialize)]
struct Said {
    kind: String,
    text: String,
}

impl Event {
    fn row(self) -> Result<Exported, String> {
        let Told { event, tool, cwd, prompt, subagent } = self.told;
        let event = model::Event {
            agent: agent(&self.agent)?,
            event: HookEvent::from_name(&event),
            session: self.session.map(SessionId::new),
            turn: self.turn.map(TurnId::new),
            subagent: subagent.map(|inside| Subagent { id: SubagentId::new(inside.id), role: inside.role }),
            tool,
            cwd,
            prompt,
            payload: self.payload,
        };
        Ok(Exported::Event(row::Event {
            id: EventId::new(self.id),
            at: Timestamp(number("at", &self.at)?),
            reported: Reported::Imported,
            event,
            request: self.request.map(RequestId::new),
        }))
    }
}

impl Request {
    fn row(self) -> Result<Exported, String> {
        let Asked { turn, project, runs_in, summary, digest, hook, rule } = self.asked;
        let id = RequestId::new(self.id);
        let decision = match self.outcome {
            Some(outcome) => Some(row::Decision {
                request: id.clone(),
                at: Timestamp(number("outcome.at", &outcome.at)?),
                waited: Duration::from_millis(number("outcome.waitedMs", &outcome.waited_ms)?),
                offered: outcome.offered.clone(),
                answer: outcome.answer(hook)?,
                rule,
            }),
            None => None,
        };
        let request = row::Request {
            id,
            at: Timestamp(number("at", &self.at)?),
            agent: agent(&self.agent)?,
            session: SessionId::new(self.session),
            turn: turn.map(TurnId::new),
            project,
            runs_in,
            tool: self.tool,
            summary,
            shown: self.shown.to_string(),
            digest,
        };
        let taken = match self.taken {
            Taken::Yes => Some(true),
            Taken::No => Some(false),
            Taken::Waiting => None,
        };
        Ok(Exported::Request { request, decision, taken })
    }
}

impl Outcome {
    fn answer(self, hook: Option<String>) -> Result<Answer, String> {
        let decision = match self.decision {
            DecisionView::Allow => Decision::Allow,
            DecisionView::Deny => Decision::Deny { message: self.message.unwrap_or_default() },
            DecisionView::None => Decision::NoDecision,
        };
        let nobody = |why| match decision {
            Decision::NoDecision => Ok(Answer::nobody(why)),
            Decision::Allow | Decision::Deny { .. } => Err("outcome: nobody decided".to_owned()),
        };
        match self.by {
            ByView::Person => Ok(Answer::person(decision)),
            ByView::Rule => {
                let rule = self.rule.ok_or("outcome.rule: it is missing")?;
                Ok(Answer::rule(RuleId::new(rule.id), decision))
            }
            ByView::Hook => Ok(Answer::hook(HookKey::new(hook.ok_or("asked.hook: it is missing")?), decision)),
            ByView::Expired => nobody(Why::Expired),
            ByView::Withdrawn => nobody(Why::Withdrawn),
            ByView::Paused => nobody(Why::Paused),
            ByView::Quit => nobody(Why::Quit),
            ByView::Lost => nobody(Why::Lost),
            ByView::Unattended => nobody(Why::Unattended),
            ByView::Reviewer => nobody(Why::Reviewer),
            ByView::Terminal => nobody(Why::Terminal),
        }
    }
}

impl Run {
    fn row(self) -> Result<Exported, String> {
        let run = self.summary()?;
        let Ran { command, event, tool, tool_use, cwd, hash, applied, told, .. } = self.ran;
        let took = self.ran.took_us.as_deref().map(|us| number("ran.tookUs", us)).transpose()?;
        // That of a hosted hook stands with its event, which may not come in.
        let input_bytes = match number("ran.inputBytes", &self.ran.input_bytes)? {
            0 => self.payload.len() as u64,
            bytes => bytes,
        };
        Ok(Exported::Run(Box::new(row::Run {
            id: RunId::new(self.id),
            from: runs::from(self.from),
            reported: Reported::Imported,
            event: event.map(EventId::new),
            agent: agent(&self.agent)?,
            session: self.session.map(SessionId::new),
            turn: self.turn.map(TurnId::new),
            tool,
            tool_use,
            project: self.project,
            cwd,
            command,
            hook: self.hook.map(HookKey::new),
            hash,
            run,
            took: took.map(Duration::from_micros),
            exit_code: self.exit_code,
            signal: self.signal,
            input: Output { text: self.payload, bytes: input_bytes },
            stdout: Output { text: self.stdout, bytes: number("ran.stdoutBytes", &self.ran.stdout_bytes)? },
            stderr: Output { text: self.stderr, bytes: number("ran.stderrBytes", &self.ran.stderr_bytes)? },
            applied: match applied {
                AppliedView::Sent => Applied::Sent,
                AppliedView::Nothing => Applied::Nothing,
                AppliedView::HeldBack => Applied::HeldBack,
            },
            masked: self.masked,
            told: told.map(SaysAgent::row),
        })))
    }

    /// As the agent sums it up.
    fn summary(&self) -> Result<HookRun, String> {
        let Summary { id, handler_type, execution_mode, source_path, source, .. } = &self.run;
        let sources = SourceKind::ALL.iter().copied();
        let completed = self.ran.completed_at.as_deref().map(|at| number("ran.completedAt", at)).transpose()?;
        Ok(HookRun {
            id: RunId::new(id),
            hook: HookKey::new(self.hook.as_deref().unwrap_or_default()),
            event: HookEvent::from_name(&self.event),
            kind: word("run.handlerType", handler_type, HandlerKind::ALL, HandlerKind::name)?,
            mode: word("run.executionMode", execution_mode, [Mode::Sync, Mode::Async], Mode::name)?,
            source: Source {
                kind: word("run.source", source, sources, SourceKind::name)?,
                path: source_path.clone(),
                plugin: self.ran.plugin.clone(),
            },
            display_order: self.run.display_order,
            status_message: self.run.status_message.clone(),
            started: Timestamp(number("startedAt", &self.started_at)?),
            status: runs::status(self.status),
            completed: completed.map(Timestamp),
            duration_ms: self.run.duration_ms,
            entries: self.run.entries.iter().map(Said::entry).collect::<Result<_, _>>()?,
        })
    }
}

impl Said {
    fn entry(&self) -> Result<Entry, String> {
        Ok(Entry { kind: word("run.entries", &self.kind, EntryKind::ALL, EntryKind::name)?, text: self.text.clone() })
    }
}

fn agent(name: &str) -> Result<Agent, String> {
    name.parse().map_err(|_| format!("agent: {name:?} is not known"))
}

fn number<T: FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{name}: {text:?} is no number of that kind"))
}

fn word<T: Copy>(
    name: &str,
    word: &str,
    known: impl IntoIterator<Item = T>,
    of: fn(T) -> &'static str,
) -> Result<T, String> {
    known.into_iter().find(|known| of(*known) == word).ok_or_else(|| format!("{name}: {word:?} is not known"))
}
