//! Another program's window, in which a person types while a card appears. It remembers what reached it.

use std::cell::{Cell, RefCell};

use anyhow::Result;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateWindowAux, EventMask, PropMode, WindowClass};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::display::{Area, Display};
use crate::keyboard::Keyboard;
use crate::window::Window;

pub struct Notepad<'a> {
    display: &'a Display,
    connection: RustConnection,
    keyboard: Keyboard,
    id: u32,
    typed: RefCell<String>,
    losses: Cell<u32>,
}

impl<'a> Notepad<'a> {
    /// Opens it and gives it the focus.
    pub async fn open(display: &'a Display, Area { x, y, width, height }: Area) -> Result<Self> {
        let (connection, screen) = x11rb::connect(Some(display.name()))?;
        let screen = &connection.setup().roots[screen];
        let (root, visual, white) = (screen.root, screen.root_visual, screen.white_pixel);
        let id = connection.generate_id()?;
        let events = EventMask::KEY_PRESS | EventMask::FOCUS_CHANGE;
        let look = CreateWindowAux::new().background_pixel(white).event_mask(events);
        let (left, top) = (i16::try_from(x)?, i16::try_from(y)?);
        let (width, height) = (u16::try_from(width)?, u16::try_from(height)?);
        connection.create_window(0, id, root, left, top, width, height, 0, WindowClass::INPUT_OUTPUT, visual, &look)?;
        let atoms = &display.atoms;
        connection.change_property8(PropMode::REPLACE, id, atoms._NET_WM_NAME, atoms.UTF8_STRING, b"Notepad")?;
        connection.map_window(id)?;
        connection.flush()?;
        let keyboard = Keyboard::of(&connection)?;
        let notepad = Self { display, connection, keyboard, id, typed: RefCell::default(), losses: Cell::default() };
        display.shown("Notepad").await?;
        display.click(notepad.window().area()?.centre())?;
        notepad.focused().await?;
        Ok(notepad)
    }

    /// Waits until it has the focus. What it lost before is forgotten.
    pub async fn focused(&self) -> Result<()> {
        self.window().focused().await?;
        self.read()?;
        self.losses.set(0);
        Ok(())
    }

    pub fn window(&self) -> Window<'a> {
        Window { display: self.display, id: self.id }
    }

    /// What was typed into it so far.
    pub fn typed(&self) -> Result<String> {
        self.read()?;
        Ok(self.typed.borrow().clone())
    }

    /// How often it lost the focus.
    pub fn losses(&self) -> Result<u32> {
        self.read()?;
        Ok(self.losses.get())
    }

    fn read(&self) -> Result<()> {
        self.connection.sync()?;
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::KeyPress(key) = &event {
                self.typed.borrow_mut().push(self.keyboard.letter(key.detail));
            }
            if matches!(event, Event::FocusOut(_)) {
                self.losses.set(self.losses.get() + 1);
            }
        }
        Ok(())
    }
}
