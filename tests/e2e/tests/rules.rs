//! Rules in the real window: made from a card or for a session, they answer what comes next; a file that others change waits for a
//! person's word.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use e2e::{Asking, Key, Options, POPUP, Page, Payload, Reply, World, event, run, shell};
use serde_json::json;

/// A project, where a session is.
struct Project(PathBuf);

impl Project {
    fn make(world: &World) -> Result<Self> {
        let folder = world.home().with_file_name("site");
        fs::create_dir_all(folder.join("sub"))?;
        Ok(Self(folder))
    }

    fn folder(&self) -> Result<&str> {
        self.0.to_str().context("a temp folder is UTF-8")
    }

    /// The session asks for this command.
    fn asks(&self, command: &str) -> Result<Payload> {
        let folder = self.folder()?;
        Ok(shell(command).in_folder(folder).for_prompt(folder, "ship the site"))
    }
}

fn rules_file(world: &World) -> PathBuf {
    world.home().join("config/rules.toml")
}

/// Asks, and waits for the card.
async fn asked<'w>(world: &'w World, payload: &Payload, command: &str) -> Result<(Asking, Page<'w>)> {
    let asking = world.ask(payload)?;
    let popup = world.popup().await?;
    popup.wait_text("@command", command).await?;
    Ok((asking, popup))
}

/// A person is asked, and leaves it to the agent.
async fn leave(world: &World, payload: &Payload, command: &str) -> Result<()> {
    let (mut asking, popup) = asked(world, payload, command).await?;
    ensure!(asking.waits()?, "no rule speaks about {command}");
    popup.click("@leave").await?;
    ensure!(asking.reply().await? == Reply::Nothing);
    world.display().hidden(POPUP).await
}

/// From the card's menu to the draft of a rule in the main window.
async fn drafted<'w>(world: &'w World, popup: &Page<'_>) -> Result<Page<'w>> {
    popup.click_enabled("@allow-more").await?;
    popup.click("@allow-rule").await?;
    let main = world.main().await?;
    world.display().hidden(POPUP).await?;
    main.wait_for("@rule-form @rule-proposal").await?;
    Ok(main)
}

async fn value(page: &Page<'_>, field: &str) -> Result<String> {
    let script = "return document.querySelector(`[data-test=${arguments[0]}]`)?.value ?? ''";
    Ok(page.run(script, &[json!(field)]).await?.as_str().unwrap_or_default().to_owned())
}

/// Writes a line anew.
async fn write(page: &Page<'_>, field: &str, text: &str) -> Result<()> {
    let script = "const field = document.querySelector(`[data-test=${arguments[0]}]`);
        field.value = arguments[1];
        field.dispatchEvent(new Event('input', { bubbles: true }))";
    page.wait_for(&format!("@{field}")).await?;
    page.run(script, &[json!(field), json!(text)]).await.map(drop)
}

