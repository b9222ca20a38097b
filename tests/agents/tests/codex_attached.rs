//! Beside the terminal: a Hookwright that is a client of the real Codex's background server. No entry in any hook file.

use std::path::PathBuf;
use std::time::Duration;

use api::dto::{
    ActionView, AttachState, ByView, Card, ChangeView, Choice, DecisionView, Lasts, OfferEffect, RuleDraft, SaysDraft,
    Setting, Surface, Taken, WhatDraft,
};
use fixtures::codex::{self, AppServer, Daemon, Lab, Setup};
use fixtures::model_server::{Call, Turn};
use fixtures::relay::Installed;
use fixtures::{Hosted, plain, until};

const MADE: &str = "made.txt";

/// A terminal that talks, and Hookwright beside it. Dropped in this order.
struct Beside {
    hookwright: Hosted,
    terminal: AppServer,
    _daemon: Daemon,
    lab: Lab,
}

impl Beside {
    /// The thread has had a turn; the next one makes this call.
    fn calling(call: Call) -> Self {
        Self::of(Lab::new([Turn::says("hello"), Turn::calls([call]), Turn::says("done")]))
    }

    fn of(lab: Lab) -> Self {
        let daemon = lab.daemon();
        let hookwright = hookwright(&lab);
        let mut terminal = daemon.terminal();
        terminal.start_thread("untrusted");
        let beside = Self { hookwright, terminal, _daemon: daemon, lab };
        beside.talked()
    }

    fn talked(mut self) -> Self {
        self.terminal.start_turn("hello");
        assert_eq!(self.terminal.finish_turn(), "completed");
        until("a followed session", || self.attached().filter(|sessions| *sessions == 1));
        self
    }

    /// How many sessions are followed where questions can be answered.
    fn attached(&self) -> Option<u32> {
        let home = self.lab.codex_home().display().to_string();
        let servers = self.hookwright.app.attached();
        let ours = servers.iter().find(|server| plain(&server.home) == home)?;
        (ours.state == AttachState::Attached).then_some(ours.sessions)
    }

    fn made(&self) -> bool {
        self.lab.repo().join(MADE).exists()
    }
}

fn hookwright(lab: &Lab) -> Hosted {
    Hosted::attached(&home(lab), &lab.codex_home(), &lab.launcher(&codex::program()))
}

fn home(lab: &Lab) -> PathBuf {
    lab.path("hookwright")
}

fn touch() -> Call {
    Call::shell("touch made.txt")
}

fn about_touching(lab: &Lab) -> RuleDraft {
    RuleDraft {
        agent: Some("codex".to_owned()),
        project: Some(lab.repo().display().to_string()),
        session: None,
        what: WhatDraft::Command { pattern: "touch made.txt".to_owned() },
        says: SaysDraft::Allow,
        lasts: Lasts::UntilRevoked,
    }
}

fn offers(card: &Card) -> Vec<(&str, OfferEffect)> {
    let offers = card.shown.offers.as_ref().expect("the terminal asks as well");
    offers.iter().map(|offer| (offer.code.as_str(), offer.effect)).collect()
}

