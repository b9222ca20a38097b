//! Nothing is allowed by accident. All input here is XTEST: what the display does with a person's keys and clicks.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::{Area, Asking, Key, Manager, Notepad, Options, POPUP, Page, Reply, World, never, run, shell, until};

/// Less than the arming time, by enough for a loaded machine.
const EARLY: Duration = Duration::from_millis(400);

/// Between two presses: as fast as a person can, so that none waits in a queue until it counts.
const BEAT: Duration = Duration::from_millis(40);

/// In which a mistaken Allow would have shown itself.
const LONG_ENOUGH: Duration = Duration::from_millis(2500);

const CORNER: Area = Area { x: 40, y: 500, width: 300, height: 200 };

async fn asked<'w>(world: &'w World, command: &str) -> Result<(Asking, Page<'w>)> {
    let asking = world.ask(&shell(command))?;
    let popup = world.popup().await?;
    popup.wait_text("@command", command).await?;
    Ok((asking, popup))
}

/// Clicks into the card, beside every button.
async fn give_focus(world: &World, popup: &Page<'_>) -> Result<()> {
    world.display().click(popup.place("@command").await?.centre())?;
    popup.focused().await
}

/// Presses A until a press counts.
async fn allow_by_key(world: &World, asking: &mut Asking) -> Result<Reply> {
    until("a press of A counts", async || {
        world.display().tap(Key::Letter('a'))?;
        tokio::time::sleep(BEAT).await;
        Ok((!asking.waits()?).then_some(()))
    })
    .await?;
    asking.reply().await
}

#[test]
fn a_click_on_a_new_card_allows_nothing_and_a_later_one_does() {
    run(Options::default(), async |world| {
        let display = world.display();
        // Once to learn where Allow will be.
        let (mut before, popup) = asked(world, "cargo build").await?;
        popup.armed().await?;
        let allow = popup.place("@allow").await?.centre();
        popup.click("@leave").await?;
        assert_eq!(before.reply().await?, Reply::Nothing);
        display.hidden(POPUP).await?;
        display.move_to(allow)?;

        let mut asking = world.ask(&shell("cargo build"))?;
        display.shown(POPUP).await?;
        let shown = Instant::now();
        while shown.elapsed() < EARLY {
            display.click(allow)?;
            tokio::time::sleep(BEAT).await;
        }
        let popup = world.popup().await?;
        popup.armed().await?;
        ensure!(asking.waits()?, "an early click allowed");
        assert_eq!(popup.place("@allow").await?.centre(), allow, "the clicks fell on the button");
        display.click(allow)?;
        assert_eq!(asking.reply().await?, Reply::Allow);
        Ok(())
    });
}

#[test]
fn a_key_on_a_new_card_allows_nothing_and_a_later_one_does() {
    run(Options::default(), async |world| {
        let display = world.display();
        let (mut first, popup) = asked(world, "echo first").await?;
        let mut second = world.ask(&shell("echo second"))?;
        popup.wait_text("@position", "1 of 2").await?;
        give_focus(world, &popup).await?;
        // The next card appears under the hands of a person who goes on typing what just counted.
        assert_eq!(allow_by_key(world, &mut first).await?, Reply::Allow);
        let allowed = Instant::now();
        while allowed.elapsed() < EARLY {
            display.tap(Key::Letter('a'))?;
            display.tap(Key::Enter)?;
            tokio::time::sleep(BEAT).await;
        }
        popup.wait_text("@command", "echo second").await?;
        popup.armed().await?;
        ensure!(second.waits()?, "an early key allowed");
        assert_eq!(allow_by_key(world, &mut second).await?, Reply::Allow);
        Ok(())
    });
}

#[test]
fn a_key_held_since_before_allows_nothing_and_a_fresh_press_does() {
    run(Options::default(), async |world| {
        let display = world.display();
        let (mut asking, popup) = asked(world, "cargo clean").await?;
        let notepad = Notepad::open(display, CORNER).await?;
        display.key_down(Key::Letter('a'))?;
        give_focus(world, &popup).await?;
        assert_eq!(notepad.typed()?, "a");
        popup.armed().await?;
        never(LONG_ENOUGH, "a held key allows", || Ok(!asking.waits()?)).await?;
        display.key_up(Key::Letter('a'))?;
        assert_eq!(allow_by_key(world, &mut asking).await?, Reply::Allow);
        Ok(())
    });
}

