//! Codex's transcript, a JSON object per line: what it tells about the turn that asks.
//!
//! It is the source that the model does not choose. Whatever is wrong with it, the answer is `None`, never an error.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use model::TurnId;
use rustix::fs::{Mode, OFlags};

use super::wire::{self, Record, TurnContext};
use crate::Context;

/// How much of the end is read, in bytes: mostly the first is enough, and no more than the last is ever read.
const ENDS: [u64; 3] = [64 << 10, 1 << 20, 8 << 20];

/// What the transcript at `path` tells about `turn`: its last `turn_context`, and the person's last prompt.
pub fn context(path: &Path, turn: &TurnId) -> Option<Context> {
    let mut file = open(path)?;
    let length = file.metadata().ok().filter(|metadata| metadata.is_file())?.len();
    let mut found = Found::default();
    for end in ENDS {
        found = Found::default();
        let done = found.read(&tail(&mut file, length, end)?, turn);
        if done || end >= length {
            break;
        }
    }
    found.context()
}

/// A link, or a pipe that nobody writes to, must neither be followed nor waited for.
fn open(path: &Path) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    path.is_absolute().then(|| rustix::fs::open(path, flags, Mode::empty()).ok())?.map(File::from)
}

/// The last `end` bytes, from the first whole line on.
fn tail(file: &mut File, length: u64, end: u64) -> Option<Vec<u8>> {
    let start = length.saturating_sub(end);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    file.take(length - start).read_to_end(&mut bytes).ok()?;
    if start > 0 {
        let first_whole = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes.drain(..first_whole);
    }
    Some(bytes)
}

#[derive(Default)]
struct Found {
    context: Option<TurnContext>,
    prompt: Option<String>,
}

impl Found {
    /// Reads lines from the last to the first. True when nothing further up could add anything.
    fn read(&mut self, lines: &[u8], turn: &TurnId) -> bool {
        let turn = turn.as_str();
        for record in lines.rsplit(|byte| *byte == b'\n').filter_map(Record::read) {
            match record {
                Record::Context(context) if context.turn_id == turn => {
                    self.context.get_or_insert(context);
                }
                Record::Prompt { turn: of, text } if of == turn => {
                    self.prompt.get_or_insert(text);
                }
                Record::Started { turn: of } if of == turn => return true,
                Record::Context(_) | Record::Prompt { .. } | Record::Started { .. } => {}
            }
            if self.context.is_some() && self.prompt.is_some() {
                return true;
            }
        }
        false
    }

    fn context(self) -> Option<Context> {
        let context = self.context?;
        // In a subagent's turn the "user" is the agent above it.
        let person = wire::word(context.root_turn_id).is_some_and(|root| root == context.turn_id);
        Some(Context {
            cwd: wire::word(context.cwd).map(PathBuf::from).filter(|path| path.is_absolute()),
            approval_policy: wire::word(context.approval_policy),
            reviewer: super::reviewer(wire::word(context.approvals_reviewer)),
            prompt: self.prompt.filter(|_| person),
        })
    }
}

#[cfg(test)]
mod tests;
