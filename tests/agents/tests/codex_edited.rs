//! What the editor makes of realistic hook files the real Codex takes: as many hooks as we list, with the same keys and hashes, and
//! nothing to complain of that it did not complain of before.

use std::fs;
use std::path::{Path, PathBuf};

use config::discover::{Flags, Places, discover};
use config::{Edit, Notation, Place, edit, outline, replace_all};
use fixtures::codex::{AppServer, Lab};
use serde_json::{Value, json};

/// Realistic files, and hostile ones.
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src-tauri/config/tests/files/edit");

struct World {
    lab: Lab,
    server: AppServer,
    /// What Codex needs to start at all.
    config: String,
}

/// Key and hash of each hook, and what is said.
type Listed = (Vec<(String, String)>, Vec<String>);

impl World {
    fn home(&self) -> PathBuf {
        self.lab.codex_home().canonicalize().expect("the lab's folder is ours")
    }

    /// Puts a text in the place of Codex's own file.
    fn put(&self, notation: Notation, text: &str) {
        let (json, toml) = match notation {
            Notation::Json => (Some(text), self.config.clone()),
            Notation::Toml => (None, format!("{}\n{text}", self.config)),
        };
        fs::write(self.home().join("config.toml"), toml).expect("the lab's folder is ours");
        let hooks = self.home().join("hooks.json");
        match json {
            Some(text) => fs::write(hooks, text).expect("the lab's folder is ours"),
            None => drop(fs::remove_file(hooks)),
        }
    }

    fn theirs(&mut self) -> Listed {
        let listed = self.server.call("hooks/list", json!({ "cwds": [self.lab.repo()] }));
        let listed = &listed["data"][0];
        let list = |of: &Value| of.as_array().expect("hooks/list has lists").clone();
        let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
        let hooks =
            list(&listed["hooks"]).iter().map(|hook| (text(&hook["key"]), text(&hook["currentHash"]))).collect();
        let errors = list(&listed["errors"]).iter().map(|error| text(&error["message"])).collect::<Vec<_>>();
        (hooks, list(&listed["warnings"]).iter().map(text).chain(errors).collect())
    }

    fn ours(&self) -> Listed {
        let places = Places { codex: self.home(), system: Path::new("/nowhere").to_owned() };
        let found = discover(&places, &self.lab.repo(), &Flags::default());
        let hooks = found.hooks.into_iter().map(|hook| (hook.key.as_str().to_owned(), hook.hash)).collect();
        (hooks, found.warnings.into_iter().chain(found.errors.into_iter().map(|error| error.message)).collect())
    }
}

/// Edits of every kind, as far as there is something to edit.
fn edits(notation: Notation, text: &str) -> Vec<Edit> {
    let handler = || {
        vec![
            ("type".to_owned(), json!("command")),
            ("command".to_owned(), json!("echo \"it's é\\n\" | cat")),
            ("timeout".to_owned(), json!(7)),
        ]
    };
    let mut edits = vec![
        Edit::AddGroup { event: "Stop".to_owned(), matcher: None, handler: handler() },
        Edit::AddGroup {
            event: "PreToolUse".to_owned(),
            matcher: Some("Bash|apply_patch".to_owned()),
            handler: handler(),
        },
    ];
    let groups = outline(notation, text).map(|outline| outline.groups).unwrap_or_default();
    for group in groups.iter().take(1) {
        let (event, index) = (group.event.clone(), group.group);
        let whole = || Place::Group { event: event.clone(), group: index };
        edits.push(Edit::AddHandler { event: event.clone(), group: index, handler: handler() });
        edits.push(Edit::Duplicate(whole()));
        edits.push(Edit::SetMatcher { event: event.clone(), group: index, matcher: Some("^Bash$".to_owned()) });
        edits.push(Edit::Vacate { event: event.clone(), group: index });
        edits.push(Edit::Remove(whole()));
        for handler in group.handlers.iter().take(1) {
            let place = Place::Handler { event: event.clone(), group: index, handler: handler.handler };
            let set = |name: &str, value: Value| Edit::SetField {
                place: place.clone(),
                name: name.to_owned(),
                value: Some(value),
            };
            edits.push(set("command", json!("true # \"é\"")));
            edits.push(set("statusMessage", json!("Looking")));
            edits.push(set("timeout", json!(3)));
        }
    }
    edits
}

#[test]
fn what_is_edited_codex_takes() {
    let lab = Lab::new([]);
    let config = fs::read_to_string(lab.codex_home().join("config.toml")).expect("the lab's folder is ours");
    let mut world = World { server: lab.app_server(), lab, config };
    let (mut files, mut texts) = (0, 0);
    let mut paths: Vec<_> =
        fs::read_dir(FILES).expect("they are there").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let toml = path.extension().is_some_and(|extension| extension == "toml");
        let notation = if toml { Notation::Toml } else { Notation::Json };
        world.put(notation, &text);
        let (_, complaints) = world.theirs();
        let whole = if toml { format!("{}\n{text}", world.config) } else { text.clone() };
        files += 1;
        for edit_of in edits(notation, &whole) {
            // What cannot be done without touching anything else is refused.
            let Ok(edited) = edit(notation, &whole, &edit_of) else { continue };
            let after = replace_all(&whole, &edited.changes);
            fs::write(world.home().join(if toml { "config.toml" } else { "hooks.json" }), &after)
                .expect("the lab's folder is ours");
            let (theirs, said) = world.theirs();
            let at = || format!("{}: {edit_of:?}", path.display());
            let kind = |text: &String| text.split(':').next_back().unwrap_or_default().to_owned();
            let known: Vec<_> = complaints.iter().map(kind).collect();
            let news: Vec<_> = said.iter().filter(|said| !known.contains(&kind(said))).collect();
            if complaints.is_empty() {
                assert!(news.is_empty(), "{}: {news:?}\n{after}", at());
            }
            assert_eq!(theirs, world.ours().0, "{}\n{after}", at());
            texts += 1;
        }
    }
    println!("{texts} edited texts of {files} files");
    assert!(files >= 60 && texts >= 500, "{texts} of {files}");
}
