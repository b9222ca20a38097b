//! Which window has the keyboard, and giving it back. X11 only: under Wayland programs neither know nor choose.

use gtk::gdk;
use gtk::prelude::*;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask};

/// What acts for the person, as window managers know it: they do as it says.
const FOR_THE_PERSON: u32 = 2;

/// A window of any program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder(u32);

/// Who has the keyboard, where the window manager says so. On the main thread.
pub(crate) fn holder() -> Option<Holder> {
    if !gdk::Display::default()?.type_().name().contains("X11") {
        return None;
    }
    let (server, screen) = x11rb::connect(None).ok()?;
    let root = server.setup().roots[screen].root;
    let property = server.intern_atom(true, b"_NET_ACTIVE_WINDOW").ok()?.reply().ok()?.atom;
    let active = server.get_property(false, root, property, AtomEnum::WINDOW, 0, 1).ok()?.reply().ok()?;
    active.value32()?.next().filter(|id| *id != 0).map(Holder)
}

impl Holder {
    /// Our own window, once it was on the screen. On the main thread.
    pub(crate) fn of(window: &gtk::ApplicationWindow) -> Option<Self> {
        let id = window.window()?.downcast::<gdkx11::X11Window>().ok()?.xid();
        u32::try_from(id).ok().map(Self)
    }

    /// Gives it the keyboard. On the main thread.
    pub(crate) fn give(self) {
        // What was said to the display before comes first.
        gdk::Display::default().inspect(gdk::Display::sync);
        if let Err(error) = self.activate() {
            tracing::info!(%error, "the keyboard was not given back");
        }
    }

    fn activate(self) -> Result<(), Box<dyn std::error::Error>> {
        let (server, screen) = x11rb::connect(None)?;
        let root = server.setup().roots[screen].root;
        let property = server.intern_atom(false, b"_NET_ACTIVE_WINDOW")?.reply()?.atom;
        let event = ClientMessageEvent::new(32, self.0, property, [FOR_THE_PERSON, x11rb::CURRENT_TIME, 0, 0, 0]);
        let to_manager = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        server.send_event(false, root, to_manager, event)?.check()?;
        Ok(())
    }
}
