//! One screen or two. Xvfb has one; two take Xorg with its driver for no hardware, which has as many as are wanted.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use x11rb::protocol::randr::{ConnectionExt as _, Rotation, SetConfig};
use x11rb::protocol::xproto::Window as Id;
use x11rb::rust_connection::RustConnection;

use crate::display::Area;
use crate::process::{Starter, program};

const WIDTH: u16 = 1280;
const HEIGHT: u16 = 800;

/// What a person has on the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screens {
    #[default]
    One,
    /// Side by side, both as large as one alone.
    Two,
}

/// A server that touches no hardware: no card, no keyboard, no console. The ranges let every mode pass.
const CONFIGURATION: &str = r#"
Section "ServerFlags"
    Option "AutoAddDevices" "false"
    Option "AutoAddGPU" "false"
EndSection
Section "Device"
    Identifier "none"
    Driver "dummy"
    VideoRam 65536
EndSection
Section "Monitor"
    Identifier "any"
    HorizSync 5.0-1000.0
    VertRefresh 5.0-200.0
EndSection
Section "Screen"
    Identifier "both"
    Device "none"
    Monitor "any"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Modes "1280x800"
        Virtual 2560 800
    EndSubSection
EndSection
"#;

impl Screens {
    /// Each of them, from the left.
    pub fn areas(self) -> Vec<Area> {
        let count = match self {
            Self::One => 1,
            Self::Two => 2,
        };
        let (width, height) = (i32::from(WIDTH), i32::from(HEIGHT));
        (0..count).map(|number| Area { x: number * width, y: 0, width, height }).collect()
    }

    /// The server that has them.
    pub(crate) fn server(self, starter: &Starter) -> Result<Command> {
        match self {
            Self::One => {
                let mut server = starter.command(program("Xvfb", "xvfb")?);
                server.args(["-screen", "0", &format!("{WIDTH}x{HEIGHT}x24")]);
                Ok(server)
            }
            Self::Two => {
                let (file, log) = (starter.folder.join("xorg.conf"), starter.folder.join("xorg-server.log"));
                fs::write(&file, CONFIGURATION)?;
                let mut server = starter.command(program("Xorg", "xserver-xorg-core")?);
                server.args(["-novtswitch", "-sharevts", "-config"]).arg(file).arg("-logfile").arg(log);
                Ok(server)
            }
        }
    }

    /// Puts them side by side on the server that runs.
    pub(crate) fn arrange(self, connection: &RustConnection, root: Id) -> Result<()> {
        if self == Self::One {
            return Ok(());
        }
        let found = connection.randr_get_screen_resources(root)?.reply()?;
        let mode = found.modes.iter().find(|mode| (mode.width, mode.height) == (WIDTH, HEIGHT));
        let mode = mode.context("the server knows the size of a screen")?.id;
        let width = WIDTH * u16::try_from(self.areas().len())?;
        // The millimetres, of which nobody asks, make 96 dots an inch.
        let millimetres = |pixels: u16| u32::from(pixels) * 254 / 960;
        connection.randr_set_screen_size(root, width, HEIGHT, millimetres(width), millimetres(HEIGHT))?.check()?;
        for ((area, &output), &crtc) in self.areas().iter().zip(&found.outputs).zip(&found.crtcs) {
            connection.randr_add_output_mode(output, mode)?.check()?;
            let (x, y) = (area.x.try_into()?, area.y.try_into()?);
            let set = connection.randr_set_crtc_config(crtc, 0, 0, x, y, mode, Rotation::ROTATE0, &[output])?;
            let status = set.reply()?.status;
            ensure!(status == SetConfig::SUCCESS, "the server refuses the screen at {x}: {status:?}");
        }
        // Only now the driver looks which of them is in use; programs take the others for switched off.
        connection.randr_get_screen_resources(root)?.reply()?;
        let monitors = connection.randr_get_monitors(root, true)?.reply()?.monitors.len();
        ensure!(monitors == self.areas().len(), "the server has {monitors} screens");
        Ok(())
    }
}
