//! Rules as a person writes them in a window.

use std::path::{Path, PathBuf};

use chrono::{Days, Local, NaiveTime, TimeZone};
use decisions::rules::{Unfit, pattern, pattern_text};
use model::{RequestId, Rule, RuleId, RuleSays, Scope, SessionId, Timestamp, What};

use crate::Error;
use crate::dto::{Lasts, RuleDraft, SaysDraft, WhatDraft};

const MINUTES: std::ops::RangeInclusive<u32> = 1..=525_600;

/// The draft as a rule of its own, or in the place of `before`.
pub(super) fn rule(
    draft: &RuleDraft,
    before: Option<&Rule>,
    id: RuleId,
    from: Option<RequestId>,
    now: Timestamp,
) -> Result<Rule, Error> {
    let agent = draft.agent.as_deref().map(|name| name.parse().map_err(|_| other(name))).transpose()?;
    let what = match &draft.what {
        WhatDraft::Command { pattern: text } => What::Command { pattern: pattern(text)? },
        WhatDraft::Files { pattern } => What::Files { pattern: pattern.trim().to_owned() },
        WhatDraft::Mcp { server, tool } => What::Mcp { server: server.clone(), tool: tool.clone() },
        WhatDraft::Network { host } => What::Network { host: host.trim().to_owned() },
        WhatDraft::Tool { name } => What::Tool { name: name.clone() },
    };
    let says = match &draft.says {
        SaysDraft::Allow => RuleSays::Allow,
        SaysDraft::Ask => RuleSays::Ask,
        SaysDraft::Deny { message } => RuleSays::Deny { message: message.clone() },
    };
    let scope = Scope {
        agent,
        project: draft.project.as_deref().map(folder),
        session: draft.session.as_deref().map(SessionId::new),
        what,
    };
    let until = match draft.lasts {
        Lasts::UntilRevoked => None,
        Lasts::Kept => before.and_then(|rule| rule.until),
        Lasts::Minutes { minutes } if !MINUTES.contains(&minutes) => return Err(other(&minutes.to_string())),
        Lasts::Minutes { minutes } => Some(Timestamp(now.0.saturating_add(i64::from(minutes) * 60_000))),
        Lasts::Today => Some(midnight(now).ok_or_else(|| other("midnight"))?),
    };
    let (made, enabled) = before.map_or((now, true), |rule| (rule.made, rule.enabled));
    Ok(Rule { id, made, from: before.map_or(from, |rule| rule.from.clone()), enabled, scope, says, until })
}

fn other(word: &str) -> Error {
    Error::Rule(Unfit::NotPlain(word.to_owned()))
}

/// Sessions name their folder without links.
fn folder(text: &str) -> PathBuf {
    let folder = Path::new(text.trim());
    let resolved = folder.is_absolute().then(|| folder.canonicalize().ok()).flatten();
    resolved.unwrap_or_else(|| folder.to_owned())
}

/// The next midnight here.
fn midnight(now: Timestamp) -> Option<Timestamp> {
    let today = Local.timestamp_millis_opt(now.0).single()?.date_naive();
    let next = today.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN);
    // Where clocks skip midnight, the day begins an hour later.
    let later = next.checked_add_signed(chrono::TimeDelta::hours(1))?;
    let at = Local.from_local_datetime(&next).earliest().or_else(|| Local.from_local_datetime(&later).earliest())?;
    Some(Timestamp(at.timestamp_millis()))
}

/// The rule as a draft that says the same.
pub(super) fn draft(rule: &Rule) -> RuleDraft {
    RuleDraft {
        agent: rule.scope.agent.map(|agent| agent.name().to_owned()),
        project: rule.scope.project.as_ref().map(|path| path.to_string_lossy().into_owned()),
        session: rule.scope.session.as_ref().map(SessionId::to_string),
        what: what(&rule.scope.what),
        says: match &rule.says {
            RuleSays::Allow => SaysDraft::Allow,
            RuleSays::Ask => SaysDraft::Ask,
            RuleSays::Deny { message } => SaysDraft::Deny { message: message.clone() },
        },
        lasts: if rule.until.is_some() { Lasts::Kept } else { Lasts::UntilRevoked },
    }
}

pub(super) fn what(what: &What) -> WhatDraft {
    match what.clone() {
        What::Command { pattern } => WhatDraft::Command { pattern: pattern_text(&pattern) },
        What::Files { pattern } => WhatDraft::Files { pattern },
        What::Mcp { server, tool } => WhatDraft::Mcp { server, tool },
        What::Network { host } => WhatDraft::Network { host },
        What::Tool { name } => WhatDraft::Tool { name },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lasting(lasts: Lasts) -> RuleDraft {
        RuleDraft {
            agent: None,
            project: None,
            session: None,
            what: WhatDraft::Tool { name: "view_image".to_owned() },
            says: SaysDraft::Ask,
            lasts,
        }
    }

    #[test]
    fn a_day_ends_at_midnight_here() {
        let now = Timestamp(1_763_740_800_123);
        let until = midnight(now).unwrap();
        let local = Local.timestamp_millis_opt(until.0).unwrap();
        assert_eq!(local.time(), NaiveTime::MIN);
        assert!(until > now && until.0 - now.0 <= 25 * 3_600_000, "{until:?}");
    }

    #[test]
    fn what_is_changed_stays_what_it_was_otherwise() {
        let now = Timestamp(1_000);
        let make = |draft: &RuleDraft, before: Option<&Rule>, now| {
            rule(draft, before, RuleId::new("a"), Some(RequestId::new("r")), now).unwrap()
        };
        let mut first = make(&lasting(Lasts::Minutes { minutes: 15 }), None, now);
        assert_eq!((first.until, first.made), (Some(Timestamp(901_000)), now));
        first.enabled = false;
        let later = make(&RuleDraft { lasts: Lasts::Kept, ..draft(&first) }, Some(&first), Timestamp(2_000));
        assert_eq!(later, first);
        assert_eq!(draft(&later), lasting(Lasts::Kept));
        assert_eq!(make(&lasting(Lasts::UntilRevoked), Some(&first), now).until, None);
        for minutes in [0, 525_601] {
            assert!(rule(&lasting(Lasts::Minutes { minutes }), None, RuleId::new("a"), None, now).is_err());
        }
    }
}
