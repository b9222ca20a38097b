//! The History screen in the real window: runs of a hosted hook are found, looked at, run again and summed up.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Look, Options, Page, Reply, World, event, run, shell, storm, until};
use rusqlite::Connection;
use serde_json::json;

const GUARD: &str = "cat > /dev/null; echo 'leave that alone' >&2; exit 2";
const RUNS: u32 = 100_000;

/// A hosted hook for permission requests that denies them all. Nobody trusts it yet.
fn host(world: &World) -> Result<()> {
    let hooks = json!({ "hooks": { "PermissionRequest": [{ "hooks": [{ "type": "command", "command": GUARD }] }] } });
    Ok(fs::write(world.home().join("config/hooks.json"), hooks.to_string())?)
}

/// A person trusts it.
async fn trust(main: &Page<'_>) -> Result<()> {
    main.click("@nav-hooks").await?;
    main.click("@hook-row[data-event=PermissionRequest]").await?;
    main.click_enabled("@hosted-trust").await?;
    main.wait_for("@hook-row[data-event=PermissionRequest][data-state=runs]").await
}

/// A call that the hook denies.
async fn call(world: &World, id: &str, command: &str) -> Result<()> {
    let folder = world.home().with_file_name("shop");
    fs::create_dir_all(&folder)?;
    let folder = folder.to_str().context("UTF-8")?;
    let before = event("PreToolUse", json!({ "tool_use_id": id, "tool_input": { "command": command } }));
    ensure!(world.ask(&before.in_folder(folder))?.reply().await? == Reply::Nothing);
    let asked = world.ask(&shell(command).in_folder(folder))?.reply().await?;
    ensure!(asked == Reply::Deny("leave that alone".to_owned()), "{asked:?}");
    Ok(())
}

/// Goes to the screen, where so many rows are on top.
async fn open(main: &Page<'_>, rows: u64) -> Result<()> {
    main.click("@nav-history").await?;
    rows_are(main, rows).await
}

async fn rows_are(main: &Page<'_>, rows: u64) -> Result<()> {
    let what = format!("there are {rows} rows");
    until(&what, async || Ok((main.count("@run-row").await? == rows).then_some(()))).await
}

async fn picture(world: &World, page: &Page<'_>, name: &str) -> Result<()> {
    page.run("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))", &[]).await?;
    println!("{}", world.display().picture(name, Some(page.window()))?.display());
    Ok(())
}

/// Whether something is drawn on the canvas of the chart.
const DRAWN: &str = "
    const canvas = document.querySelector('[data-test=insights-chart]');
    if (canvas === null || canvas.width === 0) return false;
    return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part > 0);
";

async fn insights(main: &Page<'_>) -> Result<()> {
    main.click("@history-tab [data-value=insights]").await?;
    main.wait_for("@insights-hook").await?;
    until("the chart is drawn", async || Ok((main.run(DRAWN, &[]).await? == json!(true)).then_some(()))).await
}

/// Makes many runs of the one that is there: half a minute apart, a seventh of them failed, one with a word of its own.
fn seed(home: &Path) -> Result<()> {
    let database = Connection::open(home.join("state/history.db"))?;
    database.execute_batch(&format!(
        "BEGIN;
         CREATE TEMP TABLE one AS SELECT * FROM runs WHERE came = 'hosted' ORDER BY number LIMIT 1;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {RUNS})
         INSERT INTO runs (number, id, output, came, reported, event_id, place, agent, session, turn, tool, tool_use, project,
            cwd, hook, hash, name, event, kind, mode, source, path, plugin, status_message, started, completed, took_us,
            status, exit_code, signal, applied, masked, input_bytes, stdout_bytes, stderr_bytes, command, entries)
         SELECT (started / 30000 - i) * 30000 * 1024, 'seed-' || i, output, came, reported, NULL, place, agent, session, turn,
            tool, tool_use, project, cwd, hook, hash, name, event, kind, mode, source, path, plugin, status_message,
            (started / 30000 - i) * 30000, NULL, 1000 * (i % 97 + 3),
            CASE WHEN i % 7 = 0 THEN 'failed' WHEN i % 11 = 0 THEN 'stopped' WHEN i % 5 = 0 THEN 'blocked' ELSE 'completed' END,
            NULL, NULL, applied, 0, 0, 0, stderr_bytes, command, entries
         FROM one, n;
         INSERT INTO run_words (rowid, words)
            SELECT number, iif(id = 'seed-99000', 'alone needle', 'leave alone') FROM runs WHERE id LIKE 'seed-%';
         INSERT OR IGNORE INTO sums (hour, hook, status, mode, runs, took_us)
            SELECT started / 3600000, coalesce(hook, ''), status, mode, count(*), sum(took_us)
            FROM runs WHERE id LIKE 'seed-%' GROUP BY 1, 2, 3, 4;
         INSERT OR IGNORE INTO classes (day, hook, class, runs, took_us)
            SELECT started / 86400000, coalesce(hook, ''), 90 + took_us / 5000, count(*), sum(took_us)
            FROM runs WHERE id LIKE 'seed-%' GROUP BY 1, 2, 3;
         COMMIT;"
    ))?;
    Ok(())
}

