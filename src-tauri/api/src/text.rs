//! The message catalogue: everything a person reads outside the pages. The pages read the same files.

use std::collections::HashMap;
use std::env;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::dto::Language;

type Catalogue = LazyLock<HashMap<String, String>>;

static ENGLISH: Catalogue = LazyLock::new(|| parsed(include_str!("../../../ui/src/messages/en.json")));
static CHINESE: Catalogue = LazyLock::new(|| parsed(include_str!("../../../ui/src/messages/zh-CN.json")));

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

/// [`text`] of `<key>.one` or `<key>.other`, with `{n}`.
pub fn counted(key: &str, n: usize) -> String {
    let form = if n == 1 { "one" } else { "other" };
    text(&format!("{key}.{form}"), &[("n", &n.to_string())])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

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
