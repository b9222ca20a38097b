//! A screen nobody sees: an X server, a window manager and a session bus of our own, gone with this value.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process::{Group, output};

/// How long each of the three may take to say that it is ready.
const READY: Duration = Duration::from_secs(30);

/// How often a window is looked at until it is painted.
const LOOKS: u32 = 300;

/// How long a window may take to appear.
const APPEARS: Duration = Duration::from_secs(60);

/// A bus that starts nothing by itself, so that nothing is left when it ends.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=@FOLDER@/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"#;

/// Fields end in this order: the window manager and the bus before the screen they stand on.
#[derive(Debug)]
pub(crate) struct Display {
    name: String,
    _manager: Group,
    _bus: Group,
    _screen: Group,
    folder: TempDir,
}

impl Display {
    /// Opens screen, bus and window manager, each waited for until it says that it is ready.
    pub(crate) fn open() -> Result<Self> {
        let folder = TempDir::with_prefix("hookwright-display-").context("creating a folder for the display")?;
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
        let mut screen = Group::spawn(screen.stdout(Stdio::piped()).stderr(Stdio::null()))?;
        let name = format!(":{}", screen.first_line(READY)?);

        let bus_file = folder.path().join("bus.conf");
        fs::write(&bus_file, BUS.replace("@FOLDER@", &folder.path().to_string_lossy()))?;
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--nofork", "--nopidfile", "--print-address=1", "--config-file"]).arg(&bus_file);
        let mut bus = Group::spawn(bus.stdout(Stdio::piped()).stderr(Stdio::null()))?;
        bus.first_line(READY)?;

        let mut manager = sealed("openbox", folder.path(), &name);
        manager.args(["--sm-disable", "--startup", "echo ready"]);
        let mut manager = Group::spawn(manager.stdout(Stdio::piped()).stderr(Stdio::null()))?;
        manager.first_line(READY)?;
        Ok(Self { name, _manager: manager, _bus: bus, _screen: screen, folder })
    }

    /// The name of the screen, as in `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A folder that is gone with the display; the home of what runs on it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command that sees this screen and this bus, and nothing of the person's own session.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        sealed(program, self.folder.path(), &self.name)
    }

    /// Waits until a window with this title, a regular expression, is on the screen and painted.
    pub(crate) fn wait_for_window(&self, title: &str) -> Result<()> {
        let mut search = self.command("xdotool");
        search.args(["search", "--sync", "--onlyvisible", "--limit", "1", "--name", title]).stdout(Stdio::piped());
        let mut search = Group::spawn(&mut search)?;
        let window = search.first_line(APPEARS).with_context(|| format!("looking for the window titled {title}"))?;
        search.end()?;
        for _ in 0..LOOKS {
            let picture = self.capture(&window)?;
            let colours = output(self.command("identify").args(["-format", "%k"]).arg(&picture))?;
            // A window that is mapped but not painted is a few flat colours; painted text has dozens.
            if colours.trim().parse::<u32>().is_ok_and(|count| count > 64) {
                return Ok(());
            }
        }
        bail!("the window titled {title} stayed blank in {LOOKS} looks")
    }

    /// Presses these keys, as xdotool names them, in the window that has the focus.
    pub(crate) fn press(&self, keys: &str) -> Result<()> {
        output(self.command("xdotool").args(["key", keys])).map(drop)
    }

    /// Writes what is on the screen to `picture`, once it has come to rest or does not seem to.
    pub(crate) fn picture(&self, picture: &Path) -> Result<()> {
        let mut before = Vec::new();
        for _ in 0..LOOKS {
            let screen = self.capture("root")?;
            let now = fs::read(&screen).with_context(|| format!("reading {}", screen.display()))?;
            if now == before {
                break;
            }
            before = now;
        }
        output(self.command("import").args(["-window", "root"]).arg(picture)).map(drop)
    }

    fn capture(&self, window: &str) -> Result<PathBuf> {
        let file = self.folder.path().join("looked-at.ppm");
        output(self.command("import").args(["-window", window, "-depth", "8"]).arg(&file))?;
        Ok(file)
    }
}

fn sealed(program: impl AsRef<OsStr>, folder: &Path, display: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("TMPDIR", std::env::temp_dir());
    command.env("LANG", "C.UTF-8").env("DISPLAY", display).env("GDK_BACKEND", "x11").env("NO_AT_BRIDGE", "1");
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/bus", folder.display()));
    command
}
