//! The events of one call of a tool: before it, when permission was asked for, after it. Joined by the id that the agent gives
//! the call, and where it gives none by session, turn, tool and equal input, in order.

use engine::Payload;
use history::{Reader, row};
use model::{Event, HookEvent};

use crate::dto::CallStep;
use crate::{Error, happened, past};

/// One call as its events tell of it.
#[derive(Default)]
struct Call<'e> {
    /// The agent's id of it.
    id: Option<String>,
    before: Option<&'e row::Event>,
    request: Option<&'e row::Event>,
    after: Option<&'e row::Event>,
}

impl<'e> Call<'e> {
    fn events(&self) -> impl Iterator<Item = &'e row::Event> {
        [self.before, self.request, self.after].into_iter().flatten()
    }
}

/// The call for which the hook ran, with this event; nothing where it is of no call, or the history has none of its events.
pub(super) fn steps(reader: &Reader, ran: &row::Run, event: &Event) -> Result<Vec<CallStep>, Error> {
    let (Some(session), Some(turn), Some(tool)) = (&event.session, &event.turn, &event.tool) else {
        return Ok(Vec::new());
    };
    let Some(asked) = past::call(event) else { return Ok(Vec::new()) };
    let mut events = reader.calls(session, turn, tool, past::CALLS)?;
    events.retain(|row| past::call(&row.event).is_some_and(|call| call == asked));
    let calls = calls(&events);
    let Some(found) = of_run(&calls, ran, event) else { return Ok(Vec::new()) };
    found.events().map(|row| step(reader, row, event)).collect()
}

fn step(reader: &Reader, row: &row::Event, of: &Event) -> Result<CallStep, Error> {
    let request = match &row.request {
        Some(id) => reader.request(id)?,
        None => None,
    };
    Ok(CallStep {
        event: happened::view(row),
        outcome: request.and_then(|request| request.decision).as_ref().map(past::outcome),
        result: (row.event.event == HookEvent::PostToolUse).then(|| past::result_view(row)),
        own: row.event.event == of.event,
    })
}

/// Equal calls, told apart. A request belongs to the first one that has none, a result to the one of its id.
fn calls(events: &[row::Event]) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    for event in events {
        let id = id(&event.event);
        let (asks, ends) =
            (event.event.event == HookEvent::PermissionRequest, event.event.event == HookEvent::PostToolUse);
        let first = |fits: &dyn Fn(&Call<'_>) -> bool| calls.iter().position(fits);
        let place = if asks {
            first(&|call| call.request.is_none() && call.after.is_none())
        } else if ends {
            first(&|call| id.is_some() && call.id == id)
                .or_else(|| first(&|call| call.id.is_none() && call.after.is_none()))
        } else {
            None
        };
        let place = place.unwrap_or_else(|| {
            calls.push(Call { id, ..Call::default() });
            calls.len() - 1
        });
        let call = &mut calls[place];
        let part = match (asks, ends) {
            (true, _) => &mut call.request,
            (false, true) => &mut call.after,
            (false, false) => &mut call.before,
        };
        *part = Some(event);
    }
    calls
}

/// The one for which a hook ran: by its event, by the id of the call, or by the time.
fn of_run<'c, 'e>(calls: &'c [Call<'e>], ran: &row::Run, event: &Event) -> Option<&'c Call<'e>> {
    if let Some(id) = &ran.event {
        return calls.iter().find(|call| call.events().any(|row| row.id == *id));
    }
    if let Some(id) = id(event) {
        return calls.iter().find(|call| call.id.as_ref() == Some(&id));
    }
    let same = calls.iter().filter_map(|call| Some((call, call.events().find(|row| row.event.event == event.event)?)));
    same.min_by_key(|(_, row)| row.at.0.abs_diff(ran.run.started.0)).map(|(call, _)| call)
}

fn id(event: &Event) -> Option<String> {
    Payload::parse(&event.payload).ok()?.call().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use model::{EventId, Reported, Timestamp};
    use serde_json::json;

    use super::*;

    fn event(name: &str, at: i64, id: Option<&str>) -> row::Event {
        let mut payload = json!({
            "hook_event_name": name, "session_id": "s", "turn_id": "t", "cwd": "/", "tool_name": "Bash",
            "tool_input": { "command": "make" },
        });
        if let Some(id) = id {
            payload["tool_use_id"] = json!(id);
        }
        let parsed = agents::codex::parse(payload.to_string().as_bytes()).unwrap();
        let (id, at) = (EventId::new(format!("{name}{at}")), Timestamp(at));
        row::Event { id, at, reported: Reported::Live, event: parsed.event, request: None }
    }

    fn joined(events: &[row::Event]) -> Vec<Vec<String>> {
        calls(events).iter().map(|call| call.events().map(|row| row.id.to_string()).collect()).collect()
    }

    #[test]
    fn a_result_is_found_by_its_id_and_a_request_in_order() {
        let events = [
            event("PreToolUse", 1, Some("a")),
            event("PreToolUse", 2, Some("b")),
            event("PermissionRequest", 3, None),
            event("PermissionRequest", 4, None),
            event("PostToolUse", 5, Some("b")),
            event("PostToolUse", 6, Some("a")),
        ];
        let expected = [
            vec!["PreToolUse1", "PermissionRequest3", "PostToolUse6"],
            vec!["PreToolUse2", "PermissionRequest4", "PostToolUse5"],
        ];
        assert_eq!(joined(&events), expected);
    }

    #[test]
    fn a_call_of_which_only_the_request_is_known_is_one_too() {
        let events = [
            event("PermissionRequest", 1, None),
            event("PostToolUse", 2, None),
            event("PermissionRequest", 3, None),
            event("PreToolUse", 4, Some("a")),
        ];
        let expected = [vec!["PermissionRequest1", "PostToolUse2"], vec!["PermissionRequest3"], vec!["PreToolUse4"]];
        assert_eq!(joined(&events), expected);
    }
}
