//! A home, the installed relay, and a Hookwright without a window with the person who decides.

use std::time::Duration;

use fixtures::relay::{Asking, Installed};
use fixtures::{Home, Hosted};

pub struct Flow {
    pub app: Hosted,
    pub relay: Installed,
    pub home: Home,
}

impl Flow {
    pub fn start() -> Self {
        Self::waiting(Duration::from_secs(600))
    }

    /// Requests wait this long for the person.
    pub fn waiting(waiting: Duration) -> Self {
        let home = Home::new();
        Self { app: Hosted::waiting(home.path(), waiting), relay: Installed::ours(), home }
    }

    /// An agent runs the relay with this payload.
    pub fn ask(&self, payload: &[u8]) -> Asking {
        self.relay.ask(self.home.path(), payload)
    }
}
