//! What a draft would have done, told from the requests of the last weeks that were seen live.

use std::mem;
use std::time::Duration;

use decisions::rules::{check, proposals, verdicts};
use model::{PermissionRequest, RequestId, Reviewer, Rule, RuleId, Timestamp};

use super::{Rules, Subject, draft, resolved, view};
use crate::dto::{Lasts, RuleDraft, RulePreview, SaysDraft};
use crate::mutex::lock;
use crate::{Error, asking, past};

/// How far back, and how many requests at most.
const AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const LOOKED_AT: usize = 5_000;
/// How many of those that fit are named.
const NAMED: usize = 20;

impl Rules {
    /// What the draft would do. `request` is the one it is made from. Reads the history.
    pub(crate) fn preview(
        &self,
        draft: &RuleDraft,
        request: Option<&PermissionRequest>,
        now: Timestamp,
    ) -> Result<RulePreview, Error> {
        let none = |unfit| RulePreview {
            unfit,
            what: Vec::new(),
            project: None,
            fits: Vec::new(),
            count: 0,
            of: 0,
            speaks: None,
        };
        // It is asked what it would have done, however long it lasts.
        let always = RuleDraft { lasts: Lasts::UntilRevoked, ..draft.clone() };
        let rule = draft::rule(draft, None, RuleId::new(""), None, now)
            .and_then(|_| draft::rule(&always, None, RuleId::new(""), None, now))
            .and_then(|rule| Ok(check(&rule).map(|()| rule)?));
        let rule = match rule {
            Ok(rule) => rule,
            Err(Error::Rule(unfit)) => return Ok(none(Some(view::unfit(&unfit)))),
            Err(error) => return Err(error),
        };
        lock(&self.previewed).show(draft);
        let mut rules = vec![rule.clone()];
        rules.extend(self.counting().iter().cloned());
        // Once for all requests: two hundred rules would be looked for thousands of times.
        let rules = resolved(&rules);
        let (mut fits, mut count) = (Vec::new(), 0);
        let since = Timestamp(now.0.saturating_sub(i64::try_from(AGE.as_millis()).unwrap_or(i64::MAX)));
        let rows = self.reader.asked_since(since, LOOKED_AT)?;
        let of = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let mut looked_at = lock(&self.looked_at);
        let mut before = mem::take(&mut *looked_at);
        for row in rows {
            let subject = before.remove(&row.past.id).or_else(|| Some(self.subject(&asked(&row)?)));
            let Some(subject) = subject else { continue };
            let subject = looked_at.entry(row.past.id.clone()).or_insert(subject);
            if speaks(&rule.id, &rules, subject, now) {
                count += 1;
                if fits.len() < NAMED {
                    fits.push(past::past(row.past));
                }
            }
        }
        let speaks = request.map(|request| speaks(&rule.id, &rules, &self.subject(request), now));
        let (what, project) = view::scope(&rule.scope);
        Ok(RulePreview { unfit: None, what, project, fits, count, of, speaks })
    }

    /// Drafts for rules about the request, the narrowest first.
    pub(crate) fn drafts(&self, request: &PermissionRequest, now: Timestamp) -> Vec<RuleDraft> {
        let subject = self.subject(request);
        let draft = |what| RuleDraft {
            agent: Some(request.agent.name().to_owned()),
            project: subject.project.as_ref().map(|path| path.to_string_lossy().into_owned()),
            session: None,
            what: draft::what(&what),
            says: SaysDraft::Allow,
            lasts: Lasts::UntilRevoked,
        };
        proposals(&subject.facts(now)).into_iter().map(draft).collect()
    }

    /// A request of the past, as it came.
    pub(crate) fn past_request(&self, id: &RequestId) -> Result<PermissionRequest, Error> {
        let row = self.reader.asked(id)?;
        row.as_ref().and_then(asked).ok_or_else(|| Error::NoRequest(id.to_string()))
    }
}

fn speaks(id: &RuleId, rules: &[Rule], subject: &Subject, now: Timestamp) -> bool {
    verdicts(rules, &subject.facts(now)).iter().any(|said| said.rule == *id)
}

/// What was asked, from the payload; `None` where that is not at hand.
fn asked(row: &history::row::Asked) -> Option<PermissionRequest> {
    let past = &row.past;
    let ask = asking::parse(past.agent, row.payload.as_bytes()).ok()?.request?;
    Some(PermissionRequest {
        id: past.id.clone(),
        agent: past.agent,
        session: ask.session,
        turn: ask.turn,
        subagent: ask.subagent,
        project: past.project.clone(),
        runs_in: ask.runs_in,
        tool: ask.tool,
        action: ask.action,
        said: ask.said,
        asked: None,
        reviewer: Reviewer::Unknown,
        approval_policy: None,
        received: past.at,
    })
}
