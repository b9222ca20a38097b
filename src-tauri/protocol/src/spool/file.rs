//! One event as a file: a line of JSON that says what it is, then the payload as it came.

use std::ffi::OsStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Event, LIMIT, event, folder};

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

pub(super) fn name(event: &Event) -> String {
    folder::name(event.at, &event.id, "event")
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
