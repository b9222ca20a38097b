//! A person notices that an agent asks: notifications, do not disturb, the shortcut, the right screen, many at once.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{
    Area, Key, Manager, Notepad, Options, POPUP, Quiet, Reply, Screens, Server, World, never, run, shell, until,
};

const BY_NOTIFICATION: &str = "[notices]\nby = \"notification\"\n";
const BY_BOTH: &str = "[notices]\nby = \"both\"\ntext = true\nsound = true\n";
const SHORTCUT: &str = "shortcut = \"Ctrl+Alt+H\"\n";

/// In which something that must not come would have come.
const LONG_ENOUGH: Duration = Duration::from_millis(800);

const CORNER: Area = Area { x: 40, y: 500, width: 300, height: 200 };

#[test]
fn a_notification_says_who_asks_and_opens_or_denies() {
    run(Options { settings: BY_NOTIFICATION, ..Options::default() }, async |world| {
        let desktop = world.notifications(Server::WithMarkup).await?;
        let hostile = "/repo/<b>bold & \u{202e}more";
        let mut first = world.ask(&shell("echo secret").said("secret words").for_prompt(hostile, "secret prompt"))?;
        desktop.until(1).await?;
        let mut second = world.ask(&shell("echo second"))?;
        let shown = desktop.until(2).await?;
        for notification in &shown {
            assert_eq!(notification.summary, "Codex asks for permission");
            let labels: Vec<_> = notification.actions.iter().map(|(_, label)| label.as_str()).collect();
            assert_eq!(labels, ["Open", "Deny"]);
            assert_eq!((notification.sound.as_deref(), notification.urgency), (None, Some(1)));
            ensure!(!notification.body.contains("secret") && !notification.body.contains("echo"), "{notification:?}");
        }
        let body = &shown[0].body;
        ensure!(body.starts_with("in &lt;b&gt;bold &amp; ["), "not escaped: {body}");
        ensure!(!body.contains(['<', '\u{202e}']), "drawn as it came: {body}");
        ensure!(world.display().visible(POPUP)?.is_none(), "the popup shows when it is asked for");

        desktop.press(&shown[1], "Open").await?;
        let popup = world.popup().await?;
        popup.wait_text("@command", "echo second").await?;
        desktop.press(&shown[0], "Deny").await?;
        assert_eq!(first.reply().await?, Reply::Deny(String::new()));
        ensure!(second.waits()?, "the other was answered");
        popup.click("@leave").await?;
        assert_eq!(second.reply().await?, Reply::Nothing);
        desktop.until(0).await?;
        Ok(())
    });
}

#[test]
fn what_is_asked_and_a_sound_come_where_a_person_wants_them_and_go_with_the_request() {
    run(Options { settings: BY_BOTH, ..Options::default() }, async |world| {
        let desktop = world.notifications(Server::WithoutMarkup).await?;
        let mut asking = world.ask(&shell("echo '<b>' && true"))?;
        let shown = desktop.until(1).await?;
        ensure!(shown[0].body.contains("echo '<b>' && true"), "plain where no markup is read: {:?}", shown[0].body);
        assert_eq!(shown[0].sound.as_deref(), Some("message-new-instant"));
        let popup = world.popup().await?;
        popup.click_enabled("@allow").await?;
        assert_eq!(asking.reply().await?, Reply::Allow);
        desktop.until(0).await?;

        let mut dismissed = world.ask(&shell("echo again"))?;
        let shown = desktop.until(1).await?;
        desktop.dismiss(&shown[0]).await?;
        let mut third = world.ask(&shell("echo third"))?;
        let left = desktop.until(1).await?;
        ensure!(left[0].body.contains("echo third"), "what was taken away comes back: {left:?}");
        ensure!(dismissed.waits()? && third.waits()?, "taking a notification away answers nothing");
        world.tray().click("Quit").await?;
        let main = world.main().await?;
        main.wait_for("@quit-dialog").await?;
        world.display().click(main.place("@quit-confirm").await?.centre())?;
        desktop.until(0).await?;
        assert_eq!((dismissed.reply().await?, third.reply().await?), (Reply::Nothing, Reply::Nothing));
        world.app_ended().await
    });
}

#[test]
fn a_flood_makes_few_notifications() {
    run(Options { settings: BY_NOTIFICATION, ..Options::default() }, async |world| {
        let desktop = world.notifications(Server::WithMarkup).await?;
        let mut askings = Vec::new();
        for number in 0..12 {
            askings.push(world.ask(&shell(&format!("echo {number}")))?);
        }
        world.tray().until("all wait", |seen| seen.tooltip.contains("12")).await?;
        let shown = desktop.until(5).await?;
        never(LONG_ENOUGH, "more notifications", || Ok(desktop.shown().len() > 5)).await?;
        // One that ends makes room for the next.
        desktop.press(&shown[0], "Deny").await?;
        until("another has its turn", async || {
            let now = desktop.shown();
            Ok((now.len() == 5 && now != shown).then_some(()))
        })
        .await
    });
}

