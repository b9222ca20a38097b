//! Which Codex it is.

use std::fmt;

/// A version as Codex writes it, such as `0.169.0` or `0.170.0-alpha.2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Of a user agent such as `hookwright/0.169.0 (Debian 12.0.0; x86_64) …`.
    pub(crate) fn of_user_agent(text: &str) -> Option<Self> {
        let (_, after) = text.split_once('/')?;
        Self::new(after.split_whitespace().next()?)
    }

    /// Of a line such as `codex-cli 0.169.0`.
    pub(crate) fn last_word(line: &str) -> Option<Self> {
        Self::new(line.split_whitespace().next_back()?)
    }

    fn new(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
        let is_version = text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('.');
        (is_version && text.len() <= 64 && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_version_is_one() {
        let version = |text: &str| Some(Version(text.to_owned()));
        let agents = [
            ("hook-harness/0.169.0 (Debian 12.0.0; x86_64) unknown (hook-harness; 0)", version("0.169.0")),
            ("x/0.170.0-alpha.2", version("0.170.0-alpha.2")),
            ("codex", None),
            ("codex/", None),
            ("codex/next (1.0)", None),
            ("codex/1", None),
            ("codex/1.0;rm", None),
        ];
        for (text, expected) in agents {
            assert_eq!(Version::of_user_agent(text), expected, "{text}");
        }
        assert_eq!(Version::last_word("codex-cli 0.169.0\n"), version("0.169.0"));
        assert_eq!(Version::last_word(""), None);
    }
}
