//! Hostile and ordinary texts, and the laws of cutting.

use std::time::Instant;

use proptest::prelude::*;

use super::character::{is_combining, is_default_ignorable, is_hidden};
use super::{Folded, Piece, lookalike, pieces, prose};

/// Marks as `[label]`, folds as `<count what>`, the rest as it is.
fn drawn(text: &str) -> String {
    let draw = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Mark { label, .. } => format!("[{label}]"),
        Piece::Fold { count, of: Folded::Blanks, .. } => format!("<{count} blanks>"),
        Piece::Fold { count, of: Folded::LineBreaks, .. } => format!("<{count} breaks>"),
    };
    pieces(text).iter().map(draw).collect()
}

/// Every piece of text is one that may be drawn, and together they are the text.
fn check_laws(text: &str) {
    let cut = pieces(text);
    let together: String = cut.iter().map(Piece::original).collect();
    assert_eq!(together, text);
    let mut after_text = false;
    for piece in &cut {
        assert_ne!(piece.original(), "", "an empty piece in {text:?}");
        match piece {
            Piece::Text(text) => {
                assert!(!after_text, "two texts in a row");
                assert!(!text.chars().any(is_hidden), "{text:?}");
                let mut stacked = 0;
                for c in text.chars() {
                    stacked = if is_combining(c) { stacked + 1 } else { 0 };
                    assert!(stacked <= 2, "{text:?}");
                }
            }
            Piece::Mark { label, name, .. } => {
                let seen = |text: &str| text.chars().all(|c| c == ' ' || c == '×' || c.is_ascii_graphic());
                assert!(!label.is_empty() && seen(label), "{label:?}");
                assert!(!name.is_empty() && seen(name), "{name:?}");
            }
            Piece::Fold { count, .. } => assert!(*count > 4),
        }
        after_text = matches!(piece, Piece::Text(_));
    }
}

fn check(cases: &[(&str, &str, &str)]) {
    for (name, text, expected) in cases {
        assert_eq!(drawn(text), *expected, "{name}");
        check_laws(text);
    }
}

#[test]
fn controls() {
    check(&[
        ("nul", "a\0b", "a[NUL]b"),
        ("bell", "a\x07", "a[BEL]"),
        ("backspace hides what is before it", "rm -rf /\x08\x08\x08", "rm -rf /[BS][BS][BS]"),
        ("carriage return overwrites the line", "rm -rf ~\rls", "rm -rf ~[CR]ls"),
        ("windows line ends", "a\r\nb", "a[CR]\nb"),
        ("two returns, one break", "a\r\r\nb", "a[CR][CR]\nb"),
        ("vertical tab", "a\x0Bb", "a[VT]b"),
        ("form feed", "a\x0Cb", "a[FF]b"),
        ("escape sequence clears", "\x1B[2Jls", "[ESC][2Jls"),
        ("colour", "\x1B[8msecret\x1B[0m", "[ESC][8msecret[ESC][0m"),
        ("title", "\x1B]0;ok\x07", "[ESC]]0;ok[BEL]"),
        ("hyperlink", "\x1B]8;;http://e\x1B\\x", "[ESC]]8;;http://e[ESC]\\x"),
        ("delete", "a\x7Fb", "a[DEL]b"),
        ("C1 sequence introducer", "a\u{9B}31mb", "a[CSI]31mb"),
        ("next line", "a\u{85}b", "a[NEL]b"),
        ("other C1", "a\u{90}b", "a[U+0090]b"),
        ("many of one kind are counted", "\x08\x08\x08\x08\x08", "[BS ×5]"),
        ("layout stays", "if x\n\tthen\n", "if x\n\tthen\n"),
    ]);
}

#[test]
fn direction() {
    check(&[
        ("override", "a\u{202E}fdp.exe", "a[U+202E]fdp.exe"),
        ("left-to-right override", "a\u{202D}b\u{202C}", "a[U+202D]b[U+202C]"),
        ("embedding", "\u{202A}a\u{202B}b", "[U+202A]a[U+202B]b"),
        ("isolates", "\u{2066}a\u{2067}b\u{2068}c\u{2069}", "[U+2066]a[U+2067]b[U+2068]c[U+2069]"),
        ("marks", "a\u{200E}\u{200F}\u{61C}b", "a[U+200E][U+200F][U+061C]b"),
        (
            "a comment that is none",
            "/*\u{202E} } \u{2066}if (admin)\u{2069}",
            "/*[U+202E] } [U+2066]if (admin)[U+2069]",
        ),
        ("Hebrew without controls", "שלום", "שלום"),
        ("Arabic without controls", "مرحبا", "مرحبا"),
    ]);
}

