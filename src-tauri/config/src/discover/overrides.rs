//! What a command line adds: `-c KEY=VALUE`, as one more layer of configuration.

use toml_edit::{DocumentMut, Item, Table, Value};

/// The layer's text. Like Codex: dots part the key, and a value that is no TOML is a text.
pub(super) fn layer(overrides: &[String]) -> Result<String, String> {
    let mut document = DocumentMut::new();
    for text in overrides {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| format!("error parsing -c overrides: Invalid override (missing '='): {text}"))?;
        set(document.as_table_mut(), key.trim(), read(value.trim()));
    }
    Ok(document.to_string())
}

fn read(value: &str) -> Value {
    value.parse().unwrap_or_else(|_| value.trim_matches(['"', '\'']).into())
}

fn set(table: &mut Table, key: &str, value: Value) {
    let (folders, name) = key.rsplit_once('.').map_or((None, key), |(folders, name)| (Some(folders), name));
    let mut table: &mut dyn toml_edit::TableLike = table;
    for folder in folders.into_iter().flat_map(|folders| folders.split('.')) {
        let item = table.entry(folder).or_insert_with(|| Item::Table(Table::new()));
        if !item.is_table_like() {
            *item = Item::Table(Table::new());
        }
        match item.as_table_like_mut() {
            Some(inner) => table = inner,
            None => return,
        }
    }
    table.insert(name, Item::Value(value));
}
