//! The spool: a folder in which relays keep the events that no app took, until an app takes them in.
//!
//! One file is one event. Relays only add and the app only reads and removes; nothing here decides anything. The folder is
//! the app's to make: where there is none, relays keep nothing.

mod file;
mod ledger;

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fchmod, fstat, open, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::{Error, Event};

/// The most that is kept. What comes later is dropped and counted: the oldest tells where something began.
pub const MOST_FILES: u64 = 20_000;
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// A part that is older was left by a relay that was killed.
const STALE: Duration = Duration::from_secs(60 * 60);

const LEDGER: &str = "ledger";
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// The folder, open. Everything goes through its handle, so that nobody can put another folder in its place.
#[derive(Debug)]
pub struct Spool {
    folder: OwnedFd,
    path: PathBuf,
}

impl Spool {
    /// Opens the folder if it is there and this user's alone to write.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match open(path, flags, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::LOOP | Errno::NOTDIR) => return Err(Error::ForeignFolder(path.to_owned())),
            Err(error) => return Err(io::Error::from(error).into()),
        };
        let stat = fstat(&folder).map_err(io::Error::from)?;
        if !is_ours(&stat) || stat.st_mode & 0o022 != 0 {
            return Err(Error::ForeignFolder(path.to_owned()));
        }
        Ok(Self { folder, path: path.to_owned() })
    }

    /// Makes the folder where it is missing, private, and opens it. For the app, when it starts or is connected to an agent.
    pub fn make(path: &Path) -> Result<Self, Error> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Self::open(path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps one event. What cannot be kept is counted as dropped.
    pub fn keep(&self, event: &Event) -> Result<(), Error> {
        let bytes = file::encode(event)?;
        let size = bytes.len() as u64;
        // Where the ledger cannot be had in time, the event counts more than the account of it.
        if self.account(ledger::AGENT_WAITS, |ledger| ledger.admit(size)) == Some(false) {
            return Err(Error::SpoolFull);
        }
        let kept = self.write(event, &bytes);
        if kept.is_err() {
            self.account(ledger::AGENT_WAITS, |ledger| ledger.give_up(size));
        }
        kept
    }

    /// Counts an event that is too long to be kept.
    pub fn count_dropped(&self) {
        self.account(ledger::AGENT_WAITS, |ledger| ledger.dropped = ledger.dropped.saturating_add(1));
    }

    /// Nothing is forced to the disk: the agent waits, and a power cut is the only thing that could lose the event.
    fn write(&self, event: &Event, bytes: &[u8]) -> Result<(), Error> {
        let part = format!(".{}.part", event.id);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.folder, &part, flags, PRIVATE).map_err(io::Error::from)?);
        let written = make_private(&file)
            .and_then(|()| file.write_all(bytes))
            .and_then(|()| Ok(renameat(&self.folder, &part, &self.folder, file::name(event))?));
        if written.is_err() {
            // Left behind, it would be removed an hour later.
            let _ = unlinkat(&self.folder, &part, AtFlags::empty());
        }
        Ok(written?)
    }

    /// The names of everything in the folder that claims to be an event, the oldest event first.
    pub fn list(&self) -> Result<Vec<OsString>, Error> {
        let mut names = self.names()?;
        names.retain(|name| name != LEDGER && !is_part(name));
        names.sort_unstable();
        Ok(names)
    }

    /// Reads one event. Whatever is not exactly as a relay of this user leaves it is [`Error::Unfit`] and stays where it is.
    pub fn read(&self, name: &OsStr) -> Result<Event, Error> {
        // Without blocking: a pipe in the place of a file would hold us up for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(opened) => opened,
            Err(Errno::LOOP) => return Err(Error::Unfit("it is a symbolic link")),
            Err(error) => return Err(io::Error::from(error).into()),
        };
        file::check(&fstat(&opened).map_err(io::Error::from)?)?;
        let mut bytes = Vec::new();
        File::from(opened).take(file::MOST + 1).read_to_end(&mut bytes)?;
        file::decode(name, bytes)
    }

    /// Removes an event that is in the history. One that is gone by now is fine.
    pub fn remove(&self, name: &OsStr) -> Result<(), Error> {
        match unlinkat(&self.folder, name, AtFlags::empty()) {
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
            let Ok(stat) = statat(&self.folder, &name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            if is_file(&stat) && is_ours(&stat) && u64::try_from(stat.st_mtime).is_ok_and(|written| written < oldest) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    /// How many events were dropped and not yet told of.
    pub fn dropped(&self) -> u64 {
        self.account(ledger::APP_WAITS, |ledger| ledger.dropped).unwrap_or(0)
    }

    /// Brings the account up to date with what is in the folder. `told` of the dropped ones are done with.
    pub fn settle(&self, told: u64) -> Result<(), Error> {
        self.account(ledger::APP_WAITS, |ledger| {
            let names = self.list()?;
            let sizes = names.iter().filter_map(|name| statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW).ok());
            ledger.bytes = sizes.filter(is_file).map(|stat| u64::try_from(stat.st_size).unwrap_or(0)).sum();
            ledger.files = names.len() as u64;
            ledger.dropped = ledger.dropped.saturating_sub(told);
            Ok(())
        })
        .unwrap_or(Err(Error::TimedOut))
    }

    fn names(&self) -> Result<Vec<OsString>, Error> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.folder).map_err(io::Error::from)? {
            let entry = entry.map_err(io::Error::from)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
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

#[cfg(test)]
mod tests;
