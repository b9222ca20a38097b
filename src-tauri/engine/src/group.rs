//! A child in a process group of its own, so that what it starts can be ended with it.

use std::io;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// Every process of the group is killed when this is dropped, unless its leader was waited for: what a hook leaves behind on
/// purpose stays.
///
/// Codex 0.169 gives hooks a session of their own as well. That takes code between fork and exec, and with it std's fast way to
/// start a process; what differs is that a hook of a command line can still open its terminal.
#[derive(Debug)]
pub(crate) struct Group(pub(crate) Child);

impl Group {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        command.process_group(0).kill_on_drop(true).spawn().map(Self)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // There is a number only until the leader was waited for; later it may be somebody else's.
        let group = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            // A group that has already ended is no failure.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
