//! The Hooks screen in the real window: what a session would run, and trying it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use e2e::{Options, Page, Reply, World, event, run, shell, until};
use serde_json::json;

/// Blocks. Its hash with this matcher is what Codex would compute; see `docs/conformance.md`.
const GUARD: &str = "echo 'leave that alone' >&2; exit 2";
const GUARD_HASH: &str = "sha256:63d0e10b59016cbdd0bf525124b2a126fbdf12b6659e9e4a77bf636e827f970a";
/// `true` without a matcher.
const TRUE_HASH: &str = "sha256:a7de97b60e1412f8e936f33ad7e97c04dfe69190d43e61d14c46265643383835";
/// Tells that it runs, and goes on until it is ended.
const SLOW: &str = "sleep 300 & echo $! > child; echo 'still looking'; wait";

/// A machine whose administrator set nothing.
fn options() -> Options {
    Options { environment: &[("HOOKWRIGHT_ETC_CODEX", "/nowhere")], ..Options::default() }
}

/// Codex's files with one hook of every kind, and a project with a broken one. Gives the project's folder, where a session was.
async fn prepare(world: &World) -> Result<PathBuf> {
    let (codex, repo) = (world.home().with_file_name("codex"), world.home().with_file_name("repo"));
    fs::create_dir_all(repo.join(".codex"))?;
    fs::create_dir(repo.join("sub"))?;
    fs::create_dir(repo.join(".git"))?;
    fs::write(repo.join(".codex/hooks.json"), "{\"hooks\": {\"Stop\": [}}")?;
    let group = |command: &str| json!({ "hooks": [{ "type": "command", "command": command }] });
    let mut guard = group(GUARD);
    guard["matcher"] = json!("Bash");
    let hooks =
        json!({ "hooks": { "PreToolUse": [guard, group(SLOW), group("true"), { "hooks": [{ "type": "prompt" }] }] } });
    fs::write(codex.join("hooks.json"), hooks.to_string())?;
    let key = |group: u32| format!("[hooks.state.\"{}:pre_tool_use:{group}:0\"]", codex.join("hooks.json").display());
    let config = format!(
        "[projects.\"{}\"]\ntrust_level = \"trusted\"\n{}\ntrusted_hash = \"{GUARD_HASH}\"\n{}\ntrusted_hash = \"{TRUE_HASH}\"\nenabled = false\n",
        repo.display(),
        key(0),
        key(2),
    );
    fs::write(codex.join("config.toml"), config)?;
    let started = event("SessionStart", json!({ "source": "startup" })).in_folder(repo.to_str().context("UTF-8")?);
    world.ask(&started)?.reply().await?;
    Ok(repo)
}

async fn open(world: &World) -> Result<Page<'_>> {
    let main = world.open_main().await?;
    main.click("@nav-hooks").await?;
    main.wait_for("@hook-row").await?;
    Ok(main)
}

/// Opens the hook in this state, ready to be tried.
async fn trying(main: &Page<'_>, state: &str) -> Result<()> {
    main.click(&format!("@hook-row[data-state={state}]")).await?;
    main.click("@hook-tab [data-value=try]").await?;
    until("there is a payload", async || {
        Ok((main.run(PAYLOAD, &[]).await?.as_str().is_some_and(|text| text.contains("PreToolUse"))).then_some(()))
    })
    .await
}

const PAYLOAD: &str = "return document.querySelector('[data-test=trial-payload]')?.value ?? ''";

/// A script that allows everything, as Hookwright's own hook for permission requests.
fn host(world: &World) -> Result<PathBuf> {
    let guard = world.home().with_file_name("guard");
    fs::write(&guard, format!("#!/bin/sh\nprintf %s '{ALLOW}'\n"))?;
    fs::set_permissions(&guard, fs::Permissions::from_mode(0o700))?;
    let group = json!({ "hooks": [{ "type": "command", "command": guard }] });
    let hooks = json!({ "hooks": { "PermissionRequest": [group] } });
    fs::write(world.home().join("config/hooks.json"), hooks.to_string())?;
    Ok(guard)
}

const ALLOW: &str = r#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}}}"#;

/// A person is asked, where the hook spoke with this said of its grant, and leaves it to the agent.
async fn is_asked(world: &World, advice: Option<&str>) -> Result<()> {
    let mut relay = world.ask(&shell("make"))?;
    let popup = world.popup().await?;
    popup.wait_for("@card[data-state=open]").await?;
    match advice {
        Some(grant) => popup.wait_text(&format!("@advice[data-grant={grant}]"), "guard").await?,
        None => ensure!(!popup.has("@advice").await?, "a hook that does not run says nothing"),
    }
    ensure!(relay.waits()?);
    popup.armed().await?;
    popup.click("@leave").await?;
    ensure!(relay.reply().await? == Reply::Nothing);
    Ok(())
}

/// The process whose id a hook wrote down, as long as it runs.
fn runs(child: &Path) -> Result<bool> {
    let id = fs::read_to_string(child)?;
    Ok(fs::read_to_string(format!("/proc/{}/stat", id.trim())).is_ok_and(|stat| !stat.contains(") Z ")))
}

#[test]
fn the_hooks_of_a_folder_are_listed_with_what_becomes_of_them() {
    run(options(), async |world| {
        let repo = prepare(world).await?;
        let main = open(world).await?;
        assert_eq!(
            main.run("return document.querySelector('[data-test=hooks-folder]').value", &[]).await?,
            json!(repo)
        );
        let row = |state: &str| format!("@hook-row[data-event=PreToolUse][data-state={state}]");
        main.wait_text(&row("runs"), "leave that alone").await?;
        main.wait_text(&row("untrusted"), "sleep 300").await?;
        main.wait_text(&row("disabled"), "true").await?;
        main.wait_text("@skipped", "prompt hooks are not supported yet").await?;
        main.wait_text("#hooks", "failed to parse hooks config").await?;
        ensure!(main.count("@hook-row").await? == 3);

        main.click(&row("untrusted")).await?;
        main.wait_text("@hook-why", "Codex skips it until you trust it").await?;
        main.wait_text("@hook-detail", "600 seconds").await?;
        main.type_into("@hooks-folder", "/sub\u{e007}").await?;
        main.wait_gone("@hook-detail").await?;
        main.wait_for("@hook-row").await
    });
}

