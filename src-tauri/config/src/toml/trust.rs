//! What Codex trusts: `[hooks.state."<key>"]`. Codex writes it; here it is read, and taken out for entries that are gone.

use std::collections::BTreeMap;

use toml_edit::{Item, Table, TableLike};

use super::lines::{Piece, cut, of, without_leaf};
use super::parse;
use crate::error::Refusal;
use crate::inspect::Trust;

/// Like Codex, malformed entries are left out one by one.
pub(crate) fn read(text: &str) -> Result<BTreeMap<String, Trust>, Refusal> {
    let document = parse(text)?;
    let Some(entries) = state(&document).and_then(Item::as_table_like) else { return Ok(BTreeMap::new()) };
    let trust = |entry: &dyn TableLike| Trust {
        hash: entry.get("trusted_hash").and_then(Item::as_str).map(str::to_owned),
        enabled: entry.get("enabled").and_then(Item::as_bool),
    };
    let entries =
        entries.iter().filter_map(|(key, entry)| Some((key.trim().to_owned(), trust(entry.as_table_like()?))));
    Ok(entries.collect())
}

/// The text without what it says of this key, however it is written.
pub(crate) fn forget(text: &str, key: &str) -> Result<String, Refusal> {
    let mut text = text.to_owned();
    loop {
        match forget_once(&text, key)? {
            Some(shorter) if shorter.len() < text.len() => text = shorter,
            _ => return Ok(text),
        }
    }
}

fn forget_once(text: &str, key: &str) -> Result<Option<String>, Refusal> {
    let document = parse(text)?;
    let hooks = document.get("hooks");
    let state = state(&document);
    let entries = state.and_then(Item::as_table_like);
    let Some((found, entry)) = entries.and_then(|entries| {
        let (name, _) = entries.iter().find(|(name, _)| name.trim() == key)?;
        entries.get_key_value(name)
    }) else {
        return Ok(None);
    };
    if let Some(state) = state.and_then(Item::as_inline_table).filter(|table| !table.is_dotted()) {
        return Ok(without_leaf(text, state, &[key]));
    }
    if let Some(hooks) = hooks.and_then(Item::as_inline_table).filter(|table| !table.is_dotted()) {
        return Ok(without_leaf(text, hooks, &["state", key]));
    }
    Ok(Some(cut(text, of(found, entry))))
}

/// Whether `[hooks.state]` stands there on its own. Codex 0.169 writes it in front of the first entry.
pub(crate) fn has_header(text: &str) -> bool {
    parse(text).is_ok_and(|document| header(&document).is_some())
}

/// The text without a `[hooks.state]` under which nothing is left.
pub(crate) fn drop_empty_header(text: &str) -> Result<String, Refusal> {
    let document = parse(text)?;
    let header = header(&document).filter(|table| table.is_empty()).and_then(Table::span);
    Ok(header.map_or_else(|| text.to_owned(), |at| cut(text, vec![Piece::Header(at)])))
}

fn state(document: &Table) -> Option<&Item> {
    document.get("hooks")?.as_table_like()?.get("state")
}

fn header(document: &Table) -> Option<&Table> {
    state(document)?.as_table().filter(|table| !table.is_implicit() && !table.is_dotted())
}
