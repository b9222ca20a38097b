//! Puts on the machine what is missing, and says what and why. Everything here does nothing the second time.

use std::process::Command;

use anyhow::{Result, bail};

use crate::debian::{self, on_path};
use crate::npm;
use crate::workspace::Workspace;

/// The oldest Node.js that builds the user interface.
const NODE: (u32, u32) = (20, 19);

/// What building the application needs.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    debian::install(&[debian::BUILD])?;
    node()?;
    npm::install_ui(workspace)
}

/// What building the application and opening it on a virtual screen needs.
pub(crate) fn build_and_display(workspace: &Workspace) -> Result<()> {
    debian::install(&[debian::BUILD, debian::DISPLAY])?;
    node()?;
    npm::install_ui(workspace)
}

/// What the tests need from the system. The agent programs come apart, so that the other tests run without them.
pub(crate) fn tests(workspace: &Workspace) -> Result<()> {
    use debian::{BUILD, DISPLAY, KILLS, SHELLS, TERMINAL, WINDOW_SUITE};
    debian::install(&[BUILD, DISPLAY, WINDOW_SUITE, SHELLS, TERMINAL, KILLS])?;
    node()?;
    npm::install_ui(workspace)
}

/// What the relay benchmark needs.
pub(crate) fn bench() -> Result<()> {
    if !(on_path("curl") && on_path("python3")) {
        debian::install(&[debian::BENCH])?;
    }
    node()
}

/// Node.js and npm, new enough. Debian's own are installed only when they are.
fn node() -> Result<()> {
    let (major, minor) = NODE;
    let found = node_version();
    if found.is_some_and(|version| version >= NODE) && on_path("npm") {
        return Ok(());
    }
    let offered = debian::candidate("nodejs");
    if offered.as_deref().and_then(version).is_some_and(|version| version >= NODE) {
        println!("xtask: installing nodejs and npm with apt-get, to build the user interface");
        // Newer packages of nodejs bring npm along; Debian's own keeps it apart.
        debian::apt_install(&["nodejs"])?;
        if !on_path("npm") {
            debian::apt_install(&["npm"])?;
        }
        return Ok(());
    }
    let found = found.map_or("none is installed".to_owned(), |(major, minor)| format!("{major}.{minor} is installed"));
    bail!(
        "the user interface needs Node.js {major}.{minor} or newer with npm, but {found} and apt offers {}; \
         install it from nodejs.org or with a version manager, then run again",
        offered.as_deref().unwrap_or("none")
    )
}

fn node_version() -> Option<(u32, u32)> {
    let output = Command::new("node").arg("--version").output().ok()?;
    version(String::from_utf8_lossy(&output.stdout).trim().strip_prefix('v')?)
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(version("20.19.2"), Some((20, 19)));
        assert!(version("20.9.0") < Some(NODE));
        assert!(version("18.20.4+dfsg-1~deb12u1") < Some(NODE));
        assert!(version("22.1") > Some(NODE));
        assert_eq!(version("unknown"), None);
    }
}
