//! What neither std nor rustix has: how we were started, signals as they come, and a child that is started just as we were.
//!
//! The only file with unsafe code. One thread runs in this program, and between fork and exec nothing is allocated.
#![expect(unsafe_code, reason = "signals and descriptors that a child must find as an agent left them")]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{self, Command};
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::process::{
    DumpableBehavior, Signal, getpid, getppid, set_dumpable_behavior, set_parent_process_death_signal,
};

/// What a person or an agent may send to a hook. The others stop and continue it, or are its own doing.
const FORWARDED: [libc::c_int; 7] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2, libc::SIGALRM];

/// Signals that we must not ignore, though a hook may be started with them ignored.
const RESET: [libc::c_int; 2] = [libc::SIGPIPE, libc::SIGCHLD];

/// One bit for each standard descriptor that was closed, then one for each of [`RESET`] that was ignored.
static BIRTH: AtomicU8 = AtomicU8::new(0);

/// Runs before Rust's own start, which opens closed descriptors and ignores a signal.
#[used]
#[unsafe(link_section = ".init_array")]
static NOTED_FIRST: extern "C" fn() = note_birth;

extern "C" fn note_birth() {
    let mut seen = 0;
    for descriptor in 0..3 {
        // SAFETY: only asks.
        if unsafe { libc::fcntl(descriptor, libc::F_GETFD) } < 0 {
            seen |= 1 << descriptor;
        }
    }
    for (at, &signal) in RESET.iter().enumerate() {
        let mut now = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: only asks; zero is a valid value for it.
        let action = unsafe {
            libc::sigaction(signal, ptr::null(), now.as_mut_ptr());
            now.assume_init()
        };
        if action.sa_sigaction == libc::SIG_IGN {
            seen |= 1 << (3 + at);
        }
    }
    BIRTH.store(seen, Ordering::Relaxed);
}

fn was_ignored(at: usize) -> bool {
    BIRTH.load(Ordering::Relaxed) & 1 << (3 + at) != 0
}

/// Whether this standard descriptor was closed when we were started.
pub(crate) fn was_closed(descriptor: usize) -> bool {
    BIRTH.load(Ordering::Relaxed) & 1 << descriptor != 0
}

/// The program finds descriptors and ignored signals as we did.
pub(crate) fn as_we_were(command: &mut Command) {
    let restore = || {
        for descriptor in (0..3).filter(|&descriptor| was_closed(descriptor)) {
            // SAFETY: nobody uses it between here and exec.
            unsafe { libc::close(descriptor as libc::c_int) };
        }
        for (at, &signal) in RESET.iter().enumerate() {
            // SAFETY: these two need no function of ours.
            unsafe { libc::signal(signal, if was_ignored(at) { libc::SIG_IGN } else { libc::SIG_DFL }) };
        }
        Ok(())
    };
    // SAFETY: calls nothing but the system.
    unsafe { command.pre_exec(restore) };
}

/// Signals to us, held back until they are read.
pub(crate) struct Signals {
    before: libc::sigset_t,
    waiting: OwnedFd,
}

/// One that was read.
pub(crate) enum Arrived {
    /// A child has ended.
    ChildEnded,
    /// Sent to us alone, as far as can be told.
    Sent(Signal),
    /// From a terminal: the hook got it as well.
    SentToAll,
}

impl Signals {
    pub(crate) fn hold() -> io::Result<Self> {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
        let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: all pointers are to sets of our own, and the first is filled before it is used.
        let waiting = unsafe {
            // Where it is ignored the system reaps children, and nobody learns how they ended.
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
            libc::sigemptyset(set.as_mut_ptr());
            for signal in FORWARDED.into_iter().chain([libc::SIGCHLD]) {
                libc::sigaddset(set.as_mut_ptr(), signal);
            }
            if libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), before.as_mut_ptr()) < 0 {
                return Err(io::Error::last_os_error());
            }
            let waiting = libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
            if waiting < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(waiting)
        };
        // SAFETY: zero is a valid value, and by now it holds the set.
        Ok(Self { before: unsafe { before.assume_init() }, waiting })
    }

    /// The next that has arrived.
    pub(crate) fn next(&self) -> Option<Arrived> {
        let mut info = MaybeUninit::<libc::signalfd_siginfo>::zeroed();
        let size = size_of::<libc::signalfd_siginfo>();
        // SAFETY: the system fills all of it or nothing; zero is a valid value.
        let (read, info) = unsafe {
            let read = libc::read(self.waiting.as_raw_fd(), info.as_mut_ptr().cast(), size);
            (read, info.assume_init())
        };
        if read != size.cast_signed() {
            return None;
        }
        let signal = info.ssi_signo.cast_signed();
        Some(match Signal::from_named_raw(signal) {
            Some(Signal::CHILD) | None => Arrived::ChildEnded,
            Some(_) if info.ssi_code == libc::SI_KERNEL => Arrived::SentToAll,
            Some(signal) => Arrived::Sent(signal),
        })
    }

    /// The program is started with the signals we were started with, and ends with us, however we end.
    pub(crate) fn tie(&self, command: &mut Command) {
        let (before, parent) = (self.before, getpid());
        let tied = move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // We may have ended before that.
            if getppid() != Some(parent) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            // SAFETY: the set is the one that the system gave us.
            unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut()) };
            Ok(())
        };
        // SAFETY: calls nothing but the system.
        unsafe { command.pre_exec(tied) };
    }
}

impl Drop for Signals {
    /// Whatever was held back comes now.
    fn drop(&mut self) {
        // SAFETY: the set is the one that the system gave us.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut()) };
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.waiting.as_fd()
    }
}

/// Ends as the hook did. The core file, if any, is the hook's.
pub(crate) fn die_of(signal: i32) -> ! {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is our own and filled before it is used; no handler of ours is left behind.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), signal);
        libc::sigprocmask(libc::SIG_UNBLOCK, set.as_ptr(), ptr::null_mut());
        libc::raise(signal);
    }
    process::exit(128 + signal)
}
