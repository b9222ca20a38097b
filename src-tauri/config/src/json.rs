//! `hooks.json`. What Codex would refuse is refused; edits touch nothing but our own group.

use std::fmt;

use agents::codex::install::hashed_number;
use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use model::HookEvent;
use serde_json::Map;

use crate::declared::{Events, HooksFile, MatcherGroup};
use crate::error::Refusal;
use crate::layer::Step;
use crate::layout::{Json, Style};
use crate::list::{List, replaced};
use crate::view::{Container, Group, Handler, Hooks, Spot};

/// Why Codex does not read a file, in its words.
#[derive(Debug)]
pub(crate) struct Rejected {
    /// In bytes from the beginning.
    pub(crate) at: usize,
    /// It is no JSON at all; else it is not of the right shape.
    pub(crate) is_syntax: bool,
    reason: String,
    /// As serde_json counts: from 1, columns in bytes.
    line: usize,
    column: usize,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.reason, self.line, self.column)
    }
}

/// The file as Codex reads it.
pub(crate) fn declared(text: &str) -> Result<HooksFile, Rejected> {
    serde_json::from_str(text).map_err(|error| {
        let at = offset(text, &error);
        Rejected {
            at,
            is_syntax: !error.is_data(),
            reason: reason(&error, &text[text.floor_char_boundary(at)..]),
            line: error.line(),
            column: error.column(),
        }
    })
}

/// What the file declares. An empty one is fine: Codex ignores it, and connecting fills it.
pub(crate) fn hooks(text: &str) -> Result<Hooks, Refusal> {
    if text.trim().is_empty() {
        return Ok(Hooks::default());
    }
    let HooksFile { hooks: Events(events), .. } =
        declared(text).map_err(|rejected| Refusal::new(rejected.at, rejected.reason))?;
    let tree = Tree::read(text)?;
    let container = match tree.events()? {
        None => Container::Absent,
        Some(events) if events.properties.is_empty() => Container::Empty,
        Some(_) => Container::Filled,
    };
    let events = events.into_iter().map(|(event, declared)| {
        let places = &tree.groups(&event)?.elements;
        let groups = places.iter().zip(declared).map(|(place, declared)| group(place, declared));
        Ok((event, groups.collect::<Result<_, _>>()?))
    });
    Ok(Hooks { events: events.collect::<Result<_, _>>()?, container })
}

fn group(place: &Value<'_>, MatcherGroup { matcher, hooks }: MatcherGroup) -> Result<Group, Refusal> {
    let place = object(place)?;
    let places = place.get("hooks").map(|hooks| array(&hooks.value)).transpose()?;
    let places = places.into_iter().flat_map(|hooks| &hooks.elements);
    let handlers = places.zip(hooks).map(|(place, runs)| Handler { at: place.start(), runs }).collect();
    Ok(Group { at: place.start(), matcher, handlers, bare: place.properties.is_empty() })
}

/// The text after one step.
pub(crate) fn edit(text: &str, step: &Step<'_>) -> Result<String, Refusal> {
    let text = if text.trim().is_empty() { "{}\n" } else { text };
    let tree = Tree::read(text)?;
    match step {
        Step::Append(entry) => {
            let (group, style, name) = (Json::group(entry), tree.style(text), entry.event.name());
            let Some(events) = tree.events()? else {
                let hooks = Json::Object(vec![(name, Json::List(vec![group]))]);
                return Ok(
                    properties(&tree.root).with(text, &style, |layout| hooks.write_field("hooks", &style, layout))
                );
            };
            Ok(match events.get(name) {
                Some(groups) => {
                    elements(array(&groups.value)?).with(text, &style, |layout| group.write(&style, layout))
                }
                None => {
                    let groups = Json::List(vec![group]);
                    properties(events).with(text, &style, |layout| groups.write_field(name, &style, layout))
                }
            })
        }
        Step::DropGroup(event) => Ok(without_last(text, tree.groups(event)?)),
        Step::EmptyGroup { event, group } => Ok(replaced(text, range(&tree.group(event, *group)?.range), "{}")),
        Step::DropHandler { event, group } => {
            let hooks = tree.group(event, *group)?.get("hooks").ok_or_else(|| unexpected(0))?;
            Ok(without_last(text, array(&hooks.value)?))
        }
        Step::DropEvent(event) => match tree.events()? {
            Some(events) => without_property(text, events, event.name()),
            None => Err(unexpected(0)),
        },
        Step::DropContainer => without_property(text, &tree.root, "hooks"),
    }
}

/// Whether nothing is declared or described any more.
pub(crate) fn is_bare(text: &str) -> bool {
    Tree::read(text).is_ok_and(|tree| tree.root.properties.is_empty())
}

