//! The JSON Schemas of every event: as committed, and true of what Codex was recorded to send.

use std::fs;
use std::path::{Path, PathBuf};

use engine::events::{input_schema, kebab, output_schema};
use model::HookEvent;
use serde_json::Value;

/// File name and text of every schema.
fn schemas() -> Vec<(String, String)> {
    let files = |event: &HookEvent| {
        let name = |kind| format!("{}.command.{kind}.schema.json", kebab(event));
        let schemas = [(name("input"), input_schema(event)), (name("output"), output_schema(event))];
        schemas.into_iter().filter_map(|(name, schema)| Some((name, format!("{:#}\n", schema?.to_value()))))
    };
    HookEvent::KNOWN.iter().flat_map(files).collect()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_generated_schemas_are_current() {
    let folder = repository().join("docs/schemas");
    if std::env::var_os("HOOKWRIGHT_WRITE_GENERATED").is_some() {
        for (name, text) in schemas() {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in schemas() {
        assert_eq!(fs::read_to_string(folder.join(&name)).unwrap(), text, "{name}: run `cargo xtask gen`");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), schemas().len(), "a file that no event has");
}

/// What Codex 0.169 sent, with the name of the file.
fn recordings() -> Vec<(String, Value)> {
    let files = fs::read_dir(repository().join("tests/fixtures/codex")).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
        .map(|file| (file.display().to_string(), serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()))
        .collect()
}

fn event_of(payload: &Value) -> HookEvent {
    HookEvent::from_name(payload["hook_event_name"].as_str().unwrap())
}

#[test]
fn recorded_payloads_are_valid() {
    let recordings = recordings();
    for (file, payload) in &recordings {
        let schema = input_schema(&event_of(payload)).unwrap().to_value();
        if let Err(error) = jsonschema::validate(&schema, payload) {
            panic!("{file}: {error}");
        }
    }
    for event in HookEvent::KNOWN {
        assert!(recordings.iter().any(|(_, payload)| event_of(payload) == *event), "no recording of {}", event.name());
    }
}

#[test]
fn another_payload_is_not_valid() {
    for (file, payload) in recordings() {
        let schema = input_schema(&event_of(&payload)).unwrap().to_value();
        for name in payload.as_object().unwrap().keys().filter(|name| !name.starts_with("agent_")) {
            let mut less = payload.clone();
            less.as_object_mut().unwrap().remove(name);
            assert!(!jsonschema::is_valid(&schema, &less), "{file} without {name}");
        }
        let mut more = payload.clone();
        more["foo"] = 1.into();
        assert!(!jsonschema::is_valid(&schema, &more), "{file} with foo");
        let mut other = payload.clone();
        other["hook_event_name"] = "Other".into();
        assert!(!jsonschema::is_valid(&schema, &other), "{file} of another event");
    }
}

/// Codex 0.169 writes fields in the order of its types, which are the order of ours.
#[test]
fn fields_come_in_the_order_of_the_schema() {
    for (file, payload) in recordings() {
        let schema = input_schema(&event_of(&payload)).unwrap().to_value();
        let declared = schema["properties"].as_object().unwrap().keys();
        let present: Vec<_> = declared.filter(|name| payload.get(name).is_some()).collect();
        assert_eq!(present, payload.as_object().unwrap().keys().collect::<Vec<_>>(), "{file}");
    }
}

#[test]
fn each_schema_is_of_its_event_alone() {
    for event in HookEvent::KNOWN {
        let input = input_schema(event).unwrap().to_value();
        assert_eq!(input["properties"]["hook_event_name"]["const"], event.name());
        assert_eq!(input["title"], format!("{}.command.input", kebab(event)));
        let Some(output) = output_schema(event) else { continue };
        assert_eq!(output.get("title").unwrap(), &format!("{}.command.output", kebab(event)));
        if let Some(named) = output.pointer("/properties/hookSpecificOutput/properties/hookEventName/const") {
            assert_eq!(named, event.name());
        }
    }
}
