//! Hooks trusted and switched through the real Codex, as a person saw them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use api::dto::{Piece, SeenHook, SeenItem, TrustItem};
use api::{Error, HookTrust, Switch};
use appserver::{Attachment, Client, Hooks, Launch, TrustStatus};
use fixtures::codex::{self, Lab};
use fixtures::model_server::Turn;
use fixtures::write_program;

/// Three hooks, of which the first runs a script by `$HOME`.
struct World {
    lab: Lab,
    trust: HookTrust,
}

impl World {
    fn new() -> Self {
        Self::with([])
    }

    fn with(turns: impl IntoIterator<Item = Turn>) -> Self {
        let lab = Lab::new(turns);
        let codex_home = lab.codex_home().canonicalize().expect("the lab's folder is ours");
        lab.set_hooks([
            ("PermissionRequest", "\"$HOME/.codex/guard.sh\" --strict", 30),
            ("PermissionRequest", "false", 3),
            ("Stop", "true", 5),
        ]);
        let world = Self {
            trust: HookTrust {
                launch: Launch {
                    program: lab.launcher(&codex::program()),
                    home: Some(codex_home.clone()),
                    path: std::env::var_os("PATH"),
                    cwd: lab.repo(),
                },
                home: lab.home(),
                codex_home,
                folder: lab.repo(),
                backups: lab.path("backups"),
                trusted: lab.path("trusted"),
            },
            lab,
        };
        world.write_script("#!/bin/sh\nexit 0\n");
        world
    }

    fn write_script(&self, text: &str) {
        write_program(&self.lab.codex_home().join("guard.sh"), text);
    }

    async fn listed(&self) -> Hooks {
        let mut client = Client::start(&self.trust.launch).await.expect("Codex starts");
        let listed = client.hooks(&[self.lab.repo()]).await.expect("Codex lists");
        client.close().await.expect("Codex ends");
        listed
    }

    async fn keys(&self) -> Vec<String> {
        self.listed().await.hooks.into_iter().map(|hook| hook.key).collect()
    }

    async fn items(&self, at: &[usize]) -> Vec<TrustItem> {
        let keys = self.keys().await;
        let keys: Vec<_> = at.iter().map(|at| keys[*at].clone()).collect();
        self.trust.items(None, &keys).await.expect("they are listed")
    }

    /// Trust and switch of each.
    async fn states(&self) -> Vec<(TrustStatus, bool)> {
        self.listed().await.hooks.into_iter().map(|hook| (hook.trust_status, hook.enabled)).collect()
    }

    fn config(&self) -> String {
        fs::read_to_string(self.lab.codex_home().join("config.toml")).expect("the lab's folder is ours")
    }

    fn backups(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.lab.path("backups")) else { return Vec::new() };
        let read = |path: PathBuf| fs::read_to_string(path).expect("the lab's folder is ours");
        entries.map(|entry| read(entry.expect("the lab's folder is ours").path())).collect()
    }
}

fn seen(items: &[TrustItem]) -> Vec<SeenItem> {
    items.iter().map(|item| SeenItem { key: item.key.clone(), digest: item.digest.clone() }).collect()
}

fn text(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text { text } | Piece::Fold { text, .. } => text.clone(),
        Piece::Mark { label, .. } => label.clone(),
    };
    pieces.iter().map(text).collect()
}

const TRUSTED: (TrustStatus, bool) = (TrustStatus::Trusted, true);
const UNTRUSTED: (TrustStatus, bool) = (TrustStatus::Untrusted, true);

#[tokio::test]
async fn two_of_three_are_trusted_after_they_were_seen() {
    let world = World::new();
    let before = world.config();
    let items = world.items(&[2, 0]).await;
    let shown: Vec<_> = items.iter().map(|item| (item.event.as_str(), text(&item.runs), item.scripts.len())).collect();
    let guard = "\"$HOME/.codex/guard.sh\" --strict".to_owned();
    assert_eq!(shown, [("Stop", "true".to_owned(), 0), ("PermissionRequest", guard, 1)]);
    let script = &items[1].scripts[0];
    assert_eq!((text(&script.text), script.cut), ("#!/bin/sh\nexit 0\n".to_owned(), false));
    assert!(text(&script.path).ends_with("/.codex/guard.sh"), "{script:?}");
    assert_eq!(world.config(), before);

    world.trust.trust(None, &seen(&items)).await.unwrap();
    assert_eq!(world.states().await, [TRUSTED, UNTRUSTED, TRUSTED]);
    let config = world.config();
    assert!(items.iter().all(|item| config.contains(&item.hash)), "{config}");
    assert_eq!(world.backups(), [before]);
}