/// JSON and nothing else.
pub(crate) const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Where everything stands.
struct Tree<'a> {
    root: Object<'a>,
}

impl<'a> Tree<'a> {
    fn read(text: &'a str) -> Result<Self, Refusal> {
        let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT);
        let parsed = parsed.map_err(|error| Refusal::new(error.range().start, error.kind().to_string()))?;
        match parsed.value {
            Some(Value::Object(root)) => Ok(Self { root }),
            _ => Err(unexpected(0)),
        }
    }

    fn events(&self) -> Result<Option<&Object<'a>>, Refusal> {
        self.root.get("hooks").map(|hooks| object(&hooks.value)).transpose()
    }

    fn groups(&self, event: &HookEvent) -> Result<&Array<'a>, Refusal> {
        let groups = self.events()?.and_then(|events| events.get(event.name()));
        array(&groups.ok_or_else(|| unexpected(0))?.value)
    }

    fn group(&self, event: &HookEvent, index: usize) -> Result<&Object<'a>, Refusal> {
        object(self.groups(event)?.elements.get(index).ok_or_else(|| unexpected(0))?)
    }

    fn style(&self, text: &str) -> Style {
        let first = self.root.properties.first();
        let first = first.map(|first| (range(&first.name.range()), range(&first.value.range())));
        Style::of_json(text, &range(&self.root.range), first.as_ref().map(|(name, value)| (name, value)))
    }
}

/// What an MCP tool is given, as Codex hashes it: every number keeps its text.
pub(crate) fn hashed_input(text: &str, spot: &Spot) -> Option<Map<String, serde_json::Value>> {
    let tree = Tree::read(text).ok()?;
    let handlers = tree.group(&spot.event, spot.group).ok()?.get_array("hooks")?;
    let input = object(handlers.elements.get(spot.handler)?).ok()?.get_object("input");
    Some(input.map(hashed_object).unwrap_or_default())
}

fn hashed_object(object: &Object<'_>) -> Map<String, serde_json::Value> {
    let hashed = |property: &ObjectProp<'_>| (property.name.as_str().to_owned(), hashed(&property.value));
    object.properties.iter().map(hashed).collect()
}

fn hashed(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::StringLit(text) => text.value.as_ref().into(),
        Value::NumberLit(number) => hashed_number(number.value),
        Value::BooleanLit(flag) => flag.value.into(),
        Value::Object(object) => hashed_object(object).into(),
        Value::Array(array) => array.elements.iter().map(hashed).collect(),
        Value::NullKeyword(_) => serde_json::Value::Null,
    }
}

fn properties(object: &Object<'_>) -> List {
    let items = object.properties.iter().map(|property| range(&property.range)).collect();
    List { whole: range(&object.range), items }
}

fn elements(array: &Array<'_>) -> List {
    let items = array.elements.iter().map(|element| range(&element.range())).collect();
    List { whole: range(&array.range), items }
}

fn without_last(text: &str, array: &Array<'_>) -> String {
    elements(array).without(text, array.elements.len() - 1)
}

fn without_property(text: &str, object: &Object<'_>, name: &str) -> Result<String, Refusal> {
    let named = |property: &ObjectProp<'_>| property.name.as_str() == name;
    let index = object.properties.iter().position(named).ok_or_else(|| unexpected(object.start()))?;
    Ok(properties(object).without(text, index))
}

fn object<'v, 'a>(value: &'v Value<'a>) -> Result<&'v Object<'a>, Refusal> {
    value.as_object().ok_or_else(|| unexpected(value.start()))
}

fn array<'v, 'a>(value: &'v Value<'a>) -> Result<&'v Array<'a>, Refusal> {
    value.as_array().ok_or_else(|| unexpected(value.start()))
}

/// Codex reads some arrays as objects; nobody writes them so, and we do not edit them.
fn unexpected(at: usize) -> Refusal {
    Refusal::new(at, "this is not written as Hookwright can edit it")
}

fn range(range: &Range) -> std::ops::Range<usize> {
    range.start..range.end
}

/// serde_json counts columns in bytes, and 0 is the end of the line before.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    (start + error.column().saturating_sub(1)).min(text.len())
}

/// Codex keeps the text of every number that is no 64-bit integer, so it calls one `number`, and `map` inside a handler.
fn reason(error: &serde_json::Error, rest: &str) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    let Some((_, expected)) =
        text.strip_prefix("invalid type: floating point `").and_then(|text| text.split_once("`, "))
    else {
        return text.to_owned();
    };
    if expected.starts_with("expected internally tagged enum") {
        return "missing field `type`".to_owned();
    }
    let found = if rest.starts_with(['}', ']']) { "map" } else { "number" };
    format!("invalid type: {found}, {expected}")
}
