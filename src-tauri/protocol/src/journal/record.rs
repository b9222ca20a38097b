//! The records of a journal, framed as [`crate::frame`] is: `[u32 length, big-endian][u8 kind][body]`.

use serde::Serialize;

use super::{End, Start, Stream};

/// Length and kind.
pub(super) const HEADER: usize = 5;

const START: u8 = 1;
const END: u8 = 5;

/// What a journal is made of. `Start` comes first, `End` last.
#[derive(Debug)]
pub(super) enum Record<'a> {
    Start(Start),
    Piece(Stream, &'a [u8]),
    End(End),
}

pub(super) fn start(out: &mut Vec<u8>, start: &Start) {
    json(out, START, start);
}

pub(super) fn end(out: &mut Vec<u8>, end: &End) {
    json(out, END, end);
}

/// Appends bytes of a stream.
pub(super) fn piece(out: &mut Vec<u8>, stream: Stream, bytes: &[u8]) {
    framed(out, stream as u8 + 2, |out| out.extend_from_slice(bytes));
}

fn json(out: &mut Vec<u8>, kind: u8, value: &impl Serialize) {
    framed(out, kind, |out| serde_json::to_writer(out, value).expect("strings and numbers always serialise"));
}

fn framed(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0, 0, 0, 0, kind]);
    body(out);
    let length = u32::try_from(out.len() - at - 4).expect("records are far shorter");
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
}

/// The first record of `bytes`, and what is behind it. `None`: there is no whole and sound one.
pub(super) fn first(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let length = u32::from_be_bytes(header[..4].try_into().expect("four bytes")) as usize;
    let (body, rest) = rest.split_at_checked(length.checked_sub(1)?)?;
    let record = match header[4] {
        START => Record::Start(serde_json::from_slice(body).ok()?),
        2 => Record::Piece(Stream::Input, body),
        3 => Record::Piece(Stream::Stdout, body),
        4 => Record::Piece(Stream::Stderr, body),
        END => Record::End(serde_json::from_slice(body).ok()?),
        _ => return None,
    };
    Some((record, rest))
}
