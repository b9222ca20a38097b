//! The Rules screen.

use std::cmp::Reverse;

use decisions::Digest;
use decisions::rules::{Unfit, check};
use model::{Rule, Scope, Timestamp};

use super::book::{Book, Unread};
use super::{Kept, Rules, about, draft, is_over};
use crate::card::pieces;
use crate::dto::{self, Piece, RuleState, RuleView, RulesChanged, RulesView};
use crate::mutex::lock;
use crate::{Error, plan};

impl Rules {
    /// Every rule and what became of it, the newest first. Looks at the person's file and reads the history.
    pub(crate) fn view(&self, now: Timestamp) -> Result<RulesView, Error> {
        let hits = self.reader.rule_hits()?;
        let mut kept = self.lock();
        self.look(&mut kept);
        let changed = kept.changed().map(|(file, before)| changed(file, before, confirmed(&kept)));
        if let Some(changed) = &changed {
            lock(&self.shown).show(&changed.digest);
        }
        let mut rules: Vec<_> = kept.all().collect();
        rules.sort_by_key(|rule| Reverse(rule.made));
        let view = |rule: &Rule| {
            let hit = hits.iter().find(|hit| hit.rule == rule.id);
            RuleView {
                hits: hit.map_or(0, |hit| u32::try_from(hit.count).unwrap_or(u32::MAX)),
                last_hit: hit.map(|hit| hit.last.0.to_string()),
                ..view(rule, kept.state(rule, now))
            }
        };
        let rules = rules.into_iter().map(view).collect();
        Ok(RulesView { rules, changed, file: self.paths.rules().display().to_string() })
    }
}

fn confirmed(kept: &Kept) -> &[Rule] {
    kept.confirmed.as_ref().map_or(&[], |book| &book.rules)
}

impl Kept {
    /// Confirmed rules, and those that only the file has. One that counts for nothing because the file says something else is
    /// what the file says.
    fn all(&self) -> impl Iterator<Item = &Rule> {
        let file: &[Rule] = self.file.as_ref().map_or(&[], |book| &book.rules);
        let known = confirmed(self);
        let in_file = |rule: &Rule| file.iter().find(|other| other.id == rule.id);
        let as_it_stands = move |rule| if self.counting.contains(rule) { rule } else { in_file(rule).unwrap_or(rule) };
        let new = file.iter().filter(|rule| !known.iter().any(|known| known.id == rule.id));
        known.iter().map(as_it_stands).chain(new)
    }

    fn state(&self, rule: &Rule, now: Timestamp) -> RuleState {
        match (self.counting.contains(rule), rule.enabled) {
            (false, _) => RuleState::Unconfirmed,
            (true, _) if is_over(rule, now) => RuleState::Over,
            (true, false) => RuleState::Off,
            (true, true) => RuleState::Active,
        }
    }
}

/// What a rule is about and where, drawn safely.
pub(super) fn scope(scope: &Scope) -> (Vec<Piece>, Option<Vec<Piece>>) {
    (pieces(&about(&scope.what)), scope.project.as_ref().map(|path| pieces(&path.to_string_lossy())))
}

fn view(rule: &Rule, state: RuleState) -> RuleView {
    let (what, project) = scope(&rule.scope);
    RuleView {
        id: rule.id.to_string(),
        made_at: rule.made.0.to_string(),
        from: rule.from.as_ref().map(ToString::to_string),
        draft: draft::draft(rule),
        what,
        project,
        until: rule.until.map(|at| at.0.to_string()),
        state,
        hits: 0,
        last_hit: None,
    }
}

/// How the file differs from what was confirmed, and why it cannot be confirmed, if so.
fn changed(file: &Result<Book, Unread>, before: &str, confirmed: &[Rule]) -> RulesChanged {
    let (text, error) = match file {
        Ok(book) => {
            let new = || book.rules.iter().filter(|rule| !confirmed.contains(rule));
            let unfit = new().find_map(|rule| Some((rule, check(rule).err()?)));
            (
                book.text.as_str(),
                unfit.map(|(rule, unfit)| format!("failed to keep rule {:?}: {unfit}", rule.id.as_str())),
            )
        }
        Err(detail) => (before, Some(format!("failed to {detail}"))),
    };
    RulesChanged {
        digest: digest(text).to_string(),
        diff: plan::lines(before, text),
        error: error.as_deref().map(pieces),
    }
}

/// Names this very content.
pub(super) fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// Why a draft cannot be a rule, for the window.
pub(super) fn unfit(unfit: &Unfit) -> dto::Unfit {
    let (code, about) = match unfit {
        Unfit::Empty => ("empty", ""),
        Unfit::NotPlain(word) => ("notPlain", word.as_str()),
        Unfit::RestNotLast => ("restNotLast", ""),
        Unfit::RunsOthers(word) => ("runsOthers", word.as_str()),
        Unfit::AnyCommand => ("anyCommand", ""),
        Unfit::NotAbsolute(path) => ("notAbsolute", path.as_str()),
        Unfit::Path(detail) => ("path", detail.as_str()),
        Unfit::Host(host) => ("host", host.as_str()),
        Unfit::NeverAllowed(tool) => ("neverAllowed", tool.as_str()),
    };
    dto::Unfit { code: code.to_owned(), about: pieces(about) }
}
