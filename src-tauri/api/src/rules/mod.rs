//! Rules: what a person decided beforehand, in a window.
//!
//! What was confirmed there is kept in memory and, for the next start, in a copy in the state folder that is read once. The person's
//! own file is looked at when a request comes and read again when it changed: what is new or other in it counts for nothing until it
//! is confirmed, and an *allow* counts only while that file still has it unchanged. Whatever fails here allows nothing.

mod book;
mod draft;
mod keeping;
mod preview;
mod subject;
mod use_cases;
mod view;

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard};

use decisions::order::{Grant, HookVerdict, Order, order};
use decisions::rules::{check, pattern_text, proposals, verdicts};
use model::{
    Answer, By, Decision, HookKey, PermissionRequest, RequestId, Rule, RuleId, RuleSays, Scope, Timestamp, What,
};
use tokio::sync::mpsc;

use crate::hosted::Stamp;
use crate::live::Message;
use crate::mutex::lock;
use crate::{Paths, dto};
use book::{Book, Unread};
use keeping::InSight;
pub(crate) use subject::Subject;

/// The rules of a running app.
pub(crate) struct Rules {
    paths: Paths,
    kept: Mutex<Kept>,
    previewed: Mutex<InSight<dto::RuleDraft>>,
    shown: Mutex<InSight<String>>,
    /// Requests that previews looked at: a person tries one draft after the other.
    looked_at: Mutex<HashMap<RequestId, Subject>>,
    reader: history::Reader,
    live: mpsc::Sender<Message>,
}

struct Kept {
    /// What a person confirmed; an error: that cannot be read, and nothing counts.
    confirmed: Result<Book, Unread>,
    /// The person's file as it was read last.
    file: Result<Book, Unread>,
    stamp: Option<Stamp>,
    counting: Arc<[Rule]>,
}

/// What rules and hosted hooks settle of a request before anybody is asked.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) decided: Option<Answer>,
    /// What the rule is about that decided, in words.
    pub(crate) rule: Option<String>,
    /// Hooks that would allow it, though their word does not count.
    pub(crate) advice: Vec<HookKey>,
}

impl Rules {
    pub(crate) fn open(paths: &Paths, reader: history::Reader, live: mpsc::Sender<Message>) -> Arc<Self> {
        let confirmed = Book::read(&paths.confirmed_rules());
        let unread = confirmed.as_ref().err().cloned();
        let (file, stamp) = (Book::read(&paths.rules()), None);
        let rules = Self {
            paths: paths.clone(),
            kept: Mutex::new(Kept { confirmed, file, stamp, counting: Arc::default() }),
            previewed: Mutex::default(),
            shown: Mutex::default(),
            looked_at: Mutex::default(),
            reader,
            live,
        };
        if let Some(detail) = unread {
            tracing::error!(detail, "no rule counts");
            rules.note("rulesUnread", format!("{}: failed to {detail}", paths.confirmed_rules().display()));
        }
        rules.settle(&mut rules.lock());
        Arc::new(rules)
    }

    /// The request as rules see it. Asks the file system where everything is.
    pub(crate) fn subject(&self, request: &PermissionRequest) -> Subject {
        Subject::of(request, &self.paths)
    }

    /// What counts now. Looks at the person's file.
    fn counting(&self) -> Arc<[Rule]> {
        let mut kept = self.lock();
        self.look(&mut kept);
        Arc::clone(&kept.counting)
    }

    /// How many rules allow something now.
    pub(crate) fn allowing(&self, now: Timestamp) -> u32 {
        let active = |rule: &&Rule| rule.says == RuleSays::Allow && rule.enabled && !is_over(rule, now);
        u32::try_from(self.lock().counting.iter().filter(active).count()).unwrap_or(u32::MAX)
    }

