//! The shortcut of the whole desktop. X11 only: under Wayland the desktop takes shortcuts.
//!
//! Only this one combination is asked for, by a passive grab: no other key that a person types ever comes here.

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use api::dto::SettingsView;
use api::{App, Key, Modifier, Shortcut};
use tauri::{AppHandle, Manager};
use x11rb::connection::Connection;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt, GrabMode, ModMask};
use x11rb::rust_connection::RustConnection;

use crate::windows;

/// Caps Lock and Num Lock change nothing.
const LOCKS: [ModMask; 2] = [ModMask::LOCK, ModMask::M2];

/// Why a shortcut is not heard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("reach the display: {0}")]
    Connect(#[from] ConnectError),
    #[error("talk to the display: {0}")]
    Connection(#[from] ConnectionError),
    #[error("take {0}: {1}")]
    Taken(Shortcut, ReplyError),
    #[error("read the keyboard: {0}")]
    Keyboard(ReplyError),
    #[error("find {0} on the keyboard")]
    NoKey(Shortcut),
}

/// The shortcut that a person wants, and the display that is asked for it from the first one on.
#[derive(Default)]
pub(crate) struct Shortcuts(Mutex<Wanted>);

#[derive(Default)]
struct Wanted {
    shortcut: Option<Shortcut>,
    display: Option<Arc<Display>>,
}

struct Display {
    connection: RustConnection,
    root: u32,
    wish: Mutex<Option<Wish>>,
}

struct Wish {
    shortcut: Shortcut,
    /// The key's code on the keyboard where it was taken; `None` where it could not be.
    code: Option<u8>,
}

/// What a person set: from now on this shortcut brings the popup, and no other. Where that cannot be, the person is told.
pub(crate) fn settings(handle: &AppHandle, settings: &SettingsView) {
    let shortcut = settings.shortcut.as_ref().filter(|_| !settings.desktop_takes_shortcuts);
    let shortcut: Option<Shortcut> = shortcut.and_then(|shortcut| shortcut.parse().ok());
    let set = {
        let shortcuts = handle.state::<Shortcuts>();
        let mut wanted = shortcuts.0.lock().expect("nobody panics while holding it");
        if wanted.shortcut == shortcut {
            return;
        }
        wanted.shortcut.clone_from(&shortcut);
        wanted.set(handle, shortcut)
    };
    let app = handle.state::<App>().inner().clone();
    tauri::async_runtime::spawn(async move {
        match set {
            Ok(()) => app.clear_note("shortcutTaken").await,
            Err(error) => app.note("shortcutTaken", format!("failed to {error}")).await,
        }
    });
}

impl Wanted {
    fn set(&mut self, handle: &AppHandle, shortcut: Option<Shortcut>) -> Result<(), Error> {
        match (&self.display, shortcut) {
            (Some(display), shortcut) => display.set(shortcut),
            (None, None) => Ok(()),
            (None, shortcut) => self.display.insert(Display::listen(handle)?).set(shortcut),
        }
    }
}

impl Display {
    fn listen(handle: &AppHandle) -> Result<Arc<Self>, Error> {
        let (connection, screen) = x11rb::connect(None)?;
        let root = connection.setup().roots[screen].root;
        let display = Arc::new(Self { connection, root, wish: Mutex::default() });
        let (listening, handle) = (display.clone(), handle.clone());
        // Blocks until the display tells something, for as long as the program runs.
        thread::spawn(move || {
            if let Err(error) = listening.hear(&handle) {
                tracing::warn!(%error, "shortcuts are not heard any more");
            }
        });
        Ok(display)
    }

    fn hear(&self, handle: &AppHandle) -> Result<(), ConnectionError> {
        loop {
            match self.connection.wait_for_event()? {
                Event::KeyPress(press) => {
                    // Otherwise the keys would go nowhere until this one is up, and the popup would not see it go up.
                    self.connection.ungrab_keyboard(press.time)?;
                    self.connection.flush()?;
                    windows::summon(handle);
                }
                Event::MappingNotify(_) => {
                    if let Err(error) = self.follow() {
                        tracing::warn!(%error, "the shortcut is not on the new keyboard");
                    }
                }
                _ => {}
            }
        }
    }

    fn wish(&self) -> MutexGuard<'_, Option<Wish>> {
        self.wish.lock().expect("nobody panics while holding it")
    }

    fn set(&self, shortcut: Option<Shortcut>) -> Result<(), Error> {
        let mut wish = self.wish();
        *wish = shortcut.map(|shortcut| Wish { shortcut, code: None });
        self.take(wish.as_mut())
    }

    /// The keyboard is another one. Displays say so often where nothing changed for us: then nothing is let go, lest a press is lost.
    fn follow(&self) -> Result<(), Error> {
        let mut wish = self.wish();
        match wish.as_mut() {
            Some(wish) if self.code(symbol(wish.shortcut.key()))? != wish.code => self.take(Some(wish)),
            Some(_) | None => Ok(()),
        }
    }

    /// Lets go what was taken and takes what is wished.
    fn take(&self, wish: Option<&mut Wish>) -> Result<(), Error> {
        // Any key with any modifiers: all of ours.
        self.connection.ungrab_key(0, self.root, ModMask::ANY)?;
        self.connection.flush()?;
        let Some(Wish { shortcut, code: taken }) = wish else { return Ok(()) };
        *taken = None;
        let code = self.code(symbol(shortcut.key()))?.ok_or_else(|| Error::NoKey(shortcut.clone()))?;
        let modifiers = shortcut.modifiers().map(mask).fold(ModMask::default(), |all, one| all | one);
        for locks in [ModMask::default(), LOCKS[0], LOCKS[1], LOCKS[0] | LOCKS[1]] {
            self.connection
                .grab_key(false, self.root, modifiers | locks, code, GrabMode::ASYNC, GrabMode::ASYNC)?
                .check()
                .map_err(|error| Error::Taken(shortcut.clone(), error))?;
        }
        *taken = Some(code);
        Ok(())
    }

    /// The key that gives this symbol, best without modifiers.
    fn code(&self, symbol: u32) -> Result<Option<u8>, Error> {
        let (first, last) = (self.connection.setup().min_keycode, self.connection.setup().max_keycode);
        let mapping = self.connection.get_keyboard_mapping(first, last - first + 1)?;
        let mapping = mapping.reply().map_err(Error::Keyboard)?;
        let keys = || (first..=last).zip(mapping.keysyms.chunks(mapping.keysyms_per_keycode.max(1).into()));
        let plain = keys().find(|(_, symbols)| symbols.first() == Some(&symbol));
        Ok(plain.or_else(|| keys().find(|(_, symbols)| symbols.contains(&symbol))).map(|(code, _)| code))
    }
}

/// As usual on X11.
fn mask(modifier: Modifier) -> ModMask {
    match modifier {
        Modifier::Ctrl => ModMask::CONTROL,
        Modifier::Alt => ModMask::M1,
        Modifier::Shift => ModMask::SHIFT,
        Modifier::Super => ModMask::M4,
    }
}

/// The keysym: small letters and digits are their own.
fn symbol(key: Key) -> u32 {
    match key {
        Key::Letter(letter) => letter.to_ascii_lowercase().into(),
        Key::Function(number) => 0xffbd + u32::from(number),
        Key::Space => ' '.into(),
    }
}