#[test]
fn a_rule_from_a_card_answers_that_request_and_the_next_without_a_card() {
    run(Options::default(), async |world| {
        let project = Project::make(world)?;
        leave(world, &project.asks("cargo test --workspace")?, "cargo test").await?;
        let (mut first, popup) = asked(world, &project.asks("cargo test --lib")?, "cargo test --lib").await?;
        let main = drafted(world, &popup).await?;
        ensure!(value(&main, "rule-pattern").await? == "cargo test --lib", "the narrowest comes first");
        ensure!(value(&main, "rule-project").await? == project.folder()?);
        main.wait_text("@rule-count", "1 of 2 requests").await?;
        ensure!(first.waits()?, "a draft answers nothing");

        write(&main, "rule-pattern", "cargo test **").await?;
        main.wait_text("@rule-count", "2 of 2 requests").await?;
        main.wait_text("@rule-words", "Allow the command cargo test **").await?;
        ensure!(main.attribute("@rule-save", "aria-disabled").await?.as_deref() == Some("true"), "it waits a moment");
        ensure!(!rules_file(world).exists(), "nothing is kept before the click");
        main.click_enabled("@rule-save").await?;
        ensure!(first.reply().await? == Reply::Allow, "what it was made from is judged anew");
        world.display().hidden(POPUP).await?;
        main.wait_text("@rule-detail @rule-sentence", "cargo test **").await?;
        ensure!(fs::read_to_string(rules_file(world))?.contains("cargo"));

        ensure!(
            world.ask(&project.asks("cargo test --doc && cargo test -- --ignored")?)?.reply().await? == Reply::Allow
        );
        leave(world, &project.asks("cargo test --lib; make")?, "make").await?;

        main.click("@rule-close").await?;
        main.click("@nav-requests").await?;
        main.click("@nav-rules").await?;
        main.wait_text("@rule-row", "used 2 times").await?;
        main.click("@rule-row").await?;
        main.click("@rule-hits").await?;
        main.wait_gone("@past-row[data-by=person]").await?;
        main.wait_for("@past-row[data-decision=allow][data-by=rule]").await?;
        ensure!(main.count("@past-row").await? == 2, "only what the rule answered");
        main.click("@past-row").await?;
        main.wait_text("@past-rule", "cargo test **").await?;
        main.wait_for("@past-digest").await
    });
}

#[test]
fn allow_for_this_session_ends_with_the_session() {
    run(Options::default(), async |world| {
        let project = Project::make(world)?;
        let (mut first, popup) = asked(world, &project.asks("npm run build")?, "npm run build").await?;
        popup.click_enabled("@allow-more").await?;
        popup.wait_text("@allow-session", "npm run build").await?;
        popup.wait_for("@allow-session:not([data-disabled])").await?;
        popup.click("@allow-session").await?;
        ensure!(first.reply().await? == Reply::Allow);
        world.display().hidden(POPUP).await?;
        ensure!(world.ask(&project.asks("npm run build")?)?.reply().await? == Reply::Allow);

        let elsewhere = project.asks("npm run build")?.in_session("01a1b2c3-0000-7000-8000-00000000000b");
        leave(world, &elsewhere, "npm run build").await?;
        let end = event("SessionEnd", json!({ "reason": "exit", "tool_name": null })).in_folder(project.folder()?);
        world.ask(&end)?.reply().await?;
        let main = world.open_main().await?;
        main.click("@nav-rules").await?;
        main.wait_for("@rule-row[data-state=over]").await?;
        leave(world, &project.asks("npm run build")?, "npm run build").await
    });
}

#[test]
fn a_rule_is_written_edited_switched_off_and_deleted() {
    run(Options::default(), async |world| {
        let project = Project::make(world)?;
        let main = world.open_main().await?;
        main.click("@nav-rules").await?;
        main.click("@rules-empty @rule-new").await?;
        main.click("@rule-says [data-value=deny]").await?;
        write(&main, "rule-message", "Work offline.").await?;
        write(&main, "rule-pattern", "sudo **").await?;
        main.click_enabled("@rule-save").await?;
        main.wait_for("@rule-row[data-says=deny][data-state=active]").await?;
        let denied = world.ask(&project.asks("sudo make install")?)?.reply().await?;
        ensure!(matches!(&denied, Reply::Deny(message) if message.contains("Work offline.")), "{denied:?}");

        main.click("@rule-edit").await?;
        main.click("@rule-says [data-value=allow]").await?;
        main.wait_for("@rule-unfit[data-code=runsOthers]").await?;
        ensure!(main.attribute("@rule-save", "aria-disabled").await?.as_deref() == Some("true"));
        main.click("@rule-says [data-value=deny]").await?;
        write(&main, "rule-pattern", "curl **").await?;
        main.click_enabled("@rule-save").await?;
        main.wait_text("@rule-row", "curl **").await?;
        leave(world, &project.asks("sudo make install")?, "sudo").await?;

        main.click_enabled("@rule-enabled").await?;
        main.wait_for("@rule-row[data-state=off]").await?;
        let (mut passes, popup) = asked(world, &project.asks("curl example.org")?, "curl").await?;
        popup.wait_for("@risk[data-code=networkOut]").await?;
        popup.click("@leave").await?;
        passes.reply().await?;
        main.click_enabled("@rule-delete").await?;
        main.click("@rule-delete-confirm").await?;
        main.wait_for("@rules-empty").await
    });
}

