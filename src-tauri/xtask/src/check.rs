//! `cargo xtask check`: everything that judges the code without running the product.

use anyhow::{Result, bail};

use crate::process::{go_on, run};
use crate::suite::SELECTION;
use crate::workspace::Workspace;
use crate::{artifacts, provision};

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    provision::build(workspace)?;
    artifacts::ui(workspace)?;
    let mut clippy = workspace.cargo(&["clippy", "--quiet", "--all-targets"]);
    clippy.args(SELECTION).args(["--", "-D", "warnings"]);
    let steps = [
        ("formatting", workspace.cargo(&["fmt", "--all", "--check"])),
        ("user interface: check", workspace.npm(&["run", "--silent", "check"])),
        ("user interface: lint", workspace.npm(&["run", "--silent", "lint"])),
        ("directions and house rules", workspace.cargo(&["test", "--quiet", "--package", "xtask", "--tests"])),
        ("clippy", clippy),
    ];
    let mut failed = Vec::new();
    for (name, mut command) in steps {
        println!("xtask: {name}");
        if let Err(error) = run(&mut command) {
            go_on()?;
            println!("xtask: {name}: {error:#}");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        println!("xtask: everything is in order");
        return Ok(());
    }
    bail!("not in order: {}", failed.join(", "))
}
