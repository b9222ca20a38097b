//! `connect` and `disconnect`: the change to an agent's files is shown first, and exactly that change is made.

use std::io::{self, BufRead, IsTerminal, Write};

use api::Agents;
use api::dto::{AgentView, Aim, ChangeView, FileView, LineKindView, PlanView, TrustView};
use api::text::{counted, text};
use model::Agent;

use crate::arguments::{Connect, Consent, Disconnect};
use crate::draw::{self, say};
use crate::stop::{self, Stop};

pub(crate) async fn connect(agents: &Agents, wish: &Connect) -> Result<(), Stop> {
    let (agent, consent) = (wish.agent, wish.consent());
    let named = [("agent", agent.title())];
    let plan = agents.plan(agent, wish.aim()).await?;
    if plan.files.is_empty() {
        say(&text("cli.connect.nothing", &named))?;
        if consent == Consent::OnlyLook {
            return Ok(());
        }
        // The entries may be there and the program that they name not.
        agents.install_relay()?;
    } else {
        if !agreed(&plan, consent, &text("cli.connect.ask", &named))? {
            return Ok(());
        }
        agents.carry_out(agent, wish.aim(), &plan.digest).await?;
        say(&text("cli.connect.done", &named))?;
    }
    trust(agents, agent, consent).await
}

pub(crate) async fn disconnect(agents: &Agents, wish: &Disconnect) -> Result<(), Stop> {
    let named = [("agent", wish.agent.title())];
    let plan = agents.plan(wish.agent, Aim::Disconnect).await?;
    if plan.files.is_empty() {
        return Ok(say(&text("cli.disconnect.nothing", &named))?);
    }
    if !agreed(&plan, wish.consent(), &text("cli.disconnect.ask", &named))? {
        return Ok(());
    }
    agents.carry_out(wish.agent, Aim::Disconnect, &plan.digest).await?;
    Ok(say(&text("cli.disconnect.done", &named))?)
}

/// Shows the change. Whether it may be made.
fn agreed(plan: &PlanView, consent: Consent, question: &str) -> Result<bool, Stop> {
    for file in &plan.files {
        show(file)?;
    }
    let agreed = match consent {
        Consent::OnlyLook => false,
        Consent::Given => true,
        Consent::Ask => ask(question)?,
    };
    if !agreed {
        say(&text("cli.unchanged", &[]))?;
    }
    Ok(agreed)
}

fn show(file: &FileView) -> io::Result<()> {
    let path = draw::line(&file.path);
    let none = "/dev/null".to_owned();
    let (before, after) = match file.change {
        ChangeView::Add => (none, path),
        ChangeView::Delete => (path, none),
        ChangeView::Update | ChangeView::Write => (path.clone(), path),
        ChangeView::Move => (path, file.to.as_deref().map_or(none, draw::line)),
    };
    say(&format!("--- {before}\n+++ {after}"))?;
    for line in &file.lines {
        let sign = match line.kind {
            LineKindView::Hunk => "",
            LineKindView::Context => " ",
            LineKindView::Added => "+",
            LineKindView::Removed => "-",
        };
        say(&format!("{sign}{}", draw::line(&line.text)))?;
    }
    say("")
}

/// Asks a person, who must be there to answer.
fn ask(question: &str) -> Result<bool, Stop> {
    if !io::stdin().is_terminal() {
        return Err(Stop::Usage(text("cli.ask.noTerminal", &[])));
    }
    let mut stdout = io::stdout();
    write!(stdout, "{question} [y/N] ")?;
    stdout.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Says whether the agent will run the entries, and has it do so where a person agrees.
async fn trust(agents: &Agents, agent: Agent, consent: Consent) -> Result<(), Stop> {
    let named = [("agent", agent.title())];
    let view = look(agents, agent).await;
    match view.trust {
        TrustView::Trusted => say(&text("cli.trust.trusted", &named))?,
        TrustView::Untrusted | TrustView::Modified if view.program.is_some() => {
            if consent == Consent::Given || ask(&text("cli.trust.ask", &named))? {
                match agents.trust(agent).await {
                    Ok(()) => say(&text("cli.trust.done", &named))?,
                    Err(error) => {
                        draw::warn(&stop::told(error));
                        say(&text("cli.trust.byHand", &named))?;
                    }
                }
            } else {
                say(&text("cli.trust.byHand", &named))?;
            }
        }
        TrustView::Untrusted | TrustView::Modified | TrustView::Disabled | TrustView::Unknown => {
            say(&text("cli.trust.byHand", &named))?;
        }
    }
    if !view.lacking.is_empty() {
        say(&counted("cli.connect.lacking", view.lacking.len()))?;
    }
    Ok(())
}

async fn look(agents: &Agents, agent: Agent) -> AgentView {
    let views = agents.look().await;
    views.into_iter().find(|view| view.agent == agent.name()).expect("every agent is looked at")
}