#[test]
fn unseen_characters() {
    check(&[
        ("zero-width space", "r\u{200B}m", "r[ZWSP]m"),
        ("joiners", "a\u{200C}b\u{200D}c", "a[ZWNJ]b[ZWJ]c"),
        ("word joiner", "a\u{2060}b", "a[WJ]b"),
        ("byte order mark", "\u{FEFF}ls", "[BOM]ls"),
        ("soft hyphen", "pass\u{AD}word", "pass[SHY]word"),
        ("grapheme joiner", "a\u{34F}b", "a[CGJ]b"),
        ("invisible times", "a\u{2062}b", "a[U+2062]b"),
        ("Hangul fillers", "\u{3164}\u{115F}\u{FFA0}", "[U+3164][U+115F][U+FFA0]"),
        ("empty Braille", "ls\u{2800}-l", "ls[U+2800]-l"),
        ("variation selectors", "a\u{FE0F}b\u{E0100}", "a[VS16]b[VS17]"),
        ("tags spell unseen", "hi\u{E0072}\u{E006D}\u{E0020}", "hi[TAG r][TAG m][U+E0020]"),
        ("deprecated format characters", "a\u{206A}b", "a[U+206A]b"),
        ("annotation", "a\u{FFF9}b\u{FFFA}c\u{FFFB}", "a[U+FFF9]b[U+FFFA]c[U+FFFB]"),
        ("object stand-in", "a\u{FFFC}", "a[U+FFFC]"),
        ("line and paragraph separators", "a\u{2028}b\u{2029}c", "a[U+2028]b[U+2029]c"),
        ("private use", "\u{E000}\u{F8FF}\u{10FFFD}", "[U+E000][U+F8FF][U+10FFFD]"),
        ("noncharacters", "\u{FFFF}\u{FDD0}\u{1FFFE}", "[U+FFFF][U+FDD0][U+1FFFE]"),
        ("unassigned", "\u{378}", "[U+0378]"),
        ("Khmer inherent vowel", "ក\u{17B4}", "ក[U+17B4]"),
        ("musical format", "\u{1D173}", "[U+1D173]"),
        ("a family is taken apart", "👩\u{200D}👧", "👩[ZWJ]👧"),
        ("a thousand at once", &"\u{200B}".repeat(1000), "[ZWSP ×1000]"),
        ("replacement character is seen", "a\u{FFFD}b", "a\u{FFFD}b"),
    ]);
}

#[test]
fn unusual_spaces() {
    check(&[
        ("no-break space", "rm\u{A0}-rf", "rm[NBSP]-rf"),
        ("em space", "a\u{2003}b", "a[U+2003]b"),
        ("narrow no-break space", "a\u{202F}b", "a[U+202F]b"),
        ("ideographic space", "你\u{3000}好", "你[U+3000]好"),
        ("Ogham", "a\u{1680}b", "a[U+1680]b"),
        ("they count as blanks", &format!("a{}b", " \u{A0}".repeat(13)), "a<26 blanks>b"),
    ]);
}

#[test]
fn combining_marks() {
    let pile = format!("Z{}", "\u{301}\u{302}".repeat(10));
    check(&[
        ("decomposed letter", "e\u{301}te\u{301}", "e\u{301}te\u{301}"),
        ("two on one", "e\u{302}\u{301}", "e\u{302}\u{301}"),
        ("third of a kind", "e\u{302}\u{302}\u{302}", "e\u{302}\u{302}[U+0302]"),
        ("pile", &pile[..9], "Z\u{301}\u{302}[U+0301][U+0302]"),
        ("on nothing", "\u{301}a", "[U+0301]a"),
        ("on a blank", "a \u{301}b", "a [U+0301]b"),
        ("on a mark", "a\u{200B}\u{301}", "a[ZWSP][U+0301]"),
        ("stroke through", "r\u{335}m", "r[U+0335]m"),
        ("stroke through a sign", "a =\u{338} b", "a =[U+0338] b"),
        ("a second dot on i", "i\u{307}d", "i[U+0307]d"),
        ("Hindi", "हिन्दी", "हिन्दी"),
        ("Thai", "ที่นี่", "ที่นี่"),
    ]);
}

