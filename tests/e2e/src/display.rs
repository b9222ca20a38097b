//! A display of its own: an X server without hardware and a real window manager, XTEST input, pictures of what is drawn.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, Window as Id};
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, MOTION_NOTIFY_EVENT, MapState};
use x11rb::protocol::xproto::{CreateWindowAux, GrabMode, ModMask, WindowClass};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::keyboard::{Key, Keyboard};
use crate::process::{Guard, Process, Starter, program};
use crate::screens::Screens;
use crate::wait::until;
use crate::window::Window;

/// Milliseconds until a held key repeats: longer than arming takes, so that arming alone does not protect from it.
const REPEAT_AFTER: &str = "800";

/// A rectangle on the screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

impl Area {
    pub fn centre(self) -> (i32, i32) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }

    /// Whether all of the other lies in it.
    pub fn contains(self, other: Self) -> bool {
        let within = |from: i32, length: i32, start: i32, size: i32| start >= from && start + size <= from + length;
        within(self.x, self.width, other.x, other.width) && within(self.y, self.height, other.y, other.height)
    }
}

/// Window managers differ in whom they give the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manager {
    /// Keeps the focus where a person works, whatever a new window wants.
    #[default]
    Openbox,
    /// Lets a window that was used before take the focus when it comes again.
    Xfwm4,
}

x11rb::atom_manager! {
    pub(crate) Atoms: AtomsCookie {
        UTF8_STRING,
        _NET_ACTIVE_WINDOW,
        _NET_CLOSE_WINDOW,
        _NET_SUPPORTING_WM_CHECK,
        _NET_WM_NAME,
    }
}

pub struct Display {
    pub(crate) connection: RustConnection,
    pub(crate) root: Id,
    pub(crate) atoms: Atoms,
    keyboard: Keyboard,
    name: String,
    _manager: Process,
    _server: Process,
}

impl Display {
    pub(crate) async fn start(
        starter: &mut Starter,
        guard: &Guard,
        manager: Manager,
        screens: Screens,
    ) -> Result<Self> {
        let mut server = screens.server(starter)?;
        server.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"]);
        server.args(["-ardelay", REPEAT_AFTER, "-arinterval", "40"]);
        let (server, number) = starter.start_and_read(guard, "display", server)?;
        let name = format!(":{number}");
        starter.set("DISPLAY", name.as_str());

        let (connection, screen) = x11rb::connect(Some(&name))?;
        let root = connection.setup().roots[screen].root;
        let atoms = Atoms::new(&connection)?.reply()?;
        let keyboard = Keyboard::of(&connection)?;
        screens.arrange(&connection, root)?;

        let (name_of_manager, argument) = match manager {
            Manager::Openbox => ("openbox", "--sm-disable"),
            Manager::Xfwm4 => ("xfwm4", "--compositor=off"),
        };
        let mut manager = starter.command(program(name_of_manager, name_of_manager)?);
        manager.arg(argument);
        let manager = starter.start(guard, name_of_manager, manager)?;
        let display = Self { connection, root, atoms, keyboard, name, _manager: manager, _server: server };
        until("a window manager runs", async || {
            Ok(display.window_in(display.atoms._NET_SUPPORTING_WM_CHECK)?.map(drop))
        })
        .await?;
        Ok(display)
    }

