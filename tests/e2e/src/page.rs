//! What one window shows, read and touched through WebDriver.
//!
//! Selectors are CSS in which `@name` stands for `[data-test=name]`: `@card[data-state=open] @allow`.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::display::Area;
use crate::wait::until;
use crate::webdriver::Session;
use crate::window::Window;

pub struct Page<'a> {
    session: &'a Session,
    handle: String,
    window: Window<'a>,
}

impl<'a> Page<'a> {
    /// The page at `address` in `window`. Handles come in no order, so only the address tells.
    pub(crate) async fn of(session: &'a Session, address: &str, window: Window<'a>) -> Result<Self> {
        let handle = until(&format!("WebDriver sees {address}"), async || {
            for handle in session.windows().await? {
                // A window may close while we look through them.
                let chosen = session.choose(&handle).await.is_ok();
                if chosen && session.url().await.is_ok_and(|url| url.trim_end_matches('/') == address) {
                    return Ok(Some(handle));
                }
            }
            Ok(None)
        })
        .await?;
        Ok(Self { session, handle, window })
    }

    /// The window on the screen.
    pub fn window(&self) -> &Window<'a> {
        &self.window
    }

    /// Runs the body of a function in the page.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.session.choose(&self.handle).await?;
        self.session.execute(script, arguments).await
    }

    /// The same for a function that calls its last argument with the result.
    pub(crate) async fn run_async(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.session.choose(&self.handle).await?;
        self.session.execute_async(script, arguments).await
    }

    /// How many elements match.
    pub async fn count(&self, selector: &str) -> Result<u64> {
        let found = self.run("return document.querySelectorAll(arguments[0]).length", &[css(selector)]).await?;
        found.as_u64().context("a number of elements")
    }

    pub async fn has(&self, selector: &str) -> Result<bool> {
        Ok(self.count(selector).await? > 0)
    }

    /// The text of the first match, as it is drawn.
    pub async fn text(&self, selector: &str) -> Result<String> {
        self.texts(selector).await?.into_iter().next().with_context(|| format!("{selector} is on the page"))
    }

    /// The texts of all matches.
    pub async fn texts(&self, selector: &str) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((found) => found.innerText)";
        Ok(serde_json::from_value(self.run(script, &[css(selector)]).await?)?)
    }

    pub async fn attribute(&self, selector: &str, name: &str) -> Result<Option<String>> {
        let script = "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        Ok(self.run(script, &[css(selector), json!(name)]).await?.as_str().map(str::to_owned))
    }

    pub async fn wait_for(&self, selector: &str) -> Result<()> {
        until(&format!("{selector} appears"), async || Ok(self.has(selector).await?.then_some(()))).await
    }

    pub async fn wait_gone(&self, selector: &str) -> Result<()> {
        until(&format!("{selector} goes"), async || Ok((!self.has(selector).await?).then_some(()))).await
    }

    pub async fn wait_text(&self, selector: &str, text: &str) -> Result<()> {
        until(&format!("{selector} says {text:?}"), async || {
            Ok(self.texts(selector).await?.iter().any(|found| found.contains(text)).then_some(()))
        })
        .await
    }

    /// Clicks through WebDriver, as soon as it can. For clicks like a person's see [`Page::place`].
    pub async fn click(&self, selector: &str) -> Result<()> {
        self.wait_for(selector).await?;
        let css = css(selector);
        let mut last = None;
        let clicked = until(&format!("WebDriver clicks {selector}"), async || {
            self.session.choose(&self.handle).await?;
            // An error means that nothing was clicked: the window was just being shown, or the element just drawn anew.
            last = self.session.click(css.as_str().expect("a selector is a string")).await.err();
            Ok(last.is_none().then_some(()))
        })
        .await;
        clicked.with_context(|| format!("{last:?}"))
    }

    /// Waits until the button takes clicks, then clicks it through WebDriver.
    pub async fn click_enabled(&self, selector: &str) -> Result<()> {
        self.wait_for(&enabled(selector)).await?;
        self.click(selector).await
    }

    pub async fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        self.wait_for(selector).await?;
        self.session.choose(&self.handle).await?;
        self.session.type_into(css(selector).as_str().expect("a selector is a string"), text).await
    }

    /// Calls a command of the application from the page, as any script there could: the error, if it was refused.
    pub async fn invoke(&self, command: &str, arguments: Value) -> Result<std::result::Result<Value, Value>> {
        let script = "const [command, given, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, given).then((ok) => done({ ok }), (error) => done({ error }))";
        let result = self.run_async(script, &[json!(command), arguments]).await?;
        Ok(match result.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(result["ok"].clone()),
        })
    }

    /// Waits until Allow counts on the open card.
    pub async fn armed(&self) -> Result<()> {
        self.wait_for("@arming[data-state=armed]").await
    }

    /// Waits until keys reach the page.
    pub async fn focused(&self) -> Result<()> {
        self.window.focused().await?;
        until("the page has the focus", async || {
            Ok((self.run("return document.hasFocus()", &[]).await? == true).then_some(()))
        })
        .await
    }

    /// The state the backend gives to this page: what waits, with the digests. Another stream of updates starts.
    pub async fn snapshot(&self) -> Result<Value> {
        let script = "const done = arguments[0], inner = window.__TAURI_INTERNALS__;
            const channel = '__CHANNEL__:' + inner.transformCallback(() => {});
            inner.invoke('subscribe', { channel }).then(done, (error) => done({ error }))";
        let snapshot = self.run_async(script, &[]).await?;
        ensure!(snapshot["error"].is_null(), "no snapshot: {snapshot}");
        Ok(snapshot)
    }

    /// Where the first match stands on the screen.
    pub async fn place(&self, selector: &str) -> Result<Area> {
        let script = "const box = document.querySelector(arguments[0])?.getBoundingClientRect();
            return box ? [box.x, box.y, box.width, box.height].map(Math.round) : null";
        let [x, y, width, height]: [i32; 4] = serde_json::from_value(self.run(script, &[css(selector)]).await?)
            .with_context(|| format!("{selector} is on the page"))?;
        let window = self.window.area()?;
        Ok(Area { x: window.x + x, y: window.y + y, width, height })
    }
}

/// The selector for a button that takes clicks.
pub(crate) fn enabled(selector: &str) -> String {
    format!("{selector}:not(:disabled):not([aria-disabled=true])")
}

fn css(selector: &str) -> Value {
    let mut parts = selector.split('@');
    let mut css = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(part.len());
        css.push_str(&format!("[data-test=\"{}\"]{}", &part[..end], &part[end..]));
    }
    Value::String(css)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_attribute_selectors() {
        let check = |selector: &str, expected: &str| assert_eq!(css(selector), expected);
        check("@allow", "[data-test=\"allow\"]");
        check(
            "@card[data-state=open] > @deny-send:disabled",
            "[data-test=\"card\"][data-state=open] > [data-test=\"deny-send\"]:disabled",
        );
        check("main h1", "main h1");
    }
}
