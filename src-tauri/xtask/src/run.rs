//! `cargo xtask run`: builds the application and opens it, on the person's screen or on a virtual one.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

use crate::artifacts::{self, Pair, Profile};
use crate::display::Display;
use crate::process::{self, Group};
use crate::workspace::Workspace;
use crate::{NO_ENVIRONMENT, provision};

/// The titles of the windows, as xdotool matches them.
const MAIN_WINDOW: &str = "^Hookwright$";
const POPUP: &str = "^Hookwright requests$";

/// Where the window opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Screen {
    /// The person's own.
    Own,
    /// A virtual one, closed again once its picture is taken.
    Virtual,
    /// A virtual one that stays until the application ends or is interrupted.
    VirtualKept,
}

#[derive(Debug)]
pub(crate) struct Options {
    profile: Profile,
    screen: Screen,
    arguments: Vec<OsString>,
}

impl Options {
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut options = Self { profile: Profile::Debug, screen: Screen::Own, arguments: Vec::new() };
        let mut keep = false;
        while let Some(argument) = parser.next()? {
            match argument {
                Long("release") => options.profile = Profile::Release,
                Long("headless-display") => options.screen = Screen::Virtual,
                Long("keep") => keep = true,
                // Only what stands behind `--` comes as a value: the application's own arguments.
                Value(first) => {
                    options.arguments.push(first);
                    options.arguments.extend(parser.raw_args()?);
                }
                other => return Err(other.unexpected()),
            }
        }
        if keep {
            if options.screen == Screen::Own {
                return Err("--keep goes with --headless-display".into());
            }
            options.screen = Screen::VirtualKept;
        }
        Ok(options)
    }
}

pub(crate) fn run(workspace: &Workspace, options: Options) -> Result<ExitCode> {
    match options.screen {
        Screen::Own => {
            if !has_display() {
                eprintln!(
                    "xtask: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)\n\
                     to open the application on a virtual screen and take a picture: cargo xtask run --headless-display"
                );
                return Ok(ExitCode::from(NO_ENVIRONMENT));
            }
            provision::build(workspace)?;
            let pair = artifacts::build(workspace, options.profile)?;
            println!("xtask: opening {}", pair.app.display());
            process::run(Command::new(&pair.app).arg("--show").args(&options.arguments))?;
        }
        Screen::Virtual | Screen::VirtualKept => {
            provision::build_and_display(workspace)?;
            let pair = artifacts::build(workspace, options.profile)?;
            headless(workspace, &pair, &options)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Opens the windows on a virtual screen, lets a request come in through the real relay, and takes a picture.
fn headless(workspace: &Workspace, pair: &Pair, options: &Options) -> Result<()> {
    let display = Display::open()?;
    let home = display.folder().join("hookwright");
    let app =
        Group::spawn(display.command(&pair.app).env("HOOKWRIGHT_HOME", &home).arg("--show").args(&options.arguments))?;
    display.wait_for_window(MAIN_WINDOW).context("waiting for the main window")?;

    let relay = ask(&display, &pair.relay, &home)?;
    display.wait_for_window(POPUP).context("waiting for the popup")?;

    let picture = screenshot(workspace)?;
    display.picture(&picture)?;
    if app.exited(Some(std::time::Duration::ZERO))? {
        bail!("the application ended by itself: {}", app.end()?);
    }
    println!("xtask: the main window and a waiting permission request, on a virtual screen:\n{}", picture.display());
    if options.screen == Screen::VirtualKept {
        println!("xtask: DISPLAY={} stays open; Ctrl-C ends it", display.name());
        app.exited(None)?;
    }
    relay.end()?;
    app.end()?;
    Ok(())
}

/// Starts the relay as an agent would, with a request on its standard input.
fn ask(display: &Display, relay: &Path, home: &Path) -> Result<Group> {
    let mut payload = tempfile::tempfile().context("creating a file for the sample request")?;
    payload.write_all(sample_request(display.folder()).to_string().as_bytes())?;
    payload.rewind()?;
    let mut relay = display.command(relay);
    relay.arg("--home").arg(home).arg("codex").stdout(Stdio::null());
    Group::spawn_reading(&mut relay, payload)
}

fn screenshot(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("screenshots");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder.join("run.png"))
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
