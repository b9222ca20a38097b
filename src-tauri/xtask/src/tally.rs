//! Counts passed and failed tests from what cargo's test programs and vitest print.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// One thing that broke without a test result of its own.
    pub(crate) const BROKEN: Self = Self { passed: 0, failed: 1 };

    /// What this line of output adds, nothing for most lines.
    pub(crate) fn of_line(line: &str) -> Self {
        let line = without_colours(line);
        let counts = match (line.strip_prefix("test result:"), line.trim_start().strip_prefix("Tests ")) {
            (Some(cargo), _) => cargo.split([';', '.']).collect::<Vec<_>>(),
            (None, Some(vitest)) => vitest.split('|').collect(),
            (None, None) => return Self::default(),
        };
        let count = |word: &str| {
            counts.iter().find_map(|part| {
                let mut words = part.split_whitespace();
                let number = words.next()?.parse().ok()?;
                (words.next() == Some(word)).then_some(number)
            })
        };
        Self { passed: count("passed").unwrap_or(0), failed: count("failed").unwrap_or(0) }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut parts = line.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, text)| text));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, passed: u64, failed: u64) {
        assert_eq!(Tally::of_line(line), Tally { passed, failed }, "{line}");
    }

    #[test]
    fn reads_cargo() {
        check("test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s", 5, 0);
        check("test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out", 12, 3);
    }

    #[test]
    fn reads_vitest() {
        check("      Tests  31 passed (31)", 31, 0);
        check("      Tests  2 failed | 11 passed (13)", 11, 2);
        check(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m7 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (7)\u{1b}[39m",
            7,
            0,
        );
    }

    #[test]
    fn ignores_everything_else() {
        check(" Test Files  2 passed (2)", 0, 0);
        check("running 4 tests", 0, 0);
        check("test result_is_kept ... ok", 0, 0);
        check("4 passed, 0 failed", 0, 0);
    }

    #[test]
    fn prints_the_last_line() {
        assert_eq!(Tally { passed: 3, failed: 1 }.to_string(), "3 passed, 1 failed");
    }
}
