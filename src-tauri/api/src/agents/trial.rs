//! A test request: harmless, but on the very way that an agent's requests take, through the installed relay.

use std::io;
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use model::{Agent, Decision};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::dto::TestOutcome;
use crate::text::text;
use crate::{Error, Paths};

/// Waits for as long as the request does.
pub(crate) async fn ask(paths: &Paths, agent: Agent) -> Result<TestOutcome, Error> {
    let relay = paths.relay();
    let mut command = Command::new(&relay);
    if let Some(home) = paths.home() {
        command.arg("--home").arg(home);
    }
    command.arg(agent.name());
    let stdout = run(command, payload(agent)?).await.map_err(|source| Error::File { path: relay, source })?;
    let said = |decision: Decision| match agent {
        Agent::Codex => agents::codex::render(&decision).is_some_and(|reply| reply.as_bytes() == stdout),
    };
    Ok(if stdout.is_empty() {
        TestOutcome::NoDecision
    } else if said(Decision::Allow) {
        TestOutcome::Allow
    } else {
        TestOutcome::Deny
    })
}

/// What the agent would send: a command that does nothing but greet, and that nobody runs.
fn payload(agent: Agent) -> Result<Vec<u8>, Error> {
    let folder = std::env::temp_dir();
    // A session of its own, so that tests do not look like one long session.
    let session =
        format!("hookwright-test-{:08x}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    let payload = match agent {
        Agent::Codex => json!({
            "session_id": session,
            "turn_id": session,
            "transcript_path": null,
            "cwd": folder,
            "hook_event_name": "PermissionRequest",
            "model": "hookwright",
            "permission_mode": "default",
            "tool_name": "Bash",
            "tool_input": { "command": "echo 'Hello from Hookwright'", "description": text("trial.said", &[]) },
        }),
    };
    serde_json::to_vec(&payload).map_err(|error| Error::File { path: folder, source: error.into() })
}

async fn run(mut command: Command, payload: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut relay =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
    let mut stdin = relay.stdin.take().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
    stdin.write_all(&payload).await?;
    drop(stdin);
    Ok(relay.wait_with_output().await?.stdout)
}
