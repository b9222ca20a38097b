//! Frames: `[u32 length, big-endian][u8 kind][body]`; the length counts kind and body.

use serde::{Deserialize, Serialize};

use crate::Error;

/// Changes whenever an older side would misread a newer one.
pub const VERSION: u16 = 1;

/// The longest frame, kind and body together, in bytes.
pub const LIMIT: usize = 16 * 1024 * 1024;

/// Length and kind.
pub const HEADER: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// First frame of a relay: who asks.
    Hello(Hello),
    /// Second frame of a relay: the agent's payload, as it came.
    Payload(Vec<u8>),
    /// The app has the payload. Only now may the relay wait for a person.
    Accepted(Accepted),
    /// The app will not answer.
    Refused(Refused),
    /// What goes to the agent's side of stdout; empty means no decision.
    Reply(Vec<u8>),
    /// The reply was written to the agent.
    Taken,
    /// A second instance of the app asks the first one to show a window.
    Show(Window),
}

/// The windows that a second instance can bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    Main,
    Popup,
}

/// The body of a frame that asks for the popup; an empty one asks for the main window.
const POPUP: &[u8] = b"popup";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol: u16,
    pub agent: String,
    /// Version of the program that speaks, for the log.
    pub version: String,
    /// What the relay calls this event ([`crate::event::new_id`]). Relays before 0.2 gave none.
    #[serde(default)]
    pub event: Option<String>,
    /// When it was, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub protocol: u16,
    /// The app answers within this many milliseconds. A relay that hears nothing for noticeably longer gives up.
    pub answer_within_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub reason: String,
}

/// Kind and length of a body, read from a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub kind: u8,
    pub body: usize,
}

impl Header {
    pub fn decode(bytes: [u8; HEADER]) -> Result<Self, Error> {
        let [a, b, c, d, kind] = bytes;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if length > LIMIT {
            return Err(Error::TooLong(length as u64));
        }
        let body = length.checked_sub(1).ok_or(Error::Empty)?;
        if !(1..=7).contains(&kind) {
            return Err(Error::UnknownKind(kind));
        }
        Ok(Self { kind, body })
    }
}

impl Frame {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Payload(_) => "payload",
            Self::Accepted(_) => "accepted",
            Self::Refused(_) => "refused",
            Self::Reply(_) => "reply",
            Self::Taken => "taken",
            Self::Show(_) => "show",
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Hello(_) => 1,
            Self::Payload(_) => 2,
            Self::Accepted(_) => 3,
            Self::Refused(_) => 4,
            Self::Reply(_) => 5,
            Self::Taken => 6,
            Self::Show(_) => 7,
        }
    }

    /// Appends the frame to `out`; `out` is unchanged on error.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = out.len();
        out.extend([0, 0, 0, 0, self.kind()]);
        let body = match self {
            Self::Hello(hello) => serde_json::to_writer(&mut *out, hello),
            Self::Accepted(accepted) => serde_json::to_writer(&mut *out, accepted),
            Self::Refused(refused) => serde_json::to_writer(&mut *out, refused),
            Self::Payload(bytes) | Self::Reply(bytes) => {
                out.extend_from_slice(bytes);
                Ok(())
            }
            Self::Show(Window::Popup) => {
                out.extend_from_slice(POPUP);
                Ok(())
            }
            Self::Taken | Self::Show(Window::Main) => Ok(()),
        };
        let length = out.len() - start - 4;
        if let Err(error) = body {
            out.truncate(start);
            return Err(error.into());
        }
        if length > LIMIT {
            out.truncate(start);
            return Err(Error::TooLong(length as u64));
        }
        let length = u32::try_from(length).expect("the limit fits");
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        Ok(())
    }

    pub fn decode(kind: u8, body: Vec<u8>) -> Result<Self, Error> {
        Ok(match kind {
            1 => Self::Hello(serde_json::from_slice(&body)?),
            2 => Self::Payload(body),
            3 => Self::Accepted(serde_json::from_slice(&body)?),
            4 => Self::Refused(serde_json::from_slice(&body)?),
            5 => Self::Reply(body),
            6 if body.is_empty() => Self::Taken,
            7 if body.is_empty() => Self::Show(Window::Main),
            7 if body == POPUP => Self::Show(Window::Popup),
            other => return Err(Error::UnknownKind(other)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames() -> impl Strategy<Value = Frame> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..2000);
        prop_oneof![
            (any::<u16>(), ".*", ".*", any::<Option<String>>(), any::<Option<i64>>()).prop_map(
                |(protocol, agent, version, event, at)| Frame::Hello(Hello { protocol, agent, version, event, at })
            ),
            bytes().prop_map(Frame::Payload),
            (any::<u16>(), any::<u64>())
                .prop_map(|(protocol, answer_within_ms)| Frame::Accepted(Accepted { protocol, answer_within_ms })),
            ".*".prop_map(|reason| Frame::Refused(Refused { reason })),
            bytes().prop_map(Frame::Reply),
            Just(Frame::Taken),
            Just(Frame::Show(Window::Main)),
            Just(Frame::Show(Window::Popup)),
        ]
    }

    fn decode(bytes: &[u8]) -> Result<Frame, Error> {
        let header = Header::decode(bytes[..HEADER].try_into().unwrap())?;
        assert_eq!(header.body, bytes.len() - HEADER);
        Frame::decode(header.kind, bytes[HEADER..].to_vec())
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(frame in frames()) {
            let mut bytes = Vec::new();
            frame.encode(&mut bytes).unwrap();
            prop_assert_eq!(decode(&bytes).unwrap(), frame);
        }

        #[test]
        fn any_header_is_an_error_or_within_the_limit(bytes in any::<[u8; HEADER]>()) {
            if let Ok(header) = Header::decode(bytes) {
                prop_assert!(header.body < LIMIT);
            }
        }
    }

    #[test]
    fn a_hello_of_an_older_relay_is_understood() {
        let old = br#"{"protocol":1,"agent":"codex","version":"0.1.0"}"#.to_vec();
        let Frame::Hello(hello) = Frame::decode(1, old).unwrap() else { panic!("it is a hello") };
        assert_eq!((hello.event, hello.at), (None, None));
    }

    #[test]
    fn a_frame_over_the_limit_is_refused_and_leaves_nothing() {
        let mut out = vec![1];
        let error = Frame::Payload(vec![0; LIMIT]).encode(&mut out).unwrap_err();
        assert!(matches!(error, Error::TooLong(length) if length == LIMIT as u64 + 1));
        assert_eq!(out, [1]);
        Frame::Payload(vec![0; LIMIT - 1]).encode(&mut out).unwrap();
    }
}
