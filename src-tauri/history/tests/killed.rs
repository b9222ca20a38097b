//! A process that writes is killed at any moment, many times: the database opens, is whole, and holds all that was committed.
//!
//! Without a harness: started with the path of a history this program is the process that is killed. Another number of kills may
//! be asked for: `HISTORY_KILLS=1000`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use history::row::{Applied, Decision, Event, Output, Request, Run, RunFrom};
use model::{
    Agent, Answer, EventId, HandlerKind, HookEvent, HookKey, HookRun, Mode, Reported, RequestId, RunId, RunStatus,
    SessionId, Source, SourceKind, Timestamp,
};
use rusqlite::Connection;

/// In the short form.
const KILLS: u64 = 25;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [word, path, first] if word == "write" => write(Path::new(path), first.parse()?),
        _ => {
            kill_again_and_again()?;
            println!("test killed_at_any_moment ... ok");
            Ok(())
        }
    }
}

fn kill_again_and_again() -> Result<()> {
    let kills = std::env::var("HISTORY_KILLS").map_or(Ok(KILLS), |number| number.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("history.db");
    let mut committed: Vec<u64> = Vec::new();
    for kill in 0..kills {
        let first = committed.last().map_or(0, |last| last + 1_000);
        let mut child = Command::new(std::env::current_exe()?)
            .args(["write".as_ref(), path.as_os_str(), first.to_string().as_ref()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut told = BufReader::new(child.stdout.take().context("the child has no output")?).lines();
        // Another number of commits each time, and then some way into the next.
        let after = chance(kill) % 40;
        for line in told.by_ref().take(after as usize + 1) {
            committed.push(line?.parse()?);
        }
        for _ in 0..chance(kill + 1_000) % 200_000 {
            std::hint::spin_loop();
        }
        child.kill()?;
        child.wait()?;
        check(&path, &committed)?;
    }
    println!("{kills} kills, {} commits, all of them there", committed.len());
    Ok(())
}

/// A number that looks like chance and is always the same.
fn chance(number: u64) -> u64 {
    let mixed = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20
}

fn check(path: &Path, committed: &[u64]) -> Result<()> {
    let reader = history::read(path);
    for number in committed {
        assert!(reader.run(&RunId::new(number.to_string()))?.is_some(), "run {number} was committed");
    }
    let connection = Connection::open(path)?;
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(sound, "ok");
    connection.execute_batch("INSERT INTO run_words (run_words) VALUES ('integrity-check')")?;
    let orphans = "SELECT (SELECT count(*) FROM runs WHERE output NOT IN (SELECT number FROM outputs))
        + (SELECT count(*) FROM outputs WHERE run NOT IN (SELECT number FROM runs))
        + abs((SELECT count(*) FROM runs) - (SELECT count(*) FROM run_words))";
    let orphans: i64 = connection.query_row(orphans, [], |row| row.get(0))?;
    assert_eq!(orphans, 0, "a run is there with all of it or not at all");
    Ok(())
}

/// Writes until it is killed, and tells each run that is committed.
fn write(path: &Path, first: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let (writer, _reader) = history::open(path);
        for number in first.. {
            writer.record_event(event(number))?;
            writer.record_request(request(number))?;
            // What is old is deleted meanwhile, which is none of the runs.
            writer.prune(Timestamp(number as i64))?;
            let decision = writer.record_decision(decision(number)).await;
            if decision.is_ok() && writer.record_runs(vec![run(number)]).await.is_ok() {
                println!("{number}");
                std::io::stdout().flush()?;
            }
        }
        Ok(())
    })
}

fn event(number: u64) -> Event {
    Event {
        id: EventId::new(format!("e{number}")),
        at: Timestamp(number as i64),
        reported: Reported::Live,
        request: None,
        event: model::Event::bare(
            Agent::Codex,
            HookEvent::Stop,
            format!("{{\"x\":\"{}\"}}", "y".repeat(number as usize % 9_000)),
        ),
    }
}

fn request(number: u64) -> Request {
    Request {
        id: RequestId::new(format!("q{number}")),
        at: Timestamp(number as i64),
        agent: Agent::Codex,
        session: SessionId::new("s"),
        turn: None,
        project: None,
        runs_in: "/".into(),
        tool: "Bash".to_owned(),
        summary: "make".to_owned(),
        shown: "{}".to_owned(),
        digest: "d".to_owned(),
    }
}

fn decision(number: u64) -> Decision {
    Decision {
        request: RequestId::new(format!("q{number}")),
        at: Timestamp(number as i64),
        answer: Answer::person(model::Decision::Allow),
        rule: None,
        waited: Duration::ZERO,
    }
}

fn run(number: u64) -> Run {
    let key = HookKey::new("hooks.json:stop:0:0");
    // Later than anything that is deleted.
    let started = Timestamp((1 << 40) + number as i64);
    let text = format!("run {number} {}", "wrote something long ".repeat(number as usize % 700));
    Run {
        id: RunId::new(number.to_string()),
        from: RunFrom::Recorded,
        reported: Reported::Live,
        event: None,
        agent: Agent::Codex,
        session: None,
        turn: None,
        tool: None,
        tool_use: None,
        project: None,
        cwd: None,
        command: "true".to_owned(),
        hook: Some(key.clone()),
        hash: None,
        took: None,
        exit_code: Some(0),
        signal: None,
        input: Output::default(),
        stdout: Output { bytes: text.len() as u64, text },
        stderr: Output::default(),
        applied: Applied::Nothing,
        masked: 0,
        run: HookRun {
            id: RunId::new("stop:0:hooks.json"),
            hook: key,
            event: HookEvent::Stop,
            kind: HandlerKind::Command,
            mode: Mode::Sync,
            source: Source { kind: SourceKind::User, path: "hooks.json".into(), plugin: None },
            display_order: 0,
            status_message: None,
            started,
            status: RunStatus::Completed,
            completed: None,
            duration_ms: None,
            entries: Vec::new(),
        },
    }
}
