//! `run`: the hooks that match a payload are run as the agent would run them, and what they say is printed.
//!
//! Hooks run with the person's rights, as in the agent. Nothing is written down and no agent hears of it.

mod json;
mod notes;

use std::io::{self, IsTerminal, Read};
use std::path::{self, Path, PathBuf};

use api::argv::{self, Ended};
use api::text::text;
use api::{Flags, Hooks, Payload, Progress, Tried, Which};
use model::{EntryKind, HookEvent, HookRun, Mode, Outcome, Verdict};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{Form, Run};
use crate::draw::{self, say};
use crate::hooks;
use crate::stop::Stop;

pub(crate) async fn run(hooks: &Hooks, wish: Run) -> Result<(), Stop> {
    let payload = payload()?;
    let form = wish.output.form();
    let which = which(&wish, &payload)?;
    let found = hooks.list(&which, &Flags { trust_all: wish.trust_all, ..Flags::default() }).await?;
    let notes = notes::of(&found, &payload, wish.session.agent);
    for note in &notes {
        draw::warn(&note.message);
    }
    let tried = until_signalled(hooks.run(&found, &payload, watch(form))).await??;
    match form {
        Form::Json => draw::json(&json::report(&payload, &tried, &notes))?,
        Form::Text => print(&tried)?,
    }
    Ok(())
}

/// What stands on stdin.
fn payload() -> Result<Payload, Stop> {
    let mut stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Stop::Usage(text("cli.run.noPayload", &[])));
    }
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes)?;
    let wrong = |detail: String| Stop::Usage(text("cli.run.payload", &[("detail", &draw::plain(&detail))]));
    let words = String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
    let payload = Payload::parse(&words).map_err(|error| wrong(format!("failed to {error}")))?;
    let HookEvent::Other(name) = payload.event() else { return Ok(payload) };
    let known: Vec<_> = HookEvent::KNOWN.iter().map(HookEvent::name).collect();
    let named = [("event", &*draw::plain(name)), ("known", &*known.join(", "))];
    Err(Stop::Usage(text("cli.run.unknownEvent", &named)))
}

/// The hooks of the files that were named, else those of a session where it was said, else where the payload says it is.
fn which(wish: &Run, payload: &Payload) -> Result<Which, Stop> {
    if !wish.files.is_empty() {
        let files = wish.files.iter().map(|file| named(file)).collect::<Result<_, _>>()?;
        return Ok(Which::Files(files));
    }
    let cwd = payload.cwd().filter(|cwd| cwd.is_absolute());
    let folder = match (&wish.session.cwd, cwd) {
        (None, Some(cwd)) => cwd,
        (named, _) => hooks::folder(named.as_deref())?,
    };
    Ok(Which::Of { agent: wish.session.agent, folder })
}

/// A file that a person named has to be there, unlike those where an agent looks.
fn named(file: &Path) -> Result<PathBuf, Stop> {
    let file = path::absolute(file)?;
    if file.is_file() {
        return Ok(file);
    }
    let shown = draw::plain(&file.to_string_lossy());
    Err(Stop::Environment(text("cli.run.noFile", &[("path", &shown)])))
}

/// Dropped at a signal, a run ends what it started.
async fn until_signalled<T>(work: impl Future<Output = T>) -> Result<T, Stop> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        done = work => Ok(done),
        _ = interrupt.recv() => Err(Stop::Signalled(2)),
        _ = terminate.recv() => Err(Stop::Signalled(15)),
        _ = hangup.recv() => Err(Stop::Signalled(1)),
    }
}

/// Says what starts. Where nobody reads it, that shows when the results are printed.
fn watch(form: Form) -> impl Fn(Progress) + Send + Sync {
    move |progress| match (form, progress) {
        (Form::Text, Progress::Started { summary, .. }) => {
            let _ = say(&running(&summary));
        }
        (Form::Json, Progress::Started { .. }) | (_, Progress::Output { .. } | Progress::Ended { .. }) => {}
    }
}

/// As Codex prints it.
fn running(run: &HookRun) -> String {
    let event = draw::plain(run.event.name());
    match &run.status_message {
        Some(message) => format!("• Running {event} hook: {}", draw::line(&api::prose(message))),
        None => format!("• Running {event} hook"),
    }
}

fn print(tried: &Tried) -> io::Result<()> {
    for ran in &tried.report.runs {
        block(&ran.run)?;
    }
    for late in &tried.late {
        block(&late.run)?;
    }
    for run in &tried.argv {
        older(run)?;
    }
    decided(&tried.report.outcome)
}

/// A run and its entries as Codex prints them, behind an empty line.
fn block(run: &HookRun) -> io::Result<()> {
    let status = match run.mode {
        Mode::Sync => run.status.name().to_owned(),
        Mode::Async => format!("{}, async", run.status.name()),
    };
    say(&format!("\n{} hook ({status})", draw::plain(run.event.name())))?;
    run.entries.iter().try_for_each(|entry| {
        let label = match entry.kind {
            EntryKind::Context => "hook context",
            kind @ (EntryKind::Warning | EntryKind::Stop | EntryKind::Feedback | EntryKind::Error) => kind.name(),
        };
        self::entry(label, &entry.text)
    })
}

/// A run of the older form. Its output is thrown away, but for an error.
fn older(run: &argv::Run) -> io::Result<()> {
    let (result, error) = match &run.ended {
        Ended::Success => ("completed", None),
        Ended::FailedContinue(error) => ("failed", Some(error)),
        Ended::FailedAbort(error) => ("aborted", Some(error)),
    };
    say(&format!("\n{} ({result})", draw::plain(&run.name)))?;
    error.map_or(Ok(()), |error| entry("error", error))
}

/// One entry. No further line of it can be taken for another one.
fn entry(label: &str, text: &str) -> io::Result<()> {
    say(&format!("  {label}: {}", draw::block(&api::prose(text), "    ").trim_start()))
}

/// What no entry tells of.
fn decided(outcome: &Outcome) -> io::Result<()> {
    match &outcome.verdict {
        None => {}
        Some(Verdict::Allow) => say(&format!("\n{}", text("cli.run.allow", &[])))?,
        Some(Verdict::Deny { .. }) => say(&format!("\n{}", text("cli.run.deny", &[])))?,
    }
    match &outcome.updated_input {
        None => Ok(()),
        Some(input) => {
            say(&format!("\n{}", text("cli.run.updatedInput", &[])))?;
            say(&draw::block(&api::pieces(&format!("{input:#}")), "  "))
        }
    }
}
