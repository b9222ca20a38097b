//! What a long history costs: storing runs, the first page of each preset, search, insights, opening.
//!
//! Started by `cargo xtask bench history`. Prints what it measured beside the goals; never fails by time. Another number of
//! runs may be given: `cargo bench -p history --bench history -- 100000`; or the path of a history, of which requests and
//! events are asked for. It is brought up to date: give a copy.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use history::row::{Applied, Output, Run, RunFrom};
use history::{ByKind, DecisionKind, Error, EventQuery, Query, Reader, RunQuery, Writer};
use model::{
    Agent, Entry, EntryKind, HandlerKind, HookEvent, HookKey, HookRun, Mode, Reported, RuleId, RunId, RunStatus,
    SessionId, Source, SourceKind, Timestamp, TurnId,
};

const RUNS: u64 = 1_000_000;
/// Each query is asked so often.
const ASKED: usize = 40;
/// Committed together.
const TOGETHER: u64 = 1_000;
/// Milliseconds from one run to the next: a million in ninety days.
const STEP: u64 = 7_776;
const BEGIN: i64 = 1_790_000_000_000;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    if let Some(path) = std::env::args().skip(1).find(|argument| Path::new(argument).is_file()) {
        return runtime.block_on(screens(Path::new(&path)));
    }
    let runs = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(RUNS);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("history.db");
    runtime.block_on(async {
        let (writer, _reader) = history::open(&path);
        store(&writer, runs).await?;
        let start = Instant::now();
        writer.close().await;
        println!("close: {:?}", start.elapsed());
        room(&path, runs)?;
        opening(&path, runs).await?;
        let (writer, reader) = history::open(&path);
        ask(&reader, runs)?;
        writer.close().await;
        Ok(())
    })
}

async fn store(writer: &Writer, runs: u64) -> Result<()> {
    let start = Instant::now();
    let (mut made, mut slowest) = (Duration::ZERO, Duration::ZERO);
    for first in (0..runs).step_by(TOGETHER as usize) {
        let making = Instant::now();
        let rows = (first..(first + TOGETHER).min(runs)).map(|number| run(number, runs)).collect();
        made += making.elapsed();
        let storing = Instant::now();
        match writer.record_runs(rows).await {
            // Slower than an agent would wait; the next ones are committed behind it.
            Ok(()) | Err(Error::Slow(_)) => {}
            Err(error) => return Err(error.into()),
        }
        slowest = slowest.max(storing.elapsed());
        if first % (runs / 10).max(1) < TOGETHER {
            println!("stored {first} after {:?}", start.elapsed() - made);
        }
    }
    let took = start.elapsed() - made;
    let rate = runs as f64 / took.as_secs_f64();
    println!("{runs} runs stored in {took:?}: {rate:.0} a second (goal 5,000); slowest {TOGETHER}: {slowest:?}");
    Ok(())
}

fn room(path: &Path, runs: u64) -> Result<()> {
    let bytes = std::fs::metadata(path)?.len();
    println!("{} MiB, {} bytes a run", bytes >> 20, bytes / runs.max(1));
    Ok(())
}

async fn opening(path: &Path, runs: u64) -> Result<()> {
    let start = Instant::now();
    let (writer, reader) = history::open(path);
    reader.run_page(&RunQuery::default())?;
    let page = start.elapsed();
    writer.record_runs(vec![run(runs, runs)]).await?;
    println!("open at start: first page after {page:?}, first row committed after {:?} (goal 200 ms)", start.elapsed());
    writer.close().await;
    Ok(())
}

