//! What there is to see of an agent's servers without being a client of them.

use std::path::Path;

use appserver::control_socket;

use crate::dto::{AttachState, AttachedView};
use crate::{Paths, Settings, attach};

/// Of this home, and of those that the settings name.
pub(super) fn views(paths: &Paths, home: &Path) -> Vec<AttachedView> {
    // Settings that cannot be read are told of elsewhere.
    let settings = Settings::read(paths).unwrap_or_else(|_| Settings::unreadable());
    if !settings.attach() {
        return vec![attach::view(home, AttachState::Off)];
    }
    let mut homes = vec![home];
    for further in settings.codex_homes() {
        if !homes.contains(&further.as_path()) {
            homes.push(further);
        }
    }
    homes.into_iter().map(there).collect()
}

fn there(home: &Path) -> AttachedView {
    let state = if control_socket(home).exists() { AttachState::Unasked } else { AttachState::NoServer };
    attach::view(home, state)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_socket_is_all_that_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let homes = ["one", "two"].map(|name| folder.path().join(name));
        let socket = control_socket(&homes[1]);
        fs::create_dir_all(socket.parent().unwrap()).unwrap();
        fs::write(socket, "").unwrap();
        let states = |settings: &str| {
            fs::create_dir_all(paths.settings().parent().unwrap()).unwrap();
            fs::write(paths.settings(), settings).unwrap();
            views(&paths, &homes[0]).into_iter().map(|view| view.state).collect::<Vec<_>>()
        };
        let named = format!("codex_homes = [{:?}, {:?}]\n", homes[1], homes[0]);
        assert_eq!(states(""), [AttachState::NoServer]);
        assert_eq!(states(&named), [AttachState::NoServer, AttachState::Unasked]);
        assert_eq!(states(&format!("attach = false\n{named}")), [AttachState::Off]);
    }
}
