//! New values, written as the file is.

use std::fmt::Write as _;

use serde_json::Value;
use toml_edit::Key;

use super::Notation;
use super::doc::Doc;
use crate::error::Refusal;
use crate::layout::{Json, Layout};

/// A handler as a person wishes it.
pub(super) fn handler<'a>(doc: &Doc<'_>, fields: &'a [(String, Value)]) -> Json<'a> {
    let fields = fields.iter().map(|(name, value)| (name.as_str(), Json::Value(value))).collect();
    let handler = Json::Object(fields);
    if on_one_line(doc, Level::Handler) { Json::OneLine(Box::new(handler)) } else { handler }
}

/// A group with one handler.
pub(super) fn group<'a>(doc: &Doc<'_>, matcher: Option<&'a str>, fields: &'a [(String, Value)]) -> Json<'a> {
    let matcher = matcher.map(|matcher| ("matcher", Json::Text(matcher)));
    let hooks = ("hooks", Json::List(vec![handler(doc, fields)]));
    let group = Json::Object(matcher.into_iter().chain([hooks]).collect());
    if on_one_line(doc, Level::Group) { Json::OneLine(Box::new(group)) } else { group }
}

#[derive(Clone, Copy)]
enum Level {
    Group,
    Handler,
}

/// Whether the first that stands in the file does.
fn on_one_line(doc: &Doc<'_>, level: Level) -> bool {
    let events = doc.root.get("hooks").map(|hooks| hooks.value.entries()).unwrap_or_default();
    let mut groups = events.iter().flat_map(|event| event.value.list());
    let first = match level {
        Level::Group => groups.find(|group| !group.entries().is_empty()),
        Level::Handler => groups
            .filter_map(|group| group.get("hooks"))
            .flat_map(|hooks| hooks.value.list())
            .find(|handler| !handler.entries().is_empty()),
    };
    first.is_some_and(|first| !doc.slice(&first.at).contains('\n'))
}

impl Doc<'_> {
    /// A value inside brackets, or behind a key.
    pub(super) fn write(&self, value: &Json<'_>, layout: Layout<'_>) -> Result<String, Refusal> {
        match self.notation {
            Notation::Json => Ok(value.write(&self.style, layout)),
            Notation::Toml => toml(value),
        }
    }

    /// A value with its key.
    pub(super) fn write_field(&self, name: &str, value: &Json<'_>, layout: Layout<'_>) -> Result<String, Refusal> {
        match self.notation {
            Notation::Json => Ok(value.write_field(name, &self.style, layout)),
            Notation::Toml => Ok(format!("{} = {}", key(name), toml(value)?)),
        }
    }

    /// A name of an event, as it stands in front of its groups.
    pub(super) fn write_name(&self, name: &str) -> String {
        match self.notation {
            Notation::Json => Value::from(name).to_string(),
            Notation::Toml => key(name),
        }
    }

    /// One more table of the list at this path, with the tables below it.
    pub(super) fn block(&self, path: &str, table: &Json<'_>, indent: &str) -> Result<String, Refusal> {
        let eol = self.style.eol;
        let mut block = format!("{indent}[[{path}]]");
        let mut below = Vec::new();
        for (name, value) in fields(table) {
            match value {
                Json::List(tables) if *name == "hooks" => below.extend(tables),
                value => {
                    let line = self.write_field(name, value, Layout::OneLine)?;
                    write!(block, "{eol}{indent}{line}").expect("a string takes everything");
                }
            }
        }
        for table in below {
            let table = self.block(&format!("{path}.hooks"), table, indent)?;
            write!(block, "{eol}{eol}{table}").expect("a string takes everything");
        }
        Ok(block)
    }
}

fn fields<'j, 'a>(table: &'j Json<'a>) -> &'j [(&'a str, Json<'a>)] {
    match table {
        Json::Object(fields) => fields,
        Json::OneLine(value) => fields(value),
        Json::Text(_) | Json::Plain(_) | Json::Value(_) | Json::List(_) => &[],
    }
}

/// `hooks.EVENT`.
pub(super) fn path(event: &str) -> String {
    format!("hooks.{}", key(event))
}

fn key(name: &str) -> String {
    Key::new(name).display_repr().into_owned()
}

fn toml(value: &Json<'_>) -> Result<String, Refusal> {
    match value {
        Json::Text(text) => Ok(toml_edit::Value::from(*text).to_string()),
        Json::Plain(text) => Ok(text.clone()),
        Json::OneLine(value) => toml(value),
        Json::List(values) => list(values.iter().map(toml)),
        Json::Object(fields) => {
            table(fields.iter().map(|(name, value)| Ok(format!("{} = {}", key(name), toml(value)?))))
        }
        Json::Value(value) => scalar(value),
    }
}

fn scalar(value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Null => Err(Refusal::new(0, "TOML cannot say `null`")),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) if number.is_u64() && !number.is_i64() => {
            Err(Refusal::new(0, format!("TOML has no number as large as {number}")))
        }
        Value::Number(number) => Ok(match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => toml_edit::Value::from(number).to_string(),
            None => number.to_string(),
        }),
        Value::String(text) => toml(&Json::Text(text)),
        Value::Array(values) => list(values.iter().map(scalar)),
        Value::Object(fields) => {
            table(fields.iter().map(|(name, value)| Ok(format!("{} = {}", key(name), scalar(value)?))))
        }
    }
}

fn list(values: impl Iterator<Item = Result<String, Refusal>>) -> Result<String, Refusal> {
    Ok(format!("[{}]", values.collect::<Result<Vec<_>, _>>()?.join(", ")))
}

fn table(fields: impl Iterator<Item = Result<String, Refusal>>) -> Result<String, Refusal> {
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    Ok(if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) })
}
