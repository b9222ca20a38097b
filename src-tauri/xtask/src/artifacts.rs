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
pub(crate) const CLI: &str = "hookwright";

/// What relay and command line say their version is, where it is set while they are compiled.
const VERSION: &str = "HOOKWRIGHT_VERSION";
/// What an update would bring.
const LATER: &str = "99.0.0";

/// Lets WebDriver into the windows.
pub(crate) const AUTOMATION: [&str; 2] = ["--features", "hookwright-desktop/automation"];

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

/// Application and relay in one folder, as they are installed. The command line stands beside them.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) app: PathBuf,
    pub(crate) relay: PathBuf,
}

/// Builds everything a person opens.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<Pair> {
    ui(workspace)?;
    let built_relay = relay(workspace)?;
    run(&mut programs(workspace, profile, &[APP, CLI]))?;
    let folder = workspace.target.join(profile.folder());
    let relay = folder.join(RELAY);
    place(&built_relay, &relay)?;
    Ok(Pair { app: folder.join(APP), relay })
}

/// Relay and command line as the tests run them, and a folder with both at a later version.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) relay: PathBuf,
    pub(crate) cli: PathBuf,
    pub(crate) next: PathBuf,
}

/// Builds relay and command line twice, at a later version first, so that cargo's own folder ends with the true one. Only the two
/// programs themselves read the variable, so nothing else is compiled again.
pub(crate) fn programs_for_tests(workspace: &Workspace) -> Result<Programs> {
    let folder = for_tests(workspace);
    let next = folder.join("next");
    relay_and_cli(workspace, &next, Some(LATER))?;
    relay_and_cli(workspace, &folder, None)?;
    Ok(Programs { relay: folder.join(RELAY), cli: folder.join(CLI), next })
}

fn relay_and_cli(workspace: &Workspace, to: &Path, version: Option<&str>) -> Result<()> {
    let mut cli = programs(workspace, Profile::Debug, &[CLI]);
    run(cli.envs(version.map(|version| (VERSION, version))))?;
    place(&workspace.target.join(Profile::Debug.folder()).join(CLI), &to.join(CLI))?;
    place(&relay_at(workspace, version)?, &to.join(RELAY))
}

/// Builds the application as the window suite drives it, beside relay and command line: WebDriver gets in.
pub(crate) fn build_for_tests(workspace: &Workspace) -> Result<PathBuf> {
    build_app(workspace, Profile::Debug, &AUTOMATION, &for_tests(workspace))
}

/// Builds the application as a person gets it, for the test that WebDriver does not get in.
pub(crate) fn build_released_for_tests(workspace: &Workspace) -> Result<PathBuf> {
    build_app(workspace, Profile::Debug, &[], &for_tests(workspace).join("released"))
}

/// Builds the application as it is measured: WebDriver gets in, which only listens.
pub(crate) fn build_for_bench(workspace: &Workspace, profile: Profile) -> Result<Pair> {
    let folder = workspace.target.join("bench");
    let relay = folder.join(RELAY);
    place(&self::relay(workspace)?, &relay)?;
    Ok(Pair { app: build_app(workspace, profile, &AUTOMATION, &folder)?, relay })
}

fn build_app(workspace: &Workspace, profile: Profile, features: &[&str], to: &Path) -> Result<PathBuf> {
    run(programs(workspace, profile, &[APP]).args(features))?;
    let app = to.join(APP);
    place(&workspace.target.join(profile.folder()).join(APP), &app)?;
    Ok(app)
}

/// A cargo that builds these programs.
fn programs(workspace: &Workspace, profile: Profile, names: &[&str]) -> Command {
    let mut cargo = workspace.cargo(&["build", "--workspace"]);
    match profile {
        Profile::Release => cargo.arg("--release"),
        // With any of these chosen (there are none), cargo gives every crate the features it has in the tests. Otherwise nearly
        // everything of ours would be compiled once for them and once more for the programs.
        Profile::Debug => cargo.arg("--examples"),
    };
    cargo.args(names.iter().flat_map(|name| ["--bin", name]));
    cargo
}

fn for_tests(workspace: &Workspace) -> PathBuf {
    workspace.target.join("window-suite")
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
    relay_at(workspace, None)
}

fn relay_at(workspace: &Workspace, version: Option<&str>) -> Result<PathBuf> {
    let triple = host_triple()?;
    // `cargo rustc` with a named target keeps the flag away from build scripts and every other crate.
    let mut cargo = workspace.cargo(&["rustc", "--package", "relay", "--bin", RELAY, "--profile", "relay"]);
    cargo.args(["--target", &triple, "--", "-C", "target-feature=+crt-static"]);
    run(cargo.envs(version.map(|version| (VERSION, version))))?;
    let relay = workspace.target.join(&triple).join("relay").join(RELAY);
    elf::require_static(&relay)?;
    Ok(relay)
}

/// Writes the files that are generated from Rust types and committed.
pub(crate) fn generate(workspace: &Workspace) -> Result<()> {
    let mut cargo: Command =
        workspace.cargo(&["test", "--quiet", "--package", "api", "--package", "engine", "generated"]);
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
