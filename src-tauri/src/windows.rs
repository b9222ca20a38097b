//! The two windows: where they are, when they show, and that the popup never takes the focus.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};
use std::{fs, io};

use api::dto::{Language, PopupPlace, SettingsView, Surface};
use api::{App, Paths};
use gtk::gdk;
use gtk::prelude::*;
use tauri::webview::PageLoadEvent;
use tauri::{
    AppHandle, CloseRequestApi, LogicalSize, Manager, PhysicalPosition, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, Window,
};

use crate::drops::Drops;
use crate::focus::{self, Holder};
use crate::surroundings::Surroundings;
use crate::{events, keys, tray};

const MAIN: &str = "main";
const POPUP: &str = "popup";

/// The windows' titles, by keys of the catalogue.
const TITLES: [(&str, &str); 2] = [(MAIN, "window.main"), (POPUP, "window.popup")];

/// The popup's size in logical pixels; the height follows its content.
const POPUP_WIDTH: f64 = 440.0;
const POPUP_HEIGHT: f64 = 360.0;
const POPUP_LEAST: f64 = 180.0;
/// Between the popup and the edges of the screen, in logical pixels.
const MARGIN: f64 = 12.0;

/// Where the web views keep what they keep; nothing of ours is in it.
pub(crate) struct WebViewFolder(PathBuf);

impl WebViewFolder {
    /// In the data folder, or where that cannot be written, in a temporary one of our own.
    pub(crate) fn of(paths: &Paths) -> io::Result<Self> {
        let usual = paths.web_view();
        match fs::create_dir_all(&usual) {
            Ok(()) => Ok(Self(usual)),
            Err(_) => Ok(Self(tempfile::Builder::new().prefix("hookwright-").tempdir()?.keep())),
        }
    }
}

/// What the popup has to show.
#[derive(Default)]
pub(crate) struct Popup(Mutex<Content>);

struct Content {
    /// The height that the page asked for last.
    height: f64,
    /// How many requests wait.
    waiting: usize,
    /// How many of them the popup has shown itself for.
    told: usize,
    /// The page has nothing to show, though some may still be counted here: it can be ahead.
    empty: bool,
    /// Who had the keyboard before a person asked for it here, and gets it back.
    before: Option<Holder>,
    /// Where a person wants it.
    place: PopupPlace,
    /// Where the pointer was when it was shown: it stays on that screen.
    pointer: PhysicalPosition<f64>,
    /// What its title is in.
    speaks: Language,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            height: POPUP_HEIGHT,
            waiting: 0,
            told: 0,
            empty: false,
            before: None,
            place: PopupPlace::default(),
            pointer: PhysicalPosition::default(),
            speaks: Language::default(),
        }
    }
}

