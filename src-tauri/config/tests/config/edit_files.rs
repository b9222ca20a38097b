//! What is edited to find out whether the laws hold: real-looking files, made-up ones, and what a person might do to them.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use config::{Edit, GroupAt, HandlerAt, Notation, Outline, Place};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::laws::{config_toml, hooks_json};

/// A file in `tests/files/edit`, or a made-up one.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) notation: Notation,
    pub(crate) text: String,
}

pub(crate) static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/edit");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            File { name, notation: Notation::of(&path), text: fs::read_to_string(&path).unwrap() }
        })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
});

pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let cases = if std::env::var_os("HOOKWRIGHT_SOAK").is_some() { usual * 30 } else { usual };
    ProptestConfig { failure_persistence: None, cases, ..ProptestConfig::default() }
}

pub(crate) fn file() -> impl Strategy<Value = File> {
    let made_up = |notation, text| File { name: "made up".to_owned(), notation, text };
    prop_oneof![
        2 => select(FILES.as_slice()),
        1 => hooks_json(0).prop_map(move |file| made_up(Notation::Json, file.text())),
        1 => config_toml().prop_map(move |text| made_up(Notation::Toml, text)),
    ]
}

/// Also with comments anywhere, which Codex refuses and a person may mend.
pub(crate) fn any_file() -> impl Strategy<Value = File> {
    let blanks = select(vec!["", " ", "\n", "\n    ", "\r\n\t", " // it's\n", " /* one, two */ ", "\n  // { [ \"\n  "]);
    let commented = (hooks_json(0), prop::collection::vec(blanks, 40)).prop_map(|(file, blanks)| {
        let parts = file.tokens.iter().zip(blanks.iter().cycle());
        let text = parts.flat_map(|(token, blanks)| [token.as_str(), blanks]).collect();
        File { name: "commented".to_owned(), notation: Notation::Json, text }
    });
    prop_oneof![4 => file(), 1 => commented]
}

/// What a person might do, not yet said to what.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    does: usize,
    at: Index,
    to: Index,
    value: Value,
}

const EVENTS: [&str; 4] = ["Stop", "PreToolUse", "SessionEnd", "Not An Event"];

pub(crate) fn wish() -> impl Strategy<Value = Wish> {
    let values = vec![
        json!("x"),
        json!("line\nline \"quoted\" \\ 'and' é 🪝"),
        json!(30),
        json!(1.5),
        json!(true),
        json!({ "a": [1, { "b c": "d" }], "e": {} }),
        json!([]),
    ];
    (0..10_usize, any::<Index>(), any::<Index>(), select(values)).prop_map(|(does, at, to, value)| Wish {
        does,
        at,
        to,
        value,
    })
}

impl Wish {
    /// Said of what stands in the file. `None` where there is nothing to do it to.
    pub(crate) fn of(&self, outline: &Outline) -> Option<Edit> {
        let Self { does, at, to, value } = self;
        let handler = || vec![("type".to_owned(), json!("command")), ("command".to_owned(), value_text(value))];
        let group = || outline.groups.get(at.index(outline.groups.len().max(1)));
        let (group_at, handler_at) = (|| group().map(place_of), || self.handler(outline, at));
        Some(match does {
            0 => Edit::AddGroup {
                event: EVENTS[at.index(EVENTS.len())].to_owned(),
                matcher: (to.index(2) == 0).then(|| "Bash|Edit".to_owned()),
                handler: handler(),
            },
            1 => group().map(|group| Edit::AddHandler {
                event: group.event.clone(),
                group: group.group,
                handler: handler(),
            })?,
            2 => group().map(|group| Edit::SetMatcher {
                event: group.event.clone(),
                group: group.group,
                matcher: (to.index(3) > 0).then(|| format!("x{}", to.index(9))),
            })?,
            3 => {
                let name = ["command", "timeout", "statusMessage", "input", "new key"][to.index(5)].to_owned();
                Edit::SetField { place: handler_at()?, name, value: Some(value.clone()) }
            }
            4 => {
                let name = ["command", "timeout", "statusMessage", "type", "input"][to.index(5)].to_owned();
                Edit::SetField { place: handler_at()?, name, value: None }
            }
            5 => Edit::Remove(if to.index(2) == 0 { group_at()? } else { handler_at()? }),
            6 => group().map(|group| Edit::Vacate { event: group.event.clone(), group: group.group })?,
            7 => {
                let other = outline.groups.get(to.index(outline.groups.len().max(1)))?;
                let to = if to.index(5) == 0 {
                    Place::Group { event: "SubagentStop".to_owned(), group: 0 }
                } else {
                    Place::Group { event: other.event.clone(), group: other.group + to.index(2) }
                };
                Edit::Move { place: group_at()?, to }
            }
            8 => {
                let other = outline.groups.get(to.index(outline.groups.len().max(1)))?;
                let handler = to.index(other.handlers.len() + 1);
                let to = Place::Handler { event: other.event.clone(), group: other.group, handler };
                Edit::Move { place: handler_at()?, to }
            }
            _ => Edit::Duplicate(if to.index(2) == 0 { group_at()? } else { handler_at()? }),
        })
    }

    fn handler(&self, outline: &Outline, at: &Index) -> Option<Place> {
        let places: Vec<_> = handlers(outline).map(|(place, _)| place).collect();
        places.get(at.index(places.len().max(1))).cloned()
    }
}

fn value_text(value: &Value) -> Value {
    Value::from(value.to_string())
}

pub(crate) fn place_of(group: &GroupAt) -> Place {
    Place::Group { event: group.event.clone(), group: group.group }
}

pub(crate) fn handlers(outline: &Outline) -> impl Iterator<Item = (Place, &HandlerAt)> {
    outline.groups.iter().flat_map(|group| {
        group.handlers.iter().map(|handler| {
            let place = Place::Handler { event: group.event.clone(), group: group.group, handler: handler.handler };
            (place, handler)
        })
    })
}
