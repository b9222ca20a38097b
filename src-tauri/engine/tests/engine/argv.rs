//! Hooks of the older argv form, with real processes. The names are those of the conformance cases.

use engine::argv::{Effect, Ended, Event, Lifecycle, Payload, PostToolUse, Run, ToolCall, ToolInput, Turn, effect};
use model::{ArgvHook, Source, SourceKind};

use crate::world::World;

fn hook(name: &str, argv: &[&str]) -> ArgvHook {
    let source = Source { kind: SourceKind::User, path: "/home/user/.codex/config.toml".into(), plugin: None };
    ArgvHook { name: name.to_owned(), argv: argv.iter().map(|&word| word.to_owned()).collect(), source }
}

fn sh(name: &str, script: &str) -> ArgvHook {
    hook(name, &["/bin/sh", "-c", script])
}

fn payload(world: &World, event: Event) -> Payload {
    Payload {
        session_id: "session".into(),
        transcript_path: None,
        cwd: world.folder.path().into(),
        client: None,
        triggered_at: "2025-01-01T00:00:00Z".into(),
        event,
    }
}

fn before() -> Event {
    Event::PreToolUse(call())
}

fn after() -> Event {
    let call = call();
    Event::PostToolUse(PostToolUse { call, executed: true, success: true, duration_ms: 1, output_preview: "ok".into() })
}

fn call() -> ToolCall {
    ToolCall {
        turn_id: "turn".into(),
        call_id: "call".into(),
        tool_name: "shell".into(),
        tool_kind: "function".into(),
        tool_input: ToolInput::Function { arguments: "{}".into() },
        mutating: None,
        sandbox: None,
        sandbox_policy: None,
    }
}

fn life(event: fn(Lifecycle) -> Event) -> Event {
    event(Lifecycle::default())
}

async fn dispatch(world: &World, hooks: &[ArgvHook], event: Event) -> Vec<Run> {
    let runs = world.engine().dispatch(hooks, &payload(world, event)).await;
    world.nobody_left().await;
    runs
}

/// How one hook of the event ends, and what the agent makes of it.
async fn end_of(event: Event, script: &str) -> (Ended, Effect) {
    let world = World::new();
    let mut runs = dispatch(&world, &[sh(event.key(), script)], event.clone()).await;
    assert_eq!(runs.len(), 1, "{runs:?}");
    let run = runs.remove(0);
    let effect = effect(&event, &run);
    (run.ended, effect)
}

#[tokio::test]
async fn g01_exit_2_before_a_tool_aborts_it() {
    let fatal = "pre_tool_use hook 'pre_tool_use' failed and aborted operation: not that".to_owned();
    let expected = (Ended::FailedAbort("not that".into()), Effect::Fatal(fatal));
    assert_eq!(end_of(before(), "echo not that >&2; exit 2").await, expected);
}

#[tokio::test]
async fn g02_exit_2_after_a_tool_is_a_failure() {
    let (ended, effect) = end_of(after(), "echo no >&2; exit 2").await;
    assert_eq!(ended, Ended::FailedContinue("no".into()));
    assert!(matches!(effect, Effect::Logged(_)), "{effect:?}");
}

#[tokio::test]
async fn g03_exit_2_in_a_sessions_life_is_logged_as_an_abort() {
    for event in [life(Event::UserPromptSubmit), life(Event::Stop), life(Event::SubagentStop)] {
        let expected =
            (Ended::FailedAbort("no".into()), Effect::Logged("lifecycle hook failed with abort; continuing"));
        assert_eq!(end_of(event, "echo no >&2; exit 2").await, expected);
    }
}

#[tokio::test]
async fn g04_exit_2_of_other_events_is_a_failure() {
    for event in [Event::SessionStart, Event::SessionEnd, Event::PreCompact, Event::SubagentStart].map(life) {
        let expected = (Ended::FailedContinue("no".into()), Effect::Logged("lifecycle hook failed; continuing"));
        assert_eq!(end_of(event, "echo no >&2; exit 2").await, expected);
    }
}

#[tokio::test]
async fn g05_a_failure_says_what_stood_on_stderr() {
    let (ended, _) = end_of(before(), "echo stdout; printf ' \\n x \\n' >&2; exit 1").await;
    assert_eq!(ended, Ended::FailedContinue("x".into()));
}

#[tokio::test]
async fn g06_or_its_exit_code() {
    let (ended, _) = end_of(life(Event::Stop), "echo ' ' >&2; exit 1").await;
    assert_eq!(ended, Ended::FailedContinue("hook exited with status code 1".into()));
}

#[tokio::test]
async fn g07_or_that_there_was_none() {
    let (ended, _) = end_of(before(), "kill -9 $$").await;
    assert_eq!(ended, Ended::FailedContinue("hook terminated without a status code".into()));
}

#[tokio::test]
async fn g08_no_program_is_no_failure() {
    let world = World::new();
    for argv in [&[] as &[&str], &[""], &["", "argument"]] {
        let runs = dispatch(&world, &[hook("stop", argv)], life(Event::Stop)).await;
        assert_eq!(runs, [Run { name: "stop".into(), ended: Ended::Success }]);
    }
}

