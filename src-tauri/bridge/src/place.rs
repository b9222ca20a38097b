//! A socket that is private from birth: 0600 in a folder of 0700, both owned by this user.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{Mode, fchmod};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use rustix::process::geteuid;

use crate::Error;

/// Binds `path`. The caller holds the app's lock, so a socket left there belongs to nobody.
pub(crate) fn bind_private(path: &Path) -> Result<UnixListener, Error> {
    let path = protocol::place::fitting(path.to_owned())?;
    let io = |source| Error::Io { path: path.clone(), source };
    let folder = path.parent().ok_or_else(|| Error::ForeignFolder(path.clone()))?;
    private_folder(folder)?;
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.file_type().is_socket() => fs::remove_file(&path).map_err(io)?,
        Ok(_) => return Err(Error::InTheWay(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    open(&path).map_err(io)
}

/// Linux gives the socket's file the mode of the unbound socket, so it never exists with another one.
fn open(path: &Path) -> io::Result<UnixListener> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket: OwnedFd = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    bind(&socket, &SocketAddrUnix::new(path)?)?;
    listen(&socket, 1024)?;
    Ok(socket.into())
}

fn private_folder(folder: &Path) -> Result<(), Error> {
    let io = |source| Error::Io { path: folder.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    let meta = fs::symlink_metadata(folder).map_err(io)?;
    if !meta.is_dir() || meta.uid() != geteuid().as_raw() {
        return Err(Error::ForeignFolder(folder.to_owned()));
    }
    if meta.mode() & 0o777 != 0o700 {
        fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(io)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc::TryRecvError;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn socket_and_folder_are_private_from_birth() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run/bridge.sock");
        let watched = path.clone();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let watcher = std::thread::spawn(move || {
            let mut seen = Vec::new();
            while stopped.try_recv() == Err(TryRecvError::Empty) {
                if let Ok(meta) = fs::symlink_metadata(&watched) {
                    seen.push(meta.mode() & 0o777);
                }
            }
            seen
        });
        for _ in 0..200 {
            let _listener = bind_private(&path).unwrap();
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
        }
        drop(stop);
        let seen = watcher.join().unwrap();
        assert!(!seen.is_empty() && seen.iter().all(|&mode| mode == 0o600), "{seen:?}");
    }

    #[test]
    fn a_wide_folder_is_narrowed_and_a_stale_socket_replaced() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("run");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let path = folder.join("bridge.sock");
        drop(bind_private(&path).unwrap());
        let _listener = bind_private(&path).unwrap();
        assert_eq!(mode(&folder), 0o700);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn what_is_no_socket_of_ours_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("bridge.sock");
        fs::write(&path, "mine").unwrap();
        assert!(matches!(bind_private(&path), Err(Error::InTheWay(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");

        let link = home.path().join("link");
        std::os::unix::fs::symlink(home.path(), &link).unwrap();
        assert!(matches!(bind_private(&link.join("x.sock")), Err(Error::ForeignFolder(_))));
    }
}
