//! Putting our entries in and taking them out. Only reads; the [`Plan`] says what is to be written.
//!
//! Codex trusts a handler by its place, so no other handler may get another one, whatever becomes of ours.

use std::collections::BTreeSet;

use agents::codex::install::Entry;
use model::HookEvent;

use crate::error::position;
use crate::layer::{Layer, Notation, Step};
use crate::record::Original;
use crate::view::{Container, Hooks, Spot, stands_for};
use crate::{Change, Error, Home, Plan, Reason, Record, file, json, sha256, toml};

/// Puts `entries` in. Those that stand already stay where they are; others of ours go, and what is missing is appended last.
pub fn connect(home: &Home, entries: &[Entry]) -> Result<Plan, Error> {
    let layers = Layer::both(home)?;
    let hooks = [layers[0].hooks()?, layers[1].hooks()?];
    let target = target(&hooks);
    let mut edited = layers.clone();
    for (index, layer) in edited.iter_mut().enumerate() {
        let (stale, missing) = compare(&hooks[index], if index == target { entries } else { &[] });
        take_out(layer, &stale, None)?;
        for entry in missing {
            layer.edit(&Step::Append(entry))?;
        }
        tidy(layer, &stale, None)?;
    }
    forget_trust(&layers, &mut edited, None)?;
    for (index, (before, after)) in layers.iter().zip(&edited).enumerate() {
        check(before, after, if index == target { entries } else { &[] })?;
    }
    Ok(plan(
        Reason::Connect,
        &layers,
        edited.map(|layer| (layer.before.is_some() || !layer.text.is_empty()).then_some(layer.text)),
    ))
}

/// Takes our entries out, and what Codex says of their trust.
///
/// Where `record` knows a file and nobody touched it since, its original bytes come back. Elsewhere every byte outside our entries
/// stays. Without a record, what is left empty goes too: an event, the `hooks` around it, a file that looks as if made by us.
pub fn disconnect(home: &Home, record: Option<&Record>) -> Result<Plan, Error> {
    let layers = Layer::both(home)?;
    let originals = [0, 1].map(|index| record.and_then(|record| record.original(&layers[index].path)));
    let mut edited = layers.clone();
    for (layer, original) in edited.iter_mut().zip(&originals) {
        let original = original.as_ref().and_then(|original| hooks_of(layer, original));
        let stale: Vec<_> = layer.hooks()?.ours().map(|(spot, ..)| spot).collect();
        take_out(layer, &stale, original.as_ref())?;
        tidy(layer, &stale, original.as_ref())?;
    }
    forget_trust(&layers, &mut edited, originals[1].as_ref())?;
    for (before, after) in layers.iter().zip(&edited) {
        check(before, after, &[])?;
    }
    let [json, toml] = &originals;
    let after = [left(&layers[0], &edited[0], json.as_ref())?, left(&layers[1], &edited[1], toml.as_ref())?];
    Ok(plan(Reason::Disconnect, &layers, after))
}

/// Which of the two files holds our entries, or is to hold them. Codex warns where one layer uses both.
pub(crate) fn target([json, toml]: &[Hooks; 2]) -> usize {
    let in_json = json.ours().next().is_some();
    let in_toml = toml.ours().next().is_some() || toml.declares() && !json.declares();
    usize::from(!in_json && in_toml)
}

/// Where entries of ours stand that are not wanted, and which wanted ones do not stand yet.
fn compare<'a>(hooks: &Hooks, wanted: &'a [Entry]) -> (Vec<Spot>, Vec<&'a Entry>) {
    let mut missing: Vec<_> = wanted.iter().collect();
    let mut stale = Vec::new();
    for (spot, group, command, _) in hooks.ours() {
        match missing.iter().position(|entry| stands_for(entry, &spot, group, command)) {
            Some(index) => drop(missing.remove(index)),
            None => stale.push(spot),
        }
    }
    (stale, missing)
}

/// From the last to the first, so that those still to go stay where they are.
fn take_out(layer: &mut Layer, spots: &[Spot], original: Option<&Hooks>) -> Result<(), Error> {
    spots.iter().rev().try_for_each(|spot| take_out_one(layer, spot, original))
}

/// Takes out what entries of ours left empty: events, and what holds them. What the original had stays.
fn tidy(layer: &mut Layer, spots: &[Spot], original: Option<&Hooks>) -> Result<(), Error> {
    let hooks = layer.hooks()?;
    for (event, groups) in &hooks.events {
        let left_empty = groups.is_empty() && spots.iter().any(|spot| spot.event == *event);
        if left_empty && !original.is_some_and(|original| original.has_own(event)) {
            layer.edit(&Step::DropEvent(event))?;
        }
    }
    let empty = !spots.is_empty() && layer.hooks()?.container == Container::Empty;
    if empty && !original.is_some_and(Hooks::has_own_container) {
        layer.edit(&Step::DropContainer)?;
    }
    Ok(())
}

fn take_out_one(layer: &mut Layer, spot: &Spot, original: Option<&Hooks>) -> Result<(), Error> {
    let Spot { event, group: index, handler } = spot;
    let hooks = layer.hooks()?;
    let groups = hooks.groups(event).unwrap_or_default();
    let Some(group) = groups.get(*index) else { return Err(Error::NotSafe(layer.path.clone())) };
    let ours = &group.handlers[*handler];
    if handler + 1 < group.handlers.len() {
        let (line, column) = position(&layer.text, ours.at);
        return Err(Error::Entangled { path: layer.path.clone(), line, column });
    }
    let (only, last) = (group.handlers.len() == 1, index + 1 == groups.len());
    match (only, last) {
        (false, _) => layer.edit(&Step::DropHandler { event, group: *index }),
        (true, false) => layer.edit(&Step::EmptyGroup { event, group: *index }),
        (true, true) => {
            layer.edit(&Step::DropGroup(event))?;
            drop_places(layer, event, original)
        }
    }
}

