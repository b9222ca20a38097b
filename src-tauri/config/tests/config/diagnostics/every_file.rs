//! Laws over realistic files, whole and cut off anywhere.

use std::fs;
use std::path::{Path, PathBuf};

use config::discover::{Diagnostic, Machine, check_text};
use config::gallery::{Scope, templates};
use config::replace_all;

use super::Desk;

/// Longer ones have the same all over again.
const LONGEST: usize = 4_000;

fn files() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/edit");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files: Vec<_> = files.map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect();
    assert!(files.len() > 60);
    files
}

/// Ranges stand in the text, and changes are in order and apart.
#[track_caller]
fn well_formed(text: &str, found: &[Diagnostic]) {
    for finding in found {
        assert!(text.get(finding.range.clone()).is_some(), "{finding:?} in {text}");
        let changes = finding.fix.iter().flat_map(|fix| &fix.changes);
        let mut end = 0;
        for change in changes {
            assert!(text.get(change.range.clone()).is_some() && end <= change.range.start, "{finding:?} in {text}");
            end = change.range.end;
        }
    }
}

#[test]
fn a_fix_takes_away_what_it_is_for() {
    let mut fixes = 0;
    for (file, text) in files().iter().filter(|(_, text)| text.len() < 10 * LONGEST) {
        let check = |text: &str| check_text(file, text, &Machine::default());
        let before = check(text);
        well_formed(text, &before);
        for finding in &before {
            let Some(fix) = &finding.fix else { continue };
            let same = |other: &&Diagnostic| other.code == finding.code;
            let after = check(&replace_all(text, &fix.changes));
            let counts = [&before, &after].map(|found| found.iter().filter(same).count());
            assert!(counts[1] < counts[0], "{}: {finding:#?} left {after:#?}", file.display());
            fixes += 1;
        }
    }
    assert!(fixes > 60, "{fixes}");
}

#[test]
fn a_text_that_is_being_written() {
    for (file, text) in files() {
        let ends = text.char_indices().map(|(at, _)| at).take_while(|at| *at < LONGEST);
        for end in ends.step_by(7) {
            well_formed(&text[..end], &check_text(&file, &text[..end], &Machine::default()));
        }
    }
}

/// Nothing is wrong with what we offer ourselves, once its script stands where it belongs.
#[test]
fn the_gallery_is_fine() {
    let desk = Desk::new();
    let file = desk.at("repo/.codex/hooks.json");
    let root = desk.at("repo");
    for template in templates() {
        if let Some(script) = template.script_path(&file) {
            desk.program(script.strip_prefix(desk.at("")).unwrap().to_str().unwrap());
        }
        let handler = template.handler(&file, Scope::Project { root: &root });
        let handler: serde_json::Map<_, _> =
            handler.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut group = serde_json::json!({ "hooks": [handler] });
        if let Some(matcher) = template.matcher {
            group["matcher"] = matcher.into();
        }
        let text = serde_json::json!({ "hooks": { template.event.name(): [group] } }).to_string();
        let found: Vec<_> = desk.check(&text).into_iter().filter(|it| it.code != "program-not-found").collect();
        assert_eq!(found, [], "{}", template.id);
    }
}
