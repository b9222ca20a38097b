//! How the application is opened: in which profile, on whose screen, with which arguments.

use std::env;
use std::ffi::OsString;

use anyhow::Result;
use lexopt::prelude::*;

use crate::artifacts::{self, Pair, Profile};
use crate::provision;
use crate::workspace::Workspace;

/// The titles of the windows, as xdotool matches them.
pub(crate) const MAIN_WINDOW: &str = "^Hookwright$";
pub(crate) const POPUP: &str = "^Hookwright requests$";

/// Where the window opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The person's own.
    Own,
    /// A virtual one, closed again once its picture is taken.
    Virtual,
    /// A virtual one that stays until the application ends or is interrupted.
    VirtualKept,
}

#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) profile: Profile,
    pub(crate) screen: Screen,
    pub(crate) arguments: Vec<OsString>,
}

impl Opening {
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let mut opening = Self { profile: Profile::Debug, screen: Screen::Own, arguments: Vec::new() };
        let mut keep = false;
        while let Some(argument) = parser.next()? {
            match argument {
                Long("release") => opening.profile = Profile::Release,
                Long("headless-display") => opening.screen = Screen::Virtual,
                Long("keep") => keep = true,
                // Only what stands behind `--` comes as a value: the application's own arguments.
                Value(first) => {
                    opening.arguments.push(first);
                    opening.arguments.extend(parser.raw_args()?);
                }
                other => return Err(other.unexpected()),
            }
        }
        if keep {
            if opening.screen == Screen::Own {
                return Err("--keep goes with --headless-display".into());
            }
            opening.screen = Screen::VirtualKept;
        }
        Ok(opening)
    }

    /// Installs what is missing and builds the programs. `None` where the wanted screen is not there; the person was told.
    pub(crate) fn prepare(&self, workspace: &Workspace) -> Result<Option<Pair>> {
        match self.screen {
            Screen::Own if !has_display() => {
                eprintln!(
                    "xtask: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)\n\
                     to open the application on a virtual screen and take a picture, add --headless-display"
                );
                return Ok(None);
            }
            Screen::Own => provision::build(workspace)?,
            Screen::Virtual | Screen::VirtualKept => provision::build_and_display(workspace)?,
        }
        artifacts::build(workspace, self.profile).map(Some)
    }
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}
