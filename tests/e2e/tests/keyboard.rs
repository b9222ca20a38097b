//! Every screen works without a mouse: Tab reaches everything, each stop has a name, Escape closes what is open.

use anyhow::{Result, ensure};
use e2e::{FirstRun, Key, Options, POPUP, Page, Stop, World, event, run, shell, until};
use serde_json::json;

/// The screens in the order of their keys, each with what is on it.
const SCREENS: [(char, &str, &str); 7] = [
    ('1', "Requests", "#requests"),
    ('2', "Live", "@live"),
    ('3', "Hooks", "@hook-row"),
    ('4', "History", "@history"),
    ('5', "Rules", "@rules-empty"),
    ('6', "Agents", "@agents"),
    ('7', "Settings", "@settings"),
];

fn control(world: &World, letter: char) -> Result<()> {
    world.display().chord(&[Key::Control], Key::Letter(letter))
}

/// Waits until the focus is where `selector` says.
async fn at(page: &Page<'_>, selector: &str) -> Result<()> {
    page.wait_for(&format!("{selector}:focus")).await
}

fn names(stops: &[Stop]) -> Vec<&str> {
    stops.iter().map(|stop| stop.name.as_str()).collect()
}

#[test]
fn tab_goes_around_every_screen() {
    run(Options::default(), async |world| {
        world.write_hooks(&[("PreToolUse", "true"), ("Stop", "make check")])?;
        world.ask(&event("SessionStart", json!({ "source": "startup" })))?.reply().await?;
        let mut asking = world.ask(&shell("make install").said("May I?"))?;
        let popup = world.popup().await?;
        popup.armed().await?;
        let main = world.open_main().await?;
        main.focused().await?;
        main.wait_for("@card @allow").await?;
        for (key, name, content) in SCREENS {
            control(world, key)?;
            main.wait_for(content).await?;
            at(&main, "h1").await?;
            let stops = main.walk(world.display()).await?;
            println!("{name}: {}", names(&stops).join(" | "));
            for (_, screen, _) in SCREENS {
                let found = stops.iter().any(|stop| stop.role == "button" && stop.name.starts_with(screen));
                ensure!(found, "{screen} is not reached from {name}: {:?}", names(&stops));
            }
            ensure!(stops.len() > SCREENS.len() + 1, "{name} has nothing of its own: {:?}", names(&stops));
        }
        ensure!(asking.waits()?, "walking answers nothing");
        Ok(())
    });
}

#[test]
fn the_palette_opens_finds_and_closes() {
    run(Options::default(), async |world| {
        let display = world.display();
        let main = world.open_main().await?;
        main.focused().await?;
        control(world, '7')?;
        at(&main, "h1").await?;
        display.tap(Key::Tab)?;
        until("the focus is on a control", async || Ok(main.stop().await?.filter(|stop| !stop.role.is_empty())))
            .await?;
        let before = main.stop().await?;

        control(world, 'k')?;
        at(&main, "@palette-input").await?;
        let stops = main.walk(display).await?;
        ensure!(stops.iter().all(|stop| stop.test == "palette-input"), "Tab leaves the palette: {stops:?}");
        display.tap(Key::Escape)?;
        main.wait_gone("@palette").await?;
        until("the focus is back", async || Ok((main.stop().await? == before).then_some(()))).await?;
        main.wait_for("@settings").await?;

        control(world, 'k')?;
        at(&main, "@palette-input").await?;
        display.type_text("agents")?;
        main.wait_text("@palette-item", "Agents").await?;
        display.tap(Key::Enter)?;
        main.wait_for("@agents").await?;
        at(&main, "h1").await
    });
}

#[test]
fn escape_closes_the_detail_of_an_event() {
    run(Options::default(), async |world| {
        world.ask(&event("SessionStart", json!({ "source": "startup" })))?.reply().await?;
        let main = world.open_main().await?;
        main.focused().await?;
        control(world, '2')?;
        main.click("@live-row").await?;
        main.wait_for("@live-detail").await?;
        world.display().tap(Key::Escape)?;
        main.wait_gone("@live-detail").await?;
        at(&main, "[role=treegrid]").await
    });
}

#[test]
fn a_hook_is_opened_tried_and_closed_without_a_mouse() {
    run(Options::default(), async |world| {
        world.write_hooks(&[("Stop", "make check")])?;
        let main = world.open_main().await?;
        main.focused().await?;
        control(world, '3')?;
        main.wait_for("@hook-row").await?;
        main.run("document.querySelector('[data-test=hook-row]').focus()", &[]).await?;
        world.display().tap(Key::Enter)?;
        main.wait_for("@hook-detail").await?;
        main.click("@hook-tab [data-value=try]").await?;
        main.wait_text("@trial", "Payload").await?;
        let stops = main.walk(world.display()).await?;
        println!("trial: {}", names(&stops).join(" | "));
        for stop in ["trial-payload", "trial-run", "hook-close"] {
            ensure!(stops.iter().any(|found| found.test == stop), "{stop} is not reached: {:?}", names(&stops));
        }
        world.display().tap(Key::Escape)?;
        main.wait_gone("@hook-detail").await?;
        at(&main, "@hook-row").await
    });
}

#[test]
fn the_popup_needs_no_mouse_once_it_has_the_keyboard() {
    run(Options::default(), async |world| {
        let display = world.display();
        let mut first = world.ask(&shell("make install").said("May I?"))?;
        let mut second = world.ask(&shell("make clean"))?;
        let popup = world.popup().await?;
        popup.wait_text("@position", "of 2").await?;
        popup.armed().await?;
        display.click(popup.place("@command").await?.centre())?;
        popup.focused().await?;
        let stops = popup.walk(display).await?;
        println!("popup: {}", names(&stops).join(" | "));
        for button in ["deny", "leave", "allow", "allow-more", "next"] {
            ensure!(stops.iter().any(|stop| stop.test == button), "{button} is not reached: {:?}", names(&stops));
        }

        display.tap(Key::Letter('r'))?;
        popup.wait_for("@allow-menu").await?;
        display.tap(Key::Escape)?;
        popup.wait_gone("@allow-menu").await?;
        display.tap(Key::Letter('d'))?;
        at(&popup, "@deny-message").await?;
        popup.walk(display).await?;
        display.tap(Key::Escape)?;
        popup.wait_gone("@deny-message").await?;
        display.tap(Key::Escape)?;
        display.hidden(POPUP).await?;
        ensure!(first.waits()? && second.waits()?, "Escape answers nothing");
        Ok(())
    });
}

#[test]
fn the_first_run_needs_no_mouse_and_escape_does_not_lose_it() {
    run(Options { first_run: FirstRun::Ahead, ..Options::default() }, async |world| {
        let main = world.open_main().await?;
        main.focused().await?;
        for step in ["what", "agents", "test"] {
            main.wait_for(&format!("@welcome[data-step={step}]")).await?;
            let stops = main.walk(world.display()).await?;
            println!("{step}: {}", names(&stops).join(" | "));
            ensure!(stops.iter().any(|stop| stop.test == "welcome-next"), "no way on: {:?}", names(&stops));
            control(world, '2')?;
            world.display().tap(Key::Escape)?;
            main.click("@welcome-next").await?;
        }
        main.wait_gone("@welcome").await?;
        main.wait_for("#requests").await
    });
}
