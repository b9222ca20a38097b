//! The hooks in `config.toml`. Parsed by `toml_edit`, edited in the text itself, so that comments, line ends and order stay.

pub(crate) mod lines;
pub(crate) mod trust;

use std::ops::Range;

use agents::codex::install::Entry;
use model::HookEvent;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use toml_edit::{ArrayOfTables, Document, Item, TableLike, Value};

use crate::error::Refusal;
use crate::layer::Step;
use crate::layout::Style;
use crate::list::{List, replaced};
use crate::view::{Container, Group, Handler, Hooks, Runs};
use lines::cut;

pub(crate) fn parse(text: &str) -> Result<Document<&str>, Refusal> {
    Document::parse(text).map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        Refusal::new(at, error.message().trim().replace('\n', ", "))
    })
}

/// What the file declares. Codex 0.169 gives up the whole file over a handler of another shape, so those are refused.
pub(crate) fn hooks(text: &str) -> Result<Hooks, Refusal> {
    let document = parse(text)?;
    let Some(item) = document.get("hooks") else { return Ok(Hooks::default()) };
    let table = item.as_table_like().ok_or_else(|| refusal(item.span(), "`hooks` is not a table"))?;
    let mut events = Vec::new();
    for (name, item) in table.iter() {
        let event = HookEvent::from_name(name);
        if !matches!(event, HookEvent::Other(_)) {
            let groups = tables(item).ok_or_else(|| refusal(item.span(), format!("`{name}` is no list of tables")))?;
            events.push((event, groups.into_iter().map(group).collect::<Result<_, _>>()?));
        }
    }
    Ok(Hooks { container: if table.is_empty() { Container::Empty } else { Container::Filled }, events })
}

/// `[features] hooks = false`, also by its old name.
pub(crate) fn hooks_off(text: &str) -> bool {
    let Ok(document) = parse(text) else { return false };
    let features = document.get("features").and_then(Item::as_table_like);
    let feature = |name| features.and_then(|features| features.get(name)).and_then(Item::as_bool);
    feature("hooks").or_else(|| feature("codex_hooks")) == Some(false)
}

/// The text after one step.
pub(crate) fn edit(text: &str, step: &Step<'_>) -> Result<String, Refusal> {
    let document = parse(text)?;
    let hooks = document.get("hooks");
    let groups = |event: &HookEvent| {
        let events = hooks.and_then(Item::as_table_like);
        events.and_then(|events| events.get(event.name())).ok_or_else(|| refusal(None, "the event is not there"))
    };
    match step {
        Step::Append(entry) => Ok(append(text, hooks, entry)),
        Step::DropGroup(event) => without_last(text, groups(event)?),
        Step::EmptyGroup { event, group } => match Elements::of(groups(event)?)? {
            Elements::Tables(tables) => {
                let pieces = tables.get(*group).into_iter().flat_map(lines::inside).collect();
                Ok(cut(text, pieces))
            }
            Elements::Values(list) => Ok(replaced(text, list.items[*group].clone(), "{}")),
        },
        Step::DropHandler { event, group } => {
            let tables = tables(groups(event)?).unwrap_or_default();
            let hooks = tables.get(*group).and_then(|group| group.table.get("hooks"));
            without_last(text, hooks.ok_or_else(|| refusal(None, "the group is not there"))?)
        }
        Step::DropEvent(event) => Ok(without_event(text, hooks, event.name()).unwrap_or_else(|| text.to_owned())),
        Step::DropContainer => Ok(text.to_owned()),
    }
}

/// `None` where a person's comment stands between the brackets.
fn without_event(text: &str, hooks: Option<&Item>, name: &str) -> Option<String> {
    if let Some(events) = hooks?.as_inline_table() {
        return lines::without_leaf(text, events, &[name]);
    }
    let (key, groups) = hooks?.as_table()?.get_key_value(name)?;
    let between = text.get(groups.span()?)?.trim_matches(['[', ']']);
    between.trim().is_empty().then(|| cut(text, lines::of(key, groups)))
}

fn append(text: &str, hooks: Option<&Item>, entry: &Entry) -> String {
    let name = entry.event.name();
    let group = format!(
        "{{ hooks = [{{ type = \"command\", command = {}, timeout = {}, statusMessage = {} }}] }}",
        Value::from(&entry.command),
        entry.timeout,
        Value::from(&entry.status_message),
    );
    let event = hooks.and_then(Item::as_table_like).and_then(|events| events.get(name));
    if let Some(Item::Value(Value::Array(groups))) = event {
        return values(groups).with(text, &Style::of_toml(text), |_| group);
    }
    if let Some(events) = hooks.and_then(Item::as_inline_table) {
        let list = lines::leaves(text, events);
        let padded = if list.items.is_empty() { " " } else { "" };
        return list.with(text, &Style::of_toml(text), |_| format!("{padded}{name} = [{group}]{padded}"));
    }
    append_tables(text, entry)
}

