//! `cargo xtask demo`: opens the application in a throwaway folder, with a pretended Codex at work, so that there is something to
//! see and to answer without an account.
//!
//! Events and requests go through the real relay. Nothing of the person's own settings or agents is read or written.

mod script;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::artifacts::Pair;
use crate::display::Display;
use crate::opening::{MAIN_WINDOW, Opening, POPUP, Screen};
use crate::process::Group;
use crate::workspace::Workspace;
use crate::{NO_ENVIRONMENT, agent};
use script::{AT_ONCE, Moment, OPENING, Session};

/// Between two events of a session.
const PACE: Duration = Duration::from_millis(800);

/// How long the application may take until it listens, or until both agents ask.
const READY: Duration = Duration::from_secs(60);

/// Between two looks at what sends no event.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The first line of every patch, which tells nothing.
const PATCH_BEGINS: &str = "*** Begin Patch";

/// Shows the Live screen of the main window.
const LIVE: &str = "ctrl+2";

pub(crate) fn demo(workspace: &Workspace, opening: &Opening) -> Result<ExitCode> {
    let Some(pair) = opening.prepare(workspace)? else { return Ok(ExitCode::from(NO_ENVIRONMENT)) };
    let display = match opening.screen {
        Screen::Own => None,
        Screen::Virtual | Screen::VirtualKept => Some(Display::open()?),
    };
    let stage = Stage::set(display, &pair)?;
    let app = Group::spawn(stage.command(&pair.app).arg("--show").args(&opening.arguments))?;
    let demo = Demo { app, stage, asking: AtomicUsize::new(0) };
    demo.listening()?;
    thread::scope(|scope| {
        let shown = demo.show(workspace, opening, |row| {
            scope.spawn(|| demo.say_how_it_ended(demo.play(row)));
        });
        // Whoever still asks gets no decision and ends.
        demo.app.ask_to_end();
        shown
    })?;
    demo.app.end()?;
    Ok(ExitCode::SUCCESS)
}

/// Where everything of the demo lies; gone with this value.
struct Stage {
    display: Option<Display>,
    folder: TempDir,
    relay: PathBuf,
}

impl Stage {
    fn set(display: Option<Display>, pair: &Pair) -> Result<Self> {
        let folder = TempDir::with_prefix("hookwright-demo-").context("creating a folder for the demo")?;
        let stage = Self { display, folder, relay: pair.relay.clone() };
        let config = stage.home().join("config");
        fs::create_dir_all(&config)?;
        fs::write(config.join("settings.toml"), "welcomed = true\n")?;
        for session in [&OPENING].into_iter().chain(AT_ONCE.into_iter().flatten()) {
            session.lay_out(&stage.projects())?;
        }
        Ok(stage)
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("hookwright")
    }

    fn projects(&self) -> PathBuf {
        self.folder.path().join("projects")
    }

    /// A command on the demo's screen that finds the demo's files, and no agent of the person's to connect.
    fn command(&self, program: &Path) -> Command {
        let mut command = match &self.display {
            Some(display) => display.command(program),
            None => Command::new(program),
        };
        command.env("HOOKWRIGHT_HOME", self.home());
        for (variable, folder) in [("CODEX_HOME", "codex"), ("XDG_CONFIG_HOME", "config")] {
            command.env(variable, self.folder.path().join(folder));
        }
        command
    }
}

/// Fields end in this order: the application before its screen and its folder.
struct Demo {
    app: Group,
    stage: Stage,
    /// How many requests wait for an answer.
    asking: AtomicUsize,
}

/// What the relay printed.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Allow,
    Deny(String),
    Nothing,
}

impl Demo {
    /// Waits until the application takes requests.
    fn listening(&self) -> Result<()> {
        let socket = self.stage.home().join("run/bridge.sock");
        self.until("the application listens", || socket.exists())
    }

