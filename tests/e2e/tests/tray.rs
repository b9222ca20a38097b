//! The tray tells what waits, opens it, never decides; windows and quitting.

use anyhow::{Result, ensure};
use e2e::{Asking, MAIN, Options, POPUP, Reply, Start, TrayHost, run, shell, until};

fn waiting(askings: &mut [Asking]) -> Result<usize> {
    let waits: Vec<bool> = askings.iter_mut().map(Asking::waits).collect::<Result<_>>()?;
    Ok(waits.into_iter().filter(|&waits| waits).count())
}

#[test]
fn the_tray_tells_of_none_one_and_three_requests_and_opens_the_one_clicked() {
    run(Options::default(), async |world| {
        let tray = world.tray();
        let idle = tray.until("nothing waits", |seen| seen.labels().contains(&"Quit")).await?;
        assert!(idle.tooltip.contains("Hookwright"), "{idle:?}");
        ensure!(!idle.icon_name.is_empty() || !idle.icon.is_empty(), "there is no icon: {idle:?}");
        ensure!(idle.labels().iter().any(|label| label.contains("Open Hookwright")), "{idle:?}");

        let mut askings = vec![world.ask(&shell("make my_target"))?];
        let one = tray.until("one waits", |seen| seen.tooltip.contains('1')).await?;
        assert_ne!((&one.icon, &one.icon_name), (&idle.icon, &idle.icon_name), "the icon asks");
        let first = one.labels()[0].to_owned();
        ensure!(first.contains("Codex") && first.contains("make my_target"), "{one:?}");
        ensure!(!one.labels().iter().any(|label| label.contains("Allow")), "the menu never decides: {one:?}");

        askings.push(world.ask(&shell("echo two"))?);
        tray.until("two wait", |seen| seen.tooltip.contains('2')).await?;
        askings.push(world.ask(&shell("echo three"))?);
        let three = tray.until("three wait", |seen| seen.tooltip.contains('3')).await?;
        for (label, command) in three.labels().iter().zip(["make my_target", "echo two", "echo three"]) {
            assert!(label.contains(command), "{three:?}");
        }

        let popup = world.popup().await?;
        popup.wait_text("@position", "1 of 3").await?;
        tray.click("echo three").await?;
        popup.wait_text("@command", "echo three").await?;
        let _ = popup.invoke("hide_popup", serde_json::json!({})).await?;
        world.display().hidden(POPUP).await?;
        tray.click("echo two").await?;
        let popup = world.popup().await?;
        popup.wait_text("@command", "echo two").await?;

        ensure!(waiting(&mut askings)? == 3, "a click in the tray decided");
        for left in [2, 1, 0] {
            popup.click("@leave").await?;
            until("one less waits", async || Ok((waiting(&mut askings)? == left).then_some(()))).await?;
        }
        for asking in &mut askings {
            assert_eq!(asking.reply().await?, Reply::Nothing);
        }
        let after = tray.until("nothing waits any more", |seen| seen.tooltip == idle.tooltip).await?;
        assert_eq!((after.icon, after.icon_name), (idle.icon, idle.icon_name));
        Ok(())
    });
}

#[test]
fn pausing_in_the_tray_passes_requests_straight_back() {
    run(Options::default(), async |world| {
        let tray = world.tray();
        let mut waited = world.ask(&shell("echo waited"))?;
        world.popup().await?;
        let idle = tray.until("one waits", |seen| seen.tooltip.contains('1')).await?;
        tray.click("15 min").await?;
        assert_eq!(waited.reply().await?, Reply::Nothing);
        tray.until("it is paused", |seen| seen.icon != idle.icon && seen.tooltip.to_lowercase().contains("paused"))
            .await?;
        let mut paused = world.ask(&shell("echo paused"))?;
        assert_eq!(paused.reply().await?, Reply::Nothing);
        world.display().hidden(POPUP).await?;

        let main = world.open_main().await?;
        main.wait_for("@paused").await?;
        until("both are in the history", async || {
            Ok((main.count("@past-row[data-decision=none][data-by=paused]").await? == 2).then_some(()))
        })
        .await?;
        main.click("@resume").await?;
        main.wait_gone("@paused").await?;
        let mut asked = world.ask(&shell("echo asked"))?;
        let popup = world.popup().await?;
        popup.click("@leave").await?;
        assert_eq!(asked.reply().await?, Reply::Nothing);
        Ok(())
    });
}

