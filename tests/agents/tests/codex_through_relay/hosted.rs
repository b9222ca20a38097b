//! Hosted hooks: what they say is what Codex does.

use std::fs;
use std::path::{Path, PathBuf};

use agents::codex::install;
use api::dto::{ByView, DecisionView, GrantView, HostedWish, Setting};
use fixtures::codex::Lab;
use fixtures::model_server::{Call, Turn};
use fixtures::relay::Installed;
use fixtures::{Hosted, plain, until};
use serde_json::{Value, json};

use crate::world::{COMMAND, World, home};

const ALLOW: &str = r#"{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}}}"#;

/// Codex with our entry for every event.
fn connected(approval_policy: &str, turns: impl IntoIterator<Item = Turn>) -> World {
    let (lab, relay) = (Lab::new(turns), Installed::ours());
    let entries = install::entries(&relay.path(), Some(&home(&lab))).expect("the paths are plain");
    let seconds = |entry: &install::Entry| u32::try_from(entry.timeout).expect("a day at most");
    lab.set_hooks(entries.iter().map(|entry| (entry.event.name(), entry.command.as_str(), seconds(entry))));
    let mut codex = lab.app_server();
    codex.trust_all();
    codex.start_thread(approval_policy);
    World { codex, relay, lab }
}

/// A Hookwright with these hooks, each an event and a command. Nobody has said anything of them.
fn hosting(world: &World, hooks: &[(&str, &str)]) -> Hosted {
    let mut events = json!({});
    for (event, command) in hooks {
        events[event] = json!([{ "hooks": [{ "type": "command", "command": command }] }]);
    }
    let folder = home(&world.lab).join("config");
    fs::create_dir_all(&folder).expect("the lab's folder is ours");
    fs::write(folder.join("hooks.json"), json!({ "hooks": events }).to_string()).expect("the lab's folder is ours");
    world.hookwright()
}

/// The same, all of them trusted.
fn trusting(world: &World, hooks: &[(&str, &str)]) -> Hosted {
    let app = hosting(world, hooks);
    app.wish_all(HostedWish::Trust);
    app
}

/// What the model was told with each of its requests.
fn told(world: &World) -> Vec<String> {
    world.lab.model.requests().iter().map(|request| request["input"].to_string()).collect()
}

/// What Codex says of its runs of this hook: status and texts.
fn runs_of(world: &World, event: &str) -> Vec<(String, Vec<String>)> {
    let runs = world.codex.hook_runs().into_iter().filter(|run| run.event == event);
    runs.map(|run| (run.status, run.entries)).collect()
}

/// One of two calls is stopped by this guard, and Codex would ask nobody about either.
#[track_caller]
fn is_stopped_by(guard: &str) {
    let calls = ["echo forbidden >> made.txt", COMMAND].map(|command| Turn::calls([Call::shell(command)]));
    let mut world = connected("never", calls.into_iter().chain([Turn::says("done")]));
    let app = trusting(&world, &[("PreToolUse", &format!("if grep -q forbidden; then {guard}; fi"))]);
    world.codex.start_turn("please do it");
    assert_eq!(world.codex.finish_turn(), "completed");
    assert_eq!(fs::read_to_string(world.lab.repo().join("made.txt")).expect("one ran"), "ran\n");
    let outputs = world.lab.model.tool_outputs();
    let [stopped, ran] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert!(stopped.contains("use the other branch"), "{stopped}");
    assert!(!ran.contains("use the other branch"), "{ran}");
    assert_eq!(
        told(&world).iter().map(|told| told.contains("use the other branch")).collect::<Vec<_>>(),
        [false, true, true]
    );
    let statuses: Vec<_> = runs_of(&world, "preToolUse").into_iter().map(|(status, _)| status).collect();
    assert_eq!(statuses, ["blocked", "completed"]);
    assert!(app.past().is_empty(), "nobody is asked");
}

#[test]
fn a_guard_that_exits_with_2_stops_the_call_and_the_model_reads_why() {
    is_stopped_by("echo 'use the other branch' >&2; exit 2");
}

