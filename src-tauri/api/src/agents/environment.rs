//! Where an agent's program and files are, as in the person's own terminal: a program that the desktop started does not have
//! the variables of the login shell.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use appserver::Group;
use protocol::place;
use rustix::fs::{Access, access};
use rustix::process::geteuid;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

/// How long a program may take to tell something.
const LIMIT: Duration = Duration::from_secs(5);

/// How much it may tell, in bytes.
const OUTPUT_LIMIT: usize = 64 * 1024;

/// Where programs are that no `PATH` names. Below the home folder where they do not begin with a slash.
const USUAL: [&str; 11] = [
    ".local/bin",
    "bin",
    ".npm-global/bin",
    ".local/share/pnpm",
    ".bun/bin",
    ".volta/bin",
    ".local/share/mise/shims",
    "/usr/local/bin",
    "/home/linuxbrew/.linuxbrew/bin",
    "/usr/bin",
    "/bin",
];

/// In the person's home: Codex's folder where no `CODEX_HOME` names another.
const USUAL_HOME: &str = ".codex";

/// What matters of an environment: ours, or the login shell's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variables {
    pub(crate) path: Option<OsString>,
    pub(crate) codex_home: Option<PathBuf>,
}

/// Where an agent is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installation {
    pub(crate) program: Option<PathBuf>,
    /// What its program gets as `PATH`: npm's needs `node`.
    pub(crate) path: OsString,
    pub(crate) home: PathBuf,
}

/// Codex, for the user and in the environment of this process. May start the login shell.
pub(crate) async fn codex() -> Installation {
    let uid = geteuid().as_raw();
    let home = home().unwrap_or_default();
    let own = Variables { path: env::var_os("PATH"), codex_home: folder("CODEX_HOME") };
    let shell = place::shell_of(uid).or_else(|| folder("SHELL"));
    let shell = match shell {
        Some(shell) => login_shell(&shell, &home).await,
        None => None,
    };
    Installation::of(&own, &shell.unwrap_or_default(), &home).spelled(&home)
}

/// The same without asking the login shell.
pub(crate) fn own() -> Installation {
    let home = home().unwrap_or_default();
    let own = Variables { path: env::var_os("PATH"), codex_home: folder("CODEX_HOME") };
    Installation::of(&own, &Variables::default(), &home).spelled(&home)
}

/// The person's home.
pub(crate) fn home() -> Option<PathBuf> {
    folder("HOME").or_else(|| place::home_of(geteuid().as_raw()))
}

fn folder(name: &str) -> Option<PathBuf> {
    absolute(&env::var_os(name)?)
}

fn absolute(path: &OsStr) -> Option<PathBuf> {
    let path = Path::new(path);
    path.is_absolute().then(|| path.to_owned())
}

impl Installation {
    /// What our own environment says counts before what the login shell's does, and that before what is usual.
    pub(crate) fn of(own: &Variables, shell: &Variables, home: &Path) -> Self {
        let folders = folders(own, shell, home);
        // No name of a folder on a PATH has a colon.
        let path = env::join_paths(&folders).unwrap_or_default();
        let codex_home = own.codex_home.as_ref().or(shell.codex_home.as_ref());
        Self {
            program: find_program("codex", &folders),
            path,
            home: codex_home.map_or_else(|| home.join(USUAL_HOME), PathBuf::clone),
        }
    }

    /// Trust goes by paths. Codex 0.169 resolves links in `CODEX_HOME`, and takes the usual folder as it is.
    fn spelled(mut self, home: &Path) -> Self {
        if self.home != home.join(USUAL_HOME) {
            self.home = self.home.canonicalize().unwrap_or(self.home);
        }
        self
    }
}

/// Every folder in which programs are looked for, each once.
fn folders(own: &Variables, shell: &Variables, home: &Path) -> Vec<PathBuf> {
    let named = [own, shell].into_iter().filter_map(|variables| variables.path.as_ref()).flat_map(env::split_paths);
    let usual = USUAL.iter().map(|folder| home.join(folder));
    let mut folders = Vec::new();
    for folder in named.chain(usual).filter(|folder| folder.is_absolute()) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// The first regular file of this name that we may run.
fn find_program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let runs =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|it| it.is_file()) && access(path, Access::EXEC_OK).is_ok();
    folders.iter().map(|folder| folder.join(name)).find(runs)
}

/// What `PROGRAM --version` ends with.
pub(crate) async fn version(program: &Path, path: &OsStr) -> Option<String> {
    let mut command = Command::new(program);
    command.arg("--version").env("PATH", path);
    let said = said(Group::spawn(quiet(&mut command)).ok()?, |_| false, LIMIT).await?;
    let word = str::from_utf8(&said).ok()?.lines().next()?.split_whitespace().last()?;
    word.starts_with(|first: char| first.is_ascii_digit()).then(|| word.to_owned())
}

/// The variables that the person's shell has in a terminal, after all of its start files.
async fn login_shell(shell: &Path, home: &Path) -> Option<Variables> {
    login_shell_within(LIMIT, shell, home).await
}

async fn login_shell_within(limit: Duration, shell: &Path, home: &Path) -> Option<Variables> {
    // Start files may print what they like.
    let mark = mark().ok()?;
    let script = format!("command printf %s {mark}; command env -0; command printf %s {mark}");
    // Without a session of its own, an interactive shell would stop itself at the terminal we may have.
    let mut command = Command::new("setsid");
    command.arg(shell).args(["-l", "-i", "-c", &script]).env("HOME", home).current_dir(home);
    let group = Group::spawn_leader(quiet(&mut command)).ok()?;
    // What start files leave behind may hold the output open, so its end is not waited for.
    let said = said(group, |said| between(said, mark.as_bytes()).is_some(), limit).await?;
    Some(variables(between(&said, mark.as_bytes())?))
}

fn mark() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null())
}

/// What a program writes until it is enough, over or too much. The program and what it started are killed then.
async fn said(mut group: Group, enough: impl Fn(&[u8]) -> bool, limit: Duration) -> Option<Vec<u8>> {
    let mut output = group.take_output()?;
    let mut said = Vec::new();
    let reading = async {
        while !enough(&said) && said.len() < OUTPUT_LIMIT {
            if output.read_buf(&mut said).await? == 0 {
                break;
            }
        }
        io::Result::Ok(())
    };
    timeout(limit, reading).await.ok()?.ok()?;
    group.end().await.ok()?;
    Some(said)
}

fn between<'a>(said: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let find = |from: usize| said[from..].windows(mark.len()).position(|part| part == mark).map(|at| from + at);
    let start = find(0)? + mark.len();
    Some(&said[start..find(start)?])
}

/// What `env -0` says.
fn variables(environment: &[u8]) -> Variables {
    let value = |name: &[u8]| {
        let mut lines = environment.split(|byte| *byte == 0);
        lines.find_map(|line| line.strip_prefix(name)).filter(|value| !value.is_empty()).map(OsStr::from_bytes)
    };
    Variables { path: value(b"PATH=").map(OsStr::to_owned), codex_home: value(b"CODEX_HOME=").and_then(absolute) }
}

#[cfg(test)]
mod tests;
