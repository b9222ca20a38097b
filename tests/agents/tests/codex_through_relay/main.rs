//! The real Codex, the real relay, a Hookwright without a window: what a person's answer, or none, makes Codex do.

mod answers;
mod cards;
mod gone;
mod hosted;
mod left;
mod rules;
mod world;
