//! Laws of editing, over the files in `tests/files/edit` and over made-up ones. `HOOKWRIGHT_SOAK` asks for more of the latter.

use std::collections::BTreeSet;
use std::path::Path;

use config::{
    Edit, Edited, Effect, HandlerAt, Notation, Outline, Place, Refused, Replace, TrustChange, edit, outline,
    replace_all, trust_effects,
};
use model::SourceKind;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::edit_files::{FILES, File, any_file, cases, file, handlers, place_of, wish};

/// What takes the changes back, counted in the text after them.
fn inverse(text: &str, changes: &[Replace]) -> Vec<Replace> {
    let mut shift = 0_isize;
    let back = |change: &Replace| {
        let start = change.range.start.checked_add_signed(shift).unwrap();
        shift += change.with.len() as isize - change.range.len() as isize;
        Replace { range: start..start + change.with.len(), with: text[change.range.clone()].to_owned() }
    };
    changes.iter().map(back).collect()
}

fn done(file: &File, text: &str, what: &Edit) -> Result<(String, Edited), Refused> {
    let edited = edit(file.notation, text, what);
    assert_ne!(edited, Err(Refused::NotSafe), "{what:?} in {}\n{text}", file.name);
    let edited = edited?;
    assert!(edited.changes.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "{edited:?}");
    Ok((replace_all(text, &edited.changes), edited))
}

/// After the edit, and after what takes it back.
fn there_and_back(file: &File, text: &str, there: &Edit, back: impl FnOnce(Place) -> Edit) -> Option<(String, String)> {
    let (after, edited) = done(file, text, there).ok()?;
    let (again, _) = done(file, &after, &back(edited.place?)).unwrap_or_else(|why| panic!("{why} in\n{after}"));
    Some((after, again))
}

fn command(text: &str) -> Vec<(String, Value)> {
    vec![("type".to_owned(), json!("command")), ("command".to_owned(), json!(text)), ("timeout".to_owned(), json!(5))]
}

/// What the agent lists of a text: keys and commands.
fn listed(file: &File, text: &str) -> Vec<Effect> {
    trust_effects(SourceKind::User, Path::new(&path(file)), "", text)
}

fn path(file: &File) -> String {
    match file.notation {
        Notation::Json => "/f/hooks.json".to_owned(),
        Notation::Toml => "/f/config.toml".to_owned(),
    }
}

#[test]
fn there_are_enough_files() {
    assert!(FILES.len() >= 60, "{}", FILES.len());
    let understood = FILES.iter().filter(|file| outline(file.notation, &file.text).is_ok()).count();
    assert_eq!(understood, FILES.len());
}

/// Whatever stands in a file can be edited, but for what is written in several parts and for names that stand there twice.
#[test]
fn what_stands_there_can_be_edited() {
    let mut refused = BTreeSet::new();
    for file in FILES.iter().filter(|file| file.text.len() < 20_000) {
        let outline = outline(file.notation, &file.text).unwrap();
        let mut edits = vec![Edit::AddGroup { event: "PreCompact".to_owned(), matcher: None, handler: command("new") }];
        for group in &outline.groups {
            let (event, index) = (group.event.clone(), group.group);
            let end = Place::Group { event: event.clone(), group: index };
            edits.push(Edit::AddGroup { event: event.clone(), matcher: None, handler: command("new") });
            edits.push(Edit::AddHandler { event: event.clone(), group: index, handler: command("new") });
            edits.push(Edit::SetMatcher { event: event.clone(), group: index, matcher: Some("anew".to_owned()) });
            edits.push(Edit::SetMatcher { event: event.clone(), group: index, matcher: None });
            edits.push(Edit::Vacate { event: event.clone(), group: index });
            edits.push(Edit::Move { place: end.clone(), to: Place::Group { event: event.clone(), group: 0 } });
            edits
                .push(Edit::Move { place: end.clone(), to: Place::Group { event: "PreCompact".to_owned(), group: 0 } });
            edits.extend([Edit::Duplicate(end.clone()), Edit::Remove(end)]);
        }
        for (place, handler) in handlers(&outline) {
            edits.extend([Edit::Duplicate(place.clone()), Edit::Remove(place.clone())]);
            let names = handler.fields.iter().map(|field| field.name.as_str()).chain(["new key"]);
            for (name, value) in names.flat_map(|name| [(name, None), (name, Some(json!({ "any": [1, "x"] })))]) {
                edits.push(Edit::SetField { place: place.clone(), name: name.to_owned(), value });
            }
        }
        for what in edits {
            if let Err(why) = done(file, &file.text, &what) {
                refused.insert((file.name.as_str(), why.to_string()));
            }
        }
    }
    let parted = "it is written in several parts, with something else between them";
    let expected = [
        ("duplicate-event.json", "line 5, column 5: `Stop` stands here for the second time".to_owned()),
        ("duplicate-keys.json", "line 8, column 50: `command` stands here for the second time".to_owned()),
        ("hooks-is-list.json", "line 2, column 12: `hooks` does not hold events by name".to_owned()),
        ("hooks-is-text.toml", "line 1, column 9: `hooks` does not hold events by name".to_owned()),
        ("parted.toml", format!("line 1, column 1: {parted}")),
        ("parted.toml", format!("line 11, column 1: {parted}")),
        ("wrong-types.json", "line 6, column 39: `hooks` is no list of handlers".to_owned()),
    ];
    assert_eq!(refused, BTreeSet::from(expected));
}