    /// Like `:77`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The window with exactly this title, if it is on the screen.
    pub fn visible(&self, title: &str) -> Result<Option<Window<'_>>> {
        let mut found = Vec::new();
        self.collect(self.root, &mut |id| {
            if self.title(id)? == title && self.map_state(id)? == MapState::VIEWABLE {
                found.push(id);
            }
            Ok(())
        })?;
        ensure!(found.len() < 2, "{} windows are called {title:?}", found.len());
        Ok(found.pop().map(|id| Window { display: self, id }))
    }

    /// Waits until the window with this title is on the screen.
    pub async fn shown(&self, title: &str) -> Result<Window<'_>> {
        until(&format!("the window {title:?} is shown"), async || self.visible(title)).await
    }

    /// Waits until no window with this title is on the screen.
    pub async fn hidden(&self, title: &str) -> Result<()> {
        until(&format!("the window {title:?} is hidden"), async || Ok(self.visible(title)?.is_none().then_some(())))
            .await
    }

    pub fn key_down(&self, key: Key) -> Result<()> {
        self.fake(KEY_PRESS_EVENT, self.keyboard.code(key)?, (0, 0))
    }

    pub fn key_up(&self, key: Key) -> Result<()> {
        self.fake(KEY_RELEASE_EVENT, self.keyboard.code(key)?, (0, 0))
    }

    pub fn tap(&self, key: Key) -> Result<()> {
        self.key_down(key)?;
        self.key_up(key)
    }

    /// Taps a key while others are held down.
    pub fn chord(&self, held: &[Key], key: Key) -> Result<()> {
        held.iter().try_for_each(|&key| self.key_down(key))?;
        self.tap(key)?;
        held.iter().rev().try_for_each(|&key| self.key_up(key))
    }

    /// Takes a combination with Control and Alt from every other program, until the display ends.
    pub fn take_shortcut(&self, letter: char) -> Result<()> {
        let (held, code) = (ModMask::CONTROL | ModMask::M1, self.keyboard.code(Key::Letter(letter))?);
        let freely = GrabMode::ASYNC;
        Ok(self.connection.grab_key(false, self.root, held, code, freely, freely)?.check()?)
    }

    /// Types small letters and blanks.
    pub fn type_text(&self, text: &str) -> Result<()> {
        text.chars().try_for_each(|letter| self.tap(Key::Letter(letter)))
    }

    pub fn move_to(&self, (x, y): (i32, i32)) -> Result<()> {
        self.fake(MOTION_NOTIFY_EVENT, 0, (i16::try_from(x)?, i16::try_from(y)?))
    }

    /// Clicks with the first button.
    pub fn click(&self, place: (i32, i32)) -> Result<()> {
        self.move_to(place)?;
        self.fake(BUTTON_PRESS_EVENT, 1, (0, 0))?;
        self.fake(BUTTON_RELEASE_EVENT, 1, (0, 0))
    }

    /// Writes what is on the screen, or one window of it with its frame, to `target/screenshots/NAME.png`.
    pub fn picture(&self, name: &str, of: Option<&Window>) -> Result<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
        std::fs::create_dir_all(&folder)?;
        let file = folder.canonicalize()?.join(format!("{name}.png"));
        let mut command = Command::new(program("import", "imagemagick")?);
        command.args(["-display", &self.name, "-window", "root"]);
        if let Some(window) = of {
            let Area { x, y, width, height } = window.frame()?;
            command.args(["-crop", &format!("{width}x{height}+{x}+{y}"), "+repage"]);
        }
        let output = command.arg(&file).output()?;
        ensure!(output.status.success(), "import: {}", String::from_utf8_lossy(&output.stderr));
        Ok(file)
    }

    /// Covers a part of the screen with a window that no manager handles, until it is dropped.
    pub fn cover(&self, area: Area) -> Result<Cover<'_>> {
        let id = self.connection.generate_id()?;
        let look = CreateWindowAux::new().override_redirect(1).background_pixel(0);
        let (x, y) = (i16::try_from(area.x)?, i16::try_from(area.y)?);
        let (width, height) = (u16::try_from(area.width)?, u16::try_from(area.height)?);
        let kind = WindowClass::INPUT_OUTPUT;
        self.connection.create_window(0, id, self.root, x, y, width, height, 0, kind, 0, &look)?.check()?;
        self.connection.map_window(id)?.check()?;
        Ok(Cover { display: self, id })
    }

    fn fake(&self, kind: u8, detail: u8, (x, y): (i16, i16)) -> Result<()> {
        self.connection.xtest_fake_input(kind, detail, 0, self.root, x, y, 0)?;
        // The server has done it when it answers the next question.
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    fn collect(&self, window: Id, visit: &mut impl FnMut(Id) -> Result<()>) -> Result<()> {
        // Windows come and go while we look.
        let Ok(tree) = self.connection.query_tree(window)?.reply() else { return Ok(()) };
        for child in tree.children {
            visit(child)?;
            self.collect(child, visit)?;
        }
        Ok(())
    }

    fn map_state(&self, id: Id) -> Result<MapState> {
        let attributes = self.connection.get_window_attributes(id)?.reply();
        Ok(attributes.map_or(MapState::UNMAPPED, |attributes| attributes.map_state))
    }

    fn title(&self, id: Id) -> Result<String> {
        let (name, text) = (self.atoms._NET_WM_NAME, self.atoms.UTF8_STRING);
        let property = self.connection.get_property(false, id, name, text, 0, 256)?.reply();
        Ok(property.map(|property| String::from_utf8_lossy(&property.value).into_owned()).unwrap_or_default())
    }

    pub(crate) fn window_in(&self, property: u32) -> Result<Option<Id>> {
        let reply = self.connection.get_property(false, self.root, property, AtomEnum::WINDOW, 0, 1)?.reply()?;
        Ok(reply.value32().and_then(|mut ids| ids.next()))
    }

    pub(crate) fn focus(&self) -> Result<Id> {
        Ok(self.connection.get_input_focus()?.reply().context("the display knows the focus")?.focus)
    }
}

/// A window over others.
pub struct Cover<'a> {
    display: &'a Display,
    id: Id,
}

impl Drop for Cover<'_> {
    fn drop(&mut self) {
        // With the display itself it goes anyway.
        let _ = self.display.connection.destroy_window(self.id).map(|request| request.check());
    }
}