fn ask(reader: &Reader, runs: u64) -> Result<()> {
    let all = RunQuery::default;
    let (project, hook) = (|number| Some(project(number).into()), |number| Some(HookKey::new(hook(number))));
    let hour = Some(Timestamp(BEGIN + (runs * STEP) as i64 - 3_600_000));
    let (failed, blocked) = (vec![RunStatus::Failed], vec![RunStatus::Blocked]);
    let presets = [
        ("all", all()),
        ("failed", RunQuery { status: failed.clone(), ..all() }),
        ("blocked", RunQuery { status: blocked.clone(), ..all() }),
        ("stopped (only old ones)", RunQuery { status: vec![RunStatus::Stopped], ..all() }),
        ("slow (only old ones)", RunQuery { longer_than: Some(RunQuery::SLOW), ..all() }),
        ("one project", RunQuery { project: project(1), ..all() }),
        ("one session", RunQuery { session: Some(SessionId::new(session(runs / 2))), ..all() }),
        ("one hook", RunQuery { hook: hook(3), ..all() }),
        ("one event", RunQuery { event: Some(HookEvent::PostToolUse), ..all() }),
        ("last hour, failed", RunQuery { since: hour, status: failed.clone(), ..all() }),
        ("one hook, failed (only old ones)", RunQuery { hook: hook(19), status: failed, ..all() }),
        ("one project, blocked (only old ones)", RunQuery { project: project(29), status: blocked, ..all() }),
    ];
    for (name, query) in presets {
        time(reader, name, "20 ms", &query)?;
    }
    let word = |text: &str| RunQuery { text: text.to_owned(), ..all() };
    time(reader, "rare word", "50 ms", &word("needle"))?;
    time(reader, "common word", "200 ms", &word("passed"))?;
    time(
        reader,
        "common word and its second page",
        "200 ms",
        &RunQuery { before: reader.run_page(&word("passed"))?.next, ..word("passed") },
    )?;
    time(reader, "two common words", "200 ms", &word("passed cargo "))?;
    time(reader, "beginning of a common word", "200 ms", &word("passe"))?;
    time(reader, "beginning of very many words", "200 ms", &word("wor"))?;
    time(reader, "common and rare word", "50 ms", &word("needle passed"))?;
    time(reader, "common word, one status", "", &RunQuery { status: vec![RunStatus::Failed], ..word("passed") })?;
    time(reader, "no such word", "50 ms", &word("nowhere"))?;
    let mut times: Vec<_> = (0..ASKED)
        .map(|_| {
            let start = Instant::now();
            reader.insights(Timestamp(BEGIN), Timestamp(i64::MAX), 60).map(|_| start.elapsed())
        })
        .collect::<Result<_, _>>()?;
    print("insights of ninety days", "500 ms", &mut times, 0);
    Ok(())
}

/// What the screens of requests, rules and agents and the command line ask a long history for.
async fn screens(path: &Path) -> Result<()> {
    let start = Instant::now();
    history::open(path).0.close().await;
    println!("brought up to date after {:?}", start.elapsed());
    let start = Instant::now();
    let (_writer, reader) = history::open(path);
    let mut newest = reader.past(&Query { limit: 1, ..Query::default() })?.rows;
    println!("open: {:?}", start.elapsed());
    let newest = newest.pop().context("there are no requests")?;
    let (requests, events, goal) = (Query::default, EventQuery::default, "50 ms");
    let past = |name: &str, query: Query| time_of(name, goal, || Ok(reader.past(&query)?.rows.len()));
    past("requests", requests())?;
    for decision in [DecisionKind::Allow, DecisionKind::Deny, DecisionKind::NoDecision] {
        past(&format!("requests, {decision:?}"), Query { decision: Some(decision), ..requests() })?;
    }
    for by in [ByKind::Person, ByKind::Rule, ByKind::Hook] {
        past(&format!("requests, by {by:?}"), Query { by: Some(by), ..requests() })?;
    }
    past("requests, one rule", Query { rule: Some(RuleId::new("none")), ..requests() })?;
    past("requests, one project", Query { project: newest.project.clone(), ..requests() })?;
    past("requests, one session", Query { session: Some(newest.session.clone()), ..requests() })?;
    past("requests, a word", Query { text: "cargo".to_owned(), ..requests() })?;
    past("requests, no such word", Query { text: "nowhere".to_owned(), ..requests() })?;
    time_of("requests that wait", goal, || Ok(reader.open_requests()?.len()))?;
    time_of("projects", goal, || Ok(reader.projects()?.len()))?;
    time_of("how often rules decided", goal, || Ok(reader.rule_hits()?.len()))?;
    time_of("what a preview looks at", "", || Ok(reader.asked_since(Timestamp(0), 5_000)?.len()))?;
    let event = |name: &str, query: EventQuery| time_of(name, goal, || Ok(reader.events(&query)?.rows.len()));
    event("events", events())?;
    event("events, one name", EventQuery { event: Some(HookEvent::PostToolUse), ..events() })?;
    event("events, none of that name", EventQuery { event: Some(HookEvent::SessionEnd), ..events() })?;
    event("events, one session", EventQuery { session: Some(newest.session.clone()), ..events() })?;
    event("events, a word", EventQuery { text: "cargo".to_owned(), ..events() })?;
    event("events, no such word", EventQuery { text: "nowhere".to_owned(), ..events() })?;
    time_of("the last event", goal, || Ok(reader.last_event(Agent::Codex)?.iter().len()))?;
    time_of("insights", "500 ms", || Ok(reader.insights(Timestamp(0), Timestamp(i64::MAX), 0)?.days.len()))
}

fn time(reader: &Reader, name: &str, goal: &str, query: &RunQuery) -> Result<()> {
    time_of(name, goal, || Ok(reader.run_page(query)?.rows.len()))
}