#[tokio::test]
async fn what_is_another_than_was_seen_is_refused_and_nothing_is_written() {
    let world = World::new();
    let items = world.items(&[0, 2]).await;
    let before = world.config();
    let refused = async |key: &str| {
        let error = world.trust.trust(None, &seen(&items)).await.unwrap_err();
        assert!(matches!(&error, Error::HookChanged(changed) if changed == key), "{error}");
        assert_eq!(world.config(), before);
    };

    world.write_script("#!/bin/sh\nexit 2\n");
    refused(&items[0].key).await;
    fs::remove_file(world.lab.codex_home().join("guard.sh")).unwrap();
    refused(&items[0].key).await;
    world.write_script("#!/bin/sh\nexit 0\n");

    let guard = "\"$HOME/.codex/guard.sh\" --strict";
    world.lab.set_hooks([("PermissionRequest", guard, 30), ("PermissionRequest", "false", 3), ("Stop", "true", 6)]);
    refused(&items[1].key).await;
    world.lab.set_hooks([("PermissionRequest", guard, 30)]);
    refused(&items[1].key).await;
    assert_eq!(world.backups(), Vec::<String>::new());
    let gone = world.trust.items(None, &[items[1].key.clone()]).await.unwrap_err();
    assert!(matches!(gone, Error::HookChanged(_)), "{gone}");
}

#[tokio::test]
async fn a_hook_is_switched_off_and_on_and_keeps_its_trust() {
    let world = World::new();
    world.trust.trust(None, &seen(&world.items(&[0, 1, 2]).await)).await.unwrap();
    let listed = world.listed().await;
    let of = |at: usize| SeenHook {
        key: listed.hooks[at].key.clone(),
        hash: listed.hooks[at].current_hash.clone().expect("a command has a hash"),
    };

    world.trust.switch(None, &of(1), Switch::Off).await.unwrap();
    assert_eq!(world.states().await, [TRUSTED, (TrustStatus::Trusted, false), TRUSTED]);
    world.trust.switch(None, &of(1), Switch::On).await.unwrap();
    assert_eq!(world.states().await, [TRUSTED; 3]);

    let other = SeenHook { hash: of(0).hash, ..of(1) };
    let before = world.config();
    let error = world.trust.switch(None, &other, Switch::Off).await.unwrap_err();
    assert!(matches!(&error, Error::HookChanged(key) if *key == other.key), "{error}");
    assert_eq!(world.config(), before);
}

#[tokio::test]
async fn a_configuration_that_is_read_only_stays_as_it_is() {
    let world = World::new();
    let items = world.items(&[2]).await;
    let before = world.config();
    let path = world.lab.codex_home().join("config.toml");
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let error = world.trust.trust(None, &seen(&items)).await.unwrap_err();
    assert_eq!(error.code(), "files");
    let said = error.to_string();
    assert!(said.contains("config.toml") && said.ends_with("read-only, and so is left as it is"), "{said}");
    let hook = SeenHook { key: items[0].key.clone(), hash: items[0].hash.clone() };
    assert_eq!(world.trust.switch(None, &hook, Switch::Off).await.unwrap_err().code(), "files");
    assert_eq!((world.config(), world.backups()), (before, Vec::new()));
}

#[tokio::test]
async fn a_script_that_changed_since_is_told_of_until_it_is_trusted_again() {
    let world = World::new();
    world.trust.trust(None, &seen(&world.items(&[0]).await)).await.unwrap();
    assert_eq!(world.items(&[0]).await[0].since, None);
    world.write_script("#!/bin/sh\nexit 2\n");
    assert_eq!(world.states().await[0], TRUSTED, "Codex does not look into it");
    let items = world.items(&[0]).await;
    let since = items[0].since.clone().expect("it changed");
    assert!(since.at.is_some() && since.fields == Some(Vec::new()), "{since:?}");
    let diff = since.scripts[0].diff.clone().expect("its text was kept");
    assert_eq!((diff.added, diff.removed), (1, 1));
    world.trust.trust(None, &seen(&items)).await.unwrap();
    assert_eq!(world.items(&[0]).await[0].since, None);
}

