//! OpenAI Codex. Facts are those of Codex 0.169.

mod action;
mod edit;
pub mod install;
mod json;
mod patch;
pub mod recorded;
mod reply;
pub mod transcript;
mod wire;

use std::path::PathBuf;

use model::{Agent, Decision, Event, HookEvent, Outcome, Reviewer, SessionId, Subagent, SubagentId, TurnId, Verdict};

use crate::{About, Ask, Error, Parsed};
pub use reply::{reply, takes_context};
use wire::Payload;

/// Reads what Codex writes to a hook's stdin.
///
/// Events and fields of a newer Codex pass: the event as [`HookEvent::Other`], the fields in the payload that is kept.
pub fn parse(payload: &[u8]) -> Result<Parsed, Error> {
    let text = str::from_utf8(payload).map_err(|_| Error::NotUtf8)?;
    let payload = Payload::read(text)?;
    let name = payload.text("hook_event_name")?.ok_or(Error::Missing("hook_event_name"))?;
    let event = HookEvent::from_name(&name);
    // What a field means in an event we do not know is not ours to say: what does not fit is left out there.
    let payload = if matches!(event, HookEvent::Other(_)) { payload.lenient() } else { payload };

    let event = Event {
        agent: Agent::Codex,
        session: payload.text("session_id")?.map(SessionId::new),
        turn: payload.text("turn_id")?.map(TurnId::new),
        subagent: subagent(&payload)?,
        tool: payload.text("tool_name")?,
        cwd: payload.text("cwd")?.map(PathBuf::from),
        prompt: if event == HookEvent::UserPromptSubmit { payload.text("prompt")? } else { None },
        event,
        payload: text.to_owned(),
    };
    let request = if event.event == HookEvent::PermissionRequest { Some(ask(&event, &payload)?) } else { None };
    let transcript = payload.text("transcript_path")?.map(PathBuf::from);
    Ok(Parsed { event, request, transcript })
}

/// What an event is about. `None` where that is nothing, or the payload is not at hand.
pub fn about(event: &Event) -> Option<About> {
    if let Some(prompt) = &event.prompt {
        return Some(About::Words(prompt.clone()));
    }
    let payload = Payload::read(&event.payload).ok()?.lenient();
    if let Some(tool) = &event.tool {
        let input = payload.raw("tool_input").ok()??;
        return Some(About::Action(action::read(tool, input).0));
    }
    payload.text("last_assistant_message").ok()?.map(About::Words)
}

/// What a tool gave back: text, or JSON. `None` where it gave nothing, or the payload is not at hand.
pub fn result(event: &Event) -> Option<String> {
    let payload = Payload::read(&event.payload).ok()?.lenient();
    Some(wire::shown(payload.raw("tool_response").ok()??))
}

/// Codex's word for who answers approvals.
pub fn reviewer(name: Option<String>) -> Reviewer {
    match name {
        None => Reviewer::Unknown,
        Some(name) => match name.as_str() {
            "user" => Reviewer::User,
            // The second is an older name that configurations may still have.
            "auto_review" | "guardian_subagent" => Reviewer::AutoReview,
            _ => Reviewer::Other(name),
        },
    }
}

/// A payload, indented where it is JSON.
pub fn readable(payload: &str) -> String {
    match Payload::read(payload) {
        Ok(_) => json::indent(payload),
        Err(_) => payload.to_owned(),
    }
}

/// What a decision alone says to the hook of a `PermissionRequest`; `None` is silence.
pub fn render(decision: &Decision) -> Option<String> {
    let verdict = match decision {
        Decision::Allow => Verdict::Allow,
        Decision::Deny { message } => Verdict::Deny { message: message.clone() },
        Decision::NoDecision => return None,
    };
    reply(&HookEvent::PermissionRequest, &Outcome { verdict: Some(verdict), ..Outcome::default() }, &[])
}

fn ask(event: &Event, payload: &Payload) -> Result<Ask, Error> {
    let tool = event.tool.clone().ok_or(Error::Missing("tool_name"))?;
    let input = payload.raw("tool_input")?.ok_or(Error::Missing("tool_input"))?;
    let (action, said) = action::read(&tool, input);
    Ok(Ask {
        session: event.session.clone().ok_or(Error::Missing("session_id"))?,
        turn: event.turn.clone(),
        subagent: event.subagent.clone(),
        tool,
        action,
        said,
        runs_in: event.cwd.clone().ok_or(Error::Missing("cwd"))?,
    })
}

fn subagent(payload: &Payload) -> Result<Option<Subagent>, Error> {
    let Some(id) = payload.text("agent_id")? else { return Ok(None) };
    let role = payload.text("agent_type")?.ok_or(Error::Missing("agent_type"))?;
    Ok(Some(Subagent { id: SubagentId::new(id), role }))
}

#[cfg(test)]
mod tests;
