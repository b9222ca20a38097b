//! The application as it is released lets nobody drive or inspect its windows, whatever the environment says.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::{Context, Result, ensure};
use e2e::{Options, POPUP, Start, World, run, shell};

const DOORS: [&str; 3] = ["TAURI_WEBVIEW_AUTOMATION", "WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"];

/// A loopback address on which nobody listens.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// The environments of the application and of every process it started.
fn environments(world: &World) -> Result<Vec<String>> {
    let marker = format!("HOOKWRIGHT_HOME={}", world.home().display());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let program = fs::read_link(path.join("exe")).unwrap_or_default();
        let ours = program.ends_with("hookwright-desktop") || program.to_string_lossy().contains("WebKit");
        // A process may end while it is looked at.
        let environment = fs::read(path.join("environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment).into_owned();
        if ours && environment.split('\0').any(|variable| variable == marker) {
            found.push(environment);
        }
    }
    Ok(found)
}

#[test]
fn automation_and_inspection_stay_outside() {
    run(Options { start: Start::Not, ..Options::default() }, async |world| {
        let (inspector, http) = (free_address()?, free_address()?);
        let (inspector_text, http_text) = (inspector.to_string(), http.to_string());
        let values = ["true", &inspector_text, &http_text];
        let variables: Vec<_> = DOORS.into_iter().zip(values).collect();
        let _app = world.launch_released(&variables)?;
        world.listening().await?;
        let _asking = world.ask(&shell("echo open sesame"))?;
        // The popup's web processes run by now.
        world.display().shown(POPUP).await?;

        let environments = environments(world)?;
        ensure!(environments.len() >= 2, "only {} processes were found", environments.len());
        for environment in &environments {
            let door = DOORS.iter().find(|door| environment.contains(*door));
            ensure!(door.is_none(), "{door:?} is still in an environment");
        }
        for address in [inspector, http] {
            let refused = TcpStream::connect(address).err().context("somebody listens for inspectors")?;
            assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        }
        Ok(())
    });
}
