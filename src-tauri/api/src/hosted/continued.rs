//! How often hosted hooks kept a turn from ending.

use std::collections::VecDeque;

/// Turns kept in mind; the oldest is forgotten.
const TURNS: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Continued(VecDeque<(Turn, u32)>);

/// A turn of a session, as the payload names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) session: Option<String>,
    pub(super) turn: Option<String>,
}

impl Continued {
    /// Counts one more, unless there were as many as there may be.
    pub(super) fn again(&mut self, turn: Turn, most: u32) -> bool {
        let place = self.0.iter().position(|(of, _)| *of == turn).unwrap_or_else(|| {
            if self.0.len() == TURNS {
                self.0.pop_front();
            }
            self.0.push_back((turn, 0));
            self.0.len() - 1
        });
        let (_, count) = &mut self.0[place];
        let room = *count < most;
        *count += u32::from(room);
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_turn_has_its_own_count() {
        let turn = |name: &str| Turn { session: Some("s".to_owned()), turn: Some(name.to_owned()) };
        let mut continued = Continued::default();
        let mut again = |name: &str| continued.again(turn(name), 2);
        assert_eq!(
            [again("a"), again("a"), again("b"), again("a"), again("b"), again("b")],
            [true, true, true, false, true, false]
        );
        for n in 0..TURNS {
            again(&n.to_string());
        }
        assert!(again("a"), "an old turn is forgotten");
    }
}
