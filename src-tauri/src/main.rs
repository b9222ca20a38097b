//! The desktop application: tray, popup and main window around `api`. No product rule is here.

mod commands;
mod drops;
mod environment;
mod events;
mod focus;
mod keys;
mod log;
mod notify;
mod plain;
mod shortcut;
mod surroundings;
mod tray;
mod windows;

use std::process::ExitCode;

use api::{App, Attended, Lock, Options, Paths, Settings, Window};
use tauri::{Manager, RunEvent, WindowEvent};

/// Exit codes: 0 fine, 2 wrong usage, 3 the environment lacks something.
const USAGE: u8 = 2;
const ENVIRONMENT: u8 = 3;

fn main() -> ExitCode {
    environment::clean();
    let mut show = None;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--show" => show = Some(Window::Main),
            "--popup" => show = Some(Window::Popup),
            "--version" => {
                println!("hookwright-desktop {}", env!("CARGO_PKG_VERSION"));
                return ExitCode::SUCCESS;
            }
            _ => {
                eprintln!("{}", api::text::text("start.usage", &[]));
                return ExitCode::from(USAGE);
            }
        }
    }
    match start(show) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "could not start");
            eprintln!("{}", api::text::text("start.failed", &[("detail", &format!("{error:#}"))]));
            ExitCode::from(ENVIRONMENT)
        }
    }
}

fn start(show: Option<Window>) -> anyhow::Result<()> {
    let paths = Paths::from_environment()?;
    // Private, before the log is put there. `App::start` tells the person where that fails.
    let _ = paths.prepare();
    let _log = log::open(&paths);
    if !environment::has_display() {
        anyhow::bail!(api::text::text("start.noDisplay", &[]));
    }
    let Some(lock) = Lock::take(&paths)? else {
        api::show_running(&paths, show.unwrap_or(Window::Main))?;
        println!("{}", api::text::text("start.running", &[]));
        return Ok(());
    };
    let read = Settings::read(&paths);
    let unreadable = read.as_ref().err().map(|error| format!("failed to {error}"));
    let settings = read.unwrap_or_else(|_| Settings::unreadable());
    // What is new is shown, and what is wrong.
    let show = show == Some(Window::Main) || unreadable.is_some() || !settings.welcomed();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let (app, shown) = runtime.block_on(async {
        App::start(Options { paths: paths.clone(), settings, lock, attended: Attended::Window, codex: None })
    })?;
    if let Some(detail) = unreadable {
        runtime.block_on(app.note("settingsUnreadable", detail));
    }

    let context = tauri::generate_context!();
    tauri::Builder::default()
        .manage(app)
        .manage(windows::WebViewFolder::of(&paths)?)
        .manage(paths)
        .manage(events::Streams::default())
        .manage(drops::Drops::default())
        .manage(windows::Popup::default())
        .manage(events::Ending::default())
        .manage(tray::Presence::default())
        .manage(surroundings::Surroundings::default())
        .manage(shortcut::Shortcuts::default())
        .invoke_handler(commands::handler())
        .on_window_event(|window, event| match event {
            WindowEvent::Focused(true) | WindowEvent::Resized(_) | WindowEvent::Moved(_) => {
                windows::disturbed(window.app_handle(), window.label());
            }
            WindowEvent::DragDrop(event) => drops::dragged(window, event),
            WindowEvent::CloseRequested { api, .. } => windows::close_requested(window, api),
            WindowEvent::Destroyed => windows::destroyed(window.app_handle(), window.label()),
            _ => {}
        })
        .setup(move |handle| {
            windows::build_popup(handle.handle())?;
            surroundings::follow(handle.handle());
            events::follow(handle.handle().clone(), shown);
            if show {
                windows::show_main(handle.handle());
            }
            Ok(())
        })
        .build(context)?
        .run(|_handle, event| {
            // Without a window the tray goes on; `events::quit` exits with a code.
            if let RunEvent::ExitRequested { code: None, api, .. } = event {
                api.prevent_exit();
            }
        });
    Ok(())
}
