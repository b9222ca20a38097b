//! What earlier events of a session told: its folder and the person's last prompt. Bounded; the oldest session is forgotten.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;

use model::{SessionId, TurnId};

/// Sessions kept in mind.
const SESSIONS: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<VecDeque<Session>>);

#[derive(Debug)]
struct Session {
    id: SessionId,
    folder: Option<PathBuf>,
    prompt: Option<(Option<TurnId>, String)>,
}

impl Memory {
    /// The folder a `SessionStart` named.
    pub(crate) fn started(&self, session: &SessionId, folder: PathBuf) {
        self.with(session, |known| known.folder = Some(folder));
    }

    pub(crate) fn prompted(&self, session: &SessionId, turn: Option<TurnId>, prompt: String) {
        self.with(session, |known| known.prompt = Some((turn, prompt)));
    }

    pub(crate) fn folder(&self, session: &SessionId) -> Option<PathBuf> {
        self.with(session, |known| known.folder.clone())
    }

    /// The person's prompt of this turn.
    pub(crate) fn prompt(&self, session: &SessionId, turn: Option<&TurnId>) -> Option<String> {
        self.with(session, |known| {
            known.prompt.as_ref().filter(|(of, _)| of.as_ref() == turn).map(|(_, prompt)| prompt.clone())
        })
    }

    fn with<T>(&self, id: &SessionId, use_it: impl FnOnce(&mut Session) -> T) -> T {
        let mut sessions = self.0.lock().expect("nobody panics while holding it");
        let place = sessions.iter().position(|session| session.id == *id).unwrap_or_else(|| {
            if sessions.len() == SESSIONS {
                sessions.pop_front();
            }
            sessions.push_back(Session { id: id.clone(), folder: None, prompt: None });
            sessions.len() - 1
        });
        use_it(&mut sessions[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_counts_for_its_own_turn_and_old_sessions_are_forgotten() {
        let memory = Memory::default();
        let (session, turn) = (SessionId::new("s"), TurnId::new("t"));
        memory.started(&session, PathBuf::from("/repo"));
        memory.prompted(&session, Some(turn.clone()), "do it".to_owned());
        assert_eq!(memory.folder(&session), Some(PathBuf::from("/repo")));
        assert_eq!(memory.prompt(&session, Some(&turn)).as_deref(), Some("do it"));
        assert_eq!(memory.prompt(&session, Some(&TurnId::new("u"))), None);
        for n in 0..SESSIONS {
            memory.started(&SessionId::new(n.to_string()), PathBuf::from("/other"));
        }
        assert_eq!(memory.folder(&session), None);
    }
}
