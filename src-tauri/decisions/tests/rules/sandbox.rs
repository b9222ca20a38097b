//! Where hostile lines run: without network, with stubs for programs, and with nothing to write but two folders.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use tempfile::TempDir;

pub(crate) const SHELLS: [&str; 3] = ["bash", "dash", "zsh"];

/// Every program name that is a stub. What is called otherwise is written down by bash and zsh as a program that was
/// not found.
const STUBS: [&str; 24] = [
    "git", "cargo", "ls", "make", "cat", "date", "rm", "touch", "sh", "bash", "env", "sudo", "xargs", "find", "echo",
    "true", "f", "x", "a", "y", "time", "model", "build", "log",
];
/// How a call is written down: its words, each ended by US, then RS and US. A line begins with GS.
const NOTE: &str = "\"$(printf '\\036')\" >> /out/log";

pub(crate) struct Sandbox(TempDir);

impl Sandbox {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["stubs", "in", "out", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let sandbox = Self(folder);
        for name in STUBS {
            let stub = sandbox.path("stubs").join(name);
            fs::write(&stub, format!("#!/shells/dash\nprintf '%s\\037' \"$0\" \"$@\" {NOTE}\n")).unwrap();
            fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let driver = "mapfile -d '' -t lines < /in/lines\nfor line in \"${lines[@]}\"; do printf '\\035' >> /out/log\n\
                      /shells/\"$1\" -c \"$line\" < /dev/null > /dev/null 2>&1\ndone\nexit 0\n";
        fs::write(sandbox.path("in").join("driver"), driver).unwrap();
        let missing = format!("command_not_found_handler() {{ printf '%s\\037' \"$@\" {NOTE}; }}\n");
        fs::write(sandbox.path("in").join(".zshenv"), missing).unwrap();
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs every line by itself, and returns for each the calls that came of it.
    pub(crate) fn run(&self, shell: &str, lines: &[String]) -> Vec<Vec<Vec<String>>> {
        fs::write(self.path("in").join("lines"), lines.iter().map(|line| format!("{line}\0")).collect::<String>())
            .unwrap();
        fs::write(self.path("out").join("log"), "").unwrap();
        let mut command = Command::new("timeout");
        command.args(["-k", "1", "3600", "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]);
        command.args(["--ro-bind", "/usr/lib", "/usr/lib", "--symlink", "usr/lib", "/lib"]);
        command.args(["--ro-bind-try", "/lib64", "/lib64", "--dev", "/dev", "--tmpfs", "/tmp"]);
        for name in SHELLS {
            let path = found(name);
            command.arg("--ro-bind").arg(path).arg(format!("/shells/{name}"));
        }
        for place in ["/stubs", "/bin", "/usr/bin"] {
            command.arg("--ro-bind").arg(self.path("stubs")).arg(place);
        }
        command.arg("--ro-bind").arg(self.path("in")).arg("/in");
        command.arg("--bind").arg(self.path("out")).arg("/out");
        command.arg("--bind").arg(self.path("work")).args(["/code", "--chdir", "/code"]);
        command.args(["--setenv", "PATH", "/stubs", "--setenv", "ZDOTDIR", "/in", "--setenv", "HOME", "/code"]);
        let missing = format!("() {{ printf '%s\\037' \"$@\" {NOTE}; }}");
        command.args(["--setenv", "BASH_FUNC_command_not_found_handle%%", &missing]);
        let output = command.args(["/shells/bash", "/in/driver", shell]).output().unwrap();
        assert!(
            output.status.success(),
            "the sandbox failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );

        let log = String::from_utf8(fs::read(self.path("out").join("log")).unwrap()).unwrap();
        let calls = |log: &str| {
            let words = |call: &str| call.split_terminator('\u{1f}').map(called).collect();
            log.split("\u{1e}\u{1f}").filter(|call| !call.is_empty()).map(words).collect()
        };
        let noted: Vec<_> = log.split('\u{1d}').skip(1).map(calls).collect();
        assert_eq!(noted.len(), lines.len(), "{shell} did not come to every line");
        noted
    }

    /// What lines left behind.
    pub(crate) fn left(&self) -> Vec<String> {
        let names = |folder: &str| {
            fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path().display().to_string())
        };
        names("work").chain(names("out")).filter(|path| !path.ends_with("/out/log")).collect()
    }
}

/// A word as it was given: a program found along `PATH` is called by its full path.
fn called(word: &str) -> String {
    word.strip_prefix("/stubs/").unwrap_or(word).to_owned()
}

fn found(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap();
    let program = env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file());
    program
        .and_then(|path| path.canonicalize().ok())
        .expect("bash, dash, zsh and bwrap are there: `cargo xtask test` installs them")
}
