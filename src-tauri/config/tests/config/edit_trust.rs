//! What an edited text does to trust, and how places are kept.

use std::path::Path;

use config::{Notation, TrustChange, keeping, trust_effects};
use model::SourceKind;
use serde_json::{Value, json};

fn listing(commands: &[&str]) -> String {
    let group = |command: &&str| json!({ "hooks": [{ "type": "command", "command": command }] });
    let groups: Vec<_> = commands.iter().map(group).collect();
    serde_json::to_string_pretty(&json!({ "hooks": { "Stop": groups } })).unwrap()
}

fn effects(before: &str, after: &str) -> Vec<(String, String, TrustChange)> {
    let effects = trust_effects(SourceKind::User, Path::new("/f/hooks.json"), before, after).into_iter();
    effects.map(|effect| (effect.key, effect.command, effect.effect)).collect()
}

#[test]
fn what_becomes_of_trust() {
    let before = listing(&["a", "b", "c"]);
    let at = |group: usize| format!("/f/hooks.json:stop:{group}:0");
    let told = |group: usize, command: &str, effect| (at(group), command.to_owned(), effect);
    assert_eq!(effects(&before, &before), []);
    assert_eq!(effects(&before, &listing(&["a", "b", "c", "d"])), [told(3, "d", TrustChange::New)]);
    assert_eq!(effects(&before, &listing(&["a", "x", "c"])), [told(1, "x", TrustChange::Changed)]);
    let moved = [told(0, "b", TrustChange::Moved), told(1, "c", TrustChange::Moved)];
    assert_eq!(effects(&before, &listing(&["b", "c"])), moved);
    // A copy does not take anything from what it is a copy of.
    assert_eq!(effects(&before, &listing(&["a", "b", "c", "a"])), [told(3, "a", TrustChange::New)]);
    assert_eq!(effects(&before, "{ broken"), []);
    assert_eq!(effects("{ broken", &listing(&["a"])), [told(0, "a", TrustChange::New)]);
}

#[test]
fn places_are_kept_where_groups_went() {
    let before = listing(&["a", "b", "c", "d"]);
    let after = listing(&["b", "d", "new"]);
    let kept = keeping(Notation::Json, &before, &after).unwrap();
    let value: Value = serde_json::from_str(&kept).unwrap();
    let groups = value["hooks"]["Stop"].as_array().unwrap();
    assert_eq!((&groups[0], &groups[2], groups.len()), (&json!({}), &json!({}), 5));
    assert_eq!(effects(&before, &kept).len(), 1);
    assert_eq!(keeping(Notation::Json, &before, &listing(&["a", "b"])), None);
    assert_eq!(keeping(Notation::Json, &before, &listing(&["b", "a", "c", "d"])), None);
    let one =
        |command: &str| format!("[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"{command}\"\n");
    let kept = keeping(Notation::Toml, &format!("{}{}", one("a"), one("b")), &one("b"));
    assert_eq!(kept, Some(format!("[[hooks.Stop]]\n{}", one("b"))));
}
