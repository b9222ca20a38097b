//! The table of command lines, and lines too long or too deep for a table.

use std::time::{Duration, Instant};

use decisions::command::{Obscured, read};

use crate::support::{Case, Fate, command, command_rule, rows};

#[test]
fn every_line_of_the_table_ends_as_it_says() {
    let table = rows(include_str!("lines.txt"), command);
    let wrong: Vec<_> = table
        .iter()
        .filter_map(|(rules, expected, line)| {
            let fate = Case::shell(line).fate(rules);
            (fate != *expected).then(|| format!("{line:?}: {fate:?} and not {expected:?}; {:?}", read(line)))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(table.len() >= 150, "{}", table.len());
    assert!(table.iter().filter(|(_, fate, _)| *fate == Fate::Person).count() >= 100);
}

#[test]
fn a_plain_line_up_to_16_kib_is_allowed_and_a_longer_one_is_not() {
    let rules = [command_rule("allow echo **")];
    for (length, expected) in [(16 * 1024, Fate::Allow), (16 * 1024 + 1, Fate::Person), (100_000, Fate::Person)] {
        for filler in ["a", "a ", "a\u{9}"] {
            let line: String = "echo ".chars().chain(filler.chars().cycle()).take(length - 1).chain(['b']).collect();
            assert_eq!(Case::shell(&line).fate(&rules), expected, "{length} of {filler:?}");
        }
    }
    let hidden = format!("echo a{}; rm x", " ".repeat(100_000));
    assert_eq!(Case::shell(&hidden).fate(&rules), Fate::Person);
}

#[test]
fn lines_made_to_be_slow_are_read_in_time_and_are_not_plain() {
    for (unit, count) in [
        ("(", 16_000),
        ("$(", 16_000),
        ("`", 16_000),
        ("a|", 16_000),
        ("x=(", 16_000),
        ("((((a", 4_000),
        ("$[ ", 9_000),
        ("\"$(", 16_000),
        ("${a:-", 16_000),
        ("<<E ", 4_000),
        ("a <<A <<B\n", 3_000),
        ("if ", 16_000),
        ("case x in (", 5_000),
        ("a $(a ", 10_000),
        ("{a,", 20_000),
        (">a", 20_000),
        ("'", 16_001),
        ("\\", 16_001),
        ("é", 60_000),
        ("a;", 120_000),
        ("$(", 2_000_000),
    ] {
        let started = Instant::now();
        let line = read(&unit.repeat(count));
        assert!(!line.plain && !line.steps.is_empty(), "{unit:?}");
        assert!(started.elapsed() < Duration::from_secs(10), "{unit:?} took {:?}", started.elapsed());
    }
}

#[test]
fn characters_beyond_ascii_do_not_end_the_process() {
    for c in ['é', '\u{85}', '\u{2028}', '\u{3000}', '𝕏', '\u{10fffd}'] {
        for text in [
            "{?",
            "{1..?",
            "{?..2}",
            "<<?\n?",
            "${?",
            "$?",
            "?=?",
            "[?",
            "((?",
            "((a?",
            "$((a?b))",
            "?(?",
            "case ? in ?",
        ] {
            assert!(!read(&text.replace('?', &c.to_string())).plain, "{text:?} with {c:?}");
        }
    }
}

/// As `step one`, with `?` for a word that is not known, and what is in the way.
fn steps(text: &str) -> Vec<(String, Option<Obscured>)> {
    let words = |words: &[Option<String>]| {
        words.iter().map(|word| word.clone().unwrap_or("?".to_owned())).collect::<Vec<_>>().join(" ")
    };
    read(text).steps.iter().map(|step| (words(&step.words), step.obscured)).collect()
}

fn check(text: &str, expected: &[(&str, Option<Obscured>)]) {
    let expected: Vec<_> = expected.iter().map(|(words, obscured)| ((*words).to_owned(), *obscured)).collect();
    assert_eq!(steps(text), expected, "{text:?}");
}

#[test]
fn steps_come_in_the_order_of_the_text_with_what_is_in_the_way() {
    check("a b && c | d; e\nf", &[("a b", None), ("c", None), ("d", None), ("e", None), ("f", None)]);
    check("a $x `b` 'c'", &[("a ? ? c", Some(Obscured::Expansion)), ("b", Some(Obscured::Substitution))]);
    check(
        "a \"$(b $(c))\"",
        &[
            ("a ?", Some(Obscured::Substitution)),
            ("b ?", Some(Obscured::Substitution)),
            ("c", Some(Obscured::Substitution)),
        ],
    );
    check("a > x", &[("a", Some(Obscured::Redirection))]);
    check("> x", &[("", Some(Obscured::Redirection))]);
    check("a <<X\n$(b)\nX", &[("a", Some(Obscured::Redirection)), ("b", Some(Obscured::Substitution))]);
    check("a *.rs", &[("a ?", Some(Obscured::Pattern))]);
    check("A=b c", &[("c", Some(Obscured::Assignment))]);
    check("A=b", &[("", Some(Obscured::Assignment))]);
    check("if a; then b; fi", &[("a", Some(Obscured::Control)), ("b", Some(Obscured::Control))]);
    check("a & b", &[("a", Some(Obscured::Control)), ("b", None)]);
    check("\\a b", &[("a b", Some(Obscured::Character))]);
    check("a # b", &[("a", Some(Obscured::Character))]);
    check("a 'b", &[("a", Some(Obscured::Unreadable))]);
    check("", &[("", Some(Obscured::Unreadable))]);
}

#[test]
fn a_step_is_shown_with_where_it_reads_and_writes() {
    let line = read("a && cat x > y 2>&1");
    assert_eq!(line.steps[1].text, "cat x > y 2>&1");
}