fn time_of(name: &str, goal: &str, ask: impl Fn() -> Result<usize, Error>) -> Result<()> {
    let mut rows = 0;
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let start = Instant::now();
        rows = ask()?;
        times.push(start.elapsed());
    }
    print(name, goal, &mut times, rows);
    Ok(())
}

fn print(name: &str, goal: &str, times: &mut [Duration], rows: usize) {
    let first = times[0];
    times.sort();
    let (half, most) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    println!("{name:38} {rows:4} rows  p50 {half:>9.2?}  p95 {most:>9.2?}  first {first:>9.2?}  (goal {goal})");
}

/// A number that looks like chance and is always the same.
fn chance(number: u64, salt: u64) -> u64 {
    let mixed = (number.wrapping_add(salt << 40)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 29)
}

fn project(number: u64) -> String {
    format!("/code/project-{number}")
}

fn hook(number: u64) -> String {
    format!("/home/ada/.codex/hooks.json:pre_tool_use:{number}:0")
}

fn session(number: u64) -> String {
    format!("0199a7c2-5b1e-7d30-8f00-{:012x}", number / 400)
}

/// Few words come often, most of them seldom.
fn words(number: u64, count: u64) -> String {
    let mut text = String::new();
    for place in 0..count {
        let draw = chance(number, 100 + place);
        let most = [50, 500, 5_000, 50_000][(draw % 4) as usize];
        // Writing to a string cannot fail.
        let _ = write!(text, "word{} ", (draw >> 8) % most);
    }
    text
}

fn run(number: u64, of: u64) -> Run {
    let old = number < of / 100;
    let place = chance(number, 1) % 1_000;
    let (hook_number, project_number) = (chance(number, 2) % 20, chance(number, 3) % 30);
    let status = match place {
        0..20 if old || hook_number != 19 => RunStatus::Failed,
        20..30 if old || project_number != 29 => RunStatus::Blocked,
        30 if old => RunStatus::Stopped,
        _ => RunStatus::Completed,
    };
    let us = if old && place < 5 { 1_500_000 } else { 2_000 + chance(number, 4) % 200_000 };
    let output = |text: String| Output { bytes: text.len() as u64, text };
    let length = if chance(number, 5).is_multiple_of(20) { 600 } else { 25 };
    let needle = if number % (of / 3).max(1) == 7 { "needle" } else { "" };
    let passed = if chance(number, 6) % 10 < 6 { "all tests passed" } else { "done" };
    let started = Timestamp(BEGIN + (number * STEP) as i64);
    let key = HookKey::new(hook(hook_number));
    let entries = match status {
        RunStatus::Running | RunStatus::Completed => Vec::new(),
        RunStatus::Failed | RunStatus::Blocked | RunStatus::Stopped | RunStatus::Unknown => {
            vec![Entry { kind: EntryKind::Feedback, text: format!("not allowed here: {}", words(number, 8)) }]
        }
    };
    Run {
        id: RunId::new(format!("{:016x}{number:016x}", chance(number, 7))),
        from: RunFrom::Recorded,
        reported: Reported::Live,
        event: None,
        agent: Agent::Codex,
        session: Some(SessionId::new(session(number))),
        turn: Some(TurnId::new(format!("0199a7c2-5b1e-7d30-8f00-{:012x}", number / 20))),
        tool: Some("Bash".to_owned()),
        tool_use: Some(format!("call_{number:024}")),
        project: Some(project(project_number).into()),
        cwd: Some(project(project_number).into()),
        command: format!("python3 .codex/hooks/guard{hook_number}.py --strict cargo"),
        hook: Some(key.clone()),
        hash: Some(format!("sha256:{hook_number:064x}")),
        took: Some(Duration::from_micros(us)),
        exit_code: Some(i32::from(status == RunStatus::Failed)),
        signal: None,
        input: output(format!(
            r#"{{"hook_event_name":"PreToolUse","tool_input":{{"command":"{}"}}}}"#,
            words(number, 20)
        )),
        stdout: output(format!("{passed} {needle} {}", words(number, length))),
        stderr: Output::default(),
        applied: Applied::Nothing,
        masked: 0,
        told: None,
        run: HookRun {
            id: RunId::new(format!("pre-tool-use:{hook_number}:/home/ada/.codex/hooks.json:call_{number:024}")),
            hook: key,
            event: if place.is_multiple_of(3) { HookEvent::PostToolUse } else { HookEvent::PreToolUse },
            kind: HandlerKind::Command,
            mode: Mode::Sync,
            source: Source { kind: SourceKind::User, path: "/home/ada/.codex/hooks.json".into(), plugin: None },
            display_order: hook_number as u32,
            status_message: None,
            started,
            status,
            completed: Some(Timestamp(started.0 + (us / 1_000) as i64)),
            duration_ms: Some(us / 1_000),
            entries,
        },
    }
}