/// Tables at the end of the file. One that does not end its last line still does not afterwards, so that it can be undone.
fn append_tables(text: &str, entry: &Entry) -> String {
    let Style { eol, .. } = Style::of_toml(text);
    let Entry { event, command, timeout, status_message } = entry;
    let name = event.name();
    let lines = [
        String::new(),
        format!("[[hooks.{name}]]"),
        String::new(),
        format!("[[hooks.{name}.hooks]]"),
        "type = \"command\"".to_owned(),
        format!("command = {}", Value::from(command)),
        format!("timeout = {timeout}"),
        format!("statusMessage = {}", Value::from(status_message)),
    ];
    let block = lines.join(eol);
    if text.is_empty() || text.ends_with('\n') { format!("{text}{block}{eol}") } else { format!("{text}{eol}{block}") }
}

fn without_last(text: &str, item: &Item) -> Result<String, Refusal> {
    match Elements::of(item)? {
        Elements::Tables(tables) => {
            let last = tables.len().checked_sub(1).and_then(|last| tables.get(last));
            Ok(cut(text, last.into_iter().flat_map(lines::pieces).collect()))
        }
        Elements::Values(list) => Ok(list.without(text, list.items.len() - 1)),
    }
}

/// Groups or handlers, in either of the two ways in which TOML lists tables.
enum Elements<'a> {
    Tables(&'a ArrayOfTables),
    Values(List),
}

impl<'a> Elements<'a> {
    fn of(item: &'a Item) -> Result<Self, Refusal> {
        match item {
            Item::ArrayOfTables(tables) => Ok(Self::Tables(tables)),
            Item::Value(Value::Array(array)) => Ok(Self::Values(values(array))),
            Item::Value(_) | Item::Table(_) | Item::None => Err(refusal(item.span(), "this is no list of tables")),
        }
    }
}

fn values(array: &toml_edit::Array) -> List {
    List { whole: array.span().unwrap_or_default(), items: array.iter().filter_map(Value::span).collect() }
}

/// One table of a list, and where it stands.
struct Listed<'a> {
    at: usize,
    table: &'a dyn TableLike,
}

/// `None` where it is no list of tables.
fn tables(item: &Item) -> Option<Vec<Listed<'_>>> {
    let listed = |span: Option<Range<usize>>, table| Listed { at: span.unwrap_or_default().start, table };
    match item {
        Item::ArrayOfTables(tables) => Some(tables.iter().map(|table| listed(table.span(), table as _)).collect()),
        Item::Value(Value::Array(values)) => {
            values.iter().map(|value| Some(listed(value.span(), value.as_inline_table()? as _))).collect()
        }
        Item::Value(_) | Item::Table(_) | Item::None => None,
    }
}

fn group(listed: Listed<'_>) -> Result<Group, Refusal> {
    let matcher = listed.table.get("matcher").map(|matcher| {
        matcher.as_str().map(str::to_owned).ok_or_else(|| refusal(matcher.span(), "`matcher` is no text"))
    });
    let handlers = match listed.table.get("hooks") {
        Some(hooks) => tables(hooks).ok_or_else(|| refusal(hooks.span(), "`hooks` is no list of tables"))?,
        None => Vec::new(),
    };
    Ok(Group {
        at: listed.at,
        matcher: matcher.transpose()?,
        handlers: handlers.iter().map(handler).collect::<Result<_, _>>()?,
        bare: listed.table.is_empty(),
    })
}

fn handler(listed: &Listed<'_>) -> Result<Handler, Refusal> {
    let fields = listed.table.iter().filter_map(|(name, item)| Some((name, item.clone().into_value().ok()?)));
    let fields = Value::InlineTable(fields.collect());
    let runs = Runs::deserialize(fields.into_deserializer());
    runs.map(|runs| Handler { at: listed.at, runs }).map_err(|error| Refusal::new(listed.at, error.message()))
}

fn refusal(span: Option<Range<usize>>, reason: impl Into<String>) -> Refusal {
    Refusal::new(span.unwrap_or_default().start, reason)
}
