//! From the relay to the history, without a window.

mod answers;
mod attached;
mod broken_frames;
mod crowd;
mod deciding;
mod endpoint;
mod headless;
#[cfg(test)]
mod hosted;
mod hung;
mod killed;
mod live;
mod locked_history;
mod memory;
mod odd_clients;
mod odd_relays;
mod other_users;
mod planted;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod rules;
mod spool;
mod spool_killed;
mod stored;
#[cfg(test)]
mod tampering;
