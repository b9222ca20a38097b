//! The digest that joins a decision to what was shown.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 over what a card shows, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Digest(String);

impl Digest {
    pub fn of(shown: &[u8]) -> Self {
        Self(Sha256::digest(shown).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// A digest as somebody else names it. It only ever gets compared.
    pub fn claimed(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sha_256() {
        assert_eq!(Digest::of(b"abc").to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
