//! The hooks editor in the real window, with the real Codex behind it.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use e2e::{Drag, Key, Look, Options, Page, World, run, shell, until};
use fixtures::codex::{AppServer, Lab};
use fixtures::model_server::{Call, Turn};
use serde_json::{Value, json};

/// What the person has already: odd, but valid.
const HOOKS: &str =
    "{\"hooks\" :\n\t{ \"PreToolUse\": [ {\"hooks\":[{\"type\":\"command\",   \"command\":\"true\"}]} ] } }";
const DELETES: &str = "rm -rf /";

/// A machine whose administrator set nothing, with Codex where a terminal would find it.
fn options() -> Options {
    Options { environment: &[("HOOKWRIGHT_ETC_CODEX", "/nowhere")], ..Options::default() }
}

/// The person's own `hooks.json` in the list of files.
fn listed_file(file: &Path) -> Result<String> {
    Ok(format!("@hook-file[data-path='{}']", file.canonicalize()?.display()))
}

/// How the person works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hand {
    Mouse,
    Keys,
}

/// So many stops has the longest way through the editor, and more.
const STOPS: usize = 80;

struct Person<'w> {
    world: &'w World,
    main: &'w Page<'w>,
    hand: Hand,
}

impl Person<'_> {
    /// Presses a button.
    async fn press(&self, selector: &str) -> Result<()> {
        if self.hand == Hand::Mouse {
            return self.main.click_enabled(selector).await;
        }
        self.go(selector).await?;
        self.world.display().tap(Key::Enter)
    }

    /// Tabs to something.
    async fn go(&self, selector: &str) -> Result<()> {
        self.main.wait_for(&format!("{selector}:not([aria-disabled=true])")).await?;
        for _ in 0..STOPS {
            if self.main.has(&format!("{selector}:focus")).await? {
                return Ok(());
            }
            let before = self.main.stop().await?;
            self.world.display().tap(Key::Tab)?;
            until("the focus moves", async || Ok((self.main.stop().await? != before).then_some(()))).await?;
        }
        bail!("Tab does not reach {selector}")
    }

    /// One of a few values that stand beside each other.
    async fn choose(&self, group: &str, value: &str, step: Key) -> Result<()> {
        let wanted = format!("{group} [data-value={value}]");
        if self.hand == Hand::Mouse {
            return self.main.click(&wanted).await;
        }
        self.go(&format!("{group} [role=radio][aria-checked=true]")).await?;
        self.world.display().tap(step)?;
        self.main.wait_for(&format!("{wanted}[aria-checked=true]")).await
    }

    async fn save(&self) -> Result<()> {
        self.press("@hook-save").await?;
        self.press("@hook-save-confirm").await?;
        self.main.wait_gone("@hook-save-dialog").await
    }
}

/// Commands with Codex's word on each.
fn listed(codex: &mut AppServer) -> Vec<(String, Value, Value)> {
    let hooks = codex.hooks().into_iter();
    hooks
        .map(|hook| {
            (
                hook["command"].as_str().unwrap_or_default().to_owned(),
                hook["trustStatus"].clone(),
                hook["enabled"].clone(),
            )
        })
        .collect()
}

#[test]
fn a_hook_of_the_gallery_is_added_tried_trusted_run_switched_off_and_taken_back() {
    from_the_gallery_and_back(Hand::Mouse);
}

#[test]
fn the_same_without_a_mouse() {
    from_the_gallery_and_back(Hand::Keys);
}

