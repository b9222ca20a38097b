//! From a fresh Codex to a connected one and back, by clicks in the real window.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use e2e::{Options, Page, run};
use fixtures::codex::Lab;
use fixtures::model_server::{Call, Turn};
use serde_json::Value;

/// What the person has already: odd, but valid.
const HOOKS: &str = "{\"hooks\" :\n\t{ \"Stop\": [ {\"hooks\":[{\"type\":\"command\",   \"command\":\"true\"}]} ] } }";

fn key(hook: &Value) -> (String, String, String) {
    let text = |name: &str| hook[name].as_str().unwrap_or_default().to_owned();
    (text("key"), text("currentHash"), text("trustStatus"))
}

/// The person's own hooks: their keys, hashes and trust.
fn own(hooks: &[Value]) -> Vec<(String, String, String)> {
    hooks.iter().filter(|hook| hook["command"] == "true").map(key).collect()
}

fn ours(hooks: &[Value]) -> usize {
    hooks.iter().filter(|hook| hook["command"].as_str().is_some_and(|command| command.contains("hookwright"))).count()
}

async fn connect(main: &Page<'_>) -> Result<()> {
    main.click("@nav-agents").await?;
    main.wait_for("@agent-card[data-agent=codex][data-connection=notConnected]").await?;
    main.click_enabled("@connect").await?;
    main.wait_text("@plan", "PermissionRequest").await?;
    main.click_enabled("@plan-confirm").await?;
    main.wait_for("@agent-card[data-connection=connected][data-trust=untrusted]").await
}

#[test]
fn codex_is_connected_trusted_watched_answered_and_disconnected() {
    let command = "printf hello > made.txt";
    let lab = Lab::new([Turn::calls([Call::shell(command)]), Turn::says("done")]);
    let file = |name: &str| lab.codex_home().join(name);
    fs::write(file("hooks.json"), HOOKS).expect("the lab is ours");
    let mut before = lab.app_server();
    before.trust_all();
    let theirs = own(&before.hooks());
    before.close();
    let config = fs::read_to_string(file("config.toml")).expect("Codex wrote it");

    run(Options::default(), async |world| {
        world.install_codex(&lab)?;
        let main = world.open_main().await?;
        connect(&main).await?;
        assert_eq!(fs::read_to_string(file("config.toml"))?, config, "connecting is not trusting");
        main.click_enabled("@trust").await?;
        main.wait_for("@agent-card[data-trust=trusted]").await?;

        let mut codex = lab.app_server();
        let hooks = codex.hooks();
        assert_eq!(own(&hooks), theirs, "the person's own hook is as trusted as before");
        assert_eq!(ours(&hooks), 14);
        ensure!(hooks.iter().all(|hook| hook["trustStatus"] == "trusted"), "{hooks:#?}");

        main.click("@nav-live").await?;
        codex.start_thread("untrusted");
        codex.start_turn("say hello");
        main.wait_for("@live-row[data-event=UserPromptSubmit]").await?;
        main.wait_for("@live-row[data-event=PermissionRequest][data-request=waiting]").await?;
        ensure!(!lab.repo().join("made.txt").exists(), "nothing runs while the person is asked");
        let popup = world.popup().await?;
        popup.wait_text("@command", command).await?;
        popup.click_enabled("@allow").await?;
        assert_eq!(codex.finish_turn(), "completed");
        ensure!(lab.repo().join("made.txt").exists(), "what was allowed ran");
        main.wait_for("@live-row[data-event=PermissionRequest][data-request=allow]").await?;
        for event in ["SessionStart", "PreToolUse", "PostToolUse", "Stop"] {
            main.wait_for(&format!("@live-row[data-event={event}]")).await?;
        }
        codex.close();

        main.click("@nav-agents").await?;
        main.click_enabled("@disconnect").await?;
        main.click_enabled("@plan-confirm").await?;
        main.wait_for("@agent-card[data-connection=notConnected]").await?;
        assert_eq!(fs::read_to_string(file("hooks.json"))?, HOOKS);
        let left = fs::read_to_string(file("config.toml"))?;
        ensure!(!left.contains("hookwright") && left.starts_with(&config), "{left}");
        let mut after = lab.app_server();
        assert_eq!(own(&after.hooks()), theirs);
        after.close();
        nothing_left(&lab.codex_home())
    });
}

/// No file names us, however deep.
fn nothing_left(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            nothing_left(&path)?;
        } else if path.is_file() {
            let bytes = fs::read(&path)?;
            let named = bytes.windows(10).any(|part| part.eq_ignore_ascii_case(b"hookwright"));
            ensure!(!named, "{} still names us", path.display());
        }
    }
    Ok(())
}
