//! `hooks list`: which hooks a session of an agent has, and whether they will run. Changes nothing.

use std::env;
use std::io;
use std::path::{self, Path, PathBuf};

use api::text::text;
use api::{Discovery, Flags, Hooks, Which, why_not};
use model::{ArgvHook, Handler, Hook, SourceKind};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::arguments::{Form, Session};
use crate::draw::{self, say};
use crate::stop::Stop;

/// The folder of the session: the one that was named, else ours.
pub(crate) fn folder(named: Option<&Path>) -> Result<PathBuf, Stop> {
    let Some(named) = named else { return Ok(env::current_dir()?) };
    let folder = path::absolute(named)?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let shown = draw::plain(&folder.to_string_lossy());
    Err(Stop::Environment(text("cli.hooks.noFolder", &[("path", &shown)])))
}

pub(crate) async fn list(hooks: &Hooks, session: &Session, form: Form) -> Result<(), Stop> {
    let folder = folder(session.cwd.as_deref())?;
    let which = Which::Of { agent: session.agent, folder: folder.clone() };
    let found = hooks.list(&which, &Flags::default()).await?;
    match form {
        Form::Json => draw::json(&Listed::of(session, &folder, &found))?,
        Form::Text => print(session, &folder, &found)?,
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    agent: &'static str,
    folder: String,
    /// Everything the agent would run is switched off.
    hooks_off: bool,
    /// What keeps a session from starting.
    required: Option<&'a str>,
    hooks: Vec<Entry<'a>>,
    argv: Vec<Argv<'a>>,
    skipped: Vec<Skipped<'a>>,
    warnings: &'a [String],
    errors: Vec<FileError<'a>>,
}

/// A hook with the names that Codex's own `hooks/list` has, and whether it will run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    key: &'a str,
    event_name: String,
    handler_type: &'static str,
    #[serde(flatten)]
    handler: HandlerFields<'a>,
    matcher: Option<&'a str>,
    timeout_sec: u64,
    status_message: Option<&'a str>,
    additional_context_limit: Option<u64>,
    source_path: String,
    source: &'static str,
    plugin_id: Option<&'a str>,
    display_order: u32,
    enabled: bool,
    is_managed: bool,
    current_hash: &'a str,
    trust_status: &'static str,
    /// Of a hosted hook; null is every agent.
    agents: Option<Vec<&'static str>>,
    will_run: bool,
    why_not: Option<api::dto::WhyNot>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum HandlerFields<'a> {
    Command { command: &'a str, r#async: bool },
    McpTool { server: &'a str, tool: &'a str, input: &'a Map<String, Value> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Argv<'a> {
    name: &'a str,
    argv: &'a [String],
    source_path: String,
    source: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Skipped<'a> {
    key: &'a str,
    event_name: String,
    source_path: String,
    why: &'a str,
}

#[derive(Serialize)]
struct FileError<'a> {
    path: String,
    message: &'a str,
}

impl<'a> Listed<'a> {
    fn of(session: &Session, folder: &Path, found: &'a Discovery) -> Self {
        let skipped = |skipped: &'a api::Skipped| Skipped {
            key: skipped.key.as_str(),
            event_name: api::camel(&skipped.event),
            source_path: shown(&skipped.source.path),
            why: &skipped.why,
        };
        let argv = |hook: &'a ArgvHook| Argv {
            name: &hook.name,
            argv: &hook.argv,
            source_path: shown(&hook.source.path),
            source: hook.source.kind.name(),
        };
        Self {
            agent: session.agent.name(),
            folder: shown(folder),
            hooks_off: found.hooks_off,
            required: found.required.as_deref(),
            hooks: found.hooks.iter().map(Entry::of).collect(),
            argv: found.argv.iter().map(argv).collect(),
            skipped: found.skipped.iter().map(skipped).collect(),
            warnings: &found.warnings,
            errors: found.errors.iter().map(|it| FileError { path: shown(&it.path), message: &it.message }).collect(),
        }
    }
}

