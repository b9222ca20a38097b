//! What the application costs: from a request to its card, until its main window is painted, and idle in the tray.
//!
//! Started by `cargo xtask bench app`, which says what to measure. Prints the goals beside; never fails by time.

mod processes;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use e2e::{MAIN, Options, POPUP, Start, World, run, shell, until};
use rustix::fs::{Advice, fadvise};

const STARTS: usize = 10;
const REQUESTS: usize = 50;

/// What follows a start or the closing of a window is over after this.
const SETTLED: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(60);

fn main() {
    if std::env::var_os("HOOKWRIGHT_TEST_APP").is_none() {
        println!("nothing to measure: `cargo xtask bench app` says what");
        return;
    }
    run(Options { arguments: &["--show"], ..Options::default() }, async |world| starts(world).await);
    run(Options { start: Start::Plain, ..Options::default() }, async |world| in_the_tray(world).await);
    let log = &[("HOOKWRIGHT_LOG", "api=debug")];
    run(Options { environment: log, ..Options::default() }, async |world| requests(world).await);
}

/// From the frame at the bridge until the popup says that the card is painted, as the application's log tells.
async fn requests(world: &World) -> Result<()> {
    for number in 0..REQUESTS {
        let mut asking = world.ask(&shell(&format!("echo {number}")))?;
        let popup = world.popup().await?;
        popup.wait_text("@command", &format!("echo {number}")).await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        asking.reply().await?;
        world.display().hidden(POPUP).await?;
    }
    let painted = painted(&world.logs())?;
    ensure!(painted.len() == REQUESTS, "the log tells of {} painted requests, not of {REQUESTS}", painted.len());
    tell("request received → card painted, popup hidden before", painted, "p95 below 100 ms");
    Ok(())
}

/// The times in the log's lines about painted requests: of each its first, for a card is painted anew when its window moves.
fn painted(logs: &Path) -> Result<Vec<Duration>> {
    let mut times = BTreeMap::new();
    for file in fs::read_dir(logs)? {
        for line in fs::read_to_string(file?.path())?.lines().filter(|line| line.contains("request painted")) {
            let field = |name: &str| {
                let value = line.split_once(name).and_then(|(_, rest)| rest.split_whitespace().next());
                value.with_context(|| format!("no {name} in the line {line:?}"))
            };
            let after = Duration::from_micros(field(" after_us=")?.parse()?);
            times.entry(field(" request=")?.to_owned()).or_insert(after);
        }
    }
    Ok(times.into_values().collect())
}

/// From the start of the process until the main window shows its content.
async fn starts(world: &mut World) -> Result<()> {
    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        world.restart(|| ()).await?;
        warm.push(painted_after(world).await?);
        let files = processes::files(world)?;
        world.restart(|| forget(&files)).await?;
        cold.push(painted_after(world).await?);
    }
    tell("process started → main window painted, warm", warm, "median below 1000 ms");
    tell("process started → main window painted, files out of memory", cold, "");
    Ok(())
}

async fn painted_after(world: &World) -> Result<Duration> {
    let script = "const paint = performance.getEntriesByName('first-contentful-paint')[0];
        return paint ? performance.timeOrigin + paint.startTime : null";
    let main = world.main().await?;
    let painted = until("the main window is painted", async || Ok(main.run(script, &[]).await?.as_f64())).await?;
    let app = world.apps()?.first().copied().context("the application runs")?;
    let since_start = SystemTime::now() - processes::age(app)?;
    Ok(Duration::from_secs_f64(painted / 1000.0).saturating_sub(since_start.duration_since(UNIX_EPOCH)?))
}

/// Lets the kernel drop these files from memory, as far as no other process uses them.
fn forget(files: &BTreeSet<PathBuf>) {
    for file in files.iter().filter_map(|file| File::open(file).ok()) {
        // Where it does not, this start is a warm one.
        let _ = fadvise(&file, 0, None, Advice::DontNeed);
    }
}

/// The main window opened and closed again, the popup hidden.
async fn in_the_tray(world: &World) -> Result<()> {
    world.tray().click("Open Hookwright").await?;
    let main = world.display().shown(MAIN).await?;
    tokio::time::sleep(SETTLED).await;
    main.close()?;
    world.display().hidden(MAIN).await?;
    tokio::time::sleep(SETTLED).await;

    let before = processes::cpu(world)?;
    tokio::time::sleep(IDLE).await;
    let busy = processes::cpu(world)?.saturating_sub(before);
    let all = processes::of(world)?;
    let memory = processes::memory(&all)?;
    println!("idle in the tray, {} processes:", all.len());
    println!("  processor time in {} s: {} ms   (goal: below 100 ms)", IDLE.as_secs(), busy.as_millis());
    println!("  memory (PSS): {} MB   (goal: below 200 MB)", memory / 1_000_000);
    Ok(())
}

fn tell(what: &str, mut times: Vec<Duration>, goal: &str) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1].as_millis();
    let goal = if goal.is_empty() { String::new() } else { format!("   (goal: {goal})") };
    println!("{what}, {} times: median {} ms, p95 {} ms{goal}", times.len(), at(50), at(95));
}
