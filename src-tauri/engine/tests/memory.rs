//! Alone in its program, because it measures the program's own memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use engine::{End, Engine, Payload, Shell, Surroundings};
use model::{Handler, Hook, HookEvent, HookKey, Mode, Source, SourceKind, Trust};

/// The most memory this process ever had, in kilobytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a process may read of itself");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux keeps it");
    line.trim_end_matches("kB").trim().parse().expect("a number")
}

#[tokio::test]
async fn a_hundred_megabytes_of_output_cost_less_than_sixty_four_of_memory() {
    let scratch = tempfile::tempdir().unwrap();
    let engine = Engine::new(Surroundings {
        shell: Shell::of(Some(Path::new("/bin/sh"))),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        scratch: scratch.path().to_owned(),
        mcp_servers: BTreeMap::new(),
    });
    let hook = Hook {
        key: HookKey::new("key"),
        event: HookEvent::UserPromptSubmit,
        matcher: None,
        handler: Handler::Command {
            command: "yes 0123456789abcde | head -c 100000000".to_owned(),
            environment: Vec::new(),
            mode: Mode::Sync,
        },
        source: Source { kind: SourceKind::User, path: "/hooks.json".into(), plugin: None },
        display_order: 0,
        timeout: 60,
        status_message: None,
        context_limit: None,
        hash: String::new(),
        enabled: true,
        trust: Trust::Trusted,
        agents: None,
    };
    let payload = Payload::parse(r#"{"hook_event_name":"UserPromptSubmit","session_id":"s"}"#).unwrap();
    let before = peak();
    let report = engine.run(&[hook], &payload, |_| {}).await;
    let grown = peak() - before;
    let finished = &report.runs[0].finished;
    assert_eq!(finished.end, End::Exited(0));
    assert_eq!(finished.stdout.whole.as_ref().unwrap().bytes(), 100_000_000);
    assert!(grown < 64 * 1024, "{grown} kB");
}
