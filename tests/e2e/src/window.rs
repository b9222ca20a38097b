//! One window on the screen, as the display sees it.

use anyhow::Result;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ClientMessageEvent, ConfigureWindowAux, ConnectionExt, EventMask, Window as Id};

use crate::display::{Area, Display};
use crate::wait::until;

#[derive(Clone, Copy)]
pub struct Window<'a> {
    pub(crate) display: &'a Display,
    pub(crate) id: Id,
}

impl Window<'_> {
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Its content on the screen, without the manager's frame.
    pub fn area(&self) -> Result<Area> {
        self.area_of(self.id)
    }

    /// The same with the manager's frame.
    pub fn frame(&self) -> Result<Area> {
        self.area_of(self.ancestors(self.id)?.last().copied().unwrap_or(self.id))
    }

    /// Whether keys go to it.
    pub fn has_focus(&self) -> Result<bool> {
        let focus = self.display.focus()?;
        // 0 and 1 stand for nobody and for the pointer.
        Ok(focus > 1 && self.ancestors(focus)?.contains(&self.id))
    }

    pub async fn focused(&self) -> Result<()> {
        until("the window has the focus", async || Ok(self.has_focus()?.then_some(()))).await
    }

    /// Waits until it has the focus and its manager knows.
    pub async fn active(&self) -> Result<()> {
        self.focused().await?;
        until("the manager calls the window active", async || {
            let active = self.display.window_in(self.display.atoms._NET_ACTIVE_WINDOW)?;
            Ok((active == Some(self.id)).then_some(()))
        })
        .await
    }

    /// Asks the manager to move it, as a person's drag would end.
    pub fn move_to(&self, x: i32, y: i32) -> Result<()> {
        self.configure(ConfigureWindowAux::new().x(x).y(y))
    }

    pub fn resize(&self, width: u32, height: u32) -> Result<()> {
        self.configure(ConfigureWindowAux::new().width(width).height(height))
    }

    /// Presses the close button of its frame.
    pub fn close(&self) -> Result<()> {
        let display = self.display;
        // 2: a person asks, not a program.
        let event = ClientMessageEvent::new(32, self.id, display.atoms._NET_CLOSE_WINDOW, [0, 2, 0, 0, 0]);
        let to_manager = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        display.connection.send_event(false, display.root, to_manager, event)?;
        Ok(display.connection.flush()?)
    }

    fn configure(&self, change: ConfigureWindowAux) -> Result<()> {
        self.display.connection.configure_window(self.id, &change)?;
        Ok(self.display.connection.flush()?)
    }

    fn area_of(&self, id: Id) -> Result<Area> {
        let connection = &self.display.connection;
        let size = connection.get_geometry(id)?.reply()?;
        let origin = connection.translate_coordinates(id, self.display.root, 0, 0)?.reply()?;
        Ok(Area {
            x: origin.dst_x.into(),
            y: origin.dst_y.into(),
            width: size.width.into(),
            height: size.height.into(),
        })
    }

    /// `id` and the windows it lies in, below the root.
    fn ancestors(&self, mut id: Id) -> Result<Vec<Id>> {
        let mut line = Vec::new();
        while id != 0 && id != self.display.root {
            line.push(id);
            match self.display.connection.query_tree(id)?.reply() {
                Ok(tree) => id = tree.parent,
                Err(_) => break,
            }
        }
        Ok(line)
    }
}