#[test]
fn a_card_stands_beside_the_terminals_question_and_answers_it() {
    let mut beside = Beside::calling(touch());
    beside.terminal.start_turn("make it");
    let shown = beside.terminal.approval();
    let card = beside.hookwright.card();
    let ActionView::Shell { command } = &card.shown.action else { panic!("{card:?}") };
    assert_eq!(plain(command), "touch made.txt");
    assert_eq!(card.shown.asked.as_deref().map(plain).as_deref(), Some("make it"));
    assert_eq!(card.shown.session, shown.params["threadId"].as_str().unwrap());
    assert_eq!(card.deadline_at, None);
    let expected = [
        ("accept", OfferEffect::Allows),
        ("acceptWithExecpolicyAmendment", OfferEffect::Allows),
        ("cancel", OfferEffect::Refuses),
    ];
    assert_eq!(offers(&card), expected);

    let app = &beside.hookwright.app;
    for choice in [Choice::Allow, Choice::AllowSession, Choice::Deny { message: "no".to_owned() }] {
        let refused = beside.hookwright.wait(app.decide(Surface::Popup, &card.id, &card.digest, choice));
        assert!(refused.is_err(), "what the agent does not offer");
    }
    let unarmed = app.decide(Surface::Popup, &card.id, &card.digest, Choice::Offered { place: 0, message: None });
    assert!(beside.hookwright.wait(unarmed).is_err(), "nothing is allowed that was not looked at");
    assert!(!beside.made());

    beside.hookwright.choose(&card, "accept");
    beside.terminal.wait_for("serverRequest/resolved", |_| true);
    assert_eq!(beside.terminal.finish_turn(), "completed");
    assert!(beside.made());
    let ended = beside.hookwright.ended(&card.id);
    assert_eq!((ended.decision, ended.by), (DecisionView::Allow, ByView::Person));
    assert_eq!(ended.offered.as_deref(), Some("accept"));
    assert_eq!(beside.hookwright.taken(&card.id), Taken::Yes);
    let past = beside.hookwright.past_of(&card.id);
    assert_eq!(past.outcome.and_then(|outcome| outcome.offered).as_deref(), Some("accept"));
    assert_eq!(past.taken, Taken::Yes);
    beside.hookwright.quit();
}

#[test]
fn what_the_terminal_answers_closes_the_card() {
    let mut beside = Beside::calling(touch());
    beside.terminal.start_turn("make it");
    let card = beside.hookwright.card();
    let shown = beside.terminal.approval();
    beside.terminal.answer(&shown, "accept");
    let ended = beside.hookwright.ended(&card.id);
    assert_eq!((ended.decision, ended.by), (DecisionView::None, ByView::Terminal));
    assert_eq!(beside.terminal.finish_turn(), "completed");
    assert!(beside.made());
    beside.hookwright.quit();
}

#[test]
fn ending_the_turn_is_no_deny() {
    let mut beside = Beside::calling(touch());
    beside.terminal.start_turn("make it");
    beside.terminal.approval();
    let card = beside.hookwright.card();
    beside.hookwright.choose(&card, "cancel");
    assert_eq!(beside.terminal.finish_turn(), "interrupted");
    assert!(!beside.made());
    assert_eq!(beside.hookwright.ended(&card.id).offered.as_deref(), Some("cancel"));
    assert_eq!(beside.hookwright.taken(&card.id), Taken::Yes);
    beside.hookwright.quit();
}

/// The terminal's question stays, and is not asked here again.
#[test]
fn a_card_that_is_put_away_leaves_the_question_to_the_terminal() {
    let mut beside = Beside::calling(touch());
    beside.terminal.start_turn("make it");
    let shown = beside.terminal.approval();
    let card = beside.hookwright.card();
    beside.hookwright.leave(&card);
    assert_eq!(beside.hookwright.ended(&card.id).by, ByView::Person);
    assert!(!beside.made());
    beside.terminal.answer(&shown, "accept");
    assert_eq!(beside.terminal.finish_turn(), "completed");
    assert!(beside.made());
    assert_eq!(beside.hookwright.past().len(), 1);
    beside.hookwright.quit();
}

/// Both at once, with opposite answers, again and again: one counts, and the history names it.
#[test]
fn the_history_names_who_was_first() {
    let times = if std::env::var_os("HOOKWRIGHT_SOAK").is_some() { 50 } else { 5 };
    let mut beside = Beside::of(Lab::new([Turn::says("hello")]));
    let mut ours = 0;
    for n in 0..times {
        beside.lab.model.script([Turn::calls([touch()])]);
        beside.terminal.start_turn("make it");
        let shown = beside.terminal.approval();
        let card = beside.hookwright.card();
        let Beside { hookwright, terminal, .. } = &mut beside;
        hookwright.arm(&card);
        let chosen = std::thread::scope(|scope| {
            scope.spawn(|| {
                // So that either is first now and then.
                std::thread::sleep(Duration::from_millis(n % 16));
                terminal.answer(&shown, "cancel");
            });
            hookwright.try_to_choose(&card, "accept").is_ok()
        });
        let completed = beside.terminal.finish_turn() == "completed";
        let made = std::fs::remove_file(beside.lab.repo().join(MADE)).is_ok();
        assert_eq!(made, completed);
        let ended = beside.hookwright.ended(&card.id);
        if chosen {
            assert_eq!(ended.offered.as_deref(), Some("accept"));
            let counted = beside.hookwright.taken(&card.id) == Taken::Yes;
            assert_eq!(counted, made, "the history names who was first");
            ours += u32::from(counted);
        } else {
            assert_eq!((ended.by, made), (ByView::Terminal, false));
        }
    }
    println!("{ours} of {times} answers of ours were first");
    beside.hookwright.quit();
}

