//! An agent's side, pretended: one payload goes through the real relay.

use std::io::{Seek, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::Group;

/// Starts the relay as Codex would, with the payload on its standard input.
pub(crate) fn hand(mut relay: Command, home: &Path, payload: &Value) -> Result<Group> {
    let mut input = tempfile::tempfile().context("creating a file for a payload")?;
    input.write_all(payload.to_string().as_bytes())?;
    input.rewind()?;
    Group::spawn_reading(relay.arg("--home").arg(home).arg("codex"), input)
}
