//! The app's side.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::record::{self, Record};
use super::{End, KIND, MOST, Runs, Sizes, Start, Stream, VERSION};
use crate::{Error, event, folder};

/// A recorded run, as far as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub start: Start,
    /// What flowed, in the order in which the relay passed it on.
    pub pieces: Vec<(Stream, Vec<u8>)>,
    pub state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its relay has the journal open.
    Running,
    /// Its relay ended without a word.
    Killed,
    Ended(End),
}

impl Run {
    /// What is kept of one stream.
    pub fn all_of(&self, stream: Stream) -> Vec<u8> {
        let pieces = self.pieces.iter().filter(|(of, _)| *of == stream);
        pieces.flat_map(|(_, bytes)| bytes).copied().collect()
    }
}

impl Runs {
    /// Reads one run. Whatever no relay of this user leaves is [`Error::Unfit`] and stays where it is.
    pub fn read(&self, name: &OsStr) -> Result<Run, Error> {
        let mut file = self.open_left(name, MOST)?;
        // Before it is read: a relay that ends in between has written everything by then.
        let held = is_held(&file)?;
        let mut bytes = Vec::new();
        file.by_ref().take(MOST + 1).read_to_end(&mut bytes)?;
        let run = decode(&bytes, if held { State::Running } else { State::Killed })?;
        if name != folder::name(run.start.at, &run.start.id, KIND).as_str() {
            return Err(Error::Unfit("its name is not that of the run in it"));
        }
        Ok(run)
    }

    /// Whether its relay has it open. Cheaper than reading it.
    pub fn is_running(&self, name: &OsStr) -> Result<bool, Error> {
        is_held(&self.open_left(name, MOST)?)
    }
}

/// Whether a relay has it open.
fn is_held(file: &File) -> Result<bool, Error> {
    match flock(file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(false),
        Err(Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(io::Error::from(error).into()),
    }
}

/// What stands in the journal; `open` is its state while it has no end.
fn decode(bytes: &[u8], open: State) -> Result<Run, Error> {
    let unfit = |why| Err(Error::Unfit(why));
    if bytes.len() as u64 > MOST {
        return unfit("it is too long");
    }
    let (start, mut rest) = match record::first(bytes) {
        Some((Record::Start(start), rest)) if start.v == VERSION && event::is_id(&start.id) => (start, rest),
        Some(_) | None => return unfit("it does not begin as a relay's does"),
    };
    let mut run = Run { start, pieces: Vec::new(), state: open };
    let mut kept = Sizes::default();
    // What is cut off in the middle of a record is what a relay leaves that is killed there.
    while let Some((record, behind)) = record::first(rest) {
        rest = behind;
        match record {
            Record::Piece(stream, piece) => {
                if kept.room(stream, piece.len()) < piece.len() {
                    return unfit("it has more than a relay keeps");
                }
                *kept.of(stream) += piece.len() as u64;
                run.pieces.push((stream, piece.to_vec()));
            }
            Record::End(end) => {
                let Sizes([input, stdout, stderr]) = kept;
                if end.input < input || end.stdout < stdout || end.stderr < stderr {
                    return unfit("it has more than was counted");
                }
                run.state = State::Ended(end);
                return if rest.is_empty() { Ok(run) } else { unfit("it goes on behind its end") };
            }
            Record::Start(_) => return unfit("it begins twice"),
        }
    }
    Ok(run)
}