    /// Lets the agents work until the application ends, or until their pictures are taken.
    fn show(&self, workspace: &Workspace, opening: &Opening, start: impl Fn(&'static [Session])) -> Result<()> {
        println!("demo: everything here is pretended, in {}", self.stage.folder.path().display());
        match &self.stage.display {
            None => {
                println!("demo: answer in the popup; Quit in the tray, or Ctrl-C here, ends the demo");
                self.play(std::slice::from_ref(&OPENING))?;
                AT_ONCE.into_iter().for_each(start);
                self.app.exited(None)?;
            }
            Some(display) => {
                display.wait_for_window(MAIN_WINDOW).context("waiting for the main window")?;
                display.press(LIVE)?;
                self.play(std::slice::from_ref(&OPENING))?;
                self.picture(display, workspace, "demo-live")?;
                AT_ONCE.into_iter().for_each(start);
                self.until("both agents ask", || self.asking.load(Ordering::SeqCst) == AT_ONCE.len())?;
                display.wait_for_window(POPUP).context("waiting for the popup")?;
                self.picture(display, workspace, "demo-popup")?;
                if opening.screen == Screen::VirtualKept {
                    println!("demo: DISPLAY={} stays open; Ctrl-C ends it", display.name());
                    self.app.exited(None)?;
                }
            }
        }
        Ok(())
    }

    fn picture(&self, display: &Display, workspace: &Workspace, name: &str) -> Result<()> {
        let picture = workspace.screenshot(name)?;
        display.picture(&picture)?;
        println!("demo: a picture: {}", picture.display());
        Ok(())
    }

    /// Plays these sessions, one after the other, as long as the application runs.
    fn play(&self, sessions: &[Session]) -> Result<()> {
        for session in sessions {
            for moment in session.moments(&self.stage.projects()) {
                if self.app.exited(Some(PACE))? {
                    return Ok(());
                }
                match moment {
                    Moment::Happens(payload) => self.tell(session, &payload)?,
                    Moment::Asks { request, done } => {
                        let answer = self.ask(session, &request)?;
                        if answer == Answer::Nothing && self.app.exited(Some(PACE))? {
                            return Ok(());
                        }
                        println!("demo: {}: {}", session.project, answer.in_words());
                        if answer == Answer::Allow && !self.app.exited(Some(PACE))? {
                            self.tell(session, &done)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn tell(&self, session: &Session, payload: &Value) -> Result<()> {
        println!("demo: {}: {}", session.project, gist(payload));
        self.relayed(payload).map(drop)
    }

    /// Waits for the person, as an agent does.
    fn ask(&self, session: &Session, request: &Value) -> Result<Answer> {
        println!("demo: {}: {} — waits for your answer in the popup", session.project, gist(request));
        self.asking.fetch_add(1, Ordering::SeqCst);
        let answer = self.relayed(request);
        self.asking.fetch_sub(1, Ordering::SeqCst);
        Answer::parse(&answer?)
    }

    /// What the relay prints for this payload.
    fn relayed(&self, payload: &Value) -> Result<String> {
        let mut relay = self.stage.command(&self.stage.relay);
        relay.stdout(Stdio::piped());
        let mut relay = agent::hand(relay, &self.stage.home(), payload)?;
        let mut printed = String::new();
        relay.take_output()?.read_to_string(&mut printed).context("reading what the relay prints")?;
        let status = relay.end()?;
        // Interrupted, it is ended with everything else.
        if status.code().is_some_and(|code| code != 0) {
            bail!("the relay ended with {status}");
        }
        Ok(printed)
    }

    fn say_how_it_ended(&self, played: Result<()>) {
        match played {
            Err(error) => println!("demo: {error:#}"),
            Ok(()) if self.app.exited(Some(Duration::ZERO)).unwrap_or(true) => {}
            Ok(()) => println!("demo: this agent has nothing left to do; the application stays open"),
        }
    }

    fn until(&self, what: &str, happened: impl Fn() -> bool) -> Result<()> {
        let end = Instant::now() + READY;
        while !happened() {
            if self.app.exited(Some(LOOK_AGAIN))? {
                bail!("the application ended by itself");
            }
            if Instant::now() > end {
                bail!("waited {} s in vain: {what}", READY.as_secs());
            }
        }
        Ok(())
    }
}

impl Answer {
    fn parse(printed: &str) -> Result<Self> {
        if printed.is_empty() {
            return Ok(Self::Nothing);
        }
        let reply: Value = serde_json::from_str(printed).context("reading the relay's reply")?;
        let decision = &reply["hookSpecificOutput"]["decision"];
        match decision["behavior"].as_str() {
            Some("allow") => Ok(Self::Allow),
            Some("deny") => Ok(Self::Deny(decision["message"].as_str().unwrap_or_default().to_owned())),
            other => bail!("the relay replied {other:?}"),
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Allow => "you allowed it".to_owned(),
            Self::Deny(message) => format!("you denied it: {message}"),
            Self::Nothing => "no decision; the real Codex would go on by itself now, and may ask you".to_owned(),
        }
    }
}

/// One line about a payload.
fn gist(payload: &Value) -> String {
    let input = &payload["tool_input"];
    let about = [&payload["prompt"], &input["command"], &payload["tool_name"], &payload["last_assistant_message"]];
    let about =
        about.into_iter().find_map(Value::as_str).and_then(|text| text.lines().find(|line| *line != PATCH_BEGINS));
    let event = payload["hook_event_name"].as_str().unwrap_or_default();
    about.map_or_else(|| event.to_owned(), |about| format!("{event}: {about}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_decision_is_read_as_one() {
        let reply = |decision: &str| {
            format!(r#"{{"hookSpecificOutput":{{"hookEventName":"PermissionRequest","decision":{decision}}}}}"#)
        };
        assert_eq!(Answer::parse("").unwrap(), Answer::Nothing);
        assert_eq!(Answer::parse(&reply(r#"{"behavior":"allow"}"#)).unwrap(), Answer::Allow);
        let denied = Answer::parse(&reply(r#"{"behavior":"deny","message":"not now"}"#)).unwrap();
        assert_eq!(denied, Answer::Deny("not now".to_owned()));
        assert!(Answer::parse("{}").is_err() && Answer::parse("yes").is_err());
    }
}