#[test]
fn a_guard_that_says_deny_stops_the_call_and_the_model_reads_why() {
    let said = json!({ "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "use the other branch" });
    is_stopped_by(&format!("printf %s '{}'", json!({ "hookSpecificOutput": said })));
}

#[test]
fn an_allow_is_advice_until_it_is_granted_and_again_when_a_byte_has_changed() {
    let turns = (0..3).flat_map(|_| [Turn::calls([Call::shell(COMMAND)]), Turn::says("done")]);
    let mut world = connected("untrusted", turns);
    let guard = world.lab.script("guard", &format!("printf %s '{ALLOW}'"));
    let mut app = trusting(&world, &[("PermissionRequest", &guard)]);

    world.codex.start_turn("please do it");
    let card = app.card();
    let [advice] = card.shown.advice.as_slice() else { panic!("{card:?}") };
    assert_eq!((plain(&advice.hook), &advice.grant), (guard.clone(), &GrantView::None));
    assert_eq!(world.runs(), 0, "nothing runs while the person is asked");
    app.allow(&card);
    assert_eq!(world.codex.finish_turn(), "completed");
    assert_eq!(world.runs(), 1);

    app.wish_all(HostedWish::Grant);
    world.codex.start_turn("again");
    assert_eq!(world.codex.finish_turn(), "completed", "nobody is asked");
    assert_eq!(world.runs(), 2);
    let by_hook = app.past().remove(0).outcome.unwrap();
    assert_eq!((by_hook.decision, by_hook.by), (DecisionView::Allow, ByView::Hook));

    let before = fs::read_to_string(&guard).unwrap();
    fs::write(&guard, format!("{before}#")).unwrap();
    world.codex.start_turn("and again");
    let card = app.card();
    let [advice] = card.shown.advice.as_slice() else { panic!("{card:?}") };
    let GrantView::Suspended { changed } = &advice.grant else { panic!("{advice:?}") };
    let guard = fs::canonicalize(&guard).unwrap();
    assert_eq!(changed.iter().map(|file| PathBuf::from(plain(file))).collect::<Vec<_>>(), [guard]);
    assert_eq!(world.runs(), 2, "nothing runs while the person is asked");
    app.deny(&card, "not a changed one");
    assert_eq!(world.codex.finish_turn(), "completed");
    assert_eq!(world.runs(), 2);
    let by: Vec<_> = app.past().into_iter().map(|past| past.outcome.unwrap().by).collect();
    assert_eq!(by, [ByView::Person, ByView::Hook, ByView::Person]);
}

#[test]
fn a_turn_goes_on_once_with_the_reason_as_its_prompt() {
    let mut world = connected("never", [Turn::says("one"), Turn::says("two")]);
    let once = r#"grep -q '"stop_hook_active":true' || { echo 'run the tests' >&2; exit 2; }"#;
    let _app = trusting(&world, &[("Stop", once)]);
    world.codex.start_turn("please do it");
    assert_eq!(world.codex.finish_turn(), "completed");
    goes_on_once(&world, "run the tests");
    assert_eq!(runs_of(&world, "stop")[1], ("completed".to_owned(), vec![]));
}

#[test]
fn a_limit_lets_the_turn_end_whatever_a_hook_says() {
    let mut world = connected("never", [Turn::says("one"), Turn::says("two")]);
    let app = trusting(&world, &[("Stop", "echo 'once more' >&2; exit 2")]);
    app.wait(app.app.change(Setting::Continuations { value: Some(1) })).unwrap();
    world.codex.start_turn("please do it");
    assert_eq!(world.codex.finish_turn(), "completed");
    goes_on_once(&world, "once more");
    let (status, texts) = runs_of(&world, "stop").remove(1);
    assert_eq!(status, "completed");
    assert!(matches!(texts.as_slice(), [text] if text.contains("which is the limit")), "Codex says why: {texts:?}");
}

/// The model was asked twice, the second time by a hook.
#[track_caller]
fn goes_on_once(world: &World, reason: &str) {
    let requests = world.lab.model.requests();
    let [first, second] = requests.as_slice() else { panic!("the model was asked {} times", requests.len()) };
    assert!(!first["input"].to_string().contains(reason), "the first request has none");
    let mut prompts = second["input"].as_array().expect("a list").iter().filter(|item| item["role"] == "user");
    let last = prompts.next_back().map(Value::to_string).expect("there is a prompt");
    assert!(last.contains("<hook_prompt") && last.contains(reason), "{last}");
    let runs = runs_of(world, "stop");
    assert_eq!(runs.len(), 2, "{runs:?}");
    assert_eq!(runs[0].0, "blocked");
}

#[test]
fn what_hooks_say_at_the_start_and_to_a_prompt_reaches_the_model() {
    let mut world = connected("never", [Turn::says("done"), Turn::says("done")]);
    let context = json!({ "hookEventName": "UserPromptSubmit", "additionalContext": "the build is \"red\"" });
    let prompted = format!("printf %s '{}'", json!({ "hookSpecificOutput": context }));
    let _app = trusting(&world, &[("SessionStart", "echo it is friday"), ("UserPromptSubmit", &prompted)]);
    for prompt in ["please do it", "and again"] {
        world.codex.start_turn(prompt);
        assert_eq!(world.codex.finish_turn(), "completed");
    }
    let requests = world.lab.model.requests();
    let count = |request: &Value, text: &str| {
        let items = request["input"].as_array().unwrap().iter();
        let texts = items.filter(|item| item["role"] == "developer").filter_map(|item| item["content"].as_array());
        texts.flatten().filter(|content| content["text"] == text).count()
    };
    let counts: Vec<_> = requests
        .iter()
        .map(|request| ["it is friday", "the build is \"red\""].map(|text| count(request, text)))
        .collect();
    assert_eq!(counts, [[1, 1], [1, 2]]);
}

#[test]
fn a_hook_that_nobody_trusted_does_nothing_at_all() {
    let mut world = connected("untrusted", [Turn::calls([Call::shell(COMMAND)]), Turn::says("done")]);
    let traces = world.lab.path("traces");
    let hook = format!("echo ran >> '{}'; echo 'a word' >&2; exit 2", traces.display());
    let events = ["SessionStart", "UserPromptSubmit", "PreToolUse", "PermissionRequest", "PostToolUse", "Stop"];
    let mut app = hosting(&world, &events.map(|event| (event, hook.as_str())));
    world.codex.start_turn("please do it");
    let card = app.card();
    assert!(card.shown.advice.is_empty(), "{card:?}");
    app.allow(&card);
    assert_eq!(world.codex.finish_turn(), "completed");
    assert_eq!(world.runs(), 1);
    assert!(!traces.exists(), "{:?}", fs::read_to_string(&traces));
    let told = told(&world);
    assert_eq!(told.iter().map(|told| told.contains("a word")).collect::<Vec<_>>(), [false, false]);
    assert!(world.codex.hook_runs().iter().all(|run| run.status == "completed" && run.entries.is_empty()));
    assert_eq!(app.note("hostedReview").detail.lines().count(), events.len(), "the person hears of each");
}

/// Codex waits for a hook that never ends. The folders of its processes: itself and a child.
fn stuck(event: &str) -> (World, Hosted, Vec<PathBuf>) {
    let mut world = connected("untrusted", [Turn::calls([Call::shell(COMMAND)]), Turn::says("done")]);
    let file = world.lab.path("processes");
    let app = trusting(&world, &[(event, &format!("sleep 600 & echo $$ $! > '{}'; wait", file.display()))]);
    world.codex.start_turn("please do it");
    let ids = until("the hook's processes", || fs::read_to_string(&file).ok().filter(|text| text.ends_with('\n')));
    let processes: Vec<_> = ids.split_whitespace().map(|id| Path::new("/proc").join(id)).collect();
    assert!(processes.len() == 2 && processes.iter().all(|process| process.exists()), "{processes:?}");
    (world, app, processes)
}

#[track_caller]
fn are_gone(processes: &[PathBuf]) {
    until("the end of the hook", || processes.iter().all(|process| !process.exists()).then_some(()));
}

#[test]
fn interrupting_a_turn_that_waits_for_a_hook_ends_the_hook() {
    for event in ["UserPromptSubmit", "PreToolUse", "PermissionRequest"] {
        let (mut world, _app, processes) = stuck(event);
        world.codex.interrupt();
        assert_eq!(world.codex.finish_turn(), "interrupted", "{event}");
        are_gone(&processes);
        assert_eq!(world.runs(), 0, "{event}");
        assert_eq!(world.relay.running(), [], "{event}: no relay stays behind");
    }
}

#[test]
fn ending_codex_while_it_waits_for_a_hook_ends_the_hook() {
    let (World { codex, relay, lab: _lab }, _app, processes) = stuck("PreToolUse");
    codex.close();
    are_gone(&processes);
    until("the end of the relay", || relay.running().is_empty().then_some(()));
}

#[test]
fn killing_codex_while_it_waits_for_a_hook_ends_the_hook() {
    let (mut world, _app, processes) = stuck("PreToolUse");
    world.codex.kill();
    are_gone(&processes);
    until("the end of the relay", || world.relay.running().is_empty().then_some(()));
}