#[test]
fn a_popup_that_something_covers_is_told_of() {
    run(Options::default(), async |world| {
        let desktop = world.notifications(Server::WithMarkup).await?;
        let mut asking = world.ask(&shell("echo one"))?;
        let popup = world.popup().await?;
        popup.armed().await?;
        ensure!(desktop.shown().is_empty(), "the popup is in sight: {:?}", desktop.shown());
        let cover = world.display().cover(popup.window().frame()?)?;
        desktop.until(1).await?;
        drop(cover);
        desktop.until(0).await?;
        ensure!(asking.waits()?);
        Ok(())
    });
}

#[test]
fn a_desktop_that_never_answers_holds_up_no_card() {
    run(Options { settings: BY_BOTH, ..Options::default() }, async |world| {
        let _desktop = world.notifications(Server::Hanging).await?;
        for command in ["echo one", "echo two"] {
            let mut asking = world.ask(&shell(command))?;
            let popup = world.popup().await?;
            popup.wait_text("@command", command).await?;
            popup.click_enabled("@allow").await?;
            assert_eq!(asking.reply().await?, Reply::Allow);
            world.display().hidden(POPUP).await?;
        }
        Ok(())
    });
}

#[test]
fn while_the_desktop_is_not_to_be_disturbed_requests_wait_in_the_tray() {
    run(Options { settings: BY_BOTH, ..Options::default() }, async |world| {
        let desktop = world.notifications(Server::WithMarkup).await?;
        desktop.quiet(Quiet::On).await?;
        let mut probe = world.ask(&shell("echo probe"))?;
        // The first may have come before the desktop was heard.
        world.tray().until("one waits", |seen| seen.tooltip.contains('1')).await?;
        until("quiet is heard", async || Ok(desktop.shown().is_empty().then_some(()))).await?;
        world.tray().click("echo probe").await?;
        world.popup().await?.click("@leave").await?;
        assert_eq!(probe.reply().await?, Reply::Nothing);
        world.display().hidden(POPUP).await?;

        let mut asking = world.ask(&shell("echo quiet"))?;
        world.tray().until("it waits", |seen| seen.labels().iter().any(|label| label.contains("echo quiet"))).await?;
        never(LONG_ENOUGH, "something shows", || {
            Ok(!desktop.shown().is_empty() || world.display().visible(POPUP)?.is_some())
        })
        .await?;
        ensure!(asking.waits()?, "it is not handed back");
        desktop.quiet(Quiet::Off).await?;
        desktop.until(1).await?;
        world.popup().await?.click_enabled("@allow").await?;
        assert_eq!(asking.reply().await?, Reply::Allow);
        Ok(())
    });
}

#[test]
fn gnome_is_asked_whether_to_disturb() {
    let environment = &[("GSETTINGS_BACKEND", "keyfile"), ("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")];
    run(Options { environment, ..Options::default() }, async |world| {
        let file = world.home().with_file_name("home/.config/glib-2.0/settings/keyfile");
        let banners = |shown: &str| {
            std::fs::create_dir_all(file.parent().expect("a file lies in a folder"))?;
            std::fs::write(&file, format!("[org/gnome/desktop/notifications]\nshow-banners={shown}\n"))
        };
        banners("false")?;
        world.restart(|| ()).await?;
        world.listening().await?;
        let mut asking = world.ask(&shell("echo quiet"))?;
        world.tray().until("it waits", |seen| seen.tooltip.contains('1')).await?;
        never(LONG_ENOUGH, "the popup shows", || Ok(world.display().visible(POPUP)?.is_some())).await?;
        banners("true")?;
        world.popup().await?.click_enabled("@allow").await?;
        assert_eq!(asking.reply().await?, Reply::Allow);
        Ok(())
    });
}