proptest! {
    #![proptest_config(cases(120))]

    /// Any sequence of edits, taken back one by one, leaves the same bytes.
    #[test]
    fn a_sequence_of_edits_can_be_taken_back(file in any_file(), wishes in prop::collection::vec(wish(), 1..6)) {
        let (mut text, mut back) = (file.text.clone(), Vec::new());
        for wish in &wishes {
            let Some(what) = outline(file.notation, &text).ok().and_then(|outline| wish.of(&outline)) else { continue };
            if let Ok((after, edited)) = done(&file, &text, &what) {
                back.push(inverse(&text, &edited.changes));
                text = after;
            }
        }
        for changes in back.iter().rev() {
            text = replace_all(&text, changes);
        }
        prop_assert_eq!(text, file.text);
    }

    /// What an edit takes out of the text belongs to its entry; every other entry has the bytes it had.
    #[test]
    fn an_edit_touches_nothing_but_its_entry(file in any_file(), wish in wish()) {
        let before = outline(file.notation, &file.text).unwrap();
        let Some(what) = wish.of(&before) else { return Ok(()) };
        let Ok((after, edited)) = done(&file, &file.text, &what) else { return Ok(()) };
        let entry = match &what {
            Edit::AddGroup { .. } | Edit::AddHandler { .. } | Edit::Duplicate(_) | Edit::Move { .. } => None,
            Edit::SetMatcher { event, group, .. } | Edit::Vacate { event, group } => {
                Some(Place::Group { event: event.clone(), group: *group })
            }
            Edit::SetField { place, .. } | Edit::Remove(place) => Some(place.clone()),
        };
        let whole = entry.as_ref().map(|entry| range(&before, entry));
        if !matches!(what, Edit::Move { .. }) {
            let event = match &what {
                Edit::Remove(Place::Group { event, .. }) => Some(event.as_str()),
                _ => None,
            };
            for change in &edited.changes {
                let gone = file.text[change.range.clone()].char_indices().map(|(at, c)| (at + change.range.start, c));
                let outside: String =
                    gone.filter(|(at, _)| !whole.as_ref().is_some_and(|whole| whole.contains(at))).map(|(_, c)| c).collect();
                prop_assert!(belongs(&outside, file.notation, event), "{outside:?} goes");
            }
        }
        // Between the two ways in which TOML lists tables, what moves is written anew.
        let anew = file.notation == Notation::Toml && matches!(what, Edit::Move { .. });
        let texts = |text: &str, outline: &Outline, but: Option<&Place>| {
            let kept = handlers(outline).filter(|(place, _)| !but.is_some_and(|but| within(place, but)));
            let mut texts: Vec<_> = kept.map(|(_, handler)| fields(text, handler)).collect();
            texts.sort();
            texts
        };
        let outline = outline(file.notation, &after).unwrap();
        let kept = texts(&file.text, &before, entry.as_ref());
        let mut found = texts(&after, &outline, None);
        for text in &kept {
            let at = found.iter().position(|found| found == text);
            prop_assert!(at.is_some() || anew, "{text:?} is not in\n{after}");
            at.map(|at| found.remove(at));
        }
    }

    /// Adding and taking out, setting and setting back, moving and moving back.
    #[test]
    fn the_inverse_edit_gives_the_same_bytes(file in any_file(), at: Index, to: Index) {
        let before = outline(file.notation, &file.text).unwrap();
        let text = file.text.as_str();
        let places: Vec<_> = handlers(&before).collect();
        let pick = |count: usize| at.index(count.max(1));
        if let Some(group) = before.groups.get(pick(before.groups.len())) {
            let add = Edit::AddGroup { event: group.event.clone(), matcher: None, handler: command("new") };
            if let Some((_, again)) = there_and_back(&file, text, &add, Edit::Remove) {
                prop_assert_eq!(&again, text, "{:?}", add);
            }
            let add = Edit::AddGroup { event: "PreCompact".to_owned(), matcher: Some("manual".to_owned()), handler: command("new") };
            if let Some((_, again)) = there_and_back(&file, text, &add, Edit::Remove) {
                prop_assert_eq!(&again, text, "{:?}", add);
            }
            let copy = Edit::Duplicate(place_of(group));
            if let Some((_, again)) = there_and_back(&file, text, &copy, Edit::Remove) {
                prop_assert_eq!(&again, text, "{:?}", copy);
            }
            let add = Edit::AddHandler { event: group.event.clone(), group: group.group, handler: command("new") };
            let had = !group.handlers.is_empty();
            if let Some((_, again)) = there_and_back(&file, text, &add, Edit::Remove).filter(|_| had) {
                prop_assert_eq!(&again, text, "{:?}", add);
            }
            let matcher = |matcher: Option<&str>| Edit::SetMatcher {
                event: group.event.clone(),
                group: group.group,
                matcher: matcher.map(str::to_owned),
            };
            if group.matcher.is_none() && let Ok((after, _)) = done(&file, text, &matcher(Some("x"))) {
                // One that was `null` does not come back.
                let (again, _) = done(&file, &after, &matcher(None)).unwrap();
                prop_assert!(again == text || text.contains("\"matcher\"") || text.contains("matcher ="), "{}", again);
            }
            if let Ok((one, _)) = done(&file, text, &matcher(Some("one"))) {
                let (two, _) = done(&file, &one, &matcher(Some("two"))).unwrap();
                prop_assert_eq!(&done(&file, &two, &matcher(Some("one"))).unwrap().0, &one);
            }
            let count = before.groups.iter().filter(|other| other.event == group.event).count();
            let index = to.index(count + 1);
            let go = Edit::Move { place: place_of(group), to: Place::Group { event: group.event.clone(), group: index } };
            let home = |place: Place| {
                let Place::Group { group: now, event } = &place else { panic!("{place:?}") };
                let to = group.group + usize::from(*now < group.group);
                Edit::Move { to: Place::Group { event: event.clone(), group: to }, place }
            };
            if let Some((_, again)) = there_and_back(&file, text, &go, home) {
                prop_assert_eq!(&again, text, "{:?}", go);
            }
        }
        if let Some((place, handler)) = places.get(pick(places.len())) {
            let copy = Edit::Duplicate(place.clone());
            if let Some((_, again)) = there_and_back(&file, text, &copy, Edit::Remove) {
                prop_assert_eq!(&again, text, "{:?}", copy);
            }
            let set = |value: Option<Value>| Edit::SetField { place: place.clone(), name: "newKey".to_owned(), value };
            if let Some((after, again)) = there_and_back(&file, text, &set(Some(json!("x"))), |_| set(None)) {
                prop_assert_eq!(&again, text, "{}", after);
            }
            let Place::Handler { event, group, handler: from } = place else { panic!("{place:?}") };
            let listed = before.groups.iter().find(|other| other.event == *event && other.group == *group).unwrap();
            let at = |handler| Place::Handler { event: event.clone(), group: *group, handler };
            let go = Edit::Move { place: place.clone(), to: at(to.index(listed.handlers.len() + 1)) };
            let home = |place: Place| {
                let Place::Handler { handler: now, .. } = &place else { panic!("{place:?}") };
                Edit::Move { to: at(from + usize::from(now < from)), place }
            };
            if let Some((_, again)) = there_and_back(&file, text, &go, home) {
                prop_assert_eq!(&again, text, "{:?}", go);
            }
            for field in &handler.fields {
                let same = Edit::SetField { place: place.clone(), name: field.name.clone(), value: Some(field.value.clone()) };
                if let Ok((after, edited)) = done(&file, text, &same) {
                    prop_assert_eq!(&after, text);
                    prop_assert!(edited.changes.is_empty());
                }
            }
        }
    }

    /// To another list and back: the same content, and in files that are laid out evenly the same bytes.
    #[test]
    fn what_goes_to_another_list_comes_back(file in file(), from: Index, to: Index) {
        let before = outline(file.notation, &file.text).unwrap();
        let text = file.text.as_str();
        let places: Vec<_> = handlers(&before).map(|(place, _)| place).collect();
        let Some(place) = places.get(from.index(places.len().max(1))) else { return Ok(()) };
        let other = &before.groups[to.index(before.groups.len())];
        let Place::Handler { event, group, .. } = place else { panic!("{place:?}") };
        if (event, group) == (&other.event, &other.group) {
            return Ok(());
        }
        let there = Place::Handler { event: other.event.clone(), group: other.group, handler: 0 };
        let go = Edit::Move { place: place.clone(), to: there };
        if let Some((after, again)) = there_and_back(&file, text, &go, |now| Edit::Move { place: now, to: place.clone() }) {
            prop_assert_eq!(contents(&outline(file.notation, &again).unwrap()), contents(&before), "{}", after);
            let even = ["two-spaces.json", "four-spaces.json", "tabs.json", "crlf.json", "compact.json", "tables.toml"];
            let alone = before.groups.iter().any(|group| group.handlers.len() == 1 && place_of(group) == place_of_group(place));
            prop_assert!(alone || !even.contains(&file.name.as_str()) || again == text, "{}", again);
        }
    }

    /// What the agent lists changes as it was meant, and nothing else loses its trust.
    #[test]
    fn the_agent_lists_what_was_meant(file in any_file(), at: Index) {
        let (text, path) = (file.text.as_str(), path(&file));
        let effects = |after: &str| {
            let effects = trust_effects(SourceKind::User, Path::new(&path), text, after);
            effects.into_iter().map(|effect| (effect.effect, effect.command)).collect::<Vec<_>>()
        };
        let known = listed(&file, text);
        let Some(hook) = known.get(at.index(known.len().max(1))) else { return Ok(()) };
        let event = hook.event.name().to_owned();
        let mut places = hook.key.rsplitn(3, ':').map(|part| part.parse::<usize>().ok());
        let (handler, group) = (places.next().flatten().unwrap(), places.next().flatten().unwrap());
        let place = Place::Handler { event: event.clone(), group, handler };
        let add = Edit::AddGroup { event: event.clone(), matcher: None, handler: command("added here") };
        if let Ok((after, _)) = done(&file, text, &add) {
            prop_assert_eq!(effects(&after), [(TrustChange::New, "added here".to_owned())]);
        }
        let add = Edit::AddHandler { event: event.clone(), group, handler: command("added here") };
        if let Ok((after, _)) = done(&file, text, &add) {
            prop_assert_eq!(effects(&after), [(TrustChange::New, "added here".to_owned())]);
        }
        let set = Edit::SetField { place, name: "statusMessage".to_owned(), value: Some(json!("said anew")) };
        if let Ok((after, _)) = done(&file, text, &set) {
            prop_assert_eq!(effects(&after), [(TrustChange::Changed, hook.command.clone())]);
        }
        if let Ok((after, _)) = done(&file, text, &Edit::Vacate { event, group }) {
            prop_assert_eq!(effects(&after), []);
            prop_assert!(listed(&file, &after).len() < known.len());
        }
    }
}

