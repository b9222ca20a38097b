//! The examples in `docs/rules.md`.

use std::path::{Path, PathBuf};

use decisions::command::read;
use decisions::risk::{Risk, hints};
use model::{Action, Rule, RuleSays, What};

use crate::support::{Case, command, rows, rule};

const DOC: &str = include_str!("../../../../docs/rules.md");

/// The contents of the blocks with this word behind their fence.
fn blocks(word: &str) -> Vec<&'static str> {
    let blocks = DOC.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    blocks.filter(|(head, _)| *head == word).map(|(_, block)| block).collect()
}

fn check(word: &str, at_least: usize, rule: impl Fn(RuleSays, &str) -> Rule, case: impl Fn(&str) -> Case) {
    let blocks = blocks(word);
    assert!(blocks.len() >= at_least, "{word}");
    for (rules, expected, text) in blocks.into_iter().flat_map(|block| rows(block, &rule)) {
        assert_eq!(case(&text).fate(&rules), expected, "{text:?}");
    }
}

#[test]
fn command_lines_end_as_the_page_says() {
    check("rules", 4, command, Case::shell);
}

#[test]
fn files_end_as_the_page_says() {
    let files = |says, pattern: &str| rule(says, What::Files { pattern: pattern.to_owned() });
    check("files", 1, files, |path| {
        let mut case = Case::of("apply_patch", Action::Patch { files: Vec::new(), text: String::new() });
        case.files = Some(vec![PathBuf::from(path)]);
        case
    });
}

#[test]
fn hosts_end_as_the_page_says() {
    let hosts = |says, host: &str| rule(says, What::Network { host: host.to_owned() });
    check("hosts", 1, hosts, |target| {
        Case::of("Bash", Action::Network { target: target.to_owned(), command: String::new() })
    });
}

#[test]
fn every_hint_of_the_page_is_given_for_its_example_and_no_hint_is_left_out() {
    let rows = DOC.lines().filter_map(|row| row.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | `"));
    let mut named = Vec::new();
    for (name, example) in rows {
        let (name, high) = (name.trim_matches('*'), name.starts_with("**"));
        let command = example.trim_end_matches('`').replace("\\|", "|");
        let action = Action::Shell { command: command.clone() };
        let found = hints(&action, Some(&read(&command)), Path::new("/code/site"), Some(Path::new("/code/site")));
        let hint =
            found.iter().find(|hint| hint.risk.name() == name).unwrap_or_else(|| panic!("{command:?}: {found:?}"));
        assert_eq!(hint.risk.is_high(), high, "{name}");
        named.push(hint.risk);
    }
    assert_eq!(named, Risk::ALL);
}
