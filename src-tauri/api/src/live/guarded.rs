//! The endpoint's file, when something happened to it.

use bridge::Kept;

use super::Live;
use crate::dto;

impl Live {
    /// Sees to it that relays find us, and tells where others saw to it that they did not.
    pub(super) fn keep_endpoint(&mut self) {
        let Some(endpoint) = &mut self.endpoint else { return };
        let note = |code: &str, detail| dto::Note { code: code.to_owned(), detail };
        match endpoint.keep() {
            Ok(Kept::Untouched) => {}
            Ok(Kept::PutBack) => {
                let path = endpoint.path().display().to_string();
                self.note(note("socketTampered", path));
                self.clear_note("endpoint");
            }
            Err(error) => self.note(note("endpoint", format!("failed to {error}"))),
        }
    }
}