fn from_the_gallery_and_back(hand: Hand) {
    let lab = Lab::new([Turn::calls([Call::shell(DELETES)]), Turn::says("done")]);
    let file = lab.codex_home().join("hooks.json");
    fs::write(&file, HOOKS).expect("the lab is ours");
    let mut before = lab.app_server();
    before.trust_all();
    before.close();

    run(options(), async |world| {
        world.install_codex(&lab)?;
        let main = world.open_main().await?;
        main.focused().await?;
        let person = Person { world, main: &main, hand };
        person.press("@nav-hooks").await?;
        person.choose("@hooks-by", "file", Key::Right).await?;
        person.press(&listed_file(&file)?).await?;
        main.wait_for("@raw").await?;

        person.press("@hook-gallery").await?;
        person.press("@hook-template[data-id=guardCommands]").await?;
        person.press("@hook-template-add").await?;
        main.wait_text("@hook-hits", "Bash").await?;
        match hand {
            Hand::Mouse => main.type_into("@hook-matcher", "x").await?,
            Hand::Keys => {
                person.go("@hook-matcher").await?;
                world.display().type_text("x")?;
            }
        }
        until("no tool is named so", async || Ok((!main.text("@hook-hits").await?.contains("Bash")).then_some(())))
            .await?;
        person.press("@hook-undo").await?;
        main.wait_text("@hook-hits", "Bash").await?;
        assert_eq!(fs::read_to_string(&file)?, HOOKS, "nothing is written before it was looked at");

        person.press("@hook-save").await?;
        main.wait_text("@hook-save-dialog", "guard-commands.sh").await?;
        main.wait_text("@hook-script", "#!/bin/sh").await?;
        main.wait_for("@hook-trust-effects li").await?;
        assert_eq!(main.count("@hook-trust-effects li").await?, 1, "the person's own hook keeps its trust");
        person.press("@hook-save-confirm").await?;
        main.wait_gone("@hook-save-dialog").await?;
        let saved = fs::read_to_string(&file)?;
        ensure!(saved.contains("guard-commands.sh") && saved.starts_with(&HOOKS[..HOOKS.len() - 8]), "{saved}");

        try_it(&person).await?;
        person.press("@editor-trust").await?;
        main.wait_text("@hook-trust-item", "guard-commands.sh").await?;
        person.press("@hook-trust-confirm").await?;
        main.wait_gone("@hook-trust-dialog").await?;

        let mut codex = lab.app_server();
        let hooks = listed(&mut codex);
        assert_eq!(hooks.len(), 2);
        ensure!(hooks.iter().all(|(_, trust, on)| trust == "trusted" && on == true), "{hooks:?}");
        codex.start_thread("never");
        codex.start_turn("tidy up");
        assert_eq!(codex.finish_turn(), "completed");
        ensure!(
            codex.hook_runs().iter().any(|run| format!("{run:?}").contains("deletes a whole folder")),
            "it blocked"
        );

        person.press("@hook-enable").await?;
        until("Codex says that it is off", async || {
            let hooks = listed(&mut codex);
            Ok(hooks.iter().any(|(command, _, on)| command.contains("guard") && on == false).then_some(()))
        })
        .await?;
        codex.close();

        person.press("@hook-versions").await?;
        person.press("@hook-version").await?;
        main.wait_text("@hook-version-diff", "guard-commands.sh").await?;
        person.press("@hook-restore").await?;
        main.wait_gone("@hook-versions-dialog").await?;
        person.save().await?;
        assert_eq!(fs::read_to_string(&file)?, HOOKS, "the same bytes");
        let mut after = lab.app_server();
        assert_eq!(listed(&mut after), [("true".to_owned(), json!("trusted"), json!(true))]);
        after.close();
        Ok(())
    });
}

/// Runs the chosen hook with a payload, which it was never trusted for.
async fn try_it(person: &Person<'_>) -> Result<()> {
    let main = person.main;
    person.choose("@hook-form-tab", "try", Key::Right).await?;
    until("there is a payload", async || {
        let text = main.run("return document.querySelector('[data-test=trial-payload]')?.value ?? ''", &[]).await?;
        Ok(text.as_str().is_some_and(|text| text.contains("PreToolUse")).then_some(()))
    })
    .await?;
    if person.hand == Hand::Mouse {
        let payload = json!({ "tool_input": { "command": DELETES } });
        let fill = "const field = document.querySelector('[data-test=trial-payload]');
            field.value = JSON.stringify(Object.assign(JSON.parse(field.value), arguments[0]));
            field.dispatchEvent(new Event('input', { bubbles: true }))";
        main.run(fill, &[payload]).await?;
    }
    person.press("@trial-run").await?;
    person.press("@trial-ask-confirm").await?;
    match person.hand {
        Hand::Mouse => main.wait_text("@trial", "deletes a whole folder").await?,
        Hand::Keys => main.wait_for("@trial[data-status=finished]").await?,
    }
    person.choose("@hook-form-tab", "facts", Key::Left).await
}

