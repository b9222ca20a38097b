//! docs/conformance.md tells the truth: every requirement and every case stands there or in a test, and what it names exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/conformance.md";

/// The requirements by their numbers.
const REQUIREMENTS: [(&str, &[std::ops::RangeInclusive<u32>]); 4] =
    [("S0", &[1..=21]), ("S1", &[1..=7]), ("S2", &[1..=21]), ("S3", &[1..=7, 10..=17, 20..=23])];

/// The conformance cases: the letter, how many digits a number has, how many there are.
const CASES: [(char, usize, u32); 5] = [('c', 3, 113), ('a', 2, 18), ('m', 2, 15), ('d', 2, 33), ('g', 2, 12)];

/// Where the tests of the cases are.
const TESTS: [&str; 3] = ["src-tauri/engine", "src-tauri/config", "src-tauri/model"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The rows of the page's tables by their first cell.
fn rows(page: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let first = line.trim_start_matches("| ").split(" |").next().unwrap_or_default();
        rows.entry(first).or_default().push(line);
    }
    rows
}

/// What stands between backticks and names a test: `file.rs::function`.
fn named_tests(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split('`').skip(1).step_by(2).filter_map(|span| span.split_once(".rs::"))
}

fn sources(folder: &Path, into: &mut String) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push_str(&read(&path));
        }
    }
}

#[test]
fn every_requirement_is_traced_to_tests_that_exist() {
    let page = read(&root().join(PAGE));
    let rows = rows(&page);
    for (seed, ranges) in REQUIREMENTS {
        for number in ranges.iter().cloned().flatten() {
            let id = format!("{seed}-{number:02}");
            let lines = rows.get(id.as_str()).unwrap_or_else(|| panic!("{PAGE} does not tell of {id}"));
            assert_eq!(lines.len(), 1, "{PAGE} tells of {id} more than once");
            assert!(named_tests(lines[0]).count() > 0, "{PAGE} names no test for {id}");
        }
    }
    for (file, function) in named_tests(&page) {
        let text = read(&root().join(format!("{file}.rs")));
        let there = text.contains(&format!("fn {function}(")) || text.contains(&format!("    {function},"));
        assert!(
            there || text.contains(&format!("{function}:")),
            "{PAGE} names {file}.rs::{function}, which is not there"
        );
    }
}

#[test]
fn every_case_is_a_test_with_its_number() {
    let mut text = String::new();
    TESTS.iter().for_each(|folder| sources(&root().join(folder), &mut text));
    let words: BTreeSet<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.len() > 4).collect();
    for (letter, digits, count) in CASES {
        for number in 1..=count {
            let prefix = format!("{letter}{number:0digits$}_");
            let there = words.iter().any(|word| word.starts_with(&prefix));
            assert!(there, "no test is named {prefix}…");
        }
    }
}
