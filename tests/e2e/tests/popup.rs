//! The popup answers what a person clicks, exactly, for exactly the card that is open.

use anyhow::{Context, Result, ensure};
use e2e::{Asking, Options, POPUP, Page, Payload, Reply, World, patch, run, shell, until};
use serde_json::json;

/// Three commands wait, oldest first. The popup shows the first.
async fn three(world: &World) -> Result<([Asking; 3], Page<'_>)> {
    let first = world.ask(&shell("echo one"))?;
    let popup = world.popup().await?;
    popup.wait_for("@card").await?;
    let second = world.ask(&shell("echo two"))?;
    popup.wait_text("@position", "1 of 2").await?;
    let third = world.ask(&shell("echo three").in_session("another"))?;
    popup.wait_text("@position", "1 of 3").await?;
    Ok(([first, second, third], popup))
}

#[test]
fn each_answer_gives_the_agent_what_was_clicked() {
    run(Options::default(), async |world| {
        let command = "printf '%s\\n' \"$HOME\" && cargo test -- --nocapture | tail -n 3";
        let payload = shell(command).said("May I test?").for_prompt("/repo", "Make the tests pass");
        let mut allowed = world.ask(&payload)?;
        let popup = world.popup().await?;
        popup.wait_for("@card[data-state=open]").await?;
        assert_eq!(popup.text("@command").await?, command);
        assert!(popup.text("@said").await?.contains("May I test?"));
        assert!(popup.text("@asked").await?.contains("Make the tests pass"));
        assert!(!popup.has("@reviewer").await?, "the person reviews, which needs no words");
        assert!(popup.text("@runs-in").await?.contains("/repo"));
        popup.click_enabled("@allow").await?;
        assert_eq!(allowed.reply().await?, Reply::Allow);

        let mut denied = world.ask(&shell("rm -rf /repo"))?;
        popup.wait_text("@command", "rm -rf /repo").await?;
        popup.armed().await?;
        popup.click("@deny").await?;
        popup.type_into("@deny-message", "use git clean instead").await?;
        popup.click("@deny-send").await?;
        match denied.reply().await? {
            Reply::Deny(message) => assert!(message.contains("use git clean instead"), "{message:?}"),
            other => panic!("{other:?}"),
        }

        let mut left = world.ask(&shell("cargo publish"))?;
        popup.wait_text("@command", "cargo publish").await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        assert_eq!(left.reply().await?, Reply::Nothing);
        world.display().hidden(POPUP).await
    });
}

#[test]
fn of_three_requests_each_gets_the_answer_given_to_its_own_card() {
    run(Options::default(), async |world| {
        let ([mut first, mut second, mut third], popup) = three(world).await?;
        popup.click("@next").await?;
        popup.click("@next").await?;
        popup.wait_text("@position", "3 of 3").await?;
        assert_eq!(popup.text("@command").await?, "echo three");
        popup.click_enabled("@allow").await?;
        assert_eq!(third.reply().await?, Reply::Allow);
        ensure!(first.waits()? && second.waits()?, "an answer went to another request");

        popup.wait_text("@position", "of 2").await?;
        while popup.text("@command").await? != "echo one" {
            popup.click("@previous").await?;
        }
        popup.armed().await?;
        popup.click("@leave").await?;
        assert_eq!(first.reply().await?, Reply::Nothing);
        popup.wait_text("@command", "echo two").await?;
        popup.click_enabled("@allow").await?;
        assert_eq!(second.reply().await?, Reply::Allow);
        Ok(())
    });
}

#[test]
fn denying_a_session_denies_all_of_it_and_nothing_else() {
    run(Options::default(), async |world| {
        let ([mut first, mut second, mut third], popup) = three(world).await?;
        popup.click("@deny-session").await?;
        assert!(matches!(first.reply().await?, Reply::Deny(_)));
        assert!(matches!(second.reply().await?, Reply::Deny(_)));
        popup.wait_text("@command", "echo three").await?;
        ensure!(third.waits()?, "the other session was denied too");
        popup.armed().await?;
        popup.click("@leave").await?;
        assert_eq!(third.reply().await?, Reply::Nothing);
        Ok(())
    });
}

#[test]
fn a_killed_relay_leaves_a_grey_card_that_goes_by_itself() {
    run(Options::default(), async |world| {
        let mut asking = world.ask(&shell("sleep 60"))?;
        let popup = world.popup().await?;
        popup.armed().await?;
        asking.kill()?;
        popup.wait_for("@card[data-state=ended] @withdrawn[data-by=withdrawn][data-decision=none]").await?;
        assert_eq!(popup.text("@command").await?, "sleep 60");
        for button in ["@allow", "@deny", "@leave"] {
            let off = popup.attribute(button, "aria-disabled").await?;
            assert_eq!(off.as_deref(), Some("true"), "{button} of a withdrawn card");
        }
        popup.wait_gone("@card").await?;
        world.display().hidden(POPUP).await
    });
}

