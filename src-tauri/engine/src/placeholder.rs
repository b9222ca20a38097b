//! Placeholders in the input of an MCP tool: `${tool_input.command}` is a path into the payload.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\$\{([^{}]+)\}").expect("a valid expression"));

/// The input with every placeholder replaced. The error is in the agent's words.
pub(crate) fn fill(input: &Map<String, Value>, fields: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    input.iter().map(|(name, value)| Ok((name.clone(), replaced(value, fields)?))).collect()
}

fn replaced(value: &Value, fields: &Map<String, Value>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => replaced_text(text, fields)?,
        Value::Array(items) => items.iter().map(|item| replaced(item, fields)).collect::<Result<_, _>>()?,
        Value::Object(object) => Value::Object(fill(object, fields)?),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

/// A text that is one placeholder becomes the value itself; inside a longer text a value stands as JSON, a string as it is.
fn replaced_text(text: &str, fields: &Map<String, Value>) -> Result<Value, String> {
    let whole = PLACEHOLDER.captures(text).filter(|found| found[0].len() == text.len());
    if let Some(found) = whole {
        return look_up(fields, &found[1]).cloned();
    }
    let mut missing = None;
    let filled = PLACEHOLDER.replace_all(text, |found: &Captures| match look_up(fields, &found[1]) {
        Ok(Value::String(text)) => text.clone(),
        Ok(value) => value.to_string(),
        Err(error) => {
            missing.get_or_insert(error);
            String::new()
        }
    });
    missing.map_or_else(|| Ok(Value::String(filled.into_owned())), Err)
}

fn look_up<'a>(fields: &'a Map<String, Value>, path: &str) -> Result<&'a Value, String> {
    let mut names = path.split('.');
    let first = names.next().and_then(|name| fields.get(name));
    names
        .fold(first, |value, name| value?.get(name))
        .ok_or_else(|| format!("hook input placeholder `${{{path}}}` was not found"))
}