/// The relay's entries stand in the hook file and are trusted, and the thread is followed: the relay goes back at once.
#[test]
fn with_the_relay_as_well_there_is_one_card() {
    let lab = Lab::new([Turn::says("hello"), Turn::calls([touch()]), Turn::says("done")]);
    let relay = Installed::ours();
    lab.connect(&relay, &home(&lab));
    lab.app_server().trust_all();
    let mut beside = Beside::of(lab);
    beside.terminal.start_turn("make it");
    beside.terminal.approval();
    let card = beside.hookwright.card();
    assert!(card.shown.offers.is_some(), "the server's question makes the card");
    beside.hookwright.choose(&card, "accept");
    assert_eq!(beside.terminal.finish_turn(), "completed");
    assert!(beside.made());
    assert_eq!(beside.hookwright.past().len(), 1, "one question, one row");
    let asked = beside.hookwright.events().into_iter().find(|event| event.request.is_some());
    assert_eq!(asked.and_then(|event| event.request), Some(card.id.clone()), "the relay's event is that question's");
    beside.hookwright.quit();
}

/// Nobody is a client: the relay's card is the only one.
#[test]
fn with_attach_off_there_is_one_card() {
    let lab = Lab::new([Turn::says("hello"), Turn::calls([touch()]), Turn::says("done")]);
    let relay = Installed::ours();
    lab.connect(&relay, &home(&lab));
    lab.app_server().trust_all();
    let mut beside = Beside::of(lab);
    let off = beside.hookwright.app.change(Setting::Attach { value: false });
    beside.hookwright.wait(off).expect("the setting is written");
    assert_eq!(beside.attached(), None);
    beside.terminal.start_turn("make it");
    let card = beside.hookwright.card();
    assert_eq!(card.shown.offers, None, "a hook asks");
    beside.hookwright.allow(&card);
    assert_eq!(beside.terminal.finish_turn(), "completed");
    assert!(beside.made());
    assert_eq!(beside.hookwright.past().len(), 1);
    beside.hookwright.quit();
}

/// The relay was left to the agent before: what its card has asked is not asked again.
#[test]
fn what_a_relays_card_has_asked_makes_no_second_one() {
    let lab = Lab::new([Turn::calls([touch()]), Turn::says("done")]);
    let relay = Installed::ours();
    lab.connect(&relay, &home(&lab));
    lab.app_server().trust_all();
    let daemon = lab.daemon();
    let mut hookwright = hookwright(&lab);
    let mut terminal = daemon.terminal();
    terminal.start_thread("untrusted");
    // The thread can be followed in the middle of its first turn only: the relay asks first.
    terminal.start_turn("make it");
    let card = hookwright.card();
    hookwright.leave(&card);
    let shown = terminal.approval();
    terminal.answer(&shown, "accept");
    assert_eq!(terminal.finish_turn(), "completed");
    assert_eq!(hookwright.past().len(), 1, "one question, one row");
    hookwright.quit();
}

const PATCH: &str = "*** Begin Patch\n*** Add File: notes.txt\n+one\n+two\n*** End Patch\n";

/// The question does not say what is changed: the item before it does.
#[test]
fn a_change_of_files_is_shown_as_a_change() {
    let mut beside = Beside::calling(Call::patch(PATCH));
    beside.terminal.start_turn("note it");
    beside.terminal.approval();
    let card = beside.hookwright.card();
    let ActionView::Patch { files, .. } = &card.shown.action else { panic!("{card:?}") };
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert!(plain(&file.path).ends_with("notes.txt"), "{file:?}");
    assert_eq!((file.change, file.added, file.removed), (ChangeView::Add, 2, 0));
    let codes: Vec<_> = offers(&card).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["accept", "acceptForSession", "decline", "cancel"]);
    beside.hookwright.decline(&card, "write it into the README");
    assert_eq!(beside.terminal.finish_turn(), "completed");
    let read =
        beside.lab.model.requests().iter().any(|request| request.to_string().contains("write it into the README"));
    assert!(read, "the model reads why");
    assert!(!beside.lab.repo().join("notes.txt").exists());
    assert_eq!(beside.hookwright.taken(&card.id), Taken::Yes);
    beside.hookwright.quit();
}