/// With the shortcut, an answer, and the keyboard back where it was, although another card waits.
async fn by_keyboard_alone(world: &World) -> Result<()> {
    let display = world.display();
    let notepad = Notepad::open(display, CORNER).await?;
    let mut first = world.ask(&shell("echo one"))?;
    let popup = world.popup().await?;
    let mut second = world.ask(&shell("echo two"))?;
    popup.wait_text("@position", "1 of 2").await?;
    ensure!(notepad.window().has_focus()?, "the popup took the focus");
    for asking in [&mut first, &mut second] {
        display.chord(&[Key::Control, Key::Alt], Key::Letter('h'))?;
        popup.focused().await.context("the popup after the shortcut")?;
        ensure!(asking.waits()?);
        popup.armed().await?;
        until("a press of A counts", async || {
            if !notepad.window().has_focus()? {
                display.tap(Key::Letter('a'))?;
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            Ok((!asking.waits()?).then_some(()))
        })
        .await?;
        assert_eq!(asking.reply().await?, Reply::Allow);
        notepad.window().active().await.context("the notepad after the answer")?;
    }
    display.type_text("back")?;
    let typed = notepad.typed()?;
    ensure!(typed.ends_with("back") && !typed.contains('h'), "the shortcut went elsewhere: {typed:?}");
    Ok(())
}

#[test]
fn a_shortcut_gives_the_popup_the_keyboard_until_the_answer_under_openbox() {
    run(Options { settings: SHORTCUT, ..Options::default() }, async |world| by_keyboard_alone(world).await);
}

#[test]
fn a_shortcut_gives_the_popup_the_keyboard_until_the_answer_under_xfwm4() {
    let options = Options { settings: SHORTCUT, manager: Manager::Xfwm4, ..Options::default() };
    run(options, async |world| by_keyboard_alone(world).await);
}

#[test]
fn a_second_start_brings_the_popup_and_leaves_the_keyboard() {
    // Any program may start this one, while the person types something else.
    run(Options::default(), async |world| {
        let display = world.display();
        let notepad = Notepad::open(display, CORNER).await?;
        let mut asking = world.ask(&shell("echo one"))?;
        let popup = world.popup().await?;
        popup.wait_text("@command", "echo one").await?;
        for (name, arguments) in [("second", &["--popup"][..]), ("third", &["--show"]), ("fourth", &[])] {
            let _ = popup.invoke("hide_popup", serde_json::json!({})).await?;
            display.hidden(POPUP).await?;
            ensure!(world.launch_with(name, arguments)?.end().await?.success());
            display.shown(POPUP).await?;
            let kept = || Ok(!notepad.window().has_focus()? || notepad.losses()? > 0);
            never(LONG_ENOUGH, "the popup takes the focus", kept).await?;
        }
        ensure!(asking.waits()?);
        Ok(())
    });
}

#[test]
fn twenty_cards_are_walked_and_denied_at_once() {
    run(Options::default(), async |world| {
        let mut askings = Vec::new();
        for number in 0..20 {
            askings.push(world.ask(&shell(&format!("echo number {number}")))?);
        }
        let mut other = world.ask(&shell("echo other").in_session("another"))?;
        let popup = world.popup().await?;
        popup.wait_text("@position", "of 21").await?;
        for step in 2..=21 {
            popup.click("@next").await?;
            popup.wait_text("@position", &format!("{step} of 21")).await?;
        }
        while popup.text("@command").await?.contains("other") {
            popup.click("@previous").await?;
        }
        popup.click("@deny-session").await?;
        for asking in &mut askings {
            ensure!(matches!(asking.reply().await?, Reply::Deny(_)), "one of the session was not denied");
        }
        popup.wait_text("@command", "echo other").await?;
        ensure!(other.waits()?, "the other session was denied too");
        Ok(())
    });
}

#[test]
fn a_flood_of_five_hundred_freezes_nothing() {
    run(Options::default(), async |world| {
        let mut askings = Vec::new();
        for number in 0..500 {
            askings.push(world.ask(&shell(&format!("echo number {number}")))?);
        }
        let popup = world.popup().await?;
        popup.wait_text("@position", "of 500").await?;
        let seen = world.tray().until("all wait", |seen| seen.tooltip.contains("500")).await?;
        ensure!(seen.labels().iter().any(|label| label.contains("480 more")), "{:?}", seen.labels());
        popup.armed().await?;
        let mut slowest = Duration::ZERO;
        for _ in 0..5 {
            let before = popup.text("@command").await?;
            let next = popup.place("@next").await?.centre();
            let clicked = Instant::now();
            world.display().click(next)?;
            until("the next card shows", async || Ok((popup.text("@command").await? != before).then_some(()))).await?;
            slowest = slowest.max(clicked.elapsed());
        }
        println!("a click shows the next of 500 cards within {slowest:?}");
        ensure!(slowest < Duration::from_millis(500), "a click took {slowest:?}");
        popup.click("@deny-session").await?;
        for asking in &mut askings {
            ensure!(matches!(asking.reply().await?, Reply::Deny(_)));
        }
        world.display().hidden(POPUP).await
    });
}

#[test]
fn the_popup_comes_to_the_screen_with_the_pointer_and_stays_there() {
    run(Options { screens: Screens::Two, ..Options::default() }, async |world| {
        let display = world.display();
        let [left, right] = Screens::Two.areas()[..] else { panic!("two screens have two areas") };
        for (here, elsewhere) in [(right, left), (left, right), (right, left)] {
            display.move_to(here.centre())?;
            let mut first = world.ask(&shell("echo one"))?;
            let popup = world.popup().await?;
            popup.armed().await?;
            let place = popup.window().frame()?;
            ensure!(here.contains(place), "the pointer is in {here:?}, the popup in {place:?}");

            // A card of another height is fitted while the pointer is gone.
            display.move_to(elsewhere.centre())?;
            let mut second = world.ask(&shell(&"echo two\n".repeat(8)))?;
            popup.wait_text("@position", "1 of 2").await?;
            popup.click("@leave").await?;
            assert_eq!(first.reply().await?, Reply::Nothing);
            popup.armed().await?;
            until("the popup is as high as its card", async || {
                Ok((popup.window().frame()?.height != place.height).then_some(()))
            })
            .await?;
            never(LONG_ENOUGH, "the popup leaves its screen", || Ok(!here.contains(popup.window().frame()?))).await?;
            popup.click("@leave").await?;
            assert_eq!(second.reply().await?, Reply::Nothing);
            display.hidden(POPUP).await?;
        }
        Ok(())
    });
}
