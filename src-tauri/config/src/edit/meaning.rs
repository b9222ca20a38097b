//! What an edit means, told without any text, so that every edit of a text can be held against it.

use serde_json::{Map, Value};

use super::{Edit, Place};

/// The file's content after the edit. `None` where there is no such place.
pub(super) fn apply(content: &mut Value, edit: &Edit) -> Option<()> {
    match edit {
        Edit::AddGroup { event, matcher, handler } => {
            let matcher = matcher.iter().map(|matcher| ("matcher".to_owned(), matcher.as_str().into()));
            let hooks = ("hooks".to_owned(), Value::Array(vec![object(handler)]));
            groups_or_new(content, event)?.push(Value::Object(matcher.chain([hooks]).collect()));
        }
        Edit::AddHandler { event, group, handler } => handlers_or_new(content, event, *group)?.push(object(handler)),
        Edit::SetMatcher { event, group, matcher } => {
            let group = groups(content, event)?.get_mut(*group)?.as_object_mut()?;
            match matcher {
                Some(matcher) => set(group, "matcher", Some(matcher.as_str().into())),
                // `"matcher": null` says the same, and stays.
                None if group.get("matcher").is_some_and(Value::is_null) => {}
                None => set(group, "matcher", None),
            }
        }
        Edit::SetField { place, name, value } => set(at(content, place)?.as_object_mut()?, name, value.clone()),
        Edit::Remove(place) => {
            remove(content, place)?;
        }
        Edit::Vacate { event, group } => *groups(content, event)?.get_mut(*group)? = Value::Object(Map::new()),
        Edit::Move { place, to } => relocate(content, place, to)?,
        Edit::Duplicate(place) => {
            let copy = at(content, place)?.clone();
            match place {
                Place::Group { event, .. } => groups(content, event)?.push(copy),
                Place::Handler { event, group, .. } => handlers(content, event, *group)?.push(copy),
            }
        }
    }
    Some(())
}

/// `{}` in front of this group.
pub(super) fn hold(content: &mut Value, event: &str, group: usize) -> Option<()> {
    let groups = groups(content, event)?;
    (group <= groups.len()).then(|| groups.insert(group, Value::Object(Map::new())))
}

/// Without lists and objects that hold nothing: whether they stand there makes no difference.
pub(super) fn tidy(mut content: Value) -> Value {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    let Some(root) = content.as_object_mut() else { return content };
    if let Some(events) = root.get_mut("hooks").and_then(Value::as_object_mut) {
        events.retain(|_, groups| !empty(groups));
        for group in events.values_mut().filter_map(Value::as_array_mut).flatten().filter_map(Value::as_object_mut) {
            group.retain(|name, value| name != "hooks" || !empty(value));
        }
        if events.is_empty() {
            root.remove("hooks");
        }
    }
    content
}

fn relocate(content: &mut Value, place: &Place, to: &Place) -> Option<()> {
    let moved = at(content, place)?.clone();
    let shift = |same: bool, from: usize, to: usize| if same && from < to { to - 1 } else { to };
    let (list, index) = match (place, to) {
        (Place::Group { event, group }, Place::Group { event: to_event, group: to }) => {
            remove(content, place)?;
            (groups_or_new(content, to_event)?, shift(event == to_event, *group, *to))
        }
        (
            Place::Handler { event, group, handler },
            Place::Handler { event: to_event, group: to_group, handler: to },
        ) => {
            remove(content, place)?;
            let same = event == to_event && group == to_group;
            (handlers_or_new(content, to_event, *to_group)?, shift(same, *handler, *to))
        }
        (Place::Group { .. }, Place::Handler { .. }) | (Place::Handler { .. }, Place::Group { .. }) => return None,
    };
    (index <= list.len()).then(|| list.insert(index, moved))
}

fn remove(content: &mut Value, place: &Place) -> Option<Value> {
    let (list, index) = match place {
        Place::Group { event, group } => (groups(content, event)?, *group),
        Place::Handler { event, group, handler } => (handlers(content, event, *group)?, *handler),
    };
    (index < list.len()).then(|| list.remove(index))
}

fn at<'v>(content: &'v mut Value, place: &Place) -> Option<&'v mut Value> {
    match place {
        Place::Group { event, group } => groups(content, event)?.get_mut(*group),
        Place::Handler { event, group, handler } => handlers(content, event, *group)?.get_mut(*handler),
    }
}

fn groups<'v>(content: &'v mut Value, event: &str) -> Option<&'v mut Vec<Value>> {
    content.get_mut("hooks")?.get_mut(event)?.as_array_mut()
}

fn groups_or_new<'v>(content: &'v mut Value, event: &str) -> Option<&'v mut Vec<Value>> {
    let hooks = content.as_object_mut()?.entry("hooks").or_insert_with(|| Value::Object(Map::new()));
    list_or_new(hooks, event)
}

fn handlers<'v>(content: &'v mut Value, event: &str, group: usize) -> Option<&'v mut Vec<Value>> {
    groups(content, event)?.get_mut(group)?.get_mut("hooks")?.as_array_mut()
}

fn handlers_or_new<'v>(content: &'v mut Value, event: &str, group: usize) -> Option<&'v mut Vec<Value>> {
    list_or_new(groups(content, event)?.get_mut(group)?, "hooks")
}

fn list_or_new<'v>(object: &'v mut Value, name: &str) -> Option<&'v mut Vec<Value>> {
    object.as_object_mut()?.entry(name).or_insert_with(|| Value::Array(Vec::new())).as_array_mut()
}

fn set(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            object.insert(name.to_owned(), value);
        }
        None => {
            object.remove(name);
        }
    }
}

fn object(fields: &[(String, Value)]) -> Value {
    Value::Object(fields.iter().cloned().collect())
}
