//! The runs of the past, as the History screen lists them.

mod again;
mod call;
mod insights;
mod told;

use std::path::PathBuf;

use history::row::{self, Applied, RunFrom};
use history::{Reader, RunQuery};
use model::{Event, HookEvent, HookKey, RunId, RunStatus, SessionId, Timestamp, TurnId};
use serde_json::json;

use crate::card::{line, pieces};
use crate::dto::{self, RunFromView, RunStatusView};
use crate::hooks::view;
use crate::{Error, asking, happened};

pub(crate) use again::again;
pub(crate) use insights::insights;
pub(crate) use told::{entries, mode, what};

/// Rows of one page.
const PAGE: usize = 100;
/// Shorter texts are kept whole, whoever told of the run. Where secrets were masked lengths tell nothing.
const KEPT_WHOLE: u64 = 64 << 10;

pub(crate) fn page(reader: &Reader, filter: dto::RunFilter, cursor: Option<String>) -> Result<dto::PastRunPage, Error> {
    let before = cursor.map(|text| text.parse().map_err(|_| Error::Cursor(text))).transpose()?;
    let agent = filter.agent.as_deref().map(str::parse).transpose();
    let Ok(agent) = agent else { return Ok(dto::PastRunPage { rows: Vec::new(), next: None }) };
    let query = RunQuery {
        text: filter.text,
        agent,
        event: filter.event.as_deref().map(HookEvent::from_name),
        status: filter.status.into_iter().map(status).collect(),
        from: filter.from.map(from),
        project: filter.project.map(PathBuf::from),
        session: filter.session.map(SessionId::new),
        turn: filter.turn.map(TurnId::new),
        hook: filter.hook.map(HookKey::new),
        longer_than: filter.slow.then_some(RunQuery::SLOW),
        since: filter.since.map(moment).transpose()?,
        before,
        limit: PAGE,
        ..RunQuery::default()
    };
    let page = reader.run_page(&query)?;
    let next = page.next.map(|cursor| cursor.to_string());
    Ok(dto::PastRunPage { rows: page.rows.iter().map(row).collect(), next })
}

/// Milliseconds since the Unix epoch, as a front has them.
fn moment(text: String) -> Result<Timestamp, Error> {
    text.parse().map(Timestamp).map_err(|_| Error::Cursor(text))
}

pub(crate) fn row(row: &row::Run) -> dto::PastRun {
    let run = &row.run;
    let project = row.project.as_ref().map(|path| path.to_string_lossy().into_owned());
    dto::PastRun {
        id: row.id.to_string(),
        from: from_view(row.from),
        reported: happened::reported(row.reported),
        agent: row.agent.name().to_owned(),
        agent_title: row.agent.title().to_owned(),
        event: run.event.name().to_owned(),
        event_shown: line(run.event.name()),
        session: row.session.as_ref().map(|id| id.to_string()),
        turn: row.turn.as_ref().map(|id| id.to_string()),
        tool: row.tool.as_deref().map(line),
        project_shown: project.as_deref().map(pieces),
        project,
        command: line(what(row)),
        hook: row.hook.as_ref().map(|key| key.to_string()),
        status: view::status(run.status),
        started_at: run.started.0.to_string(),
        took_ms: run.duration_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
        exit_code: row.exit_code,
        signal: row.signal,
        masked: row.masked,
    }
}

/// One run with everything that is kept of it; `None` where there is no such run. Blocks.
pub(crate) fn detail(reader: &Reader, id: &RunId) -> Result<Option<dto::PastRunDetail>, Error> {
    let Some(ran) = reader.run(id)? else { return Ok(None) };
    let (given, event) = given(reader, &ran)?;
    let run = view::run(&ran.run, None);
    Ok(Some(dto::PastRunDetail {
        run: row(&ran),
        command: pieces(what(&ran)),
        hook_shown: ran.hook.as_ref().map(|key| pieces(key.as_str())),
        source: run.source,
        path: run.path,
        folder: ran.cwd.as_ref().map(|path| pieces(&path.to_string_lossy())),
        mode: mode(&ran).to_owned(),
        entries: entries(&ran),
        told: told::view(&ran),
        applied: applied(ran.applied),
        input: output(&row::Output { text: agents::codex::readable(&given.text), bytes: given.bytes }, is_cut(&given)),
        stdout: output(&ran.stdout, is_cut(&ran.stdout)),
        stderr: output(&ran.stderr, is_cut(&ran.stderr)),
        call: match &event {
            Some(event) => call::steps(reader, &ran, event)?,
            None => Vec::new(),
        },
        fixture: fixture(&ran, &given),
    }))
}

