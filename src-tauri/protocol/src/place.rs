//! Where socket and spool are. Relay and app must agree without the environment: a hook may carry another terminal's variables.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::Error;

/// The longest path of a Unix socket in bytes (Linux: 108 with the closing zero).
pub const PATH_LIMIT: usize = 107;

const FILE: &str = "bridge.sock";

/// The sockets to try, best first. `home` moves everything below one folder.
pub fn sockets(home: Option<&Path>, uid: u32) -> Vec<PathBuf> {
    if let Some(home) = home {
        return vec![home.join("run").join(FILE)];
    }
    let mut sockets = Vec::with_capacity(2);
    let runtime = PathBuf::from(format!("/run/user/{uid}"));
    if fs::symlink_metadata(&runtime).is_ok_and(|meta| meta.is_dir() && meta.uid() == uid) {
        sockets.push(runtime.join("hookwright").join(FILE));
    }
    if let Some(person) = home_of(uid) {
        sockets.push(person.join(".local/state/hookwright/run").join(FILE));
    }
    sockets
}

/// The folder in which relays keep what no app took. `home` moves everything below one folder.
pub fn spool(home: Option<&Path>, uid: u32) -> Option<PathBuf> {
    Some(state(home, uid)?.join("spool"))
}

/// The folder in which relays keep the journals of recorded runs. `home` moves everything below one folder.
pub fn runs(home: Option<&Path>, uid: u32) -> Option<PathBuf> {
    Some(state(home, uid)?.join("runs"))
}

fn state(home: Option<&Path>, uid: u32) -> Option<PathBuf> {
    match home {
        Some(home) => Some(home.join("state")),
        None => Some(home_of(uid)?.join(".local/state/hookwright")),
    }
}

/// The home folder that the password file names for `uid`.
pub fn home_of(uid: u32) -> Option<PathBuf> {
    account(uid, 2)
}

/// The login shell that the password file names for `uid`.
pub fn shell_of(uid: u32) -> Option<PathBuf> {
    account(uid, 3)
}

/// The path in one field of the user's line, counted from behind the number: group, comment, home, shell.
fn account(uid: u32, field: usize) -> Option<PathBuf> {
    let text = fs::read("/etc/passwd").ok()?;
    text.split(|&byte| byte == b'\n').find_map(|line| {
        let mut fields = line.split(|&byte| byte == b':').skip(2);
        let same = fields.next()? == uid.to_string().as_bytes();
        let path = fields.nth(field)?;
        (same && path.starts_with(b"/")).then(|| PathBuf::from(std::ffi::OsStr::from_bytes(path)))
    })
}

/// The path, if the system takes it.
pub fn fitting(path: PathBuf) -> Result<PathBuf, Error> {
    if path.as_os_str().len() > PATH_LIMIT { Err(Error::PathTooLong(path)) } else { Ok(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_home_is_the_only_place() {
        assert_eq!(sockets(Some(Path::new("/h")), 0), [PathBuf::from("/h/run/bridge.sock")]);
        assert_eq!(spool(Some(Path::new("/h")), 0), Some(PathBuf::from("/h/state/spool")));
        assert_eq!(runs(Some(Path::new("/h")), 0), Some(PathBuf::from("/h/state/runs")));
    }

    #[test]
    fn home_and_shell_of_root_come_from_the_password_file() {
        assert!(home_of(0).unwrap().is_dir());
        assert!(shell_of(0).unwrap().is_file());
        assert!(spool(None, 0).unwrap().starts_with(home_of(0).unwrap()));
        assert_eq!((home_of(4_000_000_000), spool(None, 4_000_000_000)), (None, None));
    }

    #[test]
    fn a_path_over_107_bytes_is_named_in_the_error() {
        let long = PathBuf::from(format!("/{}", "x".repeat(107)));
        assert!(fitting(PathBuf::from(format!("/{}", "x".repeat(106)))).is_ok());
        let text = fitting(long.clone()).unwrap_err().to_string();
        assert!(text.contains(long.to_str().unwrap()) && text.contains("108 bytes") && text.contains("107"), "{text}");
    }
}
