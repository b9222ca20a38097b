//! `cargo xtask run`: builds the application and opens it, on the person's screen or on a virtual one.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::artifacts::Pair;
use crate::display::Display;
use crate::opening::{MAIN_WINDOW, Opening, POPUP, Screen};
use crate::process::{self, Group};
use crate::workspace::Workspace;
use crate::{NO_ENVIRONMENT, agent};

pub(crate) fn run(workspace: &Workspace, opening: &Opening) -> Result<ExitCode> {
    let Some(pair) = opening.prepare(workspace)? else { return Ok(ExitCode::from(NO_ENVIRONMENT)) };
    match opening.screen {
        Screen::Own => {
            println!("xtask: opening {}", pair.app.display());
            process::run(Command::new(&pair.app).arg("--show").args(&opening.arguments))?;
        }
        Screen::Virtual | Screen::VirtualKept => headless(workspace, &pair, opening)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the windows on a virtual screen, lets a request come in through the real relay, and takes a picture.
fn headless(workspace: &Workspace, pair: &Pair, opening: &Opening) -> Result<()> {
    let display = Display::open()?;
    let home = display.folder().join("hookwright");
    let app =
        Group::spawn(display.command(&pair.app).env("HOOKWRIGHT_HOME", &home).arg("--show").args(&opening.arguments))?;
    display.wait_for_window(MAIN_WINDOW).context("waiting for the main window")?;

    let mut relay = display.command(&pair.relay);
    relay.stdout(Stdio::null());
    let relay = agent::hand(relay, &home, &sample_request(display.folder()))?;
    display.wait_for_window(POPUP).context("waiting for the popup")?;

    let picture = workspace.screenshot("run")?;
    display.picture(&picture)?;
    if app.exited(Some(std::time::Duration::ZERO))? {
        bail!("the application ended by itself: {}", app.end()?);
    }
    println!("xtask: the main window and a waiting permission request, on a virtual screen:\n{}", picture.display());
    if opening.screen == Screen::VirtualKept {
        println!("xtask: DISPLAY={} stays open; Ctrl-C ends it", display.name());
        app.exited(None)?;
    }
    relay.end()?;
    app.end()?;
    Ok(())
}

/// A permission request as Codex 0.169 sends it.
fn sample_request(folder: &Path) -> serde_json::Value {
    serde_json::json!({
        "session_id": "00000000-0000-7000-8000-000000000001",
        "turn_id": "00000000-0000-7000-8000-000000000002",
        "transcript_path": null,
        "cwd": folder,
        "hook_event_name": "PermissionRequest",
        "model": "gpt-5.5",
        "permission_mode": "default",
        "tool_name": "Bash",
        "tool_input": {
            "command": "git push origin main",
            "description": "May I push the finished change?",
        },
    })
}