/// What may go with an entry: a comma and blanks, with a line of TOML the comment behind it, and with its last group an event.
fn belongs(outside: &str, notation: Notation, event: Option<&str>) -> bool {
    let line = |line: &str| match notation {
        Notation::Json => line.to_owned(),
        Notation::Toml => line.split('#').next().unwrap().to_owned(),
    };
    let rest: String = outside.lines().map(line).collect();
    let rest = match event {
        Some(event) => rest.replacen("hooks.", "", 1).replacen(event, "", 1).replace(['"', '[', ']', ':', '='], ""),
        None => rest,
    };
    rest.chars().all(|c| c.is_whitespace() || c == ',')
}

fn place_of_group(place: &Place) -> Place {
    match place {
        Place::Group { event, group } | Place::Handler { event, group, .. } => {
            Place::Group { event: event.clone(), group: *group }
        }
    }
}

fn within(place: &Place, outer: &Place) -> bool {
    place == outer || place_of_group(place) == *outer
}

fn range(outline: &Outline, place: &Place) -> std::ops::Range<usize> {
    let group = outline.groups.iter().find(|group| place_of(group) == place_of_group(place)).unwrap();
    match place {
        Place::Group { .. } => group.range.clone(),
        Place::Handler { handler, .. } => {
            group.handlers.iter().find(|other| other.handler == *handler).unwrap().range.clone()
        }
    }
}

/// The fields of a handler as they are written.
fn fields(text: &str, handler: &HandlerAt) -> Vec<String> {
    handler.fields.iter().map(|field| format!("{}: {}", field.name, &text[field.range.clone()])).collect()
}

/// A handler's event, its group and what it says.
type Content = (String, usize, Vec<(String, Value)>);

fn contents(outline: &Outline) -> Vec<Content> {
    let handlers = outline.groups.iter().flat_map(|group| {
        group.handlers.iter().map(|handler| {
            let fields = handler.fields.iter().map(|field| (field.name.clone(), field.value.clone()));
            let mut fields: Vec<_> = fields.collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            (group.event.clone(), group.group, fields)
        })
    });
    let mut handlers: Vec<_> = handlers.collect();
    handlers.sort_by_key(|(event, group, _)| (event.clone(), *group));
    handlers
}