impl Popup {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

/// The window of this label, as one that can decide.
pub(crate) fn surface(label: &str) -> Option<Surface> {
    match label {
        MAIN => Some(Surface::Main),
        POPUP => Some(Surface::Popup),
        _ => None,
    }
}

pub(crate) fn in_sight(window: &WebviewWindow) -> bool {
    window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(true)
}

/// Arming on this window starts anew.
pub(crate) fn disturbed(handle: &AppHandle, label: &str) {
    if let Some(surface) = surface(label) {
        handle.state::<App>().disturbed(surface);
    }
}

fn hidden(handle: &AppHandle, surface: Surface) {
    handle.state::<App>().hidden(surface);
}

/// Builds the popup, hidden and warm.
pub(crate) fn build_popup(handle: &AppHandle) -> tauri::Result<()> {
    let popup = WebviewWindowBuilder::new(handle, POPUP, WebviewUrl::App("popup.html".into()))
        .title(api::text::text("window.popup", &[]))
        .inner_size(POPUP_WIDTH, POPUP_HEIGHT)
        .visible(false)
        .focused(false)
        // A click on a button decides and leaves the keyboard where the person works; see `focus_popup`.
        .focusable(false)
        .always_on_top(true)
        .decorations(false)
        .skip_taskbar(true)
        .visible_on_all_workspaces(true)
        .data_directory(handle.state::<WebViewFolder>().0.clone())
        .build()?;
    let window = popup.gtk_window()?;
    // Other kinds of window get the focus from some window managers, whatever the next line says, once they were used.
    window.set_type_hint(gdk::WindowTypeHint::Notification);
    window.set_focus_on_map(false);
    watch(&popup, &window);
    // It answers requests and nothing else: nothing can be dropped on it.
    popup.with_webview(|view| view.inner().drag_dest_unset())?;
    Ok(())
}

/// What the toolkit does not tell: keys that are held already, and that the window was uncovered.
fn watch(window: &WebviewWindow, gtk_window: &gtk::ApplicationWindow) {
    keys::guard(gtk_window);
    gtk_window.add_events(gdk::EventMask::VISIBILITY_NOTIFY_MASK);
    let (handle, label) = (window.app_handle().clone(), window.label().to_owned());
    gtk_window.connect_local("visibility-notify-event", false, move |values| {
        disturbed(&handle, &label);
        let event = values.get(1).and_then(|event| event.get::<gdk::Event>().ok());
        if label == POPUP
            && let Some(event) = event.and_then(|event| event.downcast::<gdk::EventVisibility>().ok())
        {
            handle.state::<Surroundings>().covered(event.state() == gdk::VisibilityState::FullyObscured);
        }
        Some(false.to_value())
    });
}

/// What a person set. The popup goes to its place when it is shown next; titles are in the language at once.
pub(crate) fn settings(handle: &AppHandle, settings: &SettingsView) {
    let speaks = {
        let popup = handle.state::<Popup>();
        let mut content = popup.content();
        content.place = settings.popup_place;
        std::mem::replace(&mut content.speaks, settings.speaks)
    };
    if speaks != settings.speaks {
        on_main_thread(handle, |handle| {
            for (label, key) in TITLES {
                if let Some(window) = handle.get_webview_window(label) {
                    window.set_title(&api::text::text(key, &[]))?;
                }
            }
            Ok(())
        });
    }
}

/// Whether a new request brings the popup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    ByItself,
    WhenAsked,
}

/// So many requests wait now; a new one may show the popup. What could not show it then does so when it may.
pub(crate) fn waiting(handle: &AppHandle, count: usize, shows: Shows) {
    let (news, over) = {
        let popup = handle.state::<Popup>();
        let mut content = popup.content();
        content.empty &= count <= content.waiting;
        content.waiting = count;
        let before = content.told.min(count);
        content.told = if shows == Shows::ByItself { count } else { before };
        (content.told > before, content.empty && count == 0)
    };
    if news {
        show_popup(handle);
    } else if over {
        hide_popup(handle);
    }
}

/// A person asks for the popup with the keyboard, by the shortcut; who has it now gets it back after the answer. Where nothing waits there is
/// nothing to answer: the main window comes.
pub(crate) fn summon(handle: &AppHandle) {
    on_main_thread(handle, |handle| {
        let Some(popup) = handle.get_webview_window(POPUP) else { return Ok(()) };
        if handle.state::<Popup>().content().waiting == 0 {
            show_main(handle);
            return Ok(());
        }
        let before = focus::holder();
        show_popup(handle);
        focus_popup(handle);
        let own = Holder::of(&popup.gtk_window()?);
        if before != own {
            handle.state::<Popup>().content().before = before;
        }
        if let Some(own) = own {
            // The toolkit does what it was told from a queue of its own: only after that can the popup take the keyboard.
            gtk::glib::idle_add_local_once(move || own.give());
        }
        Ok(())
    });
}

/// A person answered in this window.
pub(crate) fn answered(window: &WebviewWindow) {
    if surface(window.label()) == Some(Surface::Popup) {
        let popup = window.clone();
        on_main_thread(window.app_handle(), move |handle| give_back(handle, &popup));
    }
}

