//! A socket that is private from birth: 0600 in a folder of 0700, both owned by this user.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{Mode, fchmod};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, connect, listen, socket_with};
use rustix::process::geteuid;

use crate::Error;

/// Whose socket is taken away when there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replace {
    /// One at which nobody listens.
    Stale,
    /// Any that this user's programs put in the place of ours.
    Any,
}

/// Binds `path`.
pub(crate) fn bind_private(path: &Path, replace: Replace) -> Result<UnixListener, Error> {
    let path = protocol::place::fitting(path.to_owned())?;
    let io = |source| Error::Io { path: path.clone(), source };
    private_folder(folder(&path)?)?;
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.file_type().is_socket() && meta.uid() == geteuid().as_raw() => {
            if replace == Replace::Stale && is_live(&path).map_err(io)? {
                return Err(Error::Held(path));
            }
            fs::remove_file(&path).map_err(io)?;
        }
        // A link has nothing in it that could get lost.
        Ok(meta) if meta.is_symlink() && replace == Replace::Any => fs::remove_file(&path).map_err(io)?,
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

/// Whether somebody listens at the socket.
fn is_live(path: &Path) -> io::Result<bool> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    match connect(&socket, &SocketAddrUnix::new(path)?) {
        // Where the queue is full somebody does.
        Ok(()) | Err(Errno::AGAIN) => Ok(true),
        Err(Errno::CONNREFUSED | Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The socket that this number of a file is of, as nobody else has touched it.
pub(crate) fn is_private(path: &Path, inode: u64) -> bool {
    let mode = |path: &Path| fs::symlink_metadata(path).map(|meta| (meta.mode() & 0o777, meta));
    let socket = mode(path).is_ok_and(|(mode, meta)| mode == 0o600 && meta.ino() == inode);
    let private = |(mode, meta): (u32, Metadata)| mode == 0o700 && meta.is_dir();
    socket && folder(path).is_ok_and(|folder| mode(folder).is_ok_and(private))
}

fn folder(path: &Path) -> Result<&Path, Error> {
    path.parent().ok_or_else(|| Error::ForeignFolder(path.to_owned()))
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
            let _listener = bind_private(&path, Replace::Stale).unwrap();
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
        drop(bind_private(&path, Replace::Stale).unwrap());
        let _listener = bind_private(&path, Replace::Stale).unwrap();
        assert_eq!(mode(&folder), 0o700);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn what_is_no_socket_of_ours_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("bridge.sock");
        fs::write(&path, "mine").unwrap();
        assert!(matches!(bind_private(&path, Replace::Stale), Err(Error::InTheWay(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");

        let link = home.path().join("link");
        std::os::unix::fs::symlink(home.path(), &link).unwrap();
        assert!(matches!(bind_private(&link.join("x.sock"), Replace::Stale), Err(Error::ForeignFolder(_))));
    }

    #[test]
    fn where_somebody_listens_only_who_had_the_place_takes_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run/bridge.sock");
        let other = bind_private(&path, Replace::Stale).unwrap();
        assert!(matches!(bind_private(&path, Replace::Stale), Err(Error::Held(_))));
        UnixStream::connect(&path).unwrap();
        let _ours = bind_private(&path, Replace::Any).unwrap();
        drop(other);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn a_link_in_the_place_of_the_socket_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (home.path().join("bridge.sock"), home.path().join("elsewhere"));
        fs::write(&elsewhere, "mine").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(matches!(bind_private(&path, Replace::Stale), Err(Error::InTheWay(_))));
        let _listener = bind_private(&path, Replace::Any).unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
        let inode = fs::symlink_metadata(&path).unwrap().ino();
        assert!(is_private(&path, inode) && !is_private(&path, inode + 1));
        fs::set_permissions(home.path(), Permissions::from_mode(0o711)).unwrap();
        assert!(!is_private(&path, inode));
    }
}
