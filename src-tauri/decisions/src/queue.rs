//! The permission requests that wait, and what it takes to decide one.
//!
//! Pure: the clock is passed in, nothing is sent. Requests are keyed by id, never by place. *Allow* needs that the same
//! window reported the same content painted at least its arming time ago and undisturbed since; everything else only
//! needs an open request.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use model::{Answer, Decision, RequestId, SessionId};

use crate::Digest;

/// How long a card must have been in sight before it can be allowed.
pub const ARMING: Duration = Duration::from_millis(600);

/// The same for a card with a hint of high risk.
pub const ARMING_HIGH: Duration = Duration::from_millis(1500);

/// A window in which cards are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Surface {
    Popup,
    Main,
}

/// Why a decision was not taken. The request stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("decide: the request is not open")]
    NotOpen,
    #[error("decide: the card shows something else")]
    Changed,
    #[error("decide: the agent takes no such answer")]
    NotOffered,
    #[error("allow: this window has not shown the card")]
    NotShown,
    #[error("allow: the card was not in sight long enough, {} ms are missing", .0.as_millis())]
    TooEarly(Duration),
}

#[derive(Debug)]
struct Waiting {
    id: RequestId,
    session: SessionId,
    digest: Digest,
    deadline: Option<Instant>,
    arming: Duration,
}

/// What a surface shows, and since when it may be acted on.
#[derive(Debug)]
struct Painted {
    id: RequestId,
    since: Instant,
}

/// Open requests, oldest first.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Vec<Waiting>,
    painted: HashMap<Surface, Painted>,
}

impl Queue {
    /// Adds a request that can be allowed once it was in sight for `arming`. Without a deadline it waits until it is closed. Ids
    /// are unique: a second one with the same id is not added.
    pub fn open(
        &mut self,
        id: RequestId,
        session: SessionId,
        digest: Digest,
        deadline: Option<Instant>,
        arming: Duration,
    ) -> bool {
        if self.find(&id).is_some() {
            return false;
        }
        self.waiting.push(Waiting { id, session, digest, deadline, arming });
        true
    }

    /// The window `surface` shows this card now, all of it. Returns how long until it can be allowed there. Reporting a card
    /// again that is in sight anyway changes nothing; another card takes its place.
    pub fn painted(
        &mut self,
        surface: Surface,
        id: &RequestId,
        digest: &Digest,
        now: Instant,
    ) -> Result<Duration, Refusal> {
        self.check(id, digest)?;
        match self.painted.get(&surface) {
            Some(painted) if painted.id == *id => {}
            _ => {
                self.painted.insert(surface, Painted { id: id.clone(), since: now });
            }
        }
        self.missing(surface, id, now).ok_or(Refusal::NotShown)
    }

    /// The window moved, was resized, uncovered or got the focus: arming starts anew.
    pub fn disturbed(&mut self, surface: Surface, now: Instant) {
        if let Some(painted) = self.painted.get_mut(&surface) {
            painted.since = now;
        }
    }

    /// The window is not in sight any more.
    pub fn hidden(&mut self, surface: Surface) {
        self.painted.remove(&surface);
    }

    /// Whether the request could be allowed on `surface` now.
    pub fn ready(&self, surface: Surface, id: &RequestId, digest: &Digest, now: Instant) -> Result<(), Refusal> {
        self.check(id, digest)?;
        match self.missing(surface, id, now) {
            None => Err(Refusal::NotShown),
            Some(left) if !left.is_zero() => Err(Refusal::TooEarly(left)),
            Some(_) => Ok(()),
        }
    }

    /// A person decided on `surface`. Closes the request where the decision is taken.
    pub fn decide(
        &mut self,
        surface: Surface,
        id: &RequestId,
        digest: &Digest,
        decision: Decision,
        now: Instant,
    ) -> Result<Answer, Refusal> {
        match decision {
            Decision::Allow => self.ready(surface, id, digest, now)?,
            Decision::Deny { .. } | Decision::NoDecision => self.check(id, digest)?,
        }
        self.close(id);
        Ok(Answer::person(decision))
    }

