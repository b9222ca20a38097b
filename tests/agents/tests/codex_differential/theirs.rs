//! The side of the real Codex: one server, a thread for each case.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use fixtures::codex::{AppServer, Lab, Step};
use fixtures::model_server::{Call, Turn};
use model::HookEvent;
use regex::Regex;
use serde_json::{Value, json};

use super::case::{Case, Tool};
use super::seen::{Effect, Seen, TOOL_RAN, comparable};

/// What the subagents of a case are told to do.
const TASK: &str = "CHILD TASK";

/// A Codex that runs one case after the other.
pub(crate) struct Codex {
    pub(crate) lab: Lab,
    server: AppServer,
    /// What Codex itself tells the model, whatever the hooks do.
    usual: BTreeSet<String>,
}

/// What Codex did, and what it wrote to the hooks.
pub(crate) struct Driven {
    pub(crate) seen: Seen,
    pub(crate) payload: String,
}

impl Codex {
    pub(crate) fn start() -> Self {
        let lab = Lab::new([]);
        let server = lab.app_server();
        let mut codex = Self { lab, server, usual: BTreeSet::new() };
        for (policy, model) in [("never", "gpt-5.5"), ("untrusted", "gpt-5.5"), ("never", "mock-model")] {
            codex.thread_with(json!({ "approvalPolicy": policy, "model": model }));
            codex.turn("what you always say");
            codex.server.compact();
            codex.turn("and again");
        }
        let requests = codex.lab.model.take_requests();
        codex.usual = requests.iter().flat_map(|request| said(request, "developer")).collect();
        codex
    }

    pub(crate) fn folder(&self, case: &Case) -> PathBuf {
        self.lab.path("cases").join(case.seed.to_string())
    }

    /// Runs the case. The payload is that of the event's first time.
    pub(crate) fn drive(&mut self, case: &Case) -> Driven {
        let folder = self.folder(case);
        case.write(&self.lab.codex_home(), &folder);
        let mark = self.lab.repo().join(case.mark());
        drop(fs::remove_file(&mark));
        let mut effect = self.act(case);
        effect.ran = fs::read_to_string(&mark).unwrap_or_default().trim_end().to_owned();
        let payloads = case.take_payloads(&folder);
        let payload = payloads.first().unwrap_or_else(|| panic!("no hook ran:\n{case}")).clone();
        assert!(payloads.iter().all(|other| *other == payload), "hooks of one event got different payloads");
        let runs = |messages: Vec<Value>| first_time(messages.into_iter().map(|mut params| params["run"].take()));
        let started = runs(self.server.take_all("hook/started"));
        let completed = runs(self.server.take_all("hook/completed"));
        Driven { seen: Seen { started, completed, effect: effect.by_content() }, payload }
    }

    fn act(&mut self, case: &Case) -> Effect {
        let mut effect = Effect::default();
        match case.event {
            HookEvent::UserPromptSubmit | HookEvent::SessionStart => {
                self.thread("never");
                self.turn(&case.tag());
                let requests = self.lab.model.take_requests();
                effect.stopped = requests.is_empty();
                if effect.stopped {
                    self.turn("go on");
                }
                let later = self.lab.model.take_requests();
                effect.contexts = self.contexts(later.last().or(requests.last()));
            }
            HookEvent::PreToolUse | HookEvent::PostToolUse | HookEvent::PermissionRequest => {
                self.call_tool(case, &mut effect);
            }
            HookEvent::Stop => {
                self.thread("never");
                self.turn(&case.tag());
                effect.prompts = prompts(self.lab.model.take_requests().last());
            }
            HookEvent::PreCompact | HookEvent::PostCompact => {
                let thread = self.thread("never");
                self.turn(&case.tag());
                self.server.call("thread/compact/start", json!({ "threadId": thread }));
                let ended = self.server.wait_for("turn/completed", |_| true);
                effect.stopped = ended["turn"]["status"] == "interrupted";
                let requests = self.lab.model.take_requests().len();
                let expected = if effect.stopped && case.event == HookEvent::PreCompact { 1 } else { 2 };
                assert_eq!(requests, expected, "a compaction is one request to the model:\n{case}");
            }
            HookEvent::SubagentStart | HookEvent::SubagentStop => self.subagent(case, &mut effect),
            HookEvent::Interrupt => self.interrupt(case),
            HookEvent::SessionEnd => {
                let thread = self.thread("never");
                self.turn(&case.tag());
                self.server.call("thread/archive", json!({ "threadId": thread }));
            }
            HookEvent::PreModelRequest | HookEvent::PostModelRequest => {
                self.thread("never");
                self.turn(&case.tag());
                effect.contexts = self.contexts(self.lab.model.take_requests().last());
            }
            HookEvent::Other(_) => unreachable!("no case has it"),
        }
        // What nobody looked at is no part of the next case.
        self.lab.model.take_requests();
        effect
    }

