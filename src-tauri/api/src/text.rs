//! The message catalogue: everything a person reads outside the pages. The pages read the same file.

use std::collections::HashMap;
use std::sync::LazyLock;

static ENGLISH: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../ui/src/messages/en.json")).expect("the catalogue is tested")
});

/// The text of `key` with every `{name}` replaced. A missing key shows itself; a test finds it before.
pub fn text(key: &str, values: &[(&str, &str)]) -> String {
    let mut text = ENGLISH.get(key).cloned().unwrap_or_else(|| key.to_owned());
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
        for folder in ["src", "../src"] {
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
            for code in arguments(&source, ".note(\"") {
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
    fn values_and_numbers_are_put_in() {
        assert_eq!(text("start.failed", &[("detail", "no room")]), "Hookwright could not start: no room");
        assert_eq!(counted("tray.waiting", 1), "1 request waits for you");
        assert_eq!(counted("tray.waiting", 3), "3 requests wait for you");
    }
}
