//! Our side: the same hooks.json as we read it, the payload that Codex wrote, our engine, and what its outcome would do.

use std::path::Path;
use std::sync::Mutex;

use config::discover::{Flags, Places, discover};
use engine::{Engine, Payload, Progress, Shell, Surroundings, summary};
use fixtures::codex::Lab;
use model::{HookEvent, Outcome, Verdict};

use super::case::Case;
use super::seen::{Effect, Seen, TOOL_RAN, comparable};

/// Runs the hooks as they stand in the lab, for this payload.
pub(crate) fn run(lab: &Lab, folder: &Path, case: &Case, payload: &str) -> Seen {
    let places = Places { codex: lab.codex_home(), system: lab.path("etc") };
    let flags = Flags { overrides: Vec::new(), trust_all: true };
    let hooks = discover(&places, &lab.repo(), &flags).hooks;
    let payload = Payload::parse(payload).expect("Codex sends payloads");
    let surroundings = Surroundings {
        shell: Shell::of(None),
        environment: std::env::vars_os().filter(|(name, _)| name == "PATH").collect(),
        scratch: lab.path("tmp"),
        mcp_servers: Default::default(),
    };
    let started = Mutex::new(Vec::new());
    let watch = |progress: Progress| {
        if let Progress::Started { summary, .. } = progress {
            started.lock().expect("nothing panics while it holds the lock").push(summary);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let report = runtime.block_on(async { Engine::new(surroundings).run(&hooks, &payload, watch).await });
    assert!(case.take_payloads(folder).iter().all(|got| got == payload.text()), "our hooks got another payload");
    let started = started.into_inner().expect("nothing panics while it holds the lock");
    Seen {
        started: started.iter().map(|run| comparable(summary(run))).collect(),
        completed: report.runs.iter().map(|ran| comparable(summary(&ran.run))).collect(),
        effect: effect(case, &report.outcome).by_content(),
    }
}

/// What Codex does with such an outcome.
fn effect(case: &Case, outcome: &Outcome) -> Effect {
    let contexts = outcome.additional_contexts.clone();
    match case.event {
        HookEvent::PreToolUse => Effect { contexts, ..tool(case, outcome) },
        HookEvent::PostToolUse => {
            let tool_output = outcome.feedback.clone().unwrap_or_else(|| TOOL_RAN.to_owned());
            Effect { contexts, ran: "ran".to_owned(), tool_output, ..Effect::default() }
        }
        HookEvent::PermissionRequest => Effect { contexts, ..permission(outcome.verdict.as_ref()) },
        _ => Effect {
            contexts,
            stopped: outcome.should_stop && case.event != HookEvent::Stop && case.event != HookEvent::SubagentStop,
            prompts: outcome.continuation.iter().map(|it| (it.run.as_str().to_owned(), escaped(&it.text))).collect(),
            ..Effect::default()
        },
    }
}

/// As Codex puts a text into its `<hook_prompt>` element.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn tool(case: &Case, outcome: &Outcome) -> Effect {
    let ran = |word: &str| Effect { ran: word.to_owned(), tool_output: TOOL_RAN.to_owned(), ..Effect::default() };
    let refused = |tool_output: String| Effect { tool_output, ..Effect::default() };
    if outcome.should_block {
        let reason = outcome.block_reason.as_deref().unwrap_or_default();
        let command = case.call("ran");
        return refused(format!("Command blocked by PreToolUse hook: {reason}. Command: {command}"));
    }
    let Some(input) = &outcome.updated_input else {
        return ran("ran");
    };
    let Some(command) = input["command"].as_str() else {
        return refused("hook returned updatedInput without string field `command`".to_owned());
    };
    let words = (0..case.handlers.len()).flat_map(|at| [format!("rewritten{at}"), format!("more{at}")]);
    ran(&words.into_iter().find(|word| case.call(word) == command).expect("handlers rewrite to one of these"))
}

fn permission(verdict: Option<&Verdict>) -> Effect {
    match verdict {
        None => Effect { client_asked: true, ..Effect::default() },
        Some(Verdict::Allow) => Effect { ran: "ran".to_owned(), tool_output: TOOL_RAN.to_owned(), ..Effect::default() },
        Some(Verdict::Deny { message }) => {
            let rejected = format!("Rejected({message:?})");
            Effect {
                tool_output: format!("exec_command failed: CreateProcess {{ message: {rejected:?} }}"),
                ..Effect::default()
            }
        }
    }
}
