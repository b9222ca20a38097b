//! `doctor`: the installation and every agent, what is wrong and what to do.

use std::io;

use api::dto::AgentView;
use api::text::{counted, text};
use api::{Agents, Installation, Paths};
use serde::Serialize;

use crate::arguments::Form;
use crate::draw::{self, say};
use crate::stop::{Stop, explained};

#[derive(Serialize)]
struct Report {
    version: &'static str,
    installation: Installation,
    agents: Vec<AgentView>,
}

pub(crate) async fn examine(paths: &Paths, settings: Option<api::Error>, form: Form) -> Result<(), Stop> {
    let installation = Installation::look(paths, settings);
    let agents = Agents::of(paths).look().await;
    let report = Report { version: crate::VERSION, installation, agents };
    match form {
        Form::Json => draw::json(&report)?,
        Form::Text => print(&report)?,
    }
    let fine = report.installation.problems.is_empty() && report.agents.iter().all(|agent| agent.problems.is_empty());
    if fine { Ok(()) } else { Err(Stop::Problems) }
}

fn print(report: &Report) -> io::Result<()> {
    say(&format!("Hookwright {}", report.version))?;
    let installation = &report.installation;
    let socket = draw::line(&installation.socket);
    let app = match (installation.running, installation.listening) {
        (true, true) => text("doctor.app.listening", &[("path", &socket)]),
        (true, false) => text("doctor.app.deaf", &[("path", &socket)]),
        (false, _) => text("doctor.app.absent", &[]),
    };
    item("doctor.app", &app)?;
    item("doctor.data", &draw::line(&installation.data_folder))?;
    item("doctor.history", &text(&format!("doctor.history.{}", draw::word(&installation.history)), &[]))?;
    item("doctor.spool", &counted("doctor.spool.events", installation.spool.events))?;
    for trouble in &installation.problems {
        problem(&explained(&format!("doctor.{}", draw::word(&trouble.code)), &[], &trouble.detail))?;
    }
    report.agents.iter().try_for_each(print_agent)
}

fn print_agent(agent: &AgentView) -> io::Result<()> {
    let none = || text("doctor.none", &[]);
    let version = agent.program.as_ref().and_then(|program| program.version.as_deref()).map(draw::plain);
    say(&format!("\n{}", [agent.title.clone()].into_iter().chain(version).collect::<Vec<_>>().join(" ")))?;
    item("doctor.program", &agent.program.as_ref().map_or_else(none, |program| draw::line(&program.path)))?;
    item("doctor.file", &draw::line(&agent.file))?;
    item("doctor.connection", &text(&format!("doctor.connection.{}", draw::word(&agent.connection)), &[]))?;
    item("doctor.trust", &text(&format!("doctor.trust.{}", draw::word(&agent.trust)), &[]))?;
    for server in &agent.attached {
        let name = text("doctor.server", &[("folder", &draw::line(&server.home))]);
        say(&format!("  {name}: {}", text(&format!("doctor.server.{}", draw::word(&server.state)), &[])))?;
    }
    item("doctor.lastEvent", &agent.last_event_at.as_deref().map_or_else(none, draw::time))?;
    let named = [("agent", agent.title.as_str())];
    for found in &agent.problems {
        problem(&explained(&format!("problem.{}", draw::word(&found.code)), &named, &found.detail))?;
    }
    Ok(())
}

fn item(name: &str, value: &str) -> io::Result<()> {
    say(&format!("  {}: {value}", text(name, &[])))
}

fn problem(told: &str) -> io::Result<()> {
    say(&format!("  ! {}", told.replace('\n', "\n    ")))
}
