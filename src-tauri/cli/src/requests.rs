//! `requests`: what waits now. Reads only.

use api::dto::{ByView, Outcome, Past, Taken};
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
        let (decision, by) = told(outcome, request.taken);
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

/// What became of it and by whom, in the words of the windows: what ends the turn is not called denied, and what the agent's terminal
/// answered first was answered there.
fn told(outcome: &Outcome, taken: Taken) -> (String, String) {
    let late = outcome.offered.is_some() && taken == Taken::No;
    let by = if late { ByView::Terminal } else { outcome.by };
    let decision = if by == ByView::Terminal {
        "elsewhere".to_owned()
    } else if outcome.offered.as_deref() == Some("cancel") {
        "ended".to_owned()
    } else {
        draw::word(&outcome.decision)
    };
    (text(&format!("decision.{decision}"), &[]), text(&format!("by.{}", draw::word(&by)), &[]))
}

#[cfg(test)]
mod tests {
    use api::dto::DecisionView;

    use super::*;

    #[test]
    fn what_the_terminal_asked_as_well_is_told_in_its_own_words() {
        let check = |decision, by, offered: Option<&str>, taken, expected: (&str, &str)| {
            let (at, waited_ms, offered) = ("0".to_owned(), "0".to_owned(), offered.map(str::to_owned));
            let outcome = Outcome { decision, by, at, waited_ms, message: None, hook: None, rule: None, offered };
            let (decision, by) = told(&outcome, taken);
            assert_eq!((decision.as_str(), by.as_str()), expected);
        };
        check(DecisionView::Deny, ByView::Person, None, Taken::No, ("Denied", "you"));
        check(DecisionView::Deny, ByView::Person, Some("decline"), Taken::Yes, ("Denied", "you"));
        check(DecisionView::Deny, ByView::Person, Some("cancel"), Taken::Yes, ("Turn ended", "you"));
        check(DecisionView::Allow, ByView::Person, Some("accept"), Taken::No, ("Answered", "in the terminal"));
        check(DecisionView::None, ByView::Terminal, None, Taken::Waiting, ("Answered", "in the terminal"));
    }
}
