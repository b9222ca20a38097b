//! A throwaway world for hooks: a folder, a shell, and a mark in the environment by which every process is found again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use engine::{Engine, Payload, Progress, Report, Shell, Surroundings};
use model::{Handler, Hook, HookEvent, HookKey, McpServer, Mode, Source, SourceKind, Trust};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What a test waits at most for something that comes within milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Ends with everything in its folder; a test that leaves a process behind fails in [`World::nobody_left`].
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) mcp_servers: BTreeMap<String, McpServer>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().expect("a folder of our own"), mcp_servers: BTreeMap::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn engine(&self) -> Engine {
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
        Engine::new(Surroundings {
            shell: Shell::of(Some(Path::new("/bin/sh"))),
            environment: vec![
                ("PATH".into(), path),
                ("MARK".into(), self.folder.path().into()),
                ("HERE".into(), self.folder.path().into()),
            ],
            scratch: self.path("scratch"),
            mcp_servers: self.mcp_servers.clone(),
        })
    }

    /// A payload of this event with these fields besides the usual ones.
    pub(crate) fn payload(&self, event: &str, fields: Value) -> Payload {
        let mut payload = json!({
            "session_id": "session", "turn_id": "turn", "cwd": self.folder.path(), "hook_event_name": event,
        });
        for (name, value) in fields.as_object().expect("an object") {
            payload[name] = value.clone();
        }
        Payload::parse(&payload.to_string()).expect("a payload")
    }

    pub(crate) async fn run(&self, hooks: &[Hook], payload: &Payload) -> Report {
        self.engine().run(hooks, payload, |_: Progress| {}).await
    }

    /// Waits until no process with this world's mark runs.
    #[track_caller]
    pub(crate) fn nobody_left(&self) -> impl Future<Output = ()> {
        let mark = format!("MARK={}", self.folder.path().display()).into_bytes();
        let caller = std::panic::Location::caller();
        async move {
            let started = Instant::now();
            loop {
                let left = marked(&mark);
                if left.is_empty() {
                    return;
                }
                assert!(started.elapsed() < PATIENCE, "{caller}: left behind: {left:?}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Waits until a file has something in it, and gives that.
    pub(crate) async fn written(&self, name: &str) -> String {
        let started = Instant::now();
        loop {
            let text = self.read(name);
            if text.ends_with('\n') {
                return text.trim_end().to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "nothing in {name}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until no process has this number, not even one that nobody waited for.
    pub(crate) async fn reaped(&self, pid: &str) {
        let started = Instant::now();
        while Path::new("/proc").join(pid).exists() {
            assert!(started.elapsed() < PATIENCE, "{pid} is still there");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The command lines of all processes with this variable.
fn marked(mark: &[u8]) -> Vec<String> {
    let environment = |process: &Path| fs::read(process.join("environ")).unwrap_or_default();
    fs::read_dir("/proc")
        .expect("processes can be listed")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|process| environment(process).split(|byte| *byte == 0).any(|variable| variable == mark))
        .map(|process| {
            format!("{}: {}", process.display(), fs::read_to_string(process.join("cmdline")).unwrap_or_default())
        })
        .collect()
}

/// A hook of this event, in its place among all.
pub(crate) fn hook(event: HookEvent, order: u32, handler: Handler) -> Hook {
    let source = Source { kind: SourceKind::User, path: "/home/user/.codex/hooks.json".into(), plugin: None };
    Hook {
        key: HookKey::new(format!("{}:{}:{order}:0", source.path.display(), event.name())),
        event,
        matcher: None,
        handler,
        source,
        display_order: order,
        timeout: 30,
        status_message: None,
        context_limit: None,
        hash: String::new(),
        enabled: true,
        trust: Trust::Trusted,
        agents: None,
    }
}

pub(crate) fn command(text: &str) -> Handler {
    Handler::Command { command: text.to_owned(), environment: Vec::new(), mode: Mode::Sync }
}

/// One that nobody waits for.
pub(crate) fn unawaited(text: &str) -> Handler {
    Handler::Command { command: text.to_owned(), environment: Vec::new(), mode: Mode::Async }
}
