//! Laws over made-up files in made-up layouts.

use std::fs;

use config::{Change, Plan, Record, Saved};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use crate::support::{Place, assert_connected, entries};

const EVENTS: [&str; 5] = ["Stop", "PreToolUse", "Interrupt", "Notification", "PermissionRequest"];
/// How often a place of a file is asked for its blanks.
const BLANKS: usize = 40;

#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) tokens: Vec<String>,
    blanks: Vec<&'static str>,
}

impl File {
    /// Blanks between all tokens, taken in turn.
    pub(crate) fn text(&self) -> String {
        let blanks = self.blanks.iter().cycle();
        self.tokens.iter().zip(blanks).flat_map(|(token, blanks)| [token.as_str(), blanks]).collect()
    }
}

fn tokens(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn joined(open: &str, parts: Vec<Vec<String>>, close: &str) -> Vec<String> {
    let mut all = tokens(&[open]);
    all.extend(parts.join(&",".to_owned()));
    all.push(close.to_owned());
    all
}

fn handler() -> impl Strategy<Value = Vec<String>> {
    let command = select(vec![r#""true""#, r#""say \"hi\" 'there'""#, r#""caf\u00e9 🚫""#, r#""a\\b""#]);
    (command, any::<bool>()).prop_map(|(command, timeout)| {
        let mut all = tokens(&["{", r#""type""#, ":", r#""command""#, ",", r#""command""#, ":", command]);
        if timeout {
            all.extend(tokens(&[",", r#""timeout""#, ":", "30"]));
        }
        all.push("}".to_owned());
        all
    })
}

fn group() -> impl Strategy<Value = Vec<String>> {
    (prop::collection::vec(handler(), 0..3), any::<bool>()).prop_map(|(handlers, matcher)| {
        let mut all = tokens(&["{"]);
        if matcher {
            all.extend(tokens(&[r#""matcher""#, ":", r#""Bash|Edit""#, ","]));
        }
        all.extend(tokens(&[r#""hooks""#, ":"]));
        all.extend(joined("[", handlers, "]"));
        all.push("}".to_owned());
        all
    })
}

/// A hooks.json, with `least` groups in each event at least.
pub(crate) fn hooks_json(least: usize) -> impl Strategy<Value = File> {
    let events = subsequence(EVENTS.to_vec(), least..=EVENTS.len()).prop_shuffle();
    let groups = prop::collection::vec(prop::collection::vec(group(), least..3), EVENTS.len());
    let blanks = select(vec!["", "", " ", "\n", "\n  ", "\r\n\t", "  \n\n    "]);
    (events, groups, prop::collection::vec(blanks, BLANKS), any::<bool>()).prop_map(
        |(events, groups, blanks, described)| {
            let event = |(name, groups): (&str, Vec<Vec<String>>)| {
                let mut all = vec![format!("\"{name}\""), ":".to_owned()];
                all.extend(joined("[", groups, "]"));
                all
            };
            let mut hooks = tokens(&[r#""hooks""#, ":"]);
            hooks.extend(joined("{", events.into_iter().zip(groups).map(event).collect(), "}"));
            let description = tokens(&[r#""description""#, ":", r#""x""#]);
            let parts = if described { vec![hooks, description] } else { vec![hooks] };
            File { tokens: joined("{", parts, "}"), blanks }
        },
    )
}

pub(crate) fn config_toml() -> impl Strategy<Value = String> {
    let line = select(vec![
        "[[hooks.Stop]]",
        "[[hooks.Stop]]\nmatcher = 'x' # why",
        "[[hooks.Stop]]\n  [[hooks.Stop.hooks]]\n  type = \"prompt\"",
        "[[hooks.PreToolUse]]\n# note\n[[hooks.PreToolUse.hooks]]\ntype='command'\ncommand = '''x\ny'''\n\n",
        "[[hooks.Interrupt]]\nhooks = [ { type = 'agent' }, # last\n]",
        "# a comment",
        "",
        "  ",
        "[[list]]\nvalue = { a = [1, 2], \"b c\" = 1979-05-27 }",
    ]);
    let end = select(vec!["", "\n", "\n\n", "\n# end", " # end\n"]);
    (prop::collection::vec(line, 0..12), end, any::<bool>()).prop_map(|(lines, end, windows)| {
        let text = format!("model = 'x'\n[[hooks.Stop]]\n{}{end}", lines.join("\n"));
        if windows { text.replace('\n', "\r\n") } else { text }
    })
}

/// Connects and disconnects, and gives what is left of both files.
fn there_and_back(place: &Place, record: bool) -> [Option<String>; 2] {
    let plan = config::connect(&place.home(), &entries()).unwrap();
    let saved = write(place, &plan);
    assert_connected(place, &saved.path);
    let record = record.then(|| Record::default().after_connect(&plan, &[saved]));
    write(place, &config::disconnect(&place.home(), record.as_ref()).unwrap());
    place.texts()
}

/// Makes the one change of a plan, without waiting for the disk as [`Plan::apply`] does.
fn write(place: &Place, plan: &Plan) -> Saved {
    let [Change { path, before, after, mode: _ }] = plan.changes.as_slice() else { panic!("{plan:?}") };
    let backup = before.as_ref().map(|_| place.path("backup"));
    if let (Some(backup), Some(before)) = (&backup, before) {
        fs::write(backup, before).unwrap();
    }
    match after {
        Some(bytes) => fs::write(path, bytes).unwrap(),
        None => fs::remove_file(path).unwrap(),
    }
    Saved { path: path.clone(), backup }
}

/// Every handler of everyone else, with its place.
fn others(text: &str) -> Vec<(String, usize, usize, serde_json::Value)> {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut all = Vec::new();
    for (event, groups) in value.get("hooks").and_then(|hooks| hooks.as_object()).into_iter().flatten() {
        for (group, declared) in groups.as_array().into_iter().flatten().enumerate() {
            for (index, handler) in
                declared.get("hooks").and_then(|hooks| hooks.as_array()).into_iter().flatten().enumerate()
            {
                if !handler["command"].as_str().unwrap().contains("hookwright-relay") {
                    all.push((event.clone(), group, index, handler.clone()));
                }
            }
        }
    }
    all.sort_by_key(|(event, group, index, _)| (event.clone(), *group, *index));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hooks_json_comes_back(file in hooks_json(1)) {
        let place = Place::with(Some(&file.text()), None);
        let before = place.texts();
        prop_assert_eq!(there_and_back(&place, false), before);
    }

    #[test]
    fn config_toml_comes_back(text in config_toml()) {
        let place = Place::with(None, Some(&text));
        let before = place.texts();
        prop_assert_eq!(there_and_back(&place, false), before);
    }

    #[test]
    fn everything_comes_back_with_a_record(hooks in hooks_json(0), toml in config_toml(), which in 0..3) {
        let (hooks, toml) = (hooks.text(), toml.as_str());
        let place = Place::with((which != 0).then_some(&hooks), (which != 1).then_some(toml));
        let before = place.texts();
        prop_assert_eq!(there_and_back(&place, true), before);
    }

    /// A person appends a group to any event after connecting, and has the file laid out anew by an editor.
    #[test]
    fn what_is_appended_after_ours_keeps_its_place(file in hooks_json(0), event: Index) {
        let place = Place::with(Some(&file.text()), None);
        write(&place, &config::connect(&place.home(), &entries()).unwrap());
        let mut value: serde_json::Value = serde_json::from_str(&place.texts()[0].clone().unwrap()).unwrap();
        let events = value["hooks"].as_object_mut().unwrap();
        let name = events.keys().nth(event.index(events.len())).unwrap().clone();
        events[&name].as_array_mut().unwrap().push(serde_json::json!({ "hooks": [{ "type": "command", "command": "appended" }] }));
        let edited = serde_json::to_string_pretty(&value).unwrap();
        fs::write(place.hooks(), &edited).unwrap();

        write(&place, &config::disconnect(&place.home(), None).unwrap());
        let left = place.texts()[0].clone().unwrap();
        prop_assert_eq!(others(&left), others(&edited));
        prop_assert!(!left.contains("hookwright-relay"));
        // What is left is what was there, less what went: nothing is new but `{}`, nothing else moved.
        let mut rest = edited.chars();
        for c in left.replacen("{}", "{", 1).chars() {
            prop_assert!(rest.any(|old| old == c), "{} is not left of {}", left, edited);
        }
    }

    /// Lines that others add anywhere between tables stay.
    #[test]
    fn comments_in_config_toml_stay(text in config_toml(), at in prop::collection::vec(any::<Index>(), 1..5)) {
        let place = Place::with(None, Some(&text));
        write(&place, &config::connect(&place.home(), &entries()).unwrap());
        let connected = place.texts()[1].clone().unwrap();
        let headers: Vec<_> = connected.match_indices("\n[").map(|(at, _)| at + 1).collect();
        let mut places: Vec<_> = at.iter().map(|at| headers[at.index(headers.len())]).collect();
        places.sort_unstable();
        let mut edited = connected.clone();
        for (number, at) in places.iter().enumerate().rev() {
            edited.insert_str(*at, &format!("# mine {number};\n"));
        }
        fs::write(place.config(), &edited).unwrap();
        write(&place, &config::disconnect(&place.home(), None).unwrap());
        let left = place.texts()[1].clone().unwrap();
        let mut from = 0;
        for number in 0..places.len() {
            let comment = format!("# mine {number};");
            let found = left[from..].find(&comment);
            prop_assert!(found.is_some(), "{} is gone", comment);
            from += found.unwrap() + comment.len();
        }
        prop_assert!(!left.contains("hookwright-relay"));
    }
}
