//! One event as a file: a line of JSON that says what it is, then the payload as it came.

use std::ffi::OsStr;

use rustix::fs::Stat;
use serde::{Deserialize, Serialize};

use crate::{Error, Event, LIMIT, event};

const VERSION: u16 = 1;

/// The longest first line, its end included.
const HEAD: usize = 512;

/// The longest file, in bytes.
pub(super) const MOST: u64 = (HEAD + LIMIT) as u64;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    v: u16,
    id: &'a str,
    agent: &'a str,
    at: i64,
}

/// Names sort by time; the id keeps two of one moment apart.
pub(super) fn name(event: &Event) -> String {
    format!("{:020}-{}.event", event.at.max(0), event.id)
}

pub(super) fn encode(event: &Event) -> Result<Vec<u8>, Error> {
    let head = Head { v: VERSION, id: &event.id, agent: &event.agent, at: event.at };
    let mut bytes = serde_json::to_vec(&head).expect("strings and numbers always serialise");
    bytes.push(b'\n');
    let length = bytes.len() + event.payload.len();
    if bytes.len() > HEAD || event.payload.len() > LIMIT {
        return Err(Error::TooLong(length as u64));
    }
    bytes.extend_from_slice(&event.payload);
    Ok(bytes)
}

/// Whether a relay of this user can have left such a file.
pub(super) fn check(stat: &Stat) -> Result<(), Error> {
    let unfit = |why| Err(Error::Unfit(why));
    if !super::is_file(stat) {
        unfit("it is no regular file")
    } else if !super::is_ours(stat) {
        unfit("it belongs to another user")
    } else if stat.st_mode & 0o022 != 0 {
        unfit("others may write it")
    } else if stat.st_nlink != 1 {
        unfit("it has another name as well")
    } else if u64::try_from(stat.st_size).is_ok_and(|size| size > MOST) {
        unfit("it is too long")
    } else {
        Ok(())
    }
}

pub(super) fn decode(file_name: &OsStr, mut bytes: Vec<u8>) -> Result<Event, Error> {
    if bytes.len() as u64 > MOST {
        return Err(Error::Unfit("it is too long"));
    }
    let no_head = Error::Unfit("its first line is not a relay's");
    let Some(end) = bytes.iter().take(HEAD).position(|&byte| byte == b'\n') else { return Err(no_head) };
    let payload = bytes.split_off(end + 1);
    let event = match serde_json::from_slice(&bytes) {
        Ok(Head { v: VERSION, id, agent, at }) if event::is_id(id) => {
            Event { id: id.to_owned(), at, agent: agent.to_owned(), payload }
        }
        Ok(_) | Err(_) => return Err(no_head),
    };
    if file_name != name(&event).as_str() {
        return Err(Error::Unfit("its name is not that of the event in it"));
    }
    Ok(event)
}
