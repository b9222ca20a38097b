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

/// A request on one line.
pub(crate) fn row(request: &Past) -> String {
    let project = request.project.as_deref().map(draw::line).unwrap_or_default();
    let outcome = request.outcome.as_ref().map(|outcome| {
        let decision = text(&format!("decision.{}", draw::word(&outcome.decision)), &[]);
        let by = text(&format!("by.{}", draw::word(&outcome.by)), &[]);
        let rule = outcome.rule.as_ref().map(|rule| format!(" {}", draw::line(&rule.what))).unwrap_or_default();
        format!("{decision} ({by}{rule}), {}", text("past.waited", &[("time", &draw::duration(&outcome.waited_ms))]))
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
    draw::columns(columns)
}