#[test]
fn what_changes_outside_is_shown_and_never_overwritten_unasked() {
    let lab = Lab::new([]);
    let file = lab.codex_home().join("hooks.json");
    let hooks = HOOKS.replace(" [", "\n[\n").replace(", ", ",\n");
    fs::write(&file, &hooks).expect("the lab is ours");
    run(options(), async |world| {
        world.install_codex(&lab)?;
        let main = world.open_main().await?;
        main.click("@nav-hooks").await?;
        main.click("@hooks-by [data-value=file]").await?;
        main.click(&listed_file(&file)?).await?;
        main.wait_text("@raw", "command").await?;

        // Nothing typed: the new text is just there.
        let theirs = hooks.replace("true", "echo theirs");
        fs::write(&file, &theirs)?;
        main.wait_text("@raw", "echo theirs").await?;
        main.wait_for("@editor-loaded").await?;

        main.click("@hook-tree-handler").await?;
        main.type_into("@hook-timeout", "7").await?;
        main.wait_for("@hook-file-state[data-state=unsaved]").await?;
        let again = theirs.replace("\"PreToolUse\"", "\"PostToolUse\"");
        fs::write(&file, &again)?;
        main.wait_for("@hook-merge-dialog").await?;
        assert_eq!(fs::read_to_string(&file)?, again);
        main.click_enabled("@hook-take-merged").await?;
        main.wait_gone("@hook-merge-dialog").await?;
        Person { world, main: &main, hand: Hand::Mouse }.save().await?;
        let merged = fs::read_to_string(&file)?;
        ensure!(merged.contains("PostToolUse") && merged.contains('7'), "both are there: {merged}");
        Ok(())
    });
}

/// Opens a file of the list in the editor.
async fn open_file(main: &Page<'_>, file: &Path) -> Result<()> {
    main.click("@nav-hooks").await?;
    main.click("@hooks-by [data-value=file]").await?;
    main.click(&listed_file(file)?).await?;
    main.wait_text("@raw", "command").await
}

#[test]
fn what_is_typed_and_not_saved_is_there_again_after_a_quit() {
    run(options(), async |world| {
        let file = world.home().with_file_name("codex").join("hooks.json");
        fs::write(&file, HOOKS)?;
        let drafts = world.home().join("state/drafts");
        let kept = || -> Vec<_> { fs::read_dir(&drafts).into_iter().flatten().flatten().collect() };
        let main = world.open_main().await?;
        open_file(&main, &file).await?;
        main.click("@hook-tree-handler").await?;
        main.type_into("@hook-timeout", "7").await?;
        until("it is kept", async || Ok((kept().len() == 1).then_some(()))).await?;
        world.tray().click("Quit").await?;
        world.app_ended().await?;
        assert_eq!(fs::read_to_string(&file)?, HOOKS, "nothing is saved");

        world.restart(|| {}).await?;
        let main = world.open_main().await?;
        open_file(&main, &file).await?;
        main.wait_for("@hook-file-state[data-state=unsaved]").await?;
        main.wait_for(&format!("{}[data-dirty=true]", listed_file(&file)?)).await?;
        main.wait_text("@raw", "\"timeout\": 7").await?;
        main.click("@hook-discard").await?;
        main.wait_for("@hook-file-state[data-state=same]").await?;
        until("nothing is kept of it any more", async || Ok(kept().is_empty().then_some(()))).await
    });
}

#[test]
fn a_hook_file_that_is_dropped_on_the_window_is_opened_and_what_is_none_is_told() {
    run(options(), async |world| {
        let folder = world.home().with_file_name("elsewhere");
        fs::create_dir(&folder)?;
        let [hooks, toml, notes] = ["my hooks é.json", "more.toml", "notes.txt"].map(|name| folder.join(name));
        fs::write(&hooks, HOOKS)?;
        fs::write(&toml, "")?;
        fs::write(&notes, "no hooks")?;
        let main = world.open_main().await?;

        let drag = Drag::begin(main.window(), &[&hooks])?;
        drag.over().await?;
        main.wait_for("@drop-zone").await?;
        drag.leave()?;
        main.wait_gone("@drop-zone").await?;

        let drag = Drag::begin(main.window(), &[&notes, &hooks, &toml, &folder])?;
        drag.over().await?;
        main.wait_for("@drop-zone").await?;
        drag.drop().await?;
        main.wait_text("@raw", "command").await?;
        main.wait_gone("@drop-zone").await?;
        main.wait_for(&format!("{}[aria-current=true]", listed_file(&hooks)?)).await?;
        main.wait_for(&listed_file(&toml)?).await?;
        main.wait_text("@editor-drop-refused", "notes.txt").await?;

        let drag = Drag::begin(main.window(), &[&folder])?;
        drag.over().await?;
        drag.drop().await?;
        main.wait_text("@editor-drop-refused", "not a regular file").await?;
        main.wait_for(&format!("{}[aria-current=true]", listed_file(&hooks)?)).await?;

        let _asking = world.ask(&shell("echo wait"))?;
        let popup = world.popup().await?;
        Drag::begin(popup.window(), &[&hooks])?.refused().await
    });
}