    /// Settles a request before anybody is asked. Asks the file system where folders are.
    pub(crate) fn judge(&self, subject: &Subject, hooks: &[HookVerdict], now: Timestamp) -> Judged {
        let rules = resolved(&self.counting());
        let said = verdicts(&rules, &subject.facts(now));
        let mut hooks = hooks.to_vec();
        if subject.exposed {
            // The agent could write what the grant rests on.
            hooks.iter_mut().for_each(|said| said.grant = Grant::Missing);
        }
        match order(&hooks, &said) {
            Order::Ask { advice } => Judged { advice, ..Judged::default() },
            Order::Decided(answer) => {
                let of = |id: &RuleId| rules.iter().find(|rule| rule.id == *id).map(|rule| about(&rule.scope.what));
                let rule = match answer.by() {
                    By::Rule(id) => of(id),
                    By::Person | By::Hook(_) | By::Nobody(_) => None,
                };
                Judged { decided: Some(answer), rule, advice: Vec::new() }
            }
        }
    }

    /// The rule that *Allow for this session* would make; `None` where none would allow this very request from then on.
    pub(crate) fn for_session(&self, subject: &Subject, now: Timestamp) -> Option<Rule> {
        let facts = subject.facts(now);
        let what = proposals(&facts).into_iter().next()?;
        let scope = Scope {
            agent: Some(subject.agent),
            project: Some(subject.project.clone()?),
            session: Some(subject.session.clone()),
            what,
        };
        let id = RuleId::new("");
        let rule = Rule { id, made: now, from: None, enabled: true, scope, says: RuleSays::Allow, until: None };
        check(&rule).ok()?;
        let mut rules = resolved(&self.counting());
        rules.insert(0, rule);
        let allowed = match order(&[], &verdicts(&rules, &facts)) {
            Order::Decided(answer) => *answer.decision() == Decision::Allow,
            Order::Ask { .. } => false,
        };
        allowed.then(|| rules.swap_remove(0))
    }

    /// Reads the person's file again where it changed.
    fn look(&self, kept: &mut Kept) {
        let stamp = fs::metadata(self.paths.rules()).ok().map(|meta| Stamp::of(&meta));
        if stamp != kept.stamp {
            kept.file = Book::read(&self.paths.rules());
            kept.stamp = stamp;
            self.settle(kept);
        }
    }

    /// Finds out what counts and tells of it.
    fn settle(&self, kept: &mut Kept) {
        kept.counting = kept.count();
        match kept.changed() {
            Some((file, _)) => {
                let why = file.as_ref().err().map(|detail| format!(": failed to {detail}")).unwrap_or_default();
                self.note("rulesReview", format!("{}{why}", self.paths.rules().display()));
            }
            None => self.post(Message::ClearNote("rulesReview")),
        }
        self.post(Message::Rules);
    }

    fn note(&self, code: &str, detail: String) {
        self.post(Message::Note(dto::Note { code: code.to_owned(), detail }));
    }

