//! What the answers of hooks mean, case by case, each with a real process. Numbers are those of `docs/conformance.md`; where Codex
//! 0.169 differs from what was written of Codex before, the case says so.

mod case;
mod lifecycle;
mod permission_request;
mod post_tool_use;
mod pre_tool_use;
mod schemas;
mod several;
mod stops;
mod unawaited;
mod universal;
mod user_prompt_submit;
