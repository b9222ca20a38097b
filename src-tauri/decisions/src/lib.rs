//! Decisions about permission requests: whose word counts, the queue of those that wait, and how text from outside is drawn so
//! that what a person sees is what runs. Pure: no sockets, no files, no clock of its own.

mod digest;
pub mod order;
pub mod plain;
mod queue;

pub use digest::Digest;
pub use queue::{ARMING, Queue, Refusal, Surface};
