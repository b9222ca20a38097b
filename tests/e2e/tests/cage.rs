//! What script in a page cannot do, even if something hostile ran there.

use anyhow::{Context, Result, ensure};
use e2e::{Options, Page, Reply, never, run, shell, until};
use serde_json::{Value, json};

async fn refused(page: &Page<'_>, command: &str, arguments: Value) -> Result<()> {
    match page.invoke(command, arguments).await? {
        Err(error) => {
            let text = error.as_str().unwrap_or_default();
            ensure!(text.contains("not allowed") || text.contains("not found"), "{command}: {error}");
            Ok(())
        }
        Ok(value) => anyhow::bail!("{command} gave {value}"),
    }
}

#[test]
fn a_page_can_call_only_what_its_window_may() {
    run(Options::default(), async |world| {
        let mut asking = world.ask(&shell("echo caged"))?;
        let popup = world.popup().await?;
        popup.wait_for("@card").await?;
        let main = world.open_main().await?;
        main.wait_for("@card").await?;

        let only_main = [
            ("past", json!({ "filter": {}, "cursor": null })),
            ("past_shown", json!({ "id": "x" })),
            ("pause", json!({ "minutes": 15 })),
            ("resume", json!({})),
            ("quit", json!({ "handBack": true })),
        ];
        let only_popup = [
            ("hide_popup", json!({})),
            ("focus_popup", json!({})),
            ("popup_empty", json!({})),
            ("popup_size", json!({ "height": 400.0 })),
            ("open_main", json!({})),
        ];
        let nobody = [
            ("plugin:event|emit", json!({ "event": "x", "payload": null })),
            ("plugin:window|close", json!({ "label": "popup" })),
            ("plugin:window|set_focus", json!({ "label": "popup" })),
            ("plugin:webview|create_webview_window", json!({ "options": { "label": "x" } })),
            ("plugin:shell|open", json!({ "path": "/" })),
            ("plugin:fs|read_text_file", json!({ "path": "/etc/passwd" })),
        ];
        for (command, arguments) in only_main {
            refused(&popup, command, arguments).await?;
        }
        for (command, arguments) in only_popup {
            refused(&main, command, arguments).await?;
        }
        for (command, arguments) in nobody {
            refused(&popup, command, arguments.clone()).await?;
            refused(&main, command, arguments).await?;
        }
        // The same calls from the window that may.
        ensure!(main.invoke("past", json!({ "filter": {}, "cursor": null })).await?.is_ok());
        ensure!(popup.invoke("hide_popup", json!({})).await?.is_ok());
        ensure!(asking.waits()?);
        Ok(())
    });
}

#[test]
fn page_script_cannot_allow_what_was_not_shown_long_enough() {
    run(Options::default(), async |world| {
        let mut first = world.ask(&shell("echo first"))?;
        let popup = world.popup().await?;
        popup.armed().await?;
        let mut second = world.ask(&shell("echo second"))?;
        popup.wait_text("@position", "1 of 2").await?;
        let main = world.open_main().await?;
        main.wait_for("@card").await?;

        let snapshot = popup.snapshot().await?;
        let card = |at: usize| {
            let card = &snapshot["waiting"][at];
            Ok::<_, anyhow::Error>((
                card["id"].as_str().context("an id")?,
                card["digest"].as_str().context("a digest")?,
            ))
        };
        let ((id, digest), (other, other_digest)) = (card(0)?, card(1)?);
        let allow = async |page: &Page<'_>, id: &str, digest: &str| -> Result<String> {
            let choice = json!({ "id": id, "digest": digest, "choice": { "kind": "allow" } });
            Ok(match page.invoke("decide", choice).await? {
                Ok(_) => "allowed".to_owned(),
                Err(error) => error["code"].as_str().unwrap_or("?").to_owned(),
            })
        };

        assert_eq!(allow(&popup, id, other_digest).await?, "changed");
        assert_eq!(allow(&popup, id, "").await?, "changed");
        assert_eq!(allow(&popup, "no-such-request", digest).await?, "notOpen");
        assert_eq!(allow(&popup, other, other_digest).await?, "notShown", "only the first card was painted");
        let painted = popup.invoke("painted", json!({ "id": other, "digest": other_digest })).await?;
        ensure!(painted.is_ok(), "{painted:?}");
        assert_eq!(allow(&popup, other, other_digest).await?, "tooEarly");
        never(std::time::Duration::from_millis(300), "a refused decide decides", || {
            Ok(!(first.waits()? && second.waits()?))
        })
        .await?;

        // Not refused for another reason: after its time the same call is taken.
        until("the painted card is armed", async || {
            Ok((allow(&popup, other, other_digest).await? == "allowed").then_some(()))
        })
        .await?;
        assert_eq!(second.reply().await?, Reply::Allow);
        assert_eq!(allow(&popup, other, other_digest).await?, "notOpen");
        ensure!(first.waits()?, "the other request was decided too");
        Ok(())
    });
}

#[test]
fn the_content_policy_stops_eval_inline_script_and_the_network() {
    run(Options::default(), async |world| {
        let _asking = world.ask(&shell("echo policy"))?;
        let popup = world.popup().await?;
        popup.wait_for("@card").await?;
        let main = world.open_main().await?;
        let server = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        server.set_nonblocking(true)?;
        let port = server.local_addr()?.port();
        for page in [&popup, &main] {
            let evaluated = page.run("try { return eval('1 + 1') } catch (error) { return error.name }", &[]).await?;
            assert_eq!(evaluated, "EvalError");
            page.run(
                "const script = document.createElement('script');
                 script.textContent = 'window.inlined = true';
                 document.body.append(script);
                 document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\" onerror=\"window.inlined = true\">');
                 fetch('http://127.0.0.1:' + arguments[0]).catch((error) => { window.fetched = error.name })",
                &[json!(port)],
            )
            .await?;
            until("the request is refused", async || {
                Ok((page.run("return window.fetched ?? null", &[]).await? != Value::Null).then_some(()))
            })
            .await?;
            assert_eq!(page.run("return window.inlined ?? null", &[]).await?, Value::Null);
            assert_eq!(page.run("return Object.isFrozen(Object.prototype)", &[]).await?, true);
            assert_eq!(page.run("return typeof window.__TAURI__", &[]).await?, "undefined");
        }
        assert_eq!(server.accept().map(drop).map_err(|error| error.kind()), Err(std::io::ErrorKind::WouldBlock));
        Ok(())
    });
}
