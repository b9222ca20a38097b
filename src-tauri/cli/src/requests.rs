//! `requests`: what waits now. Reads only.

use api::dto::Past;
use api::text::text;
use api::{Paths, Records, is_listening};

use crate::arguments::Form;
use crate::draw::{self, say};
use crate::stop::Stop;

pub(crate) fn list(paths: &Paths, form: Form) -> Result<(), Stop> {
    if !is_listening(paths) {
        return Err(Stop::Environment(text("cli.requests.noApp", &[])));
    }
    let waiting = match Records::open(paths) {
        Some(records) => records.waiting()?,
        None => Vec::new(),
    };
    match form {
        Form::Json => draw::json(&waiting)?,
        Form::Text if waiting.is_empty() => say(&text("cli.requests.none", &[]))?,
        Form::Text => {
            for request in &waiting {
                say(&row(request))?;
            }
        }
    }
    Ok(())
}

/// How long, as the windows say it.
fn waited(ms: &str) -> String {
    match ms.parse::<u64>() {
        Ok(ms @ ..1_000) => text("duration.ms", &[("ms", &ms.to_string())]),
        Ok(ms @ ..60_000) => text("duration.seconds", &[("seconds", &(ms / 1_000).to_string())]),
        Ok(ms) => {
            let (minutes, seconds) = ((ms / 60_000).to_string(), (ms / 1_000 % 60).to_string());
            text("duration.minutes", &[("minutes", &minutes), ("seconds", &seconds)])
        }
        Err(_) => draw::plain(ms),
    }
}

/// A request on one line.
pub(crate) fn row(request: &Past) -> String {
    let project = request.project.as_deref().map(draw::line).unwrap_or_default();
    let outcome = request.outcome.as_ref().map(|outcome| {
        let decision = text(&format!("decision.{}", draw::word(&outcome.decision)), &[]);
        let by = text(&format!("by.{}", draw::word(&outcome.by)), &[]);
        let rule = outcome.rule.as_ref().map(|rule| format!(" {}", draw::line(&rule.what))).unwrap_or_default();
        format!("{decision} ({by}{rule}), {}", text("past.waited", &[("time", &waited(&outcome.waited_ms))]))
    });
    let waiting = || text("cli.requests.waiting", &[]);
    let columns = [
        draw::time(&request.at),
        draw::plain(&request.id),
        request.agent_title.clone(),
        outcome.unwrap_or_else(waiting),
        draw::plain(&request.tool),
        project,
        draw::line(&request.summary),
    ];
    columns.into_iter().filter(|column| !column.is_empty()).collect::<Vec<_>>().join("  ")
}
