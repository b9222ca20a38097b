//! The same question on two screens: the real terminal interface of Codex with the server that it starts, and Hookwright's.

use std::time::{Duration, UNIX_EPOCH};

use api::dto::{ByView, Card, DecisionView, Taken};
use fixtures::codex::{self, Lab, Setup, Terminal};
use fixtures::{Hosted, until};

/// A terminal, and Hookwright beside it. Dropped in this order.
struct Beside {
    hookwright: Hosted,
    terminal: Terminal,
    lab: Lab,
}

impl Beside {
    fn of(lab: Lab) -> Self {
        let home = lab.path("hookwright");
        let hookwright = Hosted::attached(&home, &lab.codex_home(), &lab.launcher(&codex::program()));
        let terminal = lab.terminal();
        Self { hookwright, terminal, lab }
    }

    /// The question is on both screens.
    fn asked(&mut self, prompt: &str) -> Card {
        self.lab.model.script([Terminal::asking(prompt, "touch made.txt")]);
        self.terminal.say(prompt);
        self.terminal.shows(Terminal::QUESTION);
        self.hookwright.card()
    }

    /// Nothing of it is left.
    fn end(self) {
        self.hookwright.quit();
        self.terminal.end();
    }
}

fn lab() -> Lab {
    Lab::with(&Setup::for_terminal(), [])
}

#[test]
fn the_server_that_a_terminal_starts_is_found_and_its_question_answered() {
    let mut beside = Beside::of(lab());
    let card = beside.asked("make the file");
    beside.hookwright.choose(&card, "accept");
    beside.terminal.hides(Terminal::QUESTION);
    until("the file", || beside.lab.repo().join("made.txt").exists().then_some(()));
    assert_eq!(beside.hookwright.taken(&card.id), Taken::Yes);
    let ended = beside.hookwright.ended(&card.id);
    assert_eq!((ended.by, ended.offered.as_deref()), (ByView::Person, Some("accept")));
    beside.end();
}

#[test]
fn a_key_in_the_terminal_ends_the_card() {
    let lab = lab();
    let daemon = lab.daemon();
    let mut beside = Beside::of(lab);
    let card = beside.asked("make the file");
    let pressed = beside.terminal.answer("y").duration_since(UNIX_EPOCH).expect("it is later");
    let ended = beside.hookwright.ended(&card.id);
    let at = Duration::from_millis(ended.at.parse().expect("milliseconds"));
    println!("the card ended {:?} after the key", at.saturating_sub(pressed));
    assert_eq!((ended.by, ended.decision), (ByView::Terminal, DecisionView::None));
    until("the file", || beside.lab.repo().join("made.txt").exists().then_some(()));
    daemon.stop();
    beside.end();
}