#[tokio::test]
async fn of_a_hook_that_was_modified_it_is_told_what_it_was() {
    let world = World::new();
    world.trust.trust(None, &seen(&world.items(&[0, 1, 2]).await)).await.unwrap();
    let guard = "\"$HOME/.codex/guard.sh\" --strict";
    world.lab.set_hooks([("PermissionRequest", guard, 30), ("PermissionRequest", "false", 3), ("Stop", "true", 6)]);
    assert_eq!(world.states().await[2], (TrustStatus::Modified, true));
    let items = world.items(&[1, 2]).await;
    assert_eq!(items[0].since, None);
    let fields = items[1].since.clone().and_then(|since| since.fields).expect("it is known");
    let fields: Vec<_> = fields.iter().map(|field| (&field.name, shown(&field.before), shown(&field.now))).collect();
    assert_eq!(fields, [(&"timeout".to_owned(), "5".to_owned(), "6".to_owned())]);
}

fn shown(pieces: &Option<Vec<Piece>>) -> String {
    pieces.as_deref().map(text).unwrap_or_default()
}

#[tokio::test]
async fn of_an_mcp_tool_it_is_shown_what_is_called_with_what() {
    let world = World::new();
    let handler =
        r#"{"type":"mcp_tool","server":"policy","tool":"check","input":{"level":"${tool_name}"},"timeout":4}"#;
    let file = format!(r#"{{"hooks":{{"PreToolUse":[{{"matcher":"Bash","hooks":[{handler}]}}]}}}}"#);
    fs::write(world.lab.codex_home().join("hooks.json"), file).unwrap();
    let items = world.items(&[0]).await;
    assert_eq!(text(&items[0].runs), "policy / check");
    assert!(shown(&items[0].input).contains("\"level\": \"${tool_name}\""), "{items:?}");
    world.trust.trust(None, &seen(&items)).await.unwrap();
    assert_eq!(world.states().await, [TRUSTED]);
}

/// A client of the server that the lab's terminals share. What it is told is not looked at.
async fn attached(lab: &Lab) -> Attachment {
    let (attachment, mut events) = Attachment::open(&lab.codex_home()).await.expect("the server takes clients");
    tokio::spawn(async move { while events.next().await.is_some() {} });
    attachment
}

/// Codex cannot be started: only the attached server is there.
fn only_attached(trust: &HookTrust) -> HookTrust {
    let launch = Launch { program: trust.folder.join("no-codex"), ..trust.launch.clone() };
    HookTrust { launch, ..trust.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_conversation_has_what_is_trusted_and_switched_in_its_next_turn() {
    let world = World::with((1..=5).map(|nth| Turn::says(&format!("answer {nth}"))));
    let ran = world.lab.path("ran");
    let count = || fs::read_to_string(&ran).unwrap_or_default().len();
    let command = format!("printf x >> '{}'", ran.display());
    world.lab.set_hooks([("Stop", &*command, 5)]);
    let daemon = world.lab.daemon();
    let mut terminal = daemon.terminal();
    terminal.start_thread("on-request");
    let mut turn = |prompt: &str| {
        terminal.start_turn(prompt);
        assert_eq!(terminal.finish_turn(), "completed");
        count()
    };
    assert_eq!(turn("one"), 0, "nobody trusted it");

    let attachment = attached(&world.lab).await;
    let us = || Some(attachment.client());
    let trust = only_attached(&world.trust);
    let keys = world.keys().await;
    let items = trust.items(us(), &keys).await.unwrap();
    trust.trust(us(), &seen(&items)).await.unwrap();
    assert_eq!(turn("two"), 1);
    let hook = SeenHook { key: items[0].key.clone(), hash: items[0].hash.clone() };
    trust.switch(us(), &hook, Switch::Off).await.unwrap();
    assert_eq!(turn("three"), 1);
    trust.switch(us(), &hook, Switch::On).await.unwrap();
    assert_eq!(turn("four"), 2);

    // What is added to the file later, too.
    world.lab.set_hooks([("Stop", &*command, 5), ("Stop", &*command, 6)]);
    let keys = world.keys().await;
    let items = trust.items(us(), &keys[1..]).await.unwrap();
    trust.trust(us(), &seen(&items)).await.unwrap();
    assert_eq!(turn("five"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_ended_is_replaced_by_one_of_our_own_before_anything_is_written() {
    let world = World::new();
    let daemon = world.lab.daemon();
    let attachment = attached(&world.lab).await;
    daemon.kill();
    let keys = world.keys().await;
    let items = world.trust.items(Some(attachment.client()), &keys).await.unwrap();
    world.trust.trust(Some(attachment.client()), &seen(&items)).await.unwrap();
    assert_eq!(world.states().await, [TRUSTED; 3]);
}