    fn post(&self, message: Message) {
        if self.live.try_send(message).is_err() {
            tracing::warn!("news of rules found no place");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

impl Kept {
    fn count(&self) -> Arc<[Rule]> {
        let Ok(confirmed) = &self.confirmed else { return Arc::default() };
        let unchanged = |rule: &Rule| self.file.as_ref().is_ok_and(|file| file.rules.contains(rule));
        let counts = |rule: &&Rule| match rule.says {
            RuleSays::Allow => unchanged(rule) && check(rule).is_ok(),
            RuleSays::Ask | RuleSays::Deny { .. } => true,
        };
        confirmed.rules.iter().filter(counts).cloned().collect()
    }

    /// The file and what was confirmed, where they say different things.
    fn changed(&self) -> Option<(&Result<Book, Unread>, &str)> {
        let (text, rules) = match &self.confirmed {
            Ok(confirmed) => (confirmed.text.as_str(), confirmed.rules.as_slice()),
            Err(_) => ("", [].as_slice()),
        };
        let same = self.file.as_ref().is_ok_and(|file| file.rules == rules);
        (!same).then_some((&self.file, text))
    }
}

/// The rules with their folders resolved. An *allow* for a folder that has become a link is left out: an agent could lead it
/// anywhere.
fn resolved(rules: &[Rule]) -> Vec<Rule> {
    let resolved = |rule: &Rule| {
        let Some(folder) = &rule.scope.project else { return Some(rule.clone()) };
        let found = folder.canonicalize();
        let folder = match (&rule.says, found) {
            (RuleSays::Allow, Ok(found)) if found == *folder => found,
            (RuleSays::Allow, _) => return None,
            (RuleSays::Ask | RuleSays::Deny { .. }, found) => found.unwrap_or_else(|_| folder.clone()),
        };
        let mut rule = rule.clone();
        rule.scope.project = Some(folder);
        Some(rule)
    };
    rules.iter().filter_map(resolved).collect()
}

/// What a rule is about, in words that are the same in every language.
pub(crate) fn about(what: &What) -> String {
    match what {
        What::Command { pattern } => pattern_text(pattern),
        What::Files { pattern } => pattern.clone(),
        What::Mcp { server, tool } => format!("{server} · {}", tool.as_deref().unwrap_or("*")),
        What::Network { host } => host.clone(),
        What::Tool { name } => name.clone(),
    }
}

fn is_over(rule: &Rule, now: Timestamp) -> bool {
    rule.until.is_some_and(|until| until <= now)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::{Action, Agent, Reviewer, SessionId, Verdict};

    use super::*;

    fn rules(paths: &Paths) -> (Arc<Rules>, mpsc::Receiver<Message>) {
        let (live, news) = mpsc::channel(64);
        (Rules::open(paths, history::read(&paths.history()), live), news)
    }

    fn request(folder: &Path, command: &str) -> PermissionRequest {
        PermissionRequest {
            id: RequestId::new("r"),
            agent: Agent::Codex,
            session: SessionId::new("s"),
            turn: None,
            subagent: None,
            project: Some(folder.to_owned()),
            runs_in: folder.to_owned(),
            tool: "Bash".to_owned(),
            action: Action::Shell { command: command.to_owned() },
            said: None,
            asked: None,
            reviewer: Reviewer::Unknown,
            approval_policy: None,
            received: Timestamp(0),
        }
    }

    #[test]
    fn a_grant_counts_for_nothing_where_our_own_files_can_be_written() {
        let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (rules, _news) = rules(&Paths::below(home.path()));
        let key = HookKey::new("hook");
        let granted = [HookVerdict { hook: key.clone(), verdict: Verdict::Allow, grant: Grant::Holds }];
        let judged = |folder: &Path| {
            let subject = rules.subject(&request(folder, "make"));
            let judged = rules.judge(&subject, &granted, Timestamp(0));
            (judged.decided, judged.advice)
        };
        let allowed = Answer::hook(key.clone(), Decision::Allow);
        assert_eq!(judged(elsewhere.path()), (Some(allowed), vec![]));
        for folder in [home.path(), Path::new("/"), &home.path().join("state")] {
            assert_eq!(judged(folder), (None, vec![key.clone()]), "{}", folder.display());
        }
    }

    #[test]
    fn two_hundred_rules_are_heard_at_once() {
        let (home, project) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (paths, folder) = (Paths::below(home.path()), project.path().canonicalize().unwrap());
        let mut book = Book::default();
        for n in 0..200 {
            let what = What::Command { pattern: vec!["make".to_owned(), format!("target-{n}"), "**".to_owned()] };
            let scope = Scope { agent: None, project: Some(folder.clone()), session: None, what };
            let id = RuleId::new(n.to_string());
            let says = RuleSays::Allow;
            book.rules.push(Rule { id, made: Timestamp(n), from: None, enabled: true, scope, says, until: None });
        }
        let (rules, _news) = rules(&paths);
        rules.lock().counting = book.rules.into();
        let request = request(&folder, "make target-199 --jobs 4");
        let started = std::time::Instant::now();
        let times = 20;
        for _ in 0..times {
            let subject = rules.subject(&request);
            let decided = rules.judge(&subject, &[], Timestamp(0)).decided;
            assert_eq!(decided, Some(Answer::rule(RuleId::new("199"), Decision::Allow)));
            assert!(rules.for_session(&subject, Timestamp(0)).is_some());
        }
        let each = started.elapsed() / times;
        println!("200 rules: {each:?} a request");
        assert!(each < std::time::Duration::from_millis(50), "{each:?}");
    }
}