fn give_back(handle: &AppHandle, popup: &WebviewWindow) -> tauri::Result<()> {
    let Some(before) = handle.state::<Popup>().content().before.take() else { return Ok(()) };
    // Where the keyboard went elsewhere meanwhile there is nothing to give back.
    if focus::holder() == Holder::of(&popup.gtk_window()?) {
        popup.set_focusable(false)?;
        before.give();
    }
    Ok(())
}

/// Shows the popup near the tray's corner of the screen with the pointer, without taking the focus.
pub(crate) fn show_popup(handle: &AppHandle) {
    on_main_thread(handle, |handle| {
        let Some(popup) = handle.get_webview_window(POPUP) else { return Ok(()) };
        if popup.is_visible()? {
            return Ok(());
        }
        // Window managers place a window when it is mapped; the second call corrects them.
        let place = place(handle, &popup)?;
        popup.set_position(place)?;
        popup.show()?;
        popup.set_position(place)
    });
}

pub(crate) fn hide_popup(handle: &AppHandle) {
    hidden(handle, Surface::Popup);
    on_main_thread(handle, |handle| {
        let Some(popup) = handle.get_webview_window(POPUP) else { return Ok(()) };
        give_back(handle, &popup)?;
        popup.set_focusable(false)?;
        popup.hide()?;
        handle.state::<Surroundings>().covered(false);
        Ok(())
    });
}

/// Gives the popup the keyboard, because a person wants to use it there.
pub(crate) fn focus_popup(handle: &AppHandle) {
    on_main_thread(handle, |handle| {
        let Some(popup) = handle.get_webview_window(POPUP) else { return Ok(()) };
        handle.state::<Popup>().content().before = None;
        popup.set_focusable(true)?;
        popup.set_focus()
    });
}

/// The popup's page has nothing left to show. Whether a request came meanwhile is known on the main thread only, where the popup is
/// shown too.
pub(crate) fn popup_empty(handle: &AppHandle) {
    on_main_thread(handle, |handle| {
        let over = {
            let popup = handle.state::<Popup>();
            let mut content = popup.content();
            content.empty = true;
            content.waiting == 0
        };
        if over {
            hide_popup(handle);
        }
        Ok(())
    });
}

/// Makes the popup as high as its content, within the screen. `height` is in logical pixels.
pub(crate) fn fit_popup(handle: &AppHandle, height: u32) -> tauri::Result<()> {
    handle.state::<Popup>().content().height = f64::from(height);
    let Some(popup) = handle.get_webview_window(POPUP) else { return Ok(()) };
    let (_, size) = measure(handle, &popup)?;
    if popup.inner_size()? != size.to_physical(popup.scale_factor()?) {
        popup.set_size(size)?;
    }
    popup.set_position(place(handle, &popup)?)
}

fn place(handle: &AppHandle, popup: &WebviewWindow) -> tauri::Result<PhysicalPosition<i32>> {
    Ok(measure(handle, popup)?.0)
}

/// Where the popup goes and how large it is there.
fn measure(handle: &AppHandle, popup: &WebviewWindow) -> tauri::Result<(PhysicalPosition<i32>, LogicalSize<f64>)> {
    let shown = popup.is_visible()?;
    let pointer = handle.cursor_position()?;
    let (wanted, corner, pointer) = {
        let popup = handle.state::<Popup>();
        let mut content = popup.content();
        if !shown {
            content.pointer = pointer;
        }
        (content.height, content.place, content.pointer)
    };
    let monitor = match handle.monitor_from_point(pointer.x, pointer.y)? {
        Some(monitor) => monitor,
        None => match popup.primary_monitor()? {
            Some(monitor) => monitor,
            None => return Ok((popup.outer_position()?, LogicalSize::new(POPUP_WIDTH, wanted))),
        },
    };
    let (area, scale) = (monitor.work_area(), monitor.scale_factor());
    let room = f64::from(area.size.height) / scale - 2.0 * MARGIN;
    let size = LogicalSize::new(POPUP_WIDTH, wanted.clamp(POPUP_LEAST, room.max(POPUP_LEAST)));
    let physical = size.to_physical::<i32>(scale);
    let margin = (MARGIN * scale) as i32;
    let (right, bottom) = (
        area.position.x.saturating_add_unsigned(area.size.width),
        area.position.y.saturating_add_unsigned(area.size.height),
    );
    let (top, left) = match corner {
        // A panel at the top takes room there; the tray is in it. Otherwise the tray is taken to be at the bottom.
        PopupPlace::Tray => (area.position.y > monitor.position().y, false),
        PopupPlace::TopLeft => (true, true),
        PopupPlace::TopRight => (true, false),
        PopupPlace::BottomLeft => (false, true),
        PopupPlace::BottomRight => (false, false),
    };
    let x = if left { area.position.x + margin } else { right - physical.width - margin };
    let y = if top { area.position.y + margin } else { bottom - physical.height - margin };
    Ok((PhysicalPosition::new(x, y), size))
}

