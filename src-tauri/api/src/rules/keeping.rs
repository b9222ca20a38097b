//! What a person does with rules. The only code that changes what counts; reached from the app's own windows alone.

use std::time::{Duration, Instant, SystemTime};

use decisions::rules::check;
use decisions::{ARMING, Digest};
use model::{RequestId, Rule, RuleId, RuleSays, SessionId, Timestamp};
use protocol::event::new_id;

use super::book::{Book, Unread};
use super::{Kept, Rules, draft, is_over};
use crate::Error;
use crate::dto::{RuleDraft, RuleWish};
use crate::mutex::lock;
use crate::whole::{self, Kept as Guarded};

/// What a window shows, and since when.
pub(super) struct InSight<T>(Option<(T, Instant)>);

impl<T> Default for InSight<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone + PartialEq> InSight<T> {
    /// It is shown from now on, unless it was already.
    pub(super) fn show(&mut self, what: &T) {
        if self.0.as_ref().is_none_or(|(shown, _)| shown != what) {
            self.0 = Some((what.clone(), Instant::now()));
        }
    }

    /// Whether it was in sight long enough. It is acted on once.
    fn take(&mut self, what: &T) -> Result<(), Error> {
        let since = self.0.as_ref().filter(|(shown, _)| shown == what).map(|(_, since)| *since);
        let left = since.map_or(ARMING, |since| ARMING.saturating_sub(since.elapsed()));
        if left > Duration::ZERO {
            return Err(Error::RuleUnseen(left));
        }
        self.0 = None;
        Ok(())
    }
}

impl Rules {
    /// Keeps a rule, a new one or in the place of that with this id. An *allow* needs that its preview was in sight. Writes files.
    pub(crate) fn save(&self, id: Option<&str>, draft: &RuleDraft, from: Option<RequestId>) -> Result<(), Error> {
        let mut kept = self.lock();
        let before = id.map(|id| self.unchanged(&mut kept)?.rule(id).cloned()).transpose()?;
        let new = || new_id().map(RuleId::new).map_err(|source| Error::File { path: self.paths.rules(), source });
        let id = before.as_ref().map_or_else(new, |rule| Ok(rule.id.clone()))?;
        let rule = draft::rule(draft, before.as_ref(), id, from, SystemTime::now().into())?;
        check(&rule)?;
        if rule.says == RuleSays::Allow {
            lock(&self.previewed).take(draft)?;
        }
        self.change(&mut kept, |book| book.with(&rule))
    }

    /// Keeps the rule of *Allow for this session*, which the card showed. Writes files.
    pub(crate) fn add_for_session(&self, rule: Rule, from: RequestId) -> Result<RuleId, Error> {
        let id = new_id().map(RuleId::new).map_err(|source| Error::File { path: self.paths.rules(), source })?;
        let rule = Rule { id: id.clone(), from: Some(from), ..rule };
        self.change(&mut self.lock(), |book| book.with(&rule))?;
        Ok(id)
    }

    /// Takes a rule out. Writes files.
    pub(crate) fn remove(&self, id: &RuleId) -> Result<(), Error> {
        self.change(&mut self.lock(), |book| book.without(id))
    }

    /// Switches or takes out a rule. Writes files.
    pub(crate) fn wish(&self, id: &str, wish: RuleWish) -> Result<(), Error> {
        let mut kept = self.lock();
        let mut rule = self.unchanged(&mut kept)?.rule(id)?.clone();
        match wish {
            RuleWish::Enable => rule.enabled = true,
            RuleWish::Disable => rule.enabled = false,
            RuleWish::Delete => return self.change(&mut kept, |book| book.without(&rule.id)),
        }
        self.change(&mut kept, |book| book.with(&rule))
    }