#[test]
fn lookalike_letters() {
    check(&[
        ("Cyrillic a in a Latin word", "p\u{430}ypal", "p[U+0430]ypal"),
        ("a whole word", "раураl", "[U+0440][U+0430][U+0443][U+0440][U+0430]l"),
        ("a whole word without one Latin letter", "аррӏе", "[U+0430][U+0440][U+0440][U+04CF][U+0435]"),
        ("with digits", "сс1", "[U+0441][U+0441]1"),
        ("a command", "ѕudo", "[U+0455]udo"),
        ("Greek omicron", "g\u{3BF}\u{3BF}gle", "g[U+03BF][U+03BF]gle"),
        ("fullwidth", "ｒｍ -rf", "[U+FF52][U+FF4D] -rf"),
        ("mathematical", "𝐫𝐦 x", "[U+1D42B][U+1D426] x"),
        ("dotless i", "g\u{131}thub", "g[U+0131]thub"),
        ("Latin alpha", "p\u{251}ss", "p[U+0251]ss"),
        ("beside a letter with an accent", "éа", "é[U+0430]"),
        ("ligature", "ﬁnd", "[U+FB01]nd"),
        ("Cherokee", "ᎻᎢᎢᏢ", "[U+13BB][U+13A2][U+13A2][U+13E2]"),
        ("Arabic digit in a number", "chmod 7\u{665}", "chmod 7[U+0665]"),
        ("in a path", "/home/аdа/x", "/home/[U+0430]d[U+0430]/x"),
        ("letter that looks like a slash", "x ノ y", "x [U+30CE] y"),
        ("many of one kind", "xаааа", "x[U+0430 ×4]"),
        ("Russian", "Привет, как дела? Спасибо!", "Привет, как дела? Спасибо!"),
        ("a Russian word that reads as ASCII", "вот хор", "вот [U+0445][U+043E][U+0440]"),
        ("Russian file", "рисунок.png", "рисунок.png"),
        ("Greek", "Καλημέρα κόσμε", "Καλημέρα κόσμε"),
        ("accents", "Müller déjà-vu señor Ångström łódź", "Müller déjà-vu señor Ångström łódź"),
        ("ligatures that are letters", "læse œuvre", "læse œuvre"),
        ("Chinese", "你好，世界！（测试）", "你好，世界！（测试）"),
        ("Japanese", "ノートを保存する。", "ノートを保存する。"),
        ("Korean", "안녕하세요", "안녕하세요"),
        ("emoji", "done ✅🎉", "done ✅🎉"),
    ]);
}

#[test]
fn lookalike_signs() {
    check(&[
        ("en dash for an option", "git push –dry-run", "git push [U+2013]dry-run"),
        ("em dash for an option", "git push —dry-run", "git push [U+2014]dry-run"),
        ("minus", "rm −rf", "rm [U+2212]rf"),
        ("quotes that do not quote", "echo ’$(rm x)’", "echo [U+2019]$(rm x)[U+2019]"),
        ("double quotes that do not", "echo “a; b”", "echo [U+201C]a; b[U+201D]"),
        ("modifier apostrophe", "echo ʼ$(x)ʼ", "echo [U+02BC]$(x)[U+02BC]"),
        ("apostrophe at a foreign word", "echo пʼ $(x) ʼп", "echo п[U+02BC] $(x) [U+02BC]п"),
        ("slashes", "https:⁄⁄e∕x", "https:[U+2044][U+2044]e[U+2215]x"),
        ("wide semicolon", "ls；rm", "ls[U+FF1B]rm"),
        ("wide comment sign", "echo 好 ＃好", "echo 好 [U+FF03]好"),
        ("wide per cent", "date +％s", "date +[U+FF05]s"),
        ("wide comma next to ASCII", "你好，world", "你好[U+FF0C]world"),
        ("Greek question mark", "a\u{37E}b", "a[U+037E]b"),
        ("one dot leader", "rm \u{2024}\u{2024}/", "rm [U+2024][U+2024]/"),
        ("exclamation letter", "a\u{1C3}", "a[U+01C3]"),
        ("other signs are themselves", "→ • § € ° 「」 。", "→ • § € ° 「」 。"),
    ]);
}

#[test]
fn signs_in_words_for_people_stay_and_tricks_do_not() {
    assert_eq!(prose("It’s “done” …"), [Piece::Text("It’s “done” …".to_owned())]);
    assert!(pieces("It’s").len() > 1);
    for trick in ["a\u{202E}b", "a\u{200B}b", "p\u{430}ypal"] {
        assert!(prose(trick).iter().any(|piece| matches!(piece, Piece::Mark { .. })), "{trick:?}");
    }
}

