//! Differential tests: hooks of every kind through the real Codex and through our engine. Run status, entries and effect are equal,
//! or the difference stands in [`seen::KNOWN`] with its reason.
//!
//! `HOOKWRIGHT_CASE=SEED` runs that case alone.

mod answers;
mod case;
mod generate;
mod ours;
mod random;
mod seen;
mod theirs;

use std::collections::BTreeMap;
use std::env;
use std::fmt::{self, Display};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use fixtures::in_parallel;
use model::{HookEvent, RunStatus};

use case::Case;
use seen::{Comparison, KNOWN, Seen, compare};
use theirs::Codex;

/// How many Codex servers work at the same time.
const LANES: usize = 3;

/// What a campaign came to: for each event, how often each way a case ended and each status of a run was met.
#[derive(Default)]
struct Tally(BTreeMap<String, BTreeMap<String, usize>>);

#[test]
fn codex_and_our_engine_do_the_same() {
    let (first, count) = match env::var("HOOKWRIGHT_CASE") {
        Ok(seed) => (seed.parse().expect("HOOKWRIGHT_CASE is a seed"), 1),
        Err(_) if env::var_os("HOOKWRIGHT_SOAK").is_some() => (0, 600),
        Err(_) => (0, 100),
    };
    let next = AtomicU64::new(first);
    let (tally, differences) = (Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    in_parallel(LANES, |_| {
        let mut codex = Codex::start();
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= first + count {
                break;
            }
            let case = generate::case(seed);
            let (comparison, seen) = run(&mut codex, &case);
            tally.lock().unwrap().count(&case, &comparison, &seen);
            if let Comparison::Different(_) = comparison {
                let smallest = smallest(&mut codex, case);
                differences.lock().unwrap().push(smallest);
            }
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally}");
    let differences = differences.into_inner().unwrap();
    assert!(differences.is_empty(), "{} of {count} cases differ:\n\n{}", differences.len(), differences.join("\n\n"));
    if count > 1 {
        assert_eq!(tally.missing(), Vec::<&str>::new(), "the campaign never came to these");
    }
}

/// How the sides compare, and what Codex did.
fn run(codex: &mut Codex, case: &Case) -> (Comparison, Seen) {
    let driven = codex.drive(case);
    let ours = ours::run(&codex.lab, &codex.folder(case), case, &driven.payload);
    (compare(case, &driven.seen, &ours, &KNOWN), driven.seen)
}

/// The case with as few handlers as still differ, and how.
fn smallest(codex: &mut Codex, mut case: Case) -> String {
    let mut at = 0;
    while case.handlers.len() > 1 && at < case.handlers.len() {
        let mut smaller = case.clone();
        smaller.handlers.remove(at);
        if smaller.is_recorded() && matches!(run(codex, &smaller).0, Comparison::Different(_)) {
            case = smaller;
        } else {
            at += 1;
        }
    }
    match run(codex, &case).0 {
        Comparison::Different(told) => format!("{case}{told}"),
        Comparison::Equal | Comparison::Known(_) => format!("{case}  not the second time: it depends on time"),
    }
}

impl Tally {
    fn count(&mut self, case: &Case, comparison: &Comparison, seen: &Seen) {
        let how = match comparison {
            Comparison::Equal => "cases equal".to_owned(),
            Comparison::Known(reason) => format!("cases with a known difference ({reason})"),
            Comparison::Different(_) => "cases different".to_owned(),
        };
        let statuses = seen.completed.iter().filter_map(|run| Some(run["status"].as_str()?.to_owned()));
        let counts = self.0.entry(case.event.name().to_owned()).or_default();
        for what in [how].into_iter().chain(statuses) {
            *counts.entry(what).or_default() += 1;
        }
    }

    /// Events and statuses that no case came to.
    fn missing(&self) -> Vec<&'static str> {
        let events = HookEvent::KNOWN.iter().map(HookEvent::name).filter(|event| !self.0.contains_key(*event));
        let end = |status: &RunStatus| !matches!(status, RunStatus::Running | RunStatus::Unknown);
        let ends = RunStatus::ALL.iter().filter(|status| end(status)).map(|status| status.name());
        let never = |status: &&str| !self.0.values().any(|counts| counts.contains_key(*status));
        events.chain(ends.filter(never)).collect()
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (event, counts) in &self.0 {
            let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
            writeln!(f, "{event}: {}", counts.join(", "))?;
        }
        Ok(())
    }
}
