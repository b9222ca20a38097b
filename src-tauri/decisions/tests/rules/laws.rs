//! What holds for every line and every set of rules.

use std::path::Path;

use decisions::command::read;
use decisions::risk::hints;
use decisions::rules::{check, pattern, pattern_text, proposals};
use model::{Action, Rule, RuleSays, What};
use proptest::prelude::*;

use crate::support::{Case, Fate, command_rule, deny, rule};

const WORDS: [&str; 10] = ["git", "status", "log", "push", "-p", "x", "rm", "cargo", "echo", "'a b'"];

fn phrase() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&WORDS[..]), 1..4).prop_map(|words| words.join(" "))
}

fn line() -> impl Strategy<Value = String> {
    let joint =
        prop::sample::select(&[" && ", "; ", " | ", "\n", " || ", " & ", " $(", ") ", " > ", " '", " # ", "\\"][..]);
    let part = prop_oneof![4 => phrase(), 1 => joint.prop_map(str::to_owned), 1 => "\\PC{0,3}"];
    prop::collection::vec(part, 1..6).prop_map(|parts| parts.join(" && "))
}

fn some_rule() -> impl Strategy<Value = Rule> {
    let says = prop_oneof![4 => Just("allow"), 1 => Just("ask"), 1 => Just("deny")];
    let end = prop_oneof![Just(""), Just(" *"), Just(" **")];
    (says, phrase(), end).prop_map(|(says, phrase, end)| command_rule(&format!("{says} {phrase}{end}")))
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(some_rule(), 0..8)
}

proptest! {
    #[test]
    fn the_order_of_rules_does_not_matter(line in line(), rules in rules()) {
        let case = Case::shell(&line);
        let mut turned = rules.clone();
        turned.reverse();
        prop_assert_eq!(case.fate(&rules), case.fate(&turned));
    }

    #[test]
    fn only_a_plain_line_is_allowed(line in line(), rules in rules()) {
        if Case::shell(&line).fate(&rules) == Fate::Allow {
            prop_assert!(read(&line).plain, "{:?}", line);
        }
    }

    #[test]
    fn one_more_deny_or_ask_never_allows_and_a_deny_stays(line in line(), mut rules in rules(), more in some_rule()) {
        let case = Case::shell(&line);
        let before = case.fate(&rules);
        let adds_allow = more.says == RuleSays::Allow;
        rules.push(more);
        let after = case.fate(&rules);
        prop_assert!(adds_allow || after != Fate::Allow || before == Fate::Allow);
        prop_assert!(before != Fate::Deny || after == Fate::Deny);
        prop_assert!(before != Fate::Ask || after != Fate::Allow);
    }

    #[test]
    fn a_line_is_allowed_only_if_each_step_is(first in phrase(), second in phrase(), rules in rules()) {
        let allowed = |line: &str| Case::shell(line).fate(&rules) == Fate::Allow;
        prop_assert_eq!(allowed(&format!("{first} && {second}")), allowed(&first) && allowed(&second));
    }

    #[test]
    fn a_plain_line_has_only_plain_steps_and_any_other_says_what_is_in_the_way(line in prop_oneof![line(), "\\PC{0,40}", ".{0,40}"]) {
        let read = read(&line);
        prop_assert!(!read.steps.is_empty());
        let action = Action::Shell { command: line.clone() };
        hints(&action, Some(&read), Path::new("/code/site"), None);
        let clear = read.steps.iter().all(|step| step.obscured.is_none());
        prop_assert_eq!(read.plain, clear, "{:?}", read);
        prop_assert!(!read.plain || read.steps.iter().all(|step| step.words.iter().all(Option::is_some)));
        for step in read.steps {
            prop_assert!(line.contains(&step.text));
        }
    }

    #[test]
    fn a_pattern_reads_back_as_it_was_written(words in prop::collection::vec("[a-z'\" *$\\\\;é-]{1,6}", 1..5)) {
        if check(&rule(deny(), What::Command { pattern: words.clone() })).is_ok() {
            prop_assert_eq!(pattern(&pattern_text(&words)), Ok(words));
        }
    }

    #[test]
    fn the_first_proposal_allows_a_line_of_one_step_and_no_other_line(line in phrase(), other in phrase()) {
        let proposed = proposals(&Case::shell(&line).facts());
        if let Some(what) = proposed.into_iter().next() {
            let allow = [rule(RuleSays::Allow, what)];
            prop_assert_eq!(check(&allow[0]), Ok(()));
            prop_assert_eq!(Case::shell(&line).fate(&allow), Fate::Allow);
            prop_assert!(line == other || Case::shell(&other).fate(&allow) == Fate::Person);
        }
    }
}