/// Places that earlier entries of ours left, once nothing follows them any more.
fn drop_places(layer: &mut Layer, event: &HookEvent, original: Option<&Hooks>) -> Result<(), Error> {
    let Some(original) = original else { return Ok(()) };
    if original.groups(event).unwrap_or_default().iter().any(|group| group.bare) {
        return Ok(());
    }
    while layer.hooks()?.groups(event).unwrap_or_default().last().is_some_and(|group| group.bare) {
        layer.edit(&Step::DropGroup(event))?;
    }
    Ok(())
}

/// Takes out what `config.toml` says of entries of ours that stand no more.
fn forget_trust(before: &[Layer; 2], after: &mut [Layer; 2], original: Option<&Original>) -> Result<(), Error> {
    let (gone, toml) = (gone(before, after)?, &mut after[1]);
    let unsafe_edit = |_| Error::NotSafe(before[1].path.clone());
    let trusted = toml.trusted()?;
    let mut known = gone.iter().filter(|key| trusted.contains_key(*key));
    let text = known.try_fold(toml.text.clone(), |text, key| toml::trust::forget(&text, key)).map_err(unsafe_edit)?;
    let had_header = original.and_then(|original| original.text.as_deref()).is_some_and(toml::trust::has_header);
    toml.text = if text == toml.text || had_header {
        text
    } else {
        toml::trust::drop_empty_header(&text).map_err(unsafe_edit)?
    };
    Ok(())
}

/// Keys under which entries of ours stood and stand no more.
fn gone(before: &[Layer; 2], after: &[Layer; 2]) -> Result<BTreeSet<String>, Error> {
    let keys = |layers: &[Layer; 2]| -> Result<BTreeSet<String>, Error> {
        let mut keys = BTreeSet::new();
        for layer in layers {
            keys.extend(layer.hooks()?.ours().map(|(spot, ..)| spot.key(&layer.path)));
        }
        Ok(keys)
    };
    Ok(&keys(before)? - &keys(after)?)
}

/// The edited text must still be read, hold just these entries, and leave everybody else's handlers and trust as they were.
fn check(before: &Layer, after: &Layer, entries: &[Entry]) -> Result<(), Error> {
    let unsafe_edit = || Error::NotSafe(before.path.clone());
    let (old, new) = (before.hooks()?, after.hooks().map_err(|_| unsafe_edit())?);
    let (stale, missing) = compare(&new, entries);
    let same_others = old.others().eq(new.others());
    let (mut old_trust, new_trust) = (before.trusted()?, after.trusted().map_err(|_| unsafe_edit())?);
    old_trust.retain(|key, _| new_trust.contains_key(key));
    if stale.is_empty() && missing.is_empty() && same_others && old_trust == new_trust {
        Ok(())
    } else {
        Err(unsafe_edit())
    }
}

/// What the file is to be after its entries are gone; `None` where it is to go too.
fn left(before: &Layer, edited: &Layer, original: Option<&Original>) -> Result<Option<String>, Error> {
    let Some(text) = &before.before else { return Ok(None) };
    let linked = file::is_link(&before.path);
    if let Some(original) = original.filter(|original| original.left == sha256(text.as_bytes())) {
        let free = hooks_of(before, original).is_some_and(|hooks| hooks.ours().next().is_none());
        if free && !(linked && original.text.is_none()) {
            return Ok(original.text.clone());
        }
    }
    let bare = match before.notation {
        Notation::Json => json::is_bare(&edited.text),
        Notation::Toml => edited.text.trim().is_empty(),
    };
    let ours = match original {
        Some(original) => original.text.is_none(),
        None => match before.notation {
            Notation::Json => made_by_us(before)?,
            Notation::Toml => edited.text.is_empty(),
        },
    };
    Ok((!bare || !ours || linked || edited.text == *text).then(|| edited.text.clone()))
}

/// Whether the file is to the letter what connecting makes where there is none.
fn made_by_us(layer: &Layer) -> Result<bool, Error> {
    let mut made = layer.with(String::new());
    for (spot, _, command, _) in layer.hooks()?.ours() {
        let (Some(timeout), Some(status_message)) = (command.timeout, command.status_message.clone()) else {
            return Ok(false);
        };
        let entry = Entry { event: spot.event, command: command.command.clone(), timeout, status_message };
        made.edit(&Step::Append(&entry))?;
    }
    Ok(made.text == layer.text)
}

/// What the original declared; `None` where it cannot be read.
fn hooks_of(layer: &Layer, original: &Original) -> Option<Hooks> {
    layer.with(original.text.clone().unwrap_or_default()).hooks().ok()
}

fn plan(reason: Reason, before: &[Layer; 2], after: [Option<String>; 2]) -> Plan {
    let change = |(layer, after): (&Layer, Option<String>)| Change {
        path: layer.path.clone(),
        before: layer.before.clone().map(String::into_bytes),
        after: after.map(String::into_bytes),
        mode: Change::PRIVATE,
    };
    let changes = before.iter().zip(after).map(change).filter(|change| change.before != change.after);
    Plan { changes: changes.collect(), reason }
}
