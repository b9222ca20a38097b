//! What a person has to know besides the runs: what the agent complains about, and which hooks do not run and why.

use api::dto::WhyNot;
use api::text::text;
use api::{Discovery, PassedOver, Payload, passed_over};
use model::{Agent, Hook};
use serde::Serialize;

use crate::{draw, hooks};

/// The code of what the agent complains about.
const CONFIGURATION: &str = "configuration";

#[derive(Serialize)]
pub(crate) struct Note {
    /// Stable; for scripts.
    code: String,
    /// The hook's, where it is about one.
    key: Option<String>,
    /// Drawn.
    pub(crate) message: String,
}

pub(crate) fn of(found: &Discovery, payload: &Payload, agent: Agent) -> Vec<Note> {
    let complaint = |message| Note { code: CONFIGURATION.to_owned(), key: None, message };
    let mut notes: Vec<_> = hooks::complaints(found).map(complaint).collect();
    let named = [("agent", agent.title()), ("event", &draw::plain(payload.event().name()))];
    let about =
        |key: &'static str| Note { code: key.to_owned(), key: None, message: text(&format!("cli.run.{key}"), &named) };
    if found.hooks_off {
        notes.push(about("hooksOff"));
    }
    let of_event: Vec<_> = found.hooks.iter().filter(|hook| hook.event == *payload.event()).collect();
    let passed: Vec<_> = of_event.iter().map(|hook| (*hook, passed_over(hook, payload))).collect();
    let some_run = passed.iter().any(|(_, passed)| passed.is_none());
    let unfit = |passed: &PassedOver| matches!(passed, PassedOver::Matcher);
    let told = passed.iter().filter_map(|(hook, passed)| passed.map(|passed| (*hook, passed)));
    // That a matcher means other payloads is only news where nothing runs.
    let told: Vec<_> = told.filter(|(_, passed)| !(some_run && unfit(passed))).collect();
    notes.extend(told.iter().map(|(hook, passed)| not_run(hook, *passed)));
    if told.iter().any(|(_, passed)| matches!(passed, PassedOver::Never(WhyNot::Untrusted | WhyNot::Modified))) {
        notes.push(about("trust"));
    }
    let older = api::snake(payload.event());
    if of_event.is_empty() && found.argv.iter().all(|hook| hook.name != older) {
        notes.push(about("none"));
    }
    notes
}

fn not_run(hook: &Hook, passed: PassedOver) -> Note {
    let code = match passed {
        PassedOver::Matcher => "matcher".to_owned(),
        PassedOver::Never(why) => draw::word(&why),
    };
    let why = text(&format!("cli.run.why.{code}"), &[]);
    let message = text("cli.run.notRun", &[("hook", &hooks::head(hook)), ("why", &why)]);
    Note { code, key: Some(hook.key.to_string()), message }
}
