//! A storm of events over the Live screen. A process for each of them would measure processes: these come through connections of
//! their own, as from a relay.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, ensure};
use fixtures::client::{ask, bytes, dial, hear};
use fixtures::payload;
use protocol::Frame;
use serde_json::json;

use crate::page::Page;
use crate::wait::within;
use crate::world::World;

/// So many agents speak at once.
const AGENTS: u32 = 16;
/// Between two clicks of the person.
const BETWEEN: Duration = Duration::from_millis(500);
/// After this the page listens for the click.
const LISTENING: Duration = Duration::from_millis(50);

/// What was seen of it.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// From the first event until the last one was taken.
    pub took: Duration,
    /// The longest time between two frames of the page.
    pub gap: Duration,
    /// The longest time from a press on a row until its detail was painted.
    pub click: Duration,
    /// Events that the screen says it has missed.
    pub missed: u64,
}

/// Counts frames, and the time at which another event's detail is painted: the frame that draws it ends before a message comes.
const WATCH: &str = "
    const later = (told) => { const channel = new MessageChannel(); channel.port1.onmessage = told; channel.port2.postMessage(0); };
    const shown = () => document.querySelector('[data-test=live-detail]')?.dataset.eventId ?? null;
    const storm = { on: true, gap: 0, last: performance.now(), shown: shown(), tell: () => {} };
    window.storm = storm;
    const frame = () => {
        const now = performance.now();
        storm.gap = Math.max(storm.gap, now - storm.last);
        storm.last = now;
        if (shown() !== storm.shown) {
            storm.shown = shown();
            later(() => storm.tell(performance.timeOrigin + performance.now()));
        }
        if (storm.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame)";

/// Sends so many events in this time, as far as they are taken so quickly, while a person clicks rows of the Live screen, which
/// the page shows.
pub async fn storm(world: &World, page: &Page<'_>, count: u32, time: Duration) -> Result<Storm> {
    page.run(WATCH, &[]).await?;
    let home = world.home();
    let agents: Vec<_> = (0..AGENTS)
        .map(|agent| {
            let home = home.clone();
            thread::spawn(move || {
                let (begun, mine) = (Instant::now(), count / AGENTS + u32::from(agent < count % AGENTS));
                for number in 0..mine {
                    let due = time * number / mine;
                    thread::sleep(due.saturating_sub(begun.elapsed()));
                    let tool = json!({ "tool_name": "Bash", "tool_input": { "command": format!("make part-{agent}-{number}") } });
                    let mut app = dial(&home);
                    app.write_all(&bytes(&ask(&payload::bytes("storm", "PreToolUse", tool))))?;
                    let heard = [hear(&mut app), hear(&mut app)];
                    ensure!(matches!(heard, [Some(Frame::Accepted(_)), Some(Frame::Reply(_))]), "{heard:?}");
                }
                anyhow::Ok(begun.elapsed())
            })
        })
        .collect();
    page.wait_for("@live-list").await?;
    let mut click = Duration::ZERO;
    while agents.iter().any(|agent| !agent.is_finished()) {
        tokio::time::sleep(BETWEEN).await;
        click = click.max(clicked(world, page).await?);
    }
    let mut took = Duration::ZERO;
    for agent in agents {
        took = took.max(agent.join().map_err(|_| anyhow!("an agent of the storm panicked"))??);
    }
    let seen = page.run("storm.on = false; return storm.gap", &[]).await?;
    let gap = Duration::from_secs_f64(seen.as_f64().context("a number")? / 1000.0);
    let missed = page.texts("@live-missed").await?.first().map_or(Ok(0), |text| number(text))?;
    Ok(Storm { took, gap, click, missed })
}

/// From a press on the row in the middle until its detail is painted. While events come it is another one each time.
async fn clicked(world: &World, page: &Page<'_>) -> Result<Duration> {
    let place = page.place("@live-list").await?.centre();
    // The page tells by itself: to be asked again and again would take time from what is measured.
    let painted = page.run("return new Promise((resolve) => (storm.tell = resolve))", &[]);
    let click = async {
        tokio::time::sleep(LISTENING).await;
        let pressed = SystemTime::now();
        world.display().click(place)?;
        anyhow::Ok(pressed)
    };
    let (painted, pressed) = within("a click on a row is answered", async { tokio::try_join!(painted, click) }).await?;
    let painted = painted.as_f64().context("the page tells a time")?;
    Ok(Duration::from_secs_f64(painted / 1000.0).saturating_sub(pressed.duration_since(UNIX_EPOCH)?))
}

/// The number that stands in a text.
fn number(text: &str) -> Result<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().with_context(|| format!("no number in {text:?}"))
}