/// What the run was given, and the event that this is. A hosted hook was given the payload of its event.
pub(crate) fn given(reader: &Reader, ran: &row::Run) -> Result<(row::Output, Option<Event>), Error> {
    let event = match &ran.event {
        Some(id) => reader.event(id)?.map(|row| row.event),
        None => asking::parse(ran.agent, ran.input.text.as_bytes()).ok().map(|parsed| parsed.event),
    };
    let given = match &event {
        Some(event) if ran.input.text.is_empty() => {
            row::Output { text: event.payload.clone(), bytes: event.payload.len() as u64 }
        }
        Some(_) | None => ran.input.clone(),
    };
    Ok((given, event))
}

/// Whether less of it is kept than there was.
fn is_cut(output: &row::Output) -> bool {
    output.bytes > KEPT_WHOLE.max(output.text.len() as u64)
}

fn output(output: &row::Output, cut: bool) -> dto::OutputView {
    let (text, more) = view::output(&output.text);
    dto::OutputView { text, bytes: output.bytes.to_string(), cut: cut || more }
}

/// The payload and what came of it, for a test of the hook. `None` where the payload is not kept whole or is no JSON.
fn fixture(ran: &row::Run, given: &row::Output) -> Option<String> {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&given.text).is_ok();
    (is_json && !is_cut(given)).then_some(())?;
    let run = &ran.run;
    let entries: Vec<_> =
        run.entries.iter().map(|entry| json!({ "kind": entry.kind.name(), "text": entry.text })).collect();
    let expected = json!({
        "status": run.status.name(),
        "exitCode": ran.exit_code,
        "signal": ran.signal,
        "entries": entries,
        "stdout": ran.stdout.text,
        "stderr": ran.stderr.text,
    });
    // Put together as text: the payload keeps the order of its fields.
    Some(agents::codex::readable(&format!(
        r#"{{"agent":{},"event":{},"command":{},"masked":{},"payload":{},"expected":{expected}}}"#,
        json!(ran.agent.name()),
        json!(run.event.name()),
        json!(ran.command),
        ran.masked,
        given.text,
    )))
}

pub(crate) fn applied(applied: Applied) -> dto::AppliedView {
    match applied {
        Applied::Sent => dto::AppliedView::Sent,
        Applied::Nothing => dto::AppliedView::Nothing,
        Applied::HeldBack => dto::AppliedView::HeldBack,
    }
}

pub(crate) fn status(view: RunStatusView) -> RunStatus {
    match view {
        RunStatusView::Running => RunStatus::Running,
        RunStatusView::Completed => RunStatus::Completed,
        RunStatusView::Failed => RunStatus::Failed,
        RunStatusView::Blocked => RunStatus::Blocked,
        RunStatusView::Stopped => RunStatus::Stopped,
        RunStatusView::Unknown => RunStatus::Unknown,
    }
}

pub(crate) fn from_view(from: RunFrom) -> RunFromView {
    match from {
        RunFrom::Hosted => RunFromView::Hosted,
        RunFrom::Recorded => RunFromView::Recorded,
        RunFrom::Told => RunFromView::Told,
        RunFrom::Tried => RunFromView::Tried,
    }
}

pub(crate) fn from(view: RunFromView) -> RunFrom {
    match view {
        RunFromView::Hosted => RunFrom::Hosted,
        RunFromView::Recorded => RunFrom::Recorded,
        RunFromView::Told => RunFrom::Told,
        RunFromView::Tried => RunFrom::Tried,
    }
}
