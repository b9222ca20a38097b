//! What becomes of the trust in hooks when a text takes the place of another, and how groups keep their places.
//!
//! Codex 0.169 trusts a hash at a key, and the key is a place: file, event, group, handler.

use std::collections::BTreeMap;
use std::path::Path;

use model::{Handler, Hook, HookEvent, SourceKind};
use serde_json::Value;

use super::doc::{Doc, refusal, value};
use super::item::Item;
use super::write::path;
use super::{Edited, Notation, checked, meaning};
use crate::discover::listed;
use crate::error::Refusal;
use crate::layout::Json;
use crate::replace::replace_all;

/// What becomes of one hook that the agent lists afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Of its place afterwards.
    pub key: String,
    pub event: HookEvent,
    /// The command; of an MCP tool, its server and its name.
    pub command: String,
    pub effect: TrustChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustChange {
    /// Nothing of the kind stood there before.
    New,
    /// Another stood at its place.
    Changed,
    /// The same stood at another place and does so no more.
    Moved,
}

/// The hooks whose trust is not what it was, in the agent's order. Where the agent would refuse a text, it lists none. `kind` is that
/// of the file.
pub fn trust_effects(kind: SourceKind, file: &Path, before: &str, after: &str) -> Vec<Effect> {
    let (before, after) = (listed(kind, file, before), listed(kind, file, after));
    let hashes = |hooks: &[Hook]| -> BTreeMap<String, String> {
        hooks.iter().map(|hook| (hook.key.as_str().to_owned(), hook.hash.clone())).collect()
    };
    let (old, new) = (hashes(&before), hashes(&after));
    let left = |hash: &str| old.iter().any(|(key, known)| known == hash && new.get(key) != Some(known));
    let effect = |hook: &Hook| match old.get(hook.key.as_str()) {
        Some(known) if *known == hook.hash => None,
        _ if left(&hook.hash) => Some(TrustChange::Moved),
        Some(_) => Some(TrustChange::Changed),
        None => Some(TrustChange::New),
    };
    after.iter().filter_map(|hook| Some(told(hook, effect(hook)?))).collect()
}

fn told(hook: &Hook, effect: TrustChange) -> Effect {
    let command = match &hook.handler {
        Handler::Command { command, .. } => command.clone(),
        Handler::McpTool { server, tool, .. } => format!("{server} {tool}"),
    };
    Effect { key: hook.key.as_str().to_owned(), event: hook.event.clone(), command, effect }
}

/// The text after, with `{}` in the place of groups that are gone, where this lets every hook behind them stay where it was.
/// `None` where nothing moved, or where this does not help.
pub fn keeping(notation: Notation, before: &str, after: &str) -> Option<String> {
    let file = match notation {
        Notation::Json => Path::new("hooks.json"),
        Notation::Toml => Path::new("config.toml"),
    };
    let moves = |text: &str| {
        let effects = trust_effects(SourceKind::User, file, before, text);
        effects.iter().any(|effect| effect.effect == TrustChange::Moved)
    };
    if !moves(after) {
        return None;
    }
    let held = held(notation, before, after).ok()?;
    (held != after && !moves(&held)).then_some(held)
}

fn held(notation: Notation, before: &str, after: &str) -> Result<String, Refusal> {
    let (old, new) = (Doc::read(notation, before)?, Doc::read(notation, after)?);
    let mut text = after.to_owned();
    for entry in old.events()?.map(|events| events.entries()).unwrap_or_default() {
        let Some(now) = new.event(&entry.name)? else { continue };
        let groups =
            |doc: &Doc<'_>, list: &[_]| -> Vec<Value> { list.iter().map(|group| value(doc.text, group)).collect() };
        let gaps = gaps(&groups(&old, entry.value.list()), &groups(&new, now.value.list()));
        for group in gaps.into_iter().rev() {
            text = hold(notation, &text, &entry.name, group)?;
        }
    }
    Ok(text)
}

/// In front of which groups one is missing, sorted; as often as one is.
fn gaps(old: &[Value], new: &[Value]) -> Vec<usize> {
    let mut gaps = Vec::new();
    let (mut from, mut to) = (0, 0);
    for (was, is) in common(old, new) {
        let missing = (was - from).saturating_sub(is - to);
        gaps.extend(std::iter::repeat_n(is, missing));
        (from, to) = (was + 1, is + 1);
    }
    gaps
}

/// A longest sequence that stands in both, as pairs of places.
fn common(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let mut lengths = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for was in (0..old.len()).rev() {
        for is in (0..new.len()).rev() {
            lengths[was][is] = if old[was] == new[is] {
                lengths[was + 1][is + 1] + 1
            } else {
                lengths[was + 1][is].max(lengths[was][is + 1])
            };
        }
    }
    let (mut was, mut is, mut pairs) = (0, 0, Vec::new());
    while was < old.len() && is < new.len() {
        if old[was] == new[is] {
            pairs.push((was, is));
            (was, is) = (was + 1, is + 1);
        } else if lengths[was + 1][is] >= lengths[was][is + 1] {
            was += 1;
        } else {
            is += 1;
        }
    }
    pairs
}

/// `{}` in front of this group.
fn hold(notation: Notation, text: &str, event: &str, group: usize) -> Result<String, Refusal> {
    let doc = Doc::read(notation, text)?;
    let list = doc.groups(event)?;
    let changes = Item::New(Json::Object(Vec::new())).put_into(&doc, list, group, &path(event))?;
    let edited = checked(&doc, Edited { changes, place: None }, |meant| meaning::hold(meant, event, group));
    let edited = edited.map_err(|refused| refusal(list, refused.to_string()))?;
    Ok(replace_all(text, &edited.changes))
}
