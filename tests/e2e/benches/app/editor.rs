//! The hooks editor with a file of many hooks.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::{World, until};
use serde_json::json;

use crate::{Figure, times};

const HOOKS: usize = 500;
/// So often it is opened.
const OPENED: usize = 5;
/// What is typed into a field of the form.
const TYPED: &str = "looking at everything once more";

/// From the click on the file until its hooks and its text are painted, in milliseconds; of each key until the page has done with it,
/// without painting.
const WATCH: &str = "
    const there = () => document.querySelector('[data-test=hook-tree-handler]') && document.querySelector('[data-test=raw] .cm-line');
    const later = (told) => { const channel = new MessageChannel(); channel.port1.onmessage = told; channel.port2.postMessage(0); };
    window.keys = [];
    window.addEventListener('click', (event) => {
        if (!event.target.closest('[data-test=hook-file]')) return;
        const begun = performance.now();
        const look = () => there() ? later(() => (window.opened = performance.now() - begun)) : requestAnimationFrame(look);
        requestAnimationFrame(look);
    }, true);
    let begun = 0;
    window.addEventListener('keydown', () => (begun = performance.now()), true);
    window.addEventListener('input', () => queueMicrotask(() => queueMicrotask(() => window.keys.push(performance.now() - begun))))";

pub(crate) async fn editor(world: &mut World) -> Result<[Figure; 2]> {
    let file = many(world)?;
    let mut opened = Vec::new();
    for _ in 0..OPENED {
        // The first file of a session takes longest.
        world.restart(|| ()).await?;
        opened.push(opens(world, &file).await?);
    }
    let keys = typed(world).await?;
    fs::remove_file(file)?;
    Ok([
        times("editor: a file with 500 hooks, from the click until it is painted", opened, "median below 300 ms"),
        times("editor: a key typed in the form of one of them", keys, "below 16 ms"),
    ])
}

/// A hook file of the person's own, with many hooks.
fn many(world: &World) -> Result<PathBuf> {
    let group = |number: usize| {
        let command = format!("python3 \"$HOME/.codex/hooks/check-{number}.py\" --quick");
        let handler =
            json!({ "type": "command", "command": command, "timeout": 10, "statusMessage": format!("Check {number}") });
        json!({ "matcher": "Bash", "hooks": [handler] })
    };
    let groups: Vec<_> = (0..HOOKS).map(group).collect();
    let file = world.home().with_file_name("codex").canonicalize()?.join("hooks.json");
    fs::write(&file, serde_json::to_string_pretty(&json!({ "hooks": { "PreToolUse": groups } }))?)?;
    Ok(file)
}

async fn opens(world: &World, file: &Path) -> Result<Duration> {
    let main = world.main().await?;
    main.click("@nav-hooks").await?;
    main.click("@hooks-by [data-value=file]").await?;
    main.wait_for("@hook-file").await?;
    main.run(WATCH, &[]).await?;
    let place = main.place(&format!("@hook-file[data-path='{}']", file.display())).await?;
    world.display().click(place.centre())?;
    let opened =
        until("the file is open", async || Ok(main.run("return window.opened ?? null", &[]).await?.as_f64())).await?;
    Ok(ms(opened))
}

async fn typed(world: &World) -> Result<Vec<Duration>> {
    let main = world.main().await?;
    main.click("@hook-tree-handler").await?;
    main.click("@hook-status").await?;
    main.run("window.keys = []", &[]).await?;
    world.display().type_text(TYPED)?;
    let keys = until("every key is heard", async || {
        let keys = main.run("return window.keys", &[]).await?;
        let keys: Vec<_> = keys.as_array().context("a list")?.iter().filter_map(serde_json::Value::as_f64).collect();
        Ok((keys.len() >= TYPED.len()).then_some(keys))
    })
    .await?;
    Ok(keys.into_iter().map(ms).collect())
}

fn ms(ms: f64) -> Duration {
    Duration::from_secs_f64(ms / 1000.0)
}
