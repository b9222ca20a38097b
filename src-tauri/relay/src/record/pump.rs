//! Passes on what flows between agent and hook, at the pace of whoever takes it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use protocol::journal::{Journal, Stream};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, OFlags, fcntl_setfl, fstat};
use rustix::io::{Errno, read, write};
use rustix::process::{Pid, Signal, kill_process};
use rustix::stdio;

use crate::os::{self, Arrived, Signals};

/// A pipe that can take anything takes this much at once, so that no write to the agent waits.
const PIECE: usize = 4096;

/// How much of the hook's output is taken at once.
const GULP: usize = 64 * 1024;

/// How much of the input. Not more than a little goes beyond what the hook's pipe holds: the rest is left with the agent.
const SIP: usize = 16 * 1024;

/// What the hook left of it is noted for no longer than this.
const REST_WITHIN: Duration = Duration::from_millis(20);

/// A hook that is over by then pays for no witness of what is sent to all of its group. Should it catch such a signal before, it
/// gets it twice.
const SHORT: Duration = Duration::from_millis(20);

const GONE: PollFlags = PollFlags::ERR.union(PollFlags::HUP).union(PollFlags::NVAL);

/// Our ends of the hook's pipes. A descriptor that was closed has none.
pub(super) struct HookEnds {
    input: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    /// The agent gave one pipe for both, so the hook gets one too: its order is kept.
    both: Option<OwnedFd>,
}

impl HookEnds {
    /// Gives the command pipes where the agent gave it anything.
    pub(super) fn of(command: &mut Command) -> io::Result<Self> {
        let mut ends = Self { input: None, stdout: None, stderr: None, both: None };
        if !os::was_closed(0) {
            let (theirs, ours) = io::pipe()?;
            // Our end alone, so it may take what it can and leave the rest.
            fcntl_setfl(&ours, OFlags::NONBLOCK)?;
            command.stdin(theirs);
            ends.input = Some(ours.into());
        }
        if is_one_for_both()? {
            let (ours, theirs) = io::pipe()?;
            command.stderr(theirs.try_clone()?).stdout(theirs);
            ends.both = Some(ours.into());
            return Ok(ends);
        }
        if !os::was_closed(1) {
            let (ours, theirs) = io::pipe()?;
            command.stdout(theirs);
            ends.stdout = Some(ours.into());
        }
        if !os::was_closed(2) {
            let (ours, theirs) = io::pipe()?;
            command.stderr(theirs);
            ends.stderr = Some(ours.into());
        }
        Ok(ends)
    }
}

fn is_one_for_both() -> io::Result<bool> {
    if os::was_closed(1) || os::was_closed(2) {
        return Ok(false);
    }
    let (stdout, stderr) = (fstat(stdio::stdout())?, fstat(stdio::stderr())?);
    Ok((stdout.st_dev, stdout.st_ino) == (stderr.st_dev, stderr.st_ino))
}

/// What stands at one end of a flow.
enum Side {
    Hook(OwnedFd),
    Stdin,
    Stdout,
    Stderr,
    /// Both are the same.
    StdoutAndStderr,
}

impl AsFd for Side {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Hook(pipe) => pipe.as_fd(),
            Self::Stdin => stdio::stdin(),
            Self::Stdout | Self::StdoutAndStderr => stdio::stdout(),
            Self::Stderr => stdio::stderr(),
        }
    }
}

impl Side {
    /// The other side meets a closed pipe.
    fn close(self) {
        // Something must stand there, or the next file that is opened would.
        let nothing = || File::options().read(true).write(true).open("/dev/null");
        // Without it the descriptor stays open until we end.
        let _ = match self {
            Self::Hook(pipe) => {
                drop(pipe);
                Ok(())
            }
            Self::Stdin => nothing().and_then(|nothing| Ok(stdio::dup2_stdin(nothing)?)),
            Self::Stdout => nothing().and_then(|nothing| Ok(stdio::dup2_stdout(nothing)?)),
            Self::Stderr => nothing().and_then(|nothing| Ok(stdio::dup2_stderr(nothing)?)),
            Self::StdoutAndStderr => nothing().and_then(|nothing| {
                stdio::dup2_stdout(&nothing)?;
                Ok(stdio::dup2_stderr(nothing)?)
            }),
        };
    }
}