#[test]
fn what_others_write_into_the_file_allows_nothing_until_it_is_confirmed() {
    run(Options::default(), async |world| {
        let project = Project::make(world)?;
        let (mut first, popup) = asked(world, &project.asks("make check")?, "make check").await?;
        let main = drafted(world, &popup).await?;
        main.click_enabled("@rule-save").await?;
        ensure!(first.reply().await? == Reply::Allow);

        let file = rules_file(world);
        let kept = fs::read_to_string(&file)?;
        fs::write(&file, kept.replace("check", "clean"))?;
        leave(world, &project.asks("make clean")?, "make clean").await?;
        main.click("@nav-requests").await?;
        main.click("@nav-rules").await?;
        main.wait_text("@rules-changed", "clean").await?;
        main.wait_for("@rule-row[data-state=unconfirmed]").await?;
        main.click_enabled("@rules-restore").await?;
        main.click("@rules-changed-confirm").await?;
        main.wait_gone("@rules-changed").await?;
        ensure!(fs::read_to_string(&file)? == kept);
        ensure!(world.ask(&project.asks("make check")?)?.reply().await? == Reply::Allow);

        fs::write(&file, kept.replace("check", "clean"))?;
        main.click("@nav-requests").await?;
        main.click("@nav-rules").await?;
        main.click_enabled("@rules-confirm").await?;
        main.wait_for("@rules-changed-dialog").await?;
        main.click("@rules-changed-confirm").await?;
        main.wait_gone("@rules-changed").await?;
        main.wait_for("@rule-row[data-state=active]").await?;
        ensure!(world.ask(&project.asks("make clean")?)?.reply().await? == Reply::Allow);
        Ok(())
    });
}

#[test]
fn the_screen_needs_no_mouse_and_escape_loses_nothing() {
    run(Options::default(), async |world| {
        let display = world.display();
        let main = world.open_main().await?;
        main.focused().await?;
        display.chord(&[Key::Control], Key::Letter('5'))?;
        main.wait_for("@rules-empty").await?;
        main.run("document.querySelector('[data-test=rule-new]').focus()", &[]).await?;
        display.tap(Key::Enter)?;
        main.wait_for("@rule-form").await?;
        main.run("document.querySelector('[data-test=rule-pattern]').focus()", &[]).await?;
        display.type_text("make")?;
        main.wait_text("@rule-words", "make").await?;
        let stops = main.walk(display).await?;
        let found = |test: &str| stops.iter().any(|stop| stop.test == test);
        for stop in ["rule-pattern", "rule-project", "rule-agent", "rule-discard", "rule-save", "rule-unsaved"] {
            ensure!(found(stop), "{stop} is not reached: {stops:?}");
        }
        display.tap(Key::Escape)?;
        main.wait_gone("@rule-form").await?;
        main.wait_for("@rule-unsaved:focus").await?;
        display.tap(Key::Enter)?;
        main.wait_for("@rule-form").await?;
        ensure!(value(&main, "rule-pattern").await? == "make");
        main.run("document.querySelector('[data-test=rule-pattern]').focus()", &[]).await?;
        main.wait_for("@rule-form[data-ready=true]").await?;
        display.tap(Key::Enter)?;
        main.run("document.querySelector('[data-test=rule-save]').focus()", &[]).await?;
        ensure!(!rules_file(world).exists(), "Enter in a field keeps nothing");
        display.tap(Key::Enter)?;
        main.wait_for("@rule-row[data-state=active]").await
    });
}
