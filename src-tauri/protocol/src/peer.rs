//! Who is on the other side of the socket.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::net::sockopt::socket_peercred;
use rustix::process::geteuid;

use crate::Error;

/// The programs that may decide, by their file name, when they stand in the relay's own folder.
const PROGRAMS: [&str; 2] = ["hookwright-desktop", "hookwright"];

/// Beside an installed relay: the programs that may decide, one absolute path a line. Whoever can write it can replace the
/// relay itself.
const LIST: &str = "hookwright-relay.peers";

/// A process on the other side, of our own user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub pid: i32,
}

impl Peer {
    /// The process that connected or listens, or [`Error::ForeignUser`].
    pub fn of(socket: &impl AsFd) -> Result<Self, Error> {
        let credentials = socket_peercred(socket).map_err(std::io::Error::from)?;
        if credentials.uid != geteuid() {
            return Err(Error::ForeignUser(credentials.uid.as_raw()));
        }
        Ok(Self { pid: credentials.pid.as_raw_nonzero().get() })
    }

    /// The file this process runs, if it can be told. A file that was replaced since, as by an update, goes by its old name.
    pub fn program(self) -> Option<PathBuf> {
        let program = fs::read_link(format!("/proc/{}/exe", self.pid)).ok()?;
        let replaced = program.as_os_str().as_bytes().strip_suffix(b" (deleted)");
        match replaced {
            Some(old) if !program.exists() => Some(PathBuf::from(OsStr::from_bytes(old))),
            Some(_) | None => Some(program),
        }
    }

    /// Fails unless this process runs the app or the command line that belong to the relay at `relay`.
    pub fn must_be_app_of(self, relay: &Path) -> Result<(), Error> {
        let program = self.program();
        match (&program, relay.parent()) {
            (Some(program), Some(folder)) if apps_of(folder).contains(program) => Ok(()),
            _ => Err(Error::ForeignProgram(program)),
        }
    }
}

fn apps_of(folder: &Path) -> Vec<PathBuf> {
    let mut apps: Vec<PathBuf> = PROGRAMS.iter().map(|name| folder.join(name)).collect();
    let list = folder.join(LIST);
    let ours = |meta: fs::Metadata| {
        meta.is_file() && (meta.uid() == geteuid().as_raw() || meta.uid() == 0) && meta.mode() & 0o022 == 0
    };
    if fs::symlink_metadata(&list).is_ok_and(ours) {
        let text = fs::read_to_string(&list).unwrap_or_default();
        apps.extend(text.lines().map(PathBuf::from).filter(|path| path.is_absolute()));
    }
    apps
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn check(list: Option<(&str, u32)>, expected: bool) {
        let folder = tempfile::tempdir().unwrap();
        if let Some((text, mode)) = list {
            fs::write(folder.path().join(LIST), text).unwrap();
            fs::set_permissions(folder.path().join(LIST), fs::Permissions::from_mode(mode)).unwrap();
        }
        let (one, _other) = UnixStream::pair().unwrap();
        let trusted = Peer::of(&one).unwrap().must_be_app_of(&folder.path().join("hookwright-relay"));
        assert_eq!(trusted.is_ok(), expected, "{list:?}: {trusted:?}");
    }

    #[test]
    fn only_listed_programs_decide() {
        let own = std::env::current_exe().unwrap();
        let own = own.to_str().unwrap();
        check(None, false);
        check(Some((own, 0o600)), true);
        check(Some((&format!("/usr/bin/other\n{own}\n"), 0o644)), true);
        check(Some(("/usr/bin/other\n", 0o600)), false);
        check(Some((own, 0o622)), false);
        check(Some((own.trim_start_matches('/'), 0o600)), false);
    }
}
