//! The app's side of the local endpoint: a private Unix socket on which agents' relays ask.
//!
//! It only carries: what a payload means and what is decided is told to it as bytes. Nothing a client sends decides, lists or
//! reads, and every failure here closes the connection, which the relay takes for no decision.

mod call;
mod endpoint;
mod error;
mod place;

pub use call::{Call, Line};
pub use endpoint::{Endpoint, Incoming, Kept, Limits};
pub use error::Error;
