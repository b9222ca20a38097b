//! What the application costs: from a request to its card, until its main window is painted, and idle in the tray. All of it in an
//! empty home and in one that has been in use for long.
//!
//! Started by `cargo xtask bench app`, which says what to measure. Prints the goals beside; never fails by time.

mod editor;
mod full;
mod processes;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, ensure};
use e2e::{MAIN, Options, POPUP, Reply, Start, World, run, storm, until};
use rustix::fs::{Advice, fadvise};
use serde_json::json;

use full::Full;

const STARTS: usize = 5;
const REQUESTS: usize = 50;
/// A card is painted within this.
const UNDISTURBED: Duration = Duration::from_millis(300);
const EVENTS: u32 = 10_000;
const STORM: Duration = Duration::from_secs(10);

/// What follows a start or the closing of a window is over after this.
const SETTLED: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(60);

/// Where the application is measured.
#[derive(Clone, Copy)]
enum Home<'a> {
    Empty,
    Full(&'a Full),
}

/// One line of what was found.
struct Figure {
    what: &'static str,
    found: String,
    goal: &'static str,
}

fn main() {
    if std::env::var_os("HOOKWRIGHT_TEST_APP").is_none() {
        println!("nothing to measure: `cargo xtask bench app` says what");
        return;
    }
    let full = Full::make().expect("a full home can be made");
    let (empty, full) = (figures(Home::Empty), figures(Home::Full(&full)));
    println!("{:<66}{:<32}{:<32}", "", "empty home", "full home");
    for (empty, full) in empty.iter().zip(&full) {
        println!("{:<66}{:<32}{:<32}{}", empty.what, empty.found, full.found, empty.goal);
    }
}

fn figures(home: Home) -> Vec<Figure> {
    let options = Options { start: Start::Not, ..Options::default() };
    let mut figures = Vec::new();
    run(Options { arguments: &["--show"], ..options.clone() }, async |world| {
        home.put(world)?;
        figures.extend(starts(world).await?);
        figures.extend(previews(world).await?);
        figures.extend(live(world).await?);
        figures.extend(editor::editor(world).await?);
        Ok(())
    });
    run(options.clone(), async |world| {
        home.put(world)?;
        figures.extend(in_the_tray(world).await?);
        Ok(())
    });
    run(Options { environment: &[("HOOKWRIGHT_LOG", "api=debug")], ..options }, async |world| {
        home.put(world)?;
        figures.push(requests(world, home).await?);
        Ok(())
    });
    figures
}

impl Home<'_> {
    fn put(self, world: &World) -> Result<()> {
        if let Self::Full(full) = self {
            full.put(world)?;
        }
        // What was written for this is on disk before anything is measured.
        rustix::fs::sync();
        Ok(())
    }
}

/// From the frame at the bridge until the popup says that the card is painted, as the application's log tells.
async fn requests(world: &mut World, home: Home<'_>) -> Result<Figure> {
    world.restart(|| ()).await?;
    world.listening().await?;
    if let Home::Full(_) = home {
        let reply = world.ask(&full::ruled(world)?)?.reply().await?;
        ensure!(reply == Reply::Allow, "the rules do not count: {reply:?}");
    }
    for number in 0..REQUESTS {
        let mut asking = world.ask(&full::asked(world, &format!("echo {number}"))?)?;
        // The driver's questions to the page would take time from what is measured.
        tokio::time::sleep(UNDISTURBED).await;
        let popup = world.popup().await?;
        popup.wait_text("@command", &format!("echo {number}")).await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        asking.reply().await?;
        world.display().hidden(POPUP).await?;
    }
    let painted = painted(&world.logs())?;
    ensure!(painted.len() == REQUESTS, "the log tells of {} painted requests, not of {REQUESTS}", painted.len());
    Ok(times("request received → card painted, popup hidden before", painted, "p95 below 100 ms"))
}

/// Events over the Live screen, more than anybody reads.
async fn live(world: &World) -> Result<[Figure; 3]> {
    let main = world.main().await?;
    main.click("@nav-live").await?;
    let storm = storm(world, &main, EVENTS, STORM).await?;
    let what = format!("{EVENTS} events, taken in {} ms", storm.took.as_millis());
    Ok([
        Figure {
            what: "live: the longest time between two frames",
            found: format!("{} ms", storm.gap.as_millis()),
            goal: "",
        },
        Figure {
            what: "live: events that the screen missed",
            found: format!("{} of {what}", storm.missed),
            goal: "0 in 10 s",
        },
        Figure {
            what: "live: press on a row → its detail painted, the longest",
            found: format!("{} ms", storm.click.as_millis()),
            goal: "below 100 ms",
        },
    ])
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
async fn starts(world: &mut World) -> Result<[Figure; 2]> {
    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        world.restart(|| ()).await?;
        warm.push(painted_after(world).await?);
        let files = processes::files(world)?;
        world.restart(|| forget(&files)).await?;
        cold.push(painted_after(world).await?);
    }
    Ok([
        times("process started → main window painted, warm", warm, "median below 1000 ms"),
        times("process started → main window painted, files out of memory", cold, ""),
    ])
}

/// What a draft would have done with the requests of the last weeks: from the page's question to its answer.
async fn previews(world: &World) -> Result<[Figure; 2]> {
    let main = world.main().await?;
    let mut looked_at = 0;
    let mut look = async |pattern: &str| {
        let draft = json!({
            "agent": "codex", "project": null, "session": null, "what": { "kind": "command", "pattern": pattern },
            "says": { "kind": "allow" }, "lasts": { "kind": "untilRevoked" },
        });
        let asked = Instant::now();
        let preview = main.invoke("preview_rule", json!({ "draft": draft, "request": null })).await?;
        let took = asked.elapsed();
        let preview = preview.map_err(|refused| anyhow!("no preview: {refused}"))?;
        looked_at = preview["of"].as_u64().context("a preview says of how many")?;
        anyhow::Ok(took)
    };
    let (first, again) = (look("cargo test **").await?, look("git status **").await?);
    let found = |took: Duration| format!("{} ms, of {looked_at}", took.as_millis());
    Ok([
        Figure {
            what: "preview of a rule over requests of the past, the first",
            found: found(first),
            goal: "below 1000 ms",
        },
        Figure { what: "preview of a rule over requests of the past, the next", found: found(again), goal: "" },
    ])
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
async fn in_the_tray(world: &World) -> Result<[Figure; 2]> {
    let _app = world.launch("app")?;
    world.listening().await?;
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
    Ok([
        Figure {
            what: "idle in the tray: processor time within 60 s",
            found: format!("{} ms, {} processes", busy.as_millis(), all.len()),
            goal: "below 100 ms",
        },
        Figure {
            what: "idle in the tray: memory (PSS)",
            found: format!("{} MB", memory / 1_000_000),
            goal: "below 200 MB",
        },
    ])
}

fn times(what: &'static str, mut times: Vec<Duration>, goal: &'static str) -> Figure {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1].as_millis();
    Figure { what, found: format!("median {} ms, p95 {} ms", at(50), at(95)), goal }
}