    /// Takes a request out without a decision, if it is still open.
    pub fn close(&mut self, id: &RequestId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.id != *id);
        self.painted.retain(|_, painted| painted.id != *id);
        self.waiting.len() < before
    }

    /// The open requests of a session, oldest first.
    pub fn of_session(&self, session: &SessionId) -> Vec<RequestId> {
        self.waiting.iter().filter(|waiting| waiting.session == *session).map(|waiting| waiting.id.clone()).collect()
    }

    /// Takes out every request whose waiting time is over.
    pub fn expire(&mut self, now: Instant) -> Vec<RequestId> {
        let over = |waiting: &&Waiting| waiting.deadline.is_some_and(|deadline| deadline <= now);
        let over: Vec<_> = self.waiting.iter().filter(over).map(|waiting| waiting.id.clone()).collect();
        for id in &over {
            self.close(id);
        }
        over
    }

    /// When the next request expires.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.waiting.iter().filter_map(|waiting| waiting.deadline).min()
    }

    pub fn ids(&self) -> impl Iterator<Item = &RequestId> {
        self.waiting.iter().map(|waiting| &waiting.id)
    }

    fn find(&self, id: &RequestId) -> Option<&Waiting> {
        self.waiting.iter().find(|waiting| waiting.id == *id)
    }

    fn check(&self, id: &RequestId, digest: &Digest) -> Result<(), Refusal> {
        match self.find(id) {
            None => Err(Refusal::NotOpen),
            Some(waiting) if waiting.digest != *digest => Err(Refusal::Changed),
            Some(_) => Ok(()),
        }
    }

    /// How much arming time is missing; `None` where the window does not show the card.
    fn missing(&self, surface: Surface, id: &RequestId, now: Instant) -> Option<Duration> {
        let painted = self.painted.get(&surface).filter(|painted| painted.id == *id)?;
        Some(self.find(id)?.arming.saturating_sub(now.saturating_duration_since(painted.since)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(name: &str) -> RequestId {
        RequestId::new(name)
    }

    fn digest(name: &str) -> Digest {
        Digest::of(name.as_bytes())
    }

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// Requests `a` and `b` of one session and `c` of another, all open for ten minutes; `c` is of high risk.
    fn queue(now: Instant) -> Queue {
        let mut queue = Queue::default();
        for (name, session, arming) in [("a", "one", ARMING), ("b", "one", ARMING), ("c", "two", ARMING_HIGH)] {
            assert!(queue.open(id(name), SessionId::new(session), digest(name), Some(now + ms(600_000)), arming));
        }
        queue
    }

    fn allow(queue: &mut Queue, surface: Surface, name: &str, now: Instant) -> Result<Answer, Refusal> {
        queue.decide(surface, &id(name), &digest(name), Decision::Allow, now)
    }

    #[test]
    fn allow_needs_the_card_in_sight_for_the_arming_time() {
        let start = Instant::now();
        let mut queue = queue(start);
        assert_eq!(allow(&mut queue, Surface::Popup, "a", start + ms(5000)), Err(Refusal::NotShown));
        assert_eq!(queue.painted(Surface::Popup, &id("a"), &digest("a"), start), Ok(ARMING));
        assert_eq!(allow(&mut queue, Surface::Popup, "a", start + ms(599)), Err(Refusal::TooEarly(ms(1))));
        assert_eq!(allow(&mut queue, Surface::Main, "a", start + ms(600)), Err(Refusal::NotShown));
        assert_eq!(allow(&mut queue, Surface::Popup, "a", start + ms(600)), Ok(Answer::person(Decision::Allow)));
        assert_eq!(allow(&mut queue, Surface::Popup, "a", start + ms(600)), Err(Refusal::NotOpen));
    }

    #[test]
    fn a_risky_card_takes_longer() {
        let start = Instant::now();
        let mut queue = queue(start);
        assert_eq!(queue.painted(Surface::Popup, &id("c"), &digest("c"), start), Ok(ARMING_HIGH));
        assert_eq!(allow(&mut queue, Surface::Popup, "c", start + ms(1499)), Err(Refusal::TooEarly(ms(1))));
        assert_eq!(allow(&mut queue, Surface::Popup, "c", start + ms(1500)), Ok(Answer::person(Decision::Allow)));
    }

    #[test]
    fn another_card_a_disturbance_and_hiding_start_arming_anew() {
        let start = Instant::now();
        let mut queue = queue(start);
        let paint = |queue: &mut Queue, name, at| queue.painted(Surface::Popup, &id(name), &digest(name), at);
        paint(&mut queue, "a", start).unwrap();
        paint(&mut queue, "b", start + ms(500)).unwrap();
        assert_eq!(allow(&mut queue, Surface::Popup, "a", start + ms(700)), Err(Refusal::NotShown));
        assert_eq!(paint(&mut queue, "a", start + ms(700)), Ok(ARMING));
        assert_eq!(paint(&mut queue, "a", start + ms(900)), Ok(ms(400)));
        queue.disturbed(Surface::Popup, start + ms(1000));
        assert_eq!(allow(&mut queue, Surface::Popup, "a", start + ms(1300)), Err(Refusal::TooEarly(ms(300))));
        queue.hidden(Surface::Popup);
        assert_eq!(allow(&mut queue, Surface::Popup, "a", start + ms(9000)), Err(Refusal::NotShown));
    }

    #[test]
    fn another_digest_is_refused_for_every_decision() {
        let start = Instant::now();
        let mut queue = queue(start);
        assert_eq!(queue.painted(Surface::Popup, &id("a"), &digest("b"), start), Err(Refusal::Changed));
        for decision in [Decision::Allow, Decision::Deny { message: String::new() }, Decision::NoDecision] {
            assert_eq!(queue.decide(Surface::Popup, &id("a"), &digest("b"), decision, start), Err(Refusal::Changed));
        }
        assert_eq!(queue.ids().count(), 3);
    }

    #[test]
    fn deny_and_leave_need_no_arming_and_close_only_their_request() {
        let start = Instant::now();
        let mut queue = queue(start);
        let deny = Decision::Deny { message: "no".to_owned() };
        assert!(queue.decide(Surface::Main, &id("b"), &digest("b"), deny, start).is_ok());
        assert!(queue.decide(Surface::Main, &id("c"), &digest("c"), Decision::NoDecision, start).is_ok());
        assert_eq!(queue.ids().collect::<Vec<_>>(), [&id("a")]);
    }

    #[test]
    fn requests_expire_at_their_deadline() {
        let start = Instant::now();
        let mut queue = queue(start);
        queue.open(id("d"), SessionId::new("two"), digest("d"), Some(start + ms(10)), ARMING);
        queue.open(id("e"), SessionId::new("two"), digest("e"), None, ARMING);
        assert_eq!(queue.next_deadline(), Some(start + ms(10)));
        assert!(queue.expire(start + ms(9)).is_empty());
        assert_eq!(queue.expire(start + ms(10)), [id("d")]);
        assert_eq!(queue.expire(start + ms(600_000)).len(), 3);
        assert_eq!(queue.next_deadline(), None);
        assert_eq!(queue.ids().collect::<Vec<_>>(), [&id("e")]);
    }

    #[test]
    fn a_second_request_with_the_same_id_changes_nothing() {
        let start = Instant::now();
        let mut queue = queue(start);
        assert!(!queue.open(id("a"), SessionId::new("x"), digest("x"), Some(start), ARMING));
        assert_eq!(queue.of_session(&SessionId::new("one")), [id("a"), id("b")]);
    }

    proptest! {
        /// Whatever happens in whatever order: an allow comes only this card's arming time after it was painted on that
        /// surface and nothing disturbed it since.
        #[test]
        fn no_sequence_allows_an_unarmed_card(steps in proptest::collection::vec((0u8..6, 0usize..3, any::<bool>(), 0u64..500), 1..60)) {
            let start = Instant::now();
            let mut queue = queue(start);
            let mut now = start;
            let mut shown: HashMap<Surface, (usize, Instant)> = HashMap::new();
            for (step, card, popup, pause) in steps {
                now += ms(pause);
                let surface = if popup { Surface::Popup } else { Surface::Main };
                let name = ["a", "b", "c"][card];
                match step {
                    0 | 1 => if queue.painted(surface, &id(name), &digest(name), now).is_ok()
                        && shown.get(&surface).is_none_or(|(other, _)| *other != card) {
                        shown.insert(surface, (card, now));
                    },
                    2 => {
                        queue.disturbed(surface, now);
                        if let Some((_, since)) = shown.get_mut(&surface) {
                            *since = now;
                        }
                    }
                    3 => {
                        queue.hidden(surface);
                        shown.remove(&surface);
                    }
                    4 => {
                        queue.close(&id(name));
                        shown.retain(|_, (other, _)| *other != card);
                    }
                    _ => if allow(&mut queue, surface, name, now).is_ok() {
                        let (shown_card, since) = shown[&surface];
                        prop_assert_eq!(shown_card, card);
                        let arming = if name == "c" { ARMING_HIGH } else { ARMING };
                        prop_assert!(now - since >= arming);
                        shown.retain(|_, (other, _)| *other != card);
                    },
                }
            }
        }
    }
}
