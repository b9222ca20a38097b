//! JSON Schemas of what hooks get and answer, made from the very types that read them. `docs/schemas/` holds them.

use model::HookEvent;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::events::kebab;

/// Of what a hook gets.
pub(crate) fn input<T: JsonSchema>(event: &HookEvent) -> Schema {
    made::<T>(settings().for_serialize().into_generator(), &format!("{}.command.input", kebab(event)))
}

/// Of what a hook may answer.
pub(crate) fn output<T: JsonSchema>(event: &HookEvent) -> Schema {
    made::<T>(settings().into_generator(), &format!("{}.command.output", kebab(event)))
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true).with_transform(LeftOutIsNotNull)
}

fn made<T: JsonSchema>(generator: SchemaGenerator, title: &str) -> Schema {
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema
}

/// As Codex publishes them: what may be left out is not null instead (though Codex takes a null as left out).
#[derive(Clone, Debug)]
struct LeftOutIsNotNull;

impl Transform for LeftOutIsNotNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
        for (name, property) in properties {
            if !required.contains(&Value::from(name.as_str())) {
                remove_null(property);
            }
        }
    }
}

fn remove_null(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(kinds) = schema.get_mut("type") {
        *kinds = without(kinds.take(), &Value::from("null"));
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type") != Some(&Value::from("null")));
    }
}

/// A list of one is that one.
fn without(list: Value, unwanted: &Value) -> Value {
    match list {
        Value::Array(mut values) => {
            values.retain(|value| value != unwanted);
            if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
        }
        one => one,
    }
}
