//! Hooks that are tools of an MCP server.

use engine::{End, Engine, Finished};
use model::{Handler, Hook, HookEvent, McpServer};
use serde_json::{Value, json};

use crate::world::{World, hook};

/// An MCP server: what it is asked goes to `calls` in its folder.
const SERVER: &str = r#"
answer() { printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$id" "$1"; }
said() { answer "\"result\":{\"content\":[$1]}"; }
text() { printf '{"type":"text","text":"%s"}' "$1"; }
while IFS= read -r line; do
    case $line in *'"id":'*) ;; *) continue ;; esac
    id=${line#*\"id\":}
    id=${id%%[,\}]*}
    case $line in
    *'"method":"initialize"'*)
        server='"serverInfo":{"name":"lab","version":"0"}'
        answer '"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},'"$server}" ;;
    *'"name":"two"'*) said "$(text one),$(text two)" ;;
    *'"name":"noted"'*) printf '%s\n' "$line" > calls; said "$(text noted)" ;;
    *'"name":"pid"'*) said "$(text $$)" ;;
    *'"name":"wrong"'*) answer '"result":{"isError":true,"content":['"$(text 'it went wrong')]}" ;;
    *'"name":"silent"'*) ;;
    *'"name":"gone"'*) exit ;;
    *) answer '"error":{"code":-32602,"message":"no such tool"}' ;;
    esac
done
"#;

fn world() -> World {
    let mut world = World::new();
    let start = |command: &str| McpServer {
        command: command.to_owned(),
        arguments: vec!["-c".to_owned(), SERVER.to_owned()],
        environment: vec![("MARK".to_owned(), world.folder.path().display().to_string())],
        cwd: None,
    };
    world.mcp_servers = [("lab".to_owned(), start("/bin/sh")), ("broken".to_owned(), start("/nowhere"))].into();
    world
}

fn tool(server: &str, tool: &str, input: Value) -> Hook {
    let Value::Object(input) = input else { panic!("not an object: {input}") };
    hook(HookEvent::Stop, 0, Handler::McpTool { server: server.to_owned(), tool: tool.to_owned(), input })
}

async fn call(world: &World, engine: &Engine, hook: Hook) -> Finished {
    let payload = world.payload("Stop", json!({ "last_assistant_message": null, "stop_hook_active": false }));
    engine.run(&[hook], &payload, |_| {}).await.runs.remove(0).finished
}

#[track_caller]
fn failed(finished: &Finished, words: &str) {
    assert_eq!(finished.end, End::Failed(words.to_owned()));
}

#[tokio::test]
async fn what_the_tool_says_stands_for_what_a_command_writes() {
    let world = world();
    let finished = call(&world, &world.engine(), tool("lab", "two", json!({}))).await;
    assert_eq!((finished.end, &*finished.stdout.text), (End::Exited(0), "one\ntwo"));
    world.nobody_left().await;
}

#[tokio::test]
async fn gets_its_input_filled_in_and_the_session() {
    let world = world();
    let input = json!({
        "whole": "${stop_hook_active}", "part": "active: ${stop_hook_active} in ${session_id}",
        "deep": ["${last_assistant_message}", { "${session_id}": "$${session_id}" }],
    });
    let finished = call(&world, &world.engine(), tool("lab", "noted", input)).await;
    assert_eq!(finished.stdout.text, "noted");
    let params = &serde_json::from_str::<Value>(&world.read("calls")).unwrap()["params"];
    let filled = json!({
        "whole": false, "part": "active: false in session", "deep": [null, { "${session_id}": "$session" }],
    });
    assert_eq!(params["arguments"], filled);
    assert_eq!(params["_meta"]["threadId"], "session");
}

#[tokio::test]
async fn failures_in_the_words_of_codex() {
    let world = world();
    let engine = world.engine();
    let cases = [
        (tool("lab", "wrong", json!({})), "MCP tool returned an error: it went wrong"),
        (tool("lab", "nothing", json!({})), "tool call failed for `lab/nothing`"),
        (tool("nope", "two", json!({})), "unknown MCP server 'nope'"),
        (tool("broken", "two", json!({})), "failed to get client"),
        (
            tool("lab", "two", json!({ "a": "${tool_input.command}" })),
            "hook input placeholder `${tool_input.command}` was not found",
        ),
        (tool("lab", "two", json!({ "a": "x ${cwd.x} ${y}" })), "hook input placeholder `${cwd.x}` was not found"),
    ];
    for (hook, words) in cases {
        failed(&call(&world, &engine, hook).await, words);
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_given_up() {
    let world = world();
    let mut silent = tool("lab", "silent", json!({}));
    silent.timeout = 1;
    let engine = world.engine();
    failed(&call(&world, &engine, silent).await, "MCP hook timed out");
    assert_eq!(call(&world, &engine, tool("lab", "two", json!({}))).await.stdout.text, "one\ntwo");
}

#[tokio::test]
async fn a_server_is_kept_and_started_again_when_it_has_gone() {
    let world = world();
    let engine = world.engine();
    let pid = async || call(&world, &engine, tool("lab", "pid", json!({}))).await.stdout.text;
    let first = pid().await;
    assert_eq!(pid().await, first);
    failed(&call(&world, &engine, tool("lab", "gone", json!({}))).await, "tool call failed for `lab/gone`");
    let second = pid().await;
    assert!(!second.is_empty() && second != first, "{first} {second}");
    world.reaped(&first).await;
    drop(engine);
    world.nobody_left().await;
    world.reaped(&second).await;
}
