//! Two screens of one conversation: the real terminal interface of Codex, and the real window beside it.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use e2e::{Options, POPUP, Page, Start, World, run, until};
use fixtures::codex::{Lab, Setup, Terminal};
use serde_json::{Value, json};

/// A person at two screens.
struct Beside<'a> {
    world: &'a World,
    lab: Lab,
    terminal: Terminal,
}

impl<'a> Beside<'a> {
    /// Nothing stands in any hook file: the application is attached to the server, which the terminal starts if there is none.
    async fn start(world: &'a mut World, lab: Lab) -> Result<Self> {
        world.install_codex(&lab)?;
        world.begin().await?;
        let terminal = lab.terminal();
        Ok(Self { world, lab, terminal })
    }

    /// The model wants to make this file. Both screens ask.
    async fn asked(&self, file: &str) -> Result<Page<'a>> {
        let prompt = format!("please make {file}");
        self.lab.model.script([Terminal::asking(&prompt, &format!("touch {file}"))]);
        self.terminal.say(&prompt);
        let popup = self.world.popup().await?;
        popup.wait_text("@card[data-state=open] @command", &format!("touch {file}")).await?;
        self.terminal.shows(Terminal::QUESTION);
        ensure!(!self.file(file).exists(), "nothing runs while it is asked");
        Ok(popup)
    }

    async fn made(&self, file: &str) -> Result<()> {
        until("the command runs", async || Ok(self.file(file).exists().then_some(()))).await
    }

    fn file(&self, name: &str) -> PathBuf {
        self.lab.repo().join(name)
    }
}

fn lab() -> Lab {
    Lab::with(&Setup::for_terminal(), [])
}

fn options() -> Options {
    Options { start: Start::Not, ..Options::default() }
}

/// What the history has, newest first.
async fn past(main: &Page<'_>) -> Result<Vec<Value>> {
    let page = main.invoke("past", json!({ "filter": {}, "cursor": null })).await?;
    let page = page.map_err(|error| anyhow::anyhow!("{error}"))?;
    ensure!(page["next"].is_null(), "all fit on a page");
    Ok(page["rows"].as_array().context("a page has rows")?.clone())
}

#[test]
fn the_window_answers_what_the_terminal_asks_and_the_other_way_round() {
    run(options(), async |world| {
        let beside = Beside::start(world, lab()).await?;
        let popup = beside.asked("by-window").await?;
        ensure!(popup.count("@allow, @deny").await? == 0, "only what the agent offers");
        popup.click_enabled("@offer-accept").await?;
        beside.made("by-window").await?;
        beside.terminal.hides(Terminal::QUESTION);

        let popup = beside.asked("by-terminal").await?;
        popup.run(WATCH, &[]).await?;
        let pressed = beside.terminal.answer("y").duration_since(UNIX_EPOCH)?;
        let told = until("the card says who answered", async || Ok(popup.run(TOLD, &[]).await?.as_f64())).await?;
        let after = Duration::from_secs_f64(told / 1000.0).saturating_sub(pressed);
        println!("the card said so {after:?} after the key was pressed in the terminal");
        beside.made("by-terminal").await?;
        beside.world.display().hidden(POPUP).await?;

        let popup = beside.asked("by-nobody").await?;
        popup.armed().await?;
        popup.click("@offer-cancel").await?;
        beside.terminal.hides(Terminal::QUESTION);

        let main = beside.world.open_main().await?;
        let rows = [
            "@past-row[data-decision=allow][data-by=person][data-taken=yes]",
            "@past-row[data-decision=none][data-by=terminal]",
            "@past-row[data-decision=deny][data-by=person][data-taken=yes]",
        ];
        for row in rows {
            main.wait_for(row).await?;
        }
        ensure!(past(&main).await?.len() == rows.len(), "a row for each question");
        ensure!(!beside.file("by-nobody").exists());
        beside.terminal.end();
        Ok(())
    });
}

/// Has the page note when a card says that the terminal has answered.
const WATCH: &str = "const look = () => {
        if (document.querySelector('[data-test=card][data-state=ended] [data-test=withdrawn][data-by=terminal]') === null) return;
        window.__told ??= Date.now();
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true })";
const TOLD: &str = "return window.__told ?? null";

/// Opposite answers at the same instant, again and again: one counts, and the history names it.
#[test]
fn of_two_answers_at_once_one_counts_and_the_history_names_it() {
    let soak = std::env::var_os("HOOKWRIGHT_SOAK").is_some();
    for _ in 0..if soak { 10 } else { 1 } {
        five_times_at_once();
    }
}

/// The terminal's *no*. Escape is as well, but where the question has just closed it would interrupt what was allowed.
const NO: &str = "3";

fn five_times_at_once() {
    const TIMES: usize = 5;
    run(options(), async |world| {
        let lab = lab();
        let _server = lab.daemon();
        let beside = Beside::start(world, lab).await?;
        let file = |number: usize| format!("file-{number}-");
        let mut requests = Vec::new();
        for number in 0..TIMES {
            let popup = beside.asked(&file(number)).await?;
            popup.armed().await?;
            requests.push(popup.attribute("@card", "data-request-id").await?.context("a card has an id")?);
            let accept = popup.place("@offer-accept").await?.centre();
            // A key has the shorter way.
            let later = Duration::from_millis(10 * (number as u64 % 2));
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(later);
                    beside.terminal.press(NO);
                });
                beside.world.display().click(accept)
            })?;
            beside.terminal.hides(Terminal::QUESTION);
        }

        let main = beside.world.open_main().await?;
        let rows = until("every answer is known to be taken or not", async || {
            let rows = past(&main).await?;
            let waits = rows.iter().any(|row| row["outcome"]["by"] == "person" && row["taken"] == "waiting");
            Ok((!waits && rows.len() == TIMES).then_some(rows))
        })
        .await?;
        // What does not run any more makes no file any more.
        let Beside { lab, terminal, .. } = beside;
        terminal.end();
        let mut ours = 0;
        for (number, request) in requests.iter().enumerate() {
            let row = rows.iter().find(|row| row["id"] == request.as_str()).context("it is in the history")?;
            let by_us = row["outcome"]["by"] == "person" && row["taken"] == "yes";
            ensure!(by_us || row["taken"] == "no" || row["outcome"]["by"] == "terminal", "{row}");
            assert_eq!(by_us, lab.repo().join(file(number)).exists(), "{row}");
            ours += usize::from(by_us);
        }
        println!("{ours} of {TIMES} answers of the window were first");
        Ok(())
    });
}
