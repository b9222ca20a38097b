//! Builds the parts in their order: user interface, relay, application; and writes the generated files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::elf;
use crate::process::run;
use crate::workspace::{Workspace, host_triple};

pub(crate) const APP: &str = "hookwright-desktop";
pub(crate) const RELAY: &str = "hookwright-relay";

/// How the application is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// Application and relay in one folder, as they are installed.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) app: PathBuf,
    pub(crate) relay: PathBuf,
}

/// Builds everything a person opens.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<Pair> {
    ui(workspace)?;
    let built_relay = relay(workspace)?;
    let mut cargo = workspace.cargo(&["build", "--package", APP]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    run(&mut cargo)?;
    let folder = workspace.target.join(profile.folder());
    let relay = folder.join(RELAY);
    place(&built_relay, &relay)?;
    Ok(Pair { app: folder.join(APP), relay })
}

/// Builds application and relay as the window suite drives them, in a folder of their own: WebDriver gets in.
pub(crate) fn build_for_tests(workspace: &Workspace, relay: &Path) -> Result<Pair> {
    let folder = workspace.target.join("window-suite");
    let pair = Pair { app: folder.join(APP), relay: folder.join(RELAY) };
    build_app(workspace, &["--features", "automation"], &pair.app)?;
    place(relay, &pair.relay)?;
    Ok(pair)
}

/// Builds the application as a person gets it, for the test that WebDriver does not get in.
pub(crate) fn build_released_for_tests(workspace: &Workspace) -> Result<PathBuf> {
    let app = workspace.target.join("window-suite/released").join(APP);
    build_app(workspace, &[], &app)?;
    Ok(app)
}

fn build_app(workspace: &Workspace, features: &[&str], to: &Path) -> Result<()> {
    run(workspace.cargo(&["build", "--package", APP]).args(features))?;
    place(&workspace.target.join("debug").join(APP), to)
}

/// Builds ui/dist when it is older than what it is made from.
pub(crate) fn ui(workspace: &Workspace) -> Result<()> {
    let built = fs::metadata(workspace.ui().join("dist/index.html")).and_then(|file| file.modified()).ok();
    if built.is_some_and(|built| newest(&workspace.ui()).is_ok_and(|source| source < built)) {
        return Ok(());
    }
    run(&mut workspace.npm(&["run", "--silent", "build"]))
}

/// Builds the relay, linked statically, and returns where it is.
pub(crate) fn relay(workspace: &Workspace) -> Result<PathBuf> {
    let triple = host_triple()?;
    // `cargo rustc` with a named target keeps the flag away from build scripts and every other crate.
    let mut cargo = workspace.cargo(&["rustc", "--package", "relay", "--bin", RELAY, "--profile", "relay"]);
    cargo.args(["--target", &triple, "--", "-C", "target-feature=+crt-static"]);
    run(&mut cargo)?;
    let relay = workspace.target.join(&triple).join("relay").join(RELAY);
    elf::require_static(&relay)?;
    Ok(relay)
}

/// Writes the files that are generated from Rust types and committed.
pub(crate) fn generate(workspace: &Workspace) -> Result<()> {
    let mut cargo: Command = workspace.cargo(&["test", "--quiet", "--package", "api", "generated"]);
    run(cargo.env("HOOKWRIGHT_WRITE_GENERATED", "1"))
}

/// Puts a program where it is wanted. A running one keeps its old file.
fn place(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a program stands in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let fresh = to.with_extension("new");
    fs::copy(from, &fresh).with_context(|| format!("copying {}", from.display()))?;
    fs::rename(&fresh, to).with_context(|| format!("placing {}", to.display()))
}

/// When the newest source of the user interface was written.
fn newest(folder: &Path) -> std::io::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == "node_modules" || entry.file_name() == "dist" {
            continue;
        }
        let written = entry.metadata()?.modified()?;
        newest = newest.max(written);
        if entry.file_type()?.is_dir() {
            newest = newest.max(self::newest(&entry.path())?);
        }
    }
    Ok(newest)
}
