//! Places in a text: bytes here, UTF-16 code units in the window.

use config::Replace;

use crate::dto::TextChange;

/// Counts in one text.
pub(super) struct Places<'a> {
    text: &'a str,
    /// Behind each character that has another length in UTF-16 than in bytes: where that is, in both.
    behind: Vec<(usize, usize)>,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut behind = Vec::new();
        for (at, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
            let (byte, unit) = behind.last().copied().unwrap_or_default();
            behind.push((at + c.len_utf8(), unit + (at - byte) + c.len_utf16()));
        }
        Self { text, behind }
    }

    /// A place in bytes as the window counts it.
    pub(super) fn unit(&self, byte: usize) -> u32 {
        let byte = self.text.floor_char_boundary(byte);
        let next = self.behind.partition_point(|(at, _)| *at <= byte);
        let (at, unit) = next.checked_sub(1).map(|last| self.behind[last]).unwrap_or_default();
        u32::try_from(unit + (byte - at)).unwrap_or(u32::MAX)
    }

    pub(super) fn change(&self, Replace { range, with }: &Replace) -> TextChange {
        TextChange { from: self.unit(range.start), to: self.unit(range.end), insert: with.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_utf_16_does() {
        for text in ["", "plain", "é", "aé𐍈b日本c", "𐍈𐍈"] {
            let places = Places::of(text);
            for (byte, _) in text.char_indices().chain([(text.len(), ' ')]) {
                assert_eq!(places.unit(byte) as usize, text[..byte].encode_utf16().count(), "{text} {byte}");
            }
        }
    }
}
