//! The whole product: the real Codex asks, a person answers in the real window, Codex does accordingly.

use anyhow::{Result, ensure};
use e2e::{Options, POPUP, World, run, until};
use fixtures::codex::{AppServer, Lab};
use fixtures::model_server::{Call, Turn};

/// A Codex whose model wants to run these commands, one each turn, and that asks for every one.
fn codex(world: &World, commands: &[&str]) -> (Lab, AppServer) {
    let turns = commands.iter().flat_map(|command| [Turn::calls([Call::shell(command)]), Turn::says("done")]);
    let lab = Lab::new(turns);
    let (relay, home) = (world.relay().display(), world.home());
    let entry = format!("if [ -x '{relay}' ]; then exec '{relay}' --home '{}' codex; fi", home.display());
    lab.set_permission_hook(&entry, 86_400);
    let mut codex = lab.app_server();
    codex.trust_all();
    codex.start_thread("untrusted");
    (lab, codex)
}

/// Codex asks its own client, who accepts.
fn codex_asks(codex: &mut AppServer, decision: &str) {
    let approval = codex.approval();
    codex.answer(&approval, decision);
    assert_eq!(codex.finish_turn(), "completed");
}

#[test]
fn codex_does_what_was_clicked() {
    run(Options::default(), async |world| {
        let allowed = "printf '%s' \"a  b\" > allowed.txt && echo \"$HOME\" | wc -c";
        let (lab, mut codex) = codex(world, &[allowed, "touch denied.txt", "touch left.txt"]);
        let made = |name: &str| lab.repo().join(name).exists();

        codex.start_turn("ship the site");
        let popup = world.popup().await?;
        popup.wait_text("@command", allowed).await?;
        assert_eq!(popup.text("@command").await?, allowed);
        assert!(popup.text("@asked").await?.contains("ship the site"));
        assert_eq!(popup.count("@reviewer").await?, 0, "the reviewer is the person, so nothing is said about one");
        ensure!(!made("allowed.txt"), "nothing runs while the person is asked");
        popup.click_enabled("@allow").await?;
        assert_eq!(codex.finish_turn(), "completed");
        ensure!(made("allowed.txt"), "what was allowed ran");

        codex.start_turn("and now");
        popup.wait_text("@command", "touch denied.txt").await?;
        popup.armed().await?;
        popup.click("@deny").await?;
        popup.type_into("@deny-message", "not on my watch").await?;
        popup.click("@deny-send").await?;
        assert_eq!(codex.finish_turn(), "completed");
        ensure!(!made("denied.txt"), "what was denied did not run");
        ensure!(lab.model.tool_outputs().iter().any(|output| output.contains("not on my watch")), "the model was told");

        codex.start_turn("and last");
        popup.wait_text("@command", "touch left.txt").await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        codex_asks(&mut codex, "accept");
        ensure!(made("left.txt"), "Codex asked its own client, who accepted");

        let main = world.open_main().await?;
        until("all three are in the history, each taken", async || {
            let rows = [
                "@past-row[data-decision=allow][data-by=person][data-taken=yes]",
                "@past-row[data-decision=deny][data-by=person][data-taken=yes]",
                "@past-row[data-decision=none][data-by=person][data-taken=yes]",
            ];
            for row in rows {
                if main.count(row).await? != 1 {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })
        .await
    });
}

#[test]
fn codex_asks_itself_after_the_waiting_time_also_with_the_popup_hidden() {
    run(Options { settings: "[waiting]\ncodex = 3\n", ..Options::default() }, async |world| {
        let (lab, mut codex) = codex(world, &["touch made.txt"]);
        codex.start_turn("please do it");
        let popup = world.popup().await?;
        popup.wait_text("@command", "touch made.txt").await?;
        popup.invoke("hide_popup", serde_json::json!({})).await?.expect("the popup may hide itself");
        world.display().hidden(POPUP).await?;
        codex_asks(&mut codex, "accept");
        ensure!(lab.repo().join("made.txt").exists());
        Ok(())
    });
}

/// Codex 0.169: after *accept for session* the hook still fires, and silence then runs the command without asking.
#[test]
fn after_accept_for_session_nothing_claims_that_codex_will_ask() {
    run(Options::default(), async |world| {
        let command = "echo ran >> made.txt";
        let (lab, mut codex) = codex(world, &[command, command]);
        let runs = || std::fs::read_to_string(lab.repo().join("made.txt")).map_or(0, |text| text.lines().count());
        codex.start_turn("please do it");
        let popup = world.popup().await?;
        popup.wait_text("@command", command).await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        codex_asks(&mut codex, "acceptForSession");
        assert_eq!(runs(), 1);

        codex.start_turn("again");
        let popup = world.popup().await?;
        popup.wait_text("@command", command).await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        // Panics if Codex asks.
        assert_eq!(codex.finish_turn(), "completed");
        assert_eq!(runs(), 2, "left alone, Codex used the earlier approval");

        let main = world.open_main().await?;
        until("both are in the history", async || Ok((main.count("@past-row").await? == 2).then_some(()))).await?;
        main.click("@past-row").await?;
        main.wait_for("@past-detail").await?;
        let told: Result<String> = main.text("@past-detail").await;
        let told = told?;
        ensure!(told.contains("it may ask you, use an earlier approval"), "{told}");
        ensure!(!told.contains("will ask") && !told.contains("asks you"), "{told}");
        Ok(())
    });
}
