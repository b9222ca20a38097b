//! npm packages: the user interface's and the pinned agent programs', each installed when its lock file says something new.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::run;
use crate::workspace::Workspace;

/// Inside node_modules: the lock file it was installed from.
const STAMP: &str = ".hookwright-lock.json";

/// Installs the user interface's packages when they are missing or older than their lock file.
pub(crate) fn install_ui(workspace: &Workspace) -> Result<()> {
    install_locked(&workspace.ui(), "to build and check the user interface")
}

/// Installs the agent programs at the versions tests/agents/package.json pins, and returns Codex. They are kept between runs.
pub(crate) fn install_agents(workspace: &Workspace) -> Result<PathBuf> {
    let pinned = workspace.root.join("tests/agents");
    let folder = workspace.target.join("agents");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    for file in ["package.json", "package-lock.json"] {
        let from = pinned.join(file);
        fs::copy(&from, folder.join(file)).with_context(|| format!("copying {}", from.display()))?;
    }
    install_locked(&folder, "the pinned agent programs, to test against the real ones")?;
    Ok(codex_in(&folder))
}

/// Installs the newest agent programs beside the pinned ones, and returns Codex and its version.
pub(crate) fn install_latest_agents(workspace: &Workspace) -> Result<(PathBuf, String)> {
    let folder = workspace.target.join("agents-latest");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    fs::write(folder.join("package.json"), "{ \"private\": true }\n")?;
    println!("xtask: installing the newest agent programs with npm, for information");
    let package = "@openai/codex@latest";
    run(Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--no-package-lock", package])
        .current_dir(&folder))
    .with_context(|| hint(&folder))?;
    let manifest = folder.join("node_modules/@openai/codex/package.json");
    let manifest = fs::read(&manifest).with_context(|| format!("reading {}", manifest.display()))?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).context("reading the version of Codex")?;
    let version = manifest["version"].as_str().context("Codex's package names no version")?;
    Ok((codex_in(&folder), format!("Codex {version}")))
}

fn codex_in(folder: &Path) -> PathBuf {
    folder.join("node_modules/.bin/codex")
}

fn install_locked(folder: &Path, why: &str) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).with_context(|| format!("reading {}", lock.display()))?;
    let stamp = folder.join("node_modules").join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("xtask: installing npm packages in {}, {why}", folder.display());
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
        .with_context(|| hint(folder))?;
    fs::write(&stamp, lock).with_context(|| format!("writing {}", stamp.display()))
}

fn hint(folder: &Path) -> String {
    format!("installing npm packages in {} (is the npm registry within reach?)", folder.display())
}
