//! What relays carried of the questions that a server asks as well: one question makes one card.

use std::collections::VecDeque;
use std::sync::Mutex;

use agents::Ask;
use model::{Action, RequestId, TurnId};

use crate::mutex::lock;

/// So many are kept in mind; the oldest is forgotten.
const MOST: usize = 256;

#[derive(Default)]
pub(super) struct Carried(Mutex<VecDeque<Entry>>);

struct Entry {
    id: RequestId,
    thread: String,
    turn: Option<TurnId>,
    what: What,
    how: How,
}

/// What became of a relay's request, for the question that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The relay went back at once: the question makes the card, in its place.
    Abstained,
    /// It has had its card.
    Shown,
}

/// What tells questions of one turn apart, as far as a hook and the server agree on it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Command(String),
    Patch,
    Permissions,
    Other,
}

impl What {
    fn of(action: &Action) -> Self {
        match action {
            Action::Shell { command } | Action::Network { command, .. } => Self::Command(command.clone()),
            Action::Patch { .. } => Self::Patch,
            Action::Permissions { .. } => Self::Permissions,
            Action::Mcp { .. } | Action::Stdin { .. } | Action::Unknown { .. } => Self::Other,
        }
    }
}

/// The thread in which a hook asks.
pub(super) fn thread(ask: &Ask) -> &str {
    ask.subagent.as_ref().map_or(ask.session.as_str(), |subagent| subagent.id.as_str())
}

impl Carried {
    pub(super) fn add(&self, id: &RequestId, ask: &Ask, how: How) {
        let (thread, turn, what) = (thread(ask).to_owned(), ask.turn.clone(), What::of(&ask.action));
        let mut entries = lock(&self.0);
        if entries.len() == MOST {
            entries.pop_front();
        }
        entries.push_back(Entry { id: id.clone(), thread, turn, what, how });
    }

    /// No question follows: it was allowed or denied.
    pub(super) fn settled(&self, id: &RequestId) {
        lock(&self.0).retain(|entry| entry.id != *id);
    }

    /// What a relay carried of this question, the newest first: an older one may never have become a question.
    pub(super) fn take(&self, thread: &str, turn: Option<&TurnId>, action: &Action) -> Option<(RequestId, How)> {
        let what = What::of(action);
        let mut entries = lock(&self.0);
        let same = |entry: &Entry| entry.thread == thread && entry.turn.as_ref() == turn && entry.what == what;
        let entry = entries.iter().rposition(same).and_then(|place| entries.remove(place))?;
        Some((entry.id, entry.how))
    }

    /// Nothing more is asked in this turn.
    pub(super) fn turn_over(&self, thread: &str, turn: &TurnId) {
        lock(&self.0).retain(|entry| entry.thread != thread || entry.turn.as_ref() != Some(turn));
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use model::SessionId;

    use super::*;

    fn shell(command: &str) -> Action {
        Action::Shell { command: command.to_owned() }
    }

    fn ask(turn: &str, command: &str) -> Ask {
        Ask {
            session: SessionId::new("s"),
            turn: Some(TurnId::new(turn)),
            subagent: None,
            tool: "Bash".to_owned(),
            action: shell(command),
            said: None,
            runs_in: PathBuf::from("/"),
        }
    }

    #[test]
    fn a_question_finds_what_a_relay_carried_of_it_once() {
        let (carried, turn) = (Carried::default(), TurnId::new("t"));
        let id = |name: &str| RequestId::new(name);
        carried.add(&id("old"), &ask("t", "make"), How::Shown);
        carried.add(&id("new"), &ask("t", "make"), How::Abstained);
        carried.add(&id("denied"), &ask("t", "rm"), How::Shown);
        carried.settled(&id("denied"));
        let take = |thread: &str, turn: &TurnId, command: &str| carried.take(thread, Some(turn), &shell(command));
        assert_eq!(take("other", &turn, "make"), None);
        assert_eq!(take("s", &TurnId::new("u"), "make"), None);
        assert_eq!(take("s", &turn, "rm"), None);
        assert_eq!(take("s", &turn, "make"), Some((id("new"), How::Abstained)));
        assert_eq!(take("s", &turn, "make"), Some((id("old"), How::Shown)));
        assert_eq!(take("s", &turn, "make"), None);
    }

    #[test]
    fn what_a_turn_left_is_forgotten_with_it() {
        let (carried, turn) = (Carried::default(), TurnId::new("t"));
        carried.add(&RequestId::new("a"), &ask("t", "make"), How::Shown);
        carried.turn_over("s", &turn);
        assert_eq!(carried.take("s", Some(&turn), &shell("make")), None);
        (0..MOST + 1).for_each(|n| carried.add(&RequestId::new(n.to_string()), &ask("t", &n.to_string()), How::Shown));
        assert_eq!(carried.take("s", Some(&turn), &shell("0")), None);
        assert!(carried.take("s", Some(&turn), &shell("1")).is_some());
    }
}
