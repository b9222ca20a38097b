//! What weeks of runs add up to, for the windows.

use std::time::Duration;

use history::{Day, HookSum, Reader};
use model::HookKey;

use super::moment;
use crate::Error;
use crate::card::pieces;
use crate::dto::{DayView, HookSumView, InsightsView};
use crate::hooks::view;

/// Of the time from the first to before the second. Days are those of a clock that is so many minutes ahead of UTC. Blocks.
pub(crate) fn insights(reader: &Reader, [since, until]: [String; 2], ahead: i32) -> Result<InsightsView, Error> {
    let found = reader.insights(moment(since)?, moment(until)?, ahead)?;
    Ok(InsightsView {
        days: found.days.iter().map(day).collect(),
        hooks: found.hooks.iter().map(hook).collect(),
        waited_for_hooks_ms: found.waited_for_hooks.as_millis().to_string(),
        waited_for_people_ms: found.waited_for_people.as_millis().to_string(),
    })
}

fn day(day: &Day) -> DayView {
    DayView {
        day: i32::try_from(day.day).unwrap_or_default(),
        status: view::status(day.status),
        runs: number(day.runs),
    }
}

fn hook(sum: &HookSum) -> HookSumView {
    let us = |time: Duration| time.as_micros().to_string();
    HookSumView {
        hook: sum.hook.as_ref().map(|key| key.to_string()),
        hook_shown: pieces(sum.hook.as_ref().map_or("", HookKey::as_str)),
        runs: number(sum.runs),
        failed: number(sum.failed),
        took_ms: sum.took.as_millis().to_string(),
        half_us: us(sum.half),
        most_us: us(sum.most),
    }
}

fn number(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
