//! What relay and app say to each other, and the relay's side of it.
//!
//! One connection is one request: the relay sends [`Frame::Hello`] and [`Frame::Payload`], the app says [`Frame::Accepted`]
//! (or [`Frame::Refused`]) and later [`Frame::Reply`]; the relay says [`Frame::Taken`] once the agent has the reply. No frame
//! decides, lists or reads anything: what a client can send is a question, nothing else.
//!
//! What no app takes, the relay keeps in the [`spool`]: events only, never a decision. What a recorded hook did stands in its
//! [`journal`].

pub mod client;
pub mod error;
pub mod event;
pub mod folder;
pub mod frame;
pub mod journal;
pub mod panics;
pub mod peer;
pub mod place;
pub mod spool;

pub use error::Error;
pub use event::Event;
pub use frame::{Accepted, Frame, Hello, LIMIT, Refused, VERSION, Window};