    /// A person looked at what the file says now, and means it. Writes files.
    pub(crate) fn confirm(&self, digest: &str) -> Result<(), Error> {
        let mut kept = self.lock();
        self.look(&mut kept);
        let book = kept.file.clone().map_err(|detail| self.unread(&detail))?;
        if super::view::digest(&book.text) != Digest::claimed(digest) {
            return Err(Error::RulesChanged(self.paths.rules()));
        }
        let before = kept.confirmed.as_ref().map_or(&[][..], |confirmed| &confirmed.rules);
        book.rules.iter().filter(|rule| !before.contains(rule)).try_for_each(check)?;
        lock(&self.shown).take(&digest.to_owned())?;
        whole::write(&self.paths.confirmed_rules(), &book.text)?;
        self.hold(&mut kept, book);
        Ok(())
    }

    /// Puts the file back as it was confirmed. Writes it.
    pub(crate) fn restore(&self) -> Result<(), Error> {
        let mut kept = self.lock();
        let confirmed = kept.confirmed.clone().map_err(|detail| self.unread(&detail))?;
        whole::write(&self.paths.rules(), &confirmed.text)?;
        self.look(&mut kept);
        Ok(())
    }

    /// Tells where the person's file was changed by others, and puts back the copy of what was confirmed. Reads and writes files.
    pub(crate) fn keep(&self) -> Result<Guarded, Error> {
        let mut kept = self.lock();
        self.look(&mut kept);
        let Ok(confirmed) = &kept.confirmed else { return Ok(Guarded::Untouched) };
        let path = self.paths.confirmed_rules();
        whole::keep(&path, &confirmed.text, || Book::read(&path).as_ref() == Ok(confirmed))
    }

    /// What was allowed for this session is over. A deny stays: anybody can say that a session ended. Writes files where there is
    /// anything to end.
    pub(crate) fn session_ended(&self, session: &SessionId, now: Timestamp) {
        let mut kept = self.lock();
        let Ok(confirmed) = &kept.confirmed else { return };
        let of_it = |rule: &&Rule| {
            rule.says == RuleSays::Allow && rule.scope.session.as_ref() == Some(session) && !is_over(rule, now)
        };
        let ended: Vec<_> = confirmed.rules.iter().filter(of_it).cloned().collect();
        for rule in ended {
            let rule = Rule { until: Some(now), ..rule };
            if let Err(error) = self.change(&mut kept, |book| book.with(&rule)) {
                tracing::warn!(%error, "a rule of a session that ended is over in memory only");
                if let Some(book) = kept.confirmed.as_ref().ok().and_then(|book| book.with(&rule).ok()) {
                    kept.confirmed = Ok(book);
                    self.settle(&mut kept);
                }
            }
        }
    }

    /// The rules, where the person's file says what was confirmed.
    fn unchanged<'k>(&self, kept: &'k mut Kept) -> Result<&'k Book, Error> {
        self.look(kept);
        match (kept.changed(), &kept.file) {
            (None, Ok(book)) => Ok(book),
            _ => Err(Error::RulesChanged(self.paths.rules())),
        }
    }

    /// Changes the person's file first: what only it says counts for nothing.
    fn change(&self, kept: &mut Kept, change: impl FnOnce(&Book) -> Result<Book, Unread>) -> Result<(), Error> {
        let book = change(self.unchanged(kept)?).map_err(|detail| self.unread(&detail))?;
        whole::write(&self.paths.rules(), &book.text)?;
        whole::write(&self.paths.confirmed_rules(), &book.text)?;
        self.hold(kept, book);
        Ok(())
    }

    /// From now on this is what was confirmed. The file is read again, whatever was put into it meanwhile.
    fn hold(&self, kept: &mut Kept, book: Book) {
        kept.confirmed = Ok(book);
        kept.file = Book::read(&self.paths.rules());
        kept.stamp = None;
        self.post(crate::live::Message::ClearNote("rulesUnread"));
        self.settle(kept);
    }

    fn unread(&self, detail: &str) -> Error {
        Error::RulesUnread { path: self.paths.rules(), detail: detail.to_owned() }
    }
}

impl Book {
    fn rule(&self, id: &str) -> Result<&Rule, Error> {
        self.rules.iter().find(|rule| rule.id.as_str() == id).ok_or_else(|| Error::NoRule(id.to_owned()))
    }
}
