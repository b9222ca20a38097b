//! At every write. A short session in which everything happens is killed at each of its calls that change a file, under
//! `strace`: at a few dozen of them, at all of them with `HOOKWRIGHT_SOAK`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use history::{Error, Reader, Writer};
use model::{EventId, RequestId, RunId, Timestamp};
use rusqlite::{Connection, OpenFlags};

use crate::{is_whole, rows, tell};

pub(crate) const WORD: &str = "session";
/// What of a session changes files.
const CALLS: [&str; 5] = ["pwrite64", "ftruncate", "fdatasync", "fsync", "unlink"];
/// Of each beginning in the short form, about.
const KILLS: usize = 10;
const SIGKILL: i32 = 9;

/// Older than any row that must stay: the times of the events that are deleted.
const OLD: std::ops::Range<u64> = 3_000..3_070;
/// The time of what must stay.
const KEPT: u64 = 9_000_000_000;
/// The schema before every run was stored, with some rows in it.
const OLDER: &str = include_str!("../history/schema10.sql");
/// Its rows are among those that must stay, and one request waits.
const KEEP_OLDER: &str = "
    UPDATE events SET at = at + 9000000000;
    UPDATE decisions SET at = at + 9000000000;
    UPDATE runs SET started = started + 9000000000;
    INSERT INTO requests VALUES ('r2', 9000000001, 'codex', 's', 't', '/p', '/p', 'shell', 'make', 'd', '{}');
";

/// What is there when the session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begin {
    Nothing,
    OlderSchema,
}

pub(crate) fn kill_at_each() -> Result<()> {
    for begin in [Begin::Nothing, Begin::OlderSchema] {
        let calls = calls(begin)?;
        let all: usize = calls.values().sum();
        let step = if std::env::var_os("HOOKWRIGHT_SOAK").is_some() { 1 } else { all.div_ceil(KILLS) };
        let (mut tried, mut killed, mut told) = (0, 0, 0);
        for (call, count) in calls {
            let last = (count > 1).then_some(count);
            for nth in (1..count.max(2)).step_by(step).chain(last) {
                let lines = kill(begin, &call, nth).with_context(|| format!("{begin:?}, {call} {nth}"))?;
                tried += 1;
                killed += usize::from(lines.is_some());
                told += lines.map_or(0, |lines| lines.len());
            }
        }
        println!("{begin:?}: {all} writes, killed at {killed} of {tried}, {told} commits, all of them there");
        // How often a thread wakes is not the same each time, so the last write may not come.
        ensure!(killed * 4 >= tried * 3, "most sessions are killed");
    }
    Ok(())
}

/// How often a session that is let alone makes each of the calls.
fn calls(begin: Begin) -> Result<BTreeMap<String, usize>> {
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("trace");
    let (status, lines) = session(begin, folder.path(), &trace, &format!("trace={}", CALLS.join(",")))?;
    ensure!(status.success(), "the session is not over by itself: {status}");
    check(begin, &folder.path().join("history.db"), &lines)?;
    let mut counts = BTreeMap::new();
    for line in std::fs::read_to_string(trace)?.lines() {
        // What another thread interrupts stands on two lines.
        let call = line.split_once(' ').and_then(|(_thread, call)| call.trim_start().split_once('('));
        if let Some((call, _)) = call.filter(|(call, _)| CALLS.contains(call)) {
            *counts.entry(call.to_owned()).or_default() += 1;
        }
    }
    Ok(counts)
}

/// Kills a session at this call. `None`: it ended before.
fn kill(begin: Begin, call: &str, nth: usize) -> Result<Option<Vec<String>>> {
    let folder = tempfile::tempdir()?;
    let inject = format!("inject={call}:signal=KILL:when={nth}");
    let (status, lines) = session(begin, folder.path(), "/dev/null".as_ref(), &inject)?;
    check(begin, &folder.path().join("history.db"), &lines)?;
    match status.signal() {
        Some(SIGKILL) => Ok(Some(lines)),
        _ if status.success() => Ok(None),
        _ => bail!("the session neither ended nor was killed: {status}"),
    }
}