#[test]
fn when_the_time_is_over_the_request_goes_back_also_from_a_hidden_popup() {
    run(Options { settings: "[waiting]\ncodex = 3\n", ..Options::default() }, async |world| {
        let mut seen = world.ask(&shell("make install"))?;
        let popup = world.popup().await?;
        popup.wait_text("@countdown", "hands back to Codex in").await?;
        popup.wait_for("@withdrawn[data-by=expired][data-decision=none]").await?;
        assert_eq!(seen.reply().await?, Reply::Nothing);
        world.display().hidden(POPUP).await?;

        let mut hidden = world.ask(&shell("make install"))?;
        let popup = world.popup().await?;
        popup.wait_for("@card[data-state=open]").await?;
        let hide = popup.invoke("hide_popup", serde_json::json!({})).await?;
        assert_eq!(hide, Ok(serde_json::Value::Null));
        world.display().hidden(POPUP).await?;
        ensure!(hidden.waits()?, "hiding answers nothing");
        assert_eq!(hidden.reply().await?, Reply::Nothing);

        let main = world.open_main().await?;
        until("both expired requests are in the history", async || {
            Ok((main.count("@past-row[data-decision=none][data-by=expired]").await? == 2).then_some(()))
        })
        .await
    });
}

#[test]
fn hostile_text_is_drawn_plainly() {
    run(Options::default(), async |world| {
        let blanks = " ".repeat(300);
        let command = format!(
            "echo \u{202e}evil\u{202c} zero\u{200b}width \u{1b}[2J p\u{430}ypal.com \
             <img src=x onerror=\"document.title='owned'\"> **bold**{blanks}; rm -rf ~"
        );
        let mut asking = world.ask(&shell(&command).said("<script>document.title='owned'</script>"))?;
        let popup = world.popup().await?;
        popup.wait_for("@card").await?;
        let drawn = popup.text("@command").await?;
        for plain in ["<img src=x onerror=", "**bold**", "300", "; rm -rf ~"] {
            assert!(drawn.contains(plain), "{plain:?} is missing in {drawn:?}");
        }
        for hidden in ['\u{202e}', '\u{202c}', '\u{200b}', '\u{1b}', '\u{430}'] {
            assert!(!drawn.contains(hidden), "{hidden:?} is drawn as it is in {drawn:?}");
        }
        assert!(popup.count("@command @piece-mark").await? >= 5);
        assert_eq!(popup.count("@card img, @card script, @card b, @card strong").await?, 0);
        assert!(popup.text("@said").await?.contains("<script>"));
        let names = popup.run(
            "return [...document.querySelectorAll('[data-test=piece-mark]')].every((mark) => mark.ariaLabel)",
            &[],
        );
        assert_eq!(names.await?, true, "each mark has a name for those who do not see it");
        assert_ne!(popup.run("return document.title", &[]).await?, "owned");
        popup.click("@leave").await?;
        assert_eq!(asking.reply().await?, Reply::Nothing);
        Ok(())
    });
}

#[test]
fn a_patch_is_shown_file_by_file() {
    run(Options::default(), async |world| {
        let text = "*** Begin Patch\n*** Add File: src/new.rs\n+fn new() {}\n*** Update File: src/old.rs\n@@ fn old() {\n-    one();\n+    two();\n*** Delete File: src/gone.rs\n*** End Patch";
        let mut asking = world.ask(&patch(text))?;
        let popup = world.popup().await?;
        popup.wait_for("@file").await?;
        let files = popup.texts("@file").await?;
        let changed = files.iter().position(|file| file.contains("src/old.rs")).context("the changed file")?;
        assert_eq!(files.len(), 3, "{files:?}");
        assert!(files[changed].contains("one();") && files[changed].contains("two();"), "{files:?}");
        assert_eq!(popup.count("@file[data-change=add]").await?, 1);
        assert_eq!(popup.count("@file[data-change=delete]").await?, 1);
        popup.click_enabled("@allow").await?;
        assert_eq!(asking.reply().await?, Reply::Allow);

        // A whole file of garbage and of thousands of lines: marked, closed, and unread until every line was shown.
        let content = format!("GIF89a\0\u{fffd}{}", "\nline".repeat(5000));
        let input = json!({ "file_path": "/repo/logo.gif", "content": content });
        let mut asking = world.ask(&Payload::of("Write", input))?;
        let popup = world.popup().await?;
        popup.wait_for("@file[data-change=write] @binary").await?;
        assert_eq!(popup.count("@file .line").await?, 0);
        popup.click("@file > button").await?;
        for rest in ["4,002", "3,002", "2,002", "1,002", "2"] {
            popup.wait_text("@more-lines", &format!("{rest} more lines")).await?;
            popup.click("@more-lines").await?;
        }
        popup.wait_gone("@file[data-unread]").await?;
        assert_eq!(popup.count("@file .line").await?, 5002);
        popup.click("@leave").await?;
        assert_eq!(asking.reply().await?, Reply::Nothing);
        Ok(())
    });
}
