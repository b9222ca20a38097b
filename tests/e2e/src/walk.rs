//! A walk through a window with the Tab key, as a person without a mouse takes it.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::display::Display;
use crate::keyboard::Key;
use crate::page::Page;
use crate::wait::until;

/// No window of ours has so many stops.
const TOO_MANY: usize = 300;

/// Where the focus is, and what a screen reader would say there.
const LOOK: &str = "
    const at = document.activeElement;
    if (!at || at === document.body || at === document.documentElement) return null;
    const roles = {
        A: 'link', BUTTON: 'button', SELECT: 'combobox', SUMMARY: 'button', TEXTAREA: 'textbox',
        INPUT: { checkbox: 'checkbox', radio: 'radio', number: 'spinbutton', search: 'searchbox' }[at.type] ?? 'textbox',
    };
    const text = (found) => (found?.innerText ?? '').trim();
    const by = (at.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean);
    const names = [
        at.getAttribute('aria-label'),
        by.map((id) => text(document.getElementById(id))).join(' '),
        [...(at.labels ?? [])].map(text).join(' '),
        ['INPUT', 'SELECT', 'TEXTAREA'].includes(at.tagName) ? '' : text(at),
        at.title,
        at.placeholder,
    ];
    const drawn = (found) => {
        const style = getComputedStyle(found), box = found.getBoundingClientRect();
        const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
        return (ring || style.boxShadow !== 'none') && box.width > 1 && box.height > 1;
    };
    const label = at.labels?.[0];
    // The caret of a text field shows the focus.
    const typed = ['INPUT', 'TEXTAREA'].includes(at.tagName) && at.selectionStart !== null && !at.readOnly;
    return {
        place: [...document.querySelectorAll('*')].indexOf(at),
        name: names.find((name) => name?.trim())?.trim().replace(/\\s+/g, ' ') ?? '',
        role: at.getAttribute('role') ?? roles[at.tagName] ?? '',
        test: at.getAttribute('data-test') ?? '',
        focusShown: at.matches(':focus-visible') && (typed || drawn(at) || (!!label && drawn(label))),
        html: at.outerHTML.slice(0, 200),
    }";

/// One place where Tab stops.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stop {
    /// The accessible name.
    pub name: String,
    pub role: String,
    /// Its `data-test` name, where it has one.
    pub test: String,
    place: usize,
    focus_shown: bool,
    html: String,
}

impl Page<'_> {
    /// Where the focus is; `None` where it is on nothing.
    pub async fn stop(&self) -> Result<Option<Stop>> {
        Ok(serde_json::from_value(self.run(LOOK, &[]).await?)?)
    }

    /// Tabs once around the page, which has the focus, and gives every stop. Fails where a stop has no name or role, does not show
    /// that it has the focus, or comes out of order, and where Tab is caught.
    pub async fn walk(&self, display: &Display) -> Result<Vec<Stop>> {
        let mut stops: Vec<Stop> = Vec::new();
        while stops.len() < TOO_MANY {
            let stop = self.tab(display).await.with_context(|| told(&stops))?;
            if stops.first().is_some_and(|first| first.place == stop.place) {
                return in_order(stops);
            }
            let way = || format!("{stop:?} after {}", told(&stops));
            ensure!(!stop.name.is_empty(), "a stop has no name: {}", way());
            ensure!(!stop.role.is_empty(), "a stop has no role: {}", way());
            ensure!(stop.focus_shown, "the focus is not seen: {}", way());
            ensure!(stops.iter().all(|before| before.place != stop.place), "Tab is caught: {}", way());
            stops.push(stop);
        }
        bail!("Tab does not come back: {}", told(&stops))
    }

    /// The next stop. The end of the page may be one key press of its own.
    async fn tab(&self, display: &Display) -> Result<Stop> {
        for _ in 0..2 {
            let before = self.stop().await?;
            // Counts the key, so that a focus which stays is told from a key that has not come yet.
            let counted = "const count = () => (window.walked = true);
                window.walked = false;
                addEventListener('keyup', count, { capture: true, once: true })";
            self.run(counted, &[]).await?;
            display.tap(Key::Tab)?;
            until("the page gets the Tab key", async || {
                let came = self.run("return window.walked === true", &[]).await? == true;
                Ok((came || self.stop().await? != before).then_some(()))
            })
            .await?;
            if let Some(stop) = self.stop().await? {
                return Ok(stop);
            }
        }
        bail!("Tab leads nowhere")
    }
}

/// In the order of the document, wherever the walk began.
fn in_order(stops: Vec<Stop>) -> Result<Vec<Stop>> {
    let turns = stops.windows(2).filter(|pair| pair[1].place < pair[0].place).count();
    ensure!(turns <= 1, "the stops are out of order: {}", told(&stops));
    Ok(stops)
}

fn told(stops: &[Stop]) -> String {
    let names: Vec<_> = stops.iter().map(|stop| format!("{} {:?}", stop.role, stop.name)).collect();
    names.join(" → ")
}
