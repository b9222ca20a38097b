//! What the windows may do with rules.

use std::sync::Arc;
use std::time::SystemTime;

use decisions::Digest;
use model::{Decision, PermissionRequest, RequestId, Timestamp};

use super::Rules;
use crate::dto::{self, RuleDraft, RulePreview, RuleWish, RulesView};
use crate::live::Message;
use crate::{App, Error};

impl App {
    /// Every rule, and how the file differs from what was confirmed.
    pub async fn rules(&self) -> Result<RulesView, Error> {
        self.with_rules(|rules, now| rules.view(now)).await
    }

    /// Drafts for rules about a request that waits or waited, the narrowest first.
    pub async fn rule_drafts(&self, request_id: &str) -> Result<Vec<RuleDraft>, Error> {
        let request = self.request(request_id).await?;
        self.with_rules(move |rules, now| Ok(rules.drafts(&request, now))).await
    }

    /// What a draft would do. `request` is the one it is made from.
    pub async fn preview_rule(&self, draft: RuleDraft, request: Option<&str>) -> Result<RulePreview, Error> {
        let request = match request {
            Some(id) => Some(self.request(id).await?),
            None => None,
        };
        self.with_rules(move |rules, now| rules.preview(&draft, request.as_deref(), now)).await
    }

    /// Keeps a rule, a new one or in the place of that with this id. The request that it is made from is judged anew.
    pub async fn save_rule(&self, id: Option<&str>, draft: RuleDraft, from: Option<&str>) -> Result<RulesView, Error> {
        let (id, made_from) = (id.map(str::to_owned), from.map(RequestId::new));
        self.with_rules(move |rules, _| rules.save(id.as_deref(), &draft, made_from)).await?;
        if let Some(from) = from {
            self.judge_anew(RequestId::new(from)).await?;
        }
        self.rules().await
    }

    /// Switches or takes out a rule.
    pub async fn wish_rule(&self, id: &str, wish: RuleWish) -> Result<RulesView, Error> {
        let id = id.to_owned();
        self.with_rules(move |rules, _| rules.wish(&id, wish)).await?;
        self.rules().await
    }

    /// A person looked at the content of the file that has this digest, and means it.
    pub async fn confirm_rules(&self, digest: &str) -> Result<RulesView, Error> {
        let digest = digest.to_owned();
        self.with_rules(move |rules, _| rules.confirm(&digest)).await?;
        self.rules().await
    }

    /// Puts the file back as it was confirmed.
    pub async fn restore_rules(&self) -> Result<RulesView, Error> {
        self.with_rules(|rules, _| rules.restore()).await?;
        self.rules().await
    }

    /// Makes the rule that the card shows, then allows. Where the request is gone meanwhile there is no rule either.
    pub(crate) async fn allow_session(
        &self,
        surface: dto::Surface,
        id: RequestId,
        digest: Digest,
    ) -> Result<(), Error> {
        let (asked, shown) = (id.clone(), digest.clone());
        let rule = self.ask(|reply| Message::SessionRule(surface.into(), asked, shown, reply)).await??;
        let rule = rule.ok_or_else(|| Error::NoRule("for this session".to_owned()))?;
        let from = id.clone();
        let made = self.with_rules(move |rules, _| rules.add_for_session(rule, from)).await?;
        let decided = self.ask(|reply| Message::Decide(surface.into(), id, digest, Decision::Allow, reply)).await?;
        if decided.is_err() {
            self.with_rules(move |rules, _| rules.remove(&made)).await?;
        }
        Ok(decided?)
    }

    /// Lets rules answer a request that waits.
    async fn judge_anew(&self, id: RequestId) -> Result<(), Error> {
        let asked = id.clone();
        let Some(request) = self.ask(|reply| Message::Waiting(asked, reply)).await? else { return Ok(()) };
        let judge = move |rules: &Rules, now| Ok(rules.judge(&rules.subject(&request), &[], now));
        let judged = self.with_rules(judge).await?;
        if let Some(answer) = judged.decided {
            self.tell(Message::Ruled(id, answer, judged.rule)).await;
        }
        Ok(())
    }

    /// A request that waits, else one of the past.
    async fn request(&self, id: &str) -> Result<Arc<PermissionRequest>, Error> {
        let id = RequestId::new(id);
        let asked = id.clone();
        match self.ask(|reply| Message::Waiting(asked, reply)).await? {
            Some(request) => Ok(request),
            None => self.with_rules(move |rules, _| rules.past_request(&id).map(Arc::new)).await,
        }
    }

    /// Files and history are waited for elsewhere.
    async fn with_rules<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Rules, Timestamp) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let rules = self.rules.clone();
        let work = move || work(&rules, SystemTime::now().into());
        tokio::task::spawn_blocking(work).await.map_err(|_| Error::Ending)?
    }
}