/// Runs one session under `strace`. Returns how it ended and what it told.
fn session(begin: Begin, folder: &Path, trace: &Path, what: &str) -> Result<(ExitStatus, Vec<String>)> {
    let path = folder.join("history.db");
    if begin == Begin::OlderSchema {
        let older = Connection::open(&path)?;
        older.execute_batch(OLDER)?;
        older.execute_batch(KEEP_OLDER)?;
    }
    let output = Command::new("strace")
        .args(["-f", "-qqq", "-e", what, "-o"].map(OsStr::new))
        .args([trace.as_os_str(), std::env::current_exe()?.as_os_str(), WORD.as_ref(), path.as_os_str()])
        .stderr(Stdio::inherit())
        .output()
        .context("start strace, of the Debian package of that name")?;
    let told = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
    Ok((output.status, told))
}

/// The next start finds a history that works, with all that was told in it.
fn check(begin: Begin, path: &Path, told: &[String]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let (writer, reader) = history::open(path);
        committed(|| writer.record_event_committed(rows::event(KEPT + 100))).await?;
        for line in told {
            assert!(is_there(&reader, line)?, "{line} was committed");
        }
        if begin == Begin::OlderSchema {
            for line in ["event e1", "event e2", "run e1:0", "run e1:1", "run gone:0", "decision r1", "decision r2"] {
                assert!(is_there(&reader, line)?, "{line} was there before");
            }
        }
        assert_eq!(reader.open_requests()?, [], "nothing waits for a process that is gone");
        writer.close().await;
        Ok::<_, anyhow::Error>(())
    })?;
    is_whole(path)
}

fn is_there(reader: &Reader, line: &str) -> Result<bool> {
    Ok(match line.split_once(' ').context("what was told has two words")? {
        ("event", id) => reader.event(&EventId::new(id))?.is_some(),
        ("run", id) => reader.run(&RunId::new(id))?.is_some(),
        ("decision", id) => reader.request(&RequestId::new(id))?.is_some_and(|past| past.decision.is_some()),
        _ => bail!("nobody knows what {line} is"),
    })
}

/// The session: every kind of row, and every kind of tidying up.
pub(crate) fn write(path: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let (writer, _reader) = history::open(path);
        for number in OLD {
            writer.record_event(rows::event(number))?;
        }
        some(&writer, 1).await?;
        let other = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        writer.prune(Timestamp(OLD.start as i64 + 10))?;
        until(&other, &format!("SELECT count(*) = 0 FROM events WHERE at < {}", OLD.start + 10)).await?;
        until(&other, "SELECT freelist_count = 0 FROM pragma_freelist_count").await?;
        some(&writer, 2).await?;
        let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        let bytes: i64 = other.query_row(size, [], |row| row.get(0))?;
        writer.shrink(u64::try_from(bytes)? - (64 << 10))?;
        until(&other, &format!("SELECT count(*) < 20 FROM events WHERE at < {}", OLD.end)).await?;
        until(&other, "SELECT freelist_count = 0 FROM pragma_freelist_count").await?;
        some(&writer, 3).await?;
        drop(other);
        writer.close().await;
        Ok(())
    })
}

/// One row of each kind, told when it is committed.
async fn some(writer: &Writer, number: u64) -> Result<()> {
    // A payload of some pages, an output that is deflated.
    let (event, run) = (rows::event(KEPT + 8_000 + number), rows::run(690 + number));
    committed(|| writer.record_event_committed(event.clone())).await?;
    tell(&format!("event {}", event.id))?;
    writer.record_request(rows::request(KEPT + number))?;
    let decision = rows::decision(KEPT + number);
    committed(|| writer.record_decision(decision.clone())).await?;
    tell(&format!("decision {}", decision.request))?;
    committed(|| writer.record_taken(decision.request.clone(), true)).await?;
    committed(|| writer.record_runs(vec![run.clone(), rows::run(number)])).await?;
    tell(&format!("run {}", run.id))?;
    tell(&format!("run {number}"))
}

/// Nobody is kept waiting here, so it may take its time: a second row of the same id changes nothing.
async fn committed<F: Future<Output = Result<(), Error>>>(record: impl Fn() -> F) -> Result<()> {
    loop {
        match record().await {
            Err(Error::Slow(_)) => {}
            result => return Ok(result?),
        }
    }
}

/// Waits for what the thread does by itself.
async fn until(connection: &Connection, sql: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !connection.query_row(sql, [], |row| row.get::<_, bool>(0))? {
        ensure!(Instant::now() < deadline, "not in time: {sql}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