#[test]
fn long_runs() {
    let blanks = |count| " ".repeat(count);
    check(&[
        ("24 blanks are drawn", &format!("a{}b", blanks(24)), &format!("a{}b", blanks(24))),
        ("25 are not", &format!("a{}b", blanks(25)), "a<25 blanks>b"),
        ("far to the right", &format!("ls{};rm x", blanks(4000)), "ls<4000 blanks>;rm x"),
        ("tabs", &format!("a{}b", "\t".repeat(30)), "a<30 blanks>b"),
        ("tabs and blanks", &format!("a{}b", " \t".repeat(20)), "a<40 blanks>b"),
        ("8 at the end of a line", &format!("a{}\nb", blanks(8)), &format!("a{}\nb", blanks(8))),
        ("9 at the end of a line", &format!("a{}\nb", blanks(9)), "a<9 blanks>\nb"),
        ("9 at the end of a windows line", &format!("a{}\r\nb", blanks(9)), "a<9 blanks>[CR]\nb"),
        ("9 at the end of all", &format!("a{}", blanks(9)), "a<9 blanks>"),
        ("4 line breaks", "a\n\n\n\nb", "a\n\n\n\nb"),
        ("5 line breaks", "a\n\n\n\n\nb", "a<5 breaks>b"),
        ("far below", &format!("ls{}rm x", "\n".repeat(500)), "ls<500 breaks>rm x"),
        ("lines of blanks", &format!("a{}  b", "\n \t".repeat(9)), "a<9 breaks> \t  b"),
        ("windows lines", &format!("a{}b", "\r\n".repeat(6)), "a<6 breaks>b"),
        ("blanks before, breaks after", &format!("a{}\n\n\n\n\nb", blanks(30)), "a<30 blanks><5 breaks>b"),
        ("only blanks", &blanks(100), "<100 blanks>"),
        ("only breaks", "\n\n\n\n\n\n", "<6 breaks>"),
        ("nothing", "", ""),
    ]);
}

#[test]
fn names_say_what_a_mark_is() {
    for (text, expected) in [
        ("\x1B", "escape"),
        ("\u{202E}", "right-to-left override"),
        ("\u{200B}", "zero-width space"),
        ("\u{A0}", "no-break space"),
        ("\u{81}", "control character"),
        ("\u{110BD}", "format character"),
        ("\u{E000}", "private use character"),
        ("\u{378}", "unassigned character"),
        ("\u{FFFE}", "noncharacter"),
        ("\u{301}", "combining mark"),
        ("\u{E0072}", "tag character for r"),
        ("\u{430}", "Cyrillic letter that looks like a"),
        ("\u{3BF}", "Greek letter that looks like o"),
        ("ｍ", "fullwidth character that looks like m"),
        ("𝟏", "mathematical number that looks like 1"),
        ("\u{2013}", "character that looks like -"),
        ("’", "character that looks like '"),
    ] {
        let [Piece::Mark { name, .. }] = &pieces(text)[..] else { panic!("{text:?} is one mark") };
        assert_eq!(name, expected);
    }
}

#[test]
fn a_fold_keeps_its_run() {
    let run = " ".repeat(30);
    let fold = Piece::Fold { text: run.clone(), count: 30, of: Folded::Blanks };
    assert_eq!(pieces(&format!("a{run}b")), [Piece::Text("a".into()), fold, Piece::Text("b".into())]);
}

#[test]
fn the_table_of_ignorable_characters_is_unicodes() {
    for c in '\0'..=char::MAX {
        let ignored = unicode_security::skeleton(c.encode_utf8(&mut [0; 4])).next().is_none();
        assert_eq!(is_default_ignorable(c), ignored, "U+{:04X}", c as u32);
    }
}

#[test]
fn every_character_alone_and_in_a_word() {
    for c in '\0'..=char::MAX {
        check_laws(c.encode_utf8(&mut [0; 4]));
        let word = format!("a{c}b");
        check_laws(&word);
        let shown = pieces(&word) == [Piece::Text(word.clone())];
        assert!(!(shown && lookalike::reads_as_ascii(c)), "U+{:04X}", c as u32);
    }
}

#[test]
fn time_grows_with_length_only() {
    // Unoptimised code is some ten times slower.
    let size = if cfg!(debug_assertions) { 1 << 20 } else { 16 << 20 };
    let hostile = [
        "plain words and more\n",
        " ",
        "\n",
        "\r\n",
        " \n",
        "\n        \n                    x",
        "\u{301}",
        "a\u{301}\u{301}\u{301}",
        "\u{200B}",
        "\u{200B}\u{200C}",
        "а",
        "аa",
        "你好",
        "é",
        "\u{A0}\u{2003}",
        "“’",
        "𝐚𝐛",
        "\u{E0041}\u{E0042}",
    ];
    for part in hostile {
        let text = part.repeat(size / part.len());
        let start = Instant::now();
        let cut = pieces(&text);
        println!("{part:?}: {} pieces in {:?}", cut.len(), start.elapsed());
        assert_eq!(cut.iter().map(|piece| piece.original().len()).sum::<usize>(), text.len());
    }
}

fn hostile_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<char>().prop_map(String::from),
        proptest::sample::select(vec![
            "\r", "\n", "\r\n", "\t", " ", "\u{A0}", "\u{200B}", "\u{301}", "\u{307}", "а", "a", "i", "ノ", "；"
        ])
        .prop_map(str::to_owned),
        (proptest::sample::select(vec![" ", "\n", "\r\n", " \n", "\u{3000}", "\u{301}", "\x1B"]), 0..40_usize)
            .prop_map(|(part, count)| part.repeat(count)),
        "[a-z ]{0,12}",
    ];
    proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_hidden(text in hostile_text()) {
        check_laws(&text);
    }
}