#[tokio::test]
async fn g10_the_payload_arrives_byte_by_byte() {
    let world = World::new();
    let event = Event::UserPromptSubmit(Lifecycle { prompt: Some("ä\n\"x\"".into()), ..Lifecycle::default() });
    let hook = hook("user_prompt_submit", &["/bin/sh", "-c", "cat > \"$1\"", "sh", "stdin"]);
    let runs = dispatch(&world, &[hook], event.clone()).await;
    assert_eq!(runs[0].ended, Ended::Success);
    assert_eq!(world.read("stdin"), serde_json::to_string(&payload(&world, event)).unwrap());
}

#[tokio::test]
async fn g11_a_failure_does_not_keep_the_next_from_running_but_an_abort_does() {
    let world = World::new();
    let hooks = [1, 1, 2, 0].map(|code| sh("pre_tool_use", &format!("exit {code}")));
    let ends: Vec<_> = dispatch(&world, &hooks, before()).await.into_iter().map(|run| run.ended).collect();
    let words = |code| format!("hook exited with status code {code}");
    let failed = || Ended::FailedContinue(words(1));
    assert_eq!(ends, [failed(), failed(), Ended::FailedAbort(words(2))]);
}

#[tokio::test]
async fn g12_a_program_that_is_not_there_is_a_failure() {
    let world = World::new();
    let runs = dispatch(&world, &[hook("pre_tool_use", &["/nowhere/hook"])], before()).await;
    assert_eq!(runs[0].ended, Ended::FailedContinue("No such file or directory (os error 2)".into()));
}

#[tokio::test]
async fn a_guard_that_reads_nothing_still_aborts() {
    let world = World::new();
    let arguments = "x".repeat(1_000_000);
    let event = Event::PreToolUse(ToolCall { tool_input: ToolInput::Function { arguments }, ..call() });
    let runs = dispatch(&world, &[sh("pre_tool_use", "exit 2")], event).await;
    assert_eq!(runs[0].ended, Ended::FailedAbort("hook exited with status code 2".into()));
}

#[tokio::test]
async fn each_event_runs_its_own_hook_alone() {
    let lives = [
        Event::SessionStart,
        Event::SessionEnd,
        Event::UserPromptSubmit,
        Event::Stop,
        Event::PreCompact,
        Event::SubagentStart,
        Event::SubagentStop,
    ];
    let events: Vec<_> = lives.into_iter().map(life).chain([before(), after()]).collect();
    let world = World::new();
    let hooks: Vec<_> = events.iter().map(|event| sh(event.key(), "echo \"$0\" >> ran")).collect();
    for event in events {
        let key = event.key();
        let runs = dispatch(&world, &hooks, event).await;
        assert_eq!(runs, [Run { name: key.to_owned(), ended: Ended::Success }]);
    }
    assert_eq!(world.read("ran").lines().count(), 9);
}

#[tokio::test]
async fn a_dropped_dispatch_kills_its_process() {
    let world = World::new();
    let (engine, payload) = (world.engine(), payload(&world, before()));
    let hooks = [sh("pre_tool_use", "echo $$ > pid; sleep 100 & wait")];
    tokio::select! {
        runs = engine.dispatch(&hooks, &payload) => panic!("ended: {runs:?}"),
        _ = world.written("pid") => {}
    }
    world.nobody_left().await;
    world.reaped(&world.written("pid").await).await;
}

#[tokio::test]
async fn notify_gets_its_notice_as_last_argument_and_is_not_waited_for() {
    let world = World::new();
    let turn = Turn {
        thread_id: "thread".into(),
        turn_id: "turn".into(),
        input_messages: vec!["hello".into()],
        last_assistant_message: None,
    };
    let script = "until [ -e go ]; do sleep 0.01; done; printf '%s\\n' \"$#\" \"$1\" \"$2\" > part; mv part told";
    let hooks = [hook("notify", &["/bin/sh", "-c", script, "sh", "given"]), sh("stop", "exit 1")];
    let engine = world.engine();
    let runs = engine.dispatch(&hooks, &payload(&world, Event::AfterAgent(turn))).await;
    assert_eq!(runs, [Run { name: "notify".into(), ended: Ended::Success }]);
    drop(engine);
    std::fs::write(world.path("go"), "").unwrap();
    let notice = serde_json::json!({
        "type": "agent-turn-complete", "thread-id": "thread", "turn-id": "turn", "cwd": world.folder.path(),
        "input-messages": ["hello"], "last-assistant-message": null,
    });
    assert_eq!(world.written("told").await, format!("2\ngiven\n{notice}"));
    world.nobody_left().await;
    let missing = [hook("notify", &["/nowhere/notify"])];
    let turn = Turn {
        thread_id: "thread".into(),
        turn_id: "turn".into(),
        input_messages: Vec::new(),
        last_assistant_message: None,
    };
    let runs = world.engine().dispatch(&missing, &payload(&world, Event::AfterAgent(turn))).await;
    assert!(matches!(&runs[0].ended, Ended::FailedContinue(_)), "{runs:?}");
}
