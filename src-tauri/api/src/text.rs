//! The message catalogue: everything a person reads outside the pages. The pages read the same files.

use std::collections::HashMap;
use std::env;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use config::discover::{Part, Words};

use crate::card;
use crate::dto::{Language, Piece};

type Catalogue = LazyLock<HashMap<String, String>>;

static ENGLISH: Catalogue = LazyLock::new(|| parsed(include_str!("../../../ui/src/messages/en.json")));
static CHINESE: Catalogue = LazyLock::new(|| parsed(include_str!("../../../ui/src/messages/zh-CN.json")));

/// How what is said of hook files in English is said in Chinese.
static CHINESE_FINDINGS: Catalogue =
    LazyLock::new(|| parsed(include_str!("../../../ui/src/messages/diagnostics.zh-CN.json")));

/// The language of the whole process: a tray and its menu speak one language.
static SPEAKS_CHINESE: AtomicBool = AtomicBool::new(false);

fn parsed(catalogue: &str) -> HashMap<String, String> {
    serde_json::from_str(catalogue).expect("the catalogue is tested")
}

/// From now on every text is in this language.
pub fn speak(language: Language) {
    SPEAKS_CHINESE.store(language == Language::SimplifiedChinese, Ordering::Relaxed);
}

/// The language of the desktop, where we have it; English otherwise.
pub fn of_system() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| env::var(name).ok());
    of_locale(&set.into_iter().find(|value| !value.is_empty()).unwrap_or_default())
}

fn of_locale(locale: &str) -> Language {
    match locale.split(['.', '@']).next() {
        Some("zh" | "zh_CN" | "zh_SG") => Language::SimplifiedChinese,
        _ => Language::English,
    }
}

/// The text of `key` with every `{name}` replaced. A missing key shows itself; a test finds it before.
pub fn text(key: &str, values: &[(&str, &str)]) -> String {
    let catalogue = if SPEAKS_CHINESE.load(Ordering::Relaxed) { &CHINESE } else { &ENGLISH };
    let mut text = catalogue.get(key).cloned().unwrap_or_else(|| key.to_owned());
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// What is said of a hook file, in the language that is spoken. An agent's own words stay as they are.
pub(crate) fn finding(words: &Words) -> String {
    words.said(&spoken)
}

/// The same for a person to read. Only what others say may hide something: our own words are drawn as they are.
pub(crate) fn finding_pieces(words: &Words) -> Vec<Piece> {
    drawn(words, &spoken)
}

fn drawn(words: &Words, template: &impl Fn(&str) -> Option<&'static str>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in words.parts(template) {
        let more = match part {
            Part::Said(text) => vec![Piece::Text { text: text.to_owned() }],
            Part::Told(text) => card::pieces(text),
        };
        for piece in more {
            match (pieces.last_mut(), piece) {
                (Some(Piece::Text { text }), Piece::Text { text: more }) => text.push_str(&more),
                (_, piece) => pieces.push(piece),
            }
        }
    }
    pieces
}

fn spoken(english: &str) -> Option<&'static str> {
    SPEAKS_CHINESE.load(Ordering::Relaxed).then(|| in_chinese(english))?
}

fn in_chinese(english: &str) -> Option<&'static str> {
    CHINESE_FINDINGS.get(english).map(String::as_str)
}

