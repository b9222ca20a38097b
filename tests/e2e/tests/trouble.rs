//! What is wrong with the machine is said in the window with what to do, and the rest goes on.

use std::fs;

use anyhow::{Result, ensure};
use e2e::{Options, Page, Reply, World, run, shell};
use serde_json::json;

/// With the main window on the screen.
fn shown() -> Options {
    Options { arguments: &["--show"], ..Options::default() }
}

/// The window says so, and what to do.
async fn says(main: &Page<'_>, note: &str, hint: &str) -> Result<()> {
    main.wait_text("@note", note).await?;
    main.wait_text("@note", hint).await
}

/// A request is asked, answered and taken as on a sound machine.
async fn still_answers(world: &World) -> Result<()> {
    world.listening().await?;
    let mut asking = world.ask(&shell("ls"))?;
    let popup = world.popup().await?;
    popup.click_enabled("@allow").await?;
    assert_eq!(asking.reply().await?, Reply::Allow);
    Ok(())
}

#[test]
fn a_data_folder_that_cannot_be_written() {
    run(shown(), async |world| {
        let state = world.home().join("state");
        world
            .restart(|| {
                fs::remove_dir_all(&state).expect("the application has ended");
                fs::write(&state, "in the way").expect("the home is ours");
            })
            .await?;
        let main = world.main().await?;
        says(&main, "The data folder can't be written.", "Check its rights and the disk").await?;
        says(&main, "The history can't be written.", "Requests are still answered.").await?;
        still_answers(world).await
    });
}

#[test]
fn a_history_that_is_no_database() {
    run(shown(), async |world| {
        let history = world.home().join("state/history.db");
        let garbage = "no database, but somebody's own ".repeat(100);
        world
            .restart(|| {
                for companion in ["history.db-wal", "history.db-shm"] {
                    let _ = fs::remove_file(history.with_file_name(companion));
                }
                fs::write(&history, &garbage).expect("the home is ours");
            })
            .await?;
        let main = world.main().await?;
        says(&main, "The history can't be written.", "Check the free space and the rights").await?;
        still_answers(world).await?;
        assert_eq!(fs::read_to_string(&history)?, garbage, "what is not ours is left alone");
        Ok(())
    });
}

#[test]
fn settings_that_do_not_parse() {
    run(shown(), async |world| {
        let settings = world.home().join("config/settings.toml");
        let broken = "welcomed = true\ntheme = \n";
        world.restart(|| fs::write(&settings, broken).expect("the home is ours")).await?;
        let main = world.main().await?;
        says(&main, "The settings can't be read", "line 2").await?;
        if main.has("@welcome").await? {
            main.click("@welcome-skip").await?;
        }
        still_answers(world).await?;
        assert_eq!(fs::read_to_string(&settings)?, broken, "a file that does not parse is not written over");
        Ok(())
    });
}

#[test]
fn no_session_bus() {
    run(shown(), async |world| {
        world.without_bus();
        world.restart(|| ()).await?;
        let main = world.main().await?;
        says(&main, "This desktop shows no tray icon.", "Closing this window minimises it").await?;
        still_answers(world).await
    });
}

#[test]
fn no_codex_program() {
    run(shown(), async |world| {
        let main = world.main().await?;
        main.click("@nav-agents").await?;
        main.wait_for("@agent-card[data-connection=notConnected]").await?;
        main.wait_text("@problem[data-code=noProgram]", "npm install -g @openai/codex").await?;
        main.click_enabled("@connect").await?;
        main.click_enabled("@plan-confirm").await?;
        main.wait_for("@agent-card[data-connection=connected][data-trust=untrusted]").await?;
        main.wait_text("@agent-card", "/hooks").await?;
        still_answers(world).await
    });
}

#[test]
fn a_shortcut_that_another_program_has() {
    run(shown(), async |world| {
        world.display().take_shortcut('h')?;
        let main = world.main().await?;
        main.click("@nav-settings").await?;
        for (keys, taken) in [("Ctrl+Alt+H", true), ("Ctrl+Alt+J", false), ("Ctrl+Alt+H", true)] {
            let setting = json!({ "setting": { "kind": "shortcut", "value": keys } });
            ensure!(main.invoke("change_setting", setting).await?.is_ok());
            main.wait_text("@setting-shortcut", keys).await?;
            if taken {
                says(&main, "The shortcut can't be used", "Choose another one in Settings").await?;
            } else {
                main.wait_gone("@note").await?;
            }
        }
        main.click("@shortcut-clear").await?;
        main.wait_gone("@note").await
    });
}
