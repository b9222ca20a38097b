//! Drives the real desktop window: one [`World`] per test, with its own display, window manager, session bus and home.
//!
//! Content is read through WebDriver ([`Page`]); keys and clicks that must be like a person's go through XTEST
//! ([`Display`]), because WebDriver bypasses focus and arming; the tray is read and clicked over D-Bus ([`Tray`]).
//! Nothing here knows product code: requests come from the real relay, decisions from the window. Only a [`storm`] speaks to the
//! endpoint itself.
//!
//! Debian packages: webkit2gtk-driver xvfb xserver-xorg-core xserver-xorg-video-dummy openbox xfwm4 imagemagick dbus-daemon tmux.

mod axe;
mod bus;
mod display;
mod drag;
mod keyboard;
mod notepad;
mod notifications;
mod page;
mod payload;
mod process;
mod relay;
mod screens;
mod storm;
mod tray;
mod wait;
mod walk;
mod webdriver;
mod window;
mod world;

pub use display::{Area, Cover, Display, Manager};
pub use drag::Drag;
pub use keyboard::Key;
pub use notepad::Notepad;
pub use notifications::{Notification, Notifications, Quiet, Server};
pub use page::Page;
pub use payload::{Payload, event, patch, shell};
pub use process::Process;
pub use relay::{Asking, Reply};
pub use screens::Screens;
pub use storm::{Storm, storm};
pub use tray::{Entry, Seen, Tray};
pub use wait::{PATIENCE, never, until, within};
pub use walk::Stop;
pub use window::Window;
pub use world::{FirstRun, Look, Options, Start, TrayHost, World, run};

/// The title of the main window.
pub const MAIN: &str = "Hookwright";
/// The title of the popup.
pub const POPUP: &str = "Hookwright requests";

/// The same in Simplified Chinese.
pub const POPUP_IN_CHINESE: &str = "Hookwright 请求";
