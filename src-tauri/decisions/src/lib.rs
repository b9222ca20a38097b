//! Decisions about permission requests: whose word counts, the queue of those that wait, and how text from outside is drawn so
//! that what a person sees is what runs. Pure: no sockets, no files, no clock but the one that bounds the reading of a command line.

pub mod command;
mod digest;
pub mod order;
pub mod plain;
mod queue;
pub mod risk;
pub mod rules;

pub use digest::Digest;
pub use queue::{ARMING, ARMING_HIGH, Queue, Refusal, Surface};
