//! Which key of the display gives which letter.

use anyhow::{Context, Result};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::ConnectionExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A small letter, a digit or a blank.
    Letter(char),
    Enter,
    Escape,
    Tab,
    Up,
    Down,
    Left,
    Right,
    Control,
    Alt,
}

impl Key {
    fn symbol(self) -> u32 {
        match self {
            Self::Letter(letter) => letter.into(),
            Self::Enter => 0xff0d,
            Self::Escape => 0xff1b,
            Self::Tab => 0xff09,
            Self::Up => 0xff52,
            Self::Down => 0xff54,
            Self::Left => 0xff51,
            Self::Right => 0xff53,
            Self::Control => 0xffe3,
            Self::Alt => 0xffe9,
        }
    }
}

pub(crate) struct Keyboard {
    first: u8,
    /// The symbol of each key without modifiers, from `first` on.
    symbols: Vec<u32>,
}

impl Keyboard {
    pub(crate) fn of(connection: &impl Connection) -> Result<Self> {
        let (first, last) = (connection.setup().min_keycode, connection.setup().max_keycode);
        let mapping = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        let symbols = mapping.keysyms.chunks(mapping.keysyms_per_keycode.into()).map(|key| key[0]).collect();
        Ok(Self { first, symbols })
    }

    pub(crate) fn code(&self, key: Key) -> Result<u8> {
        let place = self.symbols.iter().position(|&symbol| symbol == key.symbol());
        let place = place.with_context(|| format!("the keyboard has {key:?}"))?;
        Ok(self.first + u8::try_from(place)?)
    }

    /// The letter of a key, `?` for one that gives none.
    pub(crate) fn letter(&self, code: u8) -> char {
        let symbol = self.symbols.get(usize::from(code - self.first)).copied().unwrap_or_default();
        char::from_u32(symbol).filter(|letter| letter.is_ascii_graphic() || *letter == ' ').unwrap_or('?')
    }
}
