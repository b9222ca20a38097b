//! A shortcut for the whole desktop, such as `Ctrl+Alt+H`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Keys that bring the popup from everywhere. Never a key that a person types with: one of Ctrl, Alt and Super is in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Shortcut {
    modifiers: BTreeSet<Modifier>,
    key: Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Modifier {
    Ctrl,
    Alt,
    Shift,
    Super,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `A` to `Z` and `0` to `9`.
    Letter(char),
    /// 1 to 12.
    Function(u8),
    Space,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the shortcut {0:?}: it is Ctrl, Alt or Super, perhaps Shift, and a letter, a digit, F1 to F12 or Space")]
pub struct NoShortcut(String);

impl Modifier {
    const ALL: [Self; 4] = [Self::Ctrl, Self::Alt, Self::Shift, Self::Super];

    fn name(self) -> &'static str {
        match self {
            Self::Ctrl => "Ctrl",
            Self::Alt => "Alt",
            Self::Shift => "Shift",
            Self::Super => "Super",
        }
    }
}

impl Shortcut {
    pub fn modifiers(&self) -> impl Iterator<Item = Modifier> {
        self.modifiers.iter().copied()
    }

    pub fn key(&self) -> Key {
        self.key
    }
}

impl Key {
    fn of(word: &str) -> Option<Self> {
        if word == "Space" {
            return Some(Self::Space);
        }
        let mut letters = word.chars();
        match (letters.next()?, letters.as_str()) {
            (letter, "") if letter.is_ascii_uppercase() || letter.is_ascii_digit() => Some(Self::Letter(letter)),
            ('F', number) => number.parse().ok().filter(|number| (1..=12).contains(number)).map(Self::Function),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Letter(letter) => write!(f, "{letter}"),
            Self::Function(number) => write!(f, "F{number}"),
            Self::Space => f.write_str("Space"),
        }
    }
}

impl FromStr for Shortcut {
    type Err = NoShortcut;

    fn from_str(text: &str) -> Result<Self, NoShortcut> {
        let refused = || NoShortcut(text.to_owned());
        let (before, key) = text.rsplit_once('+').ok_or_else(refused)?;
        let modifier = |word: &str| Modifier::ALL.into_iter().find(|modifier| modifier.name() == word);
        let modifiers: BTreeSet<_> = before.split('+').map(modifier).collect::<Option<_>>().ok_or_else(refused)?;
        if modifiers.iter().all(|modifier| *modifier == Modifier::Shift) {
            return Err(refused());
        }
        Ok(Self { modifiers, key: Key::of(key).ok_or_else(refused)? })
    }
}

impl TryFrom<String> for Shortcut {
    type Error = NoShortcut;

    fn try_from(text: String) -> Result<Self, NoShortcut> {
        text.parse()
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for modifier in &self.modifiers {
            write!(f, "{}+", modifier.name())?;
        }
        write!(f, "{}", self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_in_one_order() {
        for (text, expected) in [
            ("Ctrl+Alt+H", "Ctrl+Alt+H"),
            ("Shift+Ctrl+1", "Ctrl+Shift+1"),
            ("Super+F12", "Super+F12"),
            ("Super+Alt+Space", "Alt+Super+Space"),
        ] {
            assert_eq!(text.parse::<Shortcut>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn keys_that_people_type_with_are_refused() {
        for text in
            ["", "A", "Shift+A", "+A", "Ctrl+", "Ctrl", "Ctrl+a", "Ctrl+Ä", "Ctrl+F13", "Ctrl+F", "Hyper+A", "Ctrl+F+1"]
        {
            let fine = text == "Ctrl+F";
            assert_eq!(text.parse::<Shortcut>().is_ok(), fine, "{text}");
        }
    }
}
