//! Rules, from the relay to the history: real relays, a real folder, a person who makes and confirms rules.

mod audit;
mod changed;
mod deciding;
mod making;
mod places;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use api::dto::{Lasts, Outcome as Ended, RuleDraft, RuleState, RulesView, SaysDraft, Surface, WhatDraft};
use fixtures::relay::{Asking, Outcome};
use fixtures::{Home, payload};
use flows::Flow;
use serde_json::{Value, json};

const SESSION: &str = "01a1b2c3-0000-7000-8000-000000000007";

/// How long a preview must have been in sight.
const IN_SIGHT: Duration = Duration::from_millis(600);

/// A Hookwright, a project, and a session that began in it.
struct World {
    flow: Flow,
    project: Home,
}

impl World {
    fn new() -> Self {
        Self::of(Flow::start())
    }

    fn of(flow: Flow) -> Self {
        let world = Self { flow, project: Home::new() };
        world.begins(SESSION, &world.folder());
        world
    }

    /// The project's folder, without links.
    fn folder(&self) -> PathBuf {
        self.project.path().canonicalize().unwrap()
    }

    /// A session begins in this folder.
    fn begins(&self, session: &str, folder: &std::path::Path) {
        let event = payload::bytes(session, "SessionStart", json!({ "cwd": folder, "source": "startup" }));
        assert_eq!(self.flow.ask(&event).outcome(), Outcome::silent());
    }

    /// The agent asks for a command in the project.
    fn ask(&self, command: &str) -> Asking {
        self.ask_with(SESSION, json!({ "cwd": self.folder(), "tool_input": { "command": command } }))
    }

    fn ask_with(&self, session: &str, more: Value) -> Asking {
        let mut fields = json!({ "tool_name": "Bash" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.flow.ask(&payload::bytes(session, "PermissionRequest", fields))
    }

    /// The person is asked, and leaves it.
    #[track_caller]
    fn is_asked(&mut self, command: &str) -> api::dto::Card {
        let relay = self.ask(command);
        self.is_asked_by(relay)
    }

    #[track_caller]
    fn is_asked_by(&mut self, mut relay: Asking) -> api::dto::Card {
        let card = self.flow.app.card();
        self.flow.app.leave(&card);
        assert_eq!(relay.outcome(), Outcome::silent());
        card
    }

    /// How the newest request ended, once that is in the history.
    #[track_caller]
    fn ended(&self) -> Ended {
        let newest = self.flow.app.past().remove(0);
        self.flow.app.past_where(&newest.id, |past| past.outcome.is_some()).outcome.unwrap()
    }

    fn rules(&self) -> RulesView {
        self.flow.app.wait(self.flow.app.app.rules()).unwrap()
    }

    fn states(&self) -> Vec<RuleState> {
        self.rules().rules.iter().map(|rule| rule.state).collect()
    }

    fn file(&self) -> PathBuf {
        self.flow.home.path().join("config/rules.toml")
    }

    /// Somebody writes into the person's file.
    fn edit(&self, change: impl FnOnce(String) -> String) {
        let before = fs::read_to_string(self.file()).unwrap_or_default();
        fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        fs::write(self.file(), change(before)).unwrap();
    }

    /// A draft for every session in the project, until it is revoked.
    fn draft(&self, what: WhatDraft, says: SaysDraft) -> RuleDraft {
        let project = Some(self.folder().display().to_string());
        RuleDraft { agent: None, project, session: None, what, says, lasts: Lasts::UntilRevoked }
    }

    fn command(&self, pattern: &str, says: SaysDraft) -> RuleDraft {
        self.draft(WhatDraft::Command { pattern: pattern.to_owned() }, says)
    }

    /// The person looks at what the draft would do, and keeps it.
    #[track_caller]
    fn keep(&self, draft: &RuleDraft) -> RulesView {
        self.keep_from(draft, None)
    }

    #[track_caller]
    fn keep_from(&self, draft: &RuleDraft, from: Option<&str>) -> RulesView {
        let app = &self.flow.app;
        let preview = app.wait(app.app.preview_rule(draft.clone(), from)).unwrap();
        assert_eq!(preview.unfit, None, "{draft:?}");
        // The time is what is waited for: nothing tells that it is over.
        std::thread::sleep(IN_SIGHT);
        app.wait(app.app.save_rule(None, draft.clone(), from)).unwrap()
    }

    #[track_caller]
    fn allow(&self, pattern: &str) {
        self.keep(&self.command(pattern, SaysDraft::Allow));
    }

    #[track_caller]
    fn deny(&self, pattern: &str, message: &str) {
        self.keep(&self.command(pattern, SaysDraft::Deny { message: message.to_owned() }));
    }

    /// The person looks at the change of the file for long enough, and confirms it.
    #[track_caller]
    fn confirm(&self) -> Result<RulesView, api::Error> {
        let changed = self.rules().changed.expect("the file was changed");
        std::thread::sleep(IN_SIGHT);
        self.flow.app.wait(self.flow.app.app.confirm_rules(&changed.digest))
    }

    /// The person allows it for the session, in the popup.
    #[track_caller]
    fn allow_session(&self, card: &api::dto::Card) -> Result<(), api::Error> {
        let app = &self.flow.app;
        let arming = app.wait(app.app.painted(Surface::Popup, &card.id, &card.digest)).unwrap();
        std::thread::sleep(Duration::from_millis(arming.left_ms.into()));
        let choice = api::dto::Choice::AllowSession;
        app.wait(app.app.decide(Surface::Popup, &card.id, &card.digest, choice))
    }
}
