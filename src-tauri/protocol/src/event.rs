//! One hook event on its way: to the app, or into the spool.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::rand::{GetRandomFlags, getrandom};

/// What a relay carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// From [`new_id`]. Makes storing the event twice harmless.
    pub id: String,
    /// When it was, in milliseconds since the Unix epoch.
    pub at: i64,
    pub agent: String,
    /// As the agent wrote it.
    pub payload: Vec<u8>,
}

impl Event {
    /// An event that happens now.
    pub fn now(agent: &str, payload: Vec<u8>) -> io::Result<Self> {
        Ok(Self { id: new_id()?, at: now(), agent: agent.to_owned(), payload })
    }
}

/// In milliseconds since the Unix epoch.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// 128 random bits as 32 lowercase hexadecimal digits.
pub fn new_id() -> io::Result<String> {
    let mut bytes = [0_u8; 16];
    // Up to 256 bytes come whole.
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// Whether [`new_id`] could have made this.
pub fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ids_and_differ() {
        let (one, other) = (new_id().unwrap(), new_id().unwrap());
        assert!(is_id(&one) && is_id(&other));
        assert_ne!(one, other);
        for odd in ["", "0", &one[1..], &one.replace(&one[..1], "G"), &format!("{one}0"), &"A".repeat(32)] {
            assert!(!is_id(odd), "{odd:?}");
        }
    }
}
