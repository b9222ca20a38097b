//! The events. One file each: what comes in, what may be answered, what the answer means, what several answers add up to.

mod facts;
mod input;
mod interrupt;
#[cfg(test)]
mod laws;
mod permission_request;
mod post_compact;
mod post_model_request;
mod post_tool_use;
mod pre_compact;
mod pre_model_request;
mod pre_tool_use;
mod session_end;
mod session_start;
mod stop;
mod subagent_start;
mod subagent_stop;
mod user_prompt_submit;

use model::{HookEvent, Mode, Outcome};
use schemars::Schema;

use crate::Finished;
use crate::reading::{Part, Reading};
use crate::schema;

pub use facts::{Scope, camel, gives_context, kebab, scope, snake, subjects, takes_matcher, words};

/// What the end of a handler means.
pub(crate) fn read(event: &HookEvent, mode: Mode, finished: &Finished) -> Reading {
    match event {
        HookEvent::SessionStart => session_start::read(mode, finished),
        HookEvent::SessionEnd => session_end::read(finished),
        HookEvent::UserPromptSubmit => user_prompt_submit::read(mode, finished),
        HookEvent::PreModelRequest => pre_model_request::read(finished),
        HookEvent::PostModelRequest => post_model_request::read(finished),
        HookEvent::PreToolUse => pre_tool_use::read(mode, finished),
        HookEvent::PermissionRequest => permission_request::read(mode, finished),
        HookEvent::PostToolUse => post_tool_use::read(mode, finished),
        HookEvent::PreCompact => pre_compact::read(mode, finished),
        HookEvent::PostCompact => post_compact::read(mode, finished),
        HookEvent::SubagentStart => subagent_start::read(finished),
        HookEvent::SubagentStop => subagent_stop::read(mode, finished),
        HookEvent::Stop => stop::read(mode, finished),
        HookEvent::Interrupt => interrupt::read(finished),
        // Nobody knows what it can be told, so it is told nothing.
        HookEvent::Other(_) => session_end::read(finished),
    }
}

/// What all runs of one event, in configured order, add up to.
pub(crate) fn outcome(event: &HookEvent, parts: &[Part]) -> Outcome {
    match event {
        HookEvent::SessionStart => session_start::outcome(parts),
        HookEvent::UserPromptSubmit => user_prompt_submit::outcome(parts),
        HookEvent::PreToolUse => pre_tool_use::outcome(parts),
        HookEvent::PermissionRequest => permission_request::outcome(parts),
        HookEvent::PostToolUse => post_tool_use::outcome(parts),
        HookEvent::PreCompact => pre_compact::outcome(parts),
        HookEvent::PostCompact => post_compact::outcome(parts),
        HookEvent::SubagentStart => subagent_start::outcome(parts),
        HookEvent::SubagentStop => subagent_stop::outcome(parts),
        HookEvent::Stop => stop::outcome(parts),
        HookEvent::SessionEnd
        | HookEvent::PreModelRequest
        | HookEvent::PostModelRequest
        | HookEvent::Interrupt
        | HookEvent::Other(_) => Outcome::default(),
    }
}

/// The JSON Schema of what a hook gets on stdin.
pub fn input_schema(event: &HookEvent) -> Option<Schema> {
    let schema = match event {
        HookEvent::SessionStart => schema::input::<session_start::Input>(event),
        HookEvent::SessionEnd => schema::input::<session_end::Input>(event),
        HookEvent::UserPromptSubmit => schema::input::<user_prompt_submit::Input>(event),
        HookEvent::PreModelRequest => schema::input::<pre_model_request::Input>(event),
        HookEvent::PostModelRequest => schema::input::<post_model_request::Input>(event),
        HookEvent::PreToolUse => schema::input::<pre_tool_use::Input>(event),
        HookEvent::PermissionRequest => schema::input::<permission_request::Input>(event),
        HookEvent::PostToolUse => schema::input::<post_tool_use::Input>(event),
        HookEvent::PreCompact => schema::input::<pre_compact::Input>(event),
        HookEvent::PostCompact => schema::input::<post_compact::Input>(event),
        HookEvent::SubagentStart => schema::input::<subagent_start::Input>(event),
        HookEvent::SubagentStop => schema::input::<subagent_stop::Input>(event),
        HookEvent::Stop => schema::input::<stop::Input>(event),
        HookEvent::Interrupt => schema::input::<interrupt::Input>(event),
        HookEvent::Other(_) => return None,
    };
    Some(schema)
}

/// The JSON Schema of what a hook may answer on stdout. `None` where it is not read.
pub fn output_schema(event: &HookEvent) -> Option<Schema> {
    let schema = match event {
        HookEvent::SessionStart => schema::output::<session_start::Output>(event),
        HookEvent::UserPromptSubmit => schema::output::<user_prompt_submit::Output>(event),
        HookEvent::PreToolUse => schema::output::<pre_tool_use::Output>(event),
        HookEvent::PermissionRequest => schema::output::<permission_request::Output>(event),
        HookEvent::PostToolUse => schema::output::<post_tool_use::Output>(event),
        HookEvent::PreCompact => schema::output::<pre_compact::Output>(event),
        HookEvent::PostCompact => schema::output::<post_compact::Output>(event),
        HookEvent::SubagentStart => schema::output::<subagent_start::Output>(event),
        HookEvent::SubagentStop => schema::output::<subagent_stop::Output>(event),
        HookEvent::Stop => schema::output::<stop::Output>(event),
        HookEvent::Interrupt => schema::output::<interrupt::Output>(event),
        HookEvent::SessionEnd | HookEvent::PreModelRequest | HookEvent::PostModelRequest | HookEvent::Other(_) => {
            return None;
        }
    };
    Some(schema)
}
