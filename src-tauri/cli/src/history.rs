//! `history`: events, requests and decisions of the past. Reads only, whether or not an app runs.

use std::io;
use std::time::SystemTime;

use api::dto::EventView;
use api::text::text;
use api::{Detail, Filter, Paths, Record, Records};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{Form, History, HistoryCommand, Past};
use crate::draw::{self, say};
use crate::stop::Stop;
use crate::{follow, requests};

pub(crate) async fn run(paths: &Paths, wish: History) -> Result<(), Stop> {
    let form = wish.output.form();
    let missing = || Stop::Environment(text("cli.history.missing", &[]));
    let records = Records::open(paths).ok_or_else(missing)?;
    match wish.command {
        HistoryCommand::List { filter, past, limit } => list(&records, &filter.into(), &past, limit, form),
        HistoryCommand::Show { id } => show(&records, &id, form),
        HistoryCommand::Export { filter, past } => export(&records, &filter.into(), &past),
        HistoryCommand::Follow { filter } => follow::run(paths, &records, &filter.into()).await,
    }
}

fn list(records: &Records, filter: &Filter, past: &Past, limit: usize, form: Form) -> Result<(), Stop> {
    let found: Vec<_> = newest(records, filter, past).take(limit).collect::<Result<_, _>>()?;
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

fn export(records: &Records, filter: &Filter, past: &Past) -> Result<(), Stop> {
    for record in newest(records, filter, past) {
        draw::json_line(&records.whole(record?)?)?;
    }
    Ok(())
}

fn newest<'r>(
    records: &'r Records,
    filter: &Filter,
    past: &Past,
) -> impl Iterator<Item = Result<Record, api::Error>> + use<'r> {
    let since = past.since.and_then(|age| SystemTime::now().checked_sub(age));
    records.newest(filter, &past.text, since.map(Into::into))
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
    columns.into_iter().filter(|column| !column.is_empty()).collect::<Vec<_>>().join("  ")
}
