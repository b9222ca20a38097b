//! Files that a person drags from another program: the source's side of XDND, as file managers speak it.

use std::path::Path;

use anyhow::{Result, ensure};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window as Id, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, CURRENT_TIME, NONE};

use crate::wait::{never, until};
use crate::window::Window;

/// Of the protocol.
const VERSION: u32 = 5;
/// In `XdndStatus` and `XdndFinished`.
const ACCEPTED: u32 = 1;

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        TARGETS,
        XdndActionCopy,
        XdndDrop,
        XdndEnter,
        XdndFinished,
        XdndLeave,
        XdndPosition,
        XdndSelection,
        XdndStatus,
        URI_LIST: b"text/uri-list",
    }
}

/// Files on their way to a window.
pub struct Drag<'a> {
    window: &'a Window<'a>,
    connection: RustConnection,
    atoms: Atoms,
    source: Id,
    uris: String,
}

impl<'a> Drag<'a> {
    /// Takes hold of files, over this window.
    pub fn begin(window: &'a Window<'a>, files: &[&Path]) -> Result<Self> {
        let (connection, screen) = x11rb::connect(Some(window.display.name()))?;
        let root = connection.setup().roots[screen].root;
        let atoms = Atoms::new(&connection)?.reply()?;
        let source = connection.generate_id()?;
        let (kind, look) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        connection.create_window(COPY_DEPTH_FROM_PARENT, source, root, 0, 0, 1, 1, 0, kind, 0, &look)?.check()?;
        connection.set_selection_owner(source, atoms.XdndSelection, CURRENT_TIME)?.check()?;
        let uris = files.iter().map(|file| format!("file://{}\r\n", encoded(file))).collect();
        let drag = Self { window, connection, atoms, source, uris };
        drag.send(drag.atoms.XdndEnter, [VERSION << 24, drag.atoms.URI_LIST, 0, 0])?;
        Ok(drag)
    }

    /// Holds them over the middle of the window, until it would take them.
    pub async fn over(&self) -> Result<()> {
        until("the window takes what is dragged over it", async || Ok((self.offer()? == Some(true)).then_some(())))
            .await
    }

    /// Holds them there for a while, and the window takes them at no time.
    pub async fn refused(&self) -> Result<()> {
        never(std::time::Duration::from_millis(500), "the window takes them", || Ok(self.offer()? == Some(true))).await
    }

    /// Lets go of them over the window.
    pub async fn drop(self) -> Result<()> {
        self.send(self.atoms.XdndDrop, [0, CURRENT_TIME, 0, 0])?;
        let taken = until("the window says that it has them", async || self.told(self.atoms.XdndFinished)).await?;
        ensure!(taken, "the window took nothing");
        Ok(())
    }

    /// Takes them elsewhere.
    pub fn leave(self) -> Result<()> {
        self.send(self.atoms.XdndLeave, [0; 4])?;
        // What a server was sent by somebody who is gone it may never read.
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    /// Whether the window would take them; `None` while it has not answered.
    fn offer(&self) -> Result<Option<bool>> {
        let (x, y) = self.window.area()?.centre();
        let place = u32::try_from(x)? << 16 | u32::try_from(y)?;
        self.send(self.atoms.XdndPosition, [0, place, CURRENT_TIME, self.atoms.XdndActionCopy])?;
        self.told(self.atoms.XdndStatus)
    }

    fn send(&self, message: Atom, [a, b, c, d]: [u32; 4]) -> Result<()> {
        let event = ClientMessageEvent::new(32, self.window.id, message, [self.source, a, b, c, d]);
        self.connection.send_event(false, self.window.id, EventMask::NO_EVENT, event)?;
        Ok(self.connection.flush()?)
    }

    /// What the window said last with this message: whether it accepts. Answers what it asks meanwhile.
    fn told(&self, message: Atom) -> Result<Option<bool>> {
        let mut said = None;
        while let Some(event) = self.connection.poll_for_event()? {
            match event {
                Event::SelectionRequest(request) => self.hand_over(request)?,
                Event::ClientMessage(event) if event.type_ == message => {
                    said = Some(event.data.as_data32()[1] & ACCEPTED != 0);
                }
                _ => {}
            }
        }
        Ok(said)
    }

    fn hand_over(&self, request: SelectionRequestEvent) -> Result<()> {
        let Atoms { TARGETS, URI_LIST, .. } = self.atoms;
        let (to, property) = (request.requestor, request.property);
        let property = if request.target == TARGETS {
            let targets = [TARGETS, URI_LIST];
            self.connection.change_property32(PropMode::REPLACE, to, property, AtomEnum::ATOM, &targets)?;
            property
        } else if request.target == URI_LIST {
            self.connection.change_property8(PropMode::REPLACE, to, property, URI_LIST, self.uris.as_bytes())?;
            property
        } else {
            NONE
        };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: to,
            selection: request.selection,
            target: request.target,
            property,
        };
        self.connection.send_event(false, to, EventMask::NO_EVENT, answer)?;
        Ok(self.connection.flush()?)
    }
}

/// As it stands in a URI.
fn encoded(file: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encode = |&byte: &u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    file.as_os_str().as_encoded_bytes().iter().map(encode).collect()
}
