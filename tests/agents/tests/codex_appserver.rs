//! Our client of `codex app-server` against the real one: what it lists, what its writing of trust changes, and what it leaves
//! alone. And what of Codex's conduct is built upon elsewhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use appserver::{Client, Error, Hooks, Launch, Trust, TrustStatus};
use fixtures::PATIENCE;
use fixtures::codex::{self, Lab, Setup};
use fixtures::model_server::Turn;
use tokio::time::sleep;

/// More of `config.toml`, as a person may have written it.
const PERSONAL: &str = "# mine
[hooks.state]

[hooks.state.\"/elsewhere/hooks.json:stop:0:0\"] # kept
trusted_hash = \"sha256:00\"   # odd spacing
enabled = false
";

fn launch(lab: &Lab) -> Launch {
    Launch {
        program: lab.launcher(&codex::program()),
        home: Some(lab.codex_home()),
        path: std::env::var_os("PATH"),
        cwd: lab.repo(),
    }
}

async fn start(lab: &Lab) -> Client {
    Client::start(&launch(lab)).await.expect("Codex starts")
}

fn lab(config: &str) -> Lab {
    let lab = Lab::with(&Setup { config: config.to_owned(), ..Setup::default() }, []);
    lab.set_hooks([("PermissionRequest", "true", 30), ("PermissionRequest", "false", 3), ("Stop", "true", 5)]);
    lab
}

fn config(lab: &Lab) -> String {
    fs::read_to_string(lab.codex_home().join("config.toml")).expect("the lab's folder is ours")
}

fn set_config(lab: &Lab, text: &str) {
    fs::write(lab.codex_home().join("config.toml"), text).expect("the lab's folder is ours");
}

fn trust(hooks: &Hooks, at: usize) -> Trust {
    let hook = &hooks.hooks[at];
    Trust { key: hook.key.clone(), hash: hook.current_hash.clone().expect("a command has a hash") }
}

fn states(hooks: &Hooks) -> Vec<(&TrustStatus, bool)> {
    hooks.hooks.iter().map(|hook| (&hook.trust_status, hook.enabled)).collect()
}

/// Every process that has this lab's `CODEX_HOME`.
fn processes(lab: &Lab) -> Vec<PathBuf> {
    let home = format!("CODEX_HOME={}\0", lab.codex_home().display()).into_bytes();
    let has_it = |process: &PathBuf| {
        fs::read(process.join("environ")).is_ok_and(|text| text.windows(home.len()).any(|part| part == home))
    };
    fs::read_dir("/proc").expect("a system with processes").flatten().map(|entry| entry.path()).filter(has_it).collect()
}

async fn all_end(lab: &Lab) {
    let started = Instant::now();
    while let left @ [_, ..] = processes(lab).as_slice() {
        assert!(started.elapsed() < PATIENCE, "{left:?} still run");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn hooks_are_listed_as_codex_has_them() {
    let lab = lab("");
    let mut client = start(&lab).await;
    let found = client.hooks(&[lab.repo()]).await.unwrap();
    let told: Vec<_> = found
        .hooks
        .iter()
        .map(|hook| (hook.event_name.as_str(), hook.command.as_deref().unwrap(), hook.timeout_sec, hook.display_order))
        .collect();
    let expected = [("permissionRequest", "true", 30, 0), ("permissionRequest", "false", 3, 1), ("stop", "true", 5, 2)];
    assert_eq!(told, expected);
    assert_eq!(states(&found), [(&TrustStatus::Untrusted, true); 3]);
    let file = lab.codex_home().canonicalize().unwrap().join("hooks.json").display().to_string();
    assert_eq!(found.hooks[1].key, format!("{file}:permission_request:1:0"));
    let second = &found.hooks[1];
    assert_eq!((second.source_path.as_str(), second.source.as_str()), (file.as_str(), "user"));
    assert_eq!((second.handler_type.as_str(), second.is_managed, &second.matcher), ("command", false, &None));
    assert_eq!((found.warnings.len(), found.errors.len()), (0, 0));
    client.close().await.unwrap();
}

#[tokio::test]
async fn trust_is_written_for_the_wanted_hooks_and_for_nothing_else() {
    let lab = lab(PERSONAL);
    let before = config(&lab);
    let mut client = start(&lab).await;
    let found = client.hooks(&[lab.repo()]).await.unwrap();
    client.trust(&[]).await.unwrap();
    assert_eq!(config(&lab), before);

    client.trust(&[trust(&found, 0)]).await.unwrap();
    let after = client.hooks(&[lab.repo()]).await.unwrap();
    let untrusted = (&TrustStatus::Untrusted, true);
    assert_eq!(states(&after), [(&TrustStatus::Trusted, true), untrusted, untrusted]);
    let Trust { key, hash } = trust(&found, 0);
    let written = format!("\n[hooks.state.\"{key}\"]\ntrusted_hash = \"{hash}\"\n");
    assert_eq!(config(&lab).replacen(&written, "", 1), before);

    lab.set_hooks([("PermissionRequest", "echo", 30), ("PermissionRequest", "false", 3), ("Stop", "true", 5)]);
    client.trust(&[trust(&found, 1)]).await.unwrap();
    let after = client.hooks(&[lab.repo()]).await.unwrap();
    assert_eq!(states(&after), [(&TrustStatus::Modified, true), (&TrustStatus::Trusted, true), untrusted]);
    client.close().await.unwrap();
}

#[tokio::test]
async fn trust_does_not_switch_a_hook_on() {
    let lab = lab("");
    let mut client = start(&lab).await;
    let found = client.hooks(&[lab.repo()]).await.unwrap();
    let key = trust(&found, 2).key;
    set_config(&lab, &format!("{}\n[hooks.state.\"{key}\"]\nenabled = false\n", config(&lab)));
    client.trust(&[trust(&found, 2)]).await.unwrap();
    let after = client.hooks(&[lab.repo()]).await.unwrap();
    assert_eq!(states(&after)[2], (&TrustStatus::Trusted, false));
    client.close().await.unwrap();
}

/// Why keys are made from the canonical path.
#[tokio::test]
async fn a_home_behind_a_link_is_listed_under_its_real_path() {
    let lab = lab("");
    let link = lab.path("link");
    symlink(lab.codex_home(), &link).unwrap();
    let mut client = Client::start(&Launch { home: Some(link), ..launch(&lab) }).await.unwrap();
    let found = client.hooks(&[lab.repo()]).await.unwrap();
    let real = lab.codex_home().canonicalize().unwrap().join("hooks.json");
    assert!(found.hooks.iter().all(|hook| Path::new(&hook.source_path) == real), "{found:?}");
    assert!(found.hooks.iter().all(|hook| hook.key.starts_with(&format!("{}:", real.display()))), "{found:?}");
    client.close().await.unwrap();
}

#[tokio::test]
async fn hooks_that_are_switched_off_are_seen_in_the_configuration() {
    let cases = [
        ("", None, 3),
        ("hooks = true\n", Some(true), 3),
        ("hooks = false\n", Some(false), 0),
        ("codex_hooks = false\n", Some(false), 0),
        ("codex_hooks = false\nhooks = true\n", Some(true), 3),
    ];
    let lab = lab("");
    let plain = config(&lab);
    for (feature, expected, listed) in cases {
        set_config(&lab, &plain.replacen("[features]\n", &format!("[features]\n{feature}"), 1));
        let mut client = start(&lab).await;
        let found = client.config(Some(&lab.repo())).await.unwrap();
        assert_eq!(found.hooks, expected, "{feature}");
        assert_eq!(found.raw["config"]["model"], "gpt-5.5");
        assert_eq!(client.hooks(&[lab.repo()]).await.unwrap().hooks.len(), listed, "{feature}");
        client.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_is_said_so_and_left_alone() {
    let lab = lab("");
    set_config(&lab, "model = \n");
    let mut client = start(&lab).await;
    let found = client.hooks(&[lab.repo()]).await.unwrap();
    assert!(matches!(found.errors.as_slice(), [problem] if problem.message.contains("config.toml:1:9")), "{found:?}");
    let refused =
        |error: &Error| matches!(error, Error::Refused { message, .. } if message.contains("config.toml:1:9"));
    let error = client.config(None).await.unwrap_err();
    assert!(refused(&error), "{error}");
    let wanted = Trust { key: "/h:stop:0:0".to_owned(), hash: "sha256:00".to_owned() };
    let error = client.trust(&[wanted]).await.unwrap_err();
    assert!(refused(&error), "{error}");
    assert_eq!(config(&lab), "model = \n");
    client.close().await.unwrap();
}

#[tokio::test]
async fn a_home_that_is_not_there_is_named() {
    let lab = lab("");
    let error = Client::start(&Launch { home: Some(lab.path("nowhere")), ..launch(&lab) }).await.unwrap_err();
    assert!(matches!(&error, Error::Ended(text) if text.contains("nowhere")), "{error}");
}

/// A person's plugins, apps and analytics are on, and Codex reaches out for them; ours does not.
#[tokio::test]
async fn nothing_outside_is_reached() {
    let open = || {
        let lab = lab("");
        set_config(
            &lab,
            &config(&lab)
                .replace("= false\nplugins = false", "= true\nplugins = true")
                .replace("enabled = false", "enabled = true"),
        );
        lab
    };
    let (lab, other) = (open(), open());
    let mut client = start(&lab).await;
    let found = client.hooks(&[lab.repo()]).await.unwrap();
    client.config(None).await.unwrap();
    client.trust(&[trust(&found, 0)]).await.unwrap();

    let plain = other.app_server();
    let started = Instant::now();
    while other.model.refused().is_empty() {
        assert!(started.elapsed() < PATIENCE, "this Codex does not reach out any more: the test shows nothing");
        sleep(Duration::from_millis(10)).await;
    }
    plain.close();
    // Older than the other server, which has reached out by now.
    client.close().await.unwrap();
    assert_eq!(lab.model.refused(), Vec::<String>::new());
}

/// npm's `codex` is a script that starts the program.
#[tokio::test]
async fn no_process_is_left_behind() {
    let lab = lab("");
    let launch = Launch { program: lab.launcher(&codex::installed()), ..launch(&lab) };
    let client = Client::start(&launch).await.unwrap();
    assert_ne!(processes(&lab), Vec::<PathBuf>::new());
    client.close().await.unwrap();
    all_end(&lab).await;

    let client = Client::start(&launch).await.unwrap();
    assert_ne!(processes(&lab), Vec::<PathBuf>::new());
    drop(client);
    all_end(&lab).await;
}

/// By which open sessions are found.
#[test]
fn an_open_session_has_its_transcript_open_for_writing_from_its_first_turn() {
    let lab = Lab::new([Turn::says("done"), Turn::says("done")]);
    let mut codex = lab.app_server();
    let id = codex.start_thread("on-request");
    let process = PathBuf::from(format!("/proc/{}", codex.process()));
    let held = || {
        let entries = fs::read_dir(process.join("fd")).unwrap().flatten();
        let name = |path: &Path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&format!("-{id}.jsonl")))
        };
        let numbers = entries.filter(|entry| fs::read_link(entry.path()).is_ok_and(|path| name(&path)));
        let infos = numbers.map(|entry| fs::read_to_string(process.join("fdinfo").join(entry.file_name())).unwrap());
        // Codex reads it now and then through another one.
        infos.filter(|info| info.contains("flags:\t02102002")).count()
    };
    assert_eq!(held(), 0);
    for _ in 0..2 {
        codex.start_turn("hello");
        assert_eq!(codex.finish_turn(), "completed");
        assert_eq!(held(), 1);
    }
    codex.close();
}
