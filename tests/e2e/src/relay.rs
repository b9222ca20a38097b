//! The agent's side: the real relay carries a payload and waits.

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::process::Process;

/// A relay that waits for its reply.
pub struct Asking {
    pub(crate) process: Process,
    pub(crate) stdout: PathBuf,
}

/// What the agent reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Allow,
    Deny(String),
    /// Nothing on stdout: the agent goes on by itself.
    Nothing,
}

impl Asking {
    /// Whether the agent still waits.
    pub fn waits(&mut self) -> Result<bool> {
        Ok(self.process.ended()?.is_none())
    }

    /// The reply, once the relay has ended.
    pub async fn reply(&mut self) -> Result<Reply> {
        let status = self.process.end().await?;
        ensure!(status.code() == Some(0), "the relay ended with {status}, signal {:?}", status.signal());
        Reply::parse(&fs::read_to_string(&self.stdout)?)
    }

    /// Kills the relay as Codex does when a turn is interrupted.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }
}

impl Reply {
    /// Only what Codex takes for a decision is one, to the letter.
    fn parse(stdout: &str) -> Result<Self> {
        if stdout.is_empty() {
            return Ok(Self::Nothing);
        }
        let value: Value = serde_json::from_str(stdout)?;
        let decision = &value["hookSpecificOutput"]["decision"];
        let reply = match decision["behavior"].as_str() {
            Some("allow") => Self::Allow,
            _ => Self::Deny(decision["message"].as_str().unwrap_or_default().to_owned()),
        };
        ensure!(value == reply.json(), "not a reply that Codex takes: {stdout}");
        Ok(reply)
    }

    fn json(&self) -> Value {
        let decision = match self {
            Self::Allow => json!({ "behavior": "allow" }),
            Self::Deny(message) if message.is_empty() => json!({ "behavior": "deny" }),
            Self::Deny(message) => json!({ "behavior": "deny", "message": message }),
            Self::Nothing => return Value::Null,
        };
        json!({ "hookSpecificOutput": { "hookEventName": "PermissionRequest", "decision": decision } })
    }
}

/// Fills the relay's stdin from a file, so that no thread has to write.
pub(crate) fn stdin(file: &PathBuf, payload: &[u8]) -> Result<fs::File> {
    fs::File::create(file)?.write_all(payload)?;
    Ok(fs::File::open(file)?)
}
