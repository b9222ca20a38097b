//! The program that runs a command.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The program that runs a command, as `SHELL -c COMMAND`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell(PathBuf);

impl Shell {
    /// Codex 0.169: the user's shell of the passwd entry where it is sh, bash or zsh; in place of any other, and of one that is not
    /// there, the bash of `PATH`.
    pub fn of(login: Option<&Path>) -> Self {
        let known = |shell: &&Path| matches!(shell.file_name().and_then(OsStr::to_str), Some("sh" | "bash" | "zsh"));
        match login.filter(known).filter(|shell| shell.is_file()) {
            Some(shell) => Self(shell.to_owned()),
            None => Self(bash().unwrap_or_else(|| "/bin/bash".into())),
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

fn bash() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join("bash")).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_shell_where_codex_knows_it() {
        assert_eq!(Shell::of(Some(Path::new("/bin/sh"))).path(), Path::new("/bin/sh"));
    }

    #[test]
    fn bash_for_any_other() {
        let bash = Shell::of(None);
        assert!(bash.path().ends_with("bash") && bash.path().is_file(), "{bash:?}");
        for other in ["/bin/dash", "/bin/fish", "/nonexistent/zsh", ""] {
            assert_eq!(Shell::of(Some(Path::new(other))), bash, "{other}");
        }
    }
}