/// [`text`] of `<key>.one` or `<key>.other`, with `{n}`.
pub fn counted(key: &str, n: usize) -> String {
    let form = if n == 1 { "one" } else { "other" };
    text(&format!("{key}.{form}"), &[("n", &n.to_string())])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use config::discover::{self, Machine};

    use super::*;

    fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rust_files(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }

    /// What stands in `source` as the first argument of calls that begin with `call`.
    fn arguments<'s>(source: &'s str, call: &str) -> Vec<&'s str> {
        source.split(call).skip(1).filter_map(|rest| rest.split_once('"')).map(|(key, _)| key).collect()
    }

    #[test]
    fn every_key_that_the_program_uses_is_in_the_catalogue() {
        let mut files = Vec::new();
        for folder in ["src", "../src", "../cli/src"] {
            rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
        }
        let mut keys = Vec::new();
        for file in files.iter().filter(|file| !file.ends_with("text.rs")) {
            let source = fs::read_to_string(file).unwrap();
            let own = |key: &&str| !key.contains('{');
            keys.extend(arguments(&source, "text(\"").into_iter().filter(own).map(str::to_owned));
            for key in arguments(&source, "counted(\"") {
                keys.extend([format!("{key}.one"), format!("{key}.other")]);
            }
            for code in arguments(&source, "code: \"") {
                keys.push(format!("{code}.text"));
            }
            if file.ends_with("error.rs") {
                for code in arguments(&source, "=> \"") {
                    keys.extend([format!("error.{code}.text"), format!("error.{code}.hint")]);
                }
            }
            for code in [".note(\"", "note(\""].into_iter().flat_map(|call| arguments(&source, call)) {
                keys.extend([format!("note.{code}.text"), format!("note.{code}.hint")]);
            }
        }
        assert!(keys.len() > 20, "{keys:?}");
        let has = |key: &String| {
            // A code is that of a note or of an error.
            ENGLISH.contains_key(key)
                || ["note", "error"].iter().any(|kind| ENGLISH.contains_key(&format!("{kind}.{key}")))
        };
        let missing: Vec<_> = keys.iter().filter(|key| !has(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// The templates that are said of hook files, as they stand in the source.
    fn findings() -> BTreeSet<String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/src/discover");
        let mut files = Vec::new();
        rust_files(&source, &mut files);
        let mut found = BTreeSet::new();
        for file in files.iter().filter(|file| !file.ends_with("words.rs")) {
            let source = fs::read_to_string(file).unwrap();
            for call in source.split("words!(").skip(1) {
                let literal = call.trim_start().strip_prefix('"').unwrap_or_else(|| panic!("{call}"));
                let end =
                    literal.char_indices().find(|(at, c)| *c == '"' && !literal[..*at].ends_with('\\')).unwrap().0;
                found.insert(literal[..end].replace("\\\"", "\""));
            }
        }
        found
    }

    #[test]
    fn what_is_said_of_hook_files_is_said_in_chinese_too() {
        let english = findings();
        assert!(english.len() > 120, "{}", english.len());
        let chinese: BTreeSet<_> = CHINESE_FINDINGS.keys().cloned().collect();
        assert_eq!(chinese, english);
        let values = |text: &str| -> BTreeSet<String> {
            let named =
                text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned());
            named.collect()
        };
        for (english, chinese) in CHINESE_FINDINGS.iter() {
            assert_eq!(values(chinese), values(english), "{english}");
        }
    }

    #[test]
    fn a_finding_is_said_in_chinese() {
        let hooks = r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"sh /no/x {then}","timeout":5}]}]}}"#;
        let found = discover::check_text(Path::new("/x/hooks.json"), hooks, &Machine::default());
        let said = "/no/x 不存在：sh 会以退出码 2 结束，Codex 会一直继续，永远不会结束这一轮";
        assert_eq!(found[0].message.said(&in_chinese), said);
        assert_eq!(
            found[0].message.as_str(),
            "/no/x is missing: sh ends with exit code 2, and Codex goes on and on, and never ends its turn"
        );
        // What a file says is never taken for what we say.
        let odd = r#"{"hooks":{"no text":[],"{why}":[]}}"#;
        let found = discover::check_text(Path::new("/x/hooks.json"), odd, &Machine::default());
        let said: Vec<_> = found.iter().map(|found| found.message.said(&in_chinese)).collect();
        assert_eq!(said, ["`no text` 会被忽略：Codex 没有这个事件", "`{why}` 会被忽略：Codex 没有这个事件"]);
        // The agent's own words are its own.
        let found = discover::check_text(Path::new("/x/hooks.json"), "{", &Machine::default());
        assert!(found[0].message.said(&in_chinese).starts_with("failed to parse hooks config"));
    }

    #[test]
    fn only_what_others_say_is_marked() {
        let hooks = "{\"hooks\":{\"no，such\":[]}}";
        let found = discover::check_text(Path::new("/x/hooks.json"), hooks, &Machine::default());
        let [Piece::Text { text: before }, Piece::Mark { label, .. }, Piece::Text { text: after }] =
            &drawn(&found[0].message, &|_| None)[..]
        else {
            panic!("{:?}", found[0].message)
        };
        assert_eq!((before.as_str(), label.as_str()), ("ignoring `no", "U+FF0C"));
        assert!(after.starts_with("such`"), "{after}");
        let found = discover::check_text(Path::new("/x/hooks.json"), "{", &Machine::default());
        let hint = drawn(found[0].hint.as_ref().unwrap(), &in_chinese);
        assert_eq!(hint, [Piece::Text { text: "修好之前，Codex 不会使用此文件中的任何钩子".to_owned() }]);
    }

    #[test]
    fn the_system_names_its_language() {
        for (locale, expected) in [
            ("zh_CN.UTF-8", Language::SimplifiedChinese),
            ("zh", Language::SimplifiedChinese),
            ("zh_TW.UTF-8", Language::English),
            ("de_DE.UTF-8", Language::English),
            ("C", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(of_locale(locale), expected, "{locale}");
        }
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let keys = |catalogue: &Catalogue| catalogue.keys().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(keys(&ENGLISH), keys(&CHINESE));
    }

    #[test]
    fn values_and_numbers_are_put_in() {
        assert_eq!(text("start.failed", &[("detail", "no room")]), "Hookwright could not start: no room");
        assert_eq!(counted("tray.waiting", 1), "1 request waits for you");
        assert_eq!(counted("tray.waiting", 3), "3 requests wait for you");
    }
}
