//! Which characters cannot be seen, or do more than be seen. The tables of Unicode 18.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// A space or tab, or one of the unusual spaces.
pub(super) fn is_blank(c: char) -> bool {
    match c {
        ' ' | '\t' => true,
        c if c.is_ascii() => false,
        c => c.general_category() == GeneralCategory::SpaceSeparator,
    }
}

/// Whether `c` must never be drawn as it is: controls, format characters, unusual spaces, private and unassigned characters,
/// and what draws nothing. Line feed and tab are layout.
pub(crate) fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && c != '\n' && c != '\t';
    }
    let unseen = matches!(c.general_category_group(), GeneralCategoryGroup::Other | GeneralCategoryGroup::Separator);
    unseen || is_default_ignorable(c) || is_empty_symbol(c)
}

/// Unicode's `Default_Ignorable_Code_Point`: a font without a picture for it draws nothing.
pub(super) fn is_default_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Symbols and letters whose picture is empty, and the stand-in for an embedded object.
fn is_empty_symbol(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{FFFC}' | '\u{13441}' | '\u{13442}' | '\u{16FE4}' | '\u{1D159}')
}

/// A mark that is drawn on the character before it.
pub(super) fn is_combining(c: char) -> bool {
    !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Mark
}

/// A combining stroke through a letter: it makes another character of it, or none that can be read.
pub(super) fn is_overlay(c: char) -> bool {
    matches!(c, '\u{334}'..='\u{338}' | '\u{20D2}' | '\u{20D3}' | '\u{20D8}'..='\u{20DA}' | '\u{20E5}' | '\u{20E6}' | '\u{20EA}' | '\u{20EB}')
}
