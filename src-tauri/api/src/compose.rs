//! A permission request, put together from its payload, the agent's transcript, and what earlier events told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use agents::{Ask, Context};
use decisions::Digest;
use model::{Agent, PermissionRequest, RequestId, Reviewer, Timestamp, TurnId};
use tokio::time::timeout;

use crate::memory::Memory;
use crate::{card, dto};

/// How long reading the agent's transcript may hold up a request.
const TRANSCRIPT_WITHIN: Duration = Duration::from_millis(500);

/// A permission request, ready to be shown.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: PermissionRequest,
    pub(crate) shown: dto::Shown,
    pub(crate) shown_json: String,
    pub(crate) digest: Digest,
    pub(crate) summary: String,
}

/// What the agent's transcript tells of the turn.
pub(crate) async fn context(agent: Agent, transcript: Option<PathBuf>, turn: Option<TurnId>) -> Option<Context> {
    let (path, turn) = transcript.zip(turn)?;
    let reading = tokio::task::spawn_blocking(move || transcript_context(agent, &path, &turn));
    timeout(TRANSCRIPT_WITHIN, reading).await.ok().and_then(Result::ok).flatten()
}

fn transcript_context(agent: Agent, path: &Path, turn: &TurnId) -> Option<Context> {
    match agent {
        Agent::Codex => agents::codex::transcript::context(path, turn),
    }
}

/// Asks the file system where folders are.
pub(crate) fn compose(
    id: RequestId,
    agent: Agent,
    ask: Ask,
    context: Option<Context>,
    advice: Vec<dto::AdviceView>,
    memory: &Memory,
    received: Timestamp,
) -> Asked {
    let Context { cwd, approval_policy, reviewer, prompt } =
        context.unwrap_or(Context { cwd: None, approval_policy: None, reviewer: Reviewer::Unknown, prompt: None });
    let project = cwd.or_else(|| memory.folder(&ask.session)).map(resolved);
    let runs_outside = match &project {
        Some(project) => !resolved(ask.runs_in.clone()).starts_with(project),
        None => false,
    };
    let asked = match ask.subagent {
        Some(_) => None,
        None => prompt.or_else(|| memory.prompt(&ask.session, ask.turn.as_ref())),
    };
    let request = PermissionRequest {
        id,
        agent,
        session: ask.session,
        turn: ask.turn,
        subagent: ask.subagent,
        project,
        runs_in: ask.runs_in,
        tool: ask.tool,
        action: ask.action,
        said: ask.said,
        asked,
        reviewer,
        approval_policy,
        received,
    };
    let shown = card::shown(&request, runs_outside, advice);
    let (digest, shown_json) = card::digest(&shown);
    let summary = card::summary(&request);
    Asked { request, shown, shown_json, digest, summary }
}

/// Without symbolic links, where that can be told.
fn resolved(path: PathBuf) -> PathBuf {
    path.canonicalize().unwrap_or(path)
}
