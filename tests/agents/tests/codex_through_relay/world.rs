//! Codex in its lab, connected to Hookwright.

use std::fs;
use std::path::PathBuf;

use api::dto::{ActionView, Card};
use fixtures::codex::{AppServer, HookRun, Lab, Setup};
use fixtures::model_server::{Call, Turn};
use fixtures::relay::Installed;
use fixtures::{Hosted, plain};
use serde_json::json;

pub(crate) const COMMAND: &str = "echo ran >> made.txt";

/// Codex in its lab, connected to Hookwright.
pub(crate) struct World {
    pub(crate) codex: AppServer,
    pub(crate) relay: Installed,
    pub(crate) lab: Lab,
}

impl World {
    /// A model that makes this call and says something about it.
    pub(crate) fn calling(call: Call) -> Self {
        Self::with(
            &Setup::default(),
            json!({ "approvalPolicy": "untrusted" }),
            [Turn::calls([call]), Turn::says("done")],
        )
    }

    pub(crate) fn with(setup: &Setup, thread: serde_json::Value, turns: impl IntoIterator<Item = Turn>) -> Self {
        let (lab, relay) = (Lab::with(setup, turns), Installed::ours());
        lab.connect(&relay, &home(&lab));
        let mut codex = lab.app_server();
        codex.trust_all();
        codex.start_thread_with(thread);
        Self { codex, relay, lab }
    }

    pub(crate) fn hookwright(&self) -> Hosted {
        Hosted::start(&home(&self.lab))
    }

    /// How often the command ran.
    pub(crate) fn runs(&self) -> usize {
        fs::read_to_string(self.lab.repo().join("made.txt")).map_or(0, |text| text.lines().count())
    }

    /// Codex's run of the permission hook.
    pub(crate) fn permission_run(&self) -> (String, Vec<String>) {
        let runs: Vec<HookRun> = self.codex.hook_runs();
        let run = runs.into_iter().find(|run| run.event == "permissionRequest").expect("the hook was run");
        (run.status, run.entries)
    }

    /// Codex goes on by itself: it asks its client, and does what the client says.
    #[track_caller]
    pub(crate) fn codex_asks_its_client(&mut self) {
        let approval = self.codex.approval();
        assert_eq!(approval.method, "item/commandExecution/requestApproval");
        assert_eq!(self.runs(), 0, "nothing runs while the client is asked");
        self.codex.answer(&approval, "accept");
        assert_eq!(self.codex.finish_turn(), "completed");
        assert_eq!(self.runs(), 1);
    }
}

pub(crate) fn home(lab: &Lab) -> PathBuf {
    lab.path("hookwright")
}

pub(crate) fn command(card: &Card) -> String {
    match &card.shown.action {
        ActionView::Shell { command } => plain(command),
        other => panic!("no shell command: {other:?}"),
    }
}