#[test]
fn runs_are_found_looked_at_and_run_again_as_the_hook_is_now() {
    run(Options::default(), async |world| {
        host(world)?;
        let main = world.open_main().await?;
        main.click("@nav-history").await?;
        main.wait_text("@run-empty", "No runs yet").await?;
        trust(&main).await?;
        for (id, command) in [("call_1", "make"), ("call_2", "make test"), ("call_3", "make")] {
            call(world, id, command).await?;
        }
        open(&main, 3).await?;

        main.type_into("@run-text", "alone lea").await?;
        rows_are(&main, 3).await?;
        main.type_into("@run-text", "x").await?;
        main.wait_text("@run-empty", "Nothing found").await?;
        main.click("@run-preset[data-preset=failed]").await?;
        main.wait_for("@run-preset[data-preset=failed][aria-pressed=true]").await?;
        main.wait_for("@run-empty").await?;
        main.click("@run-preset[data-preset=blocked]").await?;
        rows_are(&main, 3).await?;

        main.click("@run-row").await?;
        main.wait_text("@run-end", "exit code 2").await?;
        main.wait_text("@run-command", "exit 2").await?;
        main.wait_text("code@run-stderr", "leave that alone").await?;
        ensure!(main.count("@run-step").await? == 2, "the call before, and the request");
        main.wait_for("@run-step[data-event=PreToolUse]").await?;
        main.wait_text("@run-step[data-event=PermissionRequest]", "this run").await?;

        main.click("@run-again").await?;
        main.wait_for("@trial[data-status=idle]").await?;
        let payload = "return document.querySelector('[data-test=trial-payload]').value";
        let payload = main.run(payload, &[]).await?;
        ensure!(payload.as_str().is_some_and(|text| text.contains("\"command\": \"make\"")), "{payload}");
        main.click_enabled("@trial-run").await?;
        main.wait_for("@trial[data-status=finished] @run[data-status=blocked]").await?;
        main.click("@hook-runs").await?;
        rows_are(&main, 4).await?;
        main.wait_for("@run-row[data-from=tried]").await?;

        fs::remove_file(world.home().join("config/hooks.json"))?;
        main.click("@run-row[data-from=hosted]").await?;
        main.click("@run-again").await?;
        main.wait_text("@run-detail", "this hook is not configured any more").await?;
        ensure!(main.has("#history").await?, "the screen stays");

        insights(&main).await?;
        main.wait_text("@insights-hook", "permission_request").await?;
        ensure!(main.count("@insights-hook").await? == 1);
        let counted = main.text("@insights-hook td").await?;
        ensure!(counted == "3", "what was tried is not counted: {counted}");
        main.click("@insights-hook button").await?;
        rows_are(&main, 4).await
    });
}

async fn is_accessible(main: &Page<'_>) -> Result<()> {
    let found = main.axe().await?;
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

/// Pictures for a person to look at: nothing, three, and very many runs.
fn pictures(look: Look, language: Option<&'static str>, name: &'static str) {
    run(Options { look, ..Options::default() }, async |world| {
        host(world)?;
        let main = world.open_main().await?;
        main.click("@nav-settings").await?;
        if let Some(language) = language {
            main.click(&format!("@setting-language [data-value={language}]")).await?;
        }
        open(&main, 0).await?;
        main.wait_for("@run-empty").await?;
        picture(world, &main, &format!("history-0-{name}")).await?;
        trust(&main).await?;
        for (id, command) in [("call_1", "rm -rf build"), ("call_2", "git push --force"), ("call_3", "make")] {
            call(world, id, command).await?;
        }
        open(&main, 3).await?;
        main.click("@run-row").await?;
        main.wait_for("code@run-stderr").await?;
        picture(world, &main, &format!("history-3-{name}")).await?;
        is_accessible(&main).await?;
        insights(&main).await?;
        is_accessible(&main).await?;
        picture(world, &main, &format!("insights-3-{name}")).await?;

        let home = world.home();
        let mut seeded = Ok(());
        world.restart(|| seeded = seed(&home)).await?;
        seeded.context("seeding")?;
        world.tray().click(if language.is_some() { "打开 Hookwright" } else { "Open Hookwright" }).await?;
        let main = world.main().await?;
        main.click("@nav-history").await?;
        main.wait_for("@run-row").await?;
        let before = Instant::now();
        main.type_into("@run-text", "needle").await?;
        rows_are(&main, 1).await?;
        println!("one of {RUNS} runs was found {:?} after typing began", before.elapsed());
        main.click("@run-clear").await?;
        main.wait_for("@run-row[data-status=blocked]").await?;
        main.click("@run-row[data-status=blocked]").await?;
        main.wait_for("code@run-stderr").await?;
        let deep = "document.querySelector('[data-test=run-list]').scrollTop = 4000";
        main.run(deep, &[]).await?;
        main.wait_for("[aria-posinset='90']").await?;
        picture(world, &main, &format!("history-100000-{name}")).await?;
        insights(&main).await?;
        picture(world, &main, &format!("insights-100000-{name}")).await
    });
}

#[test]
fn pictures_in_light() {
    pictures(Look::Light, None, "light");
}

#[test]
fn pictures_in_dark_and_chinese() {
    pictures(Look::Dark, Some("zh-CN"), "dark-zh");
}

#[test]
fn a_storm_of_events_loses_none_and_a_click_is_still_heard() {
    const EVENTS: u32 = 2_000;
    run(Options::default(), async |world| {
        let main = world.open_main().await?;
        main.click("@nav-live").await?;
        let seen = storm(world, &main, EVENTS, Duration::from_secs(2)).await?;
        println!("{EVENTS} events: {seen:?}");
        ensure!(seen.missed == 0, "the screen missed {} events", seen.missed);
        let database = Connection::open(world.home().join("state/history.db"))?;
        let stored: u32 = database.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
        ensure!(stored == EVENTS, "{stored} of {EVENTS} events are in the history");
        Ok(())
    });
}