#[test]
fn closing_the_main_window_keeps_the_tray_and_its_requests() {
    run(Options::default(), async |world| {
        let main = world.open_main().await?;
        main.wait_for("@empty").await?;
        let closed = main.window().id();
        main.window().close()?;
        world.display().hidden(MAIN).await?;
        let mut asking = world.ask(&shell("echo still here"))?;
        world.tray().until("one waits", |seen| seen.tooltip.contains('1')).await?;

        let main = world.open_main().await?;
        assert_ne!(main.window().id(), closed, "the window was closed, not put away");
        main.wait_text("@card @command", "echo still here").await?;
        main.click_enabled("@card @allow").await?;
        assert_eq!(asking.reply().await?, Reply::Allow);
        main.wait_for("@past-row[data-decision=allow][data-by=person][data-taken=yes]").await?;
        main.click("@past-row").await?;
        main.wait_text("@past-detail", "echo still here").await
    });
}

#[test]
fn quitting_asks_first_and_hands_waiting_requests_back() {
    run(Options::default(), async |world| {
        let mut asking = world.ask(&shell("echo unanswered"))?;
        world.popup().await?.wait_for("@card").await?;
        world.tray().click("Quit").await?;
        let main = world.main().await?;
        main.wait_for("@quit-dialog").await?;
        main.click("@quit-cancel").await?;
        main.wait_gone("@quit-dialog").await?;
        ensure!(asking.waits()?, "staying keeps the request");

        world.tray().click("Quit").await?;
        main.wait_for("@quit-dialog").await?;
        // With a real click: WebDriver's would wait for an answer from the application that ends.
        world.display().click(main.place("@quit-confirm").await?.centre())?;
        assert_eq!(asking.reply().await?, Reply::Nothing);
        world.app_ended().await
    });
}

#[test]
fn quitting_while_nothing_waits_ends_at_once() {
    run(Options { start: Start::Plain, ..Options::default() }, async |world| {
        world.tray().until("the icon is there", |seen| seen.labels().contains(&"Quit")).await?;
        world.tray().click("Quit").await?;
        world.app_ended().await?;
        let mut asking = world.ask(&shell("echo nobody"))?;
        assert_eq!(asking.reply().await?, Reply::Nothing);
        Ok(())
    });
}

#[test]
fn a_second_start_shows_the_first_ones_window_and_ends() {
    run(Options { start: Start::Plain, ..Options::default() }, async |world| {
        world.listening().await?;
        let first = world.apps()?;
        if let Some(main) = world.display().visible(MAIN)? {
            main.close()?;
            world.display().hidden(MAIN).await?;
        }
        let mut second = world.launch("second")?;
        let status = second.end().await?;
        ensure!(status.success(), "the second one ended with {status}");
        world.display().shown(MAIN).await?;
        assert_eq!(world.apps()?, first);
        Ok(())
    });
}

#[test]
fn without_a_tray_closing_the_main_window_minimises_it() {
    run(Options { start: Start::Plain, tray_host: TrayHost::Absent, ..Options::default() }, async |world| {
        world.launch("second")?.end().await?;
        let main = world.display().shown(MAIN).await?;
        main.close()?;
        world.display().hidden(MAIN).await?;
        assert_eq!(world.apps()?.len(), 1);
        world.launch("third")?.end().await?;
        let again = world.display().shown(MAIN).await?;
        assert_eq!(again.id(), main.id(), "the same window comes back");
        Ok(())
    });
}

#[test]
fn a_bus_that_hangs_holds_up_no_card() {
    run(Options::default(), async |world| {
        let mut first = world.ask(&shell("echo before"))?;
        let popup = world.popup().await?;
        popup.armed().await?;
        world.hang_bus();
        let mut second = world.ask(&shell("echo after"))?;
        popup.wait_text("@position", "1 of 2").await?;
        popup.click_enabled("@allow").await?;
        assert_eq!(first.reply().await?, Reply::Allow);
        popup.wait_text("@command", "echo after").await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        assert_eq!(second.reply().await?, Reply::Nothing);
        world.display().hidden(POPUP).await?;

        let mut third = world.ask(&shell("echo again"))?;
        let popup = world.popup().await?;
        popup.wait_text("@command", "echo again").await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        assert_eq!(third.reply().await?, Reply::Nothing);
        Ok(())
    });
}
