//! `history`: events, requests, decisions and runs of the past. Reads only, whether or not an app runs.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use api::dto::{EventView, OutputView, PastRun, PastRunDetail};
use api::text::text;
use api::{BadLine, Detail, Filter, Kind, NotImported, Paths, Record, Records};
use model::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::{Filters, Form, Format, History, HistoryCommand, Past};
use crate::draw::{self, say};
use crate::stop::Stop;
use crate::{follow, requests};

/// The most that is listed where nobody says.
const LISTED: usize = 50;

pub(crate) async fn run(paths: &Paths, wish: History) -> Result<(), Stop> {
    let form = wish.output.form();
    let missing = || Stop::Environment(text("cli.history.missing", &[]));
    let records = || Records::open(paths).ok_or_else(missing);
    match wish.command {
        HistoryCommand::List { filter, past, limit } => list(&wanted(filter)?, &past, limit, &records()?, form),
        HistoryCommand::Show { id } => show(&records()?, &id, form),
        HistoryCommand::Export { filter, past, format: Format::Jsonl } => export(&wanted(filter)?, &past, &records()?),
        HistoryCommand::Export { filter, past, format: Format::Csv } => table(&of_runs(filter)?, &past, &records()?),
        HistoryCommand::Follow { filter } => follow::run(paths, wanted(filter)?, &records()?).await,
        HistoryCommand::Import { file } => import(paths, &file, form),
    }
}

fn wanted(filters: Filters) -> Result<Filter, Stop> {
    filters.wanted().ok_or_else(|| Stop::Usage(text("cli.history.runsOnly", &[])))
}

fn of_runs(filters: Filters) -> Result<Filter, Stop> {
    let filter = wanted(filters)?;
    match filter.kind {
        None | Some(Kind::Run) => Ok(filter),
        Some(Kind::Event | Kind::Request) => Err(Stop::Usage(text("cli.history.csvRuns", &[]))),
    }
}

fn list(filter: &Filter, past: &Past, limit: Option<usize>, records: &Records, form: Form) -> Result<(), Stop> {
    let most = if filter.ran.turn.is_some() { usize::MAX } else { LISTED };
    let newest = records.newest(filter, &past.text, since(past));
    let found: Vec<_> = newest.take(limit.unwrap_or(most)).collect::<Result<_, _>>()?;
    match form {
        Form::Json => draw::json(&found)?,
        Form::Text if found.is_empty() => say(&text("cli.history.none", &[]))?,
        Form::Text => {
            for record in &found {
                say(&row(record))?;
            }
        }
    }
    Ok(())
}

fn export(filter: &Filter, past: &Past, records: &Records) -> Result<(), Stop> {
    for record in records.newest(filter, &past.text, since(past)) {
        draw::json_line(&records.whole(record?)?)?;
    }
    Ok(())
}

fn table(filter: &Filter, past: &Past, records: &Records) -> Result<(), Stop> {
    for line in records.table(filter, &past.text, since(past)) {
        draw::csv_line(&line?)?;
    }
    Ok(())
}

fn import(paths: &Paths, file: &Path, form: Form) -> Result<(), Stop> {
    let imported = api::import(paths, file).map_err(|why| match why {
        NotImported::Lines(lines) => Stop::Environment(no_export(file, &lines)),
        NotImported::Failed(error) => Stop::Failed(error),
    })?;
    let (new, known) = (imported.new.to_string(), imported.known.to_string());
    match form {
        Form::Json => draw::json(&json!({ "new": new, "known": known }))?,
        Form::Text => say(&text("cli.history.imported", &[("new", &new), ("known", &known)]))?,
    }
    Ok(())
}

fn no_export(file: &Path, lines: &[BadLine]) -> String {
    let path = draw::plain(&file.to_string_lossy());
    let told = lines.iter().map(|line| {
        let number = line.number.to_string();
        text("cli.history.badLine", &[("path", &path), ("line", &number), ("why", &draw::plain(&line.why))])
    });
    told.chain([text("cli.history.noExport", &[])]).collect::<Vec<_>>().join("\n")
}

fn since(past: &Past) -> Option<Timestamp> {
    past.since.and_then(|age| SystemTime::now().checked_sub(age)).map(Into::into)
}

fn show(records: &Records, id: &str, form: Form) -> Result<(), Stop> {
    let detail = records.one(id)?;
    let missing = || Stop::Environment(text("cli.history.noSuch", &[("id", &draw::plain(id))]));
    let detail = detail.ok_or_else(missing)?;
    if form == Form::Json {
        return Ok(draw::json(&detail)?);
    }
    match detail {
        Detail::Event(detail) => {
            say(&event(&detail.event))?;
            say(&draw::fields(&value(&detail.event)?, "  "))?;
            say(&format!("  payload:\n{}", draw::block(&detail.payload, "    ")))?;
            if detail.cut {
                say(&text("cli.history.cut", &[]))?;
            }
        }
        Detail::Request { request, shown, detail } => {
            say(&requests::row(&request))?;
            say(&draw::fields(&value(&request)?, "  "))?;
            if let Some(detail) = detail {
                say(&draw::fields(&value(&detail)?, "  "))?;
            }
            say(&format!("  shown:\n{}", draw::fields(&shown, "    ")))?;
        }
        Detail::Run(detail) => whole_run(*detail)?,
    }
    Ok(())
}

fn whole_run(detail: PastRunDetail) -> Result<(), Stop> {
    say(&ran(&detail.run))?;
    say(&draw::fields(&value(&detail.run)?, "  "))?;
    // That is JSON to be taken along.
    let detail = PastRunDetail { fixture: None, ..detail };
    let mut rest = value(&detail)?;
    if let Value::Object(members) = &mut rest {
        // Its row stands above.
        members.remove("run");
    }
    say(&draw::fields(&rest, "  "))?;
    if [&detail.input, &detail.stdout, &detail.stderr].iter().any(|OutputView { cut, .. }| *cut) {
        say(&text("cli.history.runCut", &[]))?;
    }
    Ok(())
}

fn value(view: &impl Serialize) -> io::Result<Value> {
    Ok(serde_json::to_value(view)?)
}

fn row(record: &Record) -> String {
    match record {
        Record::Event(view) => event(view),
        Record::Request(request) => requests::row(request),
        Record::Run(view) => ran(view),
    }
}

/// An event on one line.
fn event(event: &EventView) -> String {
    let tool = event.tool.as_deref().map(draw::line).unwrap_or_default();
    let columns = [
        draw::time(&event.at),
        draw::plain(&event.id),
        event.agent_title.clone(),
        draw::line(&event.event),
        tool,
        draw::line(&event.gist),
    ];
    draw::columns(columns)
}

/// A run on one line.
fn ran(run: &PastRun) -> String {
    let took = run.took_ms.map(|ms| draw::duration(&ms.to_string()));
    let columns = [
        draw::time(&run.started_at),
        draw::plain(&run.id),
        run.agent_title.clone(),
        text(&format!("run.status.{}", draw::word(&run.status)), &[]),
        draw::line(&run.event_shown),
        run.hook.as_deref().map_or_else(|| text("history.unknown", &[]), draw::plain),
        took.unwrap_or_default(),
        run.project_shown.as_deref().map(draw::line).unwrap_or_default(),
        draw::line(&run.command),
    ];
    draw::columns(columns)
}
