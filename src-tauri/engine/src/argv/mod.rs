//! Hooks of the older argv form: a program and its arguments under a snake_case key of `[hooks]`, and the legacy `notify`.
//!
//! They know nine events and a payload of their own ([`Payload`]); [`payload_of`] makes it of a newer one. An end means one of three
//! things ([`Ended`]), and [`effect`] says what the agent makes of it. No shell, no timeout, no matcher, no reading of the output:
//! standard output is thrown away, standard error is the message.

mod convert;
mod wire;

use std::ffi::OsStr;
use std::io;
use std::process::{ExitStatus, Stdio};

use model::ArgvHook;
use tokio::process::Command;

pub use convert::payload_of;
pub use wire::{Event, Lifecycle, LocalShell, Payload, PostToolUse, ToolCall, ToolInput, Turn};

use crate::capture::drain;
use crate::command::{environment, feed};
use crate::group::Group;
use crate::{Captured, Engine};

/// What became of one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub name: String,
    pub ended: Ended,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Success,
    /// The next hook runs all the same.
    FailedContinue(String),
    /// No further hook runs.
    FailedAbort(String),
}

/// What the agent makes of an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    /// Goes on, with this line in its log.
    Logged(&'static str),
    /// Neither the tool nor the turn goes on.
    Fatal(String),
}

/// Only a hook of a tool can stop anything: what an event of the session's life reports as an abort is logged.
pub fn effect(event: &Event, run: &Run) -> Effect {
    match (event.is_about_a_tool(), &run.ended) {
        (_, Ended::Success) => Effect::None,
        (true, Ended::FailedContinue(_)) => Effect::Logged("tool hook failed; continuing"),
        (true, Ended::FailedAbort(error)) => {
            let (event, name) = (event.key(), &run.name);
            Effect::Fatal(format!("{event} hook '{name}' failed and aborted operation: {error}"))
        }
        (false, Ended::FailedContinue(_)) => Effect::Logged("lifecycle hook failed; continuing"),
        (false, Ended::FailedAbort(_)) => Effect::Logged("lifecycle hook failed with abort; continuing"),
    }
}

impl Engine {
    /// Runs the hooks of the payload's event one after the other, in the payload's folder. Dropping the future kills the process
    /// group of the one that runs; a `notify` program is started and left alone.
    pub async fn dispatch(&self, hooks: &[ArgvHook], payload: &Payload) -> Vec<Run> {
        let mut runs = Vec::new();
        for hook in hooks.iter().filter(|hook| hook.name == payload.event.key()) {
            let ended = self.end_of(hook, payload).await;
            let aborted = matches!(ended, Ended::FailedAbort(_));
            runs.push(Run { name: hook.name.clone(), ended });
            if aborted {
                break;
            }
        }
        runs
    }

    async fn end_of(&self, hook: &ArgvHook, payload: &Payload) -> Ended {
        let Some((program, arguments)) = hook.argv.split_first().filter(|(program, _)| !program.is_empty()) else {
            return Ended::Success;
        };
        let mut command = self.command(program, payload);
        command.args(arguments);
        match &payload.event {
            Event::AfterAgent(turn) => match notify(command.arg(turn.notice(payload).to_string())) {
                Ok(()) => Ended::Success,
                Err(error) => Ended::FailedContinue(error.to_string()),
            },
            event => match self.finish(command, payload).await {
                Ok((status, stderr)) => ended(event, status, &stderr),
                Err(error) => Ended::FailedContinue(error.to_string()),
            },
        }
    }

    fn command(&self, program: &str, payload: &Payload) -> Command {
        let mut command = Command::new(OsStr::new(program));
        environment(&mut command, &self.surroundings().environment, &[]);
        command.current_dir(&payload.cwd).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    async fn finish(&self, mut command: Command, payload: &Payload) -> io::Result<(ExitStatus, Captured)> {
        let input = serde_json::to_string(payload)?;
        let mut group = Group::spawn(command.stdin(Stdio::piped()).stderr(Stdio::piped()))?;
        let stdin = group.0.stdin.take().expect("piped");
        let stderr = group.0.stderr.take().expect("piped");
        let (_, stderr) = tokio::try_join!(feed(stdin, &input), drain(stderr, &self.surroundings().scratch, |_| {}))?;
        Ok((group.0.wait().await?, stderr))
    }
}

/// Started in a group of its own and not waited for; it goes on after us.
fn notify(command: &mut Command) -> io::Result<()> {
    command.process_group(0).spawn().map(drop)
}

fn ended(event: &Event, status: ExitStatus, stderr: &Captured) -> Ended {
    if status.success() {
        return Ended::Success;
    }
    let message = match (stderr.text.trim(), status.code()) {
        ("", Some(code)) => format!("hook exited with status code {code}"),
        ("", None) => "hook terminated without a status code".to_owned(),
        (message, _) => message.to_owned(),
    };
    if status.code() == Some(2) && event.can_abort() {
        Ended::FailedAbort(message)
    } else {
        Ended::FailedContinue(message)
    }
}
