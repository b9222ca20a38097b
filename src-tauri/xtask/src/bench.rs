//! `cargo xtask bench relay`: builds the relay and hands it to benches/relay.rs, which measures.

use anyhow::Result;

use crate::process::run;
use crate::workspace::Workspace;
use crate::{artifacts, provision};

pub(crate) fn relay(workspace: &Workspace) -> Result<()> {
    provision::bench()?;
    let relay = artifacts::relay(workspace)?;
    let mut cargo = workspace.cargo(&["bench", "--package", "xtask", "--bench", "relay", "--"]);
    run(cargo.arg(relay))
}