    fn call_tool(&mut self, case: &Case, effect: &mut Effect) {
        let input = case.call("ran");
        let call = match case.tool {
            Tool::Shell => Call::shell(&input),
            Tool::Patch => Call::patch(&input),
        };
        self.lab.model.script([Turn::calls([call]).when(&case.tag())]);
        self.thread(if case.event == HookEvent::PermissionRequest { "untrusted" } else { "never" });
        self.server.start_turn(&case.tag());
        while let Step::Asks(approval) = self.server.step() {
            effect.client_asked = true;
            self.server.answer(&approval, "decline");
        }
        let requests = self.lab.model.take_requests();
        let output = requests.last().and_then(tool_output).unwrap_or_default();
        effect.tool_output = match output.as_str() {
            ran if ran.contains("Process exited with code 0") || ran.contains("\nSuccess. Updated") => {
                TOOL_RAN.to_owned()
            }
            // What it says is the client's doing.
            _ if effect.client_asked => String::new(),
            _ => output,
        };
        effect.contexts = self.contexts(requests.last());
    }

    fn subagent(&mut self, case: &Case, effect: &mut Effect) {
        let task = format!("{TASK} {}", case.tag());
        self.lab.model.script([Turn::calls([Call::spawn_agent(&task)]).when(&case.tag()).unless(TASK)]);
        // Codex gives the older subagents to a model it does not know.
        let parent = self.thread_with(json!({ "approvalPolicy": "never", "model": "mock-model" }));
        self.turn(&case.tag());
        self.server.wait_for("turn/completed", |params| params["threadId"] != parent.as_str());
        let requests = self.lab.model.take_requests();
        let child = requests.iter().rev().find(|request| said(request, "user").iter().any(|text| text.contains(TASK)));
        effect.contexts = self.contexts(child);
        effect.prompts = prompts(child);
    }

    fn interrupt(&mut self, case: &Case) {
        self.lab.model.script([Turn::calls([Call::shell(&case.call("ran"))]).when(&case.tag())]);
        self.thread("untrusted");
        self.server.start_turn(&case.tag());
        self.server.approval();
        self.server.interrupt();
        assert_eq!(self.server.finish_turn(), "interrupted", "{case}");
    }

    /// Opens a thread, which reads hooks.json anew, and trusts what stands there.
    fn thread(&mut self, policy: &str) -> String {
        self.thread_with(json!({ "approvalPolicy": policy }))
    }

    fn thread_with(&mut self, mut params: Value) -> String {
        params["config"] = json!({ "bypass_hook_trust": true });
        self.server.start_thread_with(params)
    }

    fn turn(&mut self, prompt: &str) {
        self.server.start_turn(prompt);
        self.server.finish_turn();
    }

    fn contexts(&self, request: Option<&Value>) -> Vec<String> {
        let said = request.map(|request| said(request, "developer")).unwrap_or_default();
        said.into_iter().filter(|text| !self.usual.contains(text)).collect()
    }
}

/// The runs of the event's first time: no run has the same id twice.
fn first_time(runs: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut first: Vec<Value> = Vec::new();
    for run in runs {
        let run = comparable(run);
        if first.iter().any(|before| before["id"] == run["id"]) {
            break;
        }
        first.push(run);
    }
    first
}

/// What messages of a role say, in order.
fn said(request: &Value, role: &str) -> Vec<String> {
    let items = request["input"].as_array().map(Vec::as_slice).unwrap_or_default();
    let messages = items.iter().filter(|item| item["role"] == role);
    let parts = messages.filter_map(|item| item["content"].as_array()).flatten();
    parts.filter_map(|part| Some(part["text"].as_str()?.to_owned())).collect()
}

fn tool_output(request: &Value) -> Option<String> {
    let mut items = request["input"].as_array()?.iter().rev();
    let item = items.find(|item| item["type"].as_str().is_some_and(|kind| kind.ends_with("_call_output")))?;
    Some(item["output"].as_str().map_or_else(|| item["output"].to_string(), str::to_owned))
}

/// What hooks told the model to go on with.
fn prompts(request: Option<&Value>) -> Vec<(String, String)> {
    let tag = Regex::new(r#"(?s)^<hook_prompt hook_run_id="([^"]*)">(.*)</hook_prompt>$"#).expect("a valid expression");
    let said = request.map(|request| said(request, "user")).unwrap_or_default();
    said.iter().filter_map(|text| tag.captures(text)).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}