/// One stream on its way.
struct Flow {
    stream: Stream,
    from: Side,
    to: Side,
    stage: Stage,
    /// Read and not yet written.
    held: Vec<u8>,
    written: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing has come.
    Empty,
    /// There is something, or the end, and the other side must take it first.
    Waiting,
}

enum After {
    GoesOn,
    /// Nothing more comes.
    Over,
    /// Nobody takes what comes.
    Left,
}

impl Flow {
    fn new(stream: Stream, from: Side, to: Side) -> Self {
        Self { stream, from, to, stage: Stage::Empty, held: Vec::new(), written: 0 }
    }

    /// What to wait for. Whether the taking side is gone shows without asking.
    fn waits_for(&self) -> [PollFd<'_>; 2] {
        let (from, to) = match self.stage {
            Stage::Empty => (PollFlags::IN, PollFlags::empty()),
            Stage::Waiting => (PollFlags::empty(), PollFlags::OUT),
        };
        [PollFd::from_borrowed_fd(self.from.as_fd(), from), PollFd::from_borrowed_fd(self.to.as_fd(), to)]
    }

    fn advance(&mut self, [from, to]: [PollFlags; 2], journal: &mut Journal) -> After {
        if to.intersects(GONE) {
            return After::Left;
        }
        match self.stage {
            Stage::Empty => {
                if from.intersects(PollFlags::IN | GONE) {
                    self.stage = Stage::Waiting;
                }
                After::GoesOn
            }
            Stage::Waiting if to.contains(PollFlags::OUT) => self.pass_on(journal),
            Stage::Waiting => After::GoesOn,
        }
    }

    fn pass_on(&mut self, journal: &mut Journal) -> After {
        if self.held.is_empty() {
            self.held.resize(if self.stream == Stream::Input { SIP } else { GULP }, 0);
            let length = match read(&self.from, &mut self.held) {
                Ok(length) => length,
                Err(Errno::AGAIN | Errno::INTR) => {
                    self.held.clear();
                    self.stage = Stage::Empty;
                    return After::GoesOn;
                }
                // A terminal that went away.
                Err(_) => 0,
            };
            self.held.truncate(length);
            if length == 0 {
                return After::Over;
            }
            // Before the other side sees it: the agent may kill us for what it sees.
            journal.add(self.stream, &self.held);
        }
        let rest = &self.held[self.written..];
        let most = if self.stream == Stream::Input { SIP } else { PIECE };
        match write(&self.to, &rest[..rest.len().min(most)]) {
            Ok(length) => self.written += length,
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => return After::Left,
        }
        if self.written == self.held.len() {
            self.held.clear();
            (self.written, self.stage) = (0, Stage::Empty);
        }
        After::GoesOn
    }

    /// Notes what the hook left of its input: a hook that reads none of it was meant for it all the same. Agents write it at once,
    /// so what does not come now is not waited for.
    fn note_rest(&self, journal: &mut Journal) {
        // What a person typed ahead at a terminal is for whoever reads there next.
        let is_pipe = |mode| matches!(FileType::from_raw_mode(mode), FileType::Fifo | FileType::Socket);
        if !fstat(&self.from).is_ok_and(|stat| is_pipe(stat.st_mode)) {
            return;
        }
        let until = Instant::now() + REST_WITHIN;
        let mut bytes = vec![0; GULP];
        let a_moment = timespec(Duration::from_millis(2));
        while Instant::now() < until {
            let ready = poll(&mut [PollFd::from_borrowed_fd(self.from.as_fd(), PollFlags::IN)], Some(&a_moment));
            match ready.and_then(|ready| if ready == 0 { Ok(0) } else { read(&self.from, &mut bytes) }) {
                Ok(0) | Err(_) => return,
                Ok(length) => journal.add(self.stream, &bytes[..length]),
            }
        }
    }

