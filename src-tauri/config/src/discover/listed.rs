//! What would be listed of one text, whoever has trusted it.

use std::collections::BTreeMap;
use std::path::Path;

use model::{Hook, Source, SourceKind};

use super::collect::{Collection, Declaring};
use super::{config_toml, hosted};
use crate::edit::Notation;
use crate::json;
use crate::view::Spot;

/// The hooks of this text as if it stood in this file, by the rules of Codex 0.169; those of Hookwright's own file by ours. None where
/// the text would be refused.
pub fn listed(kind: SourceKind, file: &Path, text: &str) -> Vec<Hook> {
    if kind == SourceKind::Hosted {
        return hosted::of_text(file, text, &BTreeMap::new()).hooks;
    }
    let notation = Notation::of(file);
    let events = match notation {
        Notation::Json => json::declared(text).ok().map(|declared| declared.hooks),
        Notation::Toml => config_toml::parse(text)
            .ok()
            .filter(|config| config.broken.is_none())
            .and_then(|config| config.hooks)
            .map(|hooks| hooks.events),
    };
    let input = |spot: &Spot| match notation {
        Notation::Json => json::hashed_input(text, spot),
        Notation::Toml => None,
    };
    let source = Source { kind, path: file.to_owned(), plugin: None };
    let nothing = BTreeMap::new();
    let mut found = Collection::default();
    let from = Declaring { source: &source, key: file, state: &nothing, input: &input, bundle: None };
    found.add(&from, events.unwrap_or_default());
    found.hooks
}