/// Shows what a second start asks for. Any program may make one: while requests wait none gets the keyboard by it, lest a person who
/// types elsewhere decides.
pub(crate) fn show_for_another(handle: &AppHandle, window: api::Window) {
    let waiting = handle.state::<Popup>().content().waiting;
    match window {
        api::Window::Main if waiting == 0 => show_main(handle),
        api::Window::Main | api::Window::Popup => show_popup(handle),
    }
}

/// Shows the main window, building it where it is not there.
pub(crate) fn show_main(handle: &AppHandle) {
    on_main_thread(handle, |handle| {
        if let Some(main) = handle.get_webview_window(MAIN) {
            main.unminimize()?;
            main.show()?;
            return main.set_focus();
        }
        let main = WebviewWindowBuilder::new(handle, MAIN, WebviewUrl::App("index.html".into()))
            .title(api::text::text("window.main", &[]))
            .inner_size(1040.0, 720.0)
            .min_inner_size(640.0, 420.0)
            .visible(false)
            .data_directory(handle.state::<WebViewFolder>().0.clone())
            .on_page_load(|window, load| {
                // Shown before its page is there it would stall and flash.
                if load.event() == PageLoadEvent::Finished
                    && let Err(error) = window.show().and_then(|()| window.set_focus())
                {
                    tracing::error!(%error, "the main window could not be shown");
                }
            })
            .build()?;
        watch(&main, &main.gtk_window()?);
        Ok(())
    });
}

/// Closing the main window keeps the tray; its web view goes, to be small while idle. Where no tray is there it minimises, so
/// that there is always a way back. The popup is only put away.
pub(crate) fn close_requested(window: &Window, close: &CloseRequestApi) {
    let handle = window.app_handle();
    match surface(window.label()) {
        Some(Surface::Popup) => {
            close.prevent_close();
            hide_popup(handle);
        }
        Some(Surface::Main) if !handle.state::<tray::Presence>().there() => {
            close.prevent_close();
            hidden(handle, Surface::Main);
            if let Err(error) = window.minimize() {
                tracing::error!(%error, "the main window could not be minimised");
            }
        }
        Some(Surface::Main) | None => {}
    }
}

pub(crate) fn destroyed(handle: &AppHandle, label: &str) {
    handle.state::<events::Streams>().close(label);
    if label == MAIN {
        handle.state::<Drops>().close();
        let app = handle.state::<App>().inner().clone();
        tauri::async_runtime::spawn(async move { app.stop_trial().await });
    }
    if let Some(surface) = surface(label) {
        hidden(handle, surface);
    }
}

fn on_main_thread(handle: &AppHandle, run: impl FnOnce(&AppHandle) -> tauri::Result<()> + Send + 'static) {
    let there = handle.clone();
    let posted = handle.run_on_main_thread(move || {
        if let Err(error) = run(&there) {
            tracing::error!(%error, "a window did not do as told");
        }
    });
    if let Err(error) = posted {
        tracing::error!(%error, "the main thread is gone");
    }
}
