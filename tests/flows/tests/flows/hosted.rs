//! Hosted hooks, from the relay to the history: real processes, real sockets, a person who trusts and grants.

mod deciding;
mod ending;
mod telling;
mod trusting;

use std::fs;
use std::path::{Path, PathBuf};

use api::dto::{EventDetail, GrantView, HostedWish};
use flows::{Flow, until};
use serde_json::{Value, json};

/// An answer of a `PermissionRequest` hook.
fn verdict(behavior: &str) -> String {
    let decision = json!({ "behavior": behavior, "message": "not here" });
    json!({ "hookSpecificOutput": { "hookEventName": "PermissionRequest", "decision": decision } }).to_string()
}

/// A command that answers so.
fn says(answer: &str) -> String {
    format!("printf %s '{answer}'")
}

/// A handler of Hookwright's hooks.json.
fn handler(command: &str) -> Value {
    json!({ "type": "command", "command": command })
}

/// Writes Hookwright's hooks.json: one group for each event and handler.
fn declare(home: &Path, hooks: &[(&str, Value)]) {
    let mut events = json!({});
    for (event, handler) in hooks {
        if events[event].is_null() {
            events[event] = json!([]);
        }
        events[event].as_array_mut().unwrap().push(json!({ "hooks": [handler] }));
    }
    fs::create_dir_all(home.join("config")).unwrap();
    fs::write(home.join("config/hooks.json"), json!({ "hooks": events }).to_string()).unwrap();
}

/// A running Hookwright with these hooks, all of them trusted.
fn hosting(hooks: &[(&str, Value)]) -> Flow {
    let flow = Flow::start();
    declare(flow.home.path(), hooks);
    flow.app.wish_all(HostedWish::Trust);
    flow
}

fn grants(flow: &Flow) -> Vec<GrantView> {
    flow.app.wait(flow.app.app.hosted()).unwrap().into_iter().map(|(_, grant)| grant).collect()
}

/// A program of the person, by its full path.
fn script(home: &Path, name: &str, body: &str) -> PathBuf {
    let path = home.join(name);
    fixtures::write_program(&path, &format!("#!/bin/sh\n{body}\n"));
    path
}

/// The newest event of this name, once it has this many runs.
fn ran(flow: &Flow, event: &str, runs: usize) -> EventDetail {
    until("the runs in the history", || {
        let events = flow.app.events();
        let newest = events.iter().rev().find(|view| fixtures::plain(&view.event) == event)?;
        let detail = flow.app.wait(flow.app.app.event(&newest.id)).unwrap()?;
        (detail.runs.len() == runs).then_some(detail)
    })
}

/// The process that a hook names in this file, once it runs.
fn process(file: &Path) -> PathBuf {
    let id = until("the hook's process", || fs::read_to_string(file).ok().filter(|text| text.ends_with('\n')));
    Path::new("/proc").join(id.trim())
}

fn is_gone(process: &Path) {
    until("the end of the hook's process", || (!process.exists()).then_some(()));
}

/// A command that never ends, and names its process in this file.
fn hanging(file: &Path) -> String {
    format!("echo $$ > '{}'; exec sleep 600", file.display())
}