impl<'a> Entry<'a> {
    fn of(hook: &'a Hook) -> Self {
        let why_not = why_not(hook);
        Self {
            key: hook.key.as_str(),
            event_name: api::camel(&hook.event),
            handler_type: hook.handler.kind().name(),
            handler: match &hook.handler {
                Handler::Command { command, mode, .. } => {
                    HandlerFields::Command { command, r#async: *mode == model::Mode::Async }
                }
                Handler::McpTool { server, tool, input } => HandlerFields::McpTool { server, tool, input },
            },
            matcher: hook.matcher.as_ref().map(model::Matcher::text),
            timeout_sec: hook.timeout,
            status_message: hook.status_message.as_deref(),
            additional_context_limit: hook.context_limit,
            source_path: shown(&hook.source.path),
            source: hook.source.kind.name(),
            plugin_id: hook.source.plugin.as_deref(),
            display_order: hook.display_order,
            enabled: hook.enabled,
            is_managed: hook.source.kind.is_managed(),
            current_hash: &hook.hash,
            trust_status: hook.trust.name(),
            agents: hook.agents.as_ref().map(|agents| agents.iter().map(|agent| agent.name()).collect()),
            will_run: why_not.is_none(),
            why_not,
        }
    }
}

pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn print(session: &Session, folder: &Path, found: &Discovery) -> io::Result<()> {
    let named = [("agent", session.agent.title()), ("path", &draw::plain(&shown(folder)))];
    say(&text("cli.hooks.of", &named))?;
    if found.hooks_off {
        say(&text("cli.hooks.off", &named))?;
    }
    if found.hooks.is_empty() && found.argv.is_empty() {
        say(&text("cli.hooks.none", &named))?;
    }
    for hook in &found.hooks {
        say(&format!("\n{}", head(hook)))?;
        say(&format!("  {}", draw::plain(hook.key.as_str())))?;
        say(&format!("  {}", standing(hook, session)))?;
    }
    for hook in &found.argv {
        let argv: Vec<_> = hook.argv.iter().map(|word| draw::plain(word)).collect();
        say(&format!("\n{}  {}", draw::plain(&hook.name), argv.join(" ")))?;
        say(&format!("  {}", draw::plain(&shown(&hook.source.path))))?;
        let runs =
            if hook.name == "notify" { text("cli.hooks.notify", &named) } else { text("cli.hooks.argv", &named) };
        say(&format!("  {runs}"))?;
    }
    let problems: Vec<_> = complaints(found).collect();
    if !problems.is_empty() {
        say("")?;
    }
    problems.iter().try_for_each(|problem| say(&format!("! {problem}")))
}

/// What the agent would complain about.
pub(crate) fn complaints(found: &Discovery) -> impl Iterator<Item = String> + '_ {
    let errors = found.errors.iter().map(|error| format!("{}: {}", error.path.display(), error.message));
    found.required.iter().cloned().chain(errors).chain(found.warnings.iter().cloned()).map(|it| draw::plain(&it))
}

/// Event, matcher and what runs, on one line.
pub(crate) fn head(hook: &Hook) -> String {
    let runs = match &hook.handler {
        Handler::Command { command, .. } => draw::plain(command),
        Handler::McpTool { server, tool, .. } => draw::plain(&format!("mcp {server}/{tool}")),
    };
    let matcher = hook.matcher.as_ref().map(|matcher| draw::plain(matcher.text())).filter(|it| !it.is_empty());
    let columns = [Some(draw::plain(hook.event.name())), matcher, Some(runs)];
    columns.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// Where it belongs, and whether it will run.
fn standing(hook: &Hook, session: &Session) -> String {
    let kind = hook.source.kind.name();
    let source =
        hook.source.plugin.as_deref().map_or_else(|| kind.to_owned(), |it| format!("{kind} {}", draw::plain(it)));
    let enabled = if hook.enabled { text("cli.hooks.enabled", &[]) } else { text("cli.hooks.disabled", &[]) };
    let trust = text(&format!("cli.hooks.trust.{}", hook.trust.name()), &[]);
    let facts = [source, enabled, trust].join(", ");
    let Some(why) = why_not(hook) else { return text("cli.hooks.runs", &[("facts", &facts)]) };
    let whose = if hook.source.kind == SourceKind::Hosted { "Hookwright" } else { session.agent.title() };
    let why = text(&format!("cli.hooks.why.{}", draw::word(&why)), &[("agent", whose)]);
    text("cli.hooks.runsNot", &[("facts", &facts), ("why", &why)])
}