#[test]
fn a_hook_that_blocks_is_tried_and_the_outcome_is_told_in_words() {
    run(options(), async |world| {
        prepare(world).await?;
        let main = open(world).await?;
        trying(&main, "runs").await?;
        main.type_into("@trial-payload", " and more").await?;
        main.click_enabled("@trial-run").await?;
        main.wait_text("@failure", "it is not JSON").await?;
        ensure!(
            main.run(PAYLOAD, &[]).await?.as_str().is_some_and(|text| text.ends_with("and more")),
            "what was typed stays"
        );

        main.click("@trial-reset").await?;
        main.click_enabled("@trial-run").await?;
        main.wait_for("@trial[data-status=finished] @run[data-status=blocked]").await?;
        main.wait_text("@trial-outcome", "Codex would not make this call and would tell the model:").await?;
        main.wait_text("@outcome-said", "leave that alone").await?;
        main.wait_text("@run-exit", "exit code 2").await?;

        main.click("@hook-group[data-event=PreToolUse] @try-event").await?;
        main.wait_for("@event-trial").await?;
        main.click_enabled("@trial-run").await?;
        main.wait_for("@trial[data-status=finished]").await?;
        ensure!(main.count("@run").await? == 1, "only what Codex would run is run");
        Ok(())
    });
}

#[test]
fn what_runs_is_shown_while_it_runs_and_stop_leaves_no_process() {
    run(options(), async |world| {
        let repo = prepare(world).await?;
        let main = open(world).await?;
        trying(&main, "untrusted").await?;
        main.click_enabled("@trial-run").await?;
        main.wait_text("@trial-ask-dialog", "You have not trusted it").await?;
        ensure!(!repo.join("child").exists(), "nothing runs before the second word");
        main.click("@trial-ask-confirm").await?;
        main.wait_text("@run[data-status=running] @run-stdout", "still looking").await?;
        main.wait_text("@trial-elapsed", "Running").await?;
        let child = repo.join("child");
        ensure!(runs(&child)?);
        main.click("@trial-stop").await?;
        main.wait_for("@trial[data-status=stopped]").await?;
        until("its child is gone", async || Ok((!runs(&child)?).then_some(()))).await?;

        main.click_enabled("@trial-run").await?;
        main.click("@trial-ask-confirm").await?;
        main.wait_text("@run[data-status=running] @run-stdout", "still looking").await?;
        ensure!(runs(&child)?);
        main.window().close()?;
        until("closing the window ends it", async || Ok((!runs(&child)?).then_some(()))).await
    });
}

#[test]
fn quitting_ends_what_is_tried() {
    run(options(), async |world| {
        let repo = prepare(world).await?;
        let main = open(world).await?;
        trying(&main, "untrusted").await?;
        main.click_enabled("@trial-run").await?;
        main.click("@trial-ask-confirm").await?;
        main.wait_text("@run[data-status=running] @run-stdout", "still looking").await?;
        world.tray().click("Quit").await?;
        world.app_ended().await?;
        until("its child is gone", async || Ok((!runs(&repo.join("child"))?).then_some(()))).await
    });
}

#[test]
fn a_hosted_hook_is_trusted_and_granted_by_clicks_and_then_answers_without_a_card() {
    run(options(), async |world| {
        prepare(world).await?;
        let guard = host(world)?;
        let said = || fs::read_to_string(world.home().join("state/hosted.toml"));
        is_asked(world, None).await?;
        let main = open(world).await?;
        let row = |state: &str| format!("@hook-row[data-event=PermissionRequest][data-state={state}]");
        main.click(&row("untrusted")).await?;
        main.wait_for("@hosted[data-grant=none] @hosted-trust").await?;
        ensure!(!main.has("@hosted-grant").await?, "nothing is granted to what is not trusted");
        ensure!(said().is_err(), "nothing is said before the click");
        main.click_enabled("@hosted-trust").await?;
        main.wait_for(&row("runs")).await?;
        let trusted = said()?;
        ensure!(trusted.contains("trusted = \"sha256:") && !trusted.contains("grant"), "{trusted}");
        is_asked(world, Some("none")).await?;

        main.click_enabled("@hosted-grant").await?;
        main.click("@grant-cancel").await?;
        main.wait_gone("@grant-dialog").await?;
        main.click_enabled("@hosted-grant").await?;
        main.wait_for("@grant-dialog").await?;
        ensure!(said()? == trusted, "nothing is granted before the second word");
        main.click("@grant-confirm").await?;
        main.wait_for("@hosted[data-grant=given]").await?;
        let granted = said()?;
        let file = guard.canonicalize()?;
        ensure!(granted.contains(".grant") && granted.contains(&*file.to_string_lossy()), "{granted}");
        ensure!(world.ask(&shell("make"))?.reply().await? == Reply::Allow);
        main.click("@nav-requests").await?;
        main.wait_for("@past-row[data-decision=allow][data-by=hook][data-taken=yes]").await?;

        let before = fs::read_to_string(&guard)?;
        fs::write(&guard, format!("{before}#"))?;
        is_asked(world, Some("suspended")).await?;
        main.click("@nav-hooks").await?;
        main.wait_for("@hosted[data-grant=suspended] @hosted-grant").await
    });
}