/// A rule chooses the answer that says just what it says, and the terminal's question closes.
#[test]
fn a_rule_answers_beside_the_terminal() {
    let mut beside = Beside::calling(touch());
    beside.hookwright.keep_rule(&about_touching(&beside.lab));
    beside.terminal.start_turn("make it");
    beside.terminal.approval();
    assert_eq!(beside.terminal.finish_turn(), "completed");
    assert!(beside.made());
    let past = beside.hookwright.past().remove(0);
    let past = beside.hookwright.past_where(&past.id, |past| past.taken != Taken::Waiting);
    let outcome = past.outcome.expect("it has ended");
    assert_eq!((outcome.by, outcome.decision, past.taken), (ByView::Rule, DecisionView::Allow, Taken::Yes));
    beside.hookwright.quit();
}

/// Codex takes no refusal of a command here that lets the turn go on: the person is asked what becomes of it.
#[test]
fn a_deny_that_cannot_be_said_is_left_to_the_person() {
    let mut beside = Beside::calling(touch());
    let draft = RuleDraft { says: SaysDraft::Deny { message: "not this".to_owned() }, ..about_touching(&beside.lab) };
    beside.hookwright.keep_rule(&draft);
    beside.terminal.start_turn("make it");
    beside.terminal.approval();
    let card = beside.hookwright.card();
    assert!(offers(&card).iter().all(|(code, _)| *code != "decline"));
    beside.hookwright.choose(&card, "cancel");
    assert_eq!(beside.terminal.finish_turn(), "interrupted");
    assert!(!beside.made());
    beside.hookwright.quit();
}

#[test]
fn a_subagents_question_belongs_to_its_root() {
    let setup = Setup { model: "mock-model", ..Setup::default() };
    let child = "make it, child";
    let turns = [
        Turn::calls([Call::spawn_agent(child)]).unless(child),
        Turn::calls([touch()]).when(child).unless("function_call_output"),
        Turn::says("done").when(child),
        Turn::says("done").when(child),
        Turn::says("done").when(child),
    ];
    let lab = Lab::with(&setup, turns);
    let daemon = lab.daemon();
    let mut hookwright = hookwright(&lab);
    let mut terminal = daemon.terminal();
    let root = terminal.start_thread("untrusted");
    terminal.start_turn("let it be made");
    let card = hookwright.card();
    assert_eq!(card.shown.session, root);
    assert!(card.shown.subagent.is_some());
    assert_eq!(card.shown.asked, None, "what an agent wrote for its sub-agent is no person's prompt");
    hookwright.choose(&card, "accept");
    until("the file", || lab.repo().join(MADE).exists().then_some(()));
    assert_eq!(hookwright.taken(&card.id), Taken::Yes);
    hookwright.quit();
}

/// The server is gone when a person answers: that is told, and nothing waits for good.
#[test]
fn an_answer_that_reaches_nobody_is_told_of() {
    let mut beside = Beside::calling(touch());
    beside.terminal.start_turn("make it");
    beside.terminal.approval();
    let card = beside.hookwright.card();
    beside.hookwright.arm(&card);
    let Beside { mut hookwright, _daemon: daemon, lab, .. } = beside;
    daemon.kill();
    let gone = || hookwright.app.attached().iter().all(|server| server.state == AttachState::NoServer).then_some(());
    until("the server to be gone", gone);
    hookwright.try_to_choose(&card, "accept").expect("the card waits for the server to come back");
    hookwright.note("answerUnsent");
    assert_eq!(hookwright.taken(&card.id), Taken::No);
    assert!(!lab.repo().join(MADE).exists());
    hookwright.quit();
}
