//! axe-core finds nothing to object to on any screen, in light and in dark.

use anyhow::{Result, ensure};
use e2e::{FirstRun, Look, Options, Page, Payload, World, event, patch, run, shell};
use serde_json::json;

const PATCH: &str = "*** Begin Patch\n*** Update File: notes.md\n@@\n-one\n+two\n*** End Patch";

/// What axe found, by screen.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    async fn look(&mut self, page: &Page<'_>, screen: &str) -> Result<()> {
        let found = page.axe().await?;
        self.0.extend(found.into_iter().map(|line| format!("{screen}: {line}")));
        Ok(())
    }

    fn nothing(self) -> Result<()> {
        ensure!(self.0.is_empty(), "{} violations:\n{}", self.0.len(), self.0.join("\n"));
        Ok(())
    }
}

async fn happens(world: &World, payload: &Payload) -> Result<()> {
    world.ask(payload)?.reply().await.map(drop)
}

fn every_screen(look: Look) {
    run(Options { look, ..Options::default() }, async |world| {
        let mut findings = Findings::default();
        world.write_hooks(&[("PreToolUse", "echo no >&2; exit 2"), ("Stop", "make check")])?;
        happens(world, &event("SessionStart", json!({ "source": "startup" }))).await?;
        happens(world, &event("UserPromptSubmit", json!({ "prompt": "ship the site" }))).await?;
        happens(world, &event("PreToolUse", json!({ "tool_use_id": "call_1" }))).await?;

        let mut first = world.ask(&shell("rm -rf build \u{202e}&& ls").said("Start afresh"))?;
        let popup = world.popup().await?;
        popup.armed().await?;
        findings.look(&popup, "popup").await?;
        popup.click("@allow-more").await?;
        popup.wait_for("@allow-menu").await?;
        findings.look(&popup, "the menu beside Allow").await?;
        popup
            .run(
                "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))",
                &[],
            )
            .await?;
        popup.wait_gone("@allow-menu").await?;
        let mut second = world.ask(&patch(PATCH))?;
        popup.wait_text("@position", "1 of 2").await?;
        findings.look(&popup, "popup, two waiting").await?;
        popup.click("@deny").await?;
        popup.wait_for("@deny-message").await?;
        findings.look(&popup, "deny form").await?;
        popup.click("@deny-send").await?;
        first.reply().await?;

        let main = world.open_main().await?;
        main.wait_for("@past-row").await?;
        findings.look(&main, "requests").await?;
        main.click("@past-row").await?;
        main.wait_for("@past-detail").await?;
        findings.look(&main, "requests, a past one").await?;
        second.kill()?;

        main.click("@nav-live").await?;
        main.wait_for("@live-row").await?;
        findings.look(&main, "live").await?;
        main.click("@live-row").await?;
        main.wait_for("@live-detail").await?;
        findings.look(&main, "live, an event").await?;

        main.click("@nav-hooks").await?;
        main.wait_for("@hook-row").await?;
        findings.look(&main, "hooks").await?;
        main.click("@hook-row").await?;
        main.wait_for("@hook-why").await?;
        findings.look(&main, "hooks, one of them").await?;
        main.click("@hook-tab [data-value=try]").await?;
        main.click_enabled("@trial-run").await?;
        main.wait_for("@trial-ask-dialog").await?;
        findings.look(&main, "hooks, a second word").await?;
        main.click("@trial-ask-confirm").await?;
        main.wait_for("@trial[data-status=finished]").await?;
        findings.look(&main, "hooks, tried").await?;

        main.click("@nav-rules").await?;
        main.wait_for("@rules-empty").await?;
        findings.look(&main, "rules, none yet").await?;
        main.click("@rule-new").await?;
        main.type_into("@rule-pattern", "sudo make").await?;
        main.wait_for("@rule-unfit").await?;
        findings.look(&main, "rules, one that can't be").await?;
        main.click("@rule-says [data-value=deny]").await?;
        main.click_enabled("@rule-save").await?;
        main.wait_for("@rule-detail").await?;
        findings.look(&main, "rules, one of them").await?;
        let file = world.home().join("config/rules.toml");
        std::fs::write(&file, std::fs::read_to_string(&file)?.replace("sudo", "su"))?;
        main.click("@nav-requests").await?;
        main.click("@nav-rules").await?;
        main.wait_for("@rules-changed").await?;
        findings.look(&main, "rules, changed elsewhere").await?;

        main.click("@nav-agents").await?;
        main.wait_for("@agent-card").await?;
        findings.look(&main, "agents").await?;
        main.click("@nav-settings").await?;
        main.wait_for("@setting-theme").await?;
        findings.look(&main, "settings").await?;
        let folder = world.home().display().to_string();
        main.type_into("@project-folder", &folder).await?;
        main.click("@project-add").await?;
        main.type_into("@project-waiting", "20").await?;
        main.click("@project-review [data-value=ask]").await?;
        main.wait_for("@project [data-value=ask][aria-checked=true]").await?;
        main.type_into("@project-folder", "no full path").await?;
        main.click("@project-add").await?;
        main.wait_for("@project-invalid").await?;
        findings.look(&main, "settings, one project apart").await?;
        let settings = std::fs::read_to_string(world.home().join("config/settings.toml"))?;
        ensure!(
            settings.ends_with(&format!("\n[projects.\"{folder}\"]\nwaiting = 1200\nreview = \"ask\"\n")),
            "{settings}"
        );
        main.click("@nav-palette").await?;
        main.wait_for("@palette-item").await?;
        findings.look(&main, "palette").await?;
        findings.nothing()
    });
}

fn first_run(look: Look) {
    run(Options { look, first_run: FirstRun::Ahead, ..Options::default() }, async |world| {
        let mut findings = Findings::default();
        let main = world.open_main().await?;
        for step in ["what", "agents", "test"] {
            main.wait_for(&format!("@welcome[data-step={step}]")).await?;
            findings.look(&main, step).await?;
            main.click("@welcome-next").await?;
        }
        main.wait_gone("@welcome").await?;
        findings.nothing()
    });
}

#[test]
fn every_screen_in_light() {
    every_screen(Look::Light);
}

#[test]
fn every_screen_in_dark() {
    every_screen(Look::Dark);
}

#[test]
fn the_first_run_in_light() {
    first_run(Look::Light);
}

#[test]
fn the_first_run_in_dark() {
    first_run(Look::Dark);
}
