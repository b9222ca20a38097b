//! Another language holds at once: in both windows, in the tray, and after the next start.

use std::fs;

use e2e::{MAIN, Options, POPUP, POPUP_IN_CHINESE, run, shell};

#[test]
fn another_language_holds_at_once_everywhere() {
    run(Options::default(), async |world| {
        let mut asking = world.ask(&shell("ls"))?;
        let popup = world.popup().await?;
        popup.wait_text("@allow", "Allow").await?;
        let main = world.open_main().await?;
        main.click("@nav-settings").await?;
        main.click("@setting-language [data-value=zh-CN]").await?;

        main.wait_text("h1", "设置").await?;
        let popup_now = world.popup_titled(POPUP_IN_CHINESE).await?;
        popup_now.wait_text("@allow", "允许").await?;
        world.tray().until("the tray speaks Chinese", |seen| seen.labels().contains(&"打开 Hookwright")).await?;
        let settings = fs::read_to_string(world.home().join("config/settings.toml"))?;
        assert_eq!(settings, "welcomed = true\nlanguage = \"zh-CN\"\n");
        asking.kill()?;
        world.display().hidden(POPUP_IN_CHINESE).await?;

        world.restart(|| ()).await?;
        world.tray().until("the tray still does", |seen| seen.labels().contains(&"退出")).await?;
        world.tray().click("打开 Hookwright").await?;
        let main = world.main().await?;
        main.click("@nav-settings").await?;
        main.click("@setting-language [data-value=en]").await?;
        main.wait_text("h1", "Settings").await?;
        world.tray().until("the tray speaks English", |seen| seen.labels().contains(&"Quit")).await?;
        main.window().close()?;
        world.display().hidden(MAIN).await?;
        let _waits = world.ask(&shell("ls"))?;
        world.popup_titled(POPUP).await?.wait_text("@allow", "Allow").await
    });
}
