//! A folder to which relays add files and which the app empties: the spool, and the journals of recorded runs.
//!
//! Relays only add and the app only reads and removes. Where no app made the folder above, relays keep nothing.

mod ledger;

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fchmod, fstat, open, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

pub(crate) use ledger::AGENT_WAITS;

use crate::Error;

/// A part that is older was left by a relay that was killed.
pub(crate) const STALE: Duration = Duration::from_secs(60 * 60);

pub(crate) const LEDGER: &str = "ledger";
pub(crate) const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// The most that is kept. What comes later is dropped and counted: the oldest tells where something began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// The folder, open. Everything goes through its handle, so that nobody can put another folder in its place.
#[derive(Debug)]
pub struct Folder {
    handle: OwnedFd,
    path: PathBuf,
    room: Room,
}

impl Folder {
    /// Opens the folder if it is there and this user's alone to write.
    pub(crate) fn open(path: &Path, room: Room) -> Result<Self, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = match open(path, flags, Mode::empty()) {
            Ok(handle) => handle,
            Err(Errno::LOOP | Errno::NOTDIR) => return Err(Error::ForeignFolder(path.to_owned())),
            Err(error) => return Err(io::Error::from(error).into()),
        };
        let stat = fstat(&handle).map_err(io::Error::from)?;
        if !is_ours(&stat) || stat.st_mode & 0o022 != 0 {
            return Err(Error::ForeignFolder(path.to_owned()));
        }
        Ok(Self { handle, path: path.to_owned(), room })
    }

    /// Makes the folder where it is missing, private, and opens it.
    pub(crate) fn make(path: &Path, room: Room) -> Result<Self, Error> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Self::open(path, room)
    }

    /// Makes the folder, private whatever the umask is, if the one above it is there.
    pub(crate) fn make_last(path: &Path, room: Room) -> Result<Self, Error> {
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o700))?,
            // Another relay was as quick.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
        Self::open(path, room)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a new file whose name nobody reads yet, and fills it. Nothing is left of one that cannot be filled and named.
    ///
    /// Nothing is forced to the disk: the agent waits, and a power cut is the only thing that could lose the file.
    pub(crate) fn add(
        &self,
        id: &str,
        name: &str,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<File, Error> {
        let part = format!(".{id}.part");
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.handle, &part, flags, PRIVATE).map_err(io::Error::from)?);
        let filled = make_private(&file)
            .and_then(|()| fill(&mut file))
            .and_then(|()| Ok(renameat(&self.handle, &part, &self.handle, name)?));
        if filled.is_err() {
            // Left behind, it would be removed an hour later.
            let _ = unlinkat(&self.handle, &part, AtFlags::empty());
        }
        filled?;
        Ok(file)
    }

    /// The names of everything in the folder that claims to be for the app, the oldest first.
    pub fn list(&self) -> Result<Vec<OsString>, Error> {
        let mut names = self.names()?;
        names.retain(|name| name != LEDGER && !is_part(name));
        names.sort_unstable();
        Ok(names)
    }

    /// Opens what a relay of this user can have left there, with at most `most` bytes; else it is [`Error::Unfit`].
    pub(crate) fn open_left(&self, name: &OsStr, most: u64) -> Result<File, Error> {
        // Without blocking: a pipe in the place of a file would hold us up for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = match openat(&self.handle, name, flags, Mode::empty()) {
            Ok(opened) => opened,
            Err(Errno::LOOP) => return Err(Error::Unfit("it is a symbolic link")),
            Err(error) => return Err(io::Error::from(error).into()),
        };
        check(&fstat(&opened).map_err(io::Error::from)?, most)?;
        Ok(File::from(opened))
    }

    /// Removes what is in the history. What is gone by now is fine.
    pub fn remove(&self, name: &OsStr) -> Result<(), Error> {
        match unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// Removes what relays that were killed in the middle left behind.
    pub fn remove_stale_parts(&self) -> Result<(), Error> {
        let oldest = SystemTime::now() - STALE;
        let oldest = oldest.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        for name in self.names()?.into_iter().filter(|name| is_part(name)) {
            // One that is gone by now is not stale.
            let Ok(stat) = statat(&self.handle, &name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            if is_file(&stat) && is_ours(&stat) && u64::try_from(stat.st_mtime).is_ok_and(|written| written < oldest) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    fn names(&self) -> Result<Vec<OsString>, Error> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle).map_err(io::Error::from)? {
            let entry = entry.map_err(io::Error::from)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }
}

/// Names sort by time; the id keeps two of one moment apart.
pub(crate) fn name(at: i64, id: &str, kind: &str) -> String {
    format!("{:020}-{id}.{kind}", at.max(0))
}

/// Whether a relay of this user can have left such a file.
fn check(stat: &Stat, most: u64) -> Result<(), Error> {
    let unfit = |why| Err(Error::Unfit(why));
    if !is_file(stat) {
        unfit("it is no regular file")
    } else if !is_ours(stat) {
        unfit("it belongs to another user")
    } else if stat.st_mode & 0o022 != 0 {
        unfit("others may write it")
    } else if stat.st_nlink != 1 {
        unfit("it has another name as well")
    } else if u64::try_from(stat.st_size).is_ok_and(|size| size > most) {
        unfit("it is too long")
    } else {
        Ok(())
    }
}

/// Whatever the umask of the agent was, the app must be able to read the file.
fn make_private(file: &File) -> io::Result<()> {
    // Looking is cheaper than setting.
    if fstat(file)?.st_mode & 0o777 != PRIVATE.bits() {
        fchmod(file, PRIVATE)?;
    }
    Ok(())
}

fn is_part(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".") && name.as_bytes().ends_with(b".part")
}

fn is_ours(stat: &Stat) -> bool {
    stat.st_uid == geteuid().as_raw()
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}
