//! Keys that were down before a window got the focus never reach its page: who types elsewhere decides nothing here.
//!
//! X11 goes on repeating a held key into the window that gets the focus, and the page cannot tell such a repeat from a press.
//! Under Wayland a key is repeated only by the program that saw it pressed, so there is nothing to do.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use gtk::glib::Propagation;
use gtk::prelude::*;
use x11rb::protocol::xproto::ConnectionExt;

/// Keeps held keys from the page in `window`. On the main thread.
pub(crate) fn guard(window: &gtk::ApplicationWindow) {
    if window.display().type_().name() != "GdkX11Display" {
        return;
    }
    let held = Rc::new(RefCell::new(HashSet::new()));
    let on_focus = held.clone();
    window.connect_focus_in_event(move |_, _| {
        // Where the server does not say, the arming time alone protects.
        *on_focus.borrow_mut() = down().unwrap_or_default();
        Propagation::Proceed
    });
    let on_press = held.clone();
    window.connect_key_press_event(move |_, key| {
        let stop = key.keycode().is_some_and(|code| on_press.borrow().contains(&code));
        if stop { Propagation::Stop } else { Propagation::Proceed }
    });
    window.connect_key_release_event(move |_, key| {
        let stop = key.keycode().is_some_and(|code| held.borrow_mut().remove(&code));
        if stop { Propagation::Stop } else { Propagation::Proceed }
    });
}

/// The keycodes of the keys that are down.
fn down() -> Option<HashSet<u16>> {
    let (server, _screen) = x11rb::connect(None).ok()?;
    let keymap = server.query_keymap().ok()?.reply().ok()?.keys;
    Some((0..256u16).filter(|code| keymap[usize::from(code / 8)] & (1 << (code % 8)) != 0).collect())
}
