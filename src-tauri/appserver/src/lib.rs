//! A client of Codex's app-server: what the installed Codex itself says of its hooks and configuration, and trust written by it.
//!
//! Our own small JSON-RPC: typed for what we use, raw for the rest ([`Client::call`]). Whatever the server asks *of us* stays
//! without an answer: Codex takes any, even an error, for a person's refusal. Nothing here waits without a limit, and no
//! process is left behind.

mod client;
mod config;
mod error;
mod group;
mod hooks;
mod pipes;
mod rpc;

pub use client::{Client, Launch};
pub use config::{Config, Switch, Trust};
pub use error::Error;
pub use group::Group;
pub use hooks::{Hooks, Listed, Problem, TrustStatus};