    fn close(self) {
        self.from.close();
        self.to.close();
    }
}

/// Of less than a second.
fn timespec(short: Duration) -> Timespec {
    Timespec { tv_sec: 0, tv_nsec: short.subsec_nanos().into() }
}

/// Everything that flows, and the journal of it.
pub(super) struct Pump {
    pub(super) journal: Journal,
    flows: Vec<Flow>,
}

impl Pump {
    pub(super) fn new(journal: Journal, ends: HookEnds) -> Self {
        let input = ends.input.map(|pipe| Flow::new(Stream::Input, Side::Stdin, Side::Hook(pipe)));
        let outputs = [
            (ends.stdout, Stream::Stdout, Side::Stdout),
            (ends.stderr, Stream::Stderr, Side::Stderr),
            (ends.both, Stream::Stdout, Side::StdoutAndStderr),
        ];
        let outputs = outputs.into_iter();
        let outputs = outputs.filter_map(|(pipe, stream, to)| Some(Flow::new(stream, Side::Hook(pipe?), to)));
        Self { journal, flows: input.into_iter().chain(outputs).collect() }
    }

    /// Until the hook has ended and nobody holds its output any more, as an agent waits for it.
    pub(super) fn run(&mut self, hook: &mut Child, signals: &mut Signals) -> ExitStatus {
        let mut ended = None;
        let mut short = Some(Instant::now() + SHORT);
        loop {
            if let Some(status) = ended
                && self.flows.iter().all(|flow| flow.stream == Stream::Input)
            {
                self.flows.iter().for_each(|flow| flow.note_rest(&mut self.journal));
                return status;
            }
            if short.is_some_and(|until| until <= Instant::now()) {
                signals.tell_apart();
                short = None;
            }
            let (arrived, ready) = self.wait(signals, short);
            if arrived {
                while let Some(arrived) = signals.next() {
                    match (arrived, ended) {
                        (Arrived::ChildEnded, None) => ended = hook.try_wait().expect("it is our child"),
                        (Arrived::Sent(signal), None) => {
                            let _ = kill_process(Pid::from_child(hook), signal);
                        }
                        (Arrived::SentToAll, _) | (Arrived::ChildEnded | Arrived::Sent(Signal::CONT), Some(_)) => {}
                        // What is left of the hook holds its pipes, and we are to go.
                        (Arrived::Sent(_), Some(status)) => return status,
                    }
                }
            }
            self.advance(&ready);
        }
    }

    /// Waits for signals, and for each flow. No longer than `until`, where that is something.
    fn wait(&self, signals: &Signals, until: Option<Instant>) -> (bool, Vec<[PollFlags; 2]>) {
        loop {
            let mut fds: Vec<_> = self.flows.iter().flat_map(Flow::waits_for).collect();
            fds.push(PollFd::new(signals, PollFlags::IN));
            let left = until.map(|until| timespec(until.saturating_duration_since(Instant::now())));
            match poll(&mut fds, left.as_ref()) {
                Ok(_) => {
                    let (flows, _) = fds.as_chunks::<2>();
                    let ready = flows.iter().map(|[from, to]| [from.revents(), to.revents()]).collect();
                    return (!fds[fds.len() - 1].revents().is_empty(), ready);
                }
                Err(Errno::INTR) => {}
                Err(error) => panic!("poll our own descriptors: {error}"),
            }
        }
    }

    fn advance(&mut self, ready: &[[PollFlags; 2]]) {
        let flows = std::mem::take(&mut self.flows);
        for (mut flow, seen) in flows.into_iter().zip(ready) {
            match flow.advance(*seen, &mut self.journal) {
                After::GoesOn => self.flows.push(flow),
                After::Over => flow.close(),
                After::Left => {
                    if flow.stream == Stream::Input {
                        flow.note_rest(&mut self.journal);
                    }
                    flow.close();
                }
            }
        }
    }
}