fn keys_typed_elsewhere_stay_there(manager: Manager) {
    run(Options { manager, ..Options::default() }, async |world| {
        let display = world.display();
        let notepad = Notepad::open(display, CORNER).await?;
        let mut typed = String::new();
        for word in ["alpha ", "all day ", "a "] {
            let mut asking = world.ask(&shell("git push"))?;
            let shown = Instant::now();
            while display.visible(POPUP)?.is_none() || shown.elapsed() < Duration::from_millis(1500) {
                ensure!(shown.elapsed() < e2e::PATIENCE, "the popup does not appear");
                display.type_text(word)?;
                typed.push_str(word);
                ensure!(notepad.window().has_focus()? && notepad.losses()? == 0, "the popup took the focus");
                tokio::time::sleep(BEAT).await;
            }
            let popup = world.popup().await?;
            popup.armed().await?;
            display.type_text(word)?;
            typed.push_str(word);
            assert_eq!(notepad.typed()?, typed);
            ensure!(asking.waits()?, "a key that went elsewhere decided");
            ensure!(notepad.window().has_focus()? && notepad.losses()? == 0, "the popup took the focus");
            // Used once, a window is let to the focus more easily when it comes again.
            display.click(popup.place("@leave").await?.centre())?;
            assert_eq!(asking.reply().await?, Reply::Nothing);
            display.hidden(POPUP).await?;
            notepad.focused().await?;
        }
        Ok(())
    });
}

#[test]
fn keys_typed_elsewhere_while_a_card_appears_go_there_under_openbox() {
    keys_typed_elsewhere_stay_there(Manager::Openbox);
}

#[test]
fn keys_typed_elsewhere_while_a_card_appears_go_there_under_xfwm4() {
    keys_typed_elsewhere_stay_there(Manager::Xfwm4);
}

#[test]
fn arming_starts_anew_when_the_popup_is_focused_moved_or_resized() {
    run(Options::default(), async |world| {
        let (mut asking, popup) = asked(world, "terraform apply").await?;
        let window = *popup.window();
        popup
            .run(
                "window.restarts = 0;
             const arming = document.querySelector('[data-test=arming]');
             new MutationObserver(() => { if (arming.dataset.state !== 'armed') window.restarts++ })
                .observe(arming, { attributes: true, attributeFilter: ['data-state'] })",
                &[],
            )
            .await?;
        let place = window.area()?;
        let disturbances: [(&str, &dyn Fn() -> Result<()>); 3] = [
            ("moved", &|| window.move_to(place.x - 60, place.y + 40)),
            ("resized", &|| window.resize(u32::try_from(place.width)?, u32::try_from(place.height + 30)?)),
            ("focused", &|| world.display().click((place.x - 60 + place.width / 2, place.y + 40 + 60))),
        ];
        for (name, disturb) in disturbances {
            popup.armed().await?;
            popup.run("window.restarts = 0", &[]).await?;
            disturb()?;
            until(&format!("arming starts anew after the popup was {name}"), async || {
                let restarts = popup.run("return window.restarts", &[]).await?;
                Ok((restarts != 0).then_some(()))
            })
            .await?;
        }
        window.focused().await?;
        ensure!(asking.waits()?);
        popup.armed().await?;
        assert_eq!(allow_by_key(world, &mut asking).await?, Reply::Allow);
        Ok(())
    });
}

async fn one_click_is_enough(world: &World) -> Result<()> {
    let display = world.display();
    let notepad = Notepad::open(display, CORNER).await?;
    for command in ["cargo fmt", "cargo doc"] {
        let (mut asking, popup) = asked(world, command).await?;
        popup.armed().await?;
        display.click(popup.place("@allow").await?.centre())?;
        assert_eq!(asking.reply().await?, Reply::Allow);
        ensure!(notepad.window().has_focus()? && notepad.losses()? == 0, "the click took the focus");
        display.hidden(POPUP).await?;
    }
    Ok(())
}

#[test]
fn one_click_allows_and_leaves_the_keyboard_where_it_is_under_openbox() {
    run(Options::default(), async |world| one_click_is_enough(world).await);
}

#[test]
fn one_click_allows_and_leaves_the_keyboard_where_it_is_under_xfwm4() {
    run(Options { manager: Manager::Xfwm4, ..Options::default() }, async |world| one_click_is_enough(world).await);
}

async fn a_deny_is_typed(world: &World) -> Result<()> {
    let display = world.display();
    let notepad = Notepad::open(display, CORNER).await?;
    let (mut asking, popup) = asked(world, "git reset --hard").await?;
    popup.armed().await?;
    display.click(popup.place("@deny").await?.centre())?;
    popup.wait_for("@deny-message").await?;
    popup.focused().await?;
    display.type_text("keep my work")?;
    display.tap(Key::Enter)?;
    assert_eq!(asking.reply().await?, Reply::Deny("keep my work".to_owned()));
    display.hidden(POPUP).await?;
    notepad.focused().await?;
    ensure!(notepad.typed()?.is_empty(), "the words went elsewhere: {:?}", notepad.typed()?);
    Ok(())
}

#[test]
fn a_deny_is_typed_and_the_keyboard_goes_back_under_openbox() {
    run(Options::default(), async |world| a_deny_is_typed(world).await);
}

#[test]
fn a_deny_is_typed_and_the_keyboard_goes_back_under_xfwm4() {
    run(Options { manager: Manager::Xfwm4, ..Options::default() }, async |world| a_deny_is_typed(world).await);
}
