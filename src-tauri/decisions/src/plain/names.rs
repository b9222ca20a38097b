//! Labels and plain names of characters that are drawn as marks.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::character::is_combining;

/// The C0 controls from U+0000 on.
const C0: [(&str, &str); 32] = [
    ("NUL", "null"),
    ("SOH", "start of heading"),
    ("STX", "start of text"),
    ("ETX", "end of text"),
    ("EOT", "end of transmission"),
    ("ENQ", "enquiry"),
    ("ACK", "acknowledge"),
    ("BEL", "bell"),
    ("BS", "backspace"),
    ("TAB", "tab"),
    ("LF", "line feed"),
    ("VT", "vertical tab"),
    ("FF", "form feed"),
    ("CR", "carriage return"),
    ("SO", "shift out"),
    ("SI", "shift in"),
    ("DLE", "data link escape"),
    ("DC1", "device control one"),
    ("DC2", "device control two"),
    ("DC3", "device control three"),
    ("DC4", "device control four"),
    ("NAK", "negative acknowledge"),
    ("SYN", "synchronous idle"),
    ("ETB", "end of transmission block"),
    ("CAN", "cancel"),
    ("EM", "end of medium"),
    ("SUB", "substitute"),
    ("ESC", "escape"),
    ("FS", "file separator"),
    ("GS", "group separator"),
    ("RS", "record separator"),
    ("US", "unit separator"),
];

/// The label that is drawn: a well-known short name, or the code.
pub(super) fn label(c: char) -> String {
    if let Some((label, _)) = C0.get(c as usize) {
        return (*label).to_owned();
    }
    let short = match c {
        '\u{7F}' => "DEL",
        '\u{85}' => "NEL",
        '\u{9B}' => "CSI",
        '\u{9D}' => "OSC",
        '\u{A0}' => "NBSP",
        '\u{AD}' => "SHY",
        '\u{34F}' => "CGJ",
        '\u{200B}' => "ZWSP",
        '\u{200C}' => "ZWNJ",
        '\u{200D}' => "ZWJ",
        '\u{2060}' => "WJ",
        '\u{FEFF}' => "BOM",
        '\u{FE00}'..='\u{FE0F}' => return format!("VS{}", c as u32 - 0xFE00 + 1),
        '\u{E0100}'..='\u{E01EF}' => return format!("VS{}", c as u32 - 0xE0100 + 17),
        '\u{E0021}'..='\u{E007E}' => return format!("TAG {}", tagged(c)),
        _ => return code(c),
    };
    short.to_owned()
}

/// The code, as in `U+202E`.
pub(super) fn code(c: char) -> String {
    format!("U+{:04X}", c as u32)
}

/// What the character is, in plain English.
pub(super) fn name(c: char) -> String {
    if let Some((_, name)) = C0.get(c as usize) {
        return (*name).to_owned();
    }
    let name = match c {
        '\u{7F}' => "delete",
        '\u{85}' => "next line",
        '\u{9B}' => "control sequence introducer",
        '\u{9D}' => "operating system command",
        '\u{A0}' => "no-break space",
        '\u{AD}' => "soft hyphen",
        '\u{34F}' => "combining grapheme joiner",
        '\u{61C}' => "Arabic letter mark",
        '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' => "Hangul filler",
        '\u{1680}' => "Ogham space mark",
        '\u{180E}' => "Mongolian vowel separator",
        '\u{2000}' | '\u{2002}' => "en space",
        '\u{2001}' | '\u{2003}' => "em space",
        '\u{2004}' => "three-per-em space",
        '\u{2005}' => "four-per-em space",
        '\u{2006}' => "six-per-em space",
        '\u{2007}' => "figure space",
        '\u{2008}' => "punctuation space",
        '\u{2009}' => "thin space",
        '\u{200A}' => "hair space",
        '\u{200B}' => "zero-width space",
        '\u{200C}' => "zero-width non-joiner",
        '\u{200D}' => "zero-width joiner",
        '\u{200E}' => "left-to-right mark",
        '\u{200F}' => "right-to-left mark",
        '\u{2028}' => "line separator",
        '\u{2029}' => "paragraph separator",
        '\u{202A}' => "left-to-right embedding",
        '\u{202B}' => "right-to-left embedding",
        '\u{202C}' => "end of directional formatting",
        '\u{202D}' => "left-to-right override",
        '\u{202E}' => "right-to-left override",
        '\u{202F}' => "narrow no-break space",
        '\u{205F}' => "medium mathematical space",
        '\u{2060}' => "word joiner",
        '\u{2061}'..='\u{2064}' => "invisible operator",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "end of directional isolate",
        '\u{2800}' => "empty Braille pattern",
        '\u{3000}' => "ideographic space",
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => "variation selector",
        '\u{FEFF}' => "byte order mark, zero-width no-break space",
        '\u{FFF9}'..='\u{FFFB}' => "interlinear annotation",
        '\u{FFFC}' => "stand-in for an object",
        '\u{E0001}' | '\u{E007F}' => "tag character",
        '\u{E0020}' => "tag character for a space",
        '\u{E0021}'..='\u{E007E}' => return format!("tag character for {}", tagged(c)),
        c if is_combining(c) => "combining mark",
        c if is_noncharacter(c) => "noncharacter",
        c => by_category(c.general_category()),
    };
    name.to_owned()
}

fn by_category(category: GeneralCategory) -> &'static str {
    match category {
        GeneralCategory::Control => "control character",
        GeneralCategory::Format => "format character",
        GeneralCategory::PrivateUse => "private use character",
        GeneralCategory::Unassigned | GeneralCategory::Surrogate => "unassigned character",
        GeneralCategory::SpaceSeparator => "unusual space",
        _ => "character that draws nothing",
    }
}

/// The ASCII character that a tag character repeats unseen.
fn tagged(c: char) -> char {
    char::from_u32(c as u32 - 0xE0000).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || c as u32 & 0xFFFE == 0xFFFE
}
