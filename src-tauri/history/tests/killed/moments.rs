//! At any moment. Another number of kills may be asked for: `HISTORY_KILLS=1000`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use model::{RunId, Timestamp};

use crate::{is_whole, rows, tell};

pub(crate) const WORD: &str = "write";
/// In the short form.
const KILLS: u64 = 25;

pub(crate) fn kill_again_and_again() -> Result<()> {
    let kills = std::env::var("HISTORY_KILLS").map_or(Ok(KILLS), |number| number.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("history.db");
    let mut committed: Vec<u64> = Vec::new();
    for kill in 0..kills {
        let first = committed.last().map_or(0, |last| last + 1_000);
        let mut child = Command::new(std::env::current_exe()?)
            .args([WORD.as_ref(), path.as_os_str(), first.to_string().as_ref()])
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
    is_whole(path)
}

/// Writes until it is killed, and tells each run that is committed.
pub(crate) fn write(path: &Path, first: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let (writer, _reader) = history::open(path);
        for number in first.. {
            writer.record_event(rows::event(number))?;
            writer.record_request(rows::request(number))?;
            // What is old is deleted meanwhile, which is none of the runs.
            writer.prune(Timestamp(number as i64))?;
            let decision = writer.record_decision(rows::decision(number)).await;
            if decision.is_ok() && writer.record_runs(vec![rows::run(number)]).await.is_ok() {
                tell(&number.to_string())?;
            }
        }
        Ok(())
    })
}
