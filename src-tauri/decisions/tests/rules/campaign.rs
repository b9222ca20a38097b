//! What rules allow, run by real shells: no program may run that the line does not plainly name, with no other words
//! than those.
//!
//! Hostile lines are put together from fragments. Those that an allow rule passes are run by bash, dash and zsh in a
//! sandbox without network, where every program is a stub that writes down how it was called. `HOOKWRIGHT_SOAK` makes
//! the campaign long.

use std::collections::HashSet;
use std::{env, fs, iter};

use decisions::command;
use model::Rule;

use crate::sandbox::{SHELLS, Sandbox};
use crate::support::{Case, Fate, command_rule, unescaped};

const RULES: [&str; 9] = [
    "allow git status",
    "allow git log **",
    "allow cargo test **",
    "allow ls -l *",
    "allow echo **",
    "allow make *",
    "allow true",
    "allow cat a.txt **",
    "allow /bin/date +%F",
];
/// Lines and parts of lines that rules allow.
const GOOD: [&str; 16] = [
    "git status",
    "git log",
    "git log -p 'a b'",
    "git log --grep \"x y\"",
    "cargo test -p model",
    "cargo test -- --nocapture",
    "ls -l a",
    "echo a=b c:d",
    "echo 'it is $x `y`'",
    "echo \"#;&|\"",
    "make build",
    "true",
    "cat a.txt",
    "cat a.txt b,c @d",
    "/bin/date +%F",
    "git log 'two\nlines'",
];
const JOINTS: [&str; 16] =
    [" && ", "&&", " || ", ";", "; ", " ; ", "\n", "\n\n", " | ", "|", "\t&&\n", " |\n", " & ", " |& ", ";; ", "\r\n"];

/// Where each fragment is tried by itself, in place of the sign `¤`.
const FRAMES: [&str; 18] = [
    "git log ¤",
    "git log a¤",
    "git log ¤a",
    "git log a¤b",
    "git log '¤'",
    "git log \"¤\"",
    "git log 'a¤b' \"c¤d\"",
    "git log ¤ b",
    "¤git log",
    "¤ git log",
    "git¤log",
    "git ¤ log",
    "git log\n¤",
    "git log;¤",
    "git log && ¤",
    "git log | ¤",
    "¤\ngit log",
    "git log ¤; git log ¤",
];

/// A small generator of its own, so that a seed means the same for ever.
struct Dice {
    state: u64,
    noise: Vec<String>,
}

impl Dice {
    fn new(seed: u64) -> Self {
        let fragment = |row: &str| unescaped(row.strip_prefix('|').and_then(|row| row.strip_suffix('|')).unwrap());
        Self { state: seed, noise: include_str!("noise.txt").lines().map(fragment).collect() }
    }

    fn below(&mut self, count: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).unwrap() % count
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// Every fragment in every frame.
    fn framed(&self) -> Vec<String> {
        FRAMES.iter().flat_map(|frame| self.noise.iter().map(|noise| frame.replace('¤', noise))).collect()
    }

    fn line(&mut self) -> String {
        let mut line = self.of(&GOOD).to_owned();
        for _ in 0..self.below(3) {
            line.push_str(self.of(&JOINTS));
            line.push_str(self.of(&GOOD));
        }
        for _ in 0..=self.below(3) {
            self.damage(&mut line);
        }
        line
    }

    fn damage(&mut self, line: &mut String) {
        let mut places: Vec<_> = line.char_indices().map(|(at, _)| at).collect();
        places.push(line.len());
        let (from, to) = (places[self.below(places.len())], places[self.below(places.len())]);
        let (first, last) = (from.min(to), from.max(to));
        let noise = self.below(self.noise.len());
        match self.below(7) {
            0 => line.replace_range(first..last, ""),
            1 => {
                let again = line[first..last].to_owned();
                line.insert_str(from, &again);
            }
            2 => line.replace_range(first..last, &self.noise[noise]),
            3 => line.insert_str(from, self.of(&GOOD)),
            4 => line.insert_str(from, self.of(&JOINTS)),
            _ => line.insert_str(from, &self.noise[noise]),
        }
    }
}

fn rules() -> Vec<Rule> {
    RULES.into_iter().map(command_rule).collect()
}

/// Calls that the line does not plainly name.
fn surprises(shell: &str, lines: &[String], calls: &[Vec<Vec<String>>]) -> Vec<String> {
    let mut surprises = Vec::new();
    for (line, calls) in lines.iter().zip(calls) {
        let steps: Vec<Vec<String>> =
            command::read(line).steps.into_iter().map(|step| step.words.into_iter().flatten().collect()).collect();
        for call in calls.iter().filter(|call| !steps.contains(call)) {
            surprises.push(format!("{shell} ran {call:?} for {line:?}"));
        }
    }
    surprises
}

#[test]
fn the_sandbox_sees_what_a_line_runs_and_leaves() {
    let sandbox = Sandbox::new();
    let lines =
        ["git status; rm x", "git status", "echo $(/bin/rm 'a b')", "echo x > made", "nosuch a"].map(str::to_owned);
    let call = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    for shell in SHELLS {
        let calls = sandbox.run(shell, &lines);
        assert_eq!(calls[0], [call(&["git", "status"]), call(&["rm", "x"])], "{shell}");
        assert_eq!(calls[1], [call(&["git", "status"])], "{shell}");
        assert_eq!(calls[2], [call(&["/bin/rm", "a b"])], "{shell}");
        assert_eq!(calls[4], if shell == "dash" { vec![] } else { vec![call(&["nosuch", "a"])] }, "{shell}");
        assert_eq!(sandbox.left().len(), 1, "{shell}");
        fs::remove_file(sandbox.path("work").join("made")).unwrap();
    }
    let refused = ["git status".to_owned()];
    assert_eq!(surprises("bash", &refused, &[vec![call(&["git", "status", "x"])]]).len(), 1);
}

#[test]
fn no_shell_runs_anything_that_an_allowed_line_does_not_plainly_name() {
    let most = if env::var_os("HOOKWRIGHT_SOAK").is_some() { 20_000 } else { 200 };
    let rules = rules();
    let mut dice = Dice::new(0x5eed);
    let mut refused = 0;
    let mut passes = |line: &String| match Case::shell(line).fate(&rules) {
        Fate::Allow => true,
        Fate::Person => {
            refused += 1;
            false
        }
        other => panic!("{other:?} by allow rules, for {line:?}"),
    };
    let mut lines: Vec<_> = dice.framed().into_iter().filter(&mut passes).collect();
    let mut seen = HashSet::new();
    lines.extend(iter::repeat_with(|| dice.line()).filter(passes).filter(|line| seen.insert(line.clone())).take(most));
    assert!(refused > lines.len(), "{refused} refused, {} passed", lines.len());
    println!("{} lines pass, {refused} are refused; {} run each of the former", lines.len(), SHELLS.join(", "));

    let sandbox = Sandbox::new();
    let mut found = Vec::new();
    for shell in SHELLS {
        let calls = sandbox.run(shell, &lines);
        let ran = calls.iter().filter(|calls| !calls.is_empty()).count();
        assert!(ran > lines.len() / 2, "{shell} ran something for {ran} of {} lines only", lines.len());
        found.extend(surprises(shell, &lines, &calls));
    }
    assert!(found.is_empty(), "{} surprises:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
    assert_eq!(sandbox.left(), Vec::<String>::new());
}
