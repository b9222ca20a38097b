//! `cargo xtask bench`: builds what is measured and hands it to the programs that measure: benches/relay.rs here,
//! tests/agents/benches/engine.rs, tests/flows/benches/record.rs, src-tauri/history/benches/history.rs and tests/e2e/benches/app.rs.

use anyhow::Result;
use lexopt::prelude::*;

use crate::artifacts::Profile;

use crate::process::run;
use crate::workspace::Workspace;
use crate::{artifacts, npm, provision};

pub(crate) fn relay(workspace: &Workspace) -> Result<()> {
    provision::bench()?;
    let relay = artifacts::relay(workspace)?;
    let mut cargo = workspace.cargo(&["bench", "--package", "xtask", "--bench", "relay", "--"]);
    run(cargo.arg(relay))
}

pub(crate) fn engine(workspace: &Workspace) -> Result<()> {
    provision::bench()?;
    let codex = npm::install_agents(workspace)?;
    println!("xtask: building the engine in release, which takes minutes when nothing is built yet");
    let mut cargo = workspace.cargo(&["bench", "--package", "real-agents", "--bench", "engine"]);
    run(cargo.env("HOOKWRIGHT_TEST_CODEX", codex))
}

pub(crate) fn record(workspace: &Workspace) -> Result<()> {
    let relay = artifacts::relay(workspace)?;
    // What measures is no part of what is measured, so it is built like the tests.
    let mut cargo = workspace.cargo(&["bench", "--profile", "dev", "--package", "flows", "--bench", "record"]);
    run(cargo.env("HOOKWRIGHT_TEST_RELAY", relay))
}

pub(crate) fn history(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(&["bench", "--package", "history", "--bench", "history"]))
}

/// The profile in which the application is measured: release, unless the person asks for the quicker build.
pub(crate) fn profile(mut arguments: lexopt::Parser) -> Result<Profile, lexopt::Error> {
    match arguments.next()? {
        None => Ok(Profile::Release),
        Some(Long("debug")) => Ok(Profile::Debug),
        Some(other) => Err(other.unexpected()),
    }
}

pub(crate) fn app(workspace: &Workspace, profile: Profile) -> Result<()> {
    provision::tests(workspace)?;
    artifacts::ui(workspace)?;
    if profile == Profile::Release {
        println!("xtask: building the application in release, which takes ten minutes when nothing is built yet");
    }
    let pair = artifacts::build_for_bench(workspace, profile)?;
    // What measures is no part of what is measured, so it is built like the tests.
    let mut cargo = workspace.cargo(&["bench", "--profile", "dev", "--workspace", "--bench", "app"]);
    run(cargo.env("HOOKWRIGHT_TEST_APP", &pair.app).env("HOOKWRIGHT_TEST_RELAY", &pair.relay))
}
