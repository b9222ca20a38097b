//! A session bus of its own. It starts no services, so nothing outlives a test.

use std::fs;

use anyhow::Result;

use crate::process::{Guard, Process, Starter, program};

pub(crate) fn start(starter: &mut Starter, guard: &Guard) -> Result<Process> {
    let config = starter.folder.join("bus.conf");
    let socket = starter.folder.join("bus");
    fs::write(
        &config,
        format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             </policy></busconfig>",
            socket.display()
        ),
    )?;
    let mut command = starter.command(program("dbus-daemon", "dbus-daemon")?);
    command.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address=1"]);
    let (process, address) = starter.start_and_read(guard, "bus", command)?;
    starter.set("DBUS_SESSION_BUS_ADDRESS", address);
    Ok(process)
}
