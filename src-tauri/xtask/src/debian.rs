//! The system packages that building, opening and testing need, and how they get onto a Debian machine.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};
use rustix::process::geteuid;

use crate::process::run;

/// A set of packages that one purpose needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Set {
    why: &'static str,
    packages: &'static [&'static str],
}

/// The web view that draws the windows, and what compiles against it.
pub(crate) const BUILD: Set = Set {
    why: "to build the application",
    packages: &["gcc", "libc6-dev", "pkg-config", "libwebkit2gtk-4.1-dev", "libdbus-1-dev"],
};

/// A screen, a window manager and a bus of our own, and the tools that look at them.
pub(crate) const DISPLAY: Set = Set {
    why: "to open the application on a virtual screen",
    packages: &["xvfb", "xauth", "openbox", "dbus", "xdotool", "x11-utils", "imagemagick", "fonts-dejavu-core"],
};

/// What the window suite drives the windows with, beside [`DISPLAY`]: Xvfb has one screen, Xorg with this driver more.
pub(crate) const WINDOW_SUITE: Set = Set {
    why: "to test the real windows",
    packages: &[
        "webkit2gtk-driver",
        "xfwm4",
        "git",
        "fonts-droid-fallback",
        "xserver-xorg-core",
        "xserver-xorg-video-dummy",
    ],
};

/// Shells that run what rules allow, and what keeps them from everything else.
pub(crate) const SHELLS: Set =
    Set { why: "to run what rules allow in real shells", packages: &["bash", "dash", "zsh", "bubblewrap"] };

/// The screen on which an agent's terminal interface is read and typed into.
pub(crate) const TERMINAL: Set = Set { why: "to test beside an agent's terminal interface", packages: &["tmux"] };

/// What kills a process at a call of one's choice.
pub(crate) const KILLS: Set =
    Set { why: "to kill what writes the history at each of its writes", packages: &["strace"] };

/// What the relay is compared with.
pub(crate) const BENCH: Set =
    Set { why: "to compare the relay with other ways to ask", packages: &["curl", "python3"] };

/// Installs what is missing of these sets and says so. Where there is no apt-get, says what is needed and goes on.
pub(crate) fn install(sets: &[Set]) -> Result<()> {
    if !on_path("apt-get") || !on_path("dpkg-query") {
        for set in sets {
            println!("xtask: not a Debian system; {} it needs what Debian calls {}", set.why, set.packages.join(" "));
        }
        return Ok(());
    }
    let mut missing = Vec::new();
    for set in sets {
        let absent = absent(set.packages)?;
        if !absent.is_empty() {
            println!("xtask: installing {} with apt-get, {}", absent.join(" "), set.why);
            missing.extend(absent);
        }
    }
    if missing.is_empty() { Ok(()) } else { apt_install(&missing) }
}

/// The version apt would install, if it knows the package.
pub(crate) fn candidate(package: &str) -> Option<String> {
    let policy = Command::new("apt-cache").args(["policy", package]).env("LC_ALL", "C").output().ok()?;
    let policy = String::from_utf8_lossy(&policy.stdout).into_owned();
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    (version != "(none)").then(|| version.to_owned())
}

/// Refreshes apt's lists and installs these packages.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get update && apt-get install --no-install-recommends {}", packages.join(" "));
    let Err(error) = run(&mut apt_get(&["update", "-qq"])?).and_then(|()| {
        let mut install =
            apt_get(&["install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"])?;
        run(install.args(packages))
    }) else {
        return Ok(());
    };
    bail!("installing system packages failed ({error:#}); install them by hand and run again: {by_hand}")
}

fn apt_get(arguments: &[&str]) -> Result<Command> {
    let mut command = if geteuid().is_root() {
        Command::new("env")
    } else if on_path("sudo") {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    } else {
        bail!("apt-get needs root, and there is no sudo");
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    // dpkg's progress is for people who asked for it; its errors still come through.
    command.stdout(Stdio::null());
    Ok(command)
}

fn absent(packages: &[&'static str]) -> Result<Vec<&'static str>> {
    // dpkg-query fails when it does not know a package, and lists the others all the same.
    let known = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${binary:Package} ${db:Status-Status}\n"])
        .args(packages)
        .stderr(Stdio::null())
        .output()?;
    Ok(not_installed(packages, &String::from_utf8_lossy(&known.stdout)))
}

fn not_installed(packages: &[&'static str], known: &str) -> Vec<&'static str> {
    let installed = |package: &str| {
        known
            .lines()
            .any(|line| line.strip_suffix(" installed").is_some_and(|name| name.split(':').next() == Some(package)))
    };
    packages.iter().copied().filter(|package| !installed(package)).collect()
}

/// Whether the program is found on `PATH`.
pub(crate) fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_fully_installed_counts() {
        let known = "xvfb installed\nlibfoo:amd64 installed\nopenbox config-files\ndbus-x11 installed\n";
        assert_eq!(
            not_installed(&["xvfb", "libfoo", "openbox", "dbus", "unknown"], known),
            ["openbox", "dbus", "unknown"]
        );
    }
}
