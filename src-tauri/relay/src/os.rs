//! What neither std nor rustix has: how we were started, signals as they come, and a child that is started just as we were.
//!
//! The only file with unsafe code. One thread runs in this program, and between fork and exec nothing is allocated.
#![expect(unsafe_code, reason = "signals and descriptors that a child must find as an agent left them")]

use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{self, Command};
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use rustix::process::{
    DumpableBehavior, Pid, Signal, WaitOptions, getpid, getppid, kill_process, set_dumpable_behavior,
    set_parent_process_death_signal, waitpid,
};

/// What a person or an agent may send to a hook. The others stop it, or are its own doing.
const FORWARDED: [libc::c_int; 8] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGCONT,
];

/// Signals that mean something else to us than to the hook, which must find them as we did.
const RESET: [libc::c_int; 3] = [libc::SIGPIPE, libc::SIGCHLD, libc::SIGXFSZ];

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
    witness: Option<Witness>,
}

/// One that was read.
pub(crate) enum Arrived {
    /// A child has ended.
    ChildEnded,
    /// Sent to us alone, as far as can be told.
    Sent(Signal),
    /// To all of our group: the hook got it as well.
    SentToAll,
}

impl Signals {
    pub(crate) fn hold() -> io::Result<Self> {
        let set = set_of(FORWARDED.into_iter().chain([libc::SIGCHLD]));
        let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: all pointers are to sets of our own.
        let waiting = unsafe {
            let waiting = libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
            if waiting < 0 {
                return Err(io::Error::last_os_error());
            }
            let waiting = OwnedFd::from_raw_fd(waiting);
            if libc::sigprocmask(libc::SIG_BLOCK, &raw const set, before.as_mut_ptr()) < 0 {
                return Err(io::Error::last_os_error());
            }
            // Where it is ignored the system reaps children, and nobody learns how they ended.
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
            // A journal that may not grow is an error like any other.
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            waiting
        };
        // SAFETY: zero is a valid value, and by now it holds the set.
        Ok(Self { before: unsafe { before.assume_init() }, waiting, witness: None })
    }

    /// From now on what is sent to all of our group is known from what is sent to us alone. Where that cannot be, a signal from
    /// a terminal is taken for one and any other is not.
    pub(crate) fn tell_apart(&mut self) {
        self.witness = Witness::post().ok();
    }

    /// The end of that. Whoever goes must leave no witness behind.
    pub(crate) fn tell_no_more(&mut self) {
        self.witness = None;
    }

    /// The next that has arrived.
    pub(crate) fn next(&mut self) -> Option<Arrived> {
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
            Some(_) if self.was_sent_to_all(signal, info.ssi_code) => Arrived::SentToAll,
            Some(signal) => Arrived::Sent(signal),
        })
    }

    fn was_sent_to_all(&mut self, signal: libc::c_int, code: libc::c_int) -> bool {
        match self.witness.as_mut().map(|witness| witness.saw(signal)) {
            Some(Ok(saw)) => saw,
            // Stopped or killed it is none.
            Some(Err(_)) | None => {
                self.witness = None;
                code == libc::SI_KERNEL
            }
        }
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

/// A process of our group that does nothing but get what is sent to all of it.
///
/// Linux signals the newest of a group first, so the witness has it before us.
struct Witness {
    process: Pid,
    line: UnixStream,
    /// One bit for each signal that it got and we did not yet.
    seen: u64,
}

/// A witness that does not answer for so long is stopped.
const ANSWERS_WITHIN: Duration = Duration::from_millis(500);

impl Witness {
    fn post() -> io::Result<Self> {
        let (line, theirs) = UnixStream::pair()?;
        line.set_read_timeout(Some(ANSWERS_WITHIN))?;
        // SAFETY: one thread runs, and the child calls nothing but the system.
        let child = unsafe { libc::fork() };
        if child == 0 {
            attend(&theirs);
        }
        // Anything below zero would stand for other processes.
        let process = Some(child).filter(|&child| child > 0).and_then(Pid::from_raw);
        Ok(Self { process: process.ok_or_else(io::Error::last_os_error)?, line, seen: 0 })
    }

    /// Whether it got the signal, too.
    fn saw(&mut self, signal: libc::c_int) -> io::Result<bool> {
        let mut answer = [0; 8];
        self.line.write_all(&[1])?;
        self.line.read_exact(&mut answer)?;
        self.seen |= u64::from_ne_bytes(answer);
        let saw = self.seen & bit(signal) != 0;
        self.seen &= !bit(signal);
        Ok(saw)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // It is our child until it is waited for.
        let _ = kill_process(self.process, Signal::KILL);
        let _ = waitpid(Some(self.process), WaitOptions::empty());
    }
}

/// The witness itself: what it gets stays pending until we ask. It ends with us, when the line does.
fn attend(line: &UnixStream) -> ! {
    let set = set_of(FORWARDED);
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the descriptors that go are of no use here, and all pointers are to values of our own.
    unsafe {
        let mut asked = [0_u8];
        // What the agent gave us must end when we and the hook end.
        let alone =
            libc::dup2(line.as_raw_fd(), 0) == 0 && libc::syscall(libc::SYS_close_range, 1, libc::c_uint::MAX, 0) == 0;
        while alone && libc::read(0, asked.as_mut_ptr().cast(), 1) == 1 {
            let mut seen = 0;
            while let signal @ 1.. = libc::sigtimedwait(&raw const set, ptr::null_mut(), &raw const at_once) {
                seen |= bit(signal);
            }
            let answer = seen.to_ne_bytes();
            libc::write(0, answer.as_ptr().cast(), answer.len());
        }
        libc::_exit(0)
    }
}

fn bit(signal: libc::c_int) -> u64 {
    1 << signal
}

fn set_of(signals: impl IntoIterator<Item = libc::c_int>) -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is our own and emptied before anything else.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        set.assume_init()
    }
}

/// Ends as the hook did. The core file, if any, is the hook's.
pub(crate) fn die_of(signal: i32) -> ! {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let set = set_of([signal]);
    // SAFETY: the set is our own; no handler of ours is left behind.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut());
        libc::raise(signal);
    }
    process::exit(128 + signal)
}
