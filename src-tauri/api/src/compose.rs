//! A permission request, put together from its payload, the agent's transcript, and what earlier events told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use agents::{Ask, Context};
use config::discover::{self, Places};
use decisions::Digest;
use model::{Agent, PermissionRequest, RequestId, Reviewer, Rule, Timestamp, TurnId};
use tokio::time::timeout;

use crate::memory::Memory;
use crate::rules::{Rules, Subject};
use crate::{Paths, card, dto, hooks};

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
    /// The rule of *Allow for this session*, as it is shown.
    pub(crate) session_rule: Option<Rule>,
}

/// A turn of which nothing is known.
const UNKNOWN: Context = Context { cwd: None, approval_policy: None, reviewer: Reviewer::Unknown, prompt: None };

/// What the agent's transcript tells of the turn; `None` where the agent names no transcript.
pub(crate) async fn context(agent: Agent, transcript: Option<PathBuf>, turn: Option<TurnId>) -> Option<Context> {
    let (path, turn) = transcript.zip(turn)?;
    let reading = tokio::task::spawn_blocking(move || transcript_context(agent, &path, &turn));
    Some(timeout(TRANSCRIPT_WITHIN, reading).await.ok().and_then(Result::ok).flatten().unwrap_or(UNKNOWN))
}

fn transcript_context(agent: Agent, path: &Path, turn: &TurnId) -> Option<Context> {
    match agent {
        Agent::Codex => agents::codex::transcript::context(path, turn),
    }
}

/// Who answers approvals, as the agent's configuration says for a session in this folder. Reads files.
fn configured_reviewer(agent: Agent, paths: &Paths, project: Option<&Path>) -> Reviewer {
    match agent {
        Agent::Codex => {
            let places = Places { codex: paths.codex().to_owned(), system: hooks::system() };
            agents::codex::reviewer(discover::reviewer(&places, project.unwrap_or(Path::new("/"))))
        }
    }
}

/// What is asked. Asks the file system where folders are.
pub(crate) fn request(
    id: RequestId,
    agent: Agent,
    ask: Ask,
    context: Option<Context>,
    memory: &Memory,
    paths: &Paths,
    received: Timestamp,
) -> PermissionRequest {
    // Anybody can send a `SessionStart`: where there is a transcript, it alone tells the session's folder.
    let started_in = if context.is_none() { memory.folder(&ask.session) } else { None };
    let Context { cwd, approval_policy, reviewer, prompt } = context.unwrap_or(UNKNOWN);
    let project = cwd.or(started_in).map(resolved);
    let reviewer = match reviewer {
        Reviewer::Unknown => configured_reviewer(agent, paths, project.as_deref()),
        Reviewer::User | Reviewer::AutoReview | Reviewer::Other(_) => reviewer,
    };
    let asked = match ask.subagent {
        Some(_) => None,
        None => prompt.or_else(|| memory.prompt(&ask.session, ask.turn.as_ref())),
    };
    PermissionRequest {
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
    }
}

impl Asked {
    /// Ready to be shown, with what the agent itself offers as answers, where it does. Asks the file system where folders are.
    pub(crate) fn of(
        request: PermissionRequest,
        subject: &Subject,
        advice: Vec<dto::AdviceView>,
        offers: Option<Vec<dto::OfferView>>,
        rules: &Rules,
        now: Timestamp,
    ) -> Self {
        let outside = |project: &PathBuf| !resolved(request.runs_in.clone()).starts_with(project);
        let runs_outside = request.project.as_ref().is_some_and(outside);
        // What is offered are all the answers that there are.
        let session_rule = if offers.is_none() { rules.for_session(subject, now) } else { None };
        let shown = card::shown(&request, runs_outside, advice, subject.line.as_ref(), session_rule.as_ref());
        let shown = dto::Shown { offers, ..shown };
        let (digest, shown_json) = card::digest(&shown);
        let summary = card::summary(&request);
        Self { request, shown, shown_json, digest, summary, session_rule }
    }
}

/// Without symbolic links, where that can be told.
fn resolved(path: PathBuf) -> PathBuf {
    path.canonicalize().unwrap_or(path)
}
