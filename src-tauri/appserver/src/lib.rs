//! A client of Codex's app-server: what the installed Codex itself says of its hooks and configuration, and trust written by it; and
//! the other screen of a conversation that runs in a terminal.
//!
//! Our own small JSON-RPC: typed for what we use, raw for the rest ([`Client::call`]). Whatever the server asks *of us* stays
//! without an answer, unless [`Attachment::answer`] is called: Codex takes any, even an error, for a person's refusal. Nothing here
//! waits without a limit, and no process is left behind.
//!
//! ```text
//! Watch::start(home) ──> Told { home, news: Attached, Following, Event …, Event::Lost, Attached … }
//! Attached(attachment) ──> attachment.answer(question, decision, schema), attachment.client().hooks(…)
//! ```

mod attachment;
mod client;
mod config;
mod error;
mod event;
#[cfg(test)]
mod fake;
mod group;
mod hooks;
mod pipes;
mod question;
mod rpc;
mod schema;
mod socket;
mod thread;
mod version;
mod watch;

pub use attachment::{Attachment, Events, Loss, Server};
pub use client::{Client, Launch};
pub use config::{Config, Switch, Trust};
pub use error::Error;
pub use event::{Event, HookEntry, HookNews, HookRun, RunStatus};
pub use group::Group;
pub use hooks::{Hooks, Listed, Problem, TrustStatus};
pub use question::{About, Choice, Decision, Question};
pub use rpc::RequestId;
pub use schema::Schema;
pub use socket::control_socket;
pub use thread::{Item, ItemId, Thread, ThreadId, ThreadStatus, Turn, TurnId, TurnStatus};
pub use version::Version;
pub use watch::{News, Told, Watch};
