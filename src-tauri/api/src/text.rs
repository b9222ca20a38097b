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

/// Whether the catalogue has this key.
pub fn has(key: &str) -> bool {
    ENGLISH.contains_key(key)
}
