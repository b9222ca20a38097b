//! What the process inherits: nothing that lets somebody drive or inspect the windows, and what the web view needs to paint.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{env, fs};

/// Variables by which the toolkit lets other programs into the windows, also in release builds.
const DOORS: [&str; 4] =
    ["TAURI_WEBVIEW_AUTOMATION", "TAURI_AUTOMATION", "WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"];

const NO_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Starts this program again with a clean environment where the one it has is not. A process cannot safely change its own.
pub(crate) fn clean() {
    // By its own path: under another one, process lists would show another name.
    let own = env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
    let mut again = Command::new(own);
    again.arg0(env::args_os().next().unwrap_or_default()).args(env::args_os().skip(1));
    let mut needed = false;
    if !cfg!(feature = "automation") {
        for door in DOORS.into_iter().filter(|door| env::var_os(door).is_some()) {
            again.env_remove(door);
            needed = true;
        }
    }
    // Without a graphics device the DMABUF renderer leaves windows blank (tauri issue 15936).
    if env::var_os(NO_DMABUF).is_none() && !has_render_node() {
        again.env(NO_DMABUF, "1");
        needed = true;
    }
    if needed {
        let error = again.exec();
        // Going on would leave the doors open.
        eprintln!("{}", api::text::text("start.failed", &[("detail", &error.to_string())]));
        std::process::exit(super::ENVIRONMENT.into());
    }
}

pub(crate) fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn has_render_node() -> bool {
    fs::read_dir("/dev/dri").is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().as_encoded_bytes().starts_with(b"renderD"))
    })
}