#[test]
fn every_state_light() {
    pictures(Look::Light, None, "light-en");
}

#[test]
fn every_state_dark_in_chinese() {
    pictures(Look::Dark, Some("zh-CN"), "dark-zh");
}

/// Pictures for a person to look at.
fn pictures(look: Look, language: Option<&'static str>, name: &'static str) {
    run(Options { look, ..options() }, async |world| {
        let codex = world.home().with_file_name("codex");
        let file = codex.join("hooks.json");
        fs::write(&file, some(3)?)?;
        fs::write(codex.join("config.toml"), "model = \"gpt-5.5\"\n\n[[hooks.Stop]]\nhooks = []\n")?;
        // A shell that takes its time: what is shown waits for what it says.
        let home = world.home().with_file_name("home");
        fs::write(home.join(".profile"), "while [ ! -e ~/go ]; do sleep 0.05; done\n")?;
        let main = world.open_main().await?;
        if let Some(language) = language {
            main.click("@nav-settings").await?;
            main.click(&format!("@setting-language [data-value={language}]")).await?;
        }
        let picture = async |state: &str| {
            main.run("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))", &[])
                .await?;
            let path = world.display().picture(&format!("editor-{state}-{name}"), Some(main.window()))?;
            println!("{}", path.display());
            anyhow::Ok(())
        };
        main.click("@nav-hooks").await?;
        main.click("@hooks-by [data-value=file]").await?;
        main.wait_for("@editor-loading, @hook-file").await?;
        picture("loading").await?;
        fs::write(home.join("go"), "")?;
        main.wait_for("@hook-file").await?;
        picture("none").await?;
        let drag = Drag::begin(main.window(), &[&file])?;
        drag.over().await?;
        main.wait_for("@drop-zone").await?;
        picture("drop").await?;
        drag.leave()?;
        main.wait_gone("@drop-zone").await?;
        main.click(&format!("@hook-file[data-path='{}']", world.home().join("config/hooks.json").display())).await?;
        main.wait_for("@hook-tree-empty").await?;
        picture("empty").await?;
        main.click(&listed_file(&file)?).await?;
        main.click("@hook-tree-handler").await?;
        main.wait_for("@hook-command-field").await?;
        picture("form").await?;
        main.click("@hook-move").await?;
        main.wait_for("@hook-move-group").await?;
        picture("move").await?;
        world.display().tap(Key::Escape)?;
        main.wait_gone("@hook-move-dialog").await?;

        main.type_into("@hook-timeout", "5").await?;
        main.wait_for("@hook-file-state[data-state=unsaved]").await?;
        main.click_enabled("@hook-save").await?;
        main.wait_for("@hook-trust-effects li").await?;
        picture("diff").await?;
        main.click("@hook-save-cancel").await?;
        main.wait_gone("@hook-save-dialog").await?;
        fs::write(&file, some(3)?.replace("\"timeout\": 10", "\"timeout\": 9"))?;
        main.wait_for("@hook-merge-dialog").await?;
        picture("merge").await?;
        main.click("@hook-take-theirs").await?;
        main.wait_gone("@hook-merge-dialog").await?;

        main.click("@hook-gallery").await?;
        main.click("@hook-template[data-id=guardCommands]").await?;
        picture("gallery").await?;
        world.display().tap(Key::Escape)?;
        main.wait_gone("@hook-gallery-dialog").await?;
        fs::write(&file, &some(3)?[1..])?;
        main.wait_for("@hook-tree-empty").await?;
        picture("error").await?;
        fs::write(&file, some(500)?)?;
        main.wait_for("@hook-tree-handler").await?;
        main.click("@hook-tree-handler").await?;
        picture("many").await
    });
}

/// A file with so many hooks, of which the first has something wrong.
fn some(hooks: usize) -> Result<String> {
    let group = |number: usize| {
        let matcher = if number == 0 { "bash" } else { "Bash" };
        let handler = json!({ "type": "command", "command": format!("printf 'check {number}'"), "timeout": 10 });
        json!({ "matcher": matcher, "hooks": [handler] })
    };
    let groups: Vec<_> = (0..hooks).map(group).collect();
    Ok(serde_json::to_string_pretty(&json!({ "hooks": { "PreToolUse": groups } }))? + "\n")
}
