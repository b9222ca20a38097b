//! The Rust test programs: compiled once in one cargo call, then run one by one in a sealed environment.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tempfile::TempDir;

use crate::artifacts::AUTOMATION;
use crate::process::output;
use crate::stream::{End, stream};
use crate::workspace::Workspace;

/// How long compiling everything may take on a slow machine with nothing built.
const BUILD_LIMIT: Duration = Duration::from_secs(60 * 60);

/// What cargo, npm and TLS need from the person's environment. Nothing else gets into a test.
const KEPT: [&str; 8] =
    ["PATH", "LANG", "TMPDIR", "USER", "LOGNAME", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];
const KEPT_PREFIXES: [&str; 4] = ["CARGO_", "RUST", "PROPTEST_", "npm_config_"];

/// The stages of the test programs, by what they need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A crate by itself.
    Crates,
    /// From the relay to the history, without a window.
    Flows,
    /// The real agent programs.
    RealAgents,
    /// The real windows.
    Windows,
}

impl Stage {
    fn of(folder: &Path) -> Self {
        if folder.ends_with("tests/flows") {
            Self::Flows
        } else if folder.ends_with("tests/agents") {
            Self::RealAgents
        } else if folder.ends_with("tests/e2e") {
            Self::Windows
        } else {
            Self::Crates
        }
    }
}

/// One compiled test program.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) stage: Stage,
    /// The folder of its crate, where cargo would run it.
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
    executable: PathBuf,
}

#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: Target,
    profile: Profile,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// The cargo arguments that every test build shares, so that each crate is compiled once.
pub(crate) const SELECTION: [&str; 3] = ["--workspace", AUTOMATION[0], AUTOMATION[1]];

/// Compiles every test program. Hands back what did compile, and whether that is all.
pub(crate) fn build(workspace: &Workspace) -> Result<(Vec<Program>, bool)> {
    let mut cargo = workspace.cargo(&["build", "--tests", "--keep-going", "--message-format=json-render-diagnostics"]);
    let mut programs = Vec::new();
    let end = stream(cargo.args(SELECTION), BUILD_LIMIT, |line| {
        // Other messages of cargo have other fields.
        if let Ok(artifact) = serde_json::from_str::<Artifact>(line)
            && artifact.profile.test
            && let (Some(executable), Some(folder)) = (artifact.executable, artifact.manifest_path.parent())
        {
            let name = artifact.target.name;
            programs.push(Program { stage: Stage::of(folder), folder: folder.to_owned(), name, executable });
        }
    })?;
    programs.sort_by(|one, other| (&one.folder, &one.name).cmp(&(&other.folder, &other.name)));
    match end {
        End::Exited(status) | End::Leaked(status) => Ok((programs, status.success())),
        End::TimedOut => bail!("compiling the tests took longer than {} minutes", BUILD_LIMIT.as_secs() / 60),
    }
}

impl Program {
    /// A command that runs it as cargo would, in the sealed environment.
    pub(crate) fn command(&self, seal: &Seal) -> Command {
        let mut command = seal.command(&self.executable);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        command
    }

    /// Whether any of its tests has a name with this in it.
    pub(crate) fn has(&self, filter: &str, seal: &Seal) -> Result<bool> {
        let list = output(self.command(seal).args(["--list", "--format", "terse", filter]))?;
        Ok(list.lines().any(|line| line.ends_with(": test")))
    }
}

/// The environment of tests: a home of their own, and nothing of the person's session.
#[derive(Debug)]
pub(crate) struct Seal {
    home: TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Seal {
    pub(crate) fn new() -> Result<Self> {
        let home = TempDir::with_prefix("hookwright-tests-").context("creating a home for the tests")?;
        let mut variables: Vec<_> = env::vars_os().filter(|(name, _)| name.to_str().is_some_and(kept)).collect();
        if let Some(person) = env::home_dir() {
            for (name, place) in [
                ("CARGO_HOME", ".cargo"),
                ("RUSTUP_HOME", ".rustup"),
                ("npm_config_cache", ".npm"),
                ("npm_config_userconfig", ".npmrc"),
            ] {
                if env::var_os(name).is_none() {
                    variables.push((name.into(), person.join(place).into()));
                }
            }
        }
        Ok(Self { home, variables })
    }

    /// Adds a variable for everything that is started from here on.
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.variables.push((name.into(), value.as_ref().to_owned()));
    }

    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        self.apply(&mut command);
        command
    }

    pub(crate) fn apply(&self, command: &mut Command) {
        command.env_clear().env("HOME", self.home.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}

fn kept(name: &str) -> bool {
    // What cargo tells the package it runs, here xtask, is not meant for a test.
    let ours = name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    !ours && (KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seal_keeps_the_tools_and_drops_the_session() {
        for name in ["PATH", "CARGO_HOME", "RUSTUP_TOOLCHAIN", "RUST_BACKTRACE", "npm_config_cache"] {
            assert!(kept(name), "{name}");
        }
        for name in
            ["HOME", "DISPLAY", "XDG_RUNTIME_DIR", "CODEX_HOME", "OPENAI_API_KEY", "HOOKWRIGHT_HOME", "CARGO_PKG_NAME"]
        {
            assert!(!kept(name), "{name}");
        }
    }

    #[test]
    fn sealed_programs_have_another_home() {
        let seal = Seal::new().expect("a temporary folder can be made");
        let home = output(seal.command("sh").args(["-c", "echo $HOME"])).expect("sh runs");
        assert_eq!(Path::new(home.trim_end()), seal.home.path());
    }

    #[test]
    fn the_folder_tells_the_stage() {
        assert_eq!(Stage::of(Path::new("/checkout/tests/e2e")), Stage::Windows);
        assert_eq!(Stage::of(Path::new("/checkout/tests/agents")), Stage::RealAgents);
        assert_eq!(Stage::of(Path::new("/checkout/tests/flows")), Stage::Flows);
        assert_eq!(Stage::of(Path::new("/checkout/src-tauri/agents")), Stage::Crates);
    }
}
